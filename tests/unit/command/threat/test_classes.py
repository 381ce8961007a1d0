"""What each track is taken for."""

import numpy as np
import pytest

from tdome.command.threat.kinematic import KinematicEvaluator

NOW = 1_800_000_000 * 10**9
S = 10**9

# class, height (m), ground speed (m/s), RCS (dBsm)
LEVEL = [
    ("cruise", 80.0, 240.0, -10.0),
    ("supersonic-cruise", 9_000.0, 700.0, -5.0),
    ("jet-drone", 2_500.0, 158.0, -15.0),
    ("fighter", 8_000.0, 320.0, 5.0),
]


def _judge(plan, pictures):
    evaluator = KinematicEvaluator(plan)
    state = evaluator.start()
    for tracks in pictures:
        state, threats = evaluator.evaluate(state, tracks, tracks.header.valid_at)
    return threats


@pytest.mark.parametrize("case", LEVEL)
def test_level_classes_are_told_apart(plan, make, at, case):
    name, height, speed, rcs = case
    state = at(25.0, 120.0, height, (speed, 0.0, 0.0))
    threats = _judge(plan, [make(state, NOW + k * S, rcs_dbsm=rcs) for k in range(5)])
    assert plan.threats.names[threats.threat_class[0]] == name
    assert threats.class_probability[0].max() > 0.8


@pytest.mark.parametrize("name", ["rocket", "srbm", "mrbm"])
@pytest.mark.parametrize("share", [0.15, 0.5, 0.85])
def test_ballistic_classes_are_told_apart_all_along_the_flight(plan, make, fly_class, name, share):
    path = fly_class(name)
    first = int(share * (len(path) - 8))
    pictures = [make(path[first + k, 1:], NOW + k * S, ballistic=1) for k in range(5)]
    threats = _judge(plan, pictures)
    assert plan.threats.names[threats.threat_class[0]] == name
    assert threats.class_probability[0, plan.threats.names.index(name)] > 0.6


def test_a_decoy_that_moves_like_its_real_class_keeps_its_share(plan, make, at):
    state = at(25.0, 120.0, 600.0, (51.0, 0.0, 0.0))
    threats = _judge(plan, [make(state, NOW + k * S) for k in range(50)])
    real, false = (plan.threats.names.index(name) for name in ("drone", "decoy-drone"))
    pmf = threats.class_probability[0]
    assert pmf[false] / (pmf[real] + pmf[false]) == pytest.approx(0.5, abs=0.01)
    assert pmf[real] + pmf[false] > 0.8
    assert plan.threats.names[threats.threat_class[0]] == "drone"


def test_what_fits_no_class_is_none_of_these(plan, make, at):
    bird = at(25.0, 120.0, 300.0, (15.0, 0.0, 0.0))
    threats = _judge(plan, [make(bird, NOW + k * S) for k in range(6)])
    assert threats.threat_class[0] == -1
    assert threats.class_probability[0, -1] > 0.8
    assert threats.value_at_risk[0] < 1.0


def test_a_wrong_flag_is_forgotten(plan, make, fly_class):
    path = fly_class("srbm")
    flags = [0] * 6 + [1] * 8
    pictures = [make(path[40 + k, 1:], NOW + k * S, ballistic=flag) for k, flag in enumerate(flags)]
    assert plan.threats.names[_judge(plan, pictures).threat_class[0]] == "srbm"


def test_rcs_tells_an_aircraft_from_a_small_thing_of_the_same_motion(plan, make, at):
    state = at(25.0, 120.0, 100.0, (240.0, 0.0, 0.0))
    fighter = plan.threats.names.index("fighter")
    small = _judge(plan, [make(state, NOW, rcs_dbsm=-15.0)]).class_probability[0, fighter]
    large = _judge(plan, [make(state, NOW, rcs_dbsm=5.0)]).class_probability[0, fighter]
    assert large > 3.0 * small


def test_no_new_plot_is_no_new_evidence(plan, make, at):
    state = at(25.0, 120.0, 90.0, (262.0, 0.0, 0.0))
    once = _judge(plan, [make(state, NOW)])
    kept = _judge(plan, [make(state, NOW + k * S, updated_at=NOW) for k in range(10)])
    assert np.array_equal(once.class_probability, kept.class_probability)
