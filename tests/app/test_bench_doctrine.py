"""``tdome bench doctrine`` as a person meets it, on two small instances."""

import pytest

import tdome.app.bench_doctrine as command
from tdome.run.doctrine.bench import DEFAULT, Result, measure_one
from tdome.run.doctrine.families import instances

from .conftest import Tdome


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
