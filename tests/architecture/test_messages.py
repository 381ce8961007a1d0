"""Locks 2, 3 and 5 on truth: no message, id or wire can carry truth across the glass."""

import re
from collections.abc import Iterable
from pathlib import Path
from types import NoneType
from typing import get_args, get_type_hints

import msgspec
import numpy as np
import pytest

from tdome.messages import wire
from tdome.messages.base import Codes, Floats, Header, Ints, Longs, Message, Singles

SOURCE = Path(__file__).parents[2] / "src" / "tdome"
ALLOWED = (str, int, bool, Header, Floats, Singles, Longs, Ints, Codes)
FORBIDDEN_NAMES = re.compile(r"truth|object_id|body|metadata|extra|payload|ledger")
TRUTH_WORDS = re.compile(r"\bobject_ids?\b|\bLedger\b|\bledger\b|\btruth_")


def side_doors(kinds: Iterable[type[Message]]) -> list[str]:
    """Return the fields of message types that could carry truth or untyped content."""
    found = []
    for kind in kinds:
        for name, type_ in get_type_hints(kind).items():
            if type_ not in ALLOWED or FORBIDDEN_NAMES.search(name):
                found.append(f"{kind.__name__}.{name}: {type_}")
    return found


def truth_words(folders: Iterable[Path]) -> list[str]:
    """Return the source lines that speak of truth ids or of the ledger."""
    return [
        f"{path.name}:{number}: {line.strip()}"
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if TRUTH_WORDS.search(line)
    ]


def test_no_message_has_a_side_door() -> None:
    assert side_doors(wire.MESSAGE_TYPES) == []


def test_every_message_type_is_on_the_wire() -> None:
    def all_kinds(kind: type) -> list[type]:
        return [s for sub in kind.__subclasses__() for s in (sub, *all_kinds(sub))]

    own = {k for k in all_kinds(Message) if k.__module__.startswith("tdome.")}
    assert own == set(wire.MESSAGE_TYPES)


def test_side_doors_are_seen() -> None:
    class Untyped(Message, frozen=True, kw_only=True):
        metadata: dict[str, object]

    class Truthful(Message, frozen=True, kw_only=True):
        object_id: Ints

    class Optional(Message, frozen=True, kw_only=True):
        path: Floats | None

    found = side_doors([Untyped, Truthful, Optional])
    assert [line.split(":")[0] for line in found] == [
        "Untyped.metadata",
        "Truthful.object_id",
        "Optional.path",
    ]
    assert NoneType in get_args(get_type_hints(Optional)["path"])


def test_truth_ids_are_known_to_world_and_score_only() -> None:
    sides = [SOURCE / room for room in ("command", "messages", "plan", "gateways", "earth")]
    assert truth_words(sides) == []
    assert truth_words([SOURCE / "world"]), "the ledger has moved: this test looks at nothing"


def test_truth_ids_are_seen(tmp_path: Path) -> None:
    (tmp_path / "leak.py").write_text("nearest = plot.object_id\n")
    assert truth_words([tmp_path]) == ["leak.py:1: nearest = plot.object_id"]


def test_the_wire_refuses_object_references() -> None:
    class Body:
        """Stands for a true object."""

    class Leak(Message, frozen=True, kw_only=True):
        seen: object

    with pytest.raises(NotImplementedError):
        wire.encode(Leak(header=Header("x", 1, 0, 0), seen=Body()))


def test_the_wire_refuses_a_column_of_another_type() -> None:
    plan = wire.Refusals(
        header=Header("x", 1, 0, 0),
        track_number=np.zeros(1, np.int32),
        unit=np.zeros(1, np.int32),
        engagement=np.zeros(1, np.int32),
        reason=np.zeros(1, np.int8),
    )
    raw = wire.encode(plan).replace(b"|i1", b"|u1")
    with pytest.raises((ValueError, msgspec.ValidationError)):
        wire.decode("Refusals", raw)


def test_columns_can_not_be_written() -> None:
    reasons = np.zeros(1, np.int8)
    batch = wire.Refusals(
        header=Header("x", 1, 0, 0),
        track_number=np.zeros(1, np.int32),
        unit=np.zeros(1, np.int32),
        engagement=np.zeros(1, np.int32),
        reason=reasons,
    )
    with pytest.raises(ValueError, match="read-only"):
        batch.reason[0] = 1
