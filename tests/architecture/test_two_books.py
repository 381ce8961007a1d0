"""Lock 7 on truth: the plan is what command believes, the scenario what is.

Neither reads the other's book.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tdome.messages.fire import EngagementOrders, Recommendations
from tdome.messages.sensing import Plots
from tdome.messages.wire import encode
from tdome.plan.plan import read_plan
from tdome.run.api import simulate
from tdome.run.library import find_inputs
from tdome.score.evidence import Evidence
from tdome.world import world
from tdome.world.ledger import read_ledger

BELIEVED, TRUE = 0.9, 0.2
UNIT = "terminal-ballistic"


def two_books(compose: Any, believed: float, true: float) -> Any:
    """Return first-steps in which plan and scenario disagree on the battery's SSPK."""
    first = find_inputs("first-steps")
    scenario, plan = tomllib.loads(first.scenario_text), tomllib.loads(first.plan_text)
    # Aspect, track quality and manoeuvre cost nothing here: the referee then uses the bare number.
    bare = {"crossing_factor": 1.0, "edge_factor": 1.0, "manoeuvre_factor": 1.0}
    scenario["truth"] = {"effectors": {UNIT: {"sspk_ballistic": true, **bare}}}
    scenario["referee"] = {"correlation": 0.0, "battery_correlation": 0.0}
    plan["beliefs"] = {"effectors": {UNIT: {"sspk_ballistic": believed}}}
    return compose(scenario, plan)


def sides(inputs: Any, folder: Path) -> tuple[float, float]:
    """Return (SSPK that command reckoned with, SSPK that the referee used)."""
    run = simulate(inputs, folder, seed=1)
    asked = Evidence(run.folder).all(Recommendations)[0]
    single = 1.0 - (1.0 - float(asked.pk[0])) ** (1.0 / float(asked.rounds[0]))
    used = [shot["sspk"] for shot in read_ledger(run.folder).shots.to_pylist() if shot["sspk"] > 0]
    return single, used[0]


def test_each_side_reads_its_own_book(compose: Any, tmp_path: Path) -> None:
    believed, true = sides(two_books(compose, BELIEVED, TRUE), tmp_path / "run")
    assert believed == pytest.approx(BELIEVED, abs=0.02)
    assert true == pytest.approx(TRUE)


def test_a_world_that_reads_the_plan_is_seen(
    compose: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = two_books(compose, BELIEVED, TRUE)
    believed_units = read_plan(inputs.plan_text, "plan.toml").units
    monkeypatch.setattr(world, "unit_book", lambda *_: believed_units)
    _, true = sides(inputs, tmp_path / "run")
    assert true != pytest.approx(TRUE)


def test_truth_does_not_reach_decisions_before_evidence_does(compose: Any, tmp_path: Path) -> None:
    """Until the first round is fired, nothing that command says may depend on the true SSPK."""
    said = []
    for true in (0.2, 0.9):
        run = simulate(two_books(compose, 0.7, true), tmp_path / str(true), seed=1)
        evidence = Evidence(run.folder)
        first = evidence.all(EngagementOrders)[0]
        plots = [p for p in evidence.all(Plots) if p.header.received_at <= first.header.valid_at]
        said.append([encode(message) for message in (*plots, first)])
    assert len(said[0]) > 20
    assert said[0] == said[1]
