"""Quantiles with distribution-free intervals, from order statistics alone.

The number B of n replicates at or below the p-quantile q is binomial(n, p) whatever the
distribution. With x_(k) the k-th smallest replicate,

    P(x_(l) <= q <= x_(u)) >= P(l <= B <= u - 1) >= level,

l the (1 - level) / 2 quantile of B and u - 1 its other one (David and Nagaraja, Order Statistics,
3rd ed., 7.1). Discrete values (leakers) make it only wider. Where l = 0 or u = n + 1 so few
replicates bound nothing on that side: the end is infinite, and the report says so. P95 at 95 % has
an upper end from n = 72 on.
"""

import math

import numpy as np
from scipy.stats import binom

from tdome.messages.base import Floats
from tdome.studies.estimators.interval import LEVEL, Interval

P5_P50_P95 = (0.05, 0.5, 0.95)


def quantile(values: Floats, p: float, level: float = LEVEL) -> Interval:
    """Return the p-quantile of replicates (n,) (the smallest x with F(x) >= p) and its interval."""
    n = len(values)
    if not n:
        raise ValueError("the quantile of no replicates")
    ordered = np.sort(values)
    low, high = ranks(n, p, level)
    return Interval(
        float(np.quantile(ordered, p, method="inverted_cdf")),
        float(ordered[low - 1]) if low >= 1 else -math.inf,
        float(ordered[high - 1]) if high <= n else math.inf,
        level,
        n,
    )


def ranks(n: int, p: float, level: float = LEVEL) -> tuple[int, int]:
    """Return l and u, counted from 1; 0 and n + 1 where there is no bound."""
    tail = 0.5 * (1.0 - level)
    return int(binom.ppf(tail, n, p)), int(binom.ppf(1.0 - tail, n, p)) + 1
