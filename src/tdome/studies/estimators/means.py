"""Means with Student intervals; shares with Wilson's or Clopper and Pearson's.

Student: mean -+ t(n - 1) s / sqrt(n), exact for normal values, good for others by the central limit
once n is some tens (less skew needs fewer). Shares: Wilson (1927) covers on average what it says,
Clopper and Pearson (1934) covers at least that, always. Both stay within 0..1 and give an interval
also where nothing or everything was a success, where Student's would have no length.
"""

from typing import Literal

import numpy as np
from scipy.stats import binomtest

from tdome.messages.base import Floats
from tdome.studies.estimators.interval import LEVEL, Interval, student, variance_of_mean

ShareMethod = Literal["wilson", "exact"]


def mean(values: Floats, level: float = LEVEL) -> Interval:
    """Return the mean of replicates (n,) and its interval. Raises ValueError for none."""
    if not len(values):
        raise ValueError("the mean of no replicates")
    return student(
        float(np.mean(values)), variance_of_mean(values), len(values) - 1, len(values), level
    )


def share(successes: int, n: int, level: float = LEVEL, method: ShareMethod = "wilson") -> Interval:
    """Return successes / n and its interval; "exact" is Clopper and Pearson."""
    found = binomtest(int(successes), int(n)).proportion_ci(level, method)
    return Interval(successes / n, float(found.low), float(found.high), level, n)
