"""Where and when a level track comes down that dives: where its line of flight ends.

A level track is told to head for one asset, and it may be another one: raids fly in lines. What
sinks steeply comes down where its line of flight meets the ground, whatever it was said to head
for. With g the angle of its path under the horizon, the evidence for a dive is

    r = DIVE_ODDS N(g; DIVE, DIVE_SIGMA^2 + q) / N(g; 0, LEVEL_SIGMA^2 + q),   P(dive) = r / (1 + r)

q: variance of g by the track's covariance; N(g; DIVE, ...) is held at its peak beyond DIVE, as a
steeper path is no less a dive. The ground is at height 0; its roughness and a path that bends are
_BEND of the way that is left, the course may bend by _ANGLE. Angles notional: set on recorded runs
of taiwan-layered 1 and 2. Exceptions: none; who does not move comes down below.
"""

import math
from typing import NamedTuple

import numpy as np

from tdome.earth.geodesy import MEAN_RADIUS
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.messages.base import Floats, Longs
from tdome.messages.tracks import SystemTracks, unpack_covariance

_ANGLE = math.radians(4.0)  # by which a course still bends
_LEAST = 200.0  # m, of any ellipse
_SLOWEST = 1.0  # m/s
_POLE = 0.01  # of the radius, where a degree of longitude ends
DIVE, DIVE_SIGMA = math.radians(30.0), math.radians(10.0)
LEVEL_SIGMA = math.radians(4.0)  # of who follows the ground
DIVE_ODDS = 0.1  # that a track dives just now, before its path is looked at
_BEND = 0.15  # of the way to the ground


class Landing(NamedTuple):
    """Where level tracks come down: (k, 5) latitude, longitude (rad), ee, en, nn (m^2).

    at, early: (k,) int ns of the arrival, and one standard deviation earlier.
    """

    impact: Floats
    at: Longs
    early: Longs


class Motion(NamedTuple):
    """Level tracks over the ground, (k,) each, and (k, 2) east, north.

    course: unit vector. speed, sink: m/s. height: m. sigma: (k,) of the course, of the sink over
    the speed (rad), of the place (m).
    """

    lat: Floats
    lon: Floats
    height: Floats
    course: Floats
    speed: Floats
    sink: Floats
    turn_sigma: Floats
    path_sigma: Floats
    place_sigma: Floats


def motion(tracks: SystemTracks, rows: Longs) -> Motion:
    """Return how some tracks move over the ground."""
    state, full = tracks.state[rows], unpack_covariance(tracks.covariance[rows])
    lat, lon, height = (np.atleast_1d(part) for part in ecef_to_geodetic(state[:, :3]))
    east, north, up = _axes(lat, lon)
    velocity = state[:, 3:]
    level = np.stack([np.sum(velocity * axis, axis=1) for axis in (east, north)], axis=1)
    speed = np.maximum(np.hypot(level[:, 0], level[:, 1]), _SLOWEST)
    course = level / speed[:, None]
    across = course[:, 1, None] * east - course[:, 0, None] * north
    spread = [
        np.sqrt(np.maximum(np.einsum("ni,nij,nj->n", axis, full[:, 3:, 3:], axis), 0.0))
        for axis in (across, up)
    ]
    place = np.maximum(np.trace(full[:, :3, :3], axis1=1, axis2=2), 0.0)
    return Motion(
        lat=lat,
        lon=lon,
        height=height,
        course=course,
        speed=speed,
        sink=-np.sum(velocity * up, axis=1),
        turn_sigma=spread[0] / speed,
        path_sigma=spread[1] / speed,
        place_sigma=np.sqrt(place / 3.0),
    )


def diving(moved: Motion) -> Floats:
    """Return P(dive), (k,), of level tracks."""
    angle = np.arctan2(moved.sink, moved.speed)
    level = np.hypot(LEVEL_SIGMA, moved.path_sigma)
    steep = np.hypot(DIVE_SIGMA, moved.path_sigma)
    off = np.minimum(angle - DIVE, 0.0)
    log = 0.5 * ((angle / level) ** 2 - (off / steep) ** 2) + np.log(DIVE_ODDS * level / steep)
    log = np.where(moved.sink > 0.0, log, -np.inf)
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log, -50.0, 50.0))))


def dive_landing(moved: Motion, now: int) -> Landing:
    """Return where the line of flight of sinking tracks meets height 0."""
    sink = np.maximum(moved.sink, _SLOWEST)
    left = np.maximum(moved.height, 0.0) / sink
    way = moved.speed * left
    scale = MEAN_RADIUS * np.maximum(np.cos(moved.lat), _POLE)
    lat = moved.lat + way * moved.course[:, 1] / MEAN_RADIUS
    lon = moved.lon + way * moved.course[:, 0] / scale
    error = np.hypot(_BEND, moved.path_sigma * moved.speed / sink)
    along = np.hypot(way * error, moved.place_sigma)
    across = np.hypot(way * np.hypot(_ANGLE, moved.turn_sigma), moved.place_sigma)
    variance = _ellipse(moved.course, along**2, across**2)
    at = now + _ns(left)
    return Landing(np.column_stack([lat, lon, variance]), at, at - _ns(left * np.minimum(error, 1)))


def _ellipse(course: Floats, along: Floats, across: Floats) -> Floats:
    """Return ee, en, nn, (k, 3), of variances along and across courses."""
    along, across = along + _LEAST**2, across + _LEAST**2
    e, n = course[:, 0], course[:, 1]
    return np.stack(
        [along * e * e + across * n * n, (along - across) * e * n, along * n * n + across * e * e],
        axis=1,
    )


def _axes(lat: Floats, lon: Floats) -> tuple[Floats, Floats, Floats]:
    slat, clat, slon, clon = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    zero = np.zeros_like(lat)
    return (
        np.stack([-slon, clon, zero], axis=1),
        np.stack([-slat * clon, -slat * slon, clat], axis=1),
        np.stack([clat * clon, clat * slon, slat], axis=1),
    )


def _ns(seconds: Floats) -> Longs:
    return np.asarray(np.rint(np.minimum(seconds, 1e6) * 1e9).astype(np.int64))
