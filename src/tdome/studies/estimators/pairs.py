"""Paired differences: two design points under the same luck (common random numbers).

Draws are keyed by what they mean, so replicate r of two points has the same weather and the same
luck wherever the points do not differ. Then d_r = a_r - b_r are independent over r, and

    Var(mean d) = (Var a + Var b - 2 Cov(a, b)) / n,

against (Var a + Var b) / n of independent runs: the ratio is the factor of replicates saved. It is
below 1 where luck works against itself (negative covariance): then it is told just the same.
"""

from typing import NamedTuple

import numpy as np

from tdome.messages.base import Floats
from tdome.studies.estimators.interval import (
    LEVEL,
    Interval,
    saved_by,
    student,
    variance_of_mean,
)


class Difference(NamedTuple):
    """a - b. saved: by pairing; correlation: of the pairs (nan where one never varies)."""

    interval: Interval
    saved: float
    correlation: float


def difference(a: Floats, b: Floats, level: float = LEVEL) -> Difference:
    """Return the mean of a - b over pairs (n,) in the same order of replicates, with interval."""
    if len(a) != len(b) or not len(a):
        raise ValueError(f"pairs expected, got {len(a)} and {len(b)} replicates")
    n, apart = len(a), variance_of_mean(a) + variance_of_mean(b)
    together = variance_of_mean(a - b)
    varies = n > 1 and float(np.ptp(a)) > 0.0 and float(np.ptp(b)) > 0.0
    return Difference(
        student(float(np.mean(a - b)), together, n - 1, n, level),
        saved_by(apart, together) if n > 1 else 1.0,
        float(np.corrcoef(a, b)[0, 1]) if varies else float("nan"),
    )
