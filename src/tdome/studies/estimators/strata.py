"""Stratification: replicates of kinds whose shares are known, each weighted with its true share.

With strata h of probability w_h, the estimate is sum w_h mean_h, of variance sum w_h^2 s_h^2 / n_h
given the n_h, with Satterthwaite's degrees of freedom. Two uses of one formula: proportional (n_h
were set in advance, see :func:`proportional`) and post-stratified (they came by chance; given them,
the estimate has the right mean: Holt and Smith, J. R. Statist. Soc. A 142, 1979). Each stratum must
hold two replicates, or nothing is known of its spread: ValueError.
"""

import math

import numpy as np

from tdome.messages.base import Floats, Longs
from tdome.studies.estimators.interval import (
    LEVEL,
    Reduced,
    satterthwaite,
    saved_by,
    student,
    variance_of_mean,
)

_FEWEST = 2


def stratified(y: Floats, stratum: Longs, weights: Floats, level: float = LEVEL) -> Reduced:
    """Return the mean of y (n,) by strata (n,), rows of ``weights`` (h,), which add up to 1."""
    if not math.isclose(float(weights.sum()), 1.0, rel_tol=1e-9):
        raise ValueError(f"the weights of the strata add up to {weights.sum():g}, not to 1")
    counts = np.bincount(stratum, minlength=len(weights))
    if len(counts) > len(weights) or counts.min() < _FEWEST:
        raise ValueError(f"each of {len(weights)} strata needs 2 replicates, got {counts.tolist()}")
    groups = [y[stratum == h] for h in range(len(weights))]
    means = np.array([float(group.mean()) for group in groups])
    spreads: Floats = np.array([variance_of_mean(group) for group in groups])
    parts: Floats = np.square(weights) * spreads
    variance = float(parts.sum())
    return Reduced(
        student(
            float(weights @ means),
            variance,
            satterthwaite(parts, np.asarray(counts - 1.0, np.float64)),
            len(y),
            level,
        ),
        saved_by(variance_of_mean(y), variance),
    )


def proportional(n: int, weights: Floats) -> Longs:
    """Return how many of n replicates each stratum gets: by largest remainder, at least two."""
    wanted = n * weights
    counts = np.floor(wanted).astype(np.int64)
    rest = np.argsort(counts - wanted, kind="stable")[: n - int(counts.sum())]
    counts[rest] += 1
    return np.maximum(counts, _FEWEST)
