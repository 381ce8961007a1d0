"""Calibration and civil safety on a small held-out set: the full one is in benchmarks/tracking."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[4] / "benchmarks" / "tracking"))

import class_flights as cf
import classes as bench


@pytest.fixture(scope="module")
def plan():
    return bench.bench_plan()


def test_probabilities_are_calibrated_on_held_out_mixes(plan):
    rng = np.random.default_rng(77)
    flights = bench.all_flights(rng, plan, 40, cf.HELD_OUT)
    found = bench.calibrations(bench.judged(plan, flights, rng, cf.HELD_OUT), plan)
    together = found["drawn mixes together"]
    assert together["ece"] < 0.05
    assert together["right"] > 0.65
    assert together["log_score"] < 0.75


def test_no_civil_flight_is_hostile(plan):
    found = bench.civil_safety(plan, 1_000, seed=78)
    assert sum(row[0] for row in found.values()) == 1_000
    assert sum(row[1] for row in found.values()) == 0


def test_most_threats_that_come_in_are_hostile(plan):
    rng, truth = np.random.default_rng(79), replace(cf.HELD_OUT, inbound=1.0)
    for name, least in (("srbm", 0.95), ("cruise", 0.85), ("drone", 0.7)):
        row = plan.threats.names.index(name)
        flights = cf.of_class(rng, plan, row, 60, truth)
        assert bench.ever(plan, flights, rng, truth)[0].mean() >= least
