"""Who is who."""

import numpy as np
import pytest

from tdome.command.threat.identity import filed
from tdome.command.threat.kinematic import KinematicEvaluator
from tdome.messages.codes import Identity, IdentityRule

NOW = 1_800_000_000 * 10**9
S = 10**9
CRUISE = (24.9, 119.5, 80.0, (240.0, 10.0, 0.0))  # heads for the city
AIRLINER = (24.9, 119.5, 10_000.0, (240.0, 10.0, 0.0))


def _follow(plan, pictures):
    evaluator = KinematicEvaluator(plan)
    state, said = evaluator.start(), []
    for tracks in pictures:
        state, threats = evaluator.evaluate(state, tracks, tracks.header.valid_at)
        said.append(Identity(int(threats.identity[0])))
    return said, threats


def test_filed_blocks_hold_their_ends():
    address = np.array([-1, 999, 1000, 1500, 1999, 2000], dtype=np.int32)
    assert filed(address, [(1000, 1999)]).tolist() == [False, False, True, True, True, False]


def test_a_silent_cruise_missile_is_suspect_then_hostile(plan, make, at):
    pictures = [make(at(*CRUISE), NOW + k * S, hits=k + 3) for k in range(4)]
    said, _ = _follow(plan, pictures)
    assert said == [Identity.SUSPECT, Identity.SUSPECT, Identity.HOSTILE, Identity.HOSTILE]


def test_a_filed_address_is_neutral_and_stays_so(plan, make, at):
    pictures = [make(at(*CRUISE), NOW + k * S, address=1234 if k < 2 else -1) for k in range(6)]
    said, threats = _follow(plan, pictures)
    assert set(said) == {Identity.NEUTRAL}
    assert threats.value_at_risk[0] == 0.0
    assert threats.asset[0] == -1
    assert np.isnan(threats.impact_lat[0])


def test_a_friendly_reply_overrides_all_and_stays(plan, make, at):
    pictures = [make(at(*CRUISE), NOW + k * S, hits=9 + k, friend=k == 3) for k in range(5)]
    said, threats = _follow(plan, pictures)
    assert said == [*[Identity.SUSPECT] * 2, Identity.HOSTILE, Identity.FRIEND, Identity.FRIEND]
    assert threats.priority[0] == 0.0


def test_an_answer_that_comes_late_lifts_the_suspicion(plan, make, at):
    pictures = [make(at(*CRUISE), NOW, hits=9), make(at(*CRUISE), NOW + S, address=1000)]
    assert _follow(plan, pictures)[0][-1] == Identity.NEUTRAL


def test_an_unfiled_reply_is_not_suspected_for_silence(plan, make, at):
    pictures = [make(at(*CRUISE), NOW + k * S, hits=9 + k, address=5) for k in range(4)]
    assert _follow(plan, pictures)[0][-1] == Identity.UNKNOWN


def test_a_silent_aircraft_is_suspect_at_most(plan, make, at):
    pictures = [make(at(*AIRLINER), NOW + k * S, hits=4 + k, rcs_dbsm=6.0) for k in range(20)]
    said, _ = _follow(plan, pictures)
    assert said[0] == Identity.UNKNOWN
    assert said[-1] == Identity.SUSPECT
    assert Identity.HOSTILE not in said


def test_who_flies_away_is_unknown(plan, make, at):
    away = at(24.9, 119.5, 80.0, (-240.0, 0.0, 0.0))
    said, _ = _follow(plan, [make(away, NOW + k * S, hits=9 + k) for k in range(5)])
    assert said[-1] == Identity.UNKNOWN


def _drone(plan, make, at, rcs):
    towards = at(25.0, 120.5, 500.0, (50.0, 0.0, 0.0))
    aside = at(25.0, 120.5, 500.0, (0.0, 50.0, 0.0))
    pictures = [make(towards, NOW + k * S, hits=9 + k, rcs_dbsm=rcs) for k in range(3)]
    pictures.append(make(aside, NOW + 3 * S, hits=12, rcs_dbsm=rcs))
    return _follow(plan, pictures)


def test_a_drone_that_turns_at_a_waypoint_stays_hostile(plan, make, at):
    said, threats = _drone(plan, make, at, -15.0)
    assert said[1:] == [Identity.SUSPECT, Identity.HOSTILE, Identity.HOSTILE]
    assert threats.because[0] == IdentityRule.TOO_SMALL_FOR_CIVIL


@pytest.mark.parametrize("rcs", [np.nan, 0.0, -6.0])
def test_who_may_be_a_light_aircraft_is_suspect_at_most(plan, make, at, rcs):
    said, _ = _drone(plan, make, at, rcs)
    assert Identity.HOSTILE not in said
    assert Identity.SUSPECT in said


@pytest.mark.parametrize("hits", [3, 4, 30])
def test_a_falling_track_is_hostile_once_it_is_sure(plan, make, fly_class, hits):
    path = fly_class("srbm")
    said, _ = _follow(plan, [make(path[len(path) // 2 + 5, 1:], ballistic=1, hits=hits)])
    assert said[-1] == (Identity.HOSTILE if hits >= 4 else Identity.SUSPECT)


def test_a_ballistic_track_that_goes_elsewhere_is_not_hostile(plan, make, at):
    outbound = at(25.5, 123.5, 40_000.0, (1500.0, 0.0, 600.0))
    said, _ = _follow(plan, [make(outbound, NOW + k * S, ballistic=1) for k in range(4)])
    assert said[-1] == Identity.UNKNOWN
