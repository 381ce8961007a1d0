"""authority-v1 with what was ordered: reports, updates, ceasing, units that are down or silent."""

import numpy as np
import pytest

from tdome.command.assignment.gates import SILENCE_HOLDS_S, gates
from tdome.command.assignment.greedy import GreedyAssigner
from tdome.command.assignment.sample import (
    EPOCH,
    no_engagements,
)
from tdome.messages.codes import Answer, Identity, OrderKind, Reason, Verdict
from tdome.messages.codes import EngagementState as State

from .desk import SECOND, Desk, unit_status


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


def test_words_that_come_late_do_not_undo_later_ones():
    desk = Desk()
    desk.fly()
    unit, said_at = desk.unit, desk.now
    desk.step(reports=[unit_status(desk, unit, rounds_left=6, at=said_at + 5)])
    late = unit_status(desk, unit, operating=0, rounds_left=9, at=said_at + 4)
    desk.step(reports=[late, (99, State.TERMINAL, 0, 9, said_at + 3)])
    assert desk.state.magazines.rounds_left[unit] == 6
    assert desk.state.magazines.channels[unit] == 2
    assert desk.state_of(1) == State.IN_FLIGHT
    desk.step(reports=[(1, State.TERMINAL, 0, 9, said_at + 2)])
    assert desk.state_of(1) == State.TERMINAL, "what happened to an engagement counts, late or not"
    assert desk.state.magazines.rounds_left[unit] == 6


@pytest.mark.parametrize("together", [True, False])
def test_of_words_of_one_instant_the_status_counts(together):
    desk = Desk()
    desk.fly()
    unit, at = desk.unit, desk.now + 1
    words = [unit_status(desk, unit, rounds_left=6, at=at), (1, State.TERMINAL, 0, 5, at)]
    for reports in [words] if together else [[word] for word in words]:
        desk.step(reports=reports)
    assert desk.state.magazines.rounds_left[unit] == 6
    assert desk.state_of(1) == State.TERMINAL


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
    down = unit_status(desk, desk.unit, operating=0, rounds_left=left, channels=0)
    said = desk.step(reports=[down])
    assert desk.state_of(1) == (State.CLOSED if launched else State.REFUSED)
    assert desk.reason_of(1) == Reason.UNIT_DOWN
    assert Reason.UNIT_DOWN in said.refusals.reason
    assert desk.state.magazines.channels_busy[desk.unit] == 0


def test_a_unit_that_moves_still_guides_what_it_fired():
    desk = Desk()
    desk.fly()
    left = int(desk.state.stock[desk.unit])
    desk.step(reports=[unit_status(desk, desk.unit, operating=0, rounds_left=left, channels=2)])
    assert desk.state_of(1) in {State.LAUNCHED, State.IN_FLIGHT}
