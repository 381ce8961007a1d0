"""Powered flights: great circles between waypoints, at constant speed, over the terrain or level.

A route is sampled on unit vectors of the ellipsoid's normal (n-vectors), its corners rounded by
quadratic Bezier curves, lifted to its height profile and timed by its length in space: speed is
constant to the sampling. Assumptions: no wind, no climb or turn dynamics beyond
TURN_ACCELERATION. Limits: terrain between two samples (2 km) is not followed; turns are
planned, no body reacts to being engaged.
"""

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tdome.earth.geodesy import MEAN_RADIUS
from tdome.earth.terrain import Terrain
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.messages.base import Floats

TURN_ACCELERATION = 20.0  # m/s^2: 2 g
SPACING = 2_000.0  # m between samples of a route over terrain
LEVEL_SPACING = 10_000.0  # m between samples of a level route
DIVE_ANGLE = math.radians(30.0)
SHORTEST_DIVE = 2_000.0  # m over the ground
SHORTEST_ROUTE = 100.0  # m
_DIVE_SAMPLES = 8
_LONGEST_CUT = 0.45  # of a leg that a rounded corner may take
_SMALLEST_CUT = 50.0  # m; smaller corners are left to the smoothing of the velocity
_CORNER = np.array([0.25, 0.5, 0.75])[:, None]


class Flight(NamedTuple):
    """Start (s), speed (m/s), height (m): over terrain or, if level, over the ellipsoid."""

    start: float
    speed: float
    altitude: float
    level: bool


def route_path(lat: npt.ArrayLike, lon: npt.ArrayLike, flight: Flight, terrain: Terrain) -> Floats:
    """Return knots (k, 7) of a flight along the points (rad); none for a route below 100 m.

    Level flights keep their height from end to end. Others climb from the ground, keep
    ``altitude`` over the terrain and dive to the ground at the last point.
    """
    spacing = LEVEL_SPACING if flight.level else SPACING
    track = _ground_track(_unit(lat, lon), spacing, flight.speed**2 / TURN_ACCELERATION)
    along = _lengths(track)
    if len(track) == 0 or along[-1] < SHORTEST_ROUTE:
        return np.empty((0, 7))
    ramp = max(SHORTEST_DIVE, flight.altitude / math.tan(DIVE_ANGLE))
    if not flight.level:
        along, track = _with_ramps(along, track, ramp)
    track_lat = np.arctan2(track[:, 2], np.hypot(track[:, 0], track[:, 1]))
    track_lon = np.arctan2(track[:, 1], track[:, 0])
    if flight.level:
        height = np.full(len(track), flight.altitude)
    else:
        share = np.minimum(np.minimum(along, along[-1] - along) / ramp, 1.0)
        height = terrain.height(track_lat, track_lon) + flight.altitude * share
    place = geodetic_to_ecef(track_lat, track_lon, height)
    length = np.sqrt(np.square(np.diff(place, axis=0)).sum(axis=1))
    t = np.concatenate([[0.0], np.cumsum(length)]) / flight.speed
    velocity = np.gradient(place, t, axis=0, edge_order=2)
    return np.column_stack([flight.start + t, place, velocity])


def _unit(lat: npt.ArrayLike, lon: npt.ArrayLike) -> Floats:
    lat, lon = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def _arc(a: Floats, b: Floats) -> float:
    return 2.0 * math.asin(min(1.0, 0.5 * float(np.sqrt(np.square(a - b).sum()))))


def _between(a: Floats, b: Floats, share: Floats) -> Floats:
    """Points on the great circle from a to b (share of the arc), as unit vectors."""
    arc = _arc(a, b)
    share = share[:, None]
    return (np.sin((1.0 - share) * arc) * a + np.sin(share * arc) * b) / math.sin(arc)


def _lengths(track: Floats) -> Floats:
    steps = np.sqrt(np.square(np.diff(track, axis=0)).sum(axis=1)) * MEAN_RADIUS
    return np.concatenate([[0.0], np.cumsum(steps)])


def _ground_track(corners: Floats, spacing: float, turn_radius: float) -> Floats:
    """Sample a route with rounded corners: (n, 3) unit vectors; empty if it has no length."""
    apart = [0] + [
        i for i in range(1, len(corners)) if _arc(corners[i - 1], corners[i]) * MEAN_RADIUS > 1.0
    ]
    corners = corners[apart]
    legs = [_arc(a, b) for a, b in pairwise(corners)]
    cuts = [0.0] * len(corners)
    for i in range(1, len(legs)):
        turn = _turn(corners[i - 1], corners[i], corners[i + 1])
        wanted = turn_radius * math.tan(min(turn, 3.0) / 2.0) / MEAN_RADIUS
        cut = min(wanted, _LONGEST_CUT * min(legs[i - 1], legs[i]))
        cuts[i] = cut if cut * MEAN_RADIUS > _SMALLEST_CUT else 0.0
    pieces: list[Floats] = []
    for i, leg in enumerate(legs):
        first, last = cuts[i] / leg, 1.0 - cuts[i + 1] / leg
        samples = max(3, math.ceil((last - first) * leg * MEAN_RADIUS / spacing) + 1)
        straight = _between(corners[i], corners[i + 1], np.linspace(first, last, samples))
        if pieces and cuts[i] > 0.0:
            a, b = pieces[-1][-1], straight[0]
            u = _CORNER
            bend = (1.0 - u) ** 2 * a + 2.0 * u * (1.0 - u) * corners[i] + u**2 * b
            pieces.append(bend / np.sqrt(np.square(bend).sum(axis=1, keepdims=True)))
        pieces.append(straight if not pieces or cuts[i] > 0.0 else straight[1:])
    return np.concatenate(pieces) if pieces else np.empty((0, 3))


def _turn(before: Floats, corner: Floats, after: Floats) -> float:
    """Change of course at a corner, rad."""
    inward = corner - before
    outward = after - corner
    cosine = float(inward @ outward) / math.sqrt(float(inward @ inward) * float(outward @ outward))
    return math.acos(min(max(cosine, -1.0), 1.0))


def _with_ramps(along: Floats, track: Floats, ramp: float) -> tuple[Floats, Floats]:
    """Add samples over the climb and the dive; points closer than 1 m to another are left out."""
    share = np.linspace(0.0, 1.0, _DIVE_SAMPLES + 1)
    length = min(ramp, 0.5 * along[-1])
    all_along = np.sort(np.concatenate([along, share * length, along[-1] - share * length]))
    apart = np.concatenate([[True], np.diff(all_along) > 1.0])
    all_along = all_along[apart]
    all_along[-1] = along[-1]
    finer = np.stack([np.interp(all_along, along, track[:, i]) for i in range(3)], axis=1)
    return all_along, finer / np.sqrt(np.square(finer).sum(axis=1, keepdims=True))
