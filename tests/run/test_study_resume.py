"""Studies in real processes: the same digest for any number of workers, local or Dask, and after
kill -9 in the middle; no process outlives its parent.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import tdome as td
from tdome.kernel.errors import ConfigError, TdomeError
from tdome.studies.design.definition import read_study
from tdome.studies.study import Study

SLOW = """
name = "slow"
question = "Does it come to the same?"
scenario = "first-steps"
engine = "tests.study_engines:Slow"

[design]
replicates = 96

[stop]
measure = "loss"
half_width = 0.25
floor = 32
batch = 16

[[factors]]
name = "rounds"
path = "plan.fire_units[*].rounds"
levels = [2, 4, 12]
"""
REAL = """
name = "real"
scenario = "first-steps"

[design]
replicates = 1

[[arms]]
name = "one round"
set = { "plan.fire_units[*].rounds" = 1 }
"""


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "slow.toml"
    path.write_text(SLOW)
    return path


@pytest.fixture(scope="module")
def expected(slow: Path) -> Study:
    """Return what comes out without any process but this one."""
    done = td.study(slow, workers=0)
    assert {status for _, status, _ in done.ends} <= {"tight", "replicates"}
    return done


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_any_number_of_workers(slow: Path, expected: Study, workers: int) -> None:
    """Of two, one is killed in the middle: it is replaced, and its task is done again."""
    dead: list[int] = []

    def kill_one(_: object) -> None:
        if workers == 2 and not dead:
            dead.extend(children(os.getpid())[:1])
            os.kill(dead[0], signal.SIGKILL)

    done = td.study(slow, workers=workers, progress=kill_one)
    assert done.digest == expected.digest
    assert done.ends == expected.ends
    assert bool(dead) == (workers == 2)


def children(parent: int) -> list[int]:
    """Return the live processes that a process started."""
    listed = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(one) for one in listed.read_text().split()] if listed.exists() else []


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def waited(until: Callable[[], Any], most_s: float = 120.0) -> Any:
    """Wait until something holds, and return it."""
    last = time.monotonic() + most_s
    while not (found := until()):
        assert time.monotonic() < last, "waited in vain"
        time.sleep(0.02)
    return found


def parts_of(folder: Path) -> int:
    try:
        with sqlite3.connect(f"file:{folder}/manifest.sqlite?mode=ro", uri=True) as manifest:
            return int(manifest.execute("SELECT count(*) FROM parts").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def begun(slow: Path, folder: Path, *more: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "tdome", "study", str(slow), "--workers", "1", "--json"]
    return subprocess.Popen(
        [*words, "--out", str(folder), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


@pytest.fixture(scope="module")
def thrice_killed(slow: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a study whose driver was killed three times."""
    folder = tmp_path_factory.mktemp("killed") / "study"
    for kill in range(3):
        before = parts_of(folder)
        driver = begun(slow, folder, *(["--resume"] if kill else []))
        waited(lambda before=before: parts_of(folder) > before)
        orphans = waited(lambda driver=driver: children(driver.pid))
        driver.send_signal(signal.SIGKILL)
        driver.communicate()
        waited(lambda orphans=orphans: not any(map(is_alive, orphans)), 20.0)
    return folder


def test_three_kills_lose_no_more_than_what_was_in_flight(
    thrice_killed: Path, slow: Path, expected: Study, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(thrice_killed, tmp_path / "copy"))
    assert not (folder / "table.parquet").exists()
    assert parts_of(folder) >= 3
    kept = {path.name: path.stat().st_mtime_ns for path in (folder / "parts").iterdir()}
    done = td.study(slow, workers=0, out=folder, resume=True)
    assert done.digest == expected.digest
    after = {path.name: path.stat().st_mtime_ns for path in (folder / "parts").iterdir()}
    whole = [name for name in kept if name in after and after[name] == kept[name]]
    assert len(whole) >= 3  # what had been done was not done again


def test_a_worker_that_always_dies_is_told(
    slow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tdome.studies.running.local._TRIES", 1)
    with pytest.raises(TdomeError, match="died 1 times"):
        td.study(slow, workers=1, engine="tests.study_engines:Deadly", out=tmp_path / "s")


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Return the address of a real Dask scheduler with one worker process."""
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root}
    first = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    started = [
        subprocess.Popen(
            [*first, "--host", "127.0.0.1", "--port", "0", "--no-dashboard"],
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
        )
    ]
    try:
        address = next(
            line.split()[-1] for line in started[0].stderr or () if "Scheduler at:" in line
        )
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny"]
        started += [
            subprocess.Popen(
                [*worker, "--nthreads", "1", "--no-dashboard"],
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        ]
        yield address
    finally:
        for one in started[::-1]:
            one.terminate()
        for one in started[::-1]:
            one.communicate(timeout=30)


def test_a_dask_cluster_gives_the_same(slow: Path, expected: Study, scheduler: str) -> None:
    pytest.importorskip("distributed")
    assert td.study(slow, cluster=scheduler).digest == expected.digest


def test_a_dask_cluster_resumes_what_processes_began(
    thrice_killed: Path, slow: Path, expected: Study, scheduler: str
) -> None:
    done = td.study(slow, cluster=scheduler, out=thrice_killed, resume=True)
    assert done.digest == expected.digest


def test_no_scheduler_there(slow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tdome.studies.running.cluster._PATIENCE_S", 0.5)
    with pytest.raises(ConfigError, match=r"no scheduler .* answers at 'tcp://127.0.0.1:9'"):
        td.study(slow, cluster="tcp://127.0.0.1:9")


def test_a_real_replicate_is_the_run_of_the_same_plan_and_seed(tmp_path: Path) -> None:
    path = tmp_path / "real.toml"
    path.write_text(REAL)
    there = td.study(path, workers=1)
    (plan,) = (point.inputs.plan_text for point in read_study(path).points)
    (tmp_path / "plan.toml").write_text(plan)
    seed = there.table["seed"][0].as_py()
    run = td.run("first-steps", plan=tmp_path / "plan.toml", seed=seed)
    assert there.values(0, "rounds.fired")[0] == run.outcome.totals["rounds_fired"]
    assert there.values(0, "leaked")[0] == run.outcome.totals["leaked"]
