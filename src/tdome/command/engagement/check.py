"""The public check of an engagement controller: what ``base.py`` promises, on a given situation."""

from collections.abc import Callable

import msgspec
import numpy as np

from tdome.command.engagement.base import EngagementController, FireOutput, FireState
from tdome.messages.base import Codes, Header, Ints, Message
from tdome.messages.codes import Answer, Identity, OrderKind, Reason, Verdict, WeaponControl
from tdome.messages.codes import EngagementState as State
from tdome.messages.fire import EngagementReports, FirePlan, KillAssessments, OperatorDecisions
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.messages.wire import decode, encode
from tdome.plan.plan import Plan

_SECOND = 10**9
_STEPS = 40
Make = Callable[[Plan], EngagementController]


class Situation(msgspec.Struct, frozen=True, eq=False):
    """What the controller is given: a plan of fire with chosen options, and the picture behind it.

    The fire plan is for ``header.valid_at``; all its chosen tracks are hostile and alive.
    """

    plan: Plan
    fire_plan: FirePlan
    tracks: SystemTracks
    threats: Threats


def check_engagement_controller(make: Make, situation: Situation) -> None:
    """Try the promises of a controller; raise AssertionError on the first broken."""
    _check_silence(make(situation.plan), situation)
    _check_story(make(situation.plan), situation)
    held = (WeaponControl.HOLD,) * len(situation.plan.weapon_control)
    plan = msgspec.structs.replace(situation.plan, weapon_control=held)
    _check_never_fires(make(plan), msgspec.structs.replace(situation, plan=plan))
    friends = np.full(len(situation.threats), Identity.FRIEND, np.int8)
    threats = msgspec.structs.replace(situation.threats, identity=friends)
    _check_never_fires(make(situation.plan), msgspec.structs.replace(situation, threats=threats))


def _check_silence(controller: EngagementController, given: Situation) -> None:
    """With no answer nothing is ordered, and every recommendation ends as refused."""
    now = given.fire_plan.header.valid_at
    state = controller.start(now)
    asked: set[int] = set()
    refused: set[int] = set()
    for step in range(_STEPS):
        plan = given.fire_plan if step == 0 else _nothing_chosen(given.fire_plan)
        state, said = _step(controller, state, given, plan, now + step * _SECOND)
        _require(len(said.orders) == 0, "an order without an approval")
        asked |= set(said.recommendations.engagement.tolist())
        refused |= set(said.refusals.engagement.tolist()) - {0}
    _require(asked == refused, "a recommendation without an answer was not refused")
    _require(not (state.engagements.state < State.REFUSED).any(), "still open after the time-out")


def _check_never_fires(controller: EngagementController, given: Situation) -> None:
    """On HOLD, or against friends, no approval makes an order."""
    now = given.fire_plan.header.valid_at
    state = controller.start(now)
    numbers = np.arange(1, 1 + np.count_nonzero(given.fire_plan.reason == Reason.CHOSEN))
    for step in range(3):
        answers = [_answers(numbers.astype(np.int32), Answer.APPROVE, now + step * _SECOND)]
        state, said = _step(
            controller, state, given, given.fire_plan, now + step * _SECOND, answers
        )
        _require(len(said.orders) == 0, "an order on HOLD or at a protected identity")


