"""authority-v1: who decides, what is ordered, what comes back, what is told."""

import msgspec
import numpy as np
import pytest

from tdome.command.assignment.gates import SILENCE_HOLDS_S, gates
from tdome.command.assignment.greedy import GreedyAssigner
from tdome.command.assignment.sample import (
    EPOCH,
    full_magazines,
    no_engagements,
    sample_plan,
    sample_raid,
)
from tdome.command.engagement.authority import AuthorityController
from tdome.command.engagement.check import Situation, check_engagement_controller
from tdome.messages.base import Header
from tdome.messages.codes import Answer, Identity, OrderKind, Reason, TrackStatus, Verdict
from tdome.messages.codes import EngagementState as State
from tdome.messages.fire import EngagementReports, KillAssessments, OperatorDecisions, UnitStatus

SECOND = 10**9


class Desk:
    """A controller with its state, a picture, and a clock that the tests turn."""

    def __init__(self, raid_size: int = 3, units: int = 6, doctrine: str = "") -> None:
        self.plan = sample_plan(units, doctrine=doctrine)
        self.controller = AuthorityController(self.plan)
        self.tracks, self.threats = sample_raid(raid_size)
        self.fire_plan = GreedyAssigner(self.plan).assign(
            self.tracks, self.threats, no_engagements(), full_magazines(self.plan), EPOCH
        )
        self.idle = msgspec.structs.replace(
            self.fire_plan, reason=np.full(len(self.fire_plan), Reason.LOW_RETURN, np.int8)
        )
        self.state = self.controller.start(EPOCH)
        self.now = EPOCH

    def step(self, after_s=1.0, *, fire=False, answers=(), reports=(), verdicts=(), at=None):
        self.now += round(after_s * SECOND)
        self.state = self.controller.fold(
            self.state,
            [decision(*a, at or self.now) for a in answers],
            [r if isinstance(r, UnitStatus) else self.report(*r) for r in reports],
            verdict_message(verdicts, self.now),
            self.now,
        )
        plan = self.fire_plan if fire else self.idle
        self.state, said = self.controller.advance(
            self.state, plan, self.tracks, self.threats, self.now
        )
        return said

    def report(self, engagement, state, rounds, left, at=None):
        return EngagementReports(
            header=Header("unit", 0, at or self.now, self.now),
            engagement=np.array([engagement], np.int32),
            unit=np.array([self.unit], np.int32),
            state=np.array([state], np.int8),
            rounds=np.array([rounds], np.int32),
            rounds_left=np.array([left], np.int32),
            reason=np.zeros(1, np.int8),
        )

    @property
    def table(self):
        return self.state.engagements

    @property
    def unit(self) -> int:
        return int(self.table.unit[0]) if len(self.table) else 0

    def set_identity(self, identity):
        full = np.full(len(self.threats), identity, np.int8)
        self.threats = msgspec.structs.replace(self.threats, identity=full)

    def drop_tracks(self):
        full = np.full(len(self.tracks), TrackStatus.DROPPED, np.int8)
        self.tracks = msgspec.structs.replace(self.tracks, status=full)

    def set_valid(self):
        """Say that the tracks, unmoved, hold for now."""
        header = Header("sample", 0, self.now, self.now)
        self.tracks = msgspec.structs.replace(self.tracks, header=header)

    def fly(self):
        """Recommend, approve, launch: engagement 1 is in flight."""
        self.step(0, fire=True)
        said = self.step(answers=[(1, Answer.APPROVE)])
        rounds = int(said.orders.rounds[0])
        self.step(reports=[(1, State.LAUNCHED, rounds, self.stock - rounds)])
        return said

    @property
    def stock(self) -> int:
        return int(self.plan.units.rounds[self.unit])

    def state_of(self, engagement: int) -> State:
        return State(self.table.state[self.table.engagement == engagement][0])

    def reason_of(self, engagement: int) -> Reason:
        return Reason(self.table.reason[self.table.engagement == engagement][0])


def decision(engagement, answer, at):
    return OperatorDecisions(
        header=Header("operator", 0, at, at),
        operator="somebody",
        engagement=np.array([engagement], np.int32),
        answer=np.array([answer], np.int8),
    )


