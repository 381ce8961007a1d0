"""What the README shows must work as it is written there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tdome.app.main import COMMANDS

from .conftest import Tdome

README = Path(__file__).parents[2].joinpath("README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert found
    return found


def test_every_command_line_of_the_readme_works(
    tdome: Tdome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = set()
    for line in "".join(blocks("sh")).splitlines():
        program, *words = shlex.split(line, comments=True)
        assert program == "tdome"
        said = tdome(*words)
        assert said.code == 0, f"{line}: {said.err}"
        shown.add(words[0])
    assert shown == set(COMMANDS)


@pytest.mark.parametrize("code", blocks("python"))
def test_the_python_of_the_readme_runs(code: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "'class': 'srbm'" in done.stdout


def test_the_readme_says_what_the_exit_codes_mean(tdome: Tdome) -> None:
    in_readme = re.findall(r"^\| (\d+) \|", README, re.MULTILINE)
    in_help = tdome("--help").out.partition("Exit codes")[2]
    assert in_readme == ["0", "1", "2", "3", "4", "5", "130"]
    for code in in_readme:
        assert f"  {code}  " in in_help
