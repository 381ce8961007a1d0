"""``tdome bench doctrine`` as a person meets it, on two small instances."""

from pathlib import Path

import pytest

import tdome.app.bench_doctrine as command
from tdome.run.doctrine.bench import DEFAULT, Result, measure_one
from tdome.run.doctrine.families import instances
from tdome.run.library import find_inputs

from .conftest import Tdome, is_one_line_of_complaint


@pytest.fixture(scope="module")
def found() -> list[Result]:
    small = [it for it in instances() if it.name in {"small-1", "small-2"}]
    return [measure_one(it, 10, 5, wrong=False) for it in small]


def test_tables_goals_and_losses(
    tdome: Tdome, found: list[Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "measure", lambda *_args, **_more: found)
    said = tdome("bench", "doctrine", "--part", "all")
    assert said.code == 0
    for word in ("small-1", "above exact dynamic programming", "path-wise bound B3", "Goals"):
        assert word in said.out
    assert all(len(line) <= 100 for line in said.out.splitlines())
    told = tdome("bench", "doctrine", "--quick", "--json").json
    assert told["default"] == DEFAULT
    assert [one["instance"] for one in told["results"]] == ["small-1", "small-2"]
    assert {goal["met"] for goal in told["goals"]} <= {True, False, None}


def test_a_part_that_there_is_not(tdome: Tdome) -> None:
    said = tdome("bench", "doctrine", "--part", "some")
    assert said.code == 2
    assert "Examples" in tdome("bench", "doctrine", "--help").out


def test_a_doctrine_that_there_is_not_is_told_with_its_line(tdome: Tdome, tmp_path: Path) -> None:
    text = find_inputs("first-steps").plan_text
    file = tmp_path / "plan.toml"
    old = "[doctrine]" if "[doctrine]" in text else "[[sensors]]"
    head, rest = text.split(old, 1)
    table = '[doctrine]\nfiring = "shoot-shoot-lok"\n'
    file.write_text(head + table + (rest if old == "[doctrine]" else f"\n{old}{rest}"))
    said = tdome("validate", file)
    assert said.code == 2
    assert is_one_line_of_complaint(said)
    line = 2 + head.count("\n")
    assert f"plan.toml:{line}: " in said.err
    assert "'shoot-shoot-look'" in said.err
