"""Kalman update of a packed slot, one measured number at a time.

With independent measurement errors the scalar updates one after the other equal the block update
(Bar-Shalom, Li, Kirubarajan, 2001, section 7.3, sequential processing), need no matrix inverse,
and let a plot leave out what it does not measure. All rows are linearised at one point, that of
the look, so that the order of the rows does not matter but for rounding.
"""

import math

from tdome.command.tracking.engine.layout import (
    COVARIANCE,
    HEIGHT_VARIANCE,
    L_IR,
    L_IRHO,
    L_R,
    L_X,
    L_Z,
    VARIANCE,
)
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats

_TURN = 2.0 * math.pi


@kernel
def take_row(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats,
    i: int,
    o: int,
    size: int,
    hx: float,
    hy: float,
    hz: float,
    innovation: float,
    noise: float,
) -> float:
    """Update slot o of track i with one number that position explains; return nu^2 / s + ln s.

    size: 6, or 7 with a turn rate. hx, hy, hz: the row of the Jacobian. innovation: measured minus
    expected at the slot's present mean. noise: its variance.
    """
    p = o + COVARIANCE
    g0 = rows[i, p] * hx + rows[i, p + 1] * hy + rows[i, p + 3] * hz
    g1 = rows[i, p + 1] * hx + rows[i, p + 2] * hy + rows[i, p + 4] * hz
    g2 = rows[i, p + 3] * hx + rows[i, p + 4] * hy + rows[i, p + 5] * hz
    g3 = rows[i, p + 6] * hx + rows[i, p + 7] * hy + rows[i, p + 8] * hz
    g4 = rows[i, p + 10] * hx + rows[i, p + 11] * hy + rows[i, p + 12] * hz
    g5 = rows[i, p + 15] * hx + rows[i, p + 16] * hy + rows[i, p + 17] * hz
    s = g0 * hx + g1 * hy + g2 * hz + noise
    d = 1.0 / s
    nu = innovation * d
    rows[i, o] += g0 * nu
    rows[i, o + 1] += g1 * nu
    rows[i, o + 2] += g2 * nu
    rows[i, o + 3] += g3 * nu
    rows[i, o + 4] += g4 * nu
    rows[i, o + 5] += g5 * nu
    if size == 7:  # noqa: PLR2004
        g6 = rows[i, p + 21] * hx + rows[i, p + 22] * hy + rows[i, p + 23] * hz
        rows[i, o + 6] += g6 * nu
        k = g6 * d
        rows[i, p + 21] -= k * g0
        rows[i, p + 22] -= k * g1
        rows[i, p + 23] -= k * g2
        rows[i, p + 24] -= k * g3
        rows[i, p + 25] -= k * g4
        rows[i, p + 26] -= k * g5
        rows[i, p + 27] -= k * g6
    k = g0 * d
    rows[i, p] -= k * g0
    k = g1 * d
    rows[i, p + 1] -= k * g0
    rows[i, p + 2] -= k * g1
    k = g2 * d
    rows[i, p + 3] -= k * g0
    rows[i, p + 4] -= k * g1
    rows[i, p + 5] -= k * g2
    k = g3 * d
    rows[i, p + 6] -= k * g0
    rows[i, p + 7] -= k * g1
    rows[i, p + 8] -= k * g2
    rows[i, p + 9] -= k * g3
    k = g4 * d
    rows[i, p + 10] -= k * g0
    rows[i, p + 11] -= k * g1
    rows[i, p + 12] -= k * g2
    rows[i, p + 13] -= k * g3
    rows[i, p + 14] -= k * g4
    k = g5 * d
    rows[i, p + 15] -= k * g0
    rows[i, p + 16] -= k * g1
    rows[i, p + 17] -= k * g2
    rows[i, p + 18] -= k * g3
    rows[i, p + 19] -= k * g4
    rows[i, p + 20] -= k * g5
    return innovation * nu + math.log(s)


@kernel
def absorb(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats,
    i: int,
    o: int,
    size: int,
    looks: Floats,
    k: int,
    sites: Floats,
    s: int,
    z: Floats,
    j: int,
) -> float:
    """Update slot o of track i with plot j of site s; return the sum of nu^2 / s + ln s.

    looks row k holds expectation and Jacobian; the slot may stand beside the point of
    linearisation, as the modes of a track do.
    """
    fit = 0.0
    for m in range(3):
        scale, noise = 1.0, sites[s, VARIANCE + m]
        innovation = z[j, m] - looks[k, L_Z + m]
        if m == 1:
            scale = looks[k, L_IRHO]
            innovation -= _TURN * math.floor(innovation / _TURN + 0.5)
        elif m == 2:  # noqa: PLR2004
            if z[j, HEIGHT_VARIANCE] < 0.0:
                break
            scale = looks[k, L_IR]
            if z[j, HEIGHT_VARIANCE] > 0.0:
                noise = z[j, HEIGHT_VARIANCE]
        at = L_R + 3 * m
        hx, hy, hz = looks[k, at] * scale, looks[k, at + 1] * scale, looks[k, at + 2] * scale
        innovation -= (
            hx * (rows[i, o] - looks[k, L_X])
            + hy * (rows[i, o + 1] - looks[k, L_X + 1])
            + hz * (rows[i, o + 2] - looks[k, L_X + 2])
        )
        fit += take_row(rows, i, o, size, hx, hy, hz, innovation, noise)
    return fit
