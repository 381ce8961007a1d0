"""What drives a result: Sobol indices, shares of variance of factors, ranks.

:func:`sobol` takes a Saltelli design (samples A, B and, for each factor i, AB_i: A with that column
of B): first-order and total indices of the mean g(x) over luck,

    S_i = mean(g_B (g_AB_i - g_A)) / V,    T_i = mean((g_A - g_AB_i)^2) / (2 V),    V = Var g,

by Saltelli et al. (Comput. Phys. Commun. 181, 2010, table 2 b) and Jansen (1999); without luck they
are scipy.stats.sobol_indices' and SALib's (tests). A study does not have g but means of R
replicates, whose luck would pass for interactions: totals too large, all shares of too large a V.
The luck that a mean of R keeps is known from its replicates, so it is taken off each product and
square: cov/R of g_B with g_AB_i - g_A, var/R of g_A - g_AB_i, and from V what is neither of the
point nor of the seed (which all points share under common random numbers). What is left has the
mean of g's own. Percentile intervals by bootstrap over rows with a keyed stream: they are of the
design's luck, for the seeds that there are.

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
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from tdome.kernel.random import Streams
from tdome.messages.base import Floats, Ints, Longs
from tdome.studies.estimators.interval import LEVEL, Interval

BINS = 8
_FEWEST = 2


class SobolIndices(NamedTuple):
    """First-order and total index of each factor."""

    first: list[Interval]
    total: list[Interval]


def sobol(
    a: Floats, b: Floats, ab: Floats, *, streams: Streams, resamples: int = 500
) -> SobolIndices:
    """Return the indices from outputs at A and B (n,) and AB (d, n), or with replicates (..., r).

    nan where nothing varies, or where an output is missing.
    """
    one = a.ndim == 1
    rows = _rows(*(y[..., None] if one else y for y in (a, b, ab)))
    n, d = len(a), len(ab)
    found = _indices(rows)
    drawn = streams("sobol", "bootstrap").generator().integers(n, size=(resamples, n))
    spread = np.array([_indices(rows[:, row]) for row in drawn])
    tail = 50.0 * (1.0 - LEVEL)
    low, high = np.percentile(spread, [tail, 100.0 - tail], axis=0)
    ends = zip(found.tolist(), low.tolist(), high.tolist(), strict=True)
    told = [Interval(*row, LEVEL, n) for row in ends]
    return SobolIndices(told[:d], told[d:])


def sobol_of_points(
    point: Ints | Longs, values: Floats, factors: int, *, streams: Streams
) -> SobolIndices:
    """Return the indices of a study of the design ``saltelli``: rows sorted by point, replicate.

    Of each point as many replicates as all have.
    """
    counts = np.bincount(point)
    n = len(counts) // (factors + 2)
    rows = np.searchsorted(point, np.arange(len(counts)))[:, None] + np.arange(counts.min())
    y = values[rows]
    mixed = y[2 * n :].reshape(factors, n, -1)
    return sobol(y[:n], y[n : 2 * n], mixed, streams=streams)


def _rows(a: Floats, b: Floats, ab: Floats) -> Floats:
    """Return what the indices are means of, for each row: (3 + 2 d, n).

    g_A, g_B, the luck in V, then products and half squares of each factor, less their luck.
    """
    r = a.shape[-1]
    means = a.mean(axis=-1), b.mean(axis=-1), ab.mean(axis=-1)
    centre = 0.5 * (means[0].mean() + means[1].mean())
    first = (means[1] - centre) * (means[2] - means[0])
    total = 0.5 * np.square(means[0] - means[2])
    luck = np.zeros(len(a))
    if r > 1:
        own_b, step = b - means[1][:, None], ab - a
        step = step - step.mean(axis=-1, keepdims=True)
        first -= (own_b * step).sum(axis=-1) / (r * (r - 1))
        total -= 0.5 * np.square(step).sum(axis=-1) / (r * (r - 1))
        both = np.stack([a - means[0][:, None], own_b])
        both -= both.mean(axis=(0, 1))  # what a seed does to all points
        luck = 0.5 * np.square(both).sum(axis=(0, 2)) / (r * (r - 1))
    return np.concatenate([np.stack([means[0], means[1], luck]), first, total])


def _indices(rows: Floats) -> Floats:
    """Return S of all factors, then T."""
    variance = float(np.var(rows[:2])) - float(rows[2].mean())
    found = rows[3:].mean(axis=1)
    return found / variance if variance > 0.0 else np.full(len(found), np.nan)


def levels_of(column: Sequence[object], bins: int = BINS) -> Longs:
    """Return a level (n,) for each point: one per value, or bins of many numeric values."""
    values, level = np.unique(np.asarray(column), return_inverse=True)
    if len(values) <= BINS or values.dtype.kind not in "iuf":
        return np.asarray(level, np.int64)
    return np.asarray(level * bins // len(values), np.int64)


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
