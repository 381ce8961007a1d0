"""Impact point, time and covariance of falling tracks, with what the air may still do to them.

The point is where the law of :mod:`tdome.earth.falling`, at the drag that the filter estimates,
meets height 0. Its derivatives come from the adjoint of the linearised flight, run backwards along
the stored steps: with l(T) the rows that take a change of the state at the end to one of (east,
north, time) on the ground,

    l(T) = [(I - v n' / (n v)) east-north; -n' / (n v)],    dl/dt = -l A(t)

one pass gives G(t) = d(impact)/d(state at t) for all t, and so both parts of the covariance:

    C = G(0) P G(0)' + integral of G(t) Q(t) G(t)' dt + ground

P: of (position, velocity, ln inv_beta), with its cross terms. Q: the noise that stands for air,
wind, Mach number and trim on the way (:func:`tdome.earth.falling.unrest1`). ground: _GROUND m each
way, because the ground is not at height 0.
Source of the adjoint: Bryson and Ho, "Applied Optimal Control", 1975, section 5.2; Zarchan,
"Tactical and Strategic Missile Guidance", 6th ed., ch. 3.

Under power the end of burn is not known: with probability ``powered`` it goes on for a time that is
exponential with mean ``burn_left``. The point is then a mixture of two, told by its mean and
covariance: no sharp place until the motor is out. Assumptions: small errors (the map is linear over
the ellipse), no manoeuvre. Exceptions: none; nan where a track does not come down.
"""

import math

import numpy as np

from tdome.command.threat.landing.flight import MOST_STEPS, descend1
from tdome.earth.falling import DRAG, PARTS, THRUST, gradient1, unrest1
from tdome.earth.wgs84 import Floats, ecef_to_geodetic1
from tdome.kernel.jit import kernel
from tdome.messages.base import Longs

LAT, LON, TIME, EE, EN, NN, TIME_SIGMA = range(7)
COLUMNS = 7
_GROUND = 20.0  # m
_ROWS = 3  # of the adjoint: east, north, time
_LEAST_SINK = 5.0  # m/s


@kernel
def _touch(state: Floats, lat: float, lon: float, rows: Floats) -> None:
    """Write the adjoint at the ground, shape (3, 8): what a change there does to the impact."""
    clat, slat, clon, slon = math.cos(lat), math.sin(lat), math.cos(lon), math.sin(lon)
    axes = np.empty((3, 3))
    axes[0, 0], axes[0, 1], axes[0, 2] = -slon, clon, 0.0
    axes[1, 0], axes[1, 1], axes[1, 2] = -slat * clon, -slat * slon, clat
    axes[2, 0], axes[2, 1], axes[2, 2] = clat * clon, clat * slon, slat
    along = np.zeros(3)
    for i in range(3):
        for j in range(3):
            along[i] += axes[i, j] * state[j + 3]
    sink = min(along[2], -_LEAST_SINK)
    rows[:, :] = 0.0
    for j in range(3):
        rows[0, j] = axes[0, j] - along[0] / sink * axes[2, j]
        rows[1, j] = axes[1, j] - along[1] / sink * axes[2, j]
        rows[2, j] = -axes[2, j] / sink


@kernel
def _back(rows: Floats, partial: Floats, dt: float, work: Floats) -> None:
    """Take the adjoint back over a step: rows (I + A dt + A^2 dt^2 / 2 + A^3 dt^3 / 6), in place.

    work: shape (2, 8), scratch.
    """
    for k in range(_ROWS):
        for i in range(PARTS):
            work[0, i] = rows[k, i]
        share = 1.0
        for order in range(1, 4):
            share *= dt / order
            a, b, c = work[0, 3], work[0, 4], work[0, 5]
            for i in range(3):
                work[1, i] = a * partial[0, i] + b * partial[1, i] + c * partial[2, i]
            for i in range(3, 6):
                work[1, i] = (
                    work[0, i - 3] + a * partial[0, i] + b * partial[1, i] + c * partial[2, i]
                )
            work[1, DRAG] = a * partial[0, DRAG] + b * partial[1, DRAG] + c * partial[2, DRAG]
            work[1, THRUST] = 0.0  # nobody is under power after the start
            for i in range(PARTS):
                rows[k, i] += share * work[1, i]
                work[0, i] = work[1, i]


@kernel
def _gather(rows: Floats, push: float, drag: float, out: Floats) -> None:
    """Add rows Q rows' to out, shape (3, 3), for noises of the velocity and of b."""
    for a in range(_ROWS):
        for b in range(a, _ROWS):
            moved = rows[a, 3] * rows[b, 3] + rows[a, 4] * rows[b, 4] + rows[a, 5] * rows[b, 5]
            out[a, b] += push * moved + drag * rows[a, DRAG] * rows[b, DRAG]


