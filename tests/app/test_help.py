"""What a newcomer types first."""

import subprocess
import sys

import pytest

from tdome.app.main import COMMANDS

from .conftest import Tdome, is_one_line_of_complaint


def test_help_names_every_command_and_exit_code(tdome: Tdome) -> None:
    said = tdome("--help")
    assert said.code == 0
    assert said.err == ""
    for name in COMMANDS:
        assert f" {name} " in said.out
    for code in ("0  done", "1  error", "2  mistake", "3  a journal", "4  events", "5  the replay"):
        assert code in said.out


def test_no_words_at_all_give_the_same_help(tdome: Tdome) -> None:
    assert tdome().out == tdome("--help").out


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command_has_an_example_of_it(tdome: Tdome, name: str) -> None:
    said = tdome(name, "--help")
    assert said.code == 0
    assert "Examples" in said.out
    assert f"\n  tdome {name}" in said.out
    assert "--json" in said.out
    assert all(len(line) <= 80 for line in said.out.splitlines())


def test_version(tdome: Tdome) -> None:
    said = tdome("--version")
    assert said.code == 0
    assert said.out.startswith("tdome 0.")


def test_help_does_not_wait_for_the_numerical_libraries() -> None:
    script = (
        "import sys; from tdome.app.main import main; main(['--help']); "
        "sys.exit(sorted({'numba', 'scipy', 'numpy', 'pyarrow'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("rnu",), '"run"'),
        (("run", "first-steps", "--sede", "3"), "--seed"),
        (("run",), "SCENARIO"),
        (("run", "first-steps", "--seed", "-1"), ">= 0"),
        (("run", "first-steps", "--seed", "many"), "many"),
        (("explain", "runs/first-steps-1"), "SUBJECT"),
        (("validate", "--schema", "plans"), "plan"),
        (("scenarios", "all"), "all"),
    ],
)
def test_a_mistyped_command_is_answered_with_the_cure(
    tdome: Tdome, words: tuple[str, ...], hint: str
) -> None:
    said = tdome(*words)
    assert said.code == 2
    assert is_one_line_of_complaint(said)
    assert hint in said.err
    assert "--help" in said.err
