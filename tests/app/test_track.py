"""``tdome track`` and ``tdome bench`` as a person meets them."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tdome as td
from tdome.earth.wgs84 import ecef_to_geodetic, enu_axes, geodetic_to_ecef
from tdome.run.tracking.bench import recorded
from tdome.run.tracking.scene import scene

from .conftest import Tdome, is_one_line_of_complaint

LAT, LON = 25.0, 121.5
SITES = f"""
[[sensors]]
name = "radar"
lat_deg = {LAT}
lon_deg = {LON}
sigma_range_m = 25.0
sigma_azimuth_deg = 0.15
sigma_elevation_deg = 0.2
period_s = 4.0
max_range_km = 200
false_plots_per_scan = 100
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with plots, sites and truth of one sky, in the formats of the docs."""
    folder = tmp_path_factory.mktemp("sky")
    recording, _, truth = scene(20, scans=20, seed=3)
    at = np.repeat(recording.at, np.diff(recording.start)) + 1_800_000_000 * 10**9
    plots = {
        "time": pa.array(at, pa.timestamp("ns", "UTC")),
        "sensor": ["radar"] * recording.plots,
        "range_m": recording.range_m,
        "azimuth_deg": np.degrees(recording.azimuth_rad),
        "elevation_deg": np.degrees(recording.elevation_rad),
    }
    pq.write_table(pa.table(plots), folder / "plots.parquet")
    (folder / "sites.toml").write_text(SITES)
    axes = enu_axes(np.radians(LAT), np.radians(LON))
    origin = geodetic_to_ecef(np.radians(LAT), np.radians(LON), 0.0)
    place, speed = truth.state[:, :3] @ axes + origin, truth.state[:, 3:] @ axes
    names = ("x_m", "y_m", "z_m", "vx_m_s", "vy_m_s", "vz_m_s")
    columns = dict(zip(names, np.hstack([place, speed]).T, strict=True))
    when = truth.at + 1_800_000_000 * 10**9
    pq.write_table(
        pa.table({"time": when, "flyer": truth.flyer, **columns}), folder / "truth.parquet"
    )
    return folder


def test_plots_sites_and_truth_of_ones_own(tdome: Tdome, files: Path, tmp_path: Path) -> None:
    said = tdome(
        *("track", files / "plots.parquet", "--sensors", files / "sites.toml"),
        *("--score", files / "truth.parquet", "--out", tmp_path / "out", "--json"),
    )
    assert said.code == 0, said.err
    found = said.json
    assert found["frame"] == "wgs84"
    assert found["refused"] == []
    assert found["score"]["siap"]["completeness"] > 0.7
    assert found["score"]["siap"]["spuriousness"] < 0.1
    assert found["score"]["rms_m"] < 500.0
    kept = pq.read_table(tmp_path / "out" / "tracks.parquet")
    assert kept.num_rows == found["rows"]
    x = np.column_stack([kept[name].to_numpy() for name in ("x_m", "y_m", "z_m")])
    lat, _, _ = ecef_to_geodetic(x)
    np.testing.assert_allclose(kept["lat_deg"].to_numpy(), np.degrees(lat))
    lines = json.loads((tmp_path / "out" / "tracks.geojson").read_text())["features"]
    assert len(lines) == found["tracks"]
    for line in lines:
        places = np.atleast_2d(line["geometry"]["coordinates"])
        assert len(places) == len(line["properties"]["times"])
        assert np.abs(places[:, 0] - LON).max() < 3.0
        assert np.abs(places[:, 1] - LAT).max() < 3.0
    assert kept["number"].to_numpy().max() >= max(line["properties"]["number"] for line in lines)


def test_the_python_verb_gives_the_same(files: Path) -> None:
    told: list[float] = []
    options = {"sensors": files / "sites.toml", "truth": files / "truth.parquet"}
    plain = td.track(files / "plots.parquet", **options)
    shown = td.track(
        files / "plots.parquet", **options, progress=lambda now, tracks: told.append(now)
    )
    assert told == sorted(told)
    assert told[-1] == pytest.approx(76.0)
    np.testing.assert_array_equal(plain.tracks.state, shown.tracks.state)
    np.testing.assert_array_equal(plain.tracks.number, shown.tracks.number)
    again = td.track(plain.recording, sensors=plain.sites, settings=plain.settings)
    np.testing.assert_array_equal(again.tracks.state, plain.tracks.state)


@pytest.mark.parametrize("association", ["jpda", "lmb"])
def test_other_associations_track_too(files: Path, association: str) -> None:
    options = {"sensors": files / "sites.toml", "truth": files / "truth.parquet"}
    done = td.track(files / "plots.parquet", association=association, **options)
    assert done.settings.association == association
    assert done.score is not None
    assert done.score.siap.completeness > 0.7


def test_the_unscented_filter_tracks_the_same_flyers(files: Path) -> None:
    given = {"sensors": files / "sites.toml", "truth": files / "truth.parquet"}
    ukf = td.track(files / "plots.parquet", settings="ukf", **given)
    ekf = td.track(files / "plots.parquet", settings="ekf", **given)
    assert ukf.settings.filter == "ukf"
    assert ukf.score is not None
    assert ukf.score.siap.completeness > 0.7
    assert not np.array_equal(ukf.tracks.state, ekf.tracks.state)


def test_refused_rows_are_shown_and_kept(tdome: Tdome, files: Path, tmp_path: Path) -> None:
    table = pq.read_table(files / "plots.parquet").to_pydict()
    table["range_m"][3] = -1.0
    table["sensor"][5] = "stranger"
    pq.write_table(pa.table(table), tmp_path / "plots.parquet")
    words = ("track", tmp_path / "plots.parquet", "--sensors", files / "sites.toml")
    said = tdome(*words, "--out", tmp_path / "out")
    assert said.code == 0
    assert "1: range is not positive" in said.out
    assert "1: sensor is not in the sites" in said.out
    kept = pq.read_table(tmp_path / "out" / "refused.parquet").to_pydict()
    assert sorted(kept["row"]) == [3, 5]


def test_a_run_is_tracked_again(tdome: Tdome, finished: Path) -> None:
    said = tdome("track", finished, "--score", finished, "--json")
    assert said.code == 0, said.err
    assert said.json["tracks"] >= 1
    assert said.json["score"]["siap"]["spuriousness"] < 0.2


def test_mistakes_are_told_in_one_line(tdome: Tdome, files: Path, tmp_path: Path) -> None:
    plots, sites = files / "plots.parquet", files / "sites.toml"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("")
    (tmp_path / "notes.txt").write_text("")
    empty = tmp_path / "empty.parquet"
    pq.write_table(pq.read_table(plots).slice(0, 0), empty)
    cases = {
        (): "name what to track",
        (plots,): "--sensors",
        (tmp_path / "plot.parquet",): "no such file",
        (tmp_path / "notes.txt",): ".txt is not known",
        (tmp_path,): "without journal.mcap",
        (plots, "--sensors", sites, "--filter", "imn"): "'imm'",
        (plots, "--sensors", sites, "--association", "jdpa"): "'jpda'",
        (plots, "--association", "lmb", "--filter", "ekf"): "does not go with",
        (plots, "--association", "lmb", "--filter", "ukf"): "does not go with",
        (plots, "--sensors", plots): "plots.parquet",
        (plots, "--sensors", sites, "--score", tmp_path / "no.parquet"): "no such file",
        (plots, "--sensors", sites, "--out", tmp_path / "full"): "not an empty folder",
        (plots, "--sensors", sites, "--out", tmp_path / "t.csv"): ".csv is not known",
        (plots, "--sensors", sites, "--out", plots): "is there already",
        (empty, "--sensors", sites): "no plot that can be used",
        (plots, "--sensors", sites, "--cutoff-m", "-1"): "> 0",
    }
    for words, wanted in cases.items():
        said = tdome("track", *words)
        assert said.code == 2, (words, said)
        assert is_one_line_of_complaint(said), (words, said)
        assert wanted in said.err, (words, said)


def test_bench_measures_and_names_the_record(tdome: Tdome, tmp_path: Path) -> None:
    recording, sites, truth = scene(10, scans=8, seed=2)
    np.savez(tmp_path / "small.npz", **as_npz(recording, sites, truth))
    said = tdome("bench", "tracking", tmp_path / "small.npz", "--json")
    assert said.code == 0, said.err
    assert {row["filter"] for row in said.json["measured"]} == {"ekf", "imm"}
    assert all(row["plots"] == recording.plots for row in said.json["measured"])
    assert said.json["recorded"]["made"]["stonesoup"]
    assert tdome("bench", "tracking", tmp_path / "none.npz").code == 2


def as_npz(recording, sites, truth) -> dict:
    state = truth.state.reshape(len(recording), -1, 6)[:, :, [0, 3, 1, 4, 2, 5]]
    azimuth = 0.5 * np.pi - recording.azimuth_rad
    return {
        "t": recording.at * 1e-9,
        "truth": state,
        "det_k": np.repeat(np.arange(len(recording)), np.diff(recording.start)),
        "det_radar": np.zeros(recording.plots, int),
        "det_z": np.column_stack([recording.range_m, azimuth, recording.elevation_rad]),
        "radar_pos": sites.origin,
        "R_diag": sites.sigma[0, :3] ** 2,
        "pd": 0.9,
        "lam": float(sites.false_plots[0]),
        "bounds": np.array([3e3, 160e3, -np.pi, np.pi, 0.0, 0.7]),
    }


def test_the_record_is_that_of_the_repository() -> None:
    file = Path(__file__).parents[2] / "benchmarks" / "tracking" / "results.json"
    if not file.is_file():
        pytest.skip("no recorded benchmark beside the source")
    assert recorded() == json.loads(file.read_text()), (
        "copy it to src/tdome/run/tracking/recorded.json"
    )
