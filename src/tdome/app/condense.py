"""A long story told shortly: repeated lines thinned to changes, refused options told together.

A change is a line whose words differ from those of the line before on the same topic; numbers alone
do not make one.
"""

import re
from collections.abc import Iterator
from typing import TypeAlias

from tdome.app.screen import listed
from tdome.score.story import Line

MOST_ROWS = 10
MOST_NAMES = 3
REPEATED = ("track", "threat", "update")

_NUMBER = re.compile(r"\d[\d.,e+%-]*")
_UNABLE = re.compile(r"(?P<unit>[^:]+): (0 round\(s\).*: )?(?P<reason>[A-Z_]+)")
_NO_UNIT = "no engagement"
_ANY_UNIT = "all units"

Numbered: TypeAlias = list[tuple[int, Line]]


def condensed(lines: list[Line]) -> list[Line]:
    """Return the story in fewer lines; nothing that happened only once is left out."""
    series: dict[str, Numbered] = {}
    for number, line in enumerate(lines):
        series.setdefault(_series_of(line), []).append((number, line))
    options = series.pop("option", [])
    kept = list(_grouped(options))
    for name, members in series.items():
        kept += members if name == "once" else _thinned(members)
    said = {(line.at, line.text.removeprefix(_NO_UNIT)) for _, line in options}
    return [line for _, line in sorted(kept, key=_number) if not _is_told_twice(line, said)]


def _series_of(line: Line) -> str:
    if line.topic == "warning" and line.text.startswith("UPDATE"):
        return "warning updates"
    return line.topic if line.topic in (*REPEATED, "option") else "once"


def _number(pair: tuple[int, Line]) -> int:
    return pair[0]


def _is_told_twice(line: Line, said: set[tuple[int, str]]) -> bool:
    """Whether a refusal for all units repeats the option "no engagement" of the same instant."""
    return line.topic == "refusal" and (line.at, line.text.removeprefix(_ANY_UNIT)) in said


def _thinned(lines: Numbered) -> Numbered:
    """Keep first, last and changes, at most MOST_ROWS; fill up with rows at even distances.

    Of rows that are equal word for word only the first and the last are kept.
    """
    texts = [line.text for _, line in lines]
    lines = [
        pair
        for n, pair in enumerate(lines)
        if n in (0, len(lines) - 1) or not texts[n - 1] == texts[n] == texts[n + 1]
    ]
    if len(lines) <= MOST_ROWS:
        return lines
    words = [_NUMBER.sub("#", line.text) for _, line in lines]
    last = len(lines) - 1
    changes = [n for n in range(1, last) if words[n] != words[n - 1]]
    kept = {0, last, *_evenly(changes, MOST_ROWS - 2)}
    between = [n for n in range(1, last) if n not in kept]
    kept.update(_evenly(between, MOST_ROWS - len(kept)))
    return [lines[n] for n in sorted(kept)]


def _evenly(rows: list[int], most: int) -> list[int]:
    if len(rows) <= most:
        return rows
    return [rows[(2 * n + 1) * len(rows) // (2 * most)] for n in range(most)]


def _grouped(lines: Numbered) -> Iterator[tuple[int, Line]]:
    """Tell the units together that could not fire at one instant for one reason."""
    groups: dict[tuple[int, str], tuple[int, list[str]]] = {}
    for number, line in lines:
        found = _UNABLE.fullmatch(line.text)
        if found is None or found["unit"] == _NO_UNIT:
            yield number, line
        else:
            key = (line.at, found["reason"])
            groups.setdefault(key, (number, []))[1].append(found["unit"])
    for (at, reason), (number, units) in groups.items():
        yield number, Line(at=at, topic="option", text=f"{reason}: {listed(units, MOST_NAMES)}")
