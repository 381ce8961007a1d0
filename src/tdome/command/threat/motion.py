"""What the motion of a track tells, before anything is concluded from it."""

import math

import numpy as np

from tdome.earth.ballistics import height1
from tdome.earth.wgs84 import MU, A, Floats
from tdome.kernel.jit import kernel
from tdome.messages.base import Longs

HEIGHT, GROUND_SPEED, SPEED, CLIMB, ENERGY_SPEED, HEIGHT_SIGMA, SPEED_SIGMA = range(7)
COLUMNS = 7
_POSITION, _VELOCITY = np.int64(0), np.int64(3)  # a plain constant would compile _sigma1 twice


@kernel
def _sigma1(covariance: Floats, first: np.int64, ax: float, ay: float, az: float) -> float:
    """Return the sigma along a unit vector, of position or velocity."""
    axis = (ax, ay, az)
    total = 0.0
    for i in range(3):
        for j in range(3):
            total += axis[i] * covariance[first + i, first + j] * axis[j]
    return math.sqrt(max(total, 0.0))


@kernel
def _describe(state: Floats, covariance: Floats, out: Floats) -> None:
    for row in range(len(state)):
        px, py, pz = state[row, 0], state[row, 1], state[row, 2]
        vx, vy, vz = state[row, 3], state[row, 4], state[row, 5]
        radius = math.sqrt(px * px + py * py + pz * pz)
        ux, uy, uz = px / radius, py / radius, pz / radius
        climb = vx * ux + vy * uy + vz * uz
        speed2 = vx * vx + vy * vy + vz * vz
        speed = math.sqrt(speed2)
        height = height1(px, py, pz)
        fall = 2.0 * MU * (1.0 / A - 1.0 / (A + max(height, 0.0)))
        scale = 1.0 / max(speed, 1.0)
        out[row, 0] = height
        out[row, 1] = math.sqrt(max(speed2 - climb * climb, 0.0))
        out[row, 2] = speed
        out[row, 3] = climb
        out[row, 4] = math.sqrt(speed2 + fall)
        out[row, 5] = _sigma1(covariance[row], _POSITION, ux, uy, uz)
        out[row, 6] = _sigma1(covariance[row], _VELOCITY, vx * scale, vy * scale, vz * scale)


def describe(state: Floats, covariance: Floats) -> Floats:
    """Describe the motion of tracks in a table, shape (n, 7); columns are the constants above.

    Height (m) and its standard deviation, ground speed, speed and its standard deviation, climb
    rate (m/s), and the energy speed sqrt(v^2 + 2 MU (1/A - 1/(A + h))): the speed that a body
    without drag would have at height 0. It is constant along a vacuum arc but for the centrifugal
    potential (below 2 % for arcs under 1000 km).

    Parameters
    ----------
    state
        Shape (n, 6), ECEF, m and m/s.
    covariance
        Shape (n, 6, 6).
    """
    out = np.empty((len(state), COLUMNS))
    _describe(np.ascontiguousarray(state), covariance, out)
    return out


SHORTEST_NS, LONGEST_NS = 4_000_000_000, 20_000_000_000  # between two states that are compared


def accelerations(state: Floats, sigma: Floats, anchor: Floats, lapse_ns: Longs) -> Floats:
    """Mean accelerations since an anchor, (n, 4): as likelihood.py takes them; nan where none.

    Along the velocity, upward, square of the whole, and the standard deviation of each axis. Taken
    where the lapse is between SHORTEST_NS and LONGEST_NS; errors of the two velocities count as
    independent, which overstates the error of neighbouring states of a filter.

    Parameters
    ----------
    state
        Shape (n, 6), ECEF, m and m/s.
    sigma
        Standard deviation of the speed, (n,).
    anchor
        Velocity and its standard deviation then, (n, 4).
    lapse_ns
        Time since, (n,) int ns; negative where there is no anchor.
    """
    out = np.full((len(state), 4), np.nan)
    rows = np.flatnonzero((lapse_ns >= SHORTEST_NS) & (lapse_ns <= LONGEST_NS))
    dt = lapse_ns[rows, None] * 1e-9
    velocity, position = state[rows, 3:], state[rows, :3]
    pull = (velocity - anchor[rows, :3]) / dt
    speed = np.maximum(np.sqrt((velocity**2).sum(axis=1)), 1.0)
    radius = np.maximum(np.sqrt((position**2).sum(axis=1)), 1.0)
    out[rows, 0] = (pull * velocity).sum(axis=1) / speed
    out[rows, 1] = (pull * position).sum(axis=1) / radius
    out[rows, 2] = (pull * pull).sum(axis=1)
    out[rows, 3] = np.hypot(sigma[rows], anchor[rows, 3]) / dt[:, 0]
    return out
