"""authority-v1: who decides, what is ordered, what is told."""

import msgspec
import numpy as np
import pytest

from tdome.command.assignment.sample import (
    EPOCH,
)
from tdome.command.engagement.authority import AuthorityController
from tdome.command.engagement.check import Situation, check_engagement_controller
from tdome.messages.codes import Answer, Identity, OrderKind, Reason, Verdict
from tdome.messages.codes import EngagementState as State

from .desk import SECOND, Desk, decision


@pytest.mark.parametrize("size", [1, 4, 20])
def test_it_keeps_its_promises(size):
    desk = Desk(size, units=12)
    situation = Situation(desk.plan, desk.fire_plan, desk.tracks, desk.threats)
    check_engagement_controller(AuthorityController, situation)


def test_a_chosen_option_is_recommended_and_holds_its_rounds():
    desk = Desk()
    said = desk.step(0, fire=True)
    asked = said.recommendations
    assert asked.engagement.tolist() == list(range(1, len(asked) + 1))
    assert desk.state_of(1) == State.RECOMMENDED
    promised = np.bincount(asked.unit, asked.rounds, minlength=6)
    assert (desk.state.magazines.rounds_left == desk.plan.units.rounds - promised).all()
    assert desk.state.magazines.channels_busy.sum() == len(asked)
    following = desk.state.magazines.next_launch_at[asked.unit]
    spaced = asked.launch_at + np.rint(desk.plan.units.spacing[asked.unit] * asked.rounds * 1e9)
    assert (following >= spaced).all()


def test_the_answer_is_due_before_the_launch_time_and_the_time_out():
    desk = Desk(20, units=12)
    asked = desk.step(0, fire=True).recommendations
    reaction = np.rint(desk.plan.units.reaction[asked.unit] * 1e9).astype(np.int64)
    assert (asked.answer_by + reaction < asked.launch_at).all()
    assert (asked.answer_by <= EPOCH + desk.plan.authority.time_out_s * 1e9).all()
    assert (asked.answer_by >= EPOCH + desk.plan.authority.answer_time_s * 1e9).all()


def test_an_approval_becomes_one_order():
    desk = Desk()
    desk.step(0, fire=True)
    said = desk.step(answers=[(1, Answer.APPROVE)])
    assert said.orders.engagement.tolist() == [1]
    assert said.orders.kind.tolist() == [OrderKind.ENGAGE]
    assert desk.state_of(1) == State.AUTHORISED
    assert len(desk.step(answers=[(1, Answer.APPROVE)]).orders) == 0


def by_two(plan):
    authority = msgspec.structs.replace(plan.authority, persons=2)
    file = msgspec.structs.replace(plan.file, authority=authority)
    return msgspec.structs.replace(plan, file=file)


def test_two_persons_must_approve_where_the_plan_says_so_and_one_may_refuse():
    desk = Desk(20, units=12)
    desk.controller = AuthorityController(by_two(desk.plan))
    desk.step(0, fire=True)
    one, other = "the first", "the second"
    both = [(1, Answer.APPROVE, one), (2, Answer.APPROVE, one)]
    assert not len(desk.step(0.2, answers=both).orders)
    assert not len(desk.step(0.2, answers=both[:1]).orders), "one person twice"
    said = desk.step(0.2, answers=[(1, Answer.APPROVE, other), (2, Answer.DENY, other)])
    assert said.orders.engagement.tolist() == [1]
    assert desk.state_of(2) == State.REFUSED
    assert not desk.state.approvers.keys() & {1, 2}


def test_one_of_two_answers_in_time_is_hold_fire():
    desk = Desk()
    desk.controller = AuthorityController(by_two(desk.plan))
    desk.step(0, fire=True)
    desk.step(answers=[(1, Answer.APPROVE)])
    desk.step(desk.plan.authority.time_out_s + 1.0)
    assert desk.reason_of(1) == Reason.NO_ANSWER_IN_TIME
    assert not len(desk.step(answers=[(1, Answer.APPROVE, "late")]).orders)


def test_no_answer_is_hold_fire_and_gives_everything_back():
    desk = Desk()
    asked = desk.step(0, fire=True).recommendations
    said = desk.step(12.0)
    assert set(said.refusals.reason[said.refusals.engagement > 0]) == {Reason.NO_ANSWER_IN_TIME}
    assert (said.refusals.engagement > 0).sum() == len(asked)
    assert (desk.state.magazines.rounds_left == desk.plan.units.rounds).all()
    assert not desk.state.magazines.channels_busy.any()
    assert not desk.state.magazines.next_launch_at.any()


