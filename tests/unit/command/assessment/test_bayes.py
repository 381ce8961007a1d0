"""bayes-v1: the rule by hand, evidence from motion and new tracks, verdicts by cost."""

import math

import numpy as np
import pytest
from msgspec import structs

from tdome.command.assessment.bayes import (
    LAST_DELAYS,
    LAST_S,
    WAITING,
    BayesAssessor,
    Weights,
    motion_evidence,
    probability,
)
from tdome.command.assessment.before import Before
from tdome.command.assessment.check import check_kill_assessor, engagement, track
from tdome.command.assessment.evidence import GONE, Found, gather
from tdome.command.assignment.sample import sample_plan
from tdome.messages.codes import EngagementState as State
from tdome.messages.codes import TrackStatus, Verdict

SECOND = 10**9
PLAN = sample_plan(1)
DELAY = PLAN.doctrine.assessment_delay_s
LIMIT = LAST_DELAYS * DELAY + LAST_S
COST = PLAN.doctrine.false_kill_cost
START = int(engagement(0.7, State.TERMINAL).intercept_at[0])
HEIGHT = 6_366_752.0  # m: 10 km over the pole


def flyer(since_s, speed, updated_s=None, *, number=1, x=None, weight=0.0):
    """A picture of one track over the pole at so many s after the intercept, moving along x."""
    at = since_s if updated_s is None else updated_s
    plain = track(at, weight)
    state = np.array([[speed * since_s if x is None else x, 0.0, HEIGHT, speed, 0.0, 0.0]])
    covariance = np.zeros((1, 21), np.float32)
    covariance[:, [0, 6, 11]] = 50.0**2
    covariance[:, [15, 18, 20]] = 2.0**2
    valid = START + round(since_s * SECOND)
    return structs.replace(
        plain,
        header=structs.replace(plain.header, valid_at=valid, received_at=valid),
        track_number=np.array([number], np.int32),
        state=state,
        covariance=covariance,
        missed=np.zeros(1, np.int32),
    )


def both(one, two):
    """Two pictures in one."""
    names = [name for name in one.__struct_fields__ if name != "header"]
    return structs.replace(
        one, **{n: np.concatenate([getattr(one, n), getattr(two, n)]) for n in names}
    )


def judge(after, *, pk=0.7, table=None, before=None):
    """Say what is judged of a flyer at 200 m/s, seen 5 s before its intercept."""
    table = engagement(pk, State.TERMINAL) if table is None else table
    assessor = BayesAssessor(PLAN)
    first = flyer(-5.0, 200.0) if before is None else before
    state, _ = assessor.assess(assessor.start(), table, first, first.header.valid_at)
    return assessor.assess(state, table, after, after.header.valid_at)[1]


def found(**changes):
    """Evidence of one track that flies on as expected, with changes."""
    plain = {name: np.zeros(1) for name in Found._fields}
    plain |= {"age": np.full(1, -np.inf), "since": np.full(1, 8.0), "level": np.ones(1)}
    plain |= {name: np.full(1, np.nan) for name in ("slow", "lag", "fainter")}
    return Found(**(plain | {name: np.array([value]) for name, value in changes.items()}))


def odds(pk=0.7, **changes):
    chance = probability(Weights(), np.array([pk]), found(**changes))[0]
    return math.log(chance / (1.0 - chance))


def test_it_keeps_its_promises():
    check_kill_assessor(BayesAssessor, PLAN)


@pytest.mark.parametrize("pk", [0.2, 0.7, 0.95])
@pytest.mark.parametrize("weight", [0.0, 1.5, 40.0])
def test_silence_is_weighed_by_the_rule(pk, weight):
    w = Weights()
    by_hand = w.bias + w.prior * math.log(pk / (1.0 - pk)) + w.silence * min(weight, 6.0)
    assert odds(pk, silence=weight) == pytest.approx(by_hand, rel=1e-9)


def test_each_kind_of_evidence_moves_the_right_way():
    seen = {"age": 6.0, "lag": 0.0, "slow": 0.0, "fainter": 0.0}
    assert odds(silence=3.0) > odds(silence=1.0) > odds()
    assert odds(**seen) < odds()
    assert odds(**(seen | {"lag": 0.15})) > odds(**(seen | {"lag": 0.08})) > odds(**seen)
    assert odds(**(seen | {"slow": 0.5})) > odds(**seen)
    assert odds(**(seen | {"age": 9.0})) < odds(**seen)
    assert odds(**(seen | {"fainter": 10.0})) >= odds(**seen)
    assert odds() < odds(debris=1.0)
    assert odds(pk=0.9) > odds(pk=0.5)


