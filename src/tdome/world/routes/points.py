"""Where routes lead: slots of a formation, and the way home of what comes back.

Points are (latitude, longitude), rad. A formation flies line abreast: each member's route is the
leader's, moved sideways by its slot, so that members stay ``spacing`` apart on parallel legs of
the same length; shortly before the target they part for their own aim points. An aircraft turns
about beyond its target over two more points, wide enough for its turn radius, and flies home.
"""

import math
from itertools import pairwise

from tdome.earth.geodesy import destination, great_circle_distance, initial_bearing

Point = tuple[float, float]

PARTING = 10_000.0  # m before the target at which a formation parts
_PARTING_SHARE = 0.3  # of the last leg, where that is shorter
_TURN_ROOM = 2.5  # turn radii between the points of a turn about, so that corners fit (45 %)


def moved(point: Point, bearing: float, distance: float) -> Point:
    """Return the point at a distance (m) along a bearing (rad)."""
    lat, lon = destination(point[0], point[1], bearing, distance)
    return float(lat), float(lon)


def shifted(point: Point, east: float, north: float) -> Point:
    """Return the point so far (m) to the east and north."""
    return moved(point, math.atan2(east, north), math.hypot(east, north))


def bearing(a: Point, b: Point) -> float:
    """Course at a of the great circle to b, rad."""
    return float(initial_bearing(*a, *b))


def distance(a: Point, b: Point) -> float:
    """Way over the ground, m."""
    return float(great_circle_distance(*a, *b))


def in_slot(points: list[Point], target: Point, aside: float) -> list[Point]:
    """Return a leader's route, start to last waypoint, moved ``aside`` m to its right.

    The last point of the result is where the formation parts on the way to ``target``.
    """
    last = points[-1]
    left = distance(last, target)
    parting = moved(last, bearing(last, target), left - min(PARTING, _PARTING_SHARE * left))
    across = bearing(points[0], target) + 0.5 * math.pi
    return [moved(point, across, aside) for point in [*points, parting]]


def there_and_back(points: list[Point], egress: list[Point], turn_radius: float) -> list[Point]:
    """Return the route to the last of ``points``, about, and over ``egress`` to the first.

    Without ``egress`` it leads back over the points that led there.
    """
    before, target = next(
        (a, b) for a, b in reversed(list(pairwise(points))) if distance(a, b) > 1.0
    )
    course = bearing(target, before) + math.pi
    room = _TURN_ROOM * turn_radius
    ahead = moved(target, course, room)
    aside = moved(ahead, course + 0.5 * math.pi, room)
    return [*points, ahead, aside, *(egress or points[-2:0:-1]), points[0]]
