"""Whether the rare event that a study asks for is one that can be watched on the way."""

from collections.abc import Iterable

from tdome.kernel.errors import ConfigError
from tdome.run.library import Inputs
from tdome.score.raid.toll import Toll
from tdome.studies.design.schema import Rare
from tdome.studies.measures.names import NO_LEAKER

_MOST = 10**7  # branches of one tree


def check_rare(rare: Rare, bases: Iterable[Inputs], source: str) -> None:
    """Raise ConfigError where the measure is none of a toll's, or the levels lead nowhere."""
    for inputs in bases:
        known = Toll(inputs.plan().assets, inputs.scenario().threats).measures
        if rare.measure not in {NO_LEAKER, *known}:
            valid = [NO_LEAKER, *known]
            raise ConfigError.unknown(
                file=source, key="rare.measure", name=rare.measure, valid=valid
            )
    said = _fault(rare)
    if said is not None:
        key, problem, hint = said
        raise ConfigError(source, None, f"rare.{key}", f"key 'rare.{key}': {problem}", hint)


def _fault(rare: Rare) -> tuple[str, str, str] | None:
    levels = rare.levels
    if rare.measure == NO_LEAKER:
        if rare.above is not None:
            return "above", "no_leaker happens or not", "leave it out"
    elif rare.above is None:
        return "above", f"{rare.measure!r} above what?", "above = 120"
    elif levels and levels[-1] >= rare.above:
        problem = f"the last, {levels[-1]:g}, is not below above = {rare.above:g}"
        return "levels", problem, "levels are on the way to the event"
    if list(levels) != sorted(set(levels)):
        return "levels", f"must ascend, got {list(levels)}", ""
    if rare.branches ** len(levels) > _MOST:
        problem = f"{rare.branches} branches at {len(levels)} levels: up to {_MOST:,} and more"
        return "levels", problem, "fewer levels, or fewer branches"
    return None
