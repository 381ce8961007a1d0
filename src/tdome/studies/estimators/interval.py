"""An estimate with its interval; factors saved by a method against plain replicates."""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from tdome.messages.base import Floats

LEVEL = 0.95


class Interval(NamedTuple):
    """Estimate and two-sided confidence interval at ``level``, from ``n`` replicates.

    low and high are infinite where so few replicates bound nothing, nan where there is no estimate.
    """

    estimate: float
    low: float
    high: float
    level: float
    n: int

    @property
    def half_width(self) -> float:
        """Half of the length, in the unit of the estimate."""
        return 0.5 * (self.high - self.low)

    def holds(self, value: float) -> bool:
        """Tell whether a value lies inside."""
        return self.low <= value <= self.high


class Reduced(NamedTuple):
    """An estimate by a method that saves replicates.

    saved: variance of the plain estimate over that of this one, from the same replicates: so many
    times the replicates would the plain mean have needed (inf: nothing is left to estimate).
    """

    interval: Interval
    saved: float


def student(estimate: float, variance: float, freedom: float, n: int, level: float) -> Interval:
    """Return estimate -+ t s, s^2 the ``variance`` of the estimate with degrees of freedom."""
    if not freedom > 0.0:
        return Interval(estimate, -math.inf, math.inf, level, n)
    reach = float(stdtrit(freedom, 0.5 + 0.5 * level)) * math.sqrt(max(variance, 0.0))
    return Interval(estimate, estimate - reach, estimate + reach, level, n)


def variance_of_mean(values: Floats) -> float:
    """Return s^2 / n of a sample (n,); inf where one value tells no spread."""
    return float(np.var(values, ddof=1)) / len(values) if len(values) > 1 else math.inf


def saved_by(plain: float, reduced: float) -> float:
    """Return the ratio of two variances; 1 where neither has any, inf where one is left of none."""
    if reduced > 0.0:
        return plain / reduced
    return 1.0 if plain == 0.0 else math.inf


def satterthwaite(variances: Floats, freedoms: Floats) -> float:
    """Return the degrees of freedom of a sum of independent variances (Satterthwaite, 1946)."""
    total, parts = float(variances.sum()), float((np.square(variances) / freedoms).sum())
    return total * total / parts if parts > 0.0 else float(freedoms.sum())
