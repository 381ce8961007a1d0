"""Kalman update of a packed slot, one measured number at a time.

With independent measurement errors the scalar updates one after the other equal the block update
(Bar-Shalom, Li, Kirubarajan, 2001, section 7.3, sequential processing), need no matrix inverse,
and let a plot leave out what it does not measure. A range rate goes first (:mod:`.rate`). All rows
are linearised at one point, that of the look, so that their order does not matter but for rounding.
"""

import math
from typing import Final

from tdome.command.tracking.engine.filters.rate import Row, rate_row, take_whole
from tdome.command.tracking.engine.layout import (
    COVARIANCE,
    HEIGHT_VARIANCE,
    L_IR,
    L_IRHO,
    L_R,
    L_X,
    L_Z,
    PLACE,
    RANGE,
    RATE,
    VARIANCE,
)
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats

TURNING: Final = 7  # numbers of a state with a turn rate
_TURN = 2.0 * math.pi


@kernel_bare
def take_row(  # noqa: PLR0913, PLR0915, PLR0917 - flat columns, written out
    rows: Floats, i: int, o: int, size: int, h: Row, beyond: float, noise: float
) -> tuple[float, float]:
    """Update slot o of track i with one number that position explains; return nu^2 / s, and s.

    size: 6, or 7 with a turn rate. h: the row of the Jacobian. beyond: measured minus expected, for
    a position at the frame's zero. noise: its variance.
    """
    p = o + COVARIANCE
    x, y, z = h
    g0 = rows[i, p] * x + rows[i, p + 1] * y + rows[i, p + 3] * z
    g1 = rows[i, p + 1] * x + rows[i, p + 2] * y + rows[i, p + 4] * z
    g2 = rows[i, p + 3] * x + rows[i, p + 4] * y + rows[i, p + 5] * z
    g3 = rows[i, p + 6] * x + rows[i, p + 7] * y + rows[i, p + 8] * z
    g4 = rows[i, p + 10] * x + rows[i, p + 11] * y + rows[i, p + 12] * z
    g5 = rows[i, p + 15] * x + rows[i, p + 16] * y + rows[i, p + 17] * z
    s = g0 * x + g1 * y + g2 * z + noise
    d = 1.0 / s
    innovation = beyond - (x * rows[i, o] + y * rows[i, o + 1] + z * rows[i, o + 2])
    nu = innovation * d
    rows[i, o] += g0 * nu
    rows[i, o + 1] += g1 * nu
    rows[i, o + 2] += g2 * nu
    rows[i, o + 3] += g3 * nu
    rows[i, o + 4] += g4 * nu
    rows[i, o + 5] += g5 * nu
    if size == TURNING:
        g6 = rows[i, p + 21] * x + rows[i, p + 22] * y + rows[i, p + 23] * z
        rows[i, o + 6] += g6 * nu
        k = g6 * d
        rows[i, p + 21] -= k * g0
        rows[i, p + 22] -= k * g1
        rows[i, p + 23] -= k * g2
        rows[i, p + 24] -= k * g3
        rows[i, p + 25] -= k * g4
        rows[i, p + 26] -= k * g5
        rows[i, p + 27] -= k * g6
    k0, k1, k2, k3, k4, k5 = g0 * d, g1 * d, g2 * d, g3 * d, g4 * d, g5 * d
    rows[i, p] -= k0 * g0
    rows[i, p + 1] -= k1 * g0
    rows[i, p + 2] -= k1 * g1
    rows[i, p + 3] -= k2 * g0
    rows[i, p + 4] -= k2 * g1
    rows[i, p + 5] -= k2 * g2
    rows[i, p + 6] -= k3 * g0
    rows[i, p + 7] -= k3 * g1
    rows[i, p + 8] -= k3 * g2
    rows[i, p + 9] -= k3 * g3
    rows[i, p + 10] -= k4 * g0
    rows[i, p + 11] -= k4 * g1
    rows[i, p + 12] -= k4 * g2
    rows[i, p + 13] -= k4 * g3
    rows[i, p + 14] -= k4 * g4
    rows[i, p + 15] -= k5 * g0
    rows[i, p + 16] -= k5 * g1
    rows[i, p + 17] -= k5 * g2
    rows[i, p + 18] -= k5 * g3
    rows[i, p + 19] -= k5 * g4
    rows[i, p + 20] -= k5 * g5
    return innovation * nu, s


@kernel_bare
def row(  # noqa: PLR0913, PLR0917 - flat columns
    looks: Floats, k: int, sites: Floats, s: int, z: Floats, j: int, m: int
) -> tuple[Row, float, float]:
    """Return row m of the Jacobian, what plot j measured beyond the look, and its variance.

    m: 0 range, 1 azimuth, 2 elevation. A place that was told has its own error, the same along
    all three.
    """
    scale, noise = 1.0, sites[s, VARIANCE + m]
    beyond = z[j, m] - looks[k, L_Z + m]
    if m == 1:
        scale = looks[k, L_IRHO]
        beyond -= _TURN * math.floor(beyond / _TURN + 0.5)
    elif m == 2:  # noqa: PLR2004
        scale = looks[k, L_IR]
        if z[j, HEIGHT_VARIANCE] > 0.0:
            noise = z[j, HEIGHT_VARIANCE]
    if z[j, PLACE] > 0.0:
        noise = z[j, PLACE] * scale * scale
    at = L_R + 3 * m
    h = looks[k, at] * scale, looks[k, at + 1] * scale, looks[k, at + 2] * scale
    # Moved from the point of linearisation to the frame's zero: each slot takes its own mean off.
    beyond += h[0] * looks[k, L_X] + h[1] * looks[k, L_X + 1] + h[2] * looks[k, L_X + 2]
    return h, beyond, noise


@kernel_bare
def measures(z: Floats, j: int) -> int:
    """Return how many numbers plot j tells: range and azimuth, and mostly elevation.

    The range rate, which few sites measure, is not counted. A direction (range nan) lacks the
    first of them.
    """
    return 2 if z[j, HEIGHT_VARIANCE] < 0.0 else 3


@kernel_bare
def first_measured(z: Floats, j: int) -> int:
    """Return the first number that plot j tells: 0 its range, or 1 its azimuth."""
    return 1 if math.isnan(z[j, RANGE]) else 0


@kernel_bare
def absorb(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, i: int, o: int, size: int, looks: Floats, k: int, sites: Floats, s: int,
    z: Floats, j: int,
) -> float:  # fmt: skip
    """Update slot o of track i with plot j of site s; return d^2 + ln |S|.

    looks row k holds expectation and Jacobian; the slot may stand beside the point of
    linearisation, as the modes of a track do.
    """
    fit, det = 0.0, 1.0
    if not math.isnan(z[j, RATE]):
        h, g, beyond, noise = rate_row(rows, i, looks, k, z, j)
        fit, det = take_whole(rows, i, o, size, h, g, beyond, noise)
    for m in range(first_measured(z, j), measures(z, j)):
        h, beyond, noise = row(looks, k, sites, s, z, j, m)
        d2, variance = take_row(rows, i, o, size, h, beyond, noise)
        fit += d2
        det *= variance
    return fit + math.log(det)
