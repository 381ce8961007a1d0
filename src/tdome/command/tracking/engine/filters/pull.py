"""Constant acceleration: three more numbers for the hard mode (Singer's model, nine states).

The acceleration a of a manoeuvre is a first-order Markov process of standard deviation sigma and
correlation time tau, alpha = 1 / tau (Singer, "Estimating optimal tracking filter performance for
manned maneuvering targets", IEEE T-AES 6, 1970; Bar-Shalom, Li, Kirubarajan 2001, 8.2.2-8.2.3):

    p' = p + T v + g1 a,   v' = v + g2 a,   a' = e a,     e = exp(-alpha T),
    g1 = (alpha T - 1 + e) / alpha^2,   g2 = (1 - e) / alpha,

with the exact Q below; tau to infinity is constant acceleration. sigma is one number in the
horizontal plane and another along local up: D = s_h^2 I + (s_v^2 - s_h^2) u u'.
The six numbers that all modes have stay in the mode's slot. The rest stands behind the row's
slots: a (3), C = cov(a, (p, v)) (3 x 6, by rows), A = cov(a, a) (6, packed). Modes without it lend
a ~ N(0, D), independent: one that begins to manoeuvre does so with any acceleration of the prior.
Limit: with these states the range rate is not used in the update (in the gate it is).
"""

import math

from tdome.command.tracking.engine.filters.motion import drift
from tdome.command.tracking.engine.filters.rate import Row
from tdome.command.tracking.engine.layout import (
    COVARIANCE,
    HEAD,
    PULL,
    PULL_CROSS,
    PULL_SPREAD,
    SLOT,
    UP,
)
from tdome.command.tracking.engine.settings import K_PULL, K_PULL_CLIMB, K_PULL_STAY
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats

_SLOT = HEAD + 2 * SLOT  # of the hard mode
_SHORT = 0.02  # alpha T below which Q is that of white jerk (2 % off at most)


@kernel_bare
def _prior(rows: Floats, i: int, a: int, b: int, k: Floats) -> float:
    """Return entry (a, b) of D for track i."""
    level, climb = k[K_PULL] * k[K_PULL], k[K_PULL_CLIMB] * k[K_PULL_CLIMB]
    return float((level if a == b else 0.0) + (climb - level) * rows[i, UP + a] * rows[i, UP + b])


@kernel_bare
def split_pull(rows: Floats, i: int, k: Floats) -> None:
    """Begin with no knowledge of the acceleration but its prior."""
    for f in range(PULL, PULL_SPREAD):
        rows[i, f] = 0.0
    at = PULL_SPREAD
    for a in range(3):
        for b in range(a + 1):
            rows[i, at] = _prior(rows, i, a, b, k)
            at += 1


@kernel_bare
def mix_pull(rows: Floats, i: int, before: Floats, w: float, k: Floats) -> None:
    """Mix the acceleration: it is that of the hard mode with weight w, else of the prior.

    before (6,): the hard mode's position and velocity before they were mixed; the slot holds them
    mixed.
    """
    at = PULL_SPREAD
    for a in range(3):
        mean = rows[i, PULL + a]
        for f in range(6):
            c = PULL_CROSS + 6 * a + f
            rows[i, c] = w * (rows[i, c] + mean * (before[f] - rows[i, _SLOT + f]))
        for b in range(a + 1):
            spread = w * (1.0 - w) * mean * rows[i, PULL + b]
            rows[i, at] = w * rows[i, at] + (1.0 - w) * _prior(rows, i, a, b, k) + spread
            at += 1
    for a in range(3):
        rows[i, PULL + a] *= w


@kernel_bare
def singer(
    tau: float, dt: float
) -> tuple[float, float, float, float, float, float, float, float, float]:
    """Return e, g1, g2 and q11, q12, q13, q22, q23, q33 of Q for sigma = 1, for a step of dt s."""
    x = dt / tau
    e = math.exp(-x)
    scale = 2.0 / tau
    if x < _SHORT:
        t2, t3 = dt * dt, dt * dt * dt
        return (
            e, t2 * (0.5 - x / 6.0), dt * (1.0 - 0.5 * x), scale * t2 * t3 / 20.0,
            scale * t2 * t2 / 8.0, scale * t3 / 6.0, scale * t3 / 3.0, scale * 0.5 * t2, scale * dt,
        )  # fmt: skip
    ee, t2 = e * e, tau * tau
    return (
        e,
        t2 * (x - 1.0 + e),
        tau * (1.0 - e),
        t2 * t2 * (1.0 - ee + 2.0 * x + 2.0 * x * x * x / 3.0 - 2.0 * x * x - 4.0 * x * e),
        t2 * tau * (ee + 1.0 - 2.0 * e + 2.0 * x * e - 2.0 * x + x * x),
        t2 * (1.0 - ee - 2.0 * x * e),
        t2 * (4.0 * e - 3.0 - ee + 2.0 * x),
        tau * (ee + 1.0 - 2.0 * e),
        1.0 - ee,
    )


