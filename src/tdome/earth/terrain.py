"""Height of the ground, and whether two points see each other over it.

Heights in m over the ellipsoid. Elevation models give heights over the geoid; ``undulation`` is
the local distance between the two (about 20 m over Taiwan), and one value for a map is enough
here.
"""

import importlib
import math
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tdome.earth.geodesy import MEAN_RADIUS, slant_range
from tdome.earth.horizon import EFFECTIVE_EARTH
from tdome.earth.wgs84 import Floats, ecef_to_geodetic

REFRACTING_HEIGHT = 10_000.0  # air above bends a ray no more worth counting, m


class Terrain(Protocol):
    """The ground: one verb, pure, for any number of places."""

    def height(self, lat: npt.ArrayLike, lon: npt.ArrayLike) -> Floats:
        """Height of the ground in m at latitudes and longitudes in rad, which broadcast."""
        ...


class FlatTerrain:
    """Ground of the same height everywhere; 0 is a smooth sea."""

    def __init__(self, elevation: float = 0.0) -> None:
        self.elevation = elevation

    def height(self, lat: npt.ArrayLike, lon: npt.ArrayLike) -> Floats:
        """Return the one height, in the shape that the arguments broadcast to."""
        return np.full(np.broadcast_shapes(np.shape(lat), np.shape(lon)), self.elevation)


class GeoTiffTerrain:
    """Ground from an elevation model in geographic coordinates, bilinear between its cells.

    Parameters
    ----------
    source
        File name or URL, as rasterio takes it: first band, heights in m, degrees, north up.
    undulation
        Height of the map's zero over the ellipsoid, m.
    outside
        Height for places off the map, m over the ellipsoid; None refuses them.

    Raises
    ------
    ModuleNotFoundError
        rasterio is missing.
    ValueError
        The map is projected, rotated, or smaller than two cells a side.
    """

    def __init__(self, source: str, undulation: float = 0.0, outside: float | None = None) -> None:
        try:
            rasterio = importlib.import_module("rasterio")
        except ModuleNotFoundError as error:
            message = "terrain from GeoTIFF needs rasterio: pip install 'tdome[terrain]'"
            raise ModuleNotFoundError(message) from error
        with rasterio.open(source) as dataset:
            step = dataset.transform
            if dataset.crs is None or not dataset.crs.is_geographic or step.b or step.d:
                raise ValueError(f"{source}: not north-up degrees; gdalwarp -t_srs EPSG:4326")
            # Cells without a value are sea in the usual models.
            cells = dataset.read(1, masked=True).filled(0).astype(np.float64)
        if min(cells.shape) < 2:  # noqa: PLR2004 - bilinear needs two rows and two columns
            raise ValueError(f"{source}: {cells.shape} cells, at least 2 x 2 needed")
        self.outside = outside
        self._cells = cells + undulation
        self._west, self._north = step.c, step.f
        self._column_step, self._row_step = step.a, step.e

    def height(self, lat: npt.ArrayLike, lon: npt.ArrayLike) -> Floats:
        """Height of the ground in m; in the outer half cell it is that of the cell's centre.

        Raises
        ------
        ValueError
            A place is off the map and no ``outside`` was given.
        """
        rows, columns = self._cells.shape
        row = (np.degrees(lat) - self._north) / self._row_step - 0.5
        column = (np.degrees(lon) - self._west) / self._column_step - 0.5
        row, column = np.broadcast_arrays(row, column)
        # Rows and columns count from the centre of the first cell; the map ends half a cell out.
        centre = 0.5 * (rows - 1), 0.5 * (columns - 1)
        off = (abs(row - centre[0]) > 0.5 * rows) | (abs(column - centre[1]) > 0.5 * columns)
        if self.outside is None and off.any():
            raise ValueError(f"{int(off.sum())} places are off the map; set outside=0.0 for sea")
        row = np.clip(row, 0.0, rows - 1.0)
        column = np.clip(column, 0.0, columns - 1.0)
        i = np.minimum(row.astype(np.int64), rows - 2)
        j = np.minimum(column.astype(np.int64), columns - 2)
        v, u = row - i, column - j
        upper = self._cells[i, j] * (1.0 - u) + self._cells[i, j + 1] * u
        lower = self._cells[i + 1, j] * (1.0 - u) + self._cells[i + 1, j + 1] * u
        inside = upper * (1.0 - v) + lower * v
        return inside if self.outside is None else np.where(off, self.outside, inside)


def line_of_sight(
    terrain: Terrain,
    ecef_a: Floats,
    ecef_b: Floats,
    effective_earth: float = EFFECTIVE_EARTH,
    spacing: float = 100.0,
) -> bool:
    """Whether a ray between two points clears the ground, sampled along its path.

    The straight chord is compared with the ground at each sample, lifted by refraction: the ray
    curves down by (1 - 1 / k) / R while it is under 10 km and runs straight above. Where both
    ends are under 10 km this is the usual 4/3 Earth, lift = (1 - 1 / k) d (D - d) / (2 R).

    Parameters
    ----------
    terrain
        The ground.
    ecef_a, ecef_b
        The two ends, shape (3,), ECEF, m.
    effective_earth
        The factor k; 1 is the geometric line.
    spacing
        Largest distance between samples, m. Ridges narrower than this may be missed.
    """
    ends = np.stack([ecef_a, ecef_b])
    distance = float(slant_range(ecef_a, ecef_b))
    samples = math.ceil(distance / spacing) + 1
    share = np.linspace(0.0, 1.0, samples)[:, None]
    lat, lon, height = ecef_to_geodetic(ends[0] + share * (ends[1] - ends[0]))
    # From the lower end, because that is the one in the thick air.
    along = share[:, 0] * distance if height[0] <= height[-1] else (1.0 - share[:, 0]) * distance
    bent = distance * float(np.mean(height < REFRACTING_HEIGHT))
    curvature = (1.0 - 1.0 / effective_earth) / MEAN_RADIUS
    slope = curvature * bent * (distance - 0.5 * bent) / max(distance, 1.0)
    inner = np.minimum(along, bent)
    fall = curvature * (0.5 * inner * inner + bent * (along - inner))
    ray = height + slope * along - fall
    # The ends themselves do not count: an antenna may stand on the ground.
    return bool(np.all(ray[1:-1] > terrain.height(lat[1:-1], lon[1:-1])))
