"""Screening in studies: alone it is labelled; beside full runs it only takes luck out."""

import numpy as np
import pytest

import tdome as td
from tdome.run.library import Inputs, find_inputs
from tdome.studies.engines.base import check_engine
from tdome.studies.engines.screened import OTHERS, Screened
from tdome.studies.engines.screening import Screening
from tdome.studies.engines.stepwise import Stepwise
from tdome.studies.estimators.control import controlled
from tdome.studies.measures.names import SCREENED, measure_of

SEEDS = list(range(1, 201))
STUDY = {
    "name": "quick",
    "scenario": "first-steps",
    "engine": "screening",
    "measures": ["leaked", "rounds.fired"],
    "design": {"kind": "full-factorial", "replicates": 40},
    "factors": [{"name": "sspk", "path": "plan.doctrine.max_shots_per_threat", "levels": [1, 4]}],
}


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return find_inputs("first-steps")


def test_a_screening_keeps_the_promises_of_an_engine(inputs):
    check_engine(Screening(), inputs, [5, 9, 2])
    for name in Screening().rows(inputs, range(2), [1, 2]):
        measure_of(name)  # raises where it is none


def test_a_study_of_screenings_says_so_before_all_else(tmp_path):
    done = td.study(STUDY, out=tmp_path / "quick", workers=0)
    assert len(done.table) == 80
    page = (tmp_path / "quick" / "report.html").read_text("utf-8")
    first = page.index("Read this first")
    assert "This is a screening" in page[first : first + 300]


def test_the_control_takes_the_shared_luck_out_and_no_bias_in(inputs, monkeypatch, tmp_path):
    """A "full run" that is three times the screening, and one more, with luck of its own."""

    def rows(self, inputs, replicates, seeds):
        own = Screening().rows(inputs, replicates, seeds)["rounds.fired"]
        noise = np.array([0.2 * np.sin(12.9898 * (seed % 1000)) for seed in seeds])
        return {"rounds.fired": 3.0 * own + 1.0 + noise, "civil.exposed": noise}

    monkeypatch.setattr(Stepwise, "rows", rows)
    found = Screened().rows(inputs, range(len(SEEDS)), SEEDS)
    own = Screening().rows(inputs, SEEDS, SEEDS)["rounds.fired"]
    control = found[SCREENED + "rounds.fired"]
    assert SCREENED + "civil.exposed" not in found, "a screening does not know it"
    error = own.std() * np.sqrt((1.0 + 1.0 / OTHERS) / len(SEEDS))
    assert own.std() > 0.1, "or nothing is shown"
    assert abs(control.mean()) < 4.0 * error
    better = controlled(found["rounds.fired"], control)
    many = Screening().rows(inputs, range(4000), list(range(1000, 5000)))["rounds.fired"]
    assert better.saved > 20.0
    assert abs(better.interval.estimate - (3.0 * many.mean() + 1.0)) < 4.0 * error

    done = td.study(dict(STUDY, engine="screened"), out=tmp_path / "both", workers=0)
    told = done.mean("rounds.fired").to_pylist()[1]
    plain = done.values(1, "rounds.fired")
    assert told["high"] - told["low"] < plain.std() / np.sqrt(len(plain))  # 4 of them without it
    assert done.compare(0, 1, measure="rounds.fired").saved > 4.0
