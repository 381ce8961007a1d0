"""Fall or boost: two filters of one body that interact, weighted by how well each explains it.

Interacting multiple models (Blom and Bar-Shalom, IEEE Trans. AC 33(8), 1988; Bar-Shalom, Li and
Kirubarajan, 2001, section 11.6.6). A motor goes on for an exponential time of mean ``burn_time``;
one that is out starts again after ``idle_time``, which covers a late second burn. Mode
probabilities are held above LEAST. The fall mode covers space and re-entry alike: with the drag in
the state there is one law for both, and b is learnt where the air lets it be.
"""

import math

import numpy as np

from tdome.command.tracking.ballistic.measurement import update1
from tdome.command.tracking.ballistic.motion import predict1
from tdome.command.tracking.ballistic.settings import BOOST, BURN_TIME, FALL, IDLE_TIME, MODES
from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel

LEAST = 1e-6
_CERTAIN = 1e-5  # a mode less likely than this does not change the other one


@kernel
def combine(x: Floats, p: Floats, weight: Floats, out_x: Floats, out_p: Floats) -> None:
    """Write mean and covariance of a mixture: x (2, n), p (2, n, n), weight (2,)."""
    n = x.shape[1]
    a, b = weight[FALL], weight[BOOST]
    for i in range(n):
        out_x[i] = a * x[FALL, i] + b * x[BOOST, i]
    for i in range(n):
        di = x[FALL, i] - x[BOOST, i]
        for j in range(n):
            apart = a * b * di * (x[FALL, j] - x[BOOST, j])
            out_p[i, j] = a * p[FALL, i, j] + b * p[BOOST, i, j] + apart


@kernel
def chain(weight: Floats, dt: float, settings: Floats, moved: Floats) -> None:
    """Write joint probabilities (from, to) of the modes over dt into moved, shape (2, 2)."""
    on, off = 1.0 / settings[BURN_TIME], 1.0 / settings[IDLE_TIME]
    # Closed form of a chain of two states.
    gone = (1.0 - math.exp(-(on + off) * dt)) / (on + off)
    moved[FALL, BOOST] = weight[FALL] * off * gone
    moved[FALL, FALL] = weight[FALL] - moved[FALL, BOOST]
    moved[BOOST, FALL] = weight[BOOST] * on * gone
    moved[BOOST, BOOST] = weight[BOOST] - moved[BOOST, FALL]


@kernel
def predict_modes(
    x: Floats, p: Floats, weight: Floats, dt: float, settings: Floats, work: Floats
) -> None:
    """Mix and predict both filters of one track by dt >= 0 s in place.

    Parameters
    ----------
    x, p, weight
        Shapes (2, n), (2, n, n), (2,).
    dt, settings, work
        As in :func:`tdome.command.tracking.ballistic.motion.predict1`.
    """
    if dt <= 0.0:
        return
    n = x.shape[1]
    moved, share = np.empty((MODES, MODES)), np.empty(MODES)
    chain(weight, dt, settings, moved)
    before_x, before_p = np.empty((MODES, n)), np.empty((MODES, n, n))
    before_x[:, :] = x
    before_p[:, :, :] = p
    for to in range(MODES):
        total = moved[FALL, to] + moved[BOOST, to]
        share[FALL], share[BOOST] = moved[FALL, to] / total, moved[BOOST, to] / total
        if share[1 - to] > _CERTAIN:
            combine(before_x, before_p, share, x[to], p[to])
        weight[to] = total
        predict1(x[to], p[to], dt, to, settings, work)


@kernel
def update_modes(  # noqa: PLR0913, PLR0917 - one track's columns
    x: Floats,
    p: Floats,
    weight: Floats,
    z: Floats,
    origin: Floats,
    axes: Floats,
    sigma: Floats,
    slot: int,
    work: Floats,
) -> tuple[float, float, int]:
    """Update both filters of one track with one plot in place.

    Parameters as in :func:`tdome.command.tracking.ballistic.measurement.update1`.

    Returns
    -------
    Normalised innovation squared (mean over the modes), log likelihood of the mixture, components
    used.
    """
    fall_nis, fall, used = update1(x[FALL], p[FALL], z, origin, axes, sigma, slot, work)
    boost_nis, boost, _ = update1(x[BOOST], p[BOOST], z, origin, axes, sigma, slot, work)
    a, b = fall + math.log(weight[FALL]), boost + math.log(weight[BOOST])
    top = max(a, b)
    log = top + math.log(math.exp(a - top) + math.exp(b - top))
    weight[FALL] = min(max(math.exp(a - log), LEAST), 1.0 - LEAST)
    weight[BOOST] = 1.0 - weight[FALL]
    return weight[FALL] * fall_nis + weight[BOOST] * boost_nis, log, used
