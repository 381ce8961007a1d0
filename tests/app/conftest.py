"""The command line as a person meets it: words in, exit code and two streams out."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from tdome.app.main import main


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON; fails if there is anything else on it."""
        return msgspec.json.decode(self.out)


Tdome = Callable[..., Said]


@pytest.fixture
def tdome(capsys: pytest.CaptureFixture[str]) -> Tdome:
    """Return the command, run in this process."""

    def call(*words: object) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Said(code, *capsys.readouterr())

    return call


def in_a_shell(*words: object, folder: Path, **environment: str) -> Said:
    """Run the command in a process of its own, as ``python -m tdome`` in ``folder``."""
    done = subprocess.run(
        [sys.executable, "-m", "tdome", *(str(word) for word in words)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def first_steps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """Return the folder in which ``tdome run first-steps`` was typed, and what it said."""
    folder = tmp_path_factory.mktemp("newcomer")
    return folder, in_a_shell("run", "first-steps", folder=folder)


@pytest.fixture
def finished(first_steps: tuple[Path, Said], tmp_path: Path) -> Path:
    """Return a copy of a finished run folder, to be spoiled at will."""
    folder, said = first_steps
    assert said.code == 0, said.err
    return Path(shutil.copytree(folder / "runs" / "first-steps-1", tmp_path / "a-run"))


def is_one_line_of_complaint(said: Said) -> bool:
    """Whether a mistake was answered as promised: one line on standard error and nothing else."""
    return (
        said.out == ""
        and said.err.startswith("tdome: ")
        and said.err.count("\n") == 1
        and "Traceback" not in said.err
    )
