"""Many cheap screening runs, few full ones: the corrected estimate of what the full ones say.

From N screening replicates of their own, and n pairs (full f, screening s) with common luck,

    estimate = b mean_N(s) + mean_n(f - b s).

For any b it has the mean of f, however wrong the screening is: its bias cancels. (With b = 1 it is
mean(screen) + mean(full - screen).) The variance is b^2 Var(s) / N + Var(f - b s) / n, least for

    b = Cov(f, s) / Var(s) * N / (N + n),

fitted for each pair on all other pairs, so that the mean stays exact (as in
:mod:`tdome.studies.estimators.control`). The interval is Student's with Satterthwaite's degrees of
freedom. :func:`allocation` says how many screening runs per full one are best for their costs.

Source: Peherstorfer, Willcox and Gunzburger, "Optimal model management for multifidelity Monte
Carlo estimation", SIAM J. Sci. Comput. 38, 2016; Giles, Acta Numerica 24, 2015. Limits: the pairs
must not be among the N.
"""

import math

import numpy as np

from tdome.messages.base import Floats
from tdome.studies.estimators.control import left_out_slopes
from tdome.studies.estimators.interval import (
    LEVEL,
    Reduced,
    satterthwaite,
    saved_by,
    student,
    variance_of_mean,
)

_FEWEST = 5  # pairs to fit b from


def corrected(
    screen: Floats, full: Floats, paired: Floats, b: float | None = None, level: float = LEVEL
) -> Reduced:
    """Return the mean of full runs from ``screen`` (N,) and pairs ``full``, ``paired`` (n,).

    ``saved``: against the mean of the n full runs alone. ``b``: a coefficient fixed beforehand.
    """
    n, many = len(full), len(screen)
    if len(paired) != n or n < _FEWEST or many < _FEWEST:
        raise ValueError(f"{_FEWEST} pairs and screening runs or more, got {n} and {many}")
    slopes = np.full(n, 0.0 if b is None else b)
    if b is None and float(np.ptp(paired)) > 0.0:
        slopes = left_out_slopes(full, paired[:, None])[:, 0] * many / (many + n)
    anchor = float(screen.mean())
    terms = full - slopes * (paired - anchor)
    of_pairs = variance_of_mean(terms)
    of_screen = float(slopes.mean()) ** 2 * variance_of_mean(screen)
    freedom = satterthwaite(
        np.array([of_pairs, of_screen]), np.array([n - 1.0 - (b is None), many - 1.0])
    )
    interval = student(float(terms.mean()), of_pairs + of_screen, freedom, n, level)
    return Reduced(interval, saved_by(variance_of_mean(full), of_pairs + of_screen))


def allocation(correlation: float, cost_ratio: float) -> float:
    """Return the best N / n for a correlation of pairs and the cost of a full run over a screen.

    sqrt(cost_ratio rho^2 / (1 - rho^2)); inf for a perfect screen.
    """
    left = 1.0 - correlation * correlation
    return math.sqrt(cost_ratio * correlation * correlation / left) if left > 0.0 else math.inf
