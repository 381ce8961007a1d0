"""``kill -9`` in the middle of a run.

The journal is readable up to the last chunk, and explain tells of it.
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tdome.kernel.journal import read_journal

ENOUGH_BYTES = 600_000
PATIENCE_S = 300


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a flagship run that was killed once its journal had some chunks."""
    folder = tmp_path_factory.mktemp("killed") / "run"
    command = [sys.executable, "-m", "tdome", "run", "taiwan-layered", "--out", str(folder)]
    journal = folder / "journal.mcap"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + PATIENCE_S
        while not journal.exists() or journal.stat().st_size < ENOUGH_BYTES:
            assert run.poll() is None, "the run ended before it could be killed"
            assert time.monotonic() < deadline, "the run wrote too little to be killed"
            time.sleep(0.02)
        run.send_signal(signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL
    return folder


def tdome(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tdome", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_journal_is_readable_up_to_the_last_chunk(killed: Path) -> None:
    reader = read_journal(killed / "journal.mcap")
    records = list(reader)
    assert not reader.complete
    assert len(records) > 300
    manifest = json.loads((killed / "manifest.json").read_text())
    assert manifest["status"] == "running"


def test_explain_tells_the_story_so_far(killed: Path) -> None:
    done = tdome("explain", str(killed), "1", "--json")
    assert done.returncode == 0, done.stderr
    story = json.loads(done.stdout)
    assert story["complete"] is False
    assert story["lines"]
    assert story["truth"] == {}


def test_replay_says_that_the_run_was_cut_off(killed: Path) -> None:
    done = tdome("replay", str(killed))
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
