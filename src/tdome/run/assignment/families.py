"""Seeded instances of the static problem in the published styles, and harder ones.

``ahuja`` and ``uniform`` are the two schemes of the literature (Ahuja, Kumar, Jha and Orlin 2007,
Operations Research 55(6); Bertsekas and Paskov style p ~ U(0, 1)); ``andersen`` is the law of
Andersen, Pavlikov and Toffolo 2022, Annals of Operations Research (rounds are copies). Real kill
probabilities are no independent draws: ``clustered`` (classes of types times classes of threats)
and ``ranges`` (low rank: class times range, from places on a plane) have ties and symmetry.
All figures are inventions.
"""

import re
from collections.abc import Callable

import numpy as np

from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.run.assignment.instance import PAIRS, Floats, Instance

_NAME = re.compile(r"([a-z]+):(\d+)x(\d+)(?:x(\d+))?(?::(\d+))?")
_CLASSES = 5  # of types, and of threats
_SIDE, _REACH = 100.0, (25.0, 60.0)  # km: side of the plane; reach of the shortest and longest type

Draw = Callable[[np.random.Generator, int, int], tuple[Floats, Floats]]


def family(name: str, types: int, threats: int, rounds: int = 1, seed: int = 1) -> Instance:
    """Return an instance of a family, the same for the same arguments.

    Parameters
    ----------
    name : "ahuja": p ~ U(0.6, 0.9), v whole in 25 to 100; "uniform" and "andersen": p ~ U(0, 1), v
        whole in 1 to 100; "clustered"; "ranges".
    types, threats, rounds : sizes; ``rounds`` of each type.

    Raises
    ------
    ConfigError
        For an unknown name, or more pairs of types and threats than PAIRS.
    """
    whole = f"{name}:{types}x{threats}x{rounds}:{seed}"
    if name not in FAMILIES:
        raise ConfigError.unknown(file=whole, key="family", name=name, valid=list(FAMILIES))
    if types * threats > PAIRS:
        problem = f"{types * threats:,} pairs of types and threats are too many"
        raise ConfigError(whole, None, "family", problem, f"at most {PAIRS:,}")
    chance = Streams(seed)("assignment", name, types, threats).generator()
    v, p = FAMILIES[name](chance, types, threats)
    return Instance.of(v, p, rounds, whole)


def named(words: str) -> Instance | None:
    """Return the instance that ``FAMILY:TYPESxTHREATS[xROUNDS][:SEED]`` names; None: no such form.

    Raises ConfigError as `family` does.
    """
    found = _NAME.fullmatch(words)
    if found is None:
        return None
    name, types, threats, rounds, seed = found.groups()
    return family(name, int(types), int(threats), int(rounds or 1), int(seed or 1))


def _ahuja(chance: np.random.Generator, types: int, threats: int) -> tuple[Floats, Floats]:
    v = chance.integers(25, 101, threats).astype(np.float64)
    return v, chance.uniform(0.6, 0.9, (types, threats))


def _uniform(chance: np.random.Generator, types: int, threats: int) -> tuple[Floats, Floats]:
    v = chance.integers(1, 101, threats).astype(np.float64)
    return v, chance.uniform(0.0, 1.0, (types, threats))


def _clustered(chance: np.random.Generator, types: int, threats: int) -> tuple[Floats, Floats]:
    """Kill probability by class of type and class of threat, to a hundredth: many ties."""
    table = chance.uniform(0.1, 0.9, (_CLASSES, _CLASSES))
    of_type, of_threat = chance.integers(0, _CLASSES, types), chance.integers(0, _CLASSES, threats)
    near = chance.uniform(-0.02, 0.02, (types, threats))
    p = np.clip(table[np.ix_(of_type, of_threat)] + near, 0.0, 1.0)
    return 10.0 * chance.integers(1, 11, threats).astype(np.float64), np.round(p, 2)


def _ranges(chance: np.random.Generator, types: int, threats: int) -> tuple[Floats, Floats]:
    """Kill probability by class, falling with range (half a parabola), zero beyond the reach."""
    at, aim = chance.uniform(0.0, _SIDE, (types, 2)), chance.uniform(0.0, _SIDE, (threats, 2))
    of_type, of_threat = chance.integers(0, _CLASSES, types), chance.integers(0, _CLASSES, threats)
    best = chance.uniform(0.5, 0.9, (_CLASSES, _CLASSES))
    reach = np.linspace(*_REACH, _CLASSES)[of_type]
    away = np.hypot(*(at[:, None, :] - aim[None, :, :]).transpose(2, 0, 1)) / reach[:, None]
    p = best[np.ix_(of_type, of_threat)] * np.maximum(1.0 - away**2, 0.0)
    return chance.integers(1, 101, threats).astype(np.float64), p


FAMILIES: dict[str, Draw] = {
    "ahuja": _ahuja,
    "uniform": _uniform,
    "andersen": _uniform,
    "clustered": _clustered,
    "ranges": _ranges,
}
