"""How likely an impact falls into each warning zone.

The normal distribution about the predicted impact is stood for by POINTS points of equal weight on
a sunflower spiral (Vogel, Mathematical Biosciences 44, 1979), stretched to its covariance; a zone's
probability is the share of the points inside its polygon: the zone's true shape, on a local plane.
Measured error for discs of 0.3 to 3 standard deviations: at most 0.03, 0.005 on average; a
zone with less than 1 / POINTS may count as 0.
"""

import math

import msgspec
import numpy as np
import shapely

from tdome.earth.geodesy import MEAN_RADIUS
from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel
from tdome.messages.base import Longs
from tdome.plan.zones import ZoneBook

POINTS = 128
BANDS = 16  # of latitude in each zone: a point is compared with the edges of its band only
_GOLDEN = math.pi * (3.0 - math.sqrt(5.0))


def _sunflower() -> Floats:
    """Return points of equal weight of the plane standard normal law, shape (POINTS, 2)."""
    order = np.arange(POINTS)
    radius = np.sqrt(-2.0 * np.log1p(-(order + 0.5) / POINTS))
    return np.stack([radius * np.cos(_GOLDEN * order), radius * np.sin(_GOLDEN * order)], axis=1)


_LATTICE = _sunflower()


class ZoneEdges(msgspec.Struct, frozen=True, eq=False):
    """Polygons as edges, holes included, for the even-odd rule; all in degrees (lon, lat).

    edges: (e, 4) x1, y1, x2, y2, once for each band that it touches. first: (z BANDS + 1,) first
    edge of each band of each zone, from the south. bounds: (z, 4) west, south, east, north.
    """

    edges: Floats
    first: Longs
    bounds: Floats


def zone_edges(zones: ZoneBook) -> ZoneEdges:
    """Return the edges of all zones of a book."""
    parts: list[Floats] = [np.zeros((0, 4))]
    count = []
    for polygon in zones.polygons:
        every = shapely.get_rings(shapely.get_parts(polygon))  # of a multi-polygon it gives none
        rings = [shapely.get_coordinates(ring) for ring in every]
        parts += [np.hstack([ring[:-1], ring[1:]]) for ring in rings]
        count.append(sum(len(ring) - 1 for ring in rings))
    edges = np.concatenate(parts)
    bounds = np.array([polygon.bounds for polygon in zones.polygons]).reshape(-1, 4)
    zone = np.repeat(np.arange(len(count)), count)
    share = (edges[:, 1::2] - bounds[zone, 1:2]) / (bounds[zone, 3:] - bounds[zone, 1:2])
    bands = np.minimum((share * BANDS).astype(np.int64), BANDS - 1)
    low, high = bands.min(axis=1), bands.max(axis=1)
    # The same formula as for points: rounding can not part an edge from a point beside it.
    pairs = [
        (zone[k] * BANDS + band, k)
        for k in range(len(edges))
        for band in range(low[k], high[k] + 1)
    ]
    place, edge = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2).T
    first = np.searchsorted(place, np.arange(len(count) * BANDS + 1)).astype(np.int64)
    return ZoneEdges(edges[edge], first, bounds)


@kernel
def _inside1(x: float, y: float, edges: Floats, first: int, last: int) -> bool:
    inside = False
    for k in range(first, last):
        y1, y2 = edges[k, 1], edges[k, 3]
        if (y1 > y) != (y2 > y):
            x1, x2 = edges[k, 0], edges[k, 2]
            if x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
                inside = not inside
    return inside


@kernel
def _spread_points(lat: float, lon: float, covariance: Floats, out: Floats) -> None:
    """Put the points of one impact into ``out``, shape (POINTS, 2): lon, lat in degrees."""
    ee, en, nn = max(covariance[0], 1.0), covariance[1], max(covariance[2], 1.0)
    # Cholesky factor; a covariance in single precision may have lost its last positive digit.
    a = math.sqrt(ee)
    b = en / a
    c = math.sqrt(max(nn - b * b, 0.0))
    to_lat = math.degrees(1.0 / MEAN_RADIUS)
    to_lon = to_lat / math.cos(lat)
    for k in range(len(_LATTICE)):
        u, v = _LATTICE[k, 0], _LATTICE[k, 1]
        out[k, 0] = math.degrees(lon) + to_lon * a * u
        out[k, 1] = math.degrees(lat) + to_lat * (b * u + c * v)


@kernel
def zone_shares(impact: Floats, edges: Floats, first: Longs, bounds: Floats, out: Floats) -> None:
    """Fill ``out``, shape (n, z): the share of each impact that falls into each zone.

    Parameters
    ----------
    impact
        Shape (n, 5): latitude, longitude (rad), covariance east-east, east-north, north-north
        (m^2).
    edges, first, bounds
        As in :class:`ZoneEdges`.
    """
    points = np.empty((len(_LATTICE), 2))
    for row in range(len(impact)):
        _spread_points(impact[row, 0], impact[row, 1], impact[row, 2:], points)
        west, east = points[:, 0].min(), points[:, 0].max()
        south, north = points[:, 1].min(), points[:, 1].max()
        for zone in range(len(bounds)):
            out[row, zone] = 0.0
            w, s, e, n = bounds[zone, 0], bounds[zone, 1], bounds[zone, 2], bounds[zone, 3]
            if w > east or e < west or s > north or n < south:
                continue
            count = 0
            for k in range(len(points)):
                x, y = points[k, 0], points[k, 1]
                if w <= x <= e and s <= y <= n:
                    band = zone * BANDS + min(int((y - s) / (n - s) * BANDS), BANDS - 1)
                    count += _inside1(x, y, edges, first[band], first[band + 1])
            out[row, zone] = count / len(points)
