"""Flights to the ground in long steps: the hot loop of impact prediction.

Steps follow the drag and not a clock. A Runge-Kutta step of length dt across a drag acceleration d
that changes at the rate w (1/s) is off by about d dt^2 (w dt)^3 / C; on the way down d grows by
exp(w dt) within the step. So y = w dt solves

    y^5 exp(y) = TOLERANCE w^2 / d      (down; without the exponential on the way up)

with w = (|climb| + some) / scale height + rho |v| inv_beta, and dt is at most LONGEST_STEP, at
which gravity alone costs a decimetre. A flight of 1,000 km takes some 30 steps. Source: Hairer,
Norsett and Wanner, "Solving Ordinary Differential Equations I", section II.4 (step size from the
local error); TOLERANCE is measured (tests/unit/command/threat/test_landing.py: SciPy's DOP853).
"""

import math

import numpy as np

from tdome.earth.ballistics import copy1
from tdome.earth.falling import air1, height1, leap1
from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel
from tdome.messages.base import Longs

MOST_STEPS = 600
LONGEST_FLIGHT = 3_000.0  # s
LONGEST_STEP = 40.0  # s
_TOLERANCE = 5.0  # m, times the constant C of the step rule
_SHORTEST_STEP = 0.02  # s
_SCALE = 7_000.0  # of the air, m
_THINNEST = 2e-9  # kg/m^3: taken above the air, so that a step ends near its edge
_TURN = 60.0  # m/s: what gravity adds to the climb in a step in dense air
_ROUNDS = 2  # to meet the ground; each squares the error

# y by ln(y^5 exp(y)) and by ln(y^5), rows 0.5 apart.
_FIRST, _STEPS_PER_UNIT, _LAST = -20.0, 2.0, 60.0


def _strides() -> Floats:
    """Return the solutions of the step rule, shape (rows, 2): on the way down, and up."""
    level = np.arange(_FIRST, _LAST + 0.75 / _STEPS_PER_UNIT, 1.0 / _STEPS_PER_UNIT)
    up = np.exp(0.2 * level)
    down = np.minimum(up, np.maximum(level, 1.0))
    for _ in range(60):  # Newton on a monotone, concave function
        wrong = 5.0 * np.log(down) + down - level
        down = np.maximum(down - wrong / (5.0 / down + 1.0), 1e-3)
    return np.column_stack([down, up])


_STRIDES = _strides()


@kernel
def stride1(state: Floats, inv_beta: float) -> float:
    """Step in s to take from a state; see the module."""
    px, py, pz, vx, vy, vz = state[0], state[1], state[2], state[3], state[4], state[5]
    radius = math.sqrt(px * px + py * py + pz * pz)
    rho, _ = air1(height1(pz, radius))
    if rho <= 0.0:
        # To the edge of the air, or not far into it.
        rho = _THINNEST
    climb = (px * vx + py * vy + pz * vz) / radius
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    rate = inv_beta * rho * speed
    change = (math.fabs(climb) + _TURN) / _SCALE + rate
    level = math.log(_TOLERANCE * change * change / (0.5 * rate * speed + 1e-12))
    place = (min(max(level, _FIRST), _LAST) - _FIRST) * _STEPS_PER_UNIT
    row, side = int(place), 0 if climb < 0.0 else 1
    low = _STRIDES[row, side]
    y = low + (place - row) * (_STRIDES[row + 1, side] - low)
    return float(max(min(y / change, LONGEST_STEP), _SHORTEST_STEP))


@kernel
def _level1(state: Floats) -> tuple[float, float]:
    """Return height (m) and climb rate (m/s)."""
    px, py, pz = state[0], state[1], state[2]
    radius = math.sqrt(px * px + py * py + pz * pz)
    rise = (px * state[3] + py * state[4] + pz * state[5]) / radius
    return height1(pz, radius), rise


@kernel
def descend1(state: Floats, inv_beta: float, path: Floats) -> tuple[int, float]:
    """Fly to height 0, and return (rows written, time of flight in s); rows are 0 if it does not.

    Parameters
    ----------
    state
        Start, shape (>= 6,); not changed.
    inv_beta
        Cd A / m, m^2/kg.
    path
        Written: shape (MOST_STEPS + 1, 7) for the path (time, state), or (1, 7) for the end alone.
        The last row written is the impact.
    """
    body, before = np.empty(6), np.empty(6)
    copy1(state[:6], body)
    keep = len(path) > 1
    t = 0.0
    path[0, 0] = 0.0
    copy1(body, path[0, 1:])
    above, rise = _level1(body)
    if above <= 0.0 and rise <= 0.0:
        return 1, 0.0
    for row in range(1, MOST_STEPS + 1):
        step = stride1(body, inv_beta)
        copy1(body, before)
        leap1(body, step, inv_beta, 0.0)
        height, _ = _level1(body)
        if height <= 0.0 and height < above:
            step = _meet1(before, body, step, inv_beta, above, height)
            above = -1.0
        else:
            above = height
        t += step
        place = row if keep else 0
        path[place, 0] = t
        copy1(body, path[place, 1:])
        if above < 0.0:
            return place + 1, t
        if t > LONGEST_FLIGHT:
            break
    return 0, math.nan


@kernel
def _meet1(
    before: Floats, body: Floats, step: float, inv_beta: float, above: float, below: float
) -> float:
    """Put into ``body`` the point of height 0 within a step from ``before``; return its time."""
    tau = step * above / (above - below)
    for _ in range(_ROUNDS):
        copy1(before, body)
        leap1(body, tau, inv_beta, 0.0)
        left, rise = _level1(body)
        tau = min(max(tau + left / max(-rise, 1.0), 0.0), step)
    copy1(before, body)
    leap1(body, tau, inv_beta, 0.0)
    return tau


@kernel
def descend(rows: Longs, state: Floats, inv_beta: Floats, out: Floats) -> None:
    """Fly many bodies to the ground, in place.

    Parameters
    ----------
    rows
        Rows to do, shape (k,).
    state, inv_beta
        Shapes (n, >= 6) ECEF m and m/s, and (n,) m^2/kg.
    out
        Shape (n, 7), written: time of flight (s) and state at impact; nan where there is none.
    """
    for row in rows:
        count, _ = descend1(state[row], inv_beta[row], out[row : row + 1])
        if count == 0:
            out[row, :] = np.nan
