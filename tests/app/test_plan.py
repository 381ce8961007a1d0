"""``tdome plan`` on shipped scenarios, from words to a plan that runs."""

from pathlib import Path

import pytest

from .conftest import Tdome, is_one_line_of_complaint


def test_a_laydown_is_proposed_checked_written_and_runs(tdome: Tdome, tmp_path: Path) -> None:
    out = tmp_path / "better.toml"
    said = tdome(
        "plan", "laydown", "first-steps", "--add", "terminal-ballistic=1", "--grid", 8,
        "--time", 2, "--check", 2, "--out", out, "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    found = said.json
    assert found["bound"] <= found["value"] <= found["present"]
    check = found["check"]
    assert check["seeds"] == [1, 2]
    assert [plan["name"] for plan in check["plans"]] == ["present", "proposed"]
    difference = check["proposed_less_present"]["value_protected"]
    assert difference["low"] <= difference["mean"] <= difference["high"]
    assert tdome("validate", out).code == 0
    run = tdome(
        "run", "first-steps", "--plan", out, "--seed", 1, "--out", tmp_path / "run", "--json"
    )
    assert run.code == 0, run.err
    both = [plan["value_protected"] for plan in check["plans"]]
    assert min(both) >= 0.0
    assert run.json["outcome"]["by_layer"][0]["units"] == 2


def test_simulation_may_choose_and_its_choice_is_tried_on_fresh_seeds(
    tdome: Tdome, tmp_path: Path
) -> None:
    out = tmp_path / "chosen.toml"
    words = ("plan", "laydown", "first-steps", "--add", "terminal-ballistic=1", "--grid", 8)
    asked = ("--time", 2, "--check", 2, "--rank", 1, "--choose", "--out", out)
    said = tdome(*words, *asked, "--json")
    assert said.code == 0, said.err
    choice, tried = said.json["choice"], said.json["check"]["plans"]
    best = max(tried, key=lambda plan: plan["value_protected"])  # of equals the first
    assert choice["name"] == best["name"]
    if choice["name"] == "present":
        assert choice["fresh"] is None
        assert choice["changes"] == []
    else:
        assert choice["fresh"]["seeds"] == [3, 4]
        assert [plan["name"] for plan in choice["fresh"]["plans"]] == ["present", choice["name"]]
        assert choice["changes"]
    assert tdome("validate", out).code == 0


@pytest.mark.parametrize(
    ("what", "scenario"),
    [
        ("laydown", "short-range-rockets"),
        ("inventory", "drone-swarm"),
        ("coverage", "drone-swarm"),
    ],
)
def test_tables_fit_a_terminal(
    tdome: Tdome, monkeypatch: pytest.MonkeyPatch, what: str, scenario: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = tdome("plan", what, scenario, "--time", 3)
    assert said.code == 0, said.err
    assert "Proposed" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("laydown", "short-range-rokets"), "short-range-rockets"),
        (("laydown", "short-range-rockets", "--move", "batery 1"), "battery 1"),
        (("laydown", "short-range-rockets", "--judge", "men"), "mean"),
        (("laydown", "short-range-rockets", "--add", "gun"), "TYPE=N"),
        (("laydown", "short-range-rockets", "--add", "gum=1"), "gun"),
        (("laydown", "short-range-rockets", "--sites", "none.csv"), "no such file"),
        (("laydown", "short-range-rockets", "--rank", "3"), "--check"),
        (("laydown", "short-range-rockets", "--choose", "--check", "1"), "2 seeds or more"),
        (("inventory", "short-range-rockets", "--add", "gun=3"), "short-range"),
        (("inventory", "short-range-rockets", "--out", "plan.txt"), ".toml"),
        (("coverage", "radar-loss", "--altitude-m", "low"), "is no height"),
        (("coverage", "radar-loss", "--add", "acoustic-node=1"), "radar"),
        (("coverage", "radar-loss", "--move", "none"), "nothing may move"),
    ],
)
def test_mistakes_get_one_line(tdome: Tdome, words: tuple[str, ...], complaint: str) -> None:
    said = tdome("plan", *words)
    assert said.code == 2
    assert is_one_line_of_complaint(said), said.err
    assert complaint in said.err


def test_a_file_is_never_overwritten(tdome: Tdome, tmp_path: Path) -> None:
    out = tmp_path / "plan.toml"
    out.write_text("mine")
    said = tdome("plan", "laydown", "first-steps", "--out", out)
    assert said.code == 2
    assert out.read_text() == "mine"
