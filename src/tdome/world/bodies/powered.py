"""Flights with an engine or a glide: a route over the ground, lifted to its heights and timed.

The ground track (:mod:`tdome.world.routes.track`) is sampled as finely as the terrain needs, lifted
to a profile that keeps the clearance (:mod:`tdome.world.routes.profile`) or to a glide slope, and
timed: along the unit vector d of each piece of the path, with air speed v and wind w, the ground
speed is g = d.w + sqrt((d.w)^2 - |w|^2 + v^2) (the wind triangle: the body crabs so that it stays
on its route). Then it is thinned to the knots of a cubic Hermite, KNOT_TOLERANCE exact.

Units SI, angles rad, ECEF. Assumptions: air speed is constant (but for a glide), the wind is the
same everywhere, turns at TURN_ACCELERATION, climbs and dives follow at once. Limits: turns are
planned, no body reacts to being engaged; terrain finer than its ``grain`` is not seen.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tdome.earth.geodesy import MEAN_RADIUS
from tdome.earth.terrain import Terrain
from tdome.earth.wgs84 import geodetic_to_ecef1
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats
from tdome.world.bodies.ballistic import thin
from tdome.world.routes.gliding import glide
from tdome.world.routes.profile import crest_margin, ramped, smooth_above
from tdome.world.routes.track import ground_track

TURN_ACCELERATION = 20.0  # m/s^2: 2 g, in turns and over crests
CLIMB_ANGLE = math.radians(15.0)  # notional: steepest climb and descent over terrain
LAUNCH_ANGLE = math.radians(30.0)  # notional: climb from the ground
SPACING = 200.0  # m between samples of a route over terrain, at most
LEVEL_SPACING = 10_000.0  # m between samples of a level route
KNOT_TOLERANCE = 1.0  # largest error of Hermite sampling at the samples left out, m
SHORTEST_RAMP = 2_000.0  # m over the ground, of a climb from it or a dive to it
SHORTEST_ROUTE = 100.0  # m
LONGEST_WINDOW = 10_000.0  # m over which a profile is smoothed
_LONGEST_GAP = 64  # samples between two knots at most
_SLOWEST = 1.0  # m/s over the ground that a body must make good


class Flight(NamedTuple):
    """How a route is flown. Start (s), air speed (m/s), height (m).

    ``altitude`` is over the terrain or, if ``level`` or gliding, over the ellipsoid. ``climbs``:
    from the ground at the first point. ``dive``: its angle (rad) down to the last point, 0 for one
    that ends in the air. A pop-up stands ``popup_height`` over the last point from ``popup_at`` (m)
    before it. ``hold_s``: how long it circles before point ``hold_at``. ``glide_ratio``: best lift
    over drag of what has no engine, else 0.
    """

    start: float
    speed: float
    altitude: float
    level: bool = False
    climbs: bool = True
    dive: float = LAUNCH_ANGLE
    popup_height: float = 0.0
    popup_at: float = 0.0
    hold_s: float = 0.0
    hold_at: int = -1
    glide_ratio: float = 0.0


class WindError(ValueError):
    """The wind is too strong to fly the route in."""


def route_path(
    lat: npt.ArrayLike,
    lon: npt.ArrayLike,
    flight: Flight,
    terrain: Terrain,
    wind: tuple[float, float] = (0.0, 0.0),
) -> Floats:
    """Return knots (k, 7) of a flight along the points (rad); none for a route below 100 m.

    ``wind``: (east, north), m/s. Raises WindError, and TooFarError for a glide.
    """
    spacing = LEVEL_SPACING if flight.level else min(terrain.grain, SPACING)
    hold = hold_length(flight, wind) if flight.hold_s > 0.0 else 0.0
    turn_radius = flight.speed**2 / TURN_ACCELERATION
    track = ground_track(_unit(lat, lon), spacing, turn_radius, flight.hold_at, hold)
    along = _lengths(track)
    if len(track) == 0 or along[-1] < SHORTEST_ROUTE:
        return np.empty((0, 7))
    track_lat = np.arctan2(track[:, 2], np.hypot(track[:, 0], track[:, 1]))
    track_lon = np.arctan2(track[:, 1], track[:, 0])
    speed = np.full(len(track), flight.speed)
    if flight.level:
        height = np.full(len(track), flight.altitude)
    elif flight.glide_ratio > 0.0:
        ground = terrain.height(track_lat, track_lon)
        height, speed = glide(along, ground, flight.altitude, flight.speed, flight.glide_ratio)
    else:
        height = heights(along, terrain.height(track_lat, track_lon), flight)
    rows = len(height)
    table = np.empty((rows, 7))
    if not timed(track_lat[:rows], track_lon[:rows], height, speed, *wind, table):
        blowing = math.hypot(*wind)
        raise WindError(f"at {flight.speed:.0f} m/s it can not fly against {blowing:.0f} m/s")
    table[:, 0] += flight.start
    kept = np.empty(rows, np.int64)
    return table[kept[: thin(table, rows, KNOT_TOLERANCE, _LONGEST_GAP, kept)]]


def heights(along: Floats, ground: Floats, flight: Flight) -> Floats:
    """Return the heights (n,) over the ellipsoid of a powered flight over its ground (n,)."""
    height, margin = np.empty(len(along)), np.empty(len(along))
    crest_margin(ground, margin)
    demand = ground + (flight.altitude + margin)
    if flight.popup_at > 0.0:
        near = along >= along[-1] - flight.popup_at
        demand[near] = np.maximum(demand[near], ground[-1] + flight.popup_height)
    slope = math.tan(CLIMB_ANGLE)
    window = min(2.0 * slope * flight.speed**2 / TURN_ACCELERATION, LONGEST_WINDOW)
    smooth_above(along, demand, slope, window, height)
    climb = _ramp(height[0] - ground[0], LAUNCH_ANGLE) if flight.climbs else 0.0
    dive = _ramp(height[-1] - ground[-1], flight.dive) if flight.dive > 0.0 else 0.0
    ramped(along, ground, flight.altitude, climb, dive, height)
    return height


def _ramp(rise: float, angle: float) -> float:
    """Slope of a climb or a dive: its angle's, but no shorter than SHORTEST_RAMP."""
    return min(math.tan(angle), rise / SHORTEST_RAMP)


