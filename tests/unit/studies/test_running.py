"""The runner with a cheap engine: the same table however the work is cut, kept, lost, resumed."""

import math
import shutil
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import tdome as td
from tdome.kernel.errors import ConfigError, TdomeError
from tdome.run.library import find_inputs
from tdome.studies import api
from tdome.studies.engines.base import check_engine, find_engine
from tdome.studies.running import base
from tdome.studies.running.base import Answer, Inline, Task
from tdome.studies.study import Study

if TYPE_CHECKING:
    from tdome.studies.running.runner import Progress

ROUNDS = {"name": "rounds", "path": "plan.fire_units[*].rounds", "levels": [4, 12]}
NOISE = {
    "name": "noise",
    "question": "How noisy?",
    "scenario": "first-steps",
    "engine": "tests.study_engines:Noise",
    "design": {"replicates": 60},
    "factors": [ROUNDS],
}


class LostError(Exception):
    """Stands for a kill."""


class Killed(Inline):
    """Dies before the n-th answer."""

    answers = 3

    def take(self, timeout: float) -> list[Answer]:
        if self.answers == 0:
            raise LostError
        self.answers -= 1
        return super().take(timeout)


def killed(folder: Path, monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(api, "Inline", Killed)
        with pytest.raises(LostError):
            td.study(NOISE, workers=0, out=folder, **more)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return td.study(NOISE, workers=0, out=tmp_path_factory.mktemp("study") / "whole")


@pytest.fixture
def copy(whole: Study, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole.folder, tmp_path / "copy"))


def test_the_folder_and_the_table(whole: Study) -> None:
    names = {path.name for path in whole.folder.iterdir()}
    assert {"study.toml", "inputs", "manifest.sqlite", "parts", "points.parquet"} <= names
    table = pq.read_table(whole.folder / "table.parquet")
    assert table.column_names == ["point", "replicate", "seed", "loss", "many", "normal",
                                  "sometimes"]  # fmt: skip
    assert [str(field.type) for field in table.schema] == ["int32", "int32", "int64"] + 4 * [
        "double"
    ]
    rows = list(zip(table["point"].to_pylist(), table["replicate"].to_pylist(), strict=True))
    assert rows == [(p, r) for p in range(2) for r in range(60)]
    assert table["many"].null_count == 60  # of the point that has no such measure
    assert 10 < table["sometimes"].null_count < 110
    assert table["seed"].to_pylist()[:60] == table["seed"].to_pylist()[60:]


def test_the_size_of_chunks_changes_nothing(
    whole: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tdome.studies.running.runner._GROWTH", 1)  # one replicate a part
    single = td.study(NOISE, workers=0, out=tmp_path / "single")
    assert len(list((single.folder / "parts").iterdir())) == 120
    assert len(list((whole.folder / "parts").iterdir())) < 12
    assert single.digest == whole.digest
    assert single.table.equals(whole.table)


def test_other_seeds_other_digest(whole: Study) -> None:
    design = {"replicates": 60, "seed": 2}
    assert td.study({**NOISE, "design": design}, workers=0).digest != whole.digest


def test_what_was_done_is_not_done_again(
    whole: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(tmp_path / "s", monkeypatch)
    parts = {p.name: p.read_bytes() for p in (tmp_path / "s" / "parts").iterdir()}
    assert len(parts) == 3
    (tmp_path / "s" / "parts" / "000003.new").write_bytes(b"half a part")
    (tmp_path / "s" / "parts" / "000099.parquet").write_bytes(b"nobody knows this one")
    seen: list[Progress] = []
    done = td.study(NOISE, workers=0, out=tmp_path / "s", resume=True, progress=seen.append)
    assert done.digest == whole.digest
    for name, content in parts.items():
        assert (tmp_path / "s" / "parts" / name).read_bytes() == content
    assert not (tmp_path / "s" / "parts" / "000099.parquet").exists()
    assert seen[0].done > sum(1 for _ in parts)
    assert seen[-1][:2] == (120, 120)
    assert all(a.done <= b.done for a, b in pairwise(seen))


def test_a_damaged_or_missing_part_is_done_again(whole: Study, copy: Path) -> None:
    first, second, *_ = sorted((copy / "parts").iterdir())
    first.unlink()
    second.write_bytes(second.read_bytes()[:-9])
    assert td.study(NOISE, workers=0, out=copy, resume=True).digest == whole.digest


def test_a_folder_killed_before_its_manifest_begins_anew(whole: Study, tmp_path: Path) -> None:
    (tmp_path / "s" / "parts").mkdir(parents=True)
    (tmp_path / "s" / "manifest.sqlite.new").write_bytes(b"half")
    assert td.study(NOISE, workers=0, out=tmp_path / "s", resume=True).digest == whole.digest


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"design": {"replicates": 60, "seed": 2}}, "other study file"),
        ({"scenario": "drone-swarm"}, "plan, scenario, study file"),
        ({"engine": "tests.study_engines:Slow"}, "study file"),
    ],
)
def test_other_inputs_are_not_mixed_in(copy: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match="can not be resumed") as told:
        td.study(NOISE | change, workers=0, out=copy, resume=True)
    assert said in str(told.value)


def test_other_versions_are_not_mixed_in(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "versions", lambda: base.versions() | {"numpy": "1.0"})
    with pytest.raises(ConfigError, match=r"version of numpy \(.* then, 1.0 now\)"):
        td.study(NOISE, workers=0, out=copy, resume=True)


