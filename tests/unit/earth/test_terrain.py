"""Lines of sight over flat ground and a ridge; elevation models where rasterio is there."""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tdome.earth import geodesy, wgs84
from tdome.earth.horizon import radio_horizon
from tdome.earth.terrain import FlatTerrain, GeoTiffTerrain, Terrain, line_of_sight

LAT, LON = 0.42, 2.1


def at(distance: float, height: float) -> wgs84.Floats:
    """Position over the ground east of the origin."""
    lat, lon = geodesy.destination(LAT, LON, np.pi / 2, distance)
    return wgs84.geodetic_to_ecef(lat, lon, height)


class Ridge:
    """A wall of one height, 20.0 to 20.3 km east of the origin."""

    def __init__(self, top: float) -> None:
        self.top = top

    def height(self, lat: npt.ArrayLike, lon: npt.ArrayLike) -> wgs84.Floats:
        distance = geodesy.great_circle_distance(LAT, LON, lat, lon)
        return np.where(np.abs(distance - 20_150.0) < 150.0, self.top, 0.0)


def test_flat_terrain_takes_the_shape_of_its_arguments() -> None:
    terrain: Terrain = FlatTerrain(12.0)
    assert np.array_equal(terrain.height(np.zeros((2, 1)), np.zeros(3)), np.full((2, 3), 12.0))


@pytest.mark.parametrize(("h1", "h2"), [(15.0, 50.0), (10.0, 100.0), (2600.0, 30.0)])
def test_over_the_sea_it_ends_at_the_radio_horizon(h1: float, h2: float) -> None:
    limit = float(radio_horizon(h1, h2))
    sea = FlatTerrain()
    for a, b in ((at(0.0, h1), at(0.99 * limit, h2)), (at(0.99 * limit, h2), at(0.0, h1))):
        assert line_of_sight(sea, a, b)
        assert not line_of_sight(sea, a, b, effective_earth=1.0)
    assert not line_of_sight(sea, at(0.0, h1), at(1.01 * limit, h2))


def test_a_ridge_hides_what_is_low_behind_it() -> None:
    antenna = at(0.0, 20.0)
    low, high = at(60e3, 1000.0), at(60e3, 4000.0)
    assert line_of_sight(Ridge(300.0), antenna, low) is True
    assert line_of_sight(Ridge(600.0), antenna, low) is False
    assert line_of_sight(Ridge(600.0), antenna, high) is True
    assert line_of_sight(Ridge(600.0), high, antenna) is True


def test_refraction_does_not_carry_a_high_ray_over_a_mountain() -> None:
    # 1000 km away at 300 km: geometrically 12 degrees up. A ray bent all the way would leave a
    # degree higher and pass 0.35 km further up at 20 km.
    antenna, target = at(0.0, 10.0), at(1000e3, 300e3)
    assert line_of_sight(Ridge(4150.0), antenna, target, effective_earth=1.0) is True
    assert line_of_sight(Ridge(4300.0), antenna, target, effective_earth=1.0) is False
    assert line_of_sight(Ridge(4300.0), antenna, target) is False


def test_a_point_sees_itself() -> None:
    assert line_of_sight(FlatTerrain(), at(0.0, 5.0), at(0.0, 5.0))


def test_without_rasterio_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(ModuleNotFoundError, match=r"tdome\[terrain\]"):
        GeoTiffTerrain("dem.tif")


# The affine package warns of itself when rasterio builds a transform.
quiet = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")


def write_map(path: Path, cells: npt.NDArray[np.float32], crs: str = "EPSG:4326") -> str:
    rasterio = pytest.importorskip("rasterio")
    transform = rasterio.transform.from_origin(121.0, 25.0, 0.01, 0.02)
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "nodata": -9999.0, "crs": crs}
    rows, columns = cells.shape
    with rasterio.open(
        path, "w", height=rows, width=columns, transform=transform, **profile
    ) as file:
        file.write(cells, 1)
    return str(path)


CELLS = np.array([[0, 10, 20], [100, 110, 120], [200, 210, -9999]], dtype=np.float32)


@quiet
def test_elevation_model_is_read_where_it_lies(tmp_path: Path) -> None:
    ground = GeoTiffTerrain(write_map(tmp_path / "dem.tif", CELLS), undulation=20.0)
    # Centres of cells, the middle of four, the map's very corner, a cell without a value.
    lat = np.radians([24.99, 24.97, 24.98, 25.0, 24.95])
    lon = np.radians([121.005, 121.015, 121.010, 121.0, 121.025])
    assert ground.height(lat, lon) == pytest.approx([20.0, 130.0, 75.0, 20.0, 20.0])


@quiet
def test_off_the_map_is_refused_unless_a_height_is_given(tmp_path: Path) -> None:
    name = write_map(tmp_path / "dem.tif", CELLS)
    lat, lon = np.radians([24.97, 24.97, 25.1]), np.radians([121.015, 121.04, 121.01])
    with pytest.raises(ValueError, match="2 places are off the map"):
        GeoTiffTerrain(name).height(lat, lon)
    assert GeoTiffTerrain(name, outside=-1.0).height(lat, lon) == pytest.approx([110.0, -1.0, -1.0])


@quiet
def test_maps_that_it_would_misread_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="EPSG:4326"):
        GeoTiffTerrain(write_map(tmp_path / "metres.tif", CELLS, crs="EPSG:3826"))
    with pytest.raises(ValueError, match="at least 2 x 2"):
        GeoTiffTerrain(write_map(tmp_path / "row.tif", CELLS[:1]))
