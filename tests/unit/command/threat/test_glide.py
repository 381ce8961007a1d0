"""Glide vehicles are believed by height, speed and a level path; nobody predicts them to fall."""

import numpy as np
import pytest
from tests.plan_texts import RADAR_AND_CITY

from tdome.command.threat.kinematic import KinematicEvaluator
from tdome.command.threat.wreck import INV_BETA
from tdome.earth.ballistics import fly, height1
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.messages.codes import Family, Identity
from tdome.plan.plan import read_plan
from tdome.world.bodies.glide import Glider, glide_path, ground_track, turn_radius
from tdome.world.bodies.table import state1

NOW = 1_800_000_000 * 10**9
S = 10**9

PLAN = """
name = "glide room"
threats = ["rocket", "srbm", "mrbm", "cruise", "supersonic-cruise", "fighter", "glide-vehicle"]
"""
PLAN += RADAR_AND_CITY
GLIDER = Glider(3.0, 3000.0, 45_000.0)
TRACK = ground_track(np.radians([25.0, 25.0]), np.radians([108.0, 121.5]), turn_radius(3000.0))
assert TRACK is not None
PATH = glide_path(TRACK, GLIDER, 0.0, 1600.0)
assert PATH is not None


@pytest.fixture(scope="module")
def gliders():
    return read_plan(PLAN, "glide-room.toml")


def judge(plan, pictures):
    evaluator = KinematicEvaluator(plan)
    memory = evaluator.start()
    for tracks in pictures:
        memory, threats = evaluator.evaluate(memory, tracks, tracks.header.valid_at)
    return threats


def glide_state(share):
    out = np.empty(6)
    boost = float(PATH[np.linalg.norm(PATH[:, 4:], axis=1).argmax(), 0])
    state1(PATH, 0, len(PATH), boost + share * (PATH[-1, 0] - 60.0 - boost), out)
    return out


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_glide_is_a_glide_all_along(gliders, make, share):
    step = 2.0 / PATH[-1, 0]
    pictures = [make(glide_state(share + k * step), NOW + 2 * k * S) for k in range(5)]
    threats = judge(gliders, pictures)
    assert gliders.threats.names[threats.threat_class[0]] == "glide-vehicle"
    assert threats.class_probability[0].max() > 0.8
    assert threats.family[0] == Family.GLIDE
    assert threats.identity[0] == Identity.HOSTILE
    assert threats.value_at_risk[0] > 1.0
    assert threats.inv_beta[0] == 0.0


def last_seconds(make, first, last, flag_below):
    """Pictures 2 s apart from and to so many seconds before the end; flagged as falling below."""
    out, said = np.empty(6), []
    for k, before in enumerate(range(first, last, -2)):
        state1(PATH, 0, len(PATH), PATH[-1, 0] - before, out)
        flag = int(height1(out[0], out[1], out[2]) < flag_below)
        said.append(make(out.copy(), NOW + 2 * k * S, ballistic=flag, hits=3 + k))
    return said


@pytest.mark.parametrize(("first", "flag_below"), [(27, 0.0), (71, 30e3), (71, 0.0)])
def test_a_dive_belongs_to_a_glide_with_no_impact_of_its_own(gliders, make, first, flag_below):
    """Seen from 25 km down alone, or known from the glide before, with a right or a wrong flag."""
    threats = judge(gliders, last_seconds(make, first, 15, flag_below))
    assert gliders.threats.names[threats.threat_class[0]] == "glide-vehicle"
    assert threats.inv_beta[0] == 0.0  # shown by its course against the assets
    assert threats.asset[0] == 0
    assert threats.value_at_risk[0] > 1.0


def test_a_flag_that_turns_wrong_predicts_no_fall(gliders, make):
    def pictures(wrong):
        step = 2.0 / PATH[-1, 0]
        states = [glide_state(0.5 + k * step) for k in range(6)]
        flags = [0] * 5 + [wrong]
        return [
            make(state, NOW + 2 * k * S, ballistic=flag)
            for k, (state, flag) in enumerate(zip(states, flags, strict=True))
        ]

    right, wrong = judge(gliders, pictures(0)), judge(gliders, pictures(1))
    for threats in (right, wrong):
        assert gliders.threats.names[threats.threat_class[0]] == "glide-vehicle"
        assert threats.inv_beta[0] == 0.0
        assert threats.harmless[0] == 0
        assert threats.asset[0] == 0


@pytest.mark.parametrize("name", ["srbm", "mrbm"])
@pytest.mark.parametrize("share", [0.15, 0.45, 0.85])
def test_a_missile_is_still_a_missile_beside_a_glide_class(gliders, make, name, share, fly_class):
    path = fly_class(name)
    first = int(share * (len(path) - 8))
    pictures = [make(path[first + k, 1:], NOW + k * S, ballistic=1) for k in range(5)]
    threats = judge(gliders, pictures)
    assert gliders.threats.names[threats.threat_class[0]] == name


def test_a_fragment_that_comes_back_is_harmless_and_worth_no_round(gliders, make):
    """Its drag gives it away: the wreck rule of wreck.py holds for what separates, too."""
    start = geodetic_to_ecef(*np.radians([25.0, 120.6]), 60e3)
    city = geodetic_to_ecef(*np.radians([25.0, 121.5]), 9e3)  # the fall brings it down to it
    direction = (city - start) / np.linalg.norm(city - start)
    table = np.empty((900, 7))
    said = {}
    for beta in (12_000.0, 200.0):
        rows = fly(np.concatenate([start, 2500.0 * direction]), 1.0 / beta, 1.0, table)
        first = next(k for k in range(rows) if height1(*table[k, 1:4]) < 40e3)
        last = min(first + 26, rows - 8)
        flown = enumerate(table[first:last, 1:].copy())
        said[beta] = judge(gliders, [make(row, NOW + k * S, ballistic=1) for k, row in flown])
    missile, fragment = said.values()
    assert missile.value_at_risk[0] > 1.0
    assert missile.harmless[0] == 0
    assert fragment.value_at_risk[0] == 0.0
    assert fragment.harmless[0] == 1
    assert fragment.threat_class[0] == -1
    assert fragment.inv_beta[0] == INV_BETA
