"""Corridors: who keeps to one is not suspected for silence."""

import numpy as np
import pytest

from tdome.command.threat.identity import along, beyond_civil, too_small
from tdome.command.threat.kinematic import KinematicEvaluator
from tdome.kernel.errors import ConfigError
from tdome.messages.codes import Identity, IdentityRule
from tdome.plan.plan import read_plan
from tdome.plan.schema import Corridor

NOW = 1_800_000_000 * 10**9
S = 10**9
LANE = Corridor(route=[(25.0, 119.0), (25.0, 121.0)], half_width_km=10.0, lowest_m=500.0)
PLAN = """
name = "corridor room"
threats = ["cruise", "drone", "fighter"]
[[traffic.corridors]]
route = [[25.0, 119.0], [25.0, 121.4]]
half_width_km = 10.0
lowest_m = 1000.0
own = {own}
[[sensors]]
name = "radar"
type = "multifunction"
lat_deg = 25.0
lon_deg = 121.5
[[assets]]
name = "city"
lat_deg = 25.0
lon_deg = 121.5
radius_km = 5.0
value = 100.0
"""


@pytest.mark.parametrize(
    ("lat", "lon", "height", "velocity", "inside"),
    [
        (25.0, 120.0, 5_000.0, (200.0, 0.0, 0.0), True),
        (25.0, 120.0, 5_000.0, (-200.0, 0.0, 0.0), True),  # either way
        (25.07, 120.0, 5_000.0, (200.0, 0.0, 0.0), True),
        (25.12, 120.0, 5_000.0, (200.0, 0.0, 0.0), False),  # 13 km beside it
        (25.0, 120.0, 5_000.0, (0.0, 200.0, 0.0), False),  # across
        (25.0, 120.0, 400.0, (200.0, 0.0, 0.0), False),  # below
        (25.0, 118.5, 5_000.0, (200.0, 0.0, 0.0), False),  # before its start
        (25.0, 121.5, 5_000.0, (200.0, 0.0, 0.0), False),  # after its end
    ],
)
def test_a_corridor_has_a_width_a_height_a_course_and_ends(at, lat, lon, height, velocity, inside):
    state = at(lat, lon, height, velocity)[None]
    assert along([LANE], state, np.array([height]), own=False).tolist() == [inside]
    assert not along([LANE], state, np.array([height]), own=True).any()


def _judge(own, pictures):
    plan = read_plan(PLAN.format(own=own), "corridor-room.toml")
    evaluator = KinematicEvaluator(plan)
    state = evaluator.start()
    for tracks in pictures:
        state, threats = evaluator.evaluate(state, tracks, tracks.header.valid_at)
    return Identity(int(threats.identity[0])), IdentityRule(int(threats.because[0]))


@pytest.mark.parametrize("own", ["false", "true"])
def test_silence_in_a_corridor_is_no_reason_for_suspicion(make, at, own):
    def pictures(lat, rcs=5.0):
        state = at(lat, 120.0, 6_000.0, (200.0, 0.0, 0.0))
        return [make(state, NOW + k * S, hits=9 + k, rcs_dbsm=rcs) for k in range(5)]

    identity, because = _judge(own, pictures(25.0))
    ours = own == "true"
    assert identity == (Identity.ASSUMED_FRIEND if ours else Identity.UNKNOWN)
    assert because == (IdentityRule.IN_OUR_CORRIDOR if ours else IdentityRule.IN_A_CORRIDOR)
    assert _judge(own, pictures(24.7))[0] == Identity.SUSPECT


@pytest.mark.parametrize("own", ["false", "true"])
def test_a_corridor_shelters_no_missile(make, at, own):
    state = at(25.0, 120.0, 1_200.0, (280.0, 0.0, 0.0))
    pictures = [make(state, NOW + k * S, hits=9 + k) for k in range(5)]
    assert _judge(own, pictures)[0] in {Identity.HOSTILE, Identity.SUSPECT}


def test_a_corridor_of_one_point_is_refused():
    text = PLAN.format(own="false").replace("[25.0, 119.0], ", "")
    with pytest.raises(ConfigError):
        read_plan(text, "corridor-room.toml")


def test_beyond_the_civil_envelope_counts_the_errors():
    height, ground = np.full(4, 500.0), np.array([240.0, 240.0, 240.0, 150.0])
    height_sigma = np.array([20.0, 2_000.0, 20.0, 20.0])
    sigma = np.array([5.0, 5.0, 40.0, 5.0])
    found = beyond_civil(height, ground, height_sigma, sigma)
    assert found.tolist() == [True, False, False, False]
    assert beyond_civil(*(np.array([v]) for v in (40e3, 10.0, 500.0, 5.0))).all()


def test_small_means_enough_looks_and_a_margin():
    rcs = np.array([-15.0, -15.0, -9.0, np.nan, np.inf], np.float32)
    hits = np.array([20, 4, 20, 20, 20], np.int32)
    assert too_small(rcs, hits).tolist() == [True, False, False, False, False]
