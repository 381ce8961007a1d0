"""Rows of a design: the values of all factors at each of its points.

Latin hypercube and scrambled Sobol points by SciPy (``scipy.stats.qmc``), keyed by the
study's seed: the same file gives the same design.
"""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import qmc

from tdome.kernel.errors import ConfigError
from tdome.kernel.random import object_key
from tdome.messages.base import Floats
from tdome.studies.design.schema import Design, Factor, StudyFile, Value

RESERVED = ("point", "label", "arm", "replicate", "seed")
MOST_POINTS = 1_000_000


def design_rows(file: StudyFile, source: str) -> list[tuple[Value, ...]]:
    """Return one value of each factor for each point. Raises ConfigError."""
    _check(file, source)
    factors, design = file.factors, file.design
    if design.kind in {"full-factorial", "list"}:
        levels = [_levels(factor) for factor in factors]
        if math.prod(map(len, levels)) > MOST_POINTS:
            raise _fault(source, "factors", f"more than {MOST_POINTS:,} points")
        return list(itertools.product(*levels))
    units = _unit_points(design, len(factors))
    return [
        tuple(_value(factor, float(u)) for factor, u in zip(factors, row, strict=True))
        for row in units
    ]


def _unit_points(design: Design, dimensions: int) -> Floats:
    """Return the design on the unit cube, shape (points, dimensions)."""
    rng = object_key("study", "design", design.seed)
    points = design.points or 1
    if design.kind == "sobol":
        return np.asarray(qmc.Sobol(dimensions, rng=rng).random(points))
    return np.asarray(qmc.LatinHypercube(dimensions, rng=rng).random(points))


def _levels(factor: Factor) -> Sequence[Value]:
    if factor.levels is not None:
        return factor.levels
    steps = factor.steps or 2
    return [_value(factor, k / (steps - 1)) for k in range(steps)]


def _value(factor: Factor, u: float) -> Value:
    """Return the value of a factor at 0 <= u <= 1 of its range, or of its list of levels."""
    if factor.levels is not None:
        return factor.levels[min(int(u * len(factor.levels)), len(factor.levels) - 1)]
    low, high = float(factor.low or 0.0), float(factor.high or 0.0)
    if factor.log:
        return math.exp(math.log(low) + u * (math.log(high) - math.log(low)))
    return low + u * (high - low)


def _fault(source: str, key: str, problem: str, hint: str = "") -> ConfigError:
    return ConfigError(source, None, key, f"key {key!r}: {problem}", hint)


def _check(file: StudyFile, source: str) -> None:
    """Refuse what can be read but can not be meant. Raises ConfigError."""
    for kind, names in (
        ("factors", [factor.name for factor in file.factors]),
        ("arms", [arm.name for arm in file.arms]),
    ):
        for i, name in enumerate(names):
            key = f"{kind}[{i}].name"
            if name in names[:i]:
                raise _fault(source, key, f"{name!r} is there twice", "give each its own name")
            if kind == "factors" and name in RESERVED:
                problem = f"{name!r} is the name of a column of every study"
                raise _fault(source, key, problem)
    _check_kind(file, source)
    for i, factor in enumerate(file.factors):
        _check_factor(factor, file.design, f"factors[{i}]", source)
    _check_ends(file, source)


def _check_kind(file: StudyFile, source: str) -> None:
    design = file.design
    sampled = design.kind in {"latin-hypercube", "sobol"}
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
    if design.kind == "sobol" and n & (n - 1):
        lower = 1 << (n.bit_length() - 1)
        problem = f"a Sobol design is balanced for powers of two only, got {n}"
        raise _fault(source, "design.points", problem, f"write {lower} or {2 * lower}")


def _check_factor(factor: Factor, design: Design, key: str, source: str) -> None:
    has_range = factor.low is not None or factor.high is not None
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
    if factor.low is None or factor.high is None or not factor.low < factor.high:
        raise _fault(source, key, "low and high are both needed, low below high")
    if factor.log and factor.low <= 0.0:
        raise _fault(source, f"{key}.low", "must be above 0 where log = true")
    sampled = design.kind in {"latin-hypercube", "sobol"}
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
