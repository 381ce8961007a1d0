"""Doors of recordings: what comes in, what is refused with where and why, what a person is told."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.gateways.recordings.npz import read_npz, read_npz_truth
from tdome.gateways.recordings.plots import read_plots, read_truth_table
from tdome.gateways.recordings.refusals import Refusals
from tdome.gateways.recordings.rows import Rows, assemble
from tdome.gateways.recordings.sites import read_sites
from tdome.kernel.errors import ConfigError
from tdome.messages.recording import Recording
from tdome.plan.books.sites import SiteBook

S = 10**9
SITES = """
[[sensors]]
name = "north"
lat_deg = 25.0
lon_deg = 121.5
height_m = 100.0
sigma_range_m = 30.0
sigma_azimuth_deg = 0.1
sigma_elevation_deg = 0.2
max_range_km = 300
period_s = 4.0

[[sensors]]
name = "flat-eyed"
lat_deg = 24.0
lon_deg = 120.5
sigma_range_m = 50.0
sigma_azimuth_deg = 0.2
period_s = 10.0
"""


@pytest.fixture
def sites(tmp_path: Path):
    file = tmp_path / "sites.toml"
    file.write_text(SITES)
    return read_sites(file)


def rows(count: int, **columns) -> Rows:
    made = {
        "source": "file",
        "at": np.arange(count) * 4 * S,
        "sensor": np.zeros(count, np.int32),
        "range_m": np.linspace(1e4, 2e4, count),
        "azimuth_rad": np.linspace(0.1, 0.2, count),
        "elevation_rad": np.full(count, 0.1),
        "range_rate_m_s": np.full(count, np.nan),
        "snr_db": np.full(count, np.nan, np.float32),
        "address": np.full(count, -1, np.int32),
        "height_m": np.full(count, np.nan),
    }
    return Rows(**(made | columns))


def test_sites_in_si_on_the_ellipsoid(sites) -> None:
    assert sites.names == ("north", "flat-eyed")
    assert not sites.flat
    assert np.linalg.norm(sites.origin, axis=1) == pytest.approx([6_374_500.0] * 2, rel=1e-3)
    np.testing.assert_allclose(sites.sigma[0, :3], [30.0, *np.radians([0.1, 0.2])])
    assert np.isnan(sites.sigma[1, 2])
    assert sites.reach[0].tolist() == [0.0, 300e3]
    east, north, up = sites.axes[0]
    np.testing.assert_allclose(np.cross(east, north), up, atol=1e-15)
    assert up @ sites.origin[0] > 0.999 * np.linalg.norm(sites.origin[0])


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("lat_deg = 25.0", "lat_dg = 25.0", "nearest valid key: 'lat_deg'"),
        ("lat_deg = 25.0", "lat_deg = 95.0", "<= 90"),
        ("lat_deg = 25.0\n", "", "sensors[0].lat_deg"),
        ("height_m = 100.0", "east_m = 5.0", "sensors[0].east_m"),
        ("max_range_km = 300", "min_range_km = 600", "is not below max_range_km"),
        ('name = "flat-eyed"', 'name = "north"', "north"),
        ("period_s = 4.0", "", "period_s"),
        ("period_s = 4.0", "period_s = 4.0\ncell_range_m = 99.0", "sensors[0].cell_azimuth_deg"),
    ],
)
def test_a_wrong_site_file_is_told_with_place_and_cure(
    tmp_path: Path, old: str, new: str, wanted: str
) -> None:
    file = tmp_path / "sites.toml"
    assert old in SITES
    file.write_text(SITES.replace(old, new, 1))
    with pytest.raises(ConfigError) as told:
        read_sites(file)
    assert wanted in str(told.value)
    assert told.value.file == str(file)


def test_a_plan_gives_its_radars(tmp_path: Path) -> None:
    plan = Path(__file__).parents[3] / "src/tdome/scenarios/first-steps/plan.toml"
    sites = read_sites(plan)
    assert sites.names == ("radar", "radar strobes")
    assert not sites.flat
    assert (sites.detection > 0.0).all()
    assert sites.cell is not None
    assert sites.cell.shape == (2, 3)


def test_a_site_file_may_tell_cells_of_resolution(tmp_path: Path, sites) -> None:
    assert sites.cell.tolist() == [[0.0] * 3] * 2
    cells = "cell_range_m = 150\ncell_azimuth_deg = 1.5\ncell_elevation_deg = 2"
    file = tmp_path / "cells.toml"
    file.write_text(SITES.replace("period_s = 4.0", f"period_s = 4.0\n{cells}"))
    found = read_sites(file).cell
    np.testing.assert_allclose(found, [[150.0, *np.radians([1.5, 2.0])], [0.0] * 3])


def test_each_fault_of_a_row_is_refused_with_its_reason_and_place(sites) -> None:
    count = 40
    given = rows(count)
    far, angle, up = (getattr(given, n).copy() for n in ("range_m", "azimuth_rad", "elevation_rad"))
    sensor, at, rate = given.sensor.copy(), given.at.copy(), given.range_rate_m_s.copy()
    sensor[0], sensor[1] = -1, 7
    far[2], far[3], far[4] = np.nan, -5.0, 1e9
    angle[5], angle[6] = np.inf, 9.0
    up[7], up[8] = np.nan, 2.0
    rate[9] = 1e6
    at[10] = np.iinfo(np.int64).max
    at[11] = 400 * 86_400 * S
    address = given.address.copy()
    address[12] = 1 << 25
    refused = Refusals()
    bad = rows(
        count,
        at=at,
        sensor=sensor,
        range_m=far,
        azimuth_rad=angle,
        elevation_rad=up,
        range_rate_m_s=rate,
        address=address,
    )
    made = assemble([bad], sites, refused)
    assert made.plots == count - 13
    assert len(refused) == 13
    told = {row["reason"]: row["first_rows"] for row in refused.table()}
    assert told == {
        "sensor is not in the sites": [0, 1],
        "range is not a number": [2],
        "range is not positive": [3],
        "range out of bounds": [4],
        "azimuth is not a number": [5],
        "azimuth out of bounds": [6],
        "elevation is not a number": [7],
        "elevation out of bounds": [8],
        "range rate out of bounds": [9],
        "time is missing": [10],
        "time is more than a day from the other rows": [11],
        "transponder address out of bounds": [12],
    }
    assert sorted(refused.rows()["row"]) == list(range(13))


def test_a_scan_that_comes_minutes_late_is_refused(sites) -> None:
    at = np.repeat(np.arange(20) * 4 * S, 2)
    at[20:22] -= 300 * S
    refused = Refusals()
    made = assemble([rows(40, at=at)], sites, refused)
    assert made.plots == 38
    assert refused.table()[0]["reason"] == "time is out of order by more than a minute"
    assert refused.rows()["row"] == [20, 21]


def test_a_radar_without_heights_needs_none(sites) -> None:
    refused = Refusals()
    flat = rows(5, sensor=np.ones(5, np.int32), elevation_rad=np.full(5, np.nan))
    assert assemble([flat], sites, refused).plots == 5
    assert len(refused) == 0


def test_a_scan_that_comes_twice_counts_once(sites) -> None:
    refused = Refusals()
    one = rows(6)
    made = assemble([one, one], sites, refused)
    assert made.plots == 6
    assert refused.table()[0]["reason"] == "the same plot came before"
    assert len(refused) == 6


def is_in_order(made: Recording) -> bool:
    key = [(int(t), int(s)) for t, s in zip(made.at, made.sensor, strict=True)]
    return key == sorted(set(key)) and made.start[0] == 0 and made.start[-1] == made.plots


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 60))
def test_any_rows_give_a_recording_in_order_or_a_reason(seed: int, count: int) -> None:
    """Whatever stands in a file: no traceback, every row is in the recording or refused."""
    rng = np.random.default_rng(seed)
    wild = np.array([np.nan, np.inf, -np.inf, 0.0, -1.0, 1e300, 5e3])

    def numbers(low: float, high: float) -> np.ndarray:
        good = rng.uniform(low, high, count)
        return np.where(rng.uniform(size=count) < 0.2, rng.choice(wild, count), good)

    given = rows(
        count,
        at=rng.choice([0, 4 * S, 8 * S, -(2**63), 2**63 - 1, 10**18], count),
        sensor=rng.integers(-2, 4, count).astype(np.int32),
        range_m=numbers(1e3, 1e5),
        azimuth_rad=numbers(-3.0, 6.0),
        elevation_rad=numbers(-1.0, 1.0),
        range_rate_m_s=numbers(-300.0, 300.0),
        address=rng.integers(-5, 2**25, count).astype(np.int32),
    )
    book = SiteBook(
        names=("a", "b"),
        flat=True,
        origin=np.zeros((2, 3)),
        axes=np.tile(np.eye(3), (2, 1, 1)),
        sigma=np.array([[25.0, 0.003, 0.003, np.nan], [25.0, 0.003, np.nan, np.nan]]),
        detection=np.full(2, 0.9),
        false_plots=np.full(2, 10.0),
        reach=np.array([[0.0, 2e5]] * 2),
        elevation=np.array([[0.0, 1.0]] * 2),
        period=np.full(2, 4.0),
    )
    refused = Refusals()
    made = assemble([given], book, refused)
    assert made.plots + len(refused) == count
    assert is_in_order(made)
    assert ((made.azimuth_rad >= 0.0) & (made.azimuth_rad < 2.0 * np.pi)).all()


def test_order_in_the_file_does_not_matter(sites) -> None:
    shuffled = np.random.default_rng(1).permutation(30)
    plain = rows(30)
    other = rows(30, **{n: getattr(plain, n)[shuffled] for n in ("at", "range_m", "azimuth_rad")})
    one, two = (assemble([r], sites, Refusals()) for r in (plain, other))
    for name in Recording.__struct_fields__:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def table(**columns) -> pa.Table:
    made = {
        "time": pa.array(np.arange(4) * 4 * S, pa.timestamp("ns", "UTC")),
        "sensor": ["north", "north", "flat-eyed", "nowhere"],
        "range_m": [1e4, 2e4, 3e4, 4e4],
        "azimuth_deg": [10.0, 350.0, 20.0, 30.0],
        "elevation_deg": pa.array([1.0, 2.0, None, 3.0]),
    }
    return pa.table(made | columns)


def test_parquet_plots(tmp_path: Path, sites) -> None:
    pq.write_table(table(), tmp_path / "plots.parquet")
    refused = Refusals()
    made = assemble([read_plots(tmp_path / "plots.parquet", sites)], sites, refused)
    assert made.plots == 3
    assert refused.table()[0]["reason"] == "sensor is not in the sites"
    np.testing.assert_allclose(np.degrees(made.azimuth_rad), [10.0, 350.0, 20.0])
    assert np.isnan(made.elevation_rad[2])
    assert made.sensor.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"azimuth_deg": None, "azimut_deg": [1.0] * 4}, "nearest column: 'azimut_deg'"),
        ({"time": [0.0, 1.0, 2.0, 3.0]}, "expected a timestamp"),
        ({"sensor": [1, 2, 3, 4]}, "names of sites"),
        ({"range_m": ["a"] * 4}, "expected numbers"),
        ({"azimuth_rad": [0.1] * 4}, "both azimuth_deg and azimuth_rad"),
    ],
)
def test_wrong_columns_are_told(tmp_path: Path, sites, change: dict, wanted: str) -> None:
    made = table()
    for name, column in change.items():
        made = made.drop_columns([name]) if name in made.column_names else made
        made = made if column is None else made.append_column(name, pa.array(column))
    pq.write_table(made, tmp_path / "plots.parquet")
    with pytest.raises(ConfigError, match=wanted):
        read_plots(tmp_path / "plots.parquet", sites)


def test_truth_in_the_wrong_frame_is_told(tmp_path: Path, sites) -> None:
    columns = {name: [1.0] for name in ("x_m", "y_m", "z_m", "vx_m_s", "vy_m_s", "vz_m_s")}
    made = pa.table({"time": [0], "flyer": ["a"], **columns})
    pq.write_table(made, tmp_path / "truth.parquet")
    with pytest.raises(ConfigError, match="inside the Earth"):
        read_truth_table(tmp_path / "truth.parquet", sites)


def scene(**changes) -> dict:
    truth = np.full((3, 2, 6), 1e4)
    truth[2, 1] = np.nan
    made = {
        "t": np.array([0.0, 4.0, 8.0]),
        "truth": truth,
        "det_k": np.array([0, 0, 2], np.int32),
        "det_radar": np.array([0, 1, 1], np.int16),
        "det_z": np.array([[1e4, 0.0, 0.1], [1e4, np.pi / 2, 0.1], [2e4, np.pi, 0.1]]),
        "radar_pos": np.zeros((2, 3)),
        "R_diag": np.array([625.0, 1e-5, 1e-5]),
        "pd": np.array(0.9),
        "lam": np.array(100.0),
        "bounds": np.array([3e3, 1.6e5, -np.pi, np.pi, 0.0, 0.7]),
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


def test_a_scene_is_turned_to_azimuths_from_north(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", **scene())
    made, book = read_npz(tmp_path / "s.npz", Refusals())
    assert book.flat
    assert len(made) == 6  # three times, two radars, most scans empty
    assert made.start.tolist() == [0, 1, 2, 2, 2, 2, 3]
    np.testing.assert_allclose(made.azimuth_rad, [np.pi / 2, 0.0, 1.5 * np.pi])
    truth = read_npz_truth(tmp_path / "s.npz")
    assert truth.flyer.tolist() == [0, 1, 0, 1, 0]


def test_bad_plots_of_a_scene_are_refused(tmp_path: Path) -> None:
    z = scene()["det_z"].copy()
    z[0, 0] = np.nan
    np.savez(tmp_path / "s.npz", **scene(det_z=z, det_k=np.array([0, 77, 2], np.int32)))
    refused = Refusals()
    made, _ = read_npz(tmp_path / "s.npz", refused)
    assert made.plots == 1
    reasons = [row["reason"] for row in refused.table()]
    assert reasons == ["time is missing", "range is not a number"]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"bounds": None}, "no array 'bounds'"),
        ({"det_z": np.zeros((3, 2))}, "det_z"),
        ({"det_k": np.zeros(5, np.int32)}, "det_k"),
        ({"t": np.array([0.0, 8.0, 4.0])}, "must be finite and ascend"),
        ({"R_diag": np.array(["a", "b", "c"])}, "expected numbers"),
    ],
)
def test_wrong_scenes_are_told(tmp_path: Path, changes: dict, wanted: str) -> None:
    np.savez(tmp_path / "s.npz", **scene(**changes))
    with pytest.raises(ConfigError, match=wanted):
        read_npz(tmp_path / "s.npz", Refusals())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nonsense", b"\x93NUMPY"])
def test_a_broken_file_is_told(tmp_path: Path, content: bytes, sites) -> None:
    (tmp_path / "s.npz").write_bytes(content)
    with pytest.raises(ConfigError, match=r"not a readable \.npz"):
        read_npz(tmp_path / "s.npz", Refusals())
    with pytest.raises(ConfigError, match="not a readable Parquet"):
        read_plots(tmp_path / "s.npz", sites)


def test_the_site_file_of_the_documentation_is_one(tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "docs/concepts/tracking/formats.md"
    example = page.read_text("utf-8").split("```toml\n")[1].split("```")[0]
    (tmp_path / "sites.toml").write_text(example)
    book = read_sites(tmp_path / "sites.toml")
    assert book.names == ("hill", "coast", "listener", "station")
    assert np.isfinite(book.sigma[0]).all()