def _check_story(controller: EngagementController, given: Situation) -> None:
    """Approve every other one, launch, hit every third: orders once, rounds true, ends final."""
    now = given.fire_plan.header.valid_at
    state, said = _step(controller, controller.start(now), given, given.fire_plan, now)
    numbers = said.recommendations.engagement
    _require(len(numbers) > 0, "chosen options were not recommended")
    approved = numbers[::2]
    answers = [
        _answers(approved, Answer.APPROVE, now + 1),
        _answers(numbers[1::2], Answer.DENY, now + 1),
    ]
    nothing = _nothing_chosen(given.fire_plan)
    state, said = _step(controller, state, given, nothing, now + _SECOND, answers)
    engage = said.orders.engagement[said.orders.kind == OrderKind.ENGAGE]
    _require(np.array_equal(np.sort(engage), np.sort(approved)), "orders are not what was approved")
    state, again = _step(controller, state, given, nothing, now + 2 * _SECOND, answers)
    _require(len(again.orders) == 0, "an order was sent twice")

    stock = given.plan.units.rounds.copy()
    np.subtract.at(stock, said.orders.unit, said.orders.rounds)
    for step, event in enumerate((State.LAUNCHED, State.TERMINAL), start=3):
        spent = said.orders.rounds if event == State.LAUNCHED else 0 * said.orders.rounds
        reports = [_reports(said, event, spent, stock[said.orders.unit], now + step * _SECOND)]
        state, _ = _step(controller, state, given, nothing, now + step * _SECOND, reports=reports)
    _require(np.array_equal(state.magazines.rounds_left, stock), "rounds do not add up")
    _require(not state.magazines.channels_busy.any(), "a channel is not given back")
    verdicts = np.where(np.arange(len(engage)) % 3 == 0, Verdict.KILL, Verdict.MISS).astype(np.int8)
    for step in range(5, 8):
        assessed = _verdicts(engage, verdicts, now + step * _SECOND)
        state = controller.fold(state, answers, reports, assessed, now + step * _SECOND)
        state, late = controller.advance(
            state, nothing, given.tracks, given.threats, now + step * _SECOND
        )
        _require(len(late.orders) == 0, "an order for an engagement that is closed")
        rows = np.isin(state.engagements.engagement, engage)
        _require(bool((state.engagements.state[rows] == State.CLOSED).all()), "closed reopened")


def _step(  # noqa: PLR0913, PLR0917  (all that one step of the chain hands over)
    controller: EngagementController,
    state: FireState,
    given: Situation,
    fire_plan: FirePlan,
    now: int,
    answers: list[OperatorDecisions] | None = None,
    reports: list[EngagementReports] | None = None,
) -> tuple[FireState, FireOutput]:
    """Fold and advance, twice: the same result, the old state unchanged, rounds and wire sound."""
    before = _bytes(state.engagements, state.magazines)
    nobody = _verdicts(np.zeros(0, np.int32), np.zeros(0, np.int8), now)
    results = []
    for _ in range(2):
        folded = controller.fold(state, answers or [], reports or [], nobody, now)
        results.append(controller.advance(folded, fire_plan, given.tracks, given.threats, now))
    (after, said), (again, repeated) = results
    _require(_bytes(state.engagements, state.magazines) == before, "the old state was changed")
    spoken = (said.considered, said.recommendations, said.orders, said.updates, said.refusals)
    echoed = (repeated.considered, repeated.recommendations, repeated.orders, repeated.updates)
    _require(_bytes(*spoken[:4]) == _bytes(*echoed), "the same input gave two answers")
    for message in (*spoken, after.engagements, after.magazines, again.engagements):
        decode(type(message).__name__, encode(message))
    magazines = after.magazines
    _require(bool((magazines.rounds_left >= 0).all()), "rounds below zero")
    _require(
        bool((magazines.channels_busy <= given.plan.units.channels).all()), "channels exceeded"
    )
    return after, said


def _bytes(*messages: Message) -> list[bytes]:
    return [encode(message) for message in messages]


def _nothing_chosen(fire_plan: FirePlan) -> FirePlan:
    reason = np.full(len(fire_plan), Reason.LOW_RETURN, np.int8)
    return msgspec.structs.replace(fire_plan, reason=reason)


def _answers(numbers: Ints, answer: Answer, at: int) -> OperatorDecisions:
    return OperatorDecisions(
        header=Header("operator", 0, at, at),
        operator="check",
        engagement=numbers,
        answer=np.full(len(numbers), answer, np.int8),
    )


def _reports(
    said: FireOutput, state: State, rounds: Ints, left: Ints, at: int
) -> EngagementReports:
    orders = said.orders
    return EngagementReports(
        header=Header("unit", 0, at, at),
        engagement=orders.engagement,
        unit=orders.unit,
        state=np.full(len(orders), state, np.int8),
        rounds=rounds,
        rounds_left=left.astype(np.int32),
        reason=np.zeros(len(orders), np.int8),
    )


def _verdicts(numbers: Ints, verdicts: Codes, at: int) -> KillAssessments:
    return KillAssessments(
        header=Header("assessment", 0, at, at),
        engagement=numbers,
        track_number=np.zeros(len(numbers), np.int32),
        kill_probability=np.zeros(len(numbers), np.float32),
        verdict=verdicts,
    )


def _require(kept: bool, broken: str) -> None:
    if not kept:
        raise AssertionError(broken)
