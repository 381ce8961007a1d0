"""The first state of a track from its first few plots, by least squares on a whole arc.

Unknowns are the state at the first plot and the sensors' errors, with weak priors on what plots
do not tell. Gauss-Newton: every round flies the arc, stacks the transition matrices to all plots
and solves the normal equations

    (J' R^-1 J + L0) dx = J' R^-1 (z - h) + L0 (x0 - x)

by Cholesky; the inverse is the covariance, which is then predicted to the last plot. Relinearised
on the whole arc it has no trouble with the large first errors at which an extended Kalman filter
started from one plot would be inconsistent (Bar-Shalom, Li and Kirubarajan, 2001, section 3.4 and
5.5.3). Noise during the arc is added while predicting, not in the weights: the arc should be
short (some 10 s). Errors raised: none; False where the plots do not do.
"""

import math

import numpy as np

from tdome.command.tracking.ballistic.measurement import MEASURED, expect1, residual1
from tdome.command.tracking.ballistic.motion import forget_thrust, predict1, transition
from tdome.command.tracking.ballistic.settings import (
    BIASES,
    BOOST,
    FALL,
    PRIOR_DRAG,
    PRIOR_DRAG_SIGMA,
    PRIOR_THRUST,
    PRIOR_THRUST_SIGMA,
    SPEED_SIGMA,
)
from tdome.earth.falling import DRAG, MOVING, PARTS, THRUST, leap1
from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel
from tdome.messages.base import Ints

_ROUNDS = 6
_DONE = 1e-3  # m: a round that moves the position by less is the last
_ANYWHERE = 1e6  # m
_STEP = 2.0  # s


@kernel
def factor(a: Floats) -> bool:
    """Replace the lower triangle of a by its Cholesky factor; False if a is not positive."""
    n = len(a)
    for i in range(n):
        for j in range(i + 1):
            total = a[i, j]
            for k in range(j):
                total -= a[i, k] * a[j, k]
            if i == j:
                if not total > 0.0:
                    return False
                a[i, i] = math.sqrt(total)
            else:
                a[i, j] = total / a[j, j]
    return True


