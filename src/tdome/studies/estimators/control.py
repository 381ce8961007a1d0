"""Control variates: take out of a mean the luck that is known to have mean zero.

The control is Z = sum over shots of (hit - chance), a martingale: its mean is zero under any
doctrine (:mod:`tdome.score.raid.rounds`). With any coefficient b that does not depend on replicate
i, y_i - b z_i has the mean of y. The best b is Cov(y, z) / Var(z); fitted on the same replicates it
makes the mean slightly wrong. So each replicate gets the coefficient of a regression on all others
(leave-one-out: one rank-one update each, no loop):

    u_i = y_i - b_(-i) z_i,    E u_i = E y  exactly,    estimate = mean u,  Var = s_u^2 / n.

The u_i are almost independent; Student's t with n - k - 1 degrees of freedom. Several controls (by
class, by layer) are a vector z_i; those that never vary are left out.

Source: Avramidis and Wilson, "A splitting scheme for control variates", OR Letters 14, 1993 (split
samples; leave-one-out is its finest split). Limits: useless where leakers are rare, since hits then
say little about them (reference/engine.md, 8).
"""

import numpy as np

from tdome.messages.base import Floats
from tdome.studies.estimators.interval import (
    LEVEL,
    Reduced,
    saved_by,
    student,
    variance_of_mean,
)
from tdome.studies.estimators.means import mean

_SPARE = 3  # replicates more than coefficients, below which nothing is fitted
_LEAST_SPARE = 1e-6  # 1 - leverage, below which the others say nothing about a replicate


def controlled(y: Floats, z: Floats, level: float = LEVEL) -> Reduced:
    """Return the mean of y (n,) with controls z, (n,) or (n, k), of mean zero."""
    u, k = residuals(y, z)
    if not k:
        return Reduced(mean(y, level), 1.0)
    n, plain, reduced = len(y), variance_of_mean(y), variance_of_mean(u)
    return Reduced(student(float(u.mean()), reduced, n - k - 1, n, level), saved_by(plain, reduced))


def residuals(y: Floats, z: Floats) -> tuple[Floats, int]:
    """Return u (n,) and how many controls are used; y itself and 0 where nothing can be fitted."""
    columns = z[:, None] if z.ndim == 1 else z
    columns = columns[:, np.ptp(columns, axis=0) > 0.0] if len(y) else columns[:, :0]
    k = columns.shape[1]
    if not k or len(y) < k + 1 + _SPARE:
        return y, 0
    return y - (left_out_slopes(y, columns) * columns).sum(axis=1), k


def left_out_slopes(y: Floats, z: Floats) -> Floats:
    """Return the regression slopes (n, k) of y on z (n, k) that leave each replicate out."""
    x = np.column_stack([np.ones(len(y)), z])
    inverse = np.linalg.pinv(x.T @ x)
    slopes = inverse @ (x.T @ y)
    pull = x @ inverse
    spare = 1.0 - (pull * x).sum(axis=1)
    alone = spare < _LEAST_SPARE
    step = (y - x @ slopes) / np.where(alone, 1.0, spare)
    left_out = slopes[None, :] - pull * step[:, None]
    left_out[alone] = 0.0  # the others do not tell: no control for it
    return np.asarray(left_out[:, 1:])
