"""A falling threat that may miss all assets waits for a better prediction, and loses no shot."""

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tdome.command.assignment.choice import undecided, waiting_pays1
from tdome.command.assignment.greedy import GreedyAssigner
from tdome.command.assignment.sample import (
    EPOCH,
    full_magazines,
    no_engagements,
    sample_plan,
    sample_raid,
)
from tdome.command.assignment.timed.assigner import PriceAssigner
from tdome.earth.motion import extrapolate
from tdome.messages.codes import Reason
from tdome.messages.fire import FirePlan

SECOND = 10**9
BOTH = pytest.mark.parametrize("assigner", [GreedyAssigner, PriceAssigner])


def seen(after_s: int, hit: float, ballistic: bool = True, value: float | None = None):
    """The first falling (or flying) threat of the sample raid, so many seconds later."""
    picked = []
    for message in sample_raid(4):
        names = [n for n in message.__struct_fields__ if n != "header"]
        rows = [0 if ballistic else 2]
        columns = {name: getattr(message, name)[rows] for name in names}
        picked.append(msgspec.structs.replace(message, **columns))
    tracks, threats = picked
    state = np.empty((1, 6))
    extrapolate(
        tracks.state, threats.falls, threats.inv_beta, np.array([float(after_s)]), state
    )  # fmt: skip
    tracks = msgspec.structs.replace(tracks, state=state)
    threats = msgspec.structs.replace(threats, hit_probability=np.full(1, hit, np.float32))
    if value is not None:
        threats = msgspec.structs.replace(threats, value_at_risk=np.full(1, value, np.float32))
    return tracks, threats


def assign(
    assigner, plan, after_s: int, hit: float, ballistic: bool = True, value: float | None = None
) -> FirePlan:
    now = EPOCH + after_s * SECOND
    magazines = full_magazines(plan, now)
    tracks, threats = seen(after_s, hit, ballistic, value)
    return assigner(plan).assign(tracks, threats, no_engagements(now), magazines, now)


def fired_after(assigner, plan, hit: float, value: float | None = None) -> tuple[int, int]:
    """Seconds until the first shot, and its rounds."""
    for after_s in range(120):
        found = assign(assigner, plan, after_s, hit, value=value)
        if (found.reason == Reason.CHOSEN).any():
            return after_s, int(found.rounds[found.reason == Reason.CHOSEN][0])
    raise AssertionError("it was never fired at")


def plan_of(doctrine: str = ""):
    return sample_plan(1, types=("terminal-ballistic",), doctrine=doctrine)


@BOTH
def test_it_waits_and_is_fired_at_as_often_as_one_that_is_sure_to_hit(assigner):
    sure, rounds = fired_after(assigner, plan_of(), hit=0.9)
    late, same = fired_after(assigner, plan_of(), hit=0.1)
    assert late >= sure + 3
    assert same == rounds, "a second shot after a look is still possible, if it was"
    assert assign(assigner, plan_of(), sure, hit=0.1).reason.tolist() == [Reason.UNDECIDED]


@BOTH
def test_one_shot_left_waits_for_its_last_moment_but_not_past_it(assigner):
    plan = plan_of("max_shots_per_threat = 1")
    late, _ = fired_after(assigner, plan, hit=0.1)
    assert late > fired_after(assigner, plan, hit=0.9)[0]
    gone = assign(assigner, plan, late + 15, hit=0.9)
    assert Reason.CHOSEN not in gone.reason


def test_a_second_chance_is_let_go_where_it_costs_more_than_it_is_worth():
    """One unit; in a second its second launch is gone, its first is good for long."""

    def waits(value, hit=0.1, last=30.0, shots=4):
        one = np.ones((1, 1))
        return undecided(
            12.0 * one, last * one, np.array([9.0]), np.array([9.0]), np.array([5], np.int32),
            np.array([shots], np.int32), np.array([value]), np.array([hit]), 0.8 * one, 0.02 * one,
            np.array([[2]], np.int32), np.array([2.0, 8.0, 4.0]),
        ).tolist() == [[1]]  # fmt: skip

    assert waits(0.1)
    assert waits(50.0), "a salvo at the last chance kills as surely, and is fired at who will hit"
    assert not waits(50.0, hit=0.9)
    assert not waits(0.1, hit=1.0)
    assert waits(50.0, hit=0.9, last=33.0), "nothing is lost"
    assert not waits(0.1, last=12.0), "it is the last moment"
    assert waits(50.0, hit=0.9, shots=1)


@settings(deadline=None)
@given(
    value=st.floats(0.001, 10.0), hit=st.floats(0.001, 0.999), sspk=st.floats(0.05, 0.95),
    price=st.floats(0.0, 1.0), rounds=st.integers(1, 3),
)  # fmt: skip
def test_what_waiting_pays_is_what_the_tree_of_all_outcomes_says(value, hit, sspk, price, rounds):
    """Real or not, then every shot a hit or not: summed over leaves."""
    now = later = 0.0
    for real, chance in ((True, hit), (False, 1.0 - hit)):
        worth = value / hit if real else 0.0
        now += chance * (sspk * worth - price)
        if real:  # missed, seen to be real, shot at again
            now += chance * (1.0 - sspk) * (sspk * worth - price)
            later += chance * ((1.0 - (1.0 - sspk) ** rounds) * worth - price * rounds)
    assume(abs(now - later) > 1e-9)
    assert waiting_pays1(value, hit, sspk, price, rounds) == (later > now)


@BOTH
def test_a_plan_may_say_never_to_wait(assigner):
    plan = plan_of("sure_of_hit = 0.0")
    assert fired_after(assigner, plan, hit=0.1) == fired_after(assigner, plan, hit=0.9)


@BOTH
def test_what_flies_is_not_waited_for(assigner):
    plan = sample_plan(1, types=("short-range",))
    found = assign(assigner, plan, 0, hit=0.1, ballistic=False)
    assert Reason.CHOSEN in found.reason
