"""The decision chain on one page: ``step(picture, inbox, now) -> (picture, outbox)``.

plot -> track -> threat -> (kill assessment) -> fire plan -> engagement -> warning -> sensor task.
A datum flows one way; no stage calls back and no stage knows another. No clock, no I/O, no
randomness: the same picture, inbox and now give the same result, whether the plots come from the
simulated world, a tape or a live feed.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from tdome.command.assessment.base import KillAssessor
from tdome.command.assignment.base import Assigner
from tdome.command.assignment.by_node import by_node
from tdome.command.engagement.base import EngagementController, FireState
from tdome.command.registry import build
from tdome.command.sensing.base import Senses, SensorManager, remember
from tdome.command.sensing.health import Health, unheard
from tdome.command.threat.base import ThreatEvaluator
from tdome.command.tracking.base import Tracker
from tdome.command.warning.base import WarningPolicy
from tdome.messages.base import Message
from tdome.messages.fire import EngagementReports, OperatorDecisions, UnitStatus
from tdome.messages.sensing import Bearings, Cooperative, Cues, Plots
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.plan.plan import Plan

M = TypeVar("M", bound=Message)


class Picture(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """All that the decision side knows at ``now``; folded by :meth:`Chain.step`.

    sensors: which are believed to work (health). heard: cues and directions that are still news.
    """

    now: int
    recorded_at: int
    tracking: Any
    threat: Any
    assessment: Any
    warning: Any
    fire: FireState
    health: Health
    sensors: dict[str, bool]
    heard: tuple[Message, ...] = ()
    tracks: SystemTracks | None = None
    threats: Threats | None = None


class Chain(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The stages that a plan names, in their order."""

    plan: Plan
    tracker: Tracker[Any]
    evaluator: ThreatEvaluator[Any]
    assessor: KillAssessor[Any]
    assigner: Assigner
    controller: EngagementController
    warner: WarningPolicy[Any]
    manager: SensorManager

    def open(self, now: int) -> Picture:
        """Return the picture of a side that has seen nothing and has full magazines."""
        return Picture(
            now=now,
            recorded_at=0,
            tracking=self.tracker.start(),
            threat=self.evaluator.start(),
            assessment=self.assessor.start(),
            warning=self.warner.start(),
            fire=self.controller.start(now),
            health=unheard(self.plan.sensors, now),
            sensors=dict.fromkeys(self.plan.sensors.names, True),
        )

    def step(
        self, picture: Picture, inbox: Sequence[Message], now: int
    ) -> tuple[Picture, list[Message]]:
        """Take in what was received, decide, and say what is to be said at ``now`` (int ns UTC)."""
        health = picture.health.told(inbox, self.plan.sensors)
        sensors = health.operating(self.plan.sensors, now)
        seen = [m for m in inbox if isinstance(m, Plots | Bearings | Cooperative)]
        tracking, tracks, used = self.tracker.update(picture.tracking, seen, now)
        threat, threats = self.evaluator.evaluate(picture.threat, tracks, now)
        fought = picture.fire.engagements
        judged, assessed = self.assessor.assess(picture.assessment, fought, tracks, now)
        decisions = _of(OperatorDecisions, inbox)
        reports = [m for m in inbox if isinstance(m, EngagementReports | UnitStatus)]
        fire = self.controller.fold(picture.fire, decisions, reports, assessed, now)
        fire_plan = self.assigner.assign(tracks, threats, fire.engagements, fire.magazines, now)
        fire, said = self.controller.advance(fire, fire_plan, tracks, threats, now)
        warning, warnings = self.warner.warn(picture.warning, tracks, threats, now)
        heard = remember(picture.heard, inbox, now)
        senses = Senses(sensors, tuple(_of(Cues, heard)), tuple(_of(Bearings, heard)))
        tasks = self.manager.task(tracks, threats, fire.engagements, now, senses)

        record = now - picture.recorded_at >= round(self.plan.clock.picture_s * 1e9)
        outbox: list[Message] = [tracks, threats, fire.magazines] if record else []
        changed = fire.engagements is not fought
        outbox += [fire.engagements] if changed else []
        asked = (said.considered, said.recommendations, said.grounds)
        answer = (said.orders, said.updates, said.refusals, warnings, tasks)
        outbox += [m for m in (used, assessed, *asked, *answer) if len(m)]
        return (
            Picture(
                now=now,
                recorded_at=now if record else picture.recorded_at,
                tracking=tracking,
                threat=threat,
                assessment=judged,
                warning=warning,
                fire=fire,
                health=health,
                sensors=sensors,
                heard=heard,
                tracks=tracks,
                threats=threats,
            ),
            outbox,
        )

    def unused(self, picture: Picture) -> list[dict[str, str | int]]:
        """Return rows (source, reason, count) of reports that were of no use (promise P5)."""
        noted = sorted(self.tracker.unused(picture.tracking).items())
        return [{"source": s, "reason": r, "count": count} for (s, r), count in noted]


def chain_for(plan: Plan) -> Chain:
    """Build the stages that the plan names by versioned id.

    Raises ConfigError for one that is not registered.
    """
    return Chain(
        plan=plan,
        tracker=build("tracking", plan),
        evaluator=build("threat", plan),
        assessor=build("assessment", plan),
        assigner=by_node(build("assignment", plan), plan),
        controller=build("engagement", plan),
        warner=build("warning", plan),
        manager=build("sensing", plan),
    )


def _of(kind: type[M], inbox: Iterable[Message]) -> list[M]:
    return [message for message in inbox if isinstance(message, kind)]