def test_who_is_faster_than_expected_did_not_brake():
    slow, fast = found(age=6.0, lag=0.1, slow=0.0), found(age=6.0, lag=-0.4, slow=-0.2)
    assert motion_evidence(fast)[0] <= motion_evidence(slow)[0]


def test_a_target_that_flies_on_is_a_miss_at_once():
    said = judge(flyer(DELAY + 1.0, 200.0))
    assert said.verdict.tolist() == [Verdict.MISS]


def test_what_stops_in_the_air_is_no_miss():
    """The same plots, but 30 m from the burst after 9 s: not where a live target would be."""
    stopped = judge(flyer(9.0, 5.0, x=30.0))
    flew = judge(flyer(9.0, 200.0))
    assert stopped.kill_probability[0] > 0.5 > flew.kill_probability[0]


def test_looks_missed_before_the_intercept_say_nothing():
    old = flyer(-5.0, 200.0, -9.0, weight=2.5)
    same = flyer(DELAY, 200.0, -9.0, weight=2.5)
    fresh = judge(flyer(DELAY, 200.0, -9.0, weight=2.5), before=flyer(-5.0, 200.0, -9.0))
    assert judge(same, before=old).kill_probability[0] < fresh.kill_probability[0]


def test_a_new_track_that_flies_on_is_no_debris():
    lost = flyer(8.0, 200.0, -1.0, weight=3.0)
    other = structs.replace(flyer(8.0, 200.0, number=9), first_at=np.array([START + 3 * SECOND]))
    assert judge(both(lost, other)).kill_probability == judge(lost).kill_probability


def test_a_slow_new_track_at_the_burst_is_debris():
    table = engagement(0.7, State.TERMINAL)
    before = Before.nothing().seen(table, flyer(-5.0, 200.0), np.ones(1, bool), START - 5 * SECOND)
    wreck = flyer(8.0, 10.0, number=9, x=100.0)
    wreck = structs.replace(wreck, first_at=np.array([START + 4 * SECOND]))
    lost = flyer(8.0, 200.0, -1.0, weight=3.0)
    evidence = gather(before, table, table.intercept_at, both(lost, wreck), START + 8 * SECOND)
    assert evidence.debris[0] == 1.0


def test_a_track_that_is_gone_is_silent():
    table = engagement(0.7, State.TERMINAL)
    dropped = structs.replace(
        flyer(6.0, 200.0, -1.0), status=np.array([TrackStatus.DROPPED], np.int8)
    )
    elsewhere = flyer(6.0, 200.0, number=5, x=9e5)
    for picture in (dropped, elsewhere):
        evidence = gather(Before.nothing(), table, table.intercept_at, picture, START + 6 * SECOND)
        assert evidence.silence[0] == GONE


def test_verdicts_follow_the_cost():
    """At the limit the cheaper verdict: killed if R (1 - P) < P."""
    table = engagement(0.7, State.ASSESSED)
    quiet = track(-1.0, 0.0)
    for cost in (0.2, 1.0, 5.0, 1_000.0):
        doctrine = structs.replace(PLAN.file.doctrine, false_kill_cost=cost)
        plan = structs.replace(PLAN, file=structs.replace(PLAN.file, doctrine=doctrine))
        said = BayesAssessor(plan).assess(
            Before.nothing(), table, quiet, START + round(LIMIT * SECOND)
        )[1]
        kill = float(said.kill_probability[0])
        wanted = Verdict.KILL if cost * (1.0 - kill) < kill else Verdict.MISS
        assert said.verdict.tolist() == [wanted]


def test_a_verdict_waits_until_it_is_cheap():
    early = judge(track(-1.0, 0.0), table=engagement(0.7, State.TERMINAL), before=track(-5.0, 0.0))
    assert len(early) == 0
    said = BayesAssessor(PLAN).assess(
        Before.nothing(), engagement(0.7, State.TERMINAL), track(-1.0, 0.3), START + 5 * SECOND
    )[1]
    assert said.verdict.tolist() == [Verdict.UNDETERMINED]
    assert COST * (1.0 - said.kill_probability[0]) >= WAITING <= said.kill_probability[0]
    again = BayesAssessor(PLAN).assess(
        Before.nothing(), engagement(0.7, State.ASSESSED), track(-1.0, 0.3), START + 6 * SECOND
    )[1]
    assert len(again) == 0


def test_nothing_is_remembered_of_what_is_over():
    table = engagement(0.7, State.TERMINAL)
    assessor = BayesAssessor(PLAN)
    state, _ = assessor.assess(assessor.start(), table, flyer(-5.0, 200.0), START - 5 * SECOND)
    assert state.engagement.tolist() == [1]
    closed = engagement(0.7, State.CLOSED)
    state, _ = assessor.assess(state, closed, flyer(5.0, 200.0), START + 5 * SECOND)
    assert len(state.engagement) == 0
