"""Range rate (Doppler): the fourth number of a plot, with position and velocity in its Jacobian.

A site that stands still sees the rate r' = r^ . v of a target at r r^ with velocity v:

    d r' / d x = (v - r' r^) / r,    d r' / d v = r^

(Bar-Shalom, Li, Kirubarajan, 2001, section 10.3; Blackman and Popoli 1999, section 3.1). It joins
range, azimuth and elevation in the gate as the fourth row of the innovation's covariance, by the
complement of Schur: with S the 3 x 3 part, c its covariance with r', s the variance of r' and y the
innovations,

    d^2 += (y' - c' S^-1 y)^2 / (s - c' S^-1 c),    ln |S| += ln (s - c' S^-1 c).

The model bends: doubt of direction times doubt of velocity across it is a rate, too. Its variance,
sum over the two directions t across of ((t' P_pp t) (t' P_vv t) + (t' P_pv t)^2) / r^2 (the second
order term of the extended Kalman filter, the same, section 10.3.2), is added to the noise: without
it the first plots of a track, whose velocity is unknown to 200 m/s, would be believed too much.

False plots have any rate within a band of FALSE_RATES m/s. Limits: rates are believed unambiguous
(a radar that folds them must unfold them first) and free of wind or rotor lines; sites stand still;
the law of fall takes none, nor do the modes of a track that is tried under it (:mod:`.laws`).
"""

import math
from typing import Final

from tdome.command.tracking.engine.layout import (
    AZIMUTH,
    COVARIANCE,
    ELEVATION,
    HEAD,
    HEIGHT_VARIANCE,
    L_A,
    L_C,
    L_E,
    L_I,
    L_IR,
    L_IRHO,
    L_NOISE,
    L_R,
    L_RATE,
    L_S,
    L_V,
    L_X,
    L_Z,
    ORIGIN,
    RANGE,
    RATE,
    VARIANCE,
)
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats

Row = tuple[float, float, float]
FALSE_RATES: Final = 1000.0  # m/s: width of the band in which false plots have their rates
_TURN = 2.0 * math.pi
_TURNING = 7  # numbers of a state with a turn rate
RATE_PRICE: Final = math.log(_TURN) - 2.0 * math.log(FALSE_RATES)


@kernel_bare
def _along(rows: Floats, i: int, o: int, block: int, h: Row, g: Row) -> float:
    """Return h' B g of slot o; block 0: B = P_pp, 1: P_vp (h along velocity), 2: P_vv."""
    p = o + COVARIANCE
    total = 0.0
    for a in range(3):
        for b in range(3):
            m, n = a + (3 if block > 0 else 0), b + (3 if block > 1 else 0)
            at = m * (m + 1) // 2 + n if m >= n else n * (n + 1) // 2 + m
            total += h[a] * rows[i, p + at] * g[b]
    return total


@kernel_bare
def rate_gradient(rows: Floats, i: int, slot: int, looks: Floats, k: int) -> tuple[Row, Row, float]:
    """Return d r' / d x, d r' / d v, and r', at the look and the velocity of a slot."""
    r = looks[k, L_R], looks[k, L_R + 1], looks[k, L_R + 2]
    o = slot + 3
    rate = r[0] * rows[i, o] + r[1] * rows[i, o + 1] + r[2] * rows[i, o + 2]
    ir = looks[k, L_IR]
    w = (
        (rows[i, o] - rate * r[0]) * ir,
        (rows[i, o + 1] - rate * r[1]) * ir,
        (rows[i, o + 2] - rate * r[2]) * ir,
    )
    return w, r, rate


@kernel_bare
def look_rate(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, i: int, o: int, sites: Floats, s: int, looks: Floats, k: int
) -> None:
    """Add to look k what site s expects of the range rate of slot o of track i (6 x 6)."""
    w, r, rate = rate_gradient(rows, i, o, looks, k)
    a = looks[k, L_A], looks[k, L_A + 1], looks[k, L_A + 2]
    e = looks[k, L_E], looks[k, L_E + 1], looks[k, L_E + 2]
    ir, irho = looks[k, L_IR], looks[k, L_IRHO]
    looks[k, L_RATE] = rate
    looks[k, L_C] = _along(rows, i, o, 0, r, w) + _along(rows, i, o, 1, r, r)
    looks[k, L_C + 1] = irho * (_along(rows, i, o, 0, a, w) + _along(rows, i, o, 1, r, a))
    looks[k, L_C + 2] = ir * (_along(rows, i, o, 0, e, w) + _along(rows, i, o, 1, r, e))
    aa, ee = _along(rows, i, o, 1, a, a), _along(rows, i, o, 1, e, e)
    bend = _along(rows, i, o, 0, a, a) * _along(rows, i, o, 2, a, a) + aa * aa
    bend += _along(rows, i, o, 0, e, e) * _along(rows, i, o, 2, e, e) + ee * ee
    noise = sites[s, VARIANCE + 3] + bend * ir * ir
    looks[k, L_NOISE] = noise
    looks[k, L_V] = (
        _along(rows, i, o, 0, w, w)
        + 2.0 * _along(rows, i, o, 1, r, w)
        + _along(rows, i, o, 2, r, r)
        + noise
    )


