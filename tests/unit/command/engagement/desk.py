"""A desk to try authority-v1 at: the controller, a picture, and a clock that tests turn."""

import msgspec
import numpy as np

from tdome.command.assignment.greedy import GreedyAssigner
from tdome.command.assignment.sample import (
    EPOCH,
    full_magazines,
    no_engagements,
    sample_plan,
    sample_raid,
)
from tdome.command.engagement.authority import AuthorityController
from tdome.messages.base import Header
from tdome.messages.codes import Answer, Reason, TrackStatus
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
            [decision(*a[:2], at or self.now, *a[2:]) for a in answers],
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


def decision(engagement, answer, at, operator="somebody"):
    return OperatorDecisions(
        header=Header("operator", 0, at, at),
        operator=operator,
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


def unit_status(desk, unit, *, operating=1, rounds_left=5, channels=2, at=None):
    return UnitStatus(
        header=Header("unit", 0, at or desk.now, desk.now),
        unit=np.array([unit], np.int32),
        operating=np.array([operating], np.int8),
        rounds_left=np.array([rounds_left], np.int32),
        channels=np.array([channels], np.int32),
        site=np.zeros(1, np.int32),
    )
