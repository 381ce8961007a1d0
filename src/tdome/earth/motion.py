"""Where a thing will be: extrapolation of states along a ballistic or a level path.

Ballistic paths obey :mod:`tdome.earth.ballistics`. A level path turns position and horizontal
velocity along the great circle at constant ground speed, and keeps the climb rate for at most
CLIMB_LIMIT seconds (nobody climbs or dives for ever); height never falls below the ground.
Assumptions: no manoeuvre, no wind. Errors of a level path come from the spherical radius: below 1
m per 100 km for the turn.

States are arrays (x, y, z, vx, vy, vz), ECEF, m and m/s; times in s.
"""

import math

import numpy as np
import numpy.typing as npt

from tdome.earth.ballistics import copy1, height1, longest_step1, rk4_step
from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel

Flags = npt.NDArray[np.int8]

CLIMB_LIMIT = 30.0  # s
_DENSE_STEP = 0.5  # s: RK4 step in dense air, error < 1 m over 60 s at 2 km/s against 0.05 s


@kernel
def level1(state: Floats, dt: float) -> None:
    """Advance a state along its great circle by dt, in place."""
    px, py, pz = state[0], state[1], state[2]
    radius = math.sqrt(px * px + py * py + pz * pz)
    ux, uy, uz = px / radius, py / radius, pz / radius
    climb = state[3] * ux + state[4] * uy + state[5] * uz
    hx, hy, hz = state[3] - climb * ux, state[4] - climb * uy, state[5] - climb * uz
    ground_speed = math.sqrt(hx * hx + hy * hy + hz * hz)
    climbing = min(dt, CLIMB_LIMIT)
    rise = max(climb * climbing, -max(height1(px, py, pz), 0.0))
    left = climb if dt <= CLIMB_LIMIT else 0.0
    if ground_speed > 0.0:
        angle = ground_speed * dt / radius
        cos, sin = math.cos(angle), math.sin(angle)
        tx, ty, tz = hx / ground_speed, hy / ground_speed, hz / ground_speed
        nx, ny, nz = cos * ux + sin * tx, cos * uy + sin * ty, cos * uz + sin * tz
        tx, ty, tz = cos * tx - sin * ux, cos * ty - sin * uy, cos * tz - sin * uz
    else:
        nx, ny, nz, tx, ty, tz = ux, uy, uz, 0.0, 0.0, 0.0
    state[0], state[1], state[2] = (radius + rise) * nx, (radius + rise) * ny, (radius + rise) * nz
    state[3] = ground_speed * tx + left * nx
    state[4] = ground_speed * ty + left * ny
    state[5] = ground_speed * tz + left * nz


@kernel
def extrapolate1(state: Floats, dt: float, ballistic: int, inv_beta: float) -> bool:
    """Advance one state by dt >= 0 in place.

    False where a ballistic path has met the ground before.
    """
    if ballistic == 0:
        level1(state, dt)
        return True
    left = dt
    while left > 0.0:
        if height1(state[0], state[1], state[2]) < 0.0:
            return False
        step = min(left, longest_step1(state, _DENSE_STEP, inv_beta))
        rk4_step(state, step, inv_beta)
        left -= step
    return height1(state[0], state[1], state[2]) >= 0.0


@kernel
def extrapolate(
    states: Floats, ballistic: Flags, inv_beta: Floats, dt: Floats, out: Floats
) -> None:
    """Extrapolate many states, shape (n, 6), by dt (n,); rows that met the ground become nan."""
    for row in range(len(states)):
        copy1(states[row], out[row])
        if not extrapolate1(out[row], dt[row], ballistic[row], inv_beta[row]):
            out[row] = np.nan


@kernel
def tabulate_paths(
    states: Floats, ballistic: Flags, inv_beta: Floats, step: Floats, out: Floats
) -> None:
    """Tabulate future positions: out (n, K, 3), row k at (k + 1) * step[row] s.

    Nan after the ground. A fall goes on from knot to knot; a level path is taken from its start
    each time, so that its climb ends after CLIMB_LIMIT s and not anew with each knot.
    """
    state = np.empty(6)
    for row in range(len(states)):
        copy1(states[row], state)
        flying = True
        for k in range(out.shape[1]):
            if flying and ballistic[row] == 0:
                copy1(states[row], state)
                level1(state, (k + 1) * step[row])
            elif flying:
                flying = extrapolate1(state, step[row], ballistic[row], inv_beta[row])
            if flying:
                out[row, k, 0], out[row, k, 1], out[row, k, 2] = state[0], state[1], state[2]
            else:
                out[row, k, :] = np.nan
