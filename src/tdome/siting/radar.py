"""Which ground lies under the eyes of a radar, at an altitude: believed law, sites, performance.

The law is that of :mod:`tdome.command.sensing.coverage` (fourth-root range law, radio horizon,
elevation limits), asked point by point, and the sector that a radar is turned to. With a terrain a
point must also be over the line from the antenna along the highest ground in between, on a 4/3
Earth (:mod:`tdome.earth.terrain`): angles (h - h_antenna) / d - d / (2 k R), small-angle form,
better than 0.1 mrad for slopes below 10 degrees. Altitudes are heights over the ellipsoid, m.
"""

import math
from functools import cache

import numpy as np
import shapely

from tdome.command.sensing.coverage import seen_distances
from tdome.earth.geodesy import (
    MEAN_RADIUS,
    destination,
    great_circle_distance,
    initial_bearing,
)
from tdome.earth.horizon import EFFECTIVE_EARTH
from tdome.earth.terrain import Terrain
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.messages.base import Floats, Longs
from tdome.plan.books.sensors import SensorBook
from tdome.siting.outline import Bools, outline, points_around, polar

BEARINGS = 180
RANGES = 600
_SHADE_BEARINGS = 720
_SHADE_STEP = 500.0  # m between samples of the ground
_DIAMETER = 2.0 * EFFECTIVE_EARTH * MEAN_RADIUS


class Eyes:
    """All radars of a book over a terrain: asked who sees which points.

    ``radars`` are their rows; what only hears or looks (passive, acoustic, optical, space,
    cooperative) is left out. ``lines``: ask the ground along the line to each point, which is cheap
    for few points from many radars, and not for a circle of bearings once and for all.
    """

    def __init__(
        self, book: SensorBook, terrain: Terrain | None = None, *, lines: bool = False
    ) -> None:
        self.lines = lines
        self.book = book
        self.radars = book.of_kind("radar", "radar-2d")
        self.terrain = terrain
        self._horizon = cache(self._horizon_of)

    def see(self, sensor: int, lat: Floats, lon: Floats, height: Floats, rcs: float) -> Bools:
        """Whether one radar sees points, shape (n,), rad and m over the ellipsoid."""
        return self.all_see(np.array([sensor]), lat, lon, height, rcs)[:, 0]

    def all_see(
        self, sensors: Longs, lat: Floats, lon: Floats, height: Floats, rcs: float
    ) -> Bools:
        """Whether radars, rows (k,), see points, shape (n,); returns (n, k)."""
        ecef = geodetic_to_ecef(lat, lon, height)
        rows = np.asarray(sensors, dtype=np.int64)
        distances = seen_distances(ecef, np.full(len(ecef), rcs), rows, self.book)
        seen = np.isfinite(distances) & self._turned_to(rows, lat, lon)
        if self.terrain is not None:
            for column, sensor in enumerate(rows):
                asked = np.flatnonzero(seen[:, column])
                seen[asked, column] = self._over_ground(
                    int(sensor), lat[asked], lon[asked], height[asked]
                )
        return seen

    def reach(self, sensor: int, rcs: float) -> float:
        """Farthest ground range in m at which the range law lets a radar see."""
        book = self.book
        law = float(book.reference_range[sensor]) * math.sqrt(math.sqrt(rcs))
        return min(law, float(book.max_range[sensor]))

    def _turned_to(self, rows: Longs, lat: Floats, lon: Floats) -> Bools:
        """Whether points lie in the sectors of radars, (n, k)."""
        book = self.book
        inside = np.ones((len(lat), len(rows)), dtype=np.bool_)
        for column in np.flatnonzero(book.half_sector[rows] < np.pi):
            row = rows[column]
            turn = initial_bearing(book.lat[row], book.lon[row], lat, lon) - book.bearing[row]
            off = np.abs(np.mod(turn + np.pi, 2.0 * np.pi) - np.pi)
            inside[:, column] = off <= book.half_sector[row]
        return inside

    def _over_line(self, sensor: int, lat: Floats, lon: Floats, height: Floats) -> Bools:
        """Whether points are over the ground along the straight line to each of them."""
        assert self.terrain is not None  # noqa: S101  (asked for only where there is one)
        book = self.book
        site = float(book.lat[sensor]), float(book.lon[sensor])
        places, of = np.unique(np.column_stack([lat, lon]), axis=0, return_inverse=True)
        away = np.asarray(great_circle_distance(*site, places[:, 0], places[:, 1]))
        turn = np.asarray(initial_bearing(*site, places[:, 0], places[:, 1]))
        steps = _SHADE_STEP * np.arange(1, int(away.max() / _SHADE_STEP) + 2)
        lats, lons = destination(*site, turn[:, None], steps[None, :])
        ground = self.terrain.height(lats, lons)
        angle = (ground - book.height[sensor]) / steps - steps / _DIAMETER
        highest = np.where(steps < away[:, None], angle, -np.inf).max(axis=1)
        away, highest = away[of.ravel()], highest[of.ravel()]
        own = (height - book.height[sensor]) / np.maximum(away, 1.0) - away / _DIAMETER
        return np.asarray(own >= highest)

    def _over_ground(self, sensor: int, lat: Floats, lon: Floats, height: Floats) -> Bools:
        if self.lines and len(lat):
            return self._over_line(sensor, lat, lon, height)
        book = self.book
        away = great_circle_distance(book.lat[sensor], book.lon[sensor], lat, lon)
        turn = initial_bearing(book.lat[sensor], book.lon[sensor], lat, lon)
        horizon = self._horizon(sensor)
        row = (turn / (2.0 * np.pi) * _SHADE_BEARINGS).astype(np.int64) % _SHADE_BEARINGS
        column = np.minimum((away / _SHADE_STEP).astype(np.int64), horizon.shape[1] - 1)
        angle = (height - book.height[sensor]) / np.maximum(away, 1.0) - away / _DIAMETER
        return np.asarray(angle >= horizon[row, column])

    def _horizon_of(self, sensor: int) -> Floats:
        """Return the highest angle of the ground before each range, (bearings, ranges), rad."""
        assert self.terrain is not None  # noqa: S101  (asked for only where there is one)
        book = self.book
        samples = int(book.max_range[sensor] / _SHADE_STEP) + 2
        turn, away = polar(_SHADE_BEARINGS, samples, samples * _SHADE_STEP)
        lat, lon = points_around(float(book.lat[sensor]), float(book.lon[sensor]), turn, away)
        ground = self.terrain.height(lat, lon)
        angle = (ground - book.height[sensor]) / away - away / _DIAMETER
        highest = np.maximum.accumulate(angle, axis=1)
        before = np.full_like(highest, -np.inf)
        before[:, 1:] = highest[:, :-1]
        return before


def radar_outline(eyes: Eyes, sensor: int, altitude: float, rcs: float) -> shapely.Geometry:
    """Return the ground, in degrees, over which a radar sees a cross-section (m^2) at a height."""
    book = eyes.book
    reach = eyes.reach(sensor, rcs)
    turn, away = polar(BEARINGS, RANGES, reach)
    lat, lon = float(book.lat[sensor]), float(book.lon[sensor])
    lats, lons = points_around(lat, lon, turn, away)
    seen = eyes.see(sensor, lats.ravel(), lons.ravel(), np.full(lats.size, altitude), rcs)
    return outline(lat, lon, reach, seen.reshape(lats.shape))
