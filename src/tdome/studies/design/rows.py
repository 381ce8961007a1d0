"""Rows of a design: the values of all factors at each of its points.

Latin hypercube and scrambled Sobol points by SciPy (``scipy.stats.qmc``), keyed by the
study's seed: the same file gives the same design. Saltelli's design for Sobol indices (Saltelli et
al., Comput. Phys. Commun. 181, 2010) is made of one Sobol sequence in twice the dimensions, whose
halves are samples A and B: A, then B, then for each factor A with that factor's column of B.
"""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import qmc

from tdome.kernel.errors import ConfigError
from tdome.kernel.random import object_key
from tdome.messages.base import Floats
from tdome.studies.design import mixes
from tdome.studies.design.schema import Design, Factor, StudyFile, Value

RESERVED = ("point", "label", "arm", "replicate", "seed")
SAMPLED = ("latin-hypercube", "sobol", "saltelli")
MOST_POINTS = 1_000_000


def design_rows(file: StudyFile, source: str) -> list[tuple[Value, ...]]:
    """Return how many of each line are bought and one value of each factor, for each point.

    Raises ConfigError.
    """
    _check(file, source)
    factors, design = file.factors, file.design
    if design.kind not in SAMPLED:
        levels = [_levels(factor) for factor in factors]
        if math.prod(map(len, levels)) * _mixes(file) > MOST_POINTS:
            raise _fault(source, "factors", f"more than {MOST_POINTS:,} points")
        bought = mixes.mixes(file, source) if file.lines else [()]
        return [(*mix, *row) for mix in bought for row in itertools.product(*levels)]
    units = _unit_points(design, len(factors))
    return [
        tuple(_value(factor, float(u)) for factor, u in zip(factors, row, strict=True))
        for row in units
    ]


def _unit_points(design: Design, dimensions: int) -> Floats:
    """Return the design on the unit cube, shape (points, dimensions)."""
    rng = object_key("study", "design", design.seed)
    points = design.points or 1
    if design.kind == "saltelli":
        return _saltelli(np.asarray(qmc.Sobol(2 * dimensions, rng=rng).random(points)))
    if design.kind == "sobol":
        return np.asarray(qmc.Sobol(dimensions, rng=rng).random(points))
    return np.asarray(qmc.LatinHypercube(dimensions, rng=rng).random(points))


def _saltelli(both: Floats) -> Floats:
    """Return A, B and each A with one column of B, from (n, 2 d) points: (n (d + 2), d)."""
    d = both.shape[1] // 2
    a, b = both[:, :d], both[:, d:]
    mixed = [np.where(np.arange(d) == k, b, a) for k in range(d)]
    return np.concatenate([a, b, *mixed])


def _mixes(file: StudyFile) -> int:
    """Return how many ways there are to cut the money."""
    k, parts = len(file.lines), file.design.parts or 1
    return math.comb(parts + k - 1, k - 1) if k else 1


def _levels(factor: Factor) -> Sequence[Value]:
    if factor.levels is not None:
        return factor.levels
    steps = factor.steps or 2
    return [_value(factor, k / (steps - 1)) for k in range(steps)]


def _value(factor: Factor, u: float) -> Value:
    """Return the value of a factor at 0 <= u <= 1 of its range, or of its list of levels."""
    if factor.levels is not None:
        return factor.levels[min(int(u * len(factor.levels)), len(factor.levels) - 1)]
    low, high = range_of(factor) or (0.0, 0.0)
    if factor.log:
        return math.exp(math.log(low) + u * (math.log(high) - math.log(low)))
    return low + u * (high - low)


def range_of(factor: Factor) -> tuple[float, float] | None:
    """Return low and high of a factor: as it says, or its catalogue number's own; None: none."""
    if factor.low is not None and factor.high is not None:
        return float(factor.low), float(factor.high)
    silent = factor.levels is None and factor.low is None and factor.high is None
    if not silent or factor.scale or not isinstance(factor.path, str):
        return None
    number = mixes.quantity_at(factor.path)
    return None if number is None else (number.low, number.high)


def _fault(source: str, key: str, problem: str, hint: str = "") -> ConfigError:
    return ConfigError(source, None, key, f"key {key!r}: {problem}", hint)


def _check(file: StudyFile, source: str) -> None:
    """Refuse what can be read but can not be meant. Raises ConfigError."""
    reserved = {*RESERVED, *(mixes.COLUMNS if file.lines else ())}
    columns: list[str] = []
    _check_names(columns, "lines", [line.name for line in file.lines], reserved, source)
    _check_names(columns, "factors", [factor.name for factor in file.factors], reserved, source)
    _check_names([], "arms", [arm.name for arm in file.arms], set(), source)
    _check_kind(file, source)
    _check_money(file, source)
    for i, factor in enumerate(file.factors):
        _check_factor(factor, file.design, f"factors[{i}]", source)
    _check_ends(file, source)


