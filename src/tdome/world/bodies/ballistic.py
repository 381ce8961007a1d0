"""Ballistic flights: a notional launch that comes down at the aim point, tabulated for sampling.

Boost is kinematic: a straight segment from rest on the ground to burn-out, climbing at the
class's flight path angle with constant acceleration. After it the body obeys
:mod:`tdome.earth.ballistics` to the ground, but for a late manoeuvre
(:mod:`tdome.world.bodies.manoeuvre`). Assumptions: one burn; the law is shared with the decision
side, the parameters are not. Limit: burn-out height is over the tangent plane of the launch point
(0.1 km low at 40 km).

Measured: `impact1` with steps of 1 s, on which the solution is iterated, misses the table
(steps of 0.25 s) by less than 1 m; that table follows SciPy's DOP853 to 0.5 m (see there), and
thinning adds at most KNOT_TOLERANCE.
"""

import math
from typing import NamedTuple

import numpy as np

from tdome.earth.ballistics import copy1, fly, impact1
from tdome.earth.geodesy import MEAN_RADIUS, great_circle_distance, initial_bearing
from tdome.earth.wgs84 import MU, A, ecef_to_enu, enu_axes, geodetic_to_ecef
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Longs
from tdome.world.bodies.manoeuvre import Manoeuvre, weave

KNOT_TOLERANCE = 1.0  # largest error of Hermite sampling at the rows left out, m
_ROW_STEP = 0.25  # s between the rows that are thinned
_LONGEST_GAP = 16  # rows between two knots at most: 4 s
_LONGEST_FLIGHT = 4000.0  # s
_FIRST = np.int64(0)  # of a pair of knots; a plain constant would compile hermite1 once more
_SOLVE_STEP = 1.0  # s
_CLOSE_ENOUGH = 5.0  # m: the solution's own miss
_ROUNDS = 30
_NUDGE = 1e-3  # of ln(speed) and azimuth, for the Jacobian
_SPEED_LIMIT = 0.3  # largest change of ln(speed) in a round
_TURN_LIMIT = 0.3  # rad, largest change of azimuth in a round


class Aim(NamedTuple):
    """From where to where, and how steep: rad, m, m^2/kg."""

    from_lat: float
    from_lon: float
    to_lat: float
    to_lon: float
    angle: float
    burnout_altitude: float
    inv_beta: float


class Solution(NamedTuple):
    """Burn-out speed (m/s, relative to the Earth), launch azimuth (rad), miss left over (m)."""

    speed: float
    azimuth: float
    miss: float


@kernel
def hermite1(knots: Floats, low: int | np.int64, t: float, out: Floats) -> None:
    """Sample position and velocity between knots ``low`` and ``low + 1`` by a cubic Hermite.

    knots: (k, 7) rows (t, x, y, z, vx, vy, vz). out: (6,) is written. Error of position h^4 /
    384 |d4x/dt4|.
    """
    h = knots[low + 1, 0] - knots[low, 0]
    s = (t - knots[low, 0]) / h
    r = 1.0 - s
    for i in range(1, 4):
        before, after = knots[low, i], knots[low + 1, i]
        leave, arrive = knots[low, i + 3], knots[low + 1, i + 3]
        out[i - 1] = (
            r * r * (1.0 + 2.0 * s) * before
            + s * s * (3.0 - 2.0 * s) * after
            + h * s * r * (r * leave - s * arrive)
        )
        out[i + 2] = (
            6.0 * s * r * (after - before) / h
            + r * (1.0 - 3.0 * s) * leave
            + s * (3.0 * s - 2.0) * arrive
        )


@kernel
def thin(table: Floats, rows: int, tolerance: float, longest: int, kept: Longs) -> int:
    """Choose knots among rows so that Hermite sampling gives the rest within ``tolerance`` (m).

    Greedy with halved gaps, so that knots are dense where drag acts and far apart in vacuum.
    kept: (rows,) is filled with row numbers; returns how many. Neighbouring rows are always
    good enough.
    """
    pair = np.empty((2, 7))
    sample = np.empty(6)
    kept[0] = 0
    count = 1
    row = 0
    gap = longest
    while row < rows - 1:
        gap = min(2 * gap, longest, rows - 1 - row)
        while gap > 1:
            copy1(table[row], pair[0])
            copy1(table[row + gap], pair[1])
            worst = 0.0
            for k in range(row + 1, row + gap):
                hermite1(pair, _FIRST, table[k, 0], sample)
                dx, dy, dz = (
                    sample[0] - table[k, 1],
                    sample[1] - table[k, 2],
                    sample[2] - table[k, 3],
                )
                worst = max(worst, dx * dx + dy * dy + dz * dz)
            if worst <= tolerance * tolerance:
                break
            gap //= 2
        row += gap
        kept[count] = row
        count += 1
    return count


def free_flight(
    state: Floats, inv_beta: float, start: float, row_step: float = _ROW_STEP
) -> Floats:
    """Return knots (k, 7) of unpowered flight from a state (6,) at ``start`` s to the ground."""
    return thinned(_tabulated(state, inv_beta, row_step), start)


