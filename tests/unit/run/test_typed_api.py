"""A user's program type-checks in strict mode, and a user's mistake does not."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import tdome as td

run = td.run("first-steps", seed=1)
number: float = run.outcome.totals["leaked"]
lead: float | None = run.outcome.warnings.median_lead_s
text: str = run.journal_hash
"""


def mypy(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "program.py").write_text(program)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "program.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_api_is_typed(tmp_path: Path) -> None:
    done = mypy(PROGRAM, tmp_path)
    assert done.returncode == 0, done.stdout


def test_a_wrong_argument_is_seen(tmp_path: Path) -> None:
    done = mypy(PROGRAM.replace("seed=1", 'seed="one"'), tmp_path)
    assert done.returncode == 1
    assert "seed" in done.stdout