def test_an_answer_that_came_too_late_is_none():
    desk = Desk()
    desk.step(0, fire=True)
    late = int(desk.table.answer_by[0]) + 1
    said = desk.step(3.0, answers=[(1, Answer.APPROVE)], at=late)
    assert len(said.orders) == 0
    assert desk.reason_of(1) == Reason.NO_ANSWER_IN_TIME


@pytest.mark.parametrize("answers", [[Answer.DENY], [Answer.APPROVE, Answer.DENY]])
def test_a_denial_prevails(answers):
    desk = Desk()
    desk.step(0, fire=True)
    said = desk.step(answers=[(1, answer) for answer in answers])
    assert len(said.orders) == 0
    assert desk.reason_of(1) == Reason.OPERATOR_DENIED


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (lambda desk: desk.set_identity(Identity.NEUTRAL), Reason.IDENTITY_PROTECTED),
        (lambda desk: desk.set_identity(Identity.SUSPECT), Reason.IDENTITY_NOT_HOSTILE),
        (lambda desk: desk.drop_tracks(), Reason.TRACK_LOST),
    ],
)
def test_an_approval_is_worth_nothing_once_the_picture_forbids_it(event, reason):
    desk = Desk()
    desk.step(0, fire=True)
    event(desk)
    said = desk.step(answers=[(1, Answer.APPROVE)])
    assert len(said.orders) == 0
    assert reason in said.refusals.reason[said.refusals.engagement == 1]


def test_no_order_is_given_for_a_launch_time_that_has_passed():
    desk = Desk()
    desk.step(0, fire=True)
    late = (int(desk.table.launch_at[0]) - EPOCH) / 1e9
    said = desk.step(late, answers=[(1, Answer.APPROVE)], at=EPOCH + SECOND)
    assert len(said.orders) == 0
    assert desk.reason_of(1) == Reason.LAUNCH_TIME_PASSED


def test_where_nothing_changes_the_table_is_the_same_object():
    desk = Desk()
    desk.step(0, fire=True)
    before = desk.state
    desk.step(0.5)
    assert desk.state.engagements is before.engagements
    assert desk.state.magazines is before.magazines


def test_reasons_are_told_when_they_change_and_only_then():
    desk = Desk()
    first = desk.step(0)
    assert set(first.refusals.reason) == {Reason.LOW_RETURN}
    assert sorted(first.refusals.track_number) == [1, 2, 3]
    assert len(first.considered) == len(desk.idle)
    again = desk.step()
    assert len(again.refusals) == len(again.considered) == 0
    asked = desk.step(fire=True)
    assert sorted(set(asked.considered.track_number)) == sorted(asked.recommendations.track_number)


def test_more_than_a_unit_has_is_blocked_whoever_chose_it():
    desk = Desk(1)
    greedy = np.full(len(desk.fire_plan), 10_000, np.int32)
    desk.fire_plan = msgspec.structs.replace(desk.fire_plan, rounds=greedy)
    said = desk.step(0, fire=True)
    assert len(said.recommendations) == 0
    assert said.refusals.reason.tolist() == [Reason.NO_ROUNDS]
    assert said.refusals.unit[0] >= 0


def test_a_track_is_never_engaged_twice_whoever_chose_it():
    desk = Desk()
    first = desk.step(0, fire=True).recommendations
    assert len(first) > 0
    second = desk.step(fire=True)
    assert len(second.recommendations) == 0
    assert set(second.refusals.reason) == {Reason.ALREADY_ENGAGED}


def test_the_table_stays_small():
    desk = Desk()
    desk.step(0, fire=True)
    desk.step(answers=[(1, Answer.APPROVE)])
    desk.step()  # what nobody answered is refused, on record for one step
    assert (desk.table.state == State.REFUSED).any()
    desk.step(verdicts=[(1, Verdict.KILL)])
    assert desk.table.engagement.tolist() == [1]  # its shots still count
    desk.drop_tracks()
    desk.step()
    assert len(desk.table) == 0
    assert desk.state.next_number > 1
    assert desk.state.magazines.channels_busy.sum() == 0


class Trigger(AuthorityController):
    """A controller that takes every recommendation for approved."""

    def fold(self, state, decisions, reports, assessments, now):
        numbers = state.engagements.engagement
        yes = [decision(int(n), Answer.APPROVE, now) for n in numbers]
        return super().fold(state, [*decisions, *yes], reports, assessments, now)


class Spendthrift(AuthorityController):
    """A controller that does not keep its books."""

    def fold(self, state, decisions, reports, assessments, now):
        return super().fold(state, decisions, [], assessments, now)


@pytest.mark.parametrize("broken", [Trigger, Spendthrift])
def test_the_check_catches_a_broken_controller(broken):
    desk = Desk()
    situation = Situation(desk.plan, desk.fire_plan, desk.tracks, desk.threats)
    with pytest.raises(AssertionError):
        check_engagement_controller(broken, situation)