def _tabulated(state: Floats, inv_beta: float, row_step: float) -> Floats:
    table = np.empty((int(_LONGEST_FLIGHT / row_step), 7))
    rows = fly(state, inv_beta, row_step, table)
    if rows == 1:  # on the ground already: a path still needs two knots
        table[1] = table[0]
        table[1, 0] = 1e-3
        rows = 2
    return table[:rows]


def thinned(table: Floats, start: float) -> Floats:
    """Return the rows (t, x, y, z, vx, vy, vz) that are kept as knots, ``start`` s later."""
    kept = np.empty(len(table), np.int64)
    count = thin(table, len(table), KNOT_TOLERANCE, _LONGEST_GAP, kept)
    knots = table[kept[:count]]
    knots[:, 0] += start
    return knots


def solve_launch(aim: Aim) -> Solution | None:
    """Find the burn-out speed and azimuth that lead to the aim point; None where none does.

    Newton on (ln speed, azimuth) with a numerical Jacobian, from the drag-free solution on a
    sphere.
    """
    target = geodetic_to_ecef(aim.to_lat, aim.to_lon, 0.0)
    axes = enu_axes(aim.to_lat, aim.to_lon)

    def miss(log_speed: float, azimuth: float) -> Floats:
        state, _ = burnout(aim, math.exp(log_speed), azimuth)
        t, x, y, z = impact1(state, aim.inv_beta, _SOLVE_STEP, _LONGEST_FLIGHT)
        if math.isnan(t):
            return np.full(2, np.nan)
        return ecef_to_enu(np.array([x, y, z]), target, axes)[:2]

    log_speed = math.log(_first_guess(aim))
    azimuth = float(initial_bearing(aim.from_lat, aim.from_lon, aim.to_lat, aim.to_lon))
    for _ in range(_ROUNDS):
        off = miss(log_speed, azimuth)
        if np.isnan(off).any():
            log_speed -= 0.1  # flew for more than an hour or away: far too fast
            continue
        if np.hypot(*off) < _CLOSE_ENOUGH:
            return Solution(math.exp(log_speed), azimuth % math.tau, float(np.hypot(*off)))
        by_speed = (miss(log_speed + _NUDGE, azimuth) - off) / _NUDGE
        by_azimuth = (miss(log_speed, azimuth + _NUDGE) - off) / _NUDGE
        determinant = by_speed[0] * by_azimuth[1] - by_speed[1] * by_azimuth[0]
        if not abs(determinant) > 0.0:
            return None
        faster = -(off[0] * by_azimuth[1] - off[1] * by_azimuth[0]) / determinant
        turn = -(by_speed[0] * off[1] - by_speed[1] * off[0]) / determinant
        log_speed += min(max(faster, -_SPEED_LIMIT), _SPEED_LIMIT)
        azimuth += min(max(turn, -_TURN_LIMIT), _TURN_LIMIT)
    return None


def ballistic_path(
    aim: Aim, solution: Solution, launched_at: float, manoeuvre: Manoeuvre | None = None
) -> Floats:
    """Return the knots (k, 7) of a whole flight: launch, burn-out, and down to the ground."""
    state, boost = burnout(aim, solution.speed, solution.azimuth)
    launch = np.concatenate(
        [[launched_at], geodetic_to_ecef(aim.from_lat, aim.from_lon, 0.0), np.zeros(3)]
    )
    table = _tabulated(state, aim.inv_beta, _ROW_STEP)
    if manoeuvre is not None:
        weave(table, manoeuvre)
    return np.concatenate([launch[None, :], thinned(table, launched_at + boost)])


def burnout(aim: Aim, speed: float, azimuth: float) -> tuple[Floats, float]:
    """Return the state (6,) at burn-out and the time that boost took (s)."""
    climb, level = math.sin(aim.angle), math.cos(aim.angle)
    up = np.array([level * math.sin(azimuth), level * math.cos(azimuth), climb])
    direction = up @ enu_axes(aim.from_lat, aim.from_lon)
    length = aim.burnout_altitude / climb
    place = geodetic_to_ecef(aim.from_lat, aim.from_lon, 0.0) + length * direction
    return np.concatenate([place, speed * direction]), 2.0 * length / speed


def _first_guess(aim: Aim) -> float:
    """Speed without air and rotation, by the hit equation (Zarchan, 6th ed., ch. 11)."""
    distance = float(great_circle_distance(aim.from_lat, aim.from_lon, aim.to_lat, aim.to_lon))
    boosted = aim.burnout_altitude / math.tan(aim.angle)
    arc = max(distance - boosted, 0.2 * distance) / MEAN_RADIUS
    radius = A + aim.burnout_altitude
    shape = math.cos(aim.angle) * (radius / A * math.cos(aim.angle) - math.cos(arc + aim.angle))
    return math.sqrt(MU / radius * (1.0 - math.cos(arc)) / max(shape, 1e-6))
