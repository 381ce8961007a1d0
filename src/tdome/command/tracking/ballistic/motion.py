"""Prediction of one falling or boosting body with its covariance.

State by RK4 of :func:`tdome.earth.falling.leap1`; covariance by the extended Kalman filter with
F = I + A dt + A^2 dt^2 / 2 + A^3 dt^3 / 6, A analytic at the middle of the step. Noise: white
acceleration, exactly discretised (Bar-Shalom, Li and Kirubarajan, "Estimation with Applications to
Tracking and Navigation", 2001, section 6.2.2), random walks of b (fall) and of u (boost). Sensor
errors behind the eighth place stay as they are. A step is at most LONGEST_STEP s and _SHARE of the
time in which drag changes by a factor e. In fall nothing is known of u: it is put back to its
prior, uncorrelated, so that mixing hands a sound one to the boost mode.
"""

import math

import numpy as np

from tdome.command.tracking.ballistic.settings import (
    BOOST,
    BOOST_NOISE,
    FALL,
    PRIOR_THRUST,
    PRIOR_THRUST_SIGMA,
    THRUST_NOISE,
)
from tdome.earth.falling import (
    DRAG,
    MOVING,
    PARTS,
    THRUST,
    air1,
    gradient1,
    height1,
    leap1,
    unrest1,
)
from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel

LONGEST_STEP = 4.0  # s
WORK = 16  # rows of the scratch of `predict1`, each as long as the state
_SHARE = 0.4
_SCALE = 7_000.0  # m
_FLOOR = -1_000.0  # under this height a body stands still, m


@kernel
def _step1(x: Floats, inv_beta: float) -> float:
    """Return the longest step from a state, s; 0 far under the ground."""
    radius = math.sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2])
    height = height1(x[2], radius)
    if height < _FLOOR:
        return 0.0
    climb = math.fabs(x[0] * x[3] + x[1] * x[4] + x[2] * x[5]) / radius
    rho, _ = air1(height)
    speed = math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5])
    rate = inv_beta * rho * speed
    crossing = climb / _SCALE if rho > 0.0 else 0.0
    return float(_SHARE / max(crossing + rate, _SHARE / LONGEST_STEP))


@kernel
def transition(
    x: Floats, dt: float, inv_beta: float, thrust: float, partial: Floats, f: Floats
) -> None:
    """Write the upper six rows of F, (6, 8), of a step with x in its middle.

    partial: (3, 8) scratch. Columns of b and of u are those of the acceleration; without thrust u
    has no say.
    """
    gradient1(x, inv_beta, thrust, partial)
    if thrust == 0.0:
        for i in range(3):
            partial[i, THRUST] = 0.0
    # F = I + dt A (I + dt/2 A (I + dt/3 A)), its upper rows, from the innermost bracket.
    for i in range(MOVING):
        for j in range(PARTS):
            f[i, j] = 1.0 if i == j else 0.0
    for order in range(3, 0, -1):
        share = dt / order
        for j in range(PARTS):
            px, py, pz, vx, vy, vz = f[0, j], f[1, j], f[2, j], f[3, j], f[4, j], f[5, j]
            drag, push = 1.0 if j == DRAG else 0.0, 1.0 if j == THRUST else 0.0
            for i in range(3):
                change = (
                    partial[i, 0] * px + partial[i, 1] * py + partial[i, 2] * pz
                    + partial[i, 3] * vx + partial[i, 4] * vy + partial[i, 5] * vz
                    + partial[i, DRAG] * drag + partial[i, THRUST] * push
                )  # fmt: skip
                f[i + 3, j] = share * change
            f[0, j], f[1, j], f[2, j] = share * vx, share * vy, share * vz
        for i in range(MOVING):
            f[i, i] += 1.0


@kernel
def sandwich(f: Floats, p: Floats, work: Floats) -> None:
    """Put F P F' into p (n, n), where F is the identity but for its upper rows, f (6, 8).

    work: (>= 6, n), scratch. The result is exactly symmetric.
    """
    n = len(p)
    for i in range(MOVING):
        for j in range(n):
            total = 0.0
            for k in range(PARTS):
                total += f[i, k] * p[k, j]
            work[i, j] = total
    for i in range(MOVING):
        for j in range(MOVING, n):
            p[i, j] = work[i, j]
            p[j, i] = work[i, j]
        for j in range(i, MOVING):
            total = 0.0
            for k in range(PARTS):
                total += work[i, k] * f[j, k]
            p[i, j] = total
            p[j, i] = total


@kernel
def forget_thrust(x: Floats, p: Floats, settings: Floats) -> None:
    """Put u back to its prior."""
    for i in range(len(x)):
        p[i, THRUST] = 0.0
        p[THRUST, i] = 0.0
    x[THRUST] = settings[PRIOR_THRUST]
    p[THRUST, THRUST] = settings[PRIOR_THRUST_SIGMA] ** 2


@kernel
def predict1(x: Floats, p: Floats, dt: float, mode: int, settings: Floats, work: Floats) -> None:
    """Predict one filter by dt >= 0 s in place.

    Parameters
    ----------
    x, p
        State (n,) and covariance (n, n), n = 8 + 3 for each sensor slot.
    dt
        Time, s.
    mode
        FALL or BOOST.
    settings
        Shape (17,), from :meth:`BallisticSettings.columns`.
    work
        Scratch, shape (WORK, n).
    """
    partial, f, middle = work[0:3, :PARTS], work[3:9, :PARTS], work[15, :PARTS]
    left = dt
    while left > 0.0:
        inv_beta = math.exp(x[DRAG])
        thrust = x[THRUST] if mode == BOOST else 0.0
        step = min(left, _step1(x, inv_beta))
        if step <= 0.0:
            break
        left -= step
        for i in range(PARTS):
            middle[i] = x[i]
        leap1(x, step, inv_beta, thrust)
        for i in range(MOVING):
            middle[i] = 0.5 * (middle[i] + x[i])
        transition(middle, step, inv_beta, thrust, partial, f)
        sandwich(f, p, work[9:15])
        push, drag = unrest1(middle, inv_beta, settings)
        if mode == BOOST:
            push += settings[BOOST_NOISE]
            p[THRUST, THRUST] += settings[THRUST_NOISE] * step
        p[DRAG, DRAG] += drag * step
        for i in range(3):
            p[i, i] += push * step * step * step / 3.0
            p[i, i + 3] += push * step * step / 2.0
            p[i + 3, i] += push * step * step / 2.0
            p[i + 3, i + 3] += push * step
    if mode == FALL:
        forget_thrust(x, p, settings)


def scratch(length: int) -> Floats:
    """Return scratch for states of a length."""
    return np.empty((WORK, length))
