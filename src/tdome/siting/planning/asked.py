"""What is asked of the planning aid, read and checked once; and what every answer tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from tdome.earth.terrain import Terrain
from tdome.kernel.errors import ConfigError
from tdome.plan.plan import Plan
from tdome.run.library import Inputs, find_inputs, terrain_of
from tdome.siting.models.decay import Found
from tdome.siting.models.risk import Risk
from tdome.siting.planning.trial import Choice, Named, Trial
from tdome.world.schema.scenario import ScenarioFile

JUDGES = ("mean", "worst", "cvar")
Words = str | Sequence[str]


@dataclass(frozen=True, eq=False)
class Asked:
    """A scenario and its plan as they are."""

    inputs: Inputs
    plan: Plan
    file: ScenarioFile
    terrain: Terrain | None


def ask(scenario: str | Path, plan: str | Path | None) -> Asked:
    """Read what is to be planned for. Raises ConfigError."""
    inputs = find_inputs(scenario, plan)
    read = inputs.scenario()
    return Asked(inputs, inputs.plan(), read.file, terrain_of(inputs, read))


def risk_of(raids: int, judge: str, tail: float) -> Risk:
    """Return the risk that plans are judged by. Raises ConfigError."""
    if judge not in JUDGES:
        raise ConfigError.unknown(file="--judge", key="", name=judge, valid=list(JUDGES))
    if not 0.0 < tail <= 1.0:
        problem = f"tail must be over 0 and at most 1, not {tail}"
        raise ConfigError("--tail", None, "", problem, "0.2 is the worst fifth")
    return Risk.of(raids, judge, tail)


def words_of(given: Words | None) -> list[str]:
    """Return words that stand with commas, or in a sequence."""
    parts = given.split(",") if isinstance(given, str) else list(given or ())
    return [part.strip() for part in parts if part.strip()]


def numbers_of(given: Words | Mapping[str, int] | None, option: str = "--add") -> dict[str, int]:
    """Return ``TYPE=N`` words as a mapping. Raises ConfigError."""
    if isinstance(given, Mapping):
        return dict(given)
    found = {}
    for word in words_of(given):
        name, _, number = word.rpartition("=")
        if not name or not number.isdigit() or not 0 < int(number) <= 1000:  # noqa: PLR2004
            raise ConfigError(option, None, "", f"{word!r} is not TYPE=N", "as in medium-range=2")
        found[name.strip()] = int(number)
    return found


@dataclass(eq=False)
class Proposal:
    """An answer of the planning aid.

    kind: laydown, inventory or coverage. judge: what ``lost`` is: mean, worst or cvar of the loss
    over the raids (of what is not covered, for coverage); ``present`` the same of the plan as it
    is. ``value``: the objective, ``lost`` and what moves and distances cost; ``bound`` a proven
    least of it, ``gap`` (value - bound) / value. rows: what changes, and what
    does not, one entry a unit. by_raid, by_asset: tables. plan_text: the proposed plan.
    alternatives: present, proposed and other plans, to be ranked by simulation. choice: which of
    them simulation chose, if it was asked; then plan_text is that one's.
    """

    kind: str
    scenario: str
    judge: str
    lost: float
    value: float
    bound: float
    gap: float
    status: str
    seconds: float
    present: float
    at_stake: float
    rows: list[dict[str, Any]]
    by_raid: list[dict[str, Any]]
    by_asset: list[dict[str, Any]]
    plan_text: str
    left_out: list[str]
    figures: dict[str, float] = field(default_factory=dict)
    alternatives: list[Named] = field(default_factory=list)
    trial: Trial | None = None
    choice: Choice | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as ``tdome plan --json`` prints them."""
        names = (
            "kind", "scenario", "judge", "lost", "value", "bound", "gap", "status", "seconds",
            "present", "at_stake", "figures", "rows", "by_raid", "by_asset", "left_out",
        )  # fmt: skip
        told = {name: getattr(self, name) for name in names}
        told["check"] = None if self.trial is None else self.trial.as_dict()
        told["choice"] = None if self.choice is None else self.choice.as_dict()
        return msgspec.to_builtins(told)  # type: ignore[no-any-return]


def outcome(found: Found) -> dict[str, Any]:
    """Return what a search says of its result, as fields of a proposal."""
    return {
        "value": found.value, "bound": found.bound, "gap": found.gap, "status": found.status,
        "seconds": found.seconds,
    }  # fmt: skip