@kernel
def solve(lower: Floats, b: Floats) -> None:
    """Solve L L' x = b in place."""
    n = len(b)
    for i in range(n):
        for k in range(i):
            b[i] -= lower[i, k] * b[k]
        b[i] /= lower[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            b[i] -= lower[k, i] * b[k]
        b[i] /= lower[i, i]


@kernel
def _place(z: Floats, origin: Floats, axes: Floats, out: Floats) -> None:
    """Write the position, (3,), that a plot with range, azimuth and elevation gives."""
    level = z[0] * math.cos(z[2])
    east, north = level * math.sin(z[1]), level * math.cos(z[1])
    up = z[0] * math.sin(z[2])
    for i in range(3):
        out[i] = origin[i] + east * axes[0, i] + north * axes[1, i] + up * axes[2, i]


@kernel
def _prior(x: Floats, sigma: Floats, bias: Floats, settings: Floats) -> None:
    """Write mean and standard deviation of what is believed before any plot, (n,) each."""
    x[:] = 0.0
    for i in range(3):
        sigma[i], sigma[i + 3] = _ANYWHERE, settings[SPEED_SIGMA]
    x[DRAG], sigma[DRAG] = settings[PRIOR_DRAG], settings[PRIOR_DRAG_SIGMA]
    x[THRUST], sigma[THRUST] = settings[PRIOR_THRUST], settings[PRIOR_THRUST_SIGMA]
    for i in range(PARTS, len(x)):
        sigma[i] = bias[i - PARTS]


@kernel
def _normal(  # noqa: C901, PLR0912, PLR0913, PLR0917 - columns
    x: Floats,
    mode: int,
    at: Floats,
    z: Floats,
    sigma: Floats,
    site: Ints,
    origin: Floats,
    axes: Floats,
    slot: Ints,
    information: Floats,
    right: Floats,
) -> None:
    """Add the plots' part of the normal equations at x, the state at the first plot."""
    n = len(x)
    body, middle = x[:PARTS].copy(), np.empty(PARTS)
    partial, f, back = np.empty((3, PARTS)), np.empty((MOVING, PARTS)), np.empty((MOVING, PARTS))
    through, rows = np.zeros((MOVING, PARTS)), np.zeros((MEASURED, PARTS))
    expected, row = np.empty(MEASURED), np.empty(n)
    for i in range(MOVING):
        through[i, i] = 1.0
    inv_beta, thrust = math.exp(x[DRAG]), x[THRUST] if mode == BOOST else 0.0
    for k in range(len(at)):
        left = at[k] - at[k - 1] if k else 0.0
        while left > 0.0:
            step = min(left, _STEP)
            left -= step
            for i in range(PARTS):
                middle[i] = body[i]
            leap1(body, step, inv_beta, thrust)
            for i in range(MOVING):
                middle[i] = 0.5 * (middle[i] + body[i])
            transition(middle, step, inv_beta, thrust, partial, f)
            for i in range(MOVING):
                for j in range(PARTS):
                    back[i, j] = f[i, j] if j >= MOVING else 0.0
                    for m in range(MOVING):
                        back[i, j] += f[i, m] * through[m, j]
            through[:, :] = back
        if not expect1(body, origin[site[k]], axes[site[k]], expected, rows):
            continue
        for c in range(MEASURED):
            if math.isnan(z[k, c]) or math.isnan(sigma[k, c]):
                continue
            row[:] = 0.0
            own = slot[k]
            if own >= 0 and c < BIASES:
                row[PARTS + BIASES * own + c] = 1.0
                expected[c] += x[PARTS + BIASES * own + c]
            for j in range(PARTS):
                for m in range(MOVING):
                    row[j] += rows[c, m] * through[m, j]
            weight = 1.0 / (sigma[k, c] * sigma[k, c])
            nu = residual1(z[k, c], expected[c], c)
            for i in range(n):
                right[i] += weight * row[i] * nu
                for j in range(n):
                    information[i, j] += weight * row[i] * row[j]


@kernel
def start1(  # noqa: C901, PLR0912, PLR0913, PLR0917 - columns
    at: Floats,
    z: Floats,
    sigma: Floats,
    site: Ints,
    origin: Floats,
    axes: Floats,
    slot: Ints,
    bias: Floats,
    mode: int,
    settings: Floats,
    x: Floats,
    p: Floats,
    work: Floats,
) -> bool:
    """Write state and covariance at the last of some plots; False if they do not determine one.

    Parameters
    ----------
    at
        Shape (k,), s, rising, k >= 2.
    z, sigma
        Shape (k, 4), as in :func:`tdome.command.tracking.ballistic.measurement.update1`. The first
        and the last plot need range, azimuth and elevation.
    site, slot
        Shape (k,): row in origin (S, 3) and axes (S, 3, 3), and slot of its errors (-1 for none).
    bias
        Shape (n - 8,): standard deviations of the sensors' errors.
    mode, settings
        As in :func:`tdome.command.tracking.ballistic.motion.predict1`.
    x, p
        Written: (n,) and (n, n).
    work
        Scratch of `predict1`.
    """
    n, last = len(x), len(at) - 1
    for c in range(3):
        if math.isnan(z[0, c]) or math.isnan(z[last, c]):
            return False
    if not at[last] > at[0]:
        return False
    first, spread, right, end = np.empty(n), np.empty(n), np.empty(n), np.empty(3)
    _prior(first, spread, bias, settings)
    for i in range(n):
        x[i] = first[i]
    _place(z[0], origin[site[0]], axes[site[0]], x)
    _place(z[last], origin[site[last]], axes[site[last]], end)
    for i in range(3):
        x[i + 3] = (end[i] - x[i]) / (at[last] - at[0])
        first[i] = x[i]  # the prior of the position says nothing, and so pulls nowhere
    for _ in range(_ROUNDS):
        p[:, :] = 0.0
        for i in range(n):
            weight = 1.0 / (spread[i] * spread[i])
            p[i, i] = weight
            right[i] = weight * (first[i] - x[i])
        _normal(x, mode, at, z, sigma, site, origin, axes, slot, p, right)
        if not factor(p):
            return False
        solve(p, right)
        for i in range(n):
            x[i] += right[i]
        if math.sqrt(right[0] ** 2 + right[1] ** 2 + right[2] ** 2) < _DONE:
            break
    lower = p.copy()
    for j in range(n):
        right[:] = 0.0
        right[j] = 1.0
        solve(lower, right)
        for i in range(n):
            p[i, j] = right[i]
    for i in range(n):
        for j in range(i):
            p[i, j] = 0.5 * (p[i, j] + p[j, i])
            p[j, i] = p[i, j]
    if mode == FALL:
        forget_thrust(x, p, settings)
    predict1(x, p, at[last] - at[0], mode, settings, work)
    return bool(math.isfinite(x[0]) and math.isfinite(x[3]) and math.isfinite(x[DRAG]))