def verdict_message(verdicts, now):
    return KillAssessments(
        header=Header("assessment", 0, now, now),
        engagement=np.array([v[0] for v in verdicts], np.int32),
        track_number=np.zeros(len(verdicts), np.int32),
        kill_probability=np.zeros(len(verdicts), np.float32),
        verdict=np.array([v[1] for v in verdicts], np.int8),
    )


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


def test_a_unit_that_refuses_gives_its_rounds_back():
    desk = Desk()
    desk.step(0, fire=True)
    desk.step(answers=[(1, Answer.APPROVE)])
    unit, stock = desk.unit, desk.stock
    others = int(desk.table.rounds[(desk.table.unit == unit) & (desk.table.engagement != 1)].sum())
    said = desk.step(0.1, reports=[(1, State.REFUSED, 0, stock)])
    assert desk.reason_of(1) == Reason.UNIT_REFUSED
    assert (1, Reason.UNIT_REFUSED) in zip(
        said.refusals.engagement, said.refusals.reason, strict=True
    )
    assert desk.state.magazines.rounds_left[unit] == stock - others


def test_an_engagement_goes_through_its_states():
    desk = Desk()
    desk.fly()
    assert desk.state_of(1) == State.LAUNCHED
    desk.step()
    assert desk.state_of(1) == State.IN_FLIGHT
    busy = desk.state.magazines.channels_busy[desk.unit]
    desk.step(reports=[(1, State.TERMINAL, 0, desk.stock - int(desk.table.rounds[0]))])
    assert desk.state_of(1) == State.TERMINAL
    assert desk.state.magazines.channels_busy[desk.unit] == busy - 1
    desk.step(verdicts=[(1, Verdict.UNDETERMINED)])
    assert desk.state_of(1) == State.ASSESSED
    desk.step(verdicts=[(1, Verdict.MISS)])
    assert desk.state_of(1) == State.CLOSED
    assert desk.table.verdict[0] == Verdict.MISS
    desk.step(verdicts=[(1, Verdict.KILL)])
    assert desk.table.verdict[0] == Verdict.MISS


def test_reports_are_taken_in_the_order_in_which_they_were_said():
    desk = Desk()
    desk.step(0, fire=True)
    desk.step(answers=[(1, Answer.APPROVE)])
    left = desk.stock - 1
    launched = (1, State.LAUNCHED, 1, left, desk.now + 5)
    desk.step(reports=[(1, State.TERMINAL, 0, left, desk.now + 9), launched])
    assert desk.state_of(1) == State.TERMINAL


def test_a_unit_knows_better_how_many_rounds_it_has():
    desk = Desk()
    desk.fly()
    desk.step(reports=[(99, State.LAUNCHED, 0, 1)])
    assert desk.state.magazines.rounds_left[desk.unit] <= 1
    desk.step(reports=[(99, State.LAUNCHED, 0, 0)])
    assert desk.state.magazines.rounds_left[desk.unit] == 0


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (lambda desk: desk.set_identity(Identity.FRIEND), Reason.IDENTITY_PROTECTED),
        (lambda desk: desk.drop_tracks(), Reason.TRACK_LOST),
    ],
)
def test_what_flies_at_a_friend_or_at_nothing_is_told_to_cease(event, reason):
    desk = Desk()
    desk.fly()
    event(desk)
    said = desk.step()
    assert said.orders.engagement.tolist() == [1]
    assert said.orders.kind.tolist() == [OrderKind.CEASE_ENGAGEMENT]
    assert (desk.state_of(1), desk.reason_of(1)) == (State.CLOSED, reason)
    assert reason in said.refusals.reason
    assert len(desk.step().orders) == 0


def test_after_the_intercept_a_lost_track_is_left_to_assessment():
    desk = Desk()
    desk.fly()
    desk.drop_tracks()
    said = desk.step((int(desk.table.intercept_at[0]) - desk.now) / 1e9 + 1.0)
    assert len(said.orders) == 0
    assert desk.state_of(1) == State.IN_FLIGHT


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