def test_a_study_is_never_overwritten_and_never_shared(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--resume"):
        td.study(NOISE, workers=0, out=copy)
    with pytest.raises(ConfigError, match="no such folder"):
        td.study(NOISE, workers=0, out=tmp_path / "nothing", resume=True)
    lock = api.claim(copy)
    with pytest.raises(ConfigError, match="another process"):
        td.study(NOISE, workers=0, out=copy, resume=True)
    lock.close()


def test_stopping_is_the_same_after_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = {"measure": "loss", "half_width": 0.2, "floor": 16, "batch": 16}
    what = NOISE | {"stop": stop, "design": {"replicates": 400}}
    straight = td.study(what, workers=0)
    assert {status for _, status, _ in straight.ends} == {"tight"}
    with monkeypatch.context() as patch:
        patch.setattr(api, "Inline", Killed)
        for resume in (False, True):
            with pytest.raises(LostError):
                td.study(what, workers=0, out=tmp_path / "s", resume=resume)
    again = td.study(what, workers=0, out=tmp_path / "s", resume=True)
    assert (again.digest, again.ends) == (straight.digest, straight.ends)


def test_an_unknown_measure_to_stop_at_is_told(tmp_path: Path) -> None:
    what = NOISE | {"stop": {"measure": "los", "relative": 0.1, "floor": 5}}
    with pytest.raises(ConfigError, match="'loss'"):
        td.study(what, workers=0)


def test_a_budget_in_time_ends_it_and_more_goes_on(whole: Study, tmp_path: Path) -> None:
    short = NOISE | {"budget": {"seconds": 1e-3}}
    done = td.study(short, workers=0, out=tmp_path / "s")
    assert done.about["status"] == "budget used up"
    assert len(done.table) < 120
    replicates = [n for _, _, n in done.ends]
    assert len(done.table) == sum(replicates)
    longer = NOISE | {"budget": {"seconds": 1e6}}
    again = td.study(longer, workers=0, out=tmp_path / "s", resume=True)
    assert again.digest == whole.digest
    assert again.about["status"] == "finished"


def test_a_bug_names_point_replicate_and_seed(tmp_path: Path) -> None:
    what = NOISE | {"engine": "tests.study_engines:Broken"}
    with pytest.raises(TdomeError, match=r"(?s)'rounds=4', replicate .* \(seed \d+\).*seven"):
        td.study(what, workers=0, out=tmp_path / "s")
    assert not (tmp_path / "s" / "table.parquet").exists()
    with pytest.raises(ConfigError, match="not finished"):
        Study(tmp_path / "s")


def test_an_engine_that_there_is_not() -> None:
    with pytest.raises(ConfigError, match="stepwise"):
        td.study(NOISE | {"engine": "stepwize"}, workers=0)
    with pytest.raises(ConfigError, match="can not be loaded"):
        td.study(NOISE | {"engine": "tests.study_engines:Nothing"}, workers=0)


def test_engines_keep_their_promise() -> None:
    inputs = find_inputs("first-steps")
    check_engine(find_engine("tests.study_engines:Noise"), inputs, [5, 6, 7])

    class Counting:
        name = "counting"
        calls = 0.0

        def rows(self, inputs: object, replicates: object, seeds: list[int]) -> dict[str, Any]:
            self.calls += 1.0
            return {"calls": np.full(len(seeds), self.calls)}

    with pytest.raises(AssertionError, match="calls"):
        check_engine(Counting(), inputs, [5, 6, 7])


def test_a_worker_with_other_code_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old(Inline):
        def take(self, timeout: float) -> list[Answer]:
            return [
                Answer(a.number, a.rows, a.seconds, a.versions | {"tdome": "0.0"})
                for a in super().take(timeout)
            ]

    monkeypatch.setattr(api, "Inline", Old)
    with pytest.raises(TdomeError, match="another version of tdome"):
        td.study(NOISE, workers=0)


def test_a_point_is_named_by_label_or_number(whole: Study) -> None:
    assert np.array_equal(whole.values("rounds=12", "loss"), whole.values(1, "loss"))
    with pytest.raises(ConfigError, match="'rounds=12'"):
        whole.values("round=12", "loss")
    with pytest.raises(ConfigError, match="'loss'"):
        whole.mean("los")


def test_pairs_share_their_luck(whole: Study) -> None:
    told = whole.compare("rounds=4", "rounds=12", measure="loss")
    assert (told.low, told.mean, told.high) == pytest.approx((8.0, 8.0, 8.0))
    assert told.pairs == 60
    assert "rounds=12 less rounds=4" in str(told)
    design = {"replicates": 60, "common_random_numbers": False}
    apart = td.study({**NOISE, "design": design}, workers=0)
    welch = apart.compare(0, 1, measure="loss")
    assert welch.low < 8.0 < welch.high
    assert 0.2 < welch.high - welch.mean < 0.6
    assert math.isnan(welch.saved)


def test_in_a_notebook(whole: Study) -> None:
    frame = whole.frame
    assert list(frame.columns)[:3] == ["point", "label", "rounds"]
    assert len(frame) == 120
    assert frame.groupby("rounds")["loss"].mean().to_list() == pytest.approx(
        whole.mean("loss")["mean"].to_pylist()
    )
    assert "noise" in repr(whole)
    assert "<td>rounds=12</td>" in whole._repr_html_()
    assert whole.as_dict()["means"]["loss"][0]["n"] == 60


def test_the_folder_lives_as_long_as_the_result() -> None:
    done = td.study(NOISE, workers=0)
    folder = done.folder
    assert folder.is_dir()
    del done
    assert not folder.exists()


def test_a_task_knows_its_size() -> None:
    task = Task(1, "x", (base.Piece(0, 2, 5), base.Piece(1, 0, 1)), (), ())
    assert task.replicates == 4
