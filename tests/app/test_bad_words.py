"""Arguments and folders that nobody should give: one line each, never a traceback."""

import shutil
from pathlib import Path

import pytest

from .conftest import Tdome, is_one_line_of_complaint


@pytest.mark.parametrize(
    "words",
    [
        ("run", "first-steps", "--seed", "1.5"),  # cyclopts alone makes 2 of it
        ("run", "first-steps", "--seed", "1e3"),
        ("run", "first-steps", "--seed", "0x10"),
        ("run", "first-steps", "--seed", "nan"),
        ("run", "first-steps", "--seed", str(2**70)),
        ("run", "first-steps", "--seed", "1" + "0" * 5000),
        ("run", "first-steps", "--out", "a\0b"),
        ("run", "first-steps", "--plan", "a\0b"),
        ("run", "a\0b"),
        ("run", "new\nline.toml"),
        ("run", "\x1b[31mred.toml"),
        ("validate", "a\0b"),
        ("validate", "\x1b[31mred.toml"),
    ],
)
def test_bad_arguments_get_one_line(
    tdome: Tdome, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = tdome(*words)
    assert said.code == 2
    assert is_one_line_of_complaint(said)
    assert "\x1b" not in said.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "subject", ["TE1", "ET1", "T", "T-1", "E1.0", "T²", "T\u0661", "", "T" + "9" * 5000]
)
def test_bad_subjects_get_one_line(tdome: Tdome, finished: Path, subject: str) -> None:
    said = tdome("explain", finished, subject)
    assert said.code == 2
    assert is_one_line_of_complaint(said)


def test_no_story_with_another_plan(tdome: Tdome, finished: Path) -> None:
    plan = finished / "inputs" / "plan.toml"
    plan.write_text(plan.read_text("utf-8").replace("[[fire_units]]", "[[fire_units]] #"), "utf-8")
    said = tdome("explain", finished, "T1")
    assert said.code == 1
    assert is_one_line_of_complaint(said)
    assert "changed since the run" in said.err


def test_a_damaged_ledger_gets_one_line(tdome: Tdome, finished: Path) -> None:
    shutil.copy(finished / "ledger" / "shots.parquet", finished / "ledger" / "plots.parquet")
    said = tdome("explain", finished, "T1")
    assert said.code == 1
    assert is_one_line_of_complaint(said)


def test_a_run_that_can_not_begin_leaves_no_folder(
    tdome: Tdome, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scenario = finished / "inputs" / "scenario.toml"
    text = scenario.read_text("utf-8").replace("launch_lat_deg = 24.5", "launch_lat_deg = 60")
    scenario.write_text(text, "utf-8")
    said = tdome("run", scenario)
    assert said.code == 2
    assert is_one_line_of_complaint(said)
    assert not list((tmp_path / "runs").iterdir())