@kernel
def trace_back(
    path: Floats, count: int, inv_beta: float, unrest: Floats, rows: Floats, noise: Floats
) -> None:
    """Run the adjoint from the ground to the start of a path.

    Parameters
    ----------
    path
        Shape (>= count, 7), from :func:`tdome.command.threat.landing.flight.descend1`.
    count
        Rows of it.
    inv_beta, unrest
        Drag, m^2/kg, and the noise, shape (8,); see :func:`tdome.earth.falling.unrest1`.
    rows
        Shape (3, 8): comes in as the adjoint at the ground, goes out as that at the start: the
        derivatives of (east m, north m, time s) by (position, velocity, b, u).
    noise
        Shape (3, 3), upper triangle, added to: covariance gathered on the way.
    """
    partial, work, middle = np.empty((3, PARTS)), np.empty((2, PARTS)), np.empty(6)
    for row in range(count - 1, 0, -1):
        dt = path[row, 0] - path[row - 1, 0]
        if dt <= 0.0:
            continue
        for i in range(3):
            before, after = path[row - 1, i + 1], path[row, i + 1]
            leave, arrive = path[row - 1, i + 4], path[row, i + 4]
            middle[i] = 0.5 * (before + after) + 0.125 * dt * (leave - arrive)
            middle[i + 3] = 1.5 * (after - before) / dt - 0.25 * (leave + arrive)
        gradient1(middle, inv_beta, 0.0, partial)
        push, drag = unrest1(middle, inv_beta, unrest)
        _gather(rows, 0.5 * dt * push, 0.5 * dt * drag, noise)
        _back(rows, partial, dt, work)
        _gather(rows, 0.5 * dt * push, 0.5 * dt * drag, noise)


@kernel
def _carry(rows: Floats, covariance: Floats, out: Floats) -> None:
    """Add G P G' to the upper triangle of out; ``covariance`` has the parts up to b."""
    for a in range(_ROWS):
        for b in range(a, _ROWS):
            total = 0.0
            for i in range(DRAG + 1):
                for j in range(DRAG + 1):
                    total += rows[a, i] * covariance[i, j] * rows[b, j]
            out[a, b] += total


@kernel
def predict_landings(  # noqa: PLR0913, PLR0917 - columns
    rows: Longs,
    state: Floats,
    covariance: Floats,
    powered: Floats,
    burn_left: float,
    unrest: Floats,
    out: Floats,
) -> None:
    """Predict where and when tracks come down, in place.

    Parameters
    ----------
    rows
        Rows to do, shape (k,); the other columns have n rows.
    state, covariance
        Shapes (n, 8) and (n, >= 7, >= 7): position, velocity, b = ln(inv_beta), thrust u.
    powered
        Shape (n,): probability that the motor still burns.
    burn_left
        Mean time that it then goes on, s.
    unrest
        Shape (8,), see :func:`tdome.earth.falling.unrest1`.
    out
        Shape (n, 7), written: latitude, longitude (rad), time to go (s), covariance ee, en, nn
        (m^2), standard deviation of the time (s). Nan where the track does not come down.
    """
    path, adjoint, total = np.empty((MOST_STEPS + 1, 7)), np.empty((3, PARTS)), np.empty((3, 3))
    end = np.empty(6)
    for row in rows:
        out[row, :] = np.nan
        inv_beta = math.exp(state[row, DRAG])
        count, time = descend1(state[row], inv_beta, path)
        if count == 0:
            continue
        for i in range(6):
            end[i] = path[count - 1, i + 1]
        lat, lon, _ = ecef_to_geodetic1(end[0], end[1], end[2])
        _touch(end, lat, lon, adjoint)
        total[:, :] = 0.0
        trace_back(path, count, inv_beta, unrest, adjoint, total)
        _carry(adjoint, covariance[row], total)
        east, north = _burn(state[row], adjoint, powered[row], burn_left, total)
        clat = math.cos(lat)
        radius = math.sqrt(end[0] * end[0] + end[1] * end[1] + end[2] * end[2])
        out[row, 0] = lat + north / radius
        out[row, 1] = lon + east / (radius * max(clat, 0.01))
        out[row, 2] = time
        out[row, 3] = total[0, 0] + _GROUND * _GROUND
        out[row, 4] = total[0, 1]
        out[row, 5] = total[1, 1] + _GROUND * _GROUND
        out[row, 6] = math.sqrt(max(total[2, 2], 0.0))


@kernel
def _burn(
    state: Floats, rows: Floats, powered: float, left: float, total: Floats
) -> tuple[float, float]:
    """Add to ``total`` what a motor may still do; return the shift of the mean (east, north), m.

    A burn of t s more adds u t along the velocity. With t exponential of mean m its mean is m and
    its mean square 2 m^2.
    """
    if powered <= 0.0:
        return 0.0, 0.0
    speed = math.sqrt(state[3] ** 2 + state[4] ** 2 + state[5] ** 2)
    gain = left * state[THRUST] / max(speed, 1.0)
    shift = np.zeros(3)
    for k in range(_ROWS):
        for i in range(3, 6):
            shift[k] += rows[k, i] * state[i] * gain
    spread = 2.0 * powered - powered * powered
    for a in range(_ROWS):
        for b in range(a, _ROWS):
            total[a, b] += spread * shift[a] * shift[b]
    return powered * shift[0], powered * shift[1]