def hold_length(flight: Flight, wind: tuple[float, float]) -> float:
    """Return how long (m) a circle is that takes ``hold_s`` in this wind."""
    course = np.arange(64) * (2.0 * np.pi / 64.0)
    ahead = wind[0] * np.sin(course) + wind[1] * np.cos(course)
    under = ahead**2 - wind[0] ** 2 - wind[1] ** 2 + flight.speed**2
    pace = ahead + np.sqrt(np.maximum(under, 0.0))  # too strong a wind is refused where it is flown
    return flight.hold_s / float(np.mean(1.0 / np.maximum(pace, _SLOWEST)))


@kernel
def timed(  # noqa: PLR0913, PLR0917 - a kernel: flat arrays
    lat: Floats,
    lon: Floats,
    height: Floats,
    speed: Floats,
    wind_east: float,
    wind_north: float,
    table: Floats,
) -> bool:
    """Fill rows (t from 0, position, velocity) of a path; False where the wind is too strong.

    lat, lon (rad), height (m), speed through the air (m/s): (n,). table: (n, 7).
    """
    n = len(lat)
    wind, middle = np.empty((n, 3)), np.empty(3)
    for i in range(n):
        x, y, z = geodetic_to_ecef1(lat[i], lon[i], height[i])
        table[i, 1], table[i, 2], table[i, 3] = x, y, z
        sin_lat, cos_lat = math.sin(lat[i]), math.cos(lat[i])
        sin_lon, cos_lon = math.sin(lon[i]), math.cos(lon[i])
        wind[i, 0] = -sin_lon * wind_east - sin_lat * cos_lon * wind_north
        wind[i, 1] = cos_lon * wind_east - sin_lat * sin_lon * wind_north
        wind[i, 2] = cos_lat * wind_north
    blowing = wind_east * wind_east + wind_north * wind_north
    table[0, 0] = 0.0
    for i in range(1, n):
        length, ahead = 0.0, 0.0
        for k in range(3):
            middle[k] = table[i, k + 1] - table[i - 1, k + 1]
            length += middle[k] * middle[k]
            ahead += 0.5 * middle[k] * (wind[i, k] + wind[i - 1, k])
        length = math.sqrt(length)
        ahead /= length
        air = 0.5 * (speed[i] + speed[i - 1])
        under = ahead * ahead - blowing + air * air
        pace = ahead + math.sqrt(max(under, 0.0))
        if under < 0.0 or pace < _SLOWEST:
            return False
        table[i, 0] = table[i - 1, 0] + length / pace
    velocities(table)
    return True


@kernel
def velocities(table: Floats) -> None:
    """Second-order differences on uneven times, one-sided at the ends."""
    n = len(table)
    for i in range(n):
        at = min(max(i, 1), n - 2)
        before = table[at, 0] - table[at - 1, 0]
        after = table[at + 1, 0] - table[at, 0]
        for k in range(1, 4):
            back = (table[at, k] - table[at - 1, k]) / before
            on = (table[at + 1, k] - table[at, k]) / after
            bend = (on - back) / (before + after)
            if i == 0:
                slope = back - bend * before
            elif i == n - 1:
                slope = on + bend * after
            else:
                slope = (back * after + on * before) / (before + after)
            table[i, k + 3] = slope


def _unit(lat: npt.ArrayLike, lon: npt.ArrayLike) -> Floats:
    lat, lon = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def _lengths(track: Floats) -> Floats:
    steps = np.sqrt(np.square(np.diff(track, axis=0)).sum(axis=1)) * MEAN_RADIUS
    return np.concatenate([[0.0], np.cumsum(steps)])
