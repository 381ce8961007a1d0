"""``tdome assign`` as a person meets it."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tdome.run.assignment.certificate import check
from tdome.run.assignment.families import family
from tdome.run.assignment.files import write_instance

from .conftest import Tdome, in_a_shell, is_one_line_of_complaint


def test_a_plan_a_bound_and_what_each_threat_gets(tdome: Tdome) -> None:
    said = tdome("assign", "ahuja:10x30x2")
    assert said.code == 0, said.err
    for words in ("20 rounds assigned, optimal", "Leaks", "no plan leaks less", "rounds x type"):
        assert words in said.out
    assert all(len(line) <= 80 for line in said.out.splitlines())


def test_json_is_all_and_has_its_keys(tmp_path: Path) -> None:
    """In a process of its own: HiGHS writes past Python to standard output, if it does."""
    path = write_instance(family("uniform", 20, 40, 1), tmp_path / "instance.json")
    said = in_a_shell("assign", path, "--json", folder=tmp_path)
    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert list(told) == ["objective", "bound", "gap", "seconds", "status", "plan"]
    assert told["status"] == "optimal"
    assert all(len(row) == 3 for row in told["plan"])


def test_out_keeps_the_proof_or_the_rows(tdome: Tdome, tmp_path: Path) -> None:
    instance = family("clustered", 6, 12, 2)
    path = write_instance(instance, tmp_path / "instance.parquet")
    assert tdome("assign", path, "--out", tmp_path / "plan.json").code == 0
    told = json.loads((tmp_path / "plan.json").read_text())
    prices, bound = told["certificate"]["prices"], told["certificate"]["bound"]
    problem = (instance.values, instance.kill_probability, instance.rounds)
    assert check(problem, told["plan"], told["objective"], prices, bound).faults == ()
    said = tdome("assign", path, "--out", tmp_path / "plan.parquet", "--json")
    rows = pq.read_table(tmp_path / "plan.parquet")
    assert rows.column_names == ["type", "threat", "rounds"]
    assert np.column_stack([rows[name] for name in rows.column_names]).tolist() == said.json["plan"]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("none.txt",), "there is no such file"),
        (("rages:3x4",), "nearest valid name: 'ranges'"),
        (("ranges:3x4", "--time", "-1"), ">= 0"),
        (("ranges:3x4", "--gap", "1"), "< 1"),
        (("ranges:3x4", "--out", "plan.csv"), ".json or .parquet"),
        (("ranges:3x4", "--out", "."), "no ending is not known"),
    ],
)
def test_mistakes_get_one_line(tdome: Tdome, words: tuple[str, ...], hint: str) -> None:
    said = tdome("assign", *words)
    assert said.code == 2
    assert is_one_line_of_complaint(said)
    assert hint in said.err