@kernel_bare
def misfit_rate(
    looks: Floats, k: int, sites: Floats, s: int, z: Floats, j: int
) -> tuple[float, float]:
    """Return what the range rate of plot j adds to d^2 and to ln |S| (and the price of false ones).

    The second has RATE_PRICE in it, so that pairs with and without a rate compare.
    """
    y0 = z[j, RANGE] - looks[k, L_Z]
    y1 = z[j, AZIMUTH] - looks[k, L_Z + 1]
    y1 -= _TURN * math.floor(y1 / _TURN + 0.5)
    y2 = z[j, ELEVATION] - looks[k, L_Z + 2]
    c0, c1, c2 = looks[k, L_C], looks[k, L_C + 1], looks[k, L_C + 2]
    other = z[j, HEIGHT_VARIANCE]
    if other < 0.0:
        s00, s10, s11 = looks[k, L_S], looks[k, L_S + 1], looks[k, L_S + 2]
        d = 1.0 / (s00 * s11 - s10 * s10)
        b0, b1, b2 = (s11 * c0 - s10 * c1) * d, (s00 * c1 - s10 * c0) * d, 0.0
    else:
        at = L_I
        i20, i21, i22 = looks[k, at + 3], looks[k, at + 4], looks[k, at + 5]
        b0 = looks[k, at] * c0 + looks[k, at + 1] * c1 + i20 * c2
        b1 = looks[k, at + 1] * c0 + looks[k, at + 2] * c1 + i21 * c2
        b2 = i20 * c0 + i21 * c1 + i22 * c2
        if other > 0.0:  # another variance of the elevation: Sherman and Morrison
            dv = other - sites[s, VARIANCE + 2]
            share = dv * b2 / (1.0 + dv * i22)
            b0, b1, b2 = b0 - share * i20, b1 - share * i21, b2 - share * i22
    own = looks[k, L_V] - (c0 * b0 + c1 * b1 + c2 * b2)
    own = max(own, looks[k, L_NOISE])  # rounding; the state's part is not negative
    y = z[j, RATE] - looks[k, L_RATE] - (b0 * y0 + b1 * y1 + b2 * y2)
    return y * y / own, math.log(own) + RATE_PRICE


@kernel_bare
def rate_row(
    rows: Floats, i: int, looks: Floats, k: int, z: Floats, j: int
) -> tuple[Row, Row, float, float]:
    """Return the rate's Jacobian (position, velocity), what plot j tells beyond it, its variance.

    To be asked before slot 0 is updated. As :func:`.update.row`: moved to the frame's zero.
    """
    w, r, rate = rate_gradient(rows, i, HEAD, looks, k)
    beyond = z[j, RATE] - rate
    o = HEAD + 3
    for m in range(3):
        beyond += w[m] * looks[k, L_X + m] + r[m] * rows[i, o + m]
    return w, r, beyond, looks[k, L_NOISE]


@kernel_bare
def take_whole(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, i: int, o: int, size: int, h: Row, g: Row, beyond: float, noise: float
) -> tuple[float, float]:
    """Update slot o of track i with one number that position (h) and velocity (g) explain.

    As :func:`.update.take_row`; beyond: for a state at the frame's zero that rests.
    """
    p = o + COVARIANCE
    h0, h1, h2 = h
    g0, g1, g2 = g
    s, innovation = noise, beyond
    for m in range(6):
        f = _with(rows, i, p, m, h, g)
        c = (h0, h1, h2, g0, g1, g2)[m]
        s += c * f
        innovation -= c * rows[i, o + m]
    d = 1.0 / s
    nu = innovation * d
    f0, f1, f2 = _with(rows, i, p, 0, h, g), _with(rows, i, p, 1, h, g), _with(rows, i, p, 2, h, g)
    f3, f4, f5 = _with(rows, i, p, 3, h, g), _with(rows, i, p, 4, h, g), _with(rows, i, p, 5, h, g)
    f6 = _with(rows, i, p, 6, h, g) if size == _TURNING else 0.0
    gain = (f0, f1, f2, f3, f4, f5, f6)
    at = p
    for m in range(size):
        rows[i, o + m] += gain[m] * nu
        k = gain[m] * d
        for n in range(m + 1):
            rows[i, at] -= k * gain[n]
            at += 1
    return innovation * nu, s


@kernel_bare
def _with(rows: Floats, i: int, p: int, m: int, h: Row, g: Row) -> float:
    """Return row m of a packed covariance times (h, g)."""
    total = 0.0
    for n in range(3):
        a, b = (m, n) if m >= n else (n, m)
        total += rows[i, p + a * (a + 1) // 2 + b] * h[n]
        a, b = (m, n + 3) if m >= n + 3 else (n + 3, m)
        total += rows[i, p + a * (a + 1) // 2 + b] * g[n]
    return total


@kernel_bare
def begin_rate(rows: Floats, i: int, sites: Floats, s: int, z: Floats, j: int) -> None:
    """Let the range rate of plot j fix one component of the velocity of a track begun at it.

    Slot 0 of track i: at rest, with its first errors. Direction is doubtful and so is velocity
    across it: their product is added to the noise, as in the module's second order term.
    """
    o, p = HEAD, HEAD + COVARIANCE
    x, y = rows[i, o] - sites[s, ORIGIN], rows[i, o + 1] - sites[s, ORIGIN + 1]
    h = rows[i, o + 2] - sites[s, ORIGIN + 2]
    ir = 1.0 / max(math.sqrt(x * x + y * y + h * h), 1.0)
    r = x * ir, y * ir, h * ir
    across = rows[i, p] + rows[i, p + 2] + rows[i, p + 5] - _along(rows, i, o, 0, r, r)
    fast = max(rows[i, p + 9], rows[i, p + 14], rows[i, p + 20])
    noise = sites[s, VARIANCE + 3] + across * fast * ir * ir
    take_whole(rows, i, o, 6, (0.0, 0.0, 0.0), r, z[j, RATE], noise)
