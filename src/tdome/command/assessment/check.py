"""The public check of a kill assessor: what ``base.py`` promises, on engagements of its own."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from tdome.command.assessment.base import KillAssessor
from tdome.messages.base import Codes, Header, Ints
from tdome.messages.codes import EngagementState as State
from tdome.messages.codes import Reason, Verdict
from tdome.messages.fire import Engagements, KillAssessments
from tdome.messages.tracks import SystemTracks, believed_drag
from tdome.messages.wire import decode, encode
from tdome.plan.plan import Plan

S = TypeVar("S")

_SECOND = 10**9
_PATIENCE_S = 300  # every verdict has come by then
_START = 1_900_000_000 * _SECOND


def check_kill_assessor(make: Callable[[Plan], KillAssessor[Any]], plan: Plan) -> None:
    """Try the promises of an assessor; raise AssertionError on the first broken."""
    assessor = make(plan)
    for pk in (0.05, 0.5, 0.95):
        for state in (State.IN_FLIGHT, State.TERMINAL, State.ASSESSED):
            silent = _first_verdict(assessor, plan, engagement(pk, state), seen_until=None)
            _require(silent == Verdict.KILL or pk < 0.5, "silence is not a kill")  # noqa: PLR2004
            seen = _first_verdict(assessor, plan, engagement(pk, state), seen_until=_PATIENCE_S)
            _require(seen == Verdict.MISS, "a track that flies on is not a miss")
    for state in (State.RECOMMENDED, State.REFUSED, State.CLOSED):
        unfought = engagement(0.7, state)
        _, said = assessor.assess(assessor.start(), unfought, track(0, 0.0), _START + 10**11)
        _require(len(said) == 0, "judged what never flew or is closed")


def _first_verdict(
    assessor: KillAssessor[Any], plan: Plan, table: Engagements, seen_until: float | None
) -> int:
    """Let time pass; return the first verdict that is not UNDETERMINED."""
    memory = assessor.start()
    for second in range(_PATIENCE_S):
        # Looks every 2 s: either all with a plot, or none since the intercept.
        tracks = track(second, 0.0) if seen_until else track(-1, 0.5 * second)
        now = _START + second * _SECOND
        memory, said = _pure(assessor, memory, table, tracks, now)
        if second < plan.doctrine.assessment_delay_s:
            _require(len(said) == 0, "spoke before the assessment delay")
        if len(said) and said.verdict[0] != Verdict.UNDETERMINED:
            return int(said.verdict[0])
    raise AssertionError("a verdict never came")


def _pure(
    assessor: KillAssessor[S], memory: S, table: Engagements, tracks: SystemTracks, now: int
) -> tuple[S, KillAssessments]:
    before = encode(table), encode(tracks)
    after, said = assessor.assess(memory, table, tracks, now)
    _, again = assessor.assess(memory, table, tracks, now)
    _require((encode(table), encode(tracks)) == before, "inputs were written to")
    _require(encode(said) == encode(again), "the same input gave two answers")
    _require(encode(decode("KillAssessments", encode(said))) == encode(said), "wire form")
    inside = (said.kill_probability >= 0.0) & (said.kill_probability <= 1.0)
    _require(bool(inside.all()), "a probability outside 0 to 1")
    return after, said


def engagement(pk: float, state: State, intercept_at: int = _START) -> Engagements:
    """Return a table of one engagement of track 1 with intercept at a time, int ns."""
    whole: Ints = np.ones(1, np.int32)
    zero: Codes = np.zeros(1, np.int8)
    return Engagements(
        header=Header("check", 0, intercept_at, intercept_at),
        engagement=whole,
        track_number=whole,
        unit=0 * whole,
        rounds=whole,
        state=np.array([state], np.int8),
        state_at=np.array([intercept_at]),
        launch_at=np.array([intercept_at - 20 * _SECOND]),
        intercept_at=np.array([intercept_at]),
        intercept_ecef=np.zeros((1, 3)),
        pk=np.array([pk], np.float32),
        marginal_return=np.ones(1),
        answer_by=np.array([intercept_at - 25 * _SECOND]),
        verdict=zero + np.int8(Verdict.UNDETERMINED),
        reason=zero + np.int8(Reason.CHOSEN),
    )


def track(updated_s: float, missed_weight: float) -> SystemTracks:
    """Return a picture of track 1, last seen so many s after the intercept of an engagement."""
    zero: Codes = np.zeros(1, np.int8)
    at = np.array([_START + round(updated_s * _SECOND)])
    return SystemTracks(
        header=Header("check", 0, int(at[0]), int(at[0])),
        track_number=np.ones(1, np.int32),
        state=np.zeros((1, 6)),
        covariance=np.zeros((1, 21), np.float32),
        ballistic=zero,
        status=zero,
        first_at=at - 60 * _SECOND,
        updated_at=at,
        hits=np.array([10], np.int32),
        missed=np.array([round(missed_weight)], np.int32),
        missed_weight=np.array([missed_weight], np.float32),
        quality=zero,
        nis=np.ones(1, np.float32),
        rcs_dbsm=np.zeros(1, np.float32),
        doppler_spread_m_s=np.full(1, np.nan, np.float32),
        **believed_drag(1, 1.0 / 5_000.0),
        address=np.array([-1], np.int32),
        friend=zero,
    )


def _require(kept: bool, broken: str) -> None:
    if not kept:
        raise AssertionError(broken)