def test_an_intercept_point_is_updated_when_it_has_moved():
    desk = Desk()
    desk.fly()
    assert len(desk.step(0).updates) == 0
    before = desk.state
    assert desk.step(0).updates.intercept_ecef.shape == (0, 3)
    assert desk.state.engagements is before.engagements
    # The track has stood still since EPOCH: so far its point at the time of intercept moves.
    desk.set_valid()
    moved = desk.step(0).updates
    assert moved.engagement.tolist() == [1]
    shift = np.linalg.norm(moved.intercept_ecef[0] - before.engagements.intercept_ecef[0])
    speed = np.linalg.norm(desk.tracks.state[desk.table.track_number[0] - 1, 3:])
    assert shift == pytest.approx(speed * (desk.now - EPOCH) / 1e9, rel=0.1)
    assert len(desk.step(0).updates) == 0


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


def unit_status(desk, unit, *, operating=1, rounds_left=5, channels=2):
    return UnitStatus(
        header=Header("unit", 0, desk.now, desk.now),
        unit=np.array([unit], np.int32),
        operating=np.array([operating], np.int8),
        rounds_left=np.array([rounds_left], np.int32),
        channels=np.array([channels], np.int32),
        site=np.zeros(1, np.int32),
    )


def test_a_unit_tells_its_rounds_and_channels():
    desk = Desk()
    desk.step(reports=[unit_status(desk, 2)])
    assert desk.state.magazines.rounds_left[2] == 5
    assert desk.state.magazines.channels[2] == 2
    desk.step(reports=[unit_status(desk, 2, operating=0)])
    assert desk.state.magazines.channels[2] == 0
    assert desk.state.magazines.rounds_left[2] == 5
    desk.step(reports=[unit_status(desk, 2)])
    assert desk.state.magazines.channels[2] == 2


def test_a_unit_that_is_down_gets_no_option_and_what_it_was_asked_is_withdrawn():
    desk = Desk(raid_size=1)
    desk.step(0, fire=True)
    said = desk.step(reports=[unit_status(desk, desk.unit, operating=0)])
    assert desk.state_of(1) == State.REFUSED
    assert desk.reason_of(1) == Reason.UNIT_DOWN
    assert Reason.UNIT_DOWN in said.refusals.reason
    said = desk.step(fire=True)
    assert len(said.recommendations) == 0
    assert Reason.UNIT_DOWN in said.refusals.reason
    again = GreedyAssigner(desk.plan).assign(
        desk.tracks, desk.threats, no_engagements(), desk.state.magazines, EPOCH
    )
    down = again.reason[again.unit == desk.unit]
    assert not (down == Reason.CHOSEN).any()
    assert not len(down) or (down == Reason.UNIT_DOWN).all()


def test_a_unit_that_never_answers_is_given_up_and_left_alone_for_a_while():
    desk = Desk()
    desk.step(0, fire=True)
    desk.step(answers=[(1, Answer.APPROVE)])
    due = (desk.table.launch_at[0] - desk.now) / SECOND
    desk.step(due + 9.0)
    assert desk.state_of(1) == State.AUTHORISED
    said = desk.step(2.0)
    assert desk.state_of(1) == State.REFUSED
    assert desk.reason_of(1) == Reason.UNIT_SILENT
    assert Reason.UNIT_SILENT in said.refusals.reason
    silent, table = desk.unit, desk.table
    held = gates(desk.plan, desk.tracks, desk.threats, table, desk.now).refused
    assert held[:, silent].all(), "for every threat, not only the one"
    assert not np.delete(held, silent, axis=1).any()
    later = desk.now + round((SILENCE_HOLDS_S + 1.0) * SECOND)
    assert not gates(desk.plan, desk.tracks, desk.threats, table, later).refused.any()


@pytest.mark.parametrize("launched", [False, True])
def test_what_a_unit_was_doing_ends_when_it_is_down(launched):
    desk = Desk()
    if launched:
        desk.fly()
    else:
        desk.step(0, fire=True)
        desk.step(answers=[(1, Answer.APPROVE)])
    left = int(desk.state.stock[desk.unit])
    down = unit_status(desk, desk.unit, operating=0, rounds_left=left)
    said = desk.step(reports=[down])
    assert desk.state_of(1) == (State.CLOSED if launched else State.REFUSED)
    assert desk.reason_of(1) == Reason.UNIT_DOWN
    assert Reason.UNIT_DOWN in said.refusals.reason
    assert desk.state.magazines.channels_busy[desk.unit] == 0
