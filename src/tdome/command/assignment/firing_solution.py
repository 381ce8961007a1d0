"""Firing solutions: when a fire unit can meet a threat on its predicted path, and for how long.

The time from launch to a place, and whether it is in reach at all, are those of the class's fly-out
table (earth.flyout), built from what we believe of the class: slower at the edge and low down, a
dwell for beams. Command plans with REACH_SHARE and REACH_TIME more than that, because it believes
the law and does not know it. A fast threat crosses the reach in less time: its defended footprint
is smaller, by timing alone.

Assumptions: the threat keeps to its predicted path (earth.motion); a unit fires in all directions;
ranges are slant ranges, altitudes heights over the ellipsoid. Windows narrower than one knot of
the path can be missed, and what happens between the last knot and the impact is not used.

Fire zones of the plan (plan.books.fire_zones) close knots: there is no intercept at them. A gap in
the zones that lies between two closed knots is not seen. Where the path between two knots comes out
of a closed zone, the knot after it is the intercept.

Times are float seconds from ``now``, lengths m, positions ECEF.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tdome.earth.ballistics import height1
from tdome.earth.flyout import sine1, time1
from tdome.earth.volumes import Flags, zones1
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Longs
from tdome.plan.books.fire_zones import KEEP_OUT, ONLY, barred1

REACH_SHARE = 1.05  # share of the nominal time of flight that is planned with
REACH_TIME = 1.0  # s, added to it
_HALVINGS = 12  # of one knot spacing: below 1 ms for knots 4 s apart

# Columns of a row of `units`, shape (u, 8).
X, Y, Z, HEIGHT, MIN_RANGE, MAX_RANGE, MIN_ALTITUDE, MAX_ALTITUDE = range(8)


class Geometry(NamedTuple):
    """Candidates against units: predicted paths, what the units can reach, and where they may.

    paths (n, k, 3) knots and heights (n, k), m; masks (n, k): fire zones that hold a knot; heights
    and masks are filled by :func:`solve_all`. steps (n,) between knots, ends (n,) of paths, s.
    units (u, 8), fly_out, barred (u, 2) and volumes of the plan's fire zones.
    """

    paths: Floats
    heights: Floats
    masks: Longs
    steps: Floats
    ends: Floats
    units: Floats
    fly_out: Floats
    barred: Longs
    volumes: Floats


@kernel
def latest_launch1(  # noqa: PLR0913, PLR0917  (a kernel)
    x: float, y: float, z: float, height: float, t: float, unit: Floats, table: Floats
) -> float:
    """Latest launch in s that still meets a point at time t; nan outside the unit's envelope."""
    if height < unit[MIN_ALTITUDE] or height > unit[MAX_ALTITUDE]:
        return math.nan
    dx, dy, dz = x - unit[X], y - unit[Y], z - unit[Z]
    square = dx * dx + dy * dy + dz * dz
    if square > unit[MAX_RANGE] * unit[MAX_RANGE] or square < unit[MIN_RANGE] * unit[MIN_RANGE]:
        return math.nan
    distance = math.sqrt(square)
    nominal = time1(table, distance, sine1(distance, height - unit[HEIGHT]))
    return t - REACH_SHARE * nominal - REACH_TIME if nominal < math.inf else math.nan


