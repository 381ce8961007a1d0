"""A falling threat that may miss all assets waits for a better prediction, and loses no shot."""

import msgspec
import numpy as np
import pytest

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


def seen(after_s: int, hit: float, ballistic: bool = True):
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
    return tracks, msgspec.structs.replace(threats, hit_probability=np.full(1, hit, np.float32))


def assign(assigner, plan, after_s: int, hit: float, ballistic: bool = True) -> FirePlan:
    now = EPOCH + after_s * SECOND
    magazines = full_magazines(plan, now)
    tracks, threats = seen(after_s, hit, ballistic)
    return assigner(plan).assign(tracks, threats, no_engagements(now), magazines, now)


def fired_after(assigner, plan, hit: float) -> tuple[int, int]:
    """Seconds until the first shot, and its rounds."""
    for after_s in range(120):
        found = assign(assigner, plan, after_s, hit)
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


@BOTH
def test_a_plan_may_say_never_to_wait(assigner):
    plan = plan_of("sure_of_hit = 0.0")
    assert fired_after(assigner, plan, hit=0.1) == fired_after(assigner, plan, hit=0.9)


@BOTH
def test_what_flies_is_not_waited_for(assigner):
    plan = sample_plan(1, types=("short-range",))
    found = assign(assigner, plan, 0, hit=0.1, ballistic=False)
    assert Reason.CHOSEN in found.reason
