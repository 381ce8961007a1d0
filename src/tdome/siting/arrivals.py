"""How a threat class comes in at a place, as the plan believes: nominal values, no manoeuvre.

Classes with an altitude fly level at it (over the ground, if a terrain is given) and straight to
the place at their nominal speed. Ballistic classes fall as :mod:`tdome.earth.ballistics` has it,
from burn-out at nominal speed, angle, height and ballistic coefficient; the arc is computed once,
due north over the middle of the plan, and turned to each bearing (what the Earth's rotation does to
its shape is below a percent). A class with neither has no arrival here.
"""

import math
from typing import TypeAlias

import msgspec
import numpy as np

from tdome.earth.ballistics import fly
from tdome.earth.geodesy import destination, great_circle_distance
from tdome.earth.terrain import Terrain
from tdome.earth.wgs84 import ecef_to_geodetic, enu_axes, geodetic_to_ecef
from tdome.messages.base import Floats
from tdome.plan.books.threats import ThreatBook

KNOTS = 48
Table: TypeAlias = tuple[Floats, Floats, Floats]
_STEP = 0.5  # s between rows of an arc
_LONGEST = 4000.0  # s


class Arrival(msgspec.Struct, frozen=True, eq=False):
    """The way of one class to any place: knots from far to near, the last one at the place.

    ``away`` is the ground range to go in m, ``height`` m (over the ground where ``level``),
    ``time`` s since the first knot. Knots stand closer towards the end, as the square.
    """

    name: str
    family: int
    rcs: float
    level: bool
    away: Floats
    height: Floats
    time: Floats

    def path(
        self, lat: Floats, lon: Floats, bearing: Floats, terrain: Terrain | None
    ) -> tuple[Floats, Floats, Floats]:
        """Return latitude, longitude (rad) and height, (n, k), of ways to n places."""
        lats, lons = destination(lat[:, None], lon[:, None], bearing[:, None], self.away[None, :])
        height = np.broadcast_to(self.height, lats.shape).copy()
        if self.level and terrain is not None:
            height += np.maximum(terrain.height(lats, lons), 0.0)
        return lats, lons, height


def arrival_of(book: ThreatBook, row: int, lat: float, lon: float, far: float) -> Arrival | None:
    """Return the arrival of a class; level ones begin ``far`` m out, or at their range."""
    fallen = bool(np.isnan(book.altitude[row]))
    if fallen:
        table = _arc(book, row, lat, lon)
        if table is None:
            return None
        away, height, time = table
    else:
        start = min(far, float(book.range[row]))
        time = np.array([0.0, start / float(book.speed[row])])
        away = np.array([start, 0.0])
        height = np.full(2, float(book.altitude[row]))
    to_go = time[-1] * np.linspace(1.0, 0.0, KNOTS) ** 2
    at = time[-1] - to_go
    return Arrival(
        name=book.names[row],
        family=int(book.family[row]),
        rcs=float(book.rcs[row]),
        level=not fallen,
        away=np.interp(at, time, away),
        height=np.interp(at, time, height),
        time=at,
    )


def _arc(
    book: ThreatBook, row: int, lat: float, lon: float
) -> tuple[Floats, Floats, Floats] | None:
    """Return ground range to go, height and time of a fall from burn-out; None without its keys."""
    angle, speed = float(book.flight_path_angle[row]), float(book.speed[row])
    burnout, beta = float(book.burnout_altitude[row]), float(book.beta[row])
    if not all(math.isfinite(value) for value in (angle, burnout, beta)):
        return None
    _, north, up = enu_axes(lat, lon)
    state = np.concatenate(
        [
            geodetic_to_ecef(lat, lon, burnout),
            speed * (math.cos(angle) * north + math.sin(angle) * up),
        ]
    )
    rows = np.empty((int(_LONGEST / _STEP), 7))
    rows = rows[: fly(state, 1.0 / beta, _STEP, rows)]
    lats, lons, height = ecef_to_geodetic(rows[:, 1:4])
    away = great_circle_distance(lats, lons, lats[-1], lons[-1])
    return away, np.maximum(height, 0.0), rows[:, 0]
