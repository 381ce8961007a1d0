"""The contract of the room, and that its check can fail."""

import msgspec
import numpy as np
import pytest

from tdome.command.threat.check import check_threat_evaluator
from tdome.command.threat.kinematic import KinematicEvaluator
from tdome.plan.plan import build_plan

NOW = 1_800_000_000 * 10**9


def _pictures(make, at, fly_class):
    srbm, rocket = fly_class("srbm"), fly_class("rocket")
    said = []
    for k in range(5):
        states = [
            srbm[150 + k, 1:],
            rocket[10 + k, 1:],
            at(24.9, 119.5, 80.0, (240.0, 10.0, 0.0)),
            at(24.9, 119.5, 9_000.0, (230.0, 10.0, 0.0)),
            at(25.5, 119.9, 900.0, (50.0, -10.0, 0.0)),
        ]
        columns = {"ballistic": [1, 1, 0, 0, 0], "address": [-1, -1, -1, 1500, -1]}
        said.append(make(states, NOW + k * 10**9, hits=3 + k, friend=[0, 0, 0, 0, 1], **columns))
    return said


def test_kinematic_keeps_the_promises(plan, make, at, fly_class):
    check_threat_evaluator(KinematicEvaluator(plan), plan, _pictures(make, at, fly_class))


def test_an_empty_picture_is_judged(plan, make):
    empty = make(np.zeros((0, 6)))
    check_threat_evaluator(KinematicEvaluator(plan), plan, [empty])


def test_a_plan_without_ballistic_classes_predicts_all_the_same(plan, make, fly_class):
    bare = build_plan(msgspec.structs.replace(plan.file, threats=["drone", "fighter"]), "bare")
    path = fly_class("srbm")
    picture = make(path[150, 1:], ballistic=1)
    check_threat_evaluator(KinematicEvaluator(bare), bare, [picture])
    evaluator = KinematicEvaluator(bare)
    threats = evaluator.evaluate(evaluator.start(), picture, NOW)[1]
    assert np.isfinite(threats.impact_lat[0])
    assert threats.inv_beta[0] > 0.0


class _Broken(KinematicEvaluator):
    def __init__(self, plan, column, value):
        super().__init__(plan)
        self.column, self.value = column, value

    def evaluate(self, state, tracks, now):
        state, threats = super().evaluate(state, tracks, now)
        column = getattr(threats, self.column)
        value = tracks.track_number if self.value == "number" else self.value
        changed = np.broadcast_to(np.asarray(value, column.dtype), column.shape).copy()
        return state, msgspec.structs.replace(threats, **{self.column: changed})


@pytest.mark.parametrize(
    "broken",
    [
        ("identity", 1, "FRIEND"),
        ("identity", 5, "NEUTRAL"),
        ("value_at_risk", -1.0, "negative"),
        ("priority", np.nan, "not finite"),
        ("class_probability", 0.5, "sum"),
        ("decoy_probability", "number", "order of rows"),
        ("asset", 9, "asset"),
    ],
)
def test_the_check_finds_a_broken_promise(plan, make, at, fly_class, broken):
    column, value, complaint = broken
    with pytest.raises(AssertionError, match=complaint):
        check_threat_evaluator(_Broken(plan, column, value), plan, _pictures(make, at, fly_class))
