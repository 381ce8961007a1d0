"""Height of the ground, and whether two points see each other over it.

Heights in m over the ellipsoid. Elevation models give heights over the geoid; ``undulation`` is
the local distance between the two (about 20 m over Taiwan), and one value for a map is enough
here. Without a map there is synthetic ground: a formula with a seed, the same on every machine.
"""

import importlib
import math
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tdome.earth.geodesy import MEAN_RADIUS, slant_range
from tdome.earth.horizon import EFFECTIVE_EARTH
from tdome.earth.wgs84 import Floats, ecef_to_geodetic
from tdome.kernel.jit import kernel

REFRACTING_HEIGHT = 10_000.0  # air above bends a ray no more worth counting, m
SYNTHETIC = "synthetic"  # what a scenario calls the ground without a map

# Synthetic ground (notional): rolling hills with a sea in their hollows.
_LEVEL = 150.0  # m, mean height before the sea fills what is below 0
_LONGEST_WAVE = 80_000.0  # m
_HIGHEST_WAVE = 200.0  # m, amplitude of each of the longest waves
_ROUGHNESS = 0.8  # Hurst exponent: amplitude ~ wavelength^0.8
_OCTAVES, _WAVES, _SHRINK = 6, 6, 2.2  # wavelengths down to 1.6 km, six directions each
_SEEDS = 1 << 20  # seeds repeat from here on: fractions of larger products lose digits


class Terrain(Protocol):
    """The ground: one verb, pure, for any number of places.

    ``grain``: samples this far apart (m) show every hill that there is.
    """

    grain: float

    def height(self, lat: npt.ArrayLike, lon: npt.ArrayLike) -> Floats:
        """Height of the ground in m at latitudes and longitudes in rad, which broadcast."""
        ...


class FlatTerrain:
    """Ground of the same height everywhere; 0 is a smooth sea."""

    def __init__(self, elevation: float = 0.0) -> None:
        self.elevation = elevation
        self.grain = math.inf

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
        # A quarter of a cell, in latitude: in longitude cells are narrower towards the poles.
        self.grain = 0.25 * MEAN_RADIUS * math.radians(min(abs(step.a), abs(step.e)))

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


class SyntheticTerrain:
    """Smooth fractal ground by formula: no file, and the same for the same seed everywhere.

    h(n) = max(0, h0 + sum of a_i sin(k_i . n + p_i)) over plane waves through the unit normal n,
    with a_i ~ wavelength^H (Saupe, "Algorithms for random fractals", in "The Science of Fractal
    Images", 1988, spectral synthesis). Directions and phases are fractions of multiples of the
    plastic number's powers, so that no chance is needed. It has no seam and no pole. Measured over
    four degrees: 0.4 of it is sea, the highest hill 1.5 km, slopes on land 0.08 rms. It resembles
    no real place.
    """

    grain = 100.0

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        turns = 1.0 / 1.324717957244746 ** np.arange(1, 4)  # powers of the plastic number
        count = np.arange(1, _OCTAVES * _WAVES + 1)[:, None]
        u = np.mod(count * turns + (seed % _SEEDS) * np.sqrt([2.0, 3.0, 5.0]), 1.0)
        z, angle = 2.0 * u[:, 0] - 1.0, 2.0 * np.pi * u[:, 1]
        across = np.sqrt(1.0 - z * z)
        length = _LONGEST_WAVE / _SHRINK ** (np.arange(len(u)) // _WAVES)
        number = 2.0 * np.pi * MEAN_RADIUS / length
        self._waves = np.column_stack(
            [
                number * across * np.cos(angle),
                number * across * np.sin(angle),
                number * z,
                2.0 * np.pi * u[:, 2],
                _HIGHEST_WAVE * (length / _LONGEST_WAVE) ** _ROUGHNESS,
            ]
        )

    def height(self, lat: npt.ArrayLike, lon: npt.ArrayLike) -> Floats:
        """Height of the ground in m; 0 is the sea."""
        lat, lon = np.broadcast_arrays(
            np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
        )
        out = np.empty(lat.size)
        _synthetic_rows(
            np.ascontiguousarray(lat).reshape(-1),
            np.ascontiguousarray(lon).reshape(-1),
            self._waves,
            out,
        )
        return out.reshape(lat.shape)


@kernel
def _synthetic_rows(lat: Floats, lon: Floats, waves: Floats, out: Floats) -> None:
    for i in range(lat.size):
        x = math.cos(lat[i]) * math.cos(lon[i])
        y = math.cos(lat[i]) * math.sin(lon[i])
        z = math.sin(lat[i])
        total = _LEVEL
        for k in range(len(waves)):
            phase = waves[k, 0] * x + waves[k, 1] * y + waves[k, 2] * z + waves[k, 3]
            total += waves[k, 4] * math.sin(phase)
        out[i] = max(total, 0.0)


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
