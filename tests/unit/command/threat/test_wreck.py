"""Wreckage is known by the energy that it loses; nothing that flies is taken for it."""

import numpy as np
import pytest

from tdome.command.threat.kinematic import KinematicEvaluator
from tdome.earth.ballistics import fly
from tdome.messages.codes import Identity

NOW = 1_800_000_000 * 10**9
S = 10**9
BETA_OF_A_WRECK = 80.0


def _told(plan, make, states, step_s=2.0, **columns):
    evaluator = KinematicEvaluator(plan)
    state, said = evaluator.start(), []
    for k, row in enumerate(states):
        tracks = make(row, NOW + round(k * step_s * S), **columns)
        state, threats = evaluator.evaluate(state, tracks, tracks.header.valid_at)
        said.append(threats)
    return said


def _wreck(state):
    """The fall of what was hit: 0.6 of the speed and a high drag, 2 s apart."""
    start = state.copy()
    start[3:] *= 0.6
    table = np.empty((2000, 7))
    return table[: fly(start, 1.0 / BETA_OF_A_WRECK, 2.0, table), 1:]


@pytest.mark.parametrize("name", ["rocket", "srbm", "mrbm"])
def test_no_intact_missile_is_wreckage_anywhere_on_its_way(plan, make, fly_class, name):
    path = fly_class(name)[::2, 1:]
    for threats in _told(plan, make, path, ballistic=1):
        assert threats.class_probability[0, -1] < 0.5


def test_a_missile_that_was_hit_stops_being_a_threat(plan, make, fly_class):
    path = fly_class("srbm")[:, 1:]
    hit = int(0.8 * len(path))
    fall = _wreck(path[hit])
    said = _told(plan, make, [*path[hit - 20 : hit : 2], *fall[:8]], ballistic=1)
    assert said[9].threat_class[0] >= 0
    for threats in said[13:]:
        assert threats.value_at_risk[0] == 0.0
        assert threats.harmless[0] == 1
        assert threats.threat_class[0] == -1


def test_what_falls_on_its_nose_at_the_speed_of_a_drone_is_none(plan, make, at):
    states = [at(25.0, 121.5, 4_000.0 - 2.0 * 45.0 * k, (0.0, 4.0, -45.0)) for k in range(16)]
    said = _told(plan, make, states)
    assert said[3].class_probability[0, -1] > 0.9  # by its path
    assert said[-1].value_at_risk[0] == 0.0  # by its energy
    assert all(threats.identity[0] != Identity.HOSTILE for threats in said)


@pytest.mark.parametrize("angle", [0.0, -30.0, -45.0])
def test_a_drone_in_its_last_dive_is_still_a_drone(plan, make, at, angle):
    along, down = 51.0 * np.cos(np.radians(angle)), 51.0 * np.sin(np.radians(angle))
    states = [
        at(24.95 + 2.0 * along * k / 111_200.0, 121.5, 2_000.0 + 2.0 * down * k, (0.0, along, down))
        for k in range(22)
    ]
    said = _told(plan, make, states)
    assert plan.threats.names[said[-1].threat_class[0]] in {"drone", "decoy-drone"}
    assert said[-1].value_at_risk[0] > 0.0