@kernel
def solve1(  # noqa: PLR0913, PLR0917  (a kernel)
    path: Floats, height: Floats, mask: Longs, step: float, end: float, unit: Floats,
    table: Floats, barred: Longs, volumes: Floats, earliest: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Earliest intercept of one path by one unit that launches at ``earliest`` s or later.

    ``path``, shape (k, 3), and ``height`` and ``mask``, shape (k,), are knots at 0, step, 2 step …
    s; nan or times after ``end`` close the path. Knots that ``barred``, shape (2,), closes count
    for nothing. Returns (intercept, launch, last launch) in s: the first two nan where there is no
    solution; the last one, over all knots, -inf where the path never enters the envelope.
    """
    first = -1
    last = -math.inf
    keep_out, only = barred[KEEP_OUT], barred[ONLY]
    free = keep_out == 0 and only == 0
    for k in range(height.size):
        t = k * step
        if t > end or math.isnan(height[k]):
            break
        if not free and barred1(mask[k], keep_out, only):
            continue
        launch = latest_launch1(path[k, 0], path[k, 1], path[k, 2], height[k], t, unit, table)
        last = max(last, launch)
        if first < 0 and launch >= earliest:
            first = k
    if first < 0:
        return math.nan, math.nan, last
    if first == 0:
        launch = latest_launch1(path[0, 0], path[0, 1], path[0, 2], height[0], 0.0, unit, table)
        return 0.0, launch, last
    shut = not free and barred1(mask[first - 1], keep_out, only)
    share, launch = _between1(path, height, first, step, unit, table, earliest, shut)
    if not free and share < 1.0 and _shut1(share, path[first - 1], path[first], barred, volumes):
        share, launch = _between1(path, height, first, step, unit, table, earliest, True)
    return (first - 1 + share) * step, launch, last


@kernel
def _between1(  # noqa: PLR0913, PLR0917  (a kernel)
    path: Floats, height: Floats, first: int, step: float, unit: Floats, table: Floats,
    earliest: float, at_knot: bool,
) -> tuple[float, float]:  # fmt: skip
    """Bisect from the knot before ``first`` to it: share of the way and launch, s.

    The earliest place on that line whose latest launch is not before ``earliest``; with ``at_knot``
    the knot ``first`` itself.
    """
    a, b = path[first - 1], path[first]
    low, high, found = 0.0, 1.0, math.nan
    for halving in range(1 if at_knot else _HALVINGS + 1):
        f = 1.0 if halving == 0 else 0.5 * (low + high)
        launch = latest_launch1(
            a[0] + f * (b[0] - a[0]),
            a[1] + f * (b[1] - a[1]),
            a[2] + f * (b[2] - a[2]),
            height[first - 1] + f * (height[first] - height[first - 1]),
            (first - 1 + f) * step,
            unit,
            table,
        )
        if launch >= earliest:
            high, found = f, launch
        else:
            low = f
    return high, found


@kernel
def _shut1(f: float, a: Floats, b: Floats, barred: Longs, volumes: Floats) -> bool:
    """Tell whether the place at share f of the way from knot a to knot b is closed."""
    x, y, z = a[0] + f * (b[0] - a[0]), a[1] + f * (b[1] - a[1]), a[2] + f * (b[2] - a[2])
    return barred1(zones1(x, y, z, height1(x, y, z), volumes), barred[KEEP_OUT], barred[ONLY])


@kernel
def _bound(path: Floats, height: Floats, box: Floats) -> None:
    """Put the least and the greatest x, y, z and height of a path into ``box``, shape (4, 2)."""
    box[:, 0], box[:, 1] = math.inf, -math.inf
    for k in range(height.size):
        if math.isnan(height[k]):
            break
        for axis in range(4):
            value = height[k] if axis == 3 else path[k, axis]  # noqa: PLR2004
            box[axis, 0], box[axis, 1] = min(box[axis, 0], value), max(box[axis, 1], value)


@kernel
def _beyond1(box: Floats, unit: Floats) -> bool:
    """Tell that no knot of a path can be in a unit's envelope, without a look at the knots."""
    if box[3, 1] < unit[MIN_ALTITUDE] or box[3, 0] > unit[MAX_ALTITUDE]:
        return True
    square = 0.0
    for axis in range(3):
        gap = max(box[axis, 0] - unit[axis], unit[axis] - box[axis, 1], 0.0)
        square += gap * gap
    return bool(square > unit[MAX_RANGE] * unit[MAX_RANGE])


@kernel
def solve_all(  # noqa: PLR0913, PLR0917  (a kernel)
    paths: Floats, heights: Floats, masks: Longs, steps: Floats, ends: Floats, units: Floats,
    fly_out: Floats, barred: Longs, volumes: Floats, earliest: Floats, allowed: Codes,
    intercept: Floats, launch: Floats, last: Floats,
) -> None:  # fmt: skip
    """Fill heights and masks (n, k), and intercept, launch, last (n, u) where allowed: `solve1`.

    Without volumes masks are left as they are: zeros.
    """
    box = np.empty((4, 2))
    for i in range(steps.size):
        for k in range(heights.shape[1]):
            heights[i, k] = height1(paths[i, k, 0], paths[i, k, 1], paths[i, k, 2])
        if volumes.shape[0] > 0:
            for k in range(heights.shape[1]):
                if math.isnan(heights[i, k]):
                    break
                x, y, z = paths[i, k, 0], paths[i, k, 1], paths[i, k, 2]
                masks[i, k] = zones1(x, y, z, heights[i, k], volumes)
        _bound(paths[i], heights[i], box)
        for u in range(earliest.size):
            if allowed[i, u] == 0 or _beyond1(box, units[u]):
                intercept[i, u], launch[i, u], last[i, u] = math.nan, math.nan, -math.inf
                continue
            intercept[i, u], launch[i, u], last[i, u] = solve1(
                paths[i], heights[i], masks[i], steps[i], ends[i], units[u], fly_out[u],
                barred[u], volumes, earliest[u],
            )  # fmt: skip


def fenced(geometry: Geometry, earliest: Floats, allowed: Codes, intercept: Floats) -> Flags:
    """Pairs, shape (n, u), that have no firing solution for the fire zones alone.

    They are solved again as if there were no zones; ``intercept`` (n, u) is that with them.
    """
    lost: Flags = (allowed != 0) & np.isnan(intercept)
    if not len(geometry.volumes) or not lost.any():
        return np.zeros_like(lost)
    free = geometry._replace(
        masks=np.zeros_like(geometry.masks),
        barred=np.zeros_like(geometry.barred),
        volumes=geometry.volumes[:0],
    )
    found = np.empty_like(intercept)
    solve_all(
        *free, earliest, lost.astype(np.int8), found, np.empty_like(found), np.empty_like(found)
    )
    return lost & np.isfinite(found)


def points_at(paths: Floats, steps: Floats, rows: NDArray[np.intp], times: Floats) -> Floats:
    """Interpolate paths, shape (n, k, 3), of rows (m,) at times (m,) s: a parabola over 3 knots.

    Where the third knot is missing, a line through two. Returns (m, 3); nan for a nan time.
    """
    known = np.isfinite(times)
    place = np.where(known, times, 0.0) / steps[rows]
    base = np.clip(np.ceil(place).astype(np.int64) - 2, 0, paths.shape[1] - 3)
    a, b, c = paths[rows, base], paths[rows, base + 1], paths[rows, base + 2]
    s = (place - base)[:, None]
    line = a + s * (b - a)
    curve = line + 0.5 * s * (s - 1.0) * (a - 2.0 * b + c)
    points = np.where(np.isfinite(curve), curve, line)
    return np.where(known[:, None], points, np.nan)
