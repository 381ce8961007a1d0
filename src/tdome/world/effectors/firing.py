"""Firing: orders reach fire units, rounds leave, arrive and are judged."""

import numpy as np

from tdome.kernel.queue import Phase
from tdome.kernel.random import Streams
from tdome.messages.base import Message
from tdome.messages.codes import EngagementState, OrderKind, Reason
from tdome.messages.fire import EngagementOrders, EngagementReports, InterceptUpdates, UnitStatus
from tdome.plan.books.units import UnitBook
from tdome.world.bodies.table import State
from tdome.world.chronicle import ShotRecord
from tdome.world.effectors.referee import Referee
from tdome.world.effectors.units import (
    Announce,
    Deed,
    Ecef,
    Engagement,
    Fire,
    Intercept,
    Obey,
    Redirect,
    Round,
    Units,
)
from tdome.world.events import NOTHING, Event, Happening
from tdome.world.scene import Scene
from tdome.world.succession import NEVER

HIT = "site lost"
"""Why a unit is down that does not even answer."""


class Firing:
    """All fire units of a run and the referee."""

    def __init__(self, scene: Scene, book: UnitBook, streams: Streams) -> None:
        self._scene = scene
        self._units = Units(book)
        raids = [raid.name for raid in scene.scenario.file.raids]
        rules, threats = scene.scenario.file.referee, scene.scenario.threats
        self._referee = Referee(rules, raids, threats, book.names, streams)

    @property
    def busy(self) -> bool:
        """Whether a round is on its way or waits for its launch."""
        return bool(self._units.open)

    def handle(self, deed: Deed, now: int) -> Happening:
        """Carry out an action of a fire unit that is due now."""
        match deed:
            case Obey():
                return self.obey(deed, now)
            case Redirect():
                return self.redirect(deed, now)
            case Fire():
                return self.fire(deed, now)
            case Intercept():
                return self.intercept(deed, now)
            case Announce(unit):
                return self.announce(unit, now)

    def first_events(self, start: int) -> list[Event]:
        """Return what starts the run: each unit tells its state."""
        return [Event(start, Phase.EMIT, Announce(u)) for u in range(len(self._units.book.names))]

    def announce(self, unit: int, now: int) -> Happening:
        """Let a unit tell its state."""
        units = self._units
        status = UnitStatus(
            header=self._scene.header(UnitStatus, units.book.names[unit], now),
            unit=np.array([unit], np.int32),
            operating=np.array([not units.down[unit]], np.int8),
            rounds_left=np.array([units.rounds_left[unit]], np.int32),
            channels=np.array([units.channels[unit]], np.int32),
        )
        return Happening([(self._scene.arrival(status, now), status)], [])

    def put_down(self, unit: int, why: str, now: int) -> Happening:
        """Stop a unit for a reason of a name; it tells so if it was operating."""
        was = bool(self._units.down[unit])
        self._units.down[unit].add(why)
        return NOTHING if was else self.announce(unit, now)

    def put_up(self, unit: int, why: str, now: int) -> Happening:
        """Take a reason to be down away; the unit tells so if that was the last."""
        if why not in self._units.down[unit]:
            return NOTHING
        self._units.down[unit].discard(why)
        return NOTHING if self._units.down[unit] else self.announce(unit, now)

    def abandon(self, unit: int, now: int) -> None:
        """Give up all engagements of a unit that is hit: nobody guides its rounds any more."""
        for number in [n for n, e in self._units.open.items() if e.unit == unit]:
            engagement = self._units.open.pop(number)
            left = [shot for shot in engagement.fired if not shot.done]
            lost = [self._shot(engagement, shot, now, "unit lost") for shot in left]
            self._scene.chronicle.shots += lost

    def obey_all(self, orders: EngagementOrders, now: int) -> list[Event]:
        """Send orders to their units; they arrive a link delay later."""
        events: list[Event] = []
        names = self._units.book.names
        for i, unit in enumerate(orders.unit.tolist()):
            arrives = self._scene.links.down(names[unit], "EngagementOrders", now)
            if arrives == NEVER:
                continue
            order = Obey(
                engagement=int(orders.engagement[i]),
                unit=unit,
                rounds=int(orders.rounds[i]),
                kind=OrderKind(int(orders.kind[i])),
                launch_at=int(orders.launch_at[i]),
                intercept_at=int(orders.intercept_at[i]),
                pip=_ecef(orders.intercept_ecef[i].tolist()),
            )
            events.append(Event(arrives, Phase.ACT, order))
        return events

    def redirect_all(self, updates: InterceptUpdates, now: int) -> list[Event]:
        """Send in-flight updates to the units that fly these engagements."""
        events: list[Event] = []
        points = updates.intercept_ecef.tolist()
        columns = (updates.engagement.tolist(), updates.intercept_at.tolist(), points)
        for number, at, pip in zip(*columns, strict=True):
            flying = self._units.open.get(number)
            if flying is None:
                continue
            name = self._units.book.names[flying.unit]
            arrives = self._scene.links.down(name, "InterceptUpdates", now)
            if arrives != NEVER:
                events.append(Event(arrives, Phase.ACT, Redirect(number, at, _ecef(pip))))
        return events

    def redirect(self, update: Redirect, now: int) -> Happening:
        """Carry out an in-flight update."""
        return Happening([], _acts(self._units.redirect(update, now)))

    def obey(self, order: Obey, now: int) -> Happening:
        """Let a unit accept, refuse or cease."""
        if HIT in self._units.down[order.unit]:
            return NOTHING  # nobody is there to answer
        if order.kind == OrderKind.CEASE_ENGAGEMENT:
            return self._cease(order.engagement, now)
        reason = self._units.obey(order, now)
        if reason != Reason.CHOSEN:
            return Happening([self._refusal(order.engagement, order.unit, reason, now)], [])
        launch_at = self._units.open[order.engagement].launch_at
        return Happening([], [Event(launch_at, Phase.ACT, Fire(order.engagement))])

    def _cease(self, number: int, now: int) -> Happening:
        """Stop an engagement: before the launch as if it was refused, in flight as if it ended."""
        ceased = self._units.cease(number)
        if ceased is None:
            return NOTHING
        if not ceased.fired:
            return Happening([self._refusal(number, ceased.unit, Reason.UNIT_REFUSED, now)], [])
        left = [shot for shot in ceased.fired if not shot.done]
        self._scene.chronicle.shots += [self._shot(ceased, shot, now, "ceased") for shot in left]
        return Happening([self._report(ceased, EngagementState.TERMINAL, 0, now)], [])

    def fire(self, fire: Fire, now: int) -> Happening:
        """Let a salvo go and report it."""
        intercepts = self._units.fire(fire.engagement)
        if not intercepts:
            return NOTHING
        salvo = self._units.open[fire.engagement]
        report = self._report(salvo, EngagementState.LAUNCHED, salvo.rounds, now)
        return Happening([report], _acts(intercepts))

    def intercept(self, action: Intercept, now: int) -> Happening:
        """Let a round arrive, unless it was redirected since."""
        arriving = self._units.arriving(action)
        if arriving is None:
            return NOTHING
        engagement, shot = arriving
        self._scene.chronicle.shots.append(self._judge(engagement, shot, now))
        if not self._units.ended(engagement, shot):
            return NOTHING
        return Happening([self._report(engagement, EngagementState.TERMINAL, 0, now)], [])

    def _judge(self, engagement: Engagement, shot: Round, now: int) -> ShotRecord:
        """Let a round arrive: find what is there, decide, and break up what was hit."""
        bodies, book, t = self._scene.bodies, self._units.book, self._scene.since(now)
        pip = engagement.pip
        if engagement.carried is not None:
            pip = bodies.position_at(engagement.carried[0], t)[:3] + engagement.carried[1]
        row, distance = bodies.nearest(t, pip, np.inf)
        within = row >= 0 and distance <= book.basket[engagement.unit]
        if within and engagement.carried is None:
            engagement.carried = row, pip - bodies.position_at(row, t)[:3]
        sspk, hit = 0.0, False
        if not self._units.gets_there(engagement, shot, pip):
            reason = "out of reach"
        elif not within:
            basket = float(book.basket[engagement.unit])
            wreck, _ = bodies.nearest(t, pip, basket, State.KILLED)
            reason = "outside basket" if wreck < 0 else "debris"
        else:
            nominal = float(book.sspk[engagement.unit, bodies.family[row]])
            raid, kind, key = int(bodies.raid[row]), bodies.threat_class[row], int(bodies.key[row])
            sspk = self._referee.kill_probability(nominal, raid, int(kind), engagement.unit, key)
            hit = self._referee.hits(key, sspk)
            reason = "hit" if hit else "missed"
        if hit:
            bodies.break_up(row, t, self._scene.scenario.file.referee.debris_rcs_share)
            self._scene.chronicle.ended[row], self._scene.chronicle.killed_by[row] = (
                now,
                engagement.number,
            )
        judged = self._shot(engagement, shot, now, reason)
        target = row if reason in {"hit", "missed"} else -1
        return judged._replace(row=target, miss_distance=distance, sspk=sspk, hit=hit)

    def _shot(self, engagement: Engagement, shot: Round, now: int, reason: str) -> ShotRecord:
        book, unit = self._units.book, engagement.unit
        launched_at, cost = shot.launched_at, float(book.cost[unit])
        return ShotRecord(
            engagement.number, shot.number, book.names[unit], launched_at, now, reason, cost
        )

    def _refusal(self, engagement: int, unit: int, reason: Reason, now: int) -> tuple[int, Message]:
        refused = Engagement(engagement, unit, 0, 0, 0, np.zeros(3))
        return self._report(refused, EngagementState.REFUSED, 0, now, reason)

    def _report(
        self,
        engagement: Engagement,
        state: EngagementState,
        rounds: int,
        now: int,
        reason: Reason = Reason.CHOSEN,
    ) -> tuple[int, Message]:
        unit = engagement.unit
        report = EngagementReports(
            header=self._scene.header(EngagementReports, self._units.book.names[unit], now),
            engagement=np.array([engagement.number], np.int32),
            unit=np.array([unit], np.int32),
            state=np.array([state], np.int8),
            rounds=np.array([rounds], np.int32),
            rounds_left=np.array([self._units.rounds_left[unit]], np.int32),
            reason=np.array([reason], np.int8),
        )
        return self._scene.arrival(report, now), report


def _acts(intercepts: list[Intercept]) -> list[Event]:
    return [Event(action.due, Phase.ACT, action) for action in intercepts]


def _ecef(row: list[float]) -> Ecef:
    x, y, z = row
    return x, y, z
