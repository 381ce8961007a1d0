"""``tdome fuse`` as a person meets it."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tdome as td
from tdome.run.tracking.scene import scene

from .conftest import Tdome, is_one_line_of_complaint

STATE = ("x_m", "y_m", "z_m", "vx_m_s", "vy_m_s", "vz_m_s")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the tracks of two radars in one place, and the truth."""
    folder = tmp_path_factory.mktemp("sources")
    recording, sites, truth = scene(20, scans=20, seed=3)
    td.track(recording, sensors=sites).write(folder / "north.parquet")
    chance = np.random.default_rng(4)
    moved = msgspec.structs.replace(
        recording,
        range_m=recording.range_m + chance.normal(0.0, 25.0, recording.plots),
        azimuth_rad=recording.azimuth_rad + chance.normal(0.0, 0.0026, recording.plots),
    )
    wider = msgspec.structs.replace(sites, sigma=sites.sigma * np.sqrt(2.0))
    td.track(moved, sensors=wider).write(folder / "south")
    columns = dict(zip(STATE, truth.state.T, strict=True))
    table = {"time": truth.at, "flyer": truth.flyer, **columns}
    pq.write_table(pa.table(table), folder / "truth.parquet")
    return folder


def test_two_sources_become_one_picture(tdome: Tdome, files: Path, tmp_path: Path) -> None:
    sources = [str(files / "north.parquet"), str(files / "south")]
    score = ["--score", str(files / "truth.parquet")]
    said = tdome("fuse", *sources, *score, "--out", str(tmp_path / "system"))
    assert said.code == 0, said.err
    for word in ("north", "south", "mean separation", "GOSPA", "SIAP ambiguity", "Written"):
        assert word in said.out
    told = pq.read_table(tmp_path / "system" / "tracks.parquet")
    assert told.schema.metadata[b"frame"].startswith(b"flat")
    assert len(told["number"].unique()) < 30
    summary = json.loads((tmp_path / "system" / "summary.json").read_text())
    assert [one["name"] for one in summary["sources"]] == ["north", "south"]
    assert all(one["share"] > 0.7 for one in summary["sources"])
    assert summary["score"]["siap"]["completeness"] > 0.75
    assert summary["score"]["siap"]["ambiguity"] < 1.02
    again = tdome("fuse", str(tmp_path / "system"), sources[0], "--json")  # its own format is read
    assert json.loads(again.out)["tracks"] > 15


def test_the_order_of_files_changes_nothing_and_json_is_all(tdome: Tdome, files: Path) -> None:
    sources = [str(files / "north.parquet"), str(files / "south" / "tracks.parquet")]
    one = json.loads(tdome("fuse", *sources, "--json").out)
    two = json.loads(tdome("fuse", *sources[::-1], "--json").out)
    for found in (one, two):
        assert found.pop("cpu_s") > 0.0
    assert one == two
    assert one["score"] is None
    assert one["files"] == []


def test_python_takes_results_and_names(files: Path) -> None:
    recording, sites, truth = scene(20, scans=20, seed=3)
    track = td.track(recording, sensors=sites)
    done = td.fuse(track, files / "south", names=("a", "b"), truth=truth)
    assert [one.name for one in done.sources] == ["a", "b"]
    assert done.score is not None
    assert done.tracks.covariance.shape == (len(done.tracks), 6, 6)
    key = done.tracks.number.astype(np.int64) * 10**6 + done.tracks.scan
    assert len(np.unique(key)) == len(key)  # no number twice in a picture


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.rename_columns(["x" if n == "x_m" else n for n in t.column_names]), ["x_m"]),
        (lambda t: t.drop_columns(["covariance"]), ["covariance"]),
        (
            lambda t: t.rename_columns(["nummer" if n == "number" else n for n in t.column_names]),
            ["'number'", "'nummer'"],
        ),
        (
            lambda t: t.set_column(
                t.column_names.index("covariance"), "covariance", [[[1.0, 2.0]] * t.num_rows]
            ),
            ["covariance", "21"],
        ),
        (lambda t: t.replace_schema_metadata({"frame": "ECEF WGS-84"}), ["frame", "north"]),
    ],
)
def test_wrong_files_are_told_where_and_what(
    tdome: Tdome, files: Path, tmp_path: Path, change, words: list[str]
) -> None:
    file = tmp_path / "wrong.parquet"
    pq.write_table(change(pq.read_table(files / "north.parquet")), file)
    said = tdome("fuse", str(files / "north.parquet"), str(file))
    assert said.code == 2
    assert is_one_line_of_complaint(said)
    assert "wrong.parquet" in said.err
    for word in words:
        assert word in said.err


def test_rows_that_can_not_be_meant_are_counted(tdome: Tdome, files: Path, tmp_path: Path) -> None:
    table = pq.read_table(files / "north.parquet")
    x = table["x_m"].to_numpy().copy()
    x[3] = np.nan
    number = table["number"].to_numpy().copy().astype(np.int64)
    number[5] = -4
    covariance = np.stack(table["covariance"].to_numpy())
    covariance[7] *= -1.0
    place = table.column_names.index
    for name, column in (("x_m", x), ("number", number), ("covariance", list(covariance))):
        table = table.set_column(place(name), name, pa.array(column))
    table = pa.concat_tables([table, table.slice(20, 2)])
    pq.write_table(table, tmp_path / "bad.parquet")
    said = tdome("fuse", str(tmp_path / "bad.parquet"), "--json")
    refused = {row["reason"]: row["first_rows"] for row in json.loads(said.out)["refused"]}
    assert refused == {
        "number is no whole number from 0 on": [5],
        "state is not finite, or faster than 20 km/s": [3],
        "covariance is not positive definite": [7],
        "the track is told again at that time": [20, 21],
    }


def test_no_words_no_file_no_tracks(tdome: Tdome, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for words, part in (
        ([], "TRACKS"),
        (["nowhere.parquet"], "no such file"),
        ([str(tmp_path / "empty")], "tracks.parquet"),
        (["plots.csv"], ".csv"),
    ):
        said = tdome("fuse", *words)
        assert said.code == 2
        assert is_one_line_of_complaint(said)
        assert part in said.err
