"""Branches of real runs: the past is the run's, the luck their own, and the root is not touched."""

import numpy as np
import pytest

import tdome as td
from tdome.kernel.errors import ConfigError
from tdome.run.api import simulate
from tdome.run.branch import Snapshot
from tdome.run.library import Inputs, find_inputs
from tdome.score.raid.toll import Toll
from tdome.studies.design.definition import read_study
from tdome.studies.design.schema import Rare
from tdome.studies.engines.base import find_engine
from tdome.studies.engines.pilot import levels_of
from tdome.studies.engines.splitting import Splitting
from tdome.world.effectors.referee import Referee

PLAN = """
name = "three-rockets"
threats = ["rocket"]
[doctrine]
weapon_control = "tight"
max_shots_per_threat = 1
[authority]
answer_time_s = 0.5
time_out_s = 5.0
[[assets]]
name = "Nearfield"
lat_deg = 33.05
lon_deg = -39.88
radius_km = 3.0
value = 100.0
population = 25_000
[[sensors]]
name = "radar"
type = "multifunction"
lat_deg = 33.06
lon_deg = -39.86
[[fire_units]]
name = "battery"
type = "short-range"
lat_deg = 33.05
lon_deg = -39.87
rounds = 30
"""
SCENARIO = """
name = "three-rockets"
start = 2030-11-01T12:00:00Z
duration_s = 90.0
[truth.threats.rocket]
launch_failure = 0.0
[[places]]
name = "Nearfield"
lat_deg = 33.05
lon_deg = -39.88
[[raids]]
name = "salvo"
[[raids.salvos]]
type = "rocket"
count = 3
launch_lat_deg = 33.0
launch_lon_deg = -40.0
interval_s = 8.0
targets = ["Nearfield"]
"""
HALF = 0.5


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("three-rockets")
    (made / "plan.toml").write_text(PLAN)
    (made / "scenario.toml").write_text(SCENARIO)
    return made


@pytest.fixture(scope="module")
def inputs(folder) -> Inputs:
    return find_inputs(folder / "scenario.toml")


@pytest.fixture
def fair_coins(monkeypatch):
    """Each shot hits with one half, whatever the geometry: leakers are binomial."""
    monkeypatch.setattr(Referee, "kill_probability", lambda *_: HALF)


def truth_of(loop):
    ledger = loop.world.ledger()
    return [ledger.shots.to_pylist(), ledger.objects.to_pylist(), ledger.plots.to_pylist()]


def test_a_branch_is_the_run_itself_or_another_future_of_it(inputs, tmp_path, fair_coins):
    seen = {}

    def drive(loop):
        now = 40 * 10**9
        assert not loop.go_on(lambda: loop.clock.now() - loop.start >= now)
        at = Snapshot(loop)
        for name, seed in (("same", None), ("one", 1), ("other", 2)):
            branch = at.branch(seed)
            assert branch.go_on()
            seen[name] = truth_of(branch)
        loop.go_on()
        seen["root"] = truth_of(loop)
        again = at.branch(1)
        again.go_on()
        seen["again"] = truth_of(again)
        toll = Toll(loop.chain.plan.assets, loop.world.scenario.threats)
        toll.fear(loop.world.misses(0)[0])
        seen["feared"] = toll.feared("leaked"), toll.of("leaked")
        toll.take(loop.world.endings(0)[0])
        seen["toll"] = toll
        return loop.picture

    split = simulate(inputs, tmp_path / "split", seed=3, drive=drive)
    plain = simulate(inputs, tmp_path / "plain", seed=3)
    assert split.manifest.journal_hash == plain.manifest.journal_hash
    assert seen["same"] == seen["root"], "with the same luck a branch is the run"
    assert seen["one"] == seen["again"], "however far the run has gone meanwhile"
    plots = [seen[name][2] for name in ("root", "one", "other")]
    past = len([plot for plot in plots[0] if plot in plots[1]])
    assert past > 0, "the past is the same"
    assert plots[0] != plots[1] != plots[2], "the future is not"
    lost = plain.outcome.by_asset["value_lost"].to_pylist()
    assert seen["toll"].of("value.lost") == sum(lost)
    assert seen["toll"].of("leaked.class.rocket") == plain.outcome.totals["leaked"]
    half = 0.5 * plain.outcome.totals["leaked"]
    assert seen["feared"] == (half, 0), "one shot each: what is missed is lost"
    with pytest.raises(KeyError):
        seen["toll"].of("leaked.asset.nowhere")


