"""What drives a result: Sobol indices, shares of variance of factors, ranks.

:func:`sobol` takes a Saltelli design (samples A, B and, for each factor, A with that column of B):
first-order and total indices by Saltelli et al. (2010) and its Jansen total, from
scipy.stats.sobol_indices; the tests compare them with SALib's. Percentile intervals by bootstrap
over rows with a keyed stream.

:func:`variance_shares` needs no such design: the share of variance over design points that lies
between the levels of one factor (its first-order index where factors are independent, as in full
factorials, Latin hypercubes and Sobol sequences), less what levels of pure chance would show
(omega squared, Hays 1963; chance is what all factors together do not explain). A factor of many
values is cut into bins of equal number.

:func:`rank_regression`: standardised coefficients on ranks (Iman and Conover, Technometrics 21,
1979) tell direction; R^2 says whether to believe them (monotonic and additive or not).

Limits: luck that is left in a point's mean counts as variance of no factor, so that shares are too
small rather than too large with few replicates.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.stats import rankdata, sobol_indices

from tdome.kernel.random import Streams
from tdome.messages.base import Floats, Longs
from tdome.studies.estimators.interval import LEVEL, Interval

BINS = 8
_FEWEST = 2


class SobolIndices(NamedTuple):
    """First-order and total index of each factor."""

    first: list[Interval]
    total: list[Interval]


def sobol(
    f_a: Floats, f_b: Floats, f_ab: Floats, *, streams: Streams, resamples: int = 500
) -> SobolIndices:
    """Return the indices from outputs at A (n,), B (n,) and AB (d, n); n a power of two."""
    n = len(f_a)
    found = _indices(f_a, f_b, f_ab)
    rows = streams("sobol", "bootstrap").generator().integers(n, size=(resamples, n))
    drawn = np.array([_indices(f_a[row], f_b[row], f_ab[:, row]) for row in rows])
    tail = 50.0 * (1.0 - LEVEL)
    low, high = np.percentile(drawn, [tail, 100.0 - tail], axis=0)
    return SobolIndices(*(_intervals(found[k], low[k], high[k], n) for k in (0, 1)))


def _intervals(found: Floats, low: Floats, high: Floats, n: int) -> list[Interval]:
    rows = zip(found.tolist(), low.tolist(), high.tolist(), strict=True)
    return [Interval(*row, LEVEL, n) for row in rows]


def _indices(f_a: Floats, f_b: Floats, f_ab: Floats) -> Floats:
    outputs: dict[Literal["f_A", "f_B", "f_AB"], Floats] = {
        "f_A": f_a[None],
        "f_B": f_b[None],
        "f_AB": f_ab[:, None],
    }
    found = sobol_indices(func=outputs, n=len(f_a))
    return np.array([np.ravel(found.first_order), np.ravel(found.total_order)])


def levels_of(column: Sequence[object], bins: int = BINS) -> Longs:
    """Return a level (n,) for each point: one per value, or bins of many numeric values."""
    values, level = np.unique(np.asarray(column), return_inverse=True)
    if len(values) <= BINS or values.dtype.kind not in "iuf":
        return np.asarray(level, np.int64)
    rank = rankdata(np.asarray(column), method="ordinal") - 1
    return np.asarray(rank * bins // len(rank), np.int64)


def variance_shares(levels: Sequence[Longs], y: Floats) -> list[float]:
    """Return omega squared, 0..1, of each factor with levels (n,) over y (n,).

    nan where it can not be told: one level, no variance, or as many levels as points.
    """
    n, total = len(y), float(np.square(y - y.mean()).sum())
    dummies = [level[:, None] == np.unique(level)[1:] for level in levels]
    x = np.column_stack([np.ones(n), *dummies]).astype(np.float64)
    freedom = n - int(np.linalg.matrix_rank(x))
    if freedom < 1 or total <= 0.0:
        return [float("nan")] * len(levels)
    fitted, *_ = np.linalg.lstsq(x, y, rcond=None)
    chance = float(np.square(y - x @ fitted).sum()) / freedom
    return [_share(level, y, total, chance) for level in levels]


def _share(level: Longs, y: Floats, total: float, chance: float) -> float:
    names, at = np.unique(level, return_inverse=True)
    if len(names) < _FEWEST:
        return float("nan")
    counts = np.bincount(at)
    means = np.bincount(at, weights=y) / counts
    between = float(counts @ np.square(means - y.mean()))
    return min(max((between - (len(names) - 1) * chance) / (total + chance), 0.0), 1.0)


class RankRegression(NamedTuple):
    """Standardised coefficient of each factor, and the share of variance of ranks explained."""

    coefficients: Floats
    r_squared: float


def rank_regression(x: Floats, y: Floats) -> RankRegression:
    """Regress ranks of y (n,) on ranks of x (n, d); nan for a factor that never varies."""
    ranks = np.column_stack([rankdata(column) for column in x.T])
    target = rankdata(y)
    varies = np.ptp(ranks, axis=0) > 0.0
    coefficients = np.full(x.shape[1], np.nan)
    if np.ptp(target) == 0.0 or not varies.any() or len(y) <= int(varies.sum()) + 1:
        return RankRegression(coefficients, float("nan"))
    z = ranks[:, varies]
    z = (z - z.mean(axis=0)) / z.std(axis=0)
    t = (target - target.mean()) / target.std()
    fitted, *_ = np.linalg.lstsq(z, t, rcond=None)
    coefficients[varies] = fitted
    return RankRegression(coefficients, 1.0 - float(np.square(t - z @ fitted).mean()))
