"""looks-v1: Bayes by hand, silence, debris, forced verdicts; and what the check catches."""

import math

import msgspec
import numpy as np
import pytest

from tdome.command.assessment.check import check_kill_assessor, engagement, track
from tdome.command.assessment.looks import (
    DEBRIS,
    DEBRIS_FADES_S,
    FALL,
    SINK_SIGMA,
    WRECK,
    LooksAssessor,
)
from tdome.command.assignment.sample import sample_plan
from tdome.messages.codes import EngagementState as State
from tdome.messages.codes import TrackStatus, Verdict

SECOND = 10**9
PLAN = sample_plan(1)
DELAY = PLAN.doctrine.assessment_delay_s
LIMIT = 3.0 * DELAY + 10.0


def judge(table, tracks, after_s):
    now = int(table.intercept_at[0]) + round(after_s * SECOND)
    return LooksAssessor(PLAN).assess(None, table, tracks, now)[1]


def test_it_keeps_its_promises():
    check_kill_assessor(LooksAssessor, PLAN)


def test_nothing_is_said_before_the_delay():
    table = engagement(0.7, State.TERMINAL)
    assert len(judge(table, track(-1.0, 5.0), DELAY - 0.001)) == 0
    assert len(judge(table, track(-1.0, 5.0), DELAY)) == 1


@pytest.mark.parametrize("weight", [0.5, 1.2, 4.0])
def test_silence_is_weighed_by_bayes(weight):
    said = judge(engagement(0.7, State.TERMINAL), track(-1.0, weight), DELAY)
    killed, alive = 0.7 * (1.0 - DEBRIS), 0.3 * math.exp(-weight)
    assert said.kill_probability[0] == pytest.approx(killed / (killed + alive), rel=1e-5)


@pytest.mark.parametrize("age", [1.5, 4.0, 9.0])
def test_plots_after_the_intercept_are_weighed_against_debris(age):
    falling = msgspec.structs.replace(track(age, 0.0), ballistic=np.ones(1, np.int8))
    said = judge(engagement(0.7, State.TERMINAL), falling, 10.0)
    killed, alive = 0.7 * DEBRIS * math.exp(-age / DEBRIS_FADES_S), 0.3
    assert said.kill_probability[0] == pytest.approx(killed / (killed + alive), rel=1e-5)


def test_silence_is_a_kill_and_a_track_that_flies_on_a_miss():
    table = engagement(0.7, State.TERMINAL)
    assert judge(table, track(-1.0, 3.0), DELAY).verdict.tolist() == [Verdict.KILL]
    assert judge(table, track(8.0, 0.0), 9.0).verdict.tolist() == [Verdict.MISS]


def test_without_evidence_even_a_sure_shot_is_undetermined():
    for pk in (0.01, 0.99):
        said = judge(engagement(pk, State.TERMINAL), track(-1.0, 0.0), DELAY)
        assert said.verdict.tolist() == [Verdict.UNDETERMINED]


def test_undetermined_is_said_once():
    said = judge(engagement(0.7, State.ASSESSED), track(-1.0, 0.2), DELAY + 1.0)
    assert len(said) == 0


def test_a_track_that_is_gone_is_strong_evidence():
    table, tracks = engagement(0.7, State.IN_FLIGHT), track(-1.0, 0.0)
    dropped = msgspec.structs.replace(tracks, status=np.array([TrackStatus.DROPPED], np.int8))
    elsewhere = msgspec.structs.replace(tracks, track_number=np.array([2], np.int32))
    assert judge(table, dropped, DELAY).verdict.tolist() == [Verdict.KILL]
    assert judge(table, elsewhere, DELAY).verdict.tolist() == [Verdict.KILL]


@pytest.mark.parametrize(("pk", "verdict"), [(0.7, Verdict.KILL), (0.3, Verdict.MISS)])
def test_at_the_limit_the_likelier_verdict_is_final(pk, verdict):
    table = engagement(pk, State.ASSESSED)
    assert len(judge(table, track(-1.0, 0.0), LIMIT - 0.001)) == 0
    assert judge(table, track(-1.0, 0.0), LIMIT).verdict.tolist() == [verdict]


def test_a_plot_from_just_before_the_intercept_is_none_after_it():
    said = judge(engagement(0.1, State.TERMINAL), track(0.9, 0.0), DELAY)
    assert said.verdict.tolist() == [Verdict.UNDETERMINED]


def test_a_salvo_is_judged_after_its_last_round():
    table = engagement(0.7, State.IN_FLIGHT)
    salvo = msgspec.structs.replace(table, rounds=np.array([3], np.int32))
    lag = 2.0 * float(PLAN.units.spacing[0])
    assert len(judge(salvo, track(-1.0, 5.0), DELAY + lag - 0.001)) == 0
    # A plot between the first round and the last one tells nothing about the last.
    assert judge(salvo, track(lag, 3.0), DELAY + lag).verdict.tolist() == [Verdict.KILL]


def _sinking(age, sink):
    """A level track 100 m above the pole's radius, seen so long after, sinking at m/s."""
    state = np.array([[0.0, 0.0, 6_356_852.0, 51.0, 0.0, -sink]])
    return msgspec.structs.replace(track(age, 0.0), state=state)


@pytest.mark.parametrize("age", [4.0, 8.0])
@pytest.mark.parametrize("sink", [0.0, 10.0, 30.0])
def test_the_sink_of_a_level_flyer_is_weighed_by_bayes(age, sink):
    said = judge(engagement(0.7, State.TERMINAL), _sinking(age, sink), 10.0)
    drop = min(FALL[0] * age, FALL[1])
    normal = [
        math.exp(-0.5 * (off / sigma) ** 2) / sigma
        for off, sigma in zip((sink, sink - drop), SINK_SIGMA, strict=True)
    ]
    ratio = normal[1] / normal[0]
    killed, alive = 0.7 * (DEBRIS * math.exp(-age / DEBRIS_FADES_S) + WRECK * ratio), 0.3
    assert said.kill_probability[0] == pytest.approx(killed / (killed + alive), rel=1e-5)


def test_a_level_flyer_that_falls_is_a_kill_and_one_that_flies_on_a_miss():
    table = engagement(0.5, State.TERMINAL)
    assert judge(table, _sinking(7.0, 30.0), 8.0).verdict.tolist() == [Verdict.KILL]
    assert judge(table, _sinking(7.0, 2.0), 8.0).verdict.tolist() == [Verdict.MISS]


class Believer(LooksAssessor):
    """An assessor that takes the shooter's word."""

    def assess(self, state, engagements, tracks, now):
        _, said = super().assess(state, engagements, tracks, now)
        return None, msgspec.structs.replace(said, verdict=np.full_like(said.verdict, Verdict.KILL))


class Undecided(LooksAssessor):
    """An assessor that never makes up its mind."""

    def assess(self, state, engagements, tracks, now):
        _, said = super().assess(state, engagements, tracks, now)
        return None, msgspec.structs.replace(said, verdict=np.zeros_like(said.verdict))


@pytest.mark.parametrize("broken", [Believer, Undecided])
def test_the_check_catches_a_broken_assessor(broken):
    with pytest.raises(AssertionError):
        check_kill_assessor(broken, PLAN)
