"""A rocket under power: no fall explains it yet, and it flies at no asset for all that."""

import msgspec
import numpy as np
import pytest

from tdome.command.threat.check import check_threat_evaluator
from tdome.command.threat.kinematic import KinematicEvaluator
from tdome.messages.tracks import pack_covariance
from tdome.plan.plan import build_plan

NOW = 1_800_000_000 * 10**9
LOOSE = pack_covariance(np.diag([200.0**2] * 3 + [60.0**2] * 3)[None])[0]


@pytest.fixture(scope="module")
def plan(plan):
    """The classes of the flagship: nothing level is so fast."""
    names = ["heavy-rocket", "srbm", "mrbm", "cruise", "drone", "fighter"]
    return build_plan(msgspec.structs.replace(plan.file, threats=names), "rising")


@pytest.fixture
def pictures(make, at):
    """A straight climb towards the city, ten plots of it; the tracker says flight in the air."""
    said = []
    for k in range(10):
        t = 2.0 * k
        speed, way = 900.0 + 60.0 * t, (900.0 + 30.0 * t) * t
        east = 119.2 + np.degrees(0.8 * way / 6.371e6 / np.cos(np.radians(25.0)))
        state = at(25.0, east, 11_000.0 + 0.6 * way, (0.8 * speed, 0.0, 0.6 * speed))
        said.append(make(state, NOW + round(t * 1e9), hits=3 + k, covariance=LOOSE))
    return said


def judged(plan, pictures):
    evaluator = KinematicEvaluator(plan)
    state = evaluator.start()
    for tracks in pictures:
        state, threats = evaluator.evaluate(state, tracks, tracks.header.valid_at)
    return threats


def test_what_rises_under_power_hits_nothing_for_sure(plan, pictures):
    """It was taken for a level flyer bound for the city, which it hits for sure."""
    threats = judged(plan, pictures)
    names = plan.threats.names
    falls = [names.index(name) for name in ("heavy-rocket", "srbm", "mrbm")]
    assert threats.class_probability[0, falls].sum() > 0.7
    assert threats.falls[0] == 1
    assert threats.hit_probability[0] < 0.3
    assert np.isfinite(threats.impact_lat[0])


def test_nor_is_it_harmless_before_its_motor_is_out(plan, pictures, make):
    """The fall from here ends short of everything; the fall after the burn does not."""
    threats = judged(plan, pictures)
    assert threats.harmless[0] == 0
    tight = [
        make(p.state, p.header.valid_at, hits=p.hits, ballistic=1, ln_inv_beta_sigma=0.1)
        for p in pictures
    ]
    assert judged(plan, tight).harmless[0] == 1


def test_the_contract_holds_while_it_rises(plan, pictures):
    check_threat_evaluator(KinematicEvaluator(plan), plan, pictures)
