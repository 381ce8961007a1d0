"""Shapes on the ground around a site, from what is so at bearings and ranges."""

from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from tdome.earth.geodesy import destination
from tdome.messages.base import Floats

Bools: TypeAlias = NDArray[np.bool_]

GRID_DEG = 1e-5  # about 1 m: vertices are put on it, which keeps the shapes valid in a file
_OVERLAP = 0.02  # of a cell's angle: neighbours overlap, or rounding leaves slits between them


def polar(bearings: int, ranges: int, reach: float) -> tuple[Floats, Floats]:
    """Return bearings in rad, shape (b,), and ranges in m, (r,): middles of equal cells."""
    turn = np.linspace(0.0, 2.0 * np.pi, bearings, endpoint=False) + np.pi / bearings
    return turn, np.linspace(0.0, reach, ranges, endpoint=False) + 0.5 * reach / ranges


def points_around(
    lat: float, lon: float, bearings: Floats, ranges: Floats
) -> tuple[Floats, Floats]:
    """Return latitudes and longitudes in rad, (b, r), of a polar grid around a site."""
    return destination(lat, lon, bearings[:, None], ranges[None, :])


def outline(lat: float, lon: float, reach: float, inside: Bools) -> shapely.Geometry:
    """Return the shape, in degrees (lon, lat), of the cells of a polar grid that are ``inside``.

    ``inside`` has shape (bearings, ranges), in cells as :func:`polar` gives them. Longitudes run on
    beyond 180 degrees where a shape crosses that meridian. Limit: no site within ``reach`` of a
    pole. Radii are good to half a cell, arcs are chords of one cell's angle.
    """
    bearings, ranges = inside.shape
    edges = np.zeros((bearings, ranges + 2), dtype=np.int8)
    edges[:, 1:-1] = inside
    steps = np.diff(edges, axis=1)
    row, near = np.nonzero(steps == 1)
    _, far = np.nonzero(steps == -1)
    if not len(row):
        return shapely.Polygon()
    cell, turn = reach / ranges, 2.0 * np.pi / bearings
    left, right = (row - _OVERLAP) * turn, (row + 1 + _OVERLAP) * turn
    corner_turn = np.stack([left, right, right, left], axis=1)
    corner_range = np.stack([near, near, far, far], axis=1) * cell
    lats, lons = destination(lat, lon, corner_turn, np.maximum(corner_range, 1.0))
    lons = lon + np.mod(lons - lon + np.pi, 2.0 * np.pi) - np.pi
    corners = np.degrees(np.stack([lons, lats], axis=-1))
    return joined([shapely.Polygon(strip) for strip in corners])


def joined(shapes: list[shapely.Geometry]) -> shapely.Geometry:
    """Return the union of shapes, on the grid and valid."""
    return shapely.union_all(np.array(shapes, dtype=object), grid_size=GRID_DEG)
