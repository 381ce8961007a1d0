"""``tdome track`` with two radars: biases are found and told, plots that come late are used."""

from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tdome as td
from tdome.app.track import _biases as bias_lines
from tdome.command.tracking.central.tracker import Registered, SiteBias
from tdome.messages.recording import Recording, TruthHistory
from tdome.run.tracking.scene import scene

from .conftest import Tdome

SITE = """
[[sensors]]
name = "{name}"
east_m = 0.0
north_m = 0.0
up_m = 0.0
sigma_range_m = 25.0
sigma_azimuth_deg = 0.15
sigma_elevation_deg = 0.2
period_s = 4.0
max_range_km = 200
false_plots_per_scan = 100
"""
BIAS_M = 80.0


def columns(recording: Recording, name: str, shift_s: float, bias_m: float) -> dict[str, object]:
    at = np.repeat(recording.at, np.diff(recording.start)) + round(shift_s * 1e9)
    return {
        "time": pa.array(at, pa.timestamp("ns", "UTC")),
        "sensor": [name] * recording.plots,
        "range_m": recording.range_m + bias_m,
        "azimuth_deg": np.degrees(recording.azimuth_rad),
        "elevation_deg": np.degrees(recording.elevation_rad),
    }


def written(folder: Path, bias_m: float) -> TruthHistory:
    """Write the plots of one radar as those of two: its scans in turn are of the one and other."""
    recording, _, truth = scene(30, scans=24, seed=5)
    tables = []
    for which, name in enumerate(("near", "far")):
        mine = np.arange(which, len(recording), 2)
        part, _ = recording.taken(mine)
        tables.append(pa.table(columns(part, name, 0.0, bias_m * which)))
    pq.write_table(pa.concat_tables(tables), folder / "plots.parquet")
    sites = 'frame = "flat"\n' + "".join(SITE.format(name=name) for name in ("near", "far"))
    (folder / "sites.toml").write_text(sites)
    return truth


@pytest.fixture(scope="module")
def biased(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TruthHistory]:
    """Return plots of two radars, one with a bias of range."""
    folder = tmp_path_factory.mktemp("biased")
    return folder, written(folder, BIAS_M)


def test_biases_are_found_and_told(tdome: Tdome, biased: tuple[Path, TruthHistory]) -> None:
    folder, truth = biased
    plots, sites = folder / "plots.parquet", folder / "sites.toml"
    said = tdome("track", plots, "--sensors", sites)
    assert said.code == 0, said.err
    assert "Biases     near: range" in said.out
    assert "Biases     far: range" in said.out
    found = tdome("track", plots, "--sensors", sites, "--json", "--out", folder / "out").json
    near, far = found["registration"]["sites"]
    sigma = float(np.hypot(near["range_sigma_m"], far["range_sigma_m"]))
    assert far["range_m"] - near["range_m"] == pytest.approx(BIAS_M, abs=4.0 * sigma + 5.0)
    assert near["plots"] > 100
    kept = msgspec.json.decode((folder / "out" / "summary.json").read_bytes())
    assert kept["registration"] == found["registration"]
    off = tdome("track", plots, "--sensors", sites, "--registration", "off", "--json").json
    assert off["registration"] is None
    assert found["score"] is None
    better = td.track(plots, sensors=sites, truth=truth).score
    plain = td.track(plots, sensors=sites, truth=truth, registration=False).score
    assert better.gospa_m <= plain.gospa_m * 1.02


def test_a_sensor_that_taught_nothing_has_no_line() -> None:
    none = dict.fromkeys(SiteBias.__struct_fields__, 0.0)
    silent = SiteBias(**none | {"site": "strobes", "plots": 0, "time_sigma_s": 0.1})
    heard = SiteBias(**none | {"site": "radar", "plots": 7, "range_sigma_m": 2.0})
    done = SimpleNamespace(registration=Registered(any=1.0, sites=(silent, heard)))
    assert bias_lines(done) == ["Biases     radar: range +0.0 ± 2.0 m (7 plots)"]


def test_no_bias_no_change(tdome: Tdome, tmp_path: Path) -> None:
    written(tmp_path, 0.0)
    plots, sites = tmp_path / "plots.parquet", tmp_path / "sites.toml"
    said = tdome("track", plots, "--sensors", sites)
    assert "Biases     none found, from" in said.out
    on = td.track(plots, sensors=sites).tracks
    off = td.track(plots, sensors=sites, registration=False).tracks
    for name in ("scan", "number", "state", "covariance", "plot"):
        np.testing.assert_array_equal(getattr(on, name), getattr(off, name))


def late_table(folder: Path) -> None:
    """Write a column that says when plots came: each fifth scan 7 s late, some at no told time."""
    written(folder, 0.0)
    table = pq.read_table(folder / "plots.parquet")
    at = table["time"].cast(pa.int64()).to_numpy()
    scan = at // 4_000_000_000
    came = at + np.where(scan % 5 == 3, 7_000_000_000, 100_000_000)
    column = pa.array([None if k == 1 else int(t) for k, t in zip(scan, came, strict=True)])
    pq.write_table(table.append_column("received_at_ns", column), folder / "late.parquet")


def test_plots_that_come_late_are_used(tdome: Tdome, tmp_path: Path) -> None:
    late_table(tmp_path)
    late, sites = tmp_path / "late.parquet", tmp_path / "sites.toml"
    said = tdome("track", late, "--sensors", sites)
    assert said.code == 0, said.err
    assert "Late       4 scans came late and were used" in said.out
    refused = tdome("track", late, "--sensors", sites, "--late", "0", "--json").json
    assert refused["late"] == 0
    assert refused["unused"] == {"late_scan": 4}
    used = td.track(late, sensors=sites)
    assert used.late == 4
    ordered = td.track(tmp_path / "plots.parquet", sensors=sites)
    last = [one.tracks.state[one.tracks.at == one.tracks.at.max()] for one in (used, ordered)]
    np.testing.assert_array_equal(*last)
    assert tdome("track", late, "--sensors", sites, "--late", "-1").code != 0
