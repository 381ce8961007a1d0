"""The ground track of a route: great circles between corners, rounded turns, holding circles.

All on unit vectors of the ellipsoid's normal (n-vectors, ECEF axes); lengths are arcs times the
mean radius, so that a metre is one to 0.6 % (:mod:`tdome.earth.geodesy`). A corner is rounded by
the quadratic Bezier curve that touches both legs at ``turn radius * tan(turn / 2)`` from it, which
is where the circle of that radius would touch them. A holding circle leaves and joins the leg
along its course, to the left. Limit: a leg too short for its turns is cut at 45 %, and the turn is
then tighter than the radius.
"""

import math

import numpy as np

from tdome.earth.geodesy import MEAN_RADIUS
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats

_LONGEST_CUT = 0.45  # of a leg that a rounded corner may take
_SMALLEST_CUT = 50.0  # m; smaller corners are left to the smoothing of the velocity
_SHARPEST_TURN = 3.0  # rad: a turn right about would need an endless cut
_APART = 1.0  # m; corners closer than this are one
_HOLD_STEPS = 48  # of one holding circle, at least


@kernel
def arc1(a: Floats, b: Floats) -> float:
    """Angle between two unit vectors, rad."""
    dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return 2.0 * math.asin(min(1.0, 0.5 * math.sqrt(dx * dx + dy * dy + dz * dz)))


@kernel
def between1(a: Floats, b: Floats, arc: float, share: float, out: Floats) -> None:
    """Write the point at a share of the great circle from a to b, which are ``arc`` apart."""
    p, q = math.sin((1.0 - share) * arc), math.sin(share * arc)
    scale = 1.0 / math.sin(arc)
    for i in range(3):
        out[i] = (p * a[i] + q * b[i]) * scale


@kernel
def turn1(before: Floats, corner: Floats, after: Floats) -> float:
    """Change of course at a corner, rad."""
    dot, inward, outward = 0.0, 0.0, 0.0
    for i in range(3):
        u, v = corner[i] - before[i], after[i] - corner[i]
        dot += u * v
        inward += u * u
        outward += v * v
    return math.acos(min(max(dot / math.sqrt(inward * outward), -1.0), 1.0))


@kernel
def _bend(a: Floats, corner: Floats, b: Floats, steps: int, out: Floats, row: int) -> int:
    """Write the inner points of a rounded corner from row on; return the row after them."""
    for k in range(1, steps):
        u = k / steps
        square = 0.0
        for i in range(3):
            out[row, i] = (1.0 - u) ** 2 * a[i] + 2.0 * u * (1.0 - u) * corner[i] + u * u * b[i]
            square += out[row, i] * out[row, i]
        for i in range(3):
            out[row, i] /= math.sqrt(square)
        row += 1
    return row


@kernel
def _hold(
    before: Floats, length: float, radius: float, spacing: float, out: Floats, row: int
) -> int:
    """Fly circles of ``length`` m in all, of about ``radius`` m, from the last point on.

    ``before`` is the start of the leg that leads there. The chords add up to the length.
    """
    at = out[row - 1].copy()
    arc = arc1(before, at)
    course, side, centre, out_from = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    for i in range(3):
        course[i] = (at[i] * math.cos(arc) - before[i]) / math.sin(arc)
    side[0] = at[1] * course[2] - at[2] * course[1]
    side[1] = at[2] * course[0] - at[0] * course[2]
    side[2] = at[0] * course[1] - at[1] * course[0]
    loops = max(1, round(length / (2.0 * math.pi * radius)))
    steps = max(_HOLD_STEPS, math.ceil(length / (loops * spacing)))
    chord = length / (loops * steps * MEAN_RADIUS)
    across = chord / (2.0 * math.sin(math.pi / steps))  # sine of the circle's angular radius
    down = math.sqrt(1.0 - across * across)
    for i in range(3):
        centre[i] = down * at[i] + across * side[i]
        out_from[i] = (at[i] - down * centre[i]) / across
    for k in range(1, loops * steps + 1):
        angle = 2.0 * math.pi * k / steps
        for i in range(3):
            out[row, i] = down * centre[i] + across * (
                math.cos(angle) * out_from[i] + math.sin(angle) * course[i]
            )
        row += 1
    return row


@kernel
def ground_track(
    corners: Floats, spacing: float, turn_radius: float, hold_at: int, hold_length: float
) -> Floats:
    """Sample a route, at most about ``spacing`` (m) apart: (n, 3); empty if it has no length.

    corners: (k, 3) unit vectors. turn_radius in m. Before corner ``hold_at`` (-1 none) the route
    circles for ``hold_length`` m, with twice the turn radius or 1 km.
    """
    points, count, held = np.empty_like(corners), 1, -1
    points[0] = corners[0]
    for i in range(1, len(corners)):
        if arc1(points[count - 1], corners[i]) * MEAN_RADIUS > _APART:
            points[count] = corners[i]
            count += 1
        if i == hold_at:
            held = count - 1
    legs, cuts = np.zeros(count), np.zeros(count)
    rows = 2 + _HOLD_STEPS + int(2.0 * hold_length / spacing + hold_length / 100.0)
    for i in range(count - 1):
        legs[i] = arc1(points[i], points[i + 1])
        rows += int(2.0 * legs[i] * MEAN_RADIUS / spacing) + 16
    for i in range(1, count - 1):
        turn = min(turn1(points[i - 1], points[i], points[i + 1]), _SHARPEST_TURN)
        wanted = turn_radius * math.tan(0.5 * turn) / MEAN_RADIUS
        cut = min(wanted, _LONGEST_CUT * min(legs[i - 1], legs[i]))
        cuts[i] = cut if cut * MEAN_RADIUS > _SMALLEST_CUT else 0.0
    out, row, first_point = np.empty((rows, 3)), 0, np.empty(3)
    for i in range(count - 1):
        first, last = cuts[i] / legs[i], 1.0 - cuts[i + 1] / legs[i]
        between1(points[i], points[i + 1], legs[i], first, first_point)
        if cuts[i] > 0.0:
            steps = max(4, math.ceil(2.0 * cuts[i] * MEAN_RADIUS / spacing))
            row = _bend(out[row - 1].copy(), points[i], first_point, steps, out, row)
        steps = max(2, math.ceil((last - first) * legs[i] * MEAN_RADIUS / spacing))
        begin = 0 if row == 0 or cuts[i] > 0.0 else 1
        for k in range(begin, steps + 1):
            share = first + (last - first) * k / steps
            between1(points[i], points[i + 1], legs[i], share, out[row])
            row += 1
        if i + 1 == held and hold_length > 0.0:
            radius = max(2.0 * turn_radius, 1_000.0)
            row = _hold(points[i], hold_length, radius, spacing, out, row)
    return out[:row].copy()
