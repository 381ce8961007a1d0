"""Whether two ways to compute an outcome are the same, within a margin stated beforehand.

Not finding a difference proves nothing. Two one-sided tests (TOST; Schuirmann, J. Pharmacokin.
Biopharm. 15, 1987) turn the burden round: "equivalent" is said only where the mean difference is
shown to lie within -+ margin, each side at 1 - level. The same is told by the interval of level
2 level - 1 lying inside. Each outcome is tested by itself: in a total, errors by class cancel
(reference/engine.md, 7: 29 % for cruise missiles behind a total that looked right).
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.special import stdtr

from tdome.messages.base import Floats
from tdome.studies.estimators.interval import LEVEL, Interval, student, variance_of_mean


class Equivalence(NamedTuple):
    """difference: mean and interval of level 2 level - 1. p: the larger of the two tests'."""

    difference: Interval
    margin: float
    p: float
    equivalent: bool


def tost(differences: Floats, margin: float, level: float = LEVEL) -> Equivalence:
    """Test paired differences (n,) of one outcome against a margin in its unit."""
    if not margin > 0.0 or len(differences) <= 1:
        raise ValueError("a margin above zero and two pairs or more are needed")
    n, found, variance = (
        len(differences),
        float(np.mean(differences)),
        variance_of_mean(differences),
    )
    distance = margin - abs(found)
    if variance > 0.0:
        p = float(stdtr(n - 1, -distance / math.sqrt(variance)))
    else:
        p = 0.0 if distance > 0.0 else 1.0
    interval = student(found, variance, n - 1, n, 2.0 * level - 1.0)
    return Equivalence(interval, margin, p, p < 1.0 - level)


def tost_each(
    pairs: Mapping[str, tuple[Floats, Floats]], margins: Mapping[str, float], level: float = LEVEL
) -> dict[str, Equivalence]:
    """Test each outcome by its own margin; KeyError for one without."""
    return {name: tost(a - b, margins[name], level) for name, (a, b) in pairs.items()}
