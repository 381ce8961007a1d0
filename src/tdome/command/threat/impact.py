"""Where and when a ballistic track comes down, and how well we know it.

The point is where the law of :mod:`tdome.earth.ballistics`, with the drag that we believe, meets
height 0. Its covariance is J P J' + s^2 d d' + (m L)^2 I in local east-north axes: P the track's
covariance, J (2 x 6) and d (2) the derivatives of the point by state and by ln(inv_beta), by finite
differences; s the standard deviation of ln(beta) over the class's range; m = MODEL_SHARE of the
remaining distance L for wind, air and what a point mass leaves out, with m L not below 30 m.
Assumptions: no thrust, no manoeuvre, small errors (the map is linear over the ellipse). The point
is good to metres against an independent integration; J to 1 % (its flights take coarse steps of up
to 4 s).
"""

import math

import numpy as np

from tdome.earth.atmosphere import density1
from tdome.earth.ballistics import copy1, height1, impact1, rk4_step
from tdome.earth.wgs84 import Floats, ecef_to_geodetic1
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Longs

LAT, LON, TIME, EE, EN, NN = range(6)
COLUMNS = 6
PARAMETERS = 7  # six of the state, then ln(inv_beta)
MODEL_SHARE = 0.01
_LEAST_MODEL = 30.0  # m: ground that is not at height 0

_STEP = 1.0  # s, of the flight that gives the point
_COARSE_STEP = 4.0  # s, of the flights that give derivatives
_COARSE_DRAG = 0.4  # longest coarse step in units of 1 / (rho |v| inv_beta); RK4 is stable to 2.8
_LONGEST = 2_400.0  # s: no ballistic class of the catalogue flies longer
_NUDGE = (100.0, 1.0, 0.01)  # m, m/s, share of inv_beta


@kernel
def _coarse_impact(start: Floats, inv_beta: float, body: Floats, before: Floats) -> bool:
    """Fly ``body`` from ``start`` to height 0 in coarse steps; False if it does not come down."""
    copy1(start, body)
    t = 0.0
    above = height1(body[0], body[1], body[2])
    if above <= 0.0:
        return True
    while t < _LONGEST:
        speed = math.sqrt(body[3] ** 2 + body[4] ** 2 + body[5] ** 2)
        rate = inv_beta * speed * density1(above)
        step = _COARSE_STEP if rate * _COARSE_STEP < _COARSE_DRAG else _COARSE_DRAG / rate
        copy1(body, before)
        rk4_step(body, step, inv_beta)
        height = height1(body[0], body[1], body[2])
        if height <= 0.0 and height < above:
            # Two secant rounds: to below a metre, and the same for all flights of one difference.
            tau = step * above / (above - height)
            for _ in range(2):
                copy1(before, body)
                rk4_step(body, tau, inv_beta)
                left = height1(body[0], body[1], body[2])
                ux, uy, uz = body[0], body[1], body[2]
                radius = math.sqrt(ux * ux + uy * uy + uz * uz)
                sink = (ux * body[3] + uy * body[4] + uz * body[5]) / radius
                tau -= left / min(sink, -1.0)
            return True
        above = height
        t += step
    return False


@kernel
def _derive(state: Floats, inv_beta: float, axes: Floats, out: Floats, scratch: Floats) -> bool:
    """Put the derivatives of the impact into ``out``, shape (2, 7); False if there is none."""
    start, body, before, centre = scratch[0], scratch[1], scratch[2], scratch[3]
    if not _coarse_impact(state, inv_beta, body, before):
        return False
    copy1(body, centre)
    for k in range(PARAMETERS):
        copy1(state, start)
        drag, nudge = inv_beta, _NUDGE[2]
        if k < PARAMETERS - 1:
            nudge = _NUDGE[0] if k < 3 else _NUDGE[1]  # noqa: PLR2004 - three of position first
            start[k] += nudge
        else:
            drag = inv_beta * math.exp(nudge)
        if not _coarse_impact(start, drag, body, before):
            return False
        for i in range(2):
            shift = 0.0
            for j in range(3):
                shift += axes[i, j] * (body[j] - centre[j])
            out[i, k] = shift / nudge
    return True


@kernel
def _spread(jacobian: Floats, covariance: Floats, drag: float, model: float, out: Floats) -> None:
    """Put the covariance of the point into ``out``, shape (3,): ee, en, nn."""
    for a in range(2):
        for b in range(a, 2):
            total = drag * drag * jacobian[a, 6] * jacobian[b, 6]
            for i in range(6):
                for j in range(6):
                    total += jacobian[a, i] * covariance[i, j] * jacobian[b, j]
            out[a + b] = total + (model * model if a == b else 0.0)


@kernel
def predict_impacts(  # noqa: PLR0913, PLR0917 - columns
    rows: Longs,
    state: Floats,
    covariance: Floats,
    inv_beta: Floats,
    beta_sigma: Floats,
    derive: Codes,
    jacobian: Floats,
    out: Floats,
) -> None:
    """Predict the impact of some tracks, in place.

    Parameters
    ----------
    rows
        Rows to do, shape (k,); the other columns have n rows.
    state, covariance
        Shapes (n, 6) and (n, 6, 6), ECEF, m and m/s.
    inv_beta, beta_sigma
        Believed drag, m^2/kg, and standard deviation of its logarithm.
    derive
        1 where the derivatives are to be made anew.
    jacobian
        Shape (n, 2, 7), kept between calls: derivatives of (east, north), m per unit.
    out
        Shape (n, 6): latitude, longitude (rad), time to go (s), covariance ee, en, nn (m^2);
        nan where the track does not come down.
    """
    axes = np.empty((2, 3))
    scratch, own = np.empty((4, 6)), np.empty(6)
    for row in rows:
        out[row] = np.nan
        copy1(state[row], own)
        t, x, y, z = impact1(own, inv_beta[row], _STEP, _LONGEST)
        if math.isnan(t):
            continue
        lat, lon, _ = ecef_to_geodetic1(x, y, z)
        axes[0, 0], axes[0, 1], axes[0, 2] = -math.sin(lon), math.cos(lon), 0.0
        axes[1, 0], axes[1, 1] = -math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon)
        axes[1, 2] = math.cos(lat)
        fresh = derive[row] != 0
        if fresh and not _derive(own, inv_beta[row], axes, jacobian[row], scratch):
            continue
        away = math.sqrt(
            (x - state[row, 0]) ** 2 + (y - state[row, 1]) ** 2 + (z - state[row, 2]) ** 2
        )
        model = max(MODEL_SHARE * away, _LEAST_MODEL)
        _spread(jacobian[row], covariance[row], beta_sigma[row], model, out[row, 3:])
        out[row, 0], out[row, 1], out[row, 2] = lat, lon, t