def _check_names(
    before: list[str], kind: str, names: list[str], reserved: set[str], source: str
) -> None:
    for i, name in enumerate(names):
        key = f"{kind}[{i}].name"
        if name in before:
            raise _fault(source, key, f"{name!r} is there twice", "give each its own name")
        if name in reserved:
            of = "every study" if name in RESERVED else "a budget"
            raise _fault(source, key, f"{name!r} is the name of a column of {of}")
        before.append(name)


def _check_kind(file: StudyFile, source: str) -> None:
    design = file.design
    sampled = design.kind in SAMPLED
    if design.kind == "list" and file.factors:
        raise _fault(source, "design.kind", "a list has arms, not factors", '"full-factorial"')
    if design.kind == "list" and not file.arms:
        raise _fault(source, "design.kind", "a list needs [[arms]]")
    if sampled and not file.factors:
        raise _fault(source, "design.kind", f"{design.kind!r} needs [[factors]]")
    if sampled and design.points is None:
        raise _fault(source, "design.points", f"{design.kind!r} needs the number of points")
    if not sampled and design.points is not None:
        problem = f"the points of {design.kind!r} follow from the levels"
        raise _fault(source, "design.points", problem, "leave it out")
    n = design.points or 1
    if design.kind in {"sobol", "saltelli"} and n & (n - 1):
        lower = 1 << (n.bit_length() - 1)
        problem = f"a Sobol design is balanced for powers of two only, got {n}"
        raise _fault(source, "design.points", problem, f"write {lower} or {2 * lower}")
    if design.kind == "saltelli" and n * (len(file.factors) + 2) > MOST_POINTS:
        raise _fault(source, "design.points", f"more than {MOST_POINTS:,} points")
    if design.kind == "saltelli" and file.arms:
        problem = "Sobol indices are of one set of points, not of several arms"
        raise _fault(source, "arms", problem, "write a study for each arm")


def _check_money(file: StudyFile, source: str) -> None:
    design = file.design
    if design.kind != "budget":
        for key, there in (
            ("design.money", design.money is not None),
            ("design.parts", design.parts is not None),
            ("lines", bool(file.lines)),
        ):
            if there:
                raise _fault(source, key, "belongs to a budget", 'write design.kind = "budget"')
        return
    if len(file.lines) < 2:  # noqa: PLR2004
        raise _fault(source, "lines", "a budget is shared between two [[lines]] or more")
    for key, value in (("money", design.money), ("parts", design.parts)):
        if value is None:
            raise _fault(source, f"design.{key}", f"a budget needs {key}")


def _check_factor(factor: Factor, design: Design, key: str, source: str) -> None:
    written = factor.low is not None or factor.high is not None
    has_range = written or range_of(factor) is not None
    if (factor.levels is not None) == has_range:
        raise _fault(source, key, "give either levels, or low and high")
    if has_range:
        _check_range(factor, design, key, source)
    elif factor.steps is not None or factor.log:
        raise _fault(source, key, "steps and log belong to low and high, not to levels")
    if factor.scale and any(
        isinstance(level, bool) or not isinstance(level, int | float)
        for level in factor.levels or ()
    ):
        raise _fault(source, f"{key}.levels", "only numbers can multiply what is there")


def _check_range(factor: Factor, design: Design, key: str, source: str) -> None:
    low, high = range_of(factor) or (0.0, 0.0)
    if not low < high:
        raise _fault(source, key, "low and high are both needed, low below high")
    if factor.log and low <= 0.0:
        raise _fault(source, f"{key}.low", "must be above 0 where log = true")
    sampled = design.kind in SAMPLED
    if not sampled and factor.steps is None:
        raise _fault(source, key, "a full-factorial design needs steps, or levels")
    if sampled and factor.steps is not None:
        raise _fault(source, f"{key}.steps", f"{design.kind!r} takes the whole range")


def _check_ends(file: StudyFile, source: str) -> None:
    stop, most = file.stop, file.design.replicates
    if stop is None:
        return
    if stop.half_width is None and stop.relative is None:
        raise _fault(source, "stop", "give half_width or relative")
    if stop.floor > most:
        problem = f"{stop.floor} is above design.replicates = {most}, so nothing would ever stop"
        raise _fault(source, "stop.floor", problem, "raise replicates or lower the floor")
    if stop.against is not None and not file.design.common_random_numbers:
        problem = "differences are taken replicate by replicate, under the same luck"
        raise _fault(source, "stop.against", problem, "common_random_numbers = true")
