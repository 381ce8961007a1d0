"""Distances and bearings over the ground, on the sphere of the Earth's mean radius.

Assumption: a sphere of radius R1 = (2 a + b) / 3 (Moritz, Geodetic Reference System 1980).
Limit: distances differ from the geodesic on the ellipsoid by at most 0.6 %. Good for planning,
zones and displays; positions themselves are kept in ECEF. Angles in rad, lengths in m, and all
arguments broadcast.
"""

import numpy as np
import numpy.typing as npt

from tdome.earth.wgs84 import A, B, Floats

MEAN_RADIUS = (2.0 * A + B) / 3.0  # R1 = 6371008.771 m


def great_circle_distance(
    lat1: npt.ArrayLike, lon1: npt.ArrayLike, lat2: npt.ArrayLike, lon2: npt.ArrayLike
) -> Floats:
    """Distance over the sphere in m, by the form that is stable at all separations.

    Vincenty's special case for the sphere: the arc is atan2(|a x b|, a . b), which neither loses
    digits for near points, as the cosine rule does, nor for antipodes, as haversine does.
    """
    east, north, along = _components(lat1, lon1, lat2, lon2)
    return MEAN_RADIUS * np.arctan2(np.hypot(east, north), along)


def initial_bearing(
    lat1: npt.ArrayLike, lon1: npt.ArrayLike, lat2: npt.ArrayLike, lon2: npt.ArrayLike
) -> Floats:
    """Bearing at point 1 of the great circle to point 2, rad from north, clockwise, [0, 2 pi)."""
    east, north, _ = _components(lat1, lon1, lat2, lon2)
    bearing = np.arctan2(east, north)
    bearing = np.where(bearing < 0.0, bearing + 2.0 * np.pi, bearing)
    return np.where(bearing >= 2.0 * np.pi, 0.0, bearing)


def destination(
    lat: npt.ArrayLike, lon: npt.ArrayLike, bearing: npt.ArrayLike, distance: npt.ArrayLike
) -> tuple[Floats, Floats]:
    """Latitude and longitude (in [-pi, pi)) reached along a great circle.

    Parameters
    ----------
    lat, lon
        Start, rad.
    bearing
        Direction at the start, rad from north, clockwise.
    distance
        Length over the sphere, m.
    """
    arc = np.asarray(distance, dtype=np.float64) / MEAN_RADIUS
    sin_lat, cos_lat = np.sin(lat), np.cos(lat)
    sin_arc, cos_arc = np.sin(arc), np.cos(arc)
    north = cos_lat * sin_arc * np.cos(bearing)
    z = sin_lat * cos_arc + north
    x = cos_lat * cos_arc - sin_lat * sin_arc * np.cos(bearing)
    y = sin_arc * np.sin(bearing)
    turned = np.asarray(lon, dtype=np.float64) + np.arctan2(y, x)
    return np.arctan2(z, np.hypot(x, y)), np.mod(turned + np.pi, 2.0 * np.pi) - np.pi


def slant_range(ecef_a: npt.ArrayLike, ecef_b: npt.ArrayLike) -> Floats:
    """Straight distance in m, shape (n,), between ECEF positions of shape (n, 3) or (3,)."""
    offset = np.asarray(ecef_a, dtype=np.float64) - np.asarray(ecef_b, dtype=np.float64)
    return np.asarray(np.sqrt(np.square(offset).sum(axis=-1)))


def _components(
    lat1: npt.ArrayLike, lon1: npt.ArrayLike, lat2: npt.ArrayLike, lon2: npt.ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Resolve the unit vector to point 2 along east, north and up at point 1."""
    turn = np.asarray(lon2, dtype=np.float64) - np.asarray(lon1, dtype=np.float64)
    sin1, cos1, sin2, cos2 = np.sin(lat1), np.cos(lat1), np.sin(lat2), np.cos(lat2)
    east = cos2 * np.sin(turn)
    north = cos1 * sin2 - sin1 * cos2 * np.cos(turn)
    up = sin1 * sin2 + cos1 * cos2 * np.cos(turn)
    return east, north, up
