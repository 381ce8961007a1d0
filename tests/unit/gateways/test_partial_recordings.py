"""Doors for less, or more, than plots of three numbers: told places, directions, heights."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.gateways.recordings.plots import read_plots
from tdome.gateways.recordings.refusals import Refusals
from tdome.gateways.recordings.rows import assemble
from tdome.gateways.recordings.sites import read_sites, sites_of_plan
from tdome.kernel.errors import ConfigError
from tdome.plan.plan import read_plan

S = 10**9
SITES = """
[[sensors]]
name = "radar"
lat_deg = 25.0
lon_deg = 121.5
sigma_range_m = 30.0
sigma_azimuth_deg = 0.1
sigma_elevation_deg = 0.2
sigma_range_rate_m_s = 1.5
period_s = 4.0

[[sensors]]
name = "listener"
lat_deg = 24.0
lon_deg = 120.5
sigma_azimuth_deg = 1.0
period_s = 1.0

[[sensors]]
name = "station"
lat_deg = 25.0
lon_deg = 121.5
height_m = 40.0
sigma_place_m = 60.0
period_s = 5.0
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "sites.toml"
    file.write_text(text)
    return file


def plots(tmp_path: Path, columns: dict[str, list]) -> Path:
    path = tmp_path / "plots.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_a_site_file_describes_all_kinds(tmp_path):
    sites = read_sites(written(tmp_path, SITES))
    assert np.isfinite(sites.sigma).tolist() == [
        [True, True, True, True],
        [False, True, False, False],
        [False, False, False, False],
    ]
    assert np.isnan(sites.place_sigma[:2]).all()
    assert sites.place_sigma[2] == 60.0
    plain = SITES[: SITES.index('[[sensors]]\nname = "station"')]
    assert read_sites(written(tmp_path, plain)).place_sigma is None


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("sigma_place_m = 60.0", "", "sigma_azimuth_deg"),
        ("sigma_place_m = 60.0", "sigma_place_m = 60.0\nsigma_range_m = 3.0", "sigma_range_m"),
        (
            "sigma_azimuth_deg = 1.0",
            "sigma_azimuth_deg = 1.0\nsigma_range_rate_m_s = 1.0",
            "sigma_range_rate_m_s",
        ),
    ],
)
def test_a_sensor_that_can_not_be_meant_is_refused_by_name(tmp_path, old, new, key):
    with pytest.raises(ConfigError, match=key):
        read_sites(written(tmp_path, SITES.replace(old, new)))


def test_told_places_come_in_as_seen_from_their_station_and_bad_ones_are_counted(tmp_path):
    sites = read_sites(written(tmp_path, SITES))
    path = plots(
        tmp_path,
        {
            "time": [0, 0, 5 * S, 5 * S, 6 * S],
            "sensor": ["station"] * 5,
            "lat_deg": [25.3, 24.9, 25.4, 99.0, 25.0],
            "lon_deg": [121.0, 121.6, 121.2, 121.0, 121.2],
            "height_m": [9000.0, 3000.0, 9000.0, 9000.0, None],
            "sigma_m": [None, 20.0, -5.0, None, None],
            "address": [77, 78, 79, 80, 81],
        },
    )
    refused = Refusals()
    recording = assemble([read_plots(path, sites)], sites, refused)
    assert sorted(str(row["reason"]) for row in refused.table()) == [
        "error of the place is out of bounds",
        "place is not a number",
    ]
    assert recording.plots == 2
    far, a, e = recording.range_m, recording.azimuth_rad, recording.elevation_rad
    enu = np.stack([far * np.cos(e) * np.sin(a), far * np.cos(e) * np.cos(a), far * np.sin(e)])
    found = sites.origin[2] + enu.T @ sites.axes[2]
    lat, lon = np.radians([25.3, 24.9]), np.radians([121.0, 121.6])
    true = geodetic_to_ecef(lat, lon, np.array([9000.0, 3000.0]))
    assert np.abs(found - true).max() < 1e-3
    assert recording.address.tolist() == [77, 78]
    assert np.isnan(recording.height_m).all()
    assert np.isnan(recording.place_sigma_m[0])
    assert recording.place_sigma_m[1] == 20.0


def test_directions_and_rates_come_in_beside_places(tmp_path):
    sites = read_sites(written(tmp_path, SITES))
    path = plots(
        tmp_path,
        {
            "time": [0, S, 2 * S],
            "sensor": ["radar", "listener", "station"],
            "range_m": [40e3, None, None],
            "azimuth_deg": [30.0, 200.0, None],
            "elevation_deg": [4.0, None, None],
            "range_rate_m_s": [-120.0, None, None],
            "x_m": [None, None, float(sites.origin[2, 0]) + 20e3],
            "y_m": [None, None, float(sites.origin[2, 1])],
            "z_m": [None, None, float(sites.origin[2, 2]) + 10e3],
        },
    )
    refused = Refusals()
    recording = assemble([read_plots(path, sites)], sites, refused)
    assert len(refused) == 0
    assert recording.range_rate_m_s[0] == -120.0
    assert np.isnan(recording.range_m[1])
    assert recording.azimuth_rad[1] == pytest.approx(np.radians(200.0))
    assert recording.range_m[2] == pytest.approx(np.hypot(20e3, 10e3))


def test_a_plan_gives_strobes_listeners_and_stations_as_sites():
    source = Path(__file__).parents[3] / "src/tdome/scenarios/jammed-approach/plan.toml"
    sensors = read_plan(source.read_text("utf-8"), str(source)).sensors
    sites = sites_of_plan(sensors, str(source))
    kinds = dict(zip(sensors.names, sensors.kinds, strict=True))
    radars = [name for name in sites.names if kinds.get(name) in {"radar", "radar-2d"}]
    assert radars
    for name in radars:
        row = sites.names.index(f"{name} strobes")
        assert np.isnan(sites.sigma[row, [0, 2]]).all()
        assert np.isfinite(sites.sigma[row, 1])
    listeners = [name for name, kind in kinds.items() if kind == "passive-rf"]
    assert listeners
    assert set(listeners) <= set(sites.names)
    arrays = [name for name, kind in kinds.items() if kind == "acoustic"]
    assert arrays
    assert [name for n, name in enumerate(sites.names) if sites.sound[n]] == arrays
    assert len(set(sites.names)) == len(sites)