@kernel_bare
def predict_pull(rows: Floats, i: int, dt: float, level: float, climb: float, k: Floats) -> None:
    """Predict the hard mode of track i by dt s, acceleration included, in place (9 x 9).

    level, climb: densities of white acceleration besides, m^2/s^3.
    """
    e, g1, g2, q11, q12, q13, q22, q23, q33 = singer(k[K_PULL_STAY], dt)
    drift(rows, i, _SLOT, dt, level, climb)
    for a in range(3):
        rows[i, _SLOT + a] += g1 * rows[i, PULL + a]
        rows[i, _SLOT + 3 + a] += g2 * rows[i, PULL + a]
        rows[i, PULL + a] *= e
        for b in range(3):
            at = PULL_CROSS + 6 * a + b
            rows[i, at] += dt * rows[i, at + 3]
    p = _SLOT + COVARIANCE
    for a in range(3):
        v = p + (a + 3) * (a + 4) // 2
        for b in range(3):
            d = _prior(rows, i, a, b, k)
            s = rows[i, PULL_SPREAD + (a * (a + 1) // 2 + b if a >= b else b * (b + 1) // 2 + a)]
            ab, ba = PULL_CROSS + 6 * a + b, PULL_CROSS + 6 * b + a
            rows[i, v + b] += g1 * rows[i, ba + 3] + g2 * rows[i, ab] + g1 * g2 * s + q12 * d
            if b > a:
                continue
            both = rows[i, ab] + rows[i, ba]
            rows[i, p + a * (a + 1) // 2 + b] += g1 * both + g1 * g1 * s + q11 * d
            both = rows[i, ab + 3] + rows[i, ba + 3]
            rows[i, v + 3 + b] += g2 * both + g2 * g2 * s + q22 * d
    for a in range(3):
        for b in range(3):
            d = _prior(rows, i, a, b, k)
            at = PULL_SPREAD + (a * (a + 1) // 2 + b if a >= b else b * (b + 1) // 2 + a)
            ab = PULL_CROSS + 6 * a + b
            rows[i, ab] = e * (rows[i, ab] + g1 * rows[i, at]) + q13 * d
            rows[i, ab + 3] = e * (rows[i, ab + 3] + g2 * rows[i, at]) + q23 * d
    at = PULL_SPREAD
    for a in range(3):
        for b in range(a + 1):
            rows[i, at] = e * e * rows[i, at] + q33 * _prior(rows, i, a, b, k)
            at += 1


@kernel_bare
def take_pull(rows: Floats, i: int, h: Row, beyond: float, noise: float) -> None:
    """Update the acceleration of track i with one measured number, before the slot takes it."""
    o, p = _SLOT, _SLOT + COVARIANCE
    x, y, z = h
    g0 = rows[i, p] * x + rows[i, p + 1] * y + rows[i, p + 3] * z
    g1 = rows[i, p + 1] * x + rows[i, p + 2] * y + rows[i, p + 4] * z
    g2 = rows[i, p + 3] * x + rows[i, p + 4] * y + rows[i, p + 5] * z
    g3 = rows[i, p + 6] * x + rows[i, p + 7] * y + rows[i, p + 8] * z
    g4 = rows[i, p + 10] * x + rows[i, p + 11] * y + rows[i, p + 12] * z
    g5 = rows[i, p + 15] * x + rows[i, p + 16] * y + rows[i, p + 17] * z
    d = 1.0 / (g0 * x + g1 * y + g2 * z + noise)
    nu = (beyond - (x * rows[i, o] + y * rows[i, o + 1] + z * rows[i, o + 2])) * d
    c = PULL_CROSS
    a0 = rows[i, c] * x + rows[i, c + 1] * y + rows[i, c + 2] * z
    a1 = rows[i, c + 6] * x + rows[i, c + 7] * y + rows[i, c + 8] * z
    a2 = rows[i, c + 12] * x + rows[i, c + 13] * y + rows[i, c + 14] * z
    at = PULL_SPREAD
    rows[i, at] -= a0 * a0 * d
    rows[i, at + 1] -= a1 * a0 * d
    rows[i, at + 2] -= a1 * a1 * d
    rows[i, at + 3] -= a2 * a0 * d
    rows[i, at + 4] -= a2 * a1 * d
    rows[i, at + 5] -= a2 * a2 * d
    for m in range(3):
        a = a0 if m == 0 else (a1 if m == 1 else a2)
        rows[i, PULL + m] += a * nu
        a *= d
        rows[i, c] -= a * g0
        rows[i, c + 1] -= a * g1
        rows[i, c + 2] -= a * g2
        rows[i, c + 3] -= a * g3
        rows[i, c + 4] -= a * g4
        rows[i, c + 5] -= a * g5
        c += 6