def test_trees_of_real_runs_are_unbiased(inputs, fair_coins):
    """Three rockets, one shot each at one half: P(more than one leaks) = 1/2."""
    seeds = list(range(1, 8))
    engine = Splitting(Rare(measure="leaked", above=1.0, levels=(0.0,), branches=3))
    found = engine.rows(inputs, seeds, seeds)
    assert (found["rounds.fired"] == 3.0).all()
    assert np.array_equal(found["rare.plain"], found["leaked"] > 1.0)
    assert np.array_equal(found["rare.passed.1"], found["leaked"] > 0.0), "one shot: missed, lost"
    assert abs(found["rare"].mean() - 0.5) < 3.0 * 0.5 / np.sqrt(len(seeds))
    assert set(np.round(3.0 * found["rare"])) > {0.0, 3.0}, "some trees are neither"
    assert (found["rare.cost"] >= 1.0).all()
    assert (found["rare.cost"] <= 1.0 + 2.0 * found["rare.passed.1"]).all()


def test_no_leaker_is_reached_over_raiders_that_are_gone(inputs, fair_coins):
    seeds = list(range(1, 6))
    engine = Splitting(Rare(measure="no_leaker", levels=(0.5, 1.5), branches=2))
    found = engine.rows(inputs, seeds, seeds)
    assert np.array_equal(found["rare.plain"], found["no_leaker"])
    assert abs(found["rare"].mean() - 0.125) < 3.0 * np.sqrt(0.125 * 0.875 / len(seeds))
    alone = engine.rows(inputs, [0], [seeds[-1]])
    for name, column in alone.items():
        assert np.array_equal(column, found[name][-1:], equal_nan=True), "company changes nothing"


def test_a_study_says_probability_cost_and_what_was_saved(folder, fair_coins, tmp_path):
    asked = {
        "name": "rare",
        "scenario": str(folder / "scenario.toml"),
        "engine": "splitting",
        "rare": {"measure": "value.lost", "above": 0.5, "levels": [0.0], "branches": 2},
        "design": {"replicates": 2},
    }
    done = td.study(asked, out=tmp_path / "rare", workers=0)
    row = done.rare().to_pylist()[0]
    assert row["n"] == 2
    assert 0.0 <= row["low"] <= row["probability"] <= row["high"] <= 1.0
    assert done.as_dict()["rare"][0]["cost"] >= 1.0
    assert "Rare event: value.lost above 0.5" in (tmp_path / "rare/report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("rare", "said"),
    [
        ({"measure": "value.lots", "above": 1.0}, "value.lost"),
        ({"measure": "value.lost"}, "above what"),
        ({"measure": "no_leaker", "above": 1.0}, "leave it out"),
        ({"measure": "leaked", "above": 2.0, "levels": [1.0, 2.0]}, "not below"),
        ({"measure": "leaked", "above": 2.0, "levels": [1.0, 0.0]}, "ascend"),
        ({"measure": "leaked", "above": 9e9, "levels": [1.0, 2, 3, 4], "branches": 100}, "fewer"),
    ],
)
def test_what_can_not_be_asked_is_told(folder, rare, said):
    asked = {"name": "rare", "scenario": str(folder / "scenario.toml"), "rare": rare}
    with pytest.raises(ConfigError, match=said):
        read_study(asked)


def test_only_one_engine_splits_and_it_must_know_at_what():
    with pytest.raises(ConfigError, match="does not split"):
        find_engine("stepwise", Rare(measure="no_leaker"))
    with pytest.raises(ConfigError, match="needs the event"):
        find_engine("splitting")


def test_levels_of_a_pilot_halve_again_and_again():
    values = -np.log((np.arange(4096) + 0.5) / 4096)  # exponential: quantiles are logarithms
    found = levels_of(values, 6.0 * np.log(4.0), 4)
    assert np.allclose(found, np.log(4.0) * np.arange(1, 6), atol=0.02)
    assert levels_of(values, 1.0, 4) == (), "more often than one in four: nothing to split"
    assert levels_of(np.zeros(100), 5.0, 4) == ()
