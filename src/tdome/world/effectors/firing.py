"""Firing: orders reach fire units, rounds leave, arrive and are judged.

What a round meets is the body nearest to its predicted intercept point, within the basket. A beam
must see it over the terrain. A unit bound to its own radar fires only if that radar covers its
target at the launch: range law with the true cross-section, elevation limits, horizon. Soft kill
leads a body astray: it falls where it is, whole. Whether it can is a property of the object (one
draw each), so that trying again does not help.
"""

import numpy as np

from tdome.earth.ballistics import height1
from tdome.earth.horizon import in_sight
from tdome.earth.terrain import FlatTerrain, Terrain, line_of_sight
from tdome.kernel.queue import Phase
from tdome.kernel.random import Streams
from tdome.messages.base import Floats, Message
from tdome.messages.codes import EngagementState, OrderKind, Reason
from tdome.messages.fire import EngagementOrders, EngagementReports, InterceptUpdates
from tdome.plan.books.sensors import SensorBook
from tdome.plan.books.units import UnitBook
from tdome.world.bodies.table import State
from tdome.world.chronicle import ShotRecord
from tdome.world.effectors.deeds import (
    Deed,
    Ecef,
    Engagement,
    Fire,
    Intercept,
    Obey,
    Redirect,
    Round,
)
from tdome.world.effectors.referee import Referee
from tdome.world.effectors.single_shot import (
    LOOK_BACK,
    Encounter,
    jamming_share,
    single_shot,
)
from tdome.world.effectors.units import HIT, Units
from tdome.world.effectors.upkeep import Keeper
from tdome.world.events import NOTHING, Event, Happening
from tdome.world.scene import Scene
from tdome.world.sensors.jamming import Jamming
from tdome.world.succession import NEVER

_EYE = 5.0  # m over the ground at which a beam leaves


class Firing:
    """All fire units of a run and the referee. ``sensors``: the true radars."""

    def __init__(
        self,
        scene: Scene,
        book: UnitBook,
        streams: Streams,
        sensors: SensorBook,
        terrain: Terrain | None = None,
    ) -> None:
        self._scene, self._sensors = scene, sensors
        self._terrain = terrain or FlatTerrain()
        self._units = Units(book)
        self.keeper = Keeper(scene, self._units, self._stop)
        raids = [raid.name for raid in scene.scenario.file.raids]
        rules, threats = scene.scenario.file.referee, scene.scenario.threats
        self._referee = Referee(rules, raids, threats, book.names, streams)
        self._jamming = Jamming(scene.scenario.file.jammers)
        self._astray = streams("referee", "soft-kill")
        self._sspk = book.sspk_against(threats.names, threats.family)

    @property
    def busy(self) -> bool:
        """Whether a round is on its way or waits for its launch."""
        return bool(self._units.open)

    def renew(self, streams: Streams) -> None:
        """Let the shots to come have the luck of other streams; soft kill stays the object's."""
        self._referee.renew(streams)

    def first_events(self) -> list[Event]:
        """Return what starts the run."""
        return self.keeper.first_events()

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
            case _:
                return self.keeper.handle(deed, now)

    @property
    def places(self) -> Floats:
        """Where the units stand now, (u, 3) ECEF, m."""
        return np.array(self._units.place, dtype=np.float64).reshape(-1, 3)

    def abandon(self, unit: int, now: int) -> None:
        """Give up all engagements of a unit that is hit: nobody guides its rounds any more."""
        for number in list(self._units.of_unit[unit]):
            engagement = self._units.open[number]
            self._units.cease(number)
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

    def _stop(self, unit: int, now: int) -> list[tuple[int, Message]]:
        """Refuse what a unit that went down has not fired yet."""
        waiting = [e.number for e in self._units.of_unit[unit].values() if not e.fired]
        for number in waiting:
            self._units.cease(number)
        return [self._refusal(number, unit, Reason.UNIT_DOWN, now) for number in waiting]

    def fire(self, fire: Fire, now: int) -> Happening:
        """Let a salvo go and report it."""
        salvo = self._units.open.get(fire.engagement)
        if salvo is None:
            return NOTHING
        if not self._sees(salvo, now):
            self._units.cease(salvo.number)
            return Happening([self._refusal(salvo.number, salvo.unit, Reason.NO_SENSOR, now)], [])
        intercepts = self._units.fire(fire.engagement)
        report = self._report(salvo, EngagementState.LAUNCHED, salvo.rounds, now)
        return Happening([report], _acts(intercepts) + self.keeper.after_fire(salvo.unit, now))

    def _sees(self, salvo: Engagement, now: int) -> bool:
        """Tell whether a unit's own radar, if it needs one, covers what it fires at."""
        name = self._units.book.own_sensor[salvo.unit]
        if not name:
            return True
        bodies, book = self._scene.bodies, self._sensors.at(now)
        s = book.names.index(name)
        row, _ = bodies.nearest(self._scene.since(salvo.intercept_at), salvo.pip, np.inf)
        if row < 0:
            return False
        place = bodies.position_at(row, self._scene.since(now))[:3]
        height = np.array([height1(*place.tolist())])
        reach = book.reference_range[s] * np.array([bodies.rcs[row]]) ** 0.25
        reach = np.minimum(reach, book.max_range[s])
        elevation = float(book.min_elevation[s]), float(book.max_elevation[s])
        up, antenna = book.axes[s, 2], book.ecef[s]
        above = float(book.height[s])
        return bool(in_sight(place[None], height, antenna, up, above, reach, elevation)[0])

    def intercept(self, action: Intercept, now: int) -> Happening:
        """Let a round arrive, unless it was redirected since."""
        arriving = self._units.arriving(action)
        if arriving is None:
            return NOTHING
        engagement, shot = arriving
        self._scene.chronicle.shots.append(self._judge(engagement, shot, now))
        if not self._units.ended(engagement, shot):
            return NOTHING
        report = self._report(engagement, EngagementState.TERMINAL, 0, now)
        return Happening([report], self.keeper.after_fire(engagement.unit, now))

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
        elif self._hidden(engagement, row, t):
            reason = "hidden"
        else:
            sspk, hit, reason = self._decide(engagement, row, distance, t)
        if hit:
            self._end(engagement, row, now)
        judged = self._shot(engagement, shot, now, reason)
        target = row if reason in {"hit", "missed", "led astray"} else -1
        return judged._replace(row=target, miss_distance=distance, sspk=sspk, hit=hit)

    def _decide(
        self, engagement: Engagement, row: int, miss: float, t: float
    ) -> tuple[float, bool, str]:
        """Return kill probability, hit and reason of a round that meets a body."""
        bodies, unit = self._scene.bodies, engagement.unit
        kind = int(bodies.threat_class[row])
        # Civil and friendly bodies are of no class: what counts is their family.
        book = self._units.book
        nominal = self._sspk[unit, kind] if kind >= 0 else book.sspk[unit, bodies.family[row]]
        met = Encounter(
            launcher=self._units.place[unit],
            now=bodies.position_at(row, t),
            before=bodies.position_at(row, t - LOOK_BACK),
            miss=miss,
        )
        sources = self._jamming.sources(bodies, t).place
        far = float(book.max_range[unit])
        share = jamming_share(met, sources, float(bodies.rcs[row]), far)
        single = single_shot(book, unit, float(nominal), met._replace(jamming=share))
        raid, key = int(bodies.raid[row]), int(bodies.key[row])
        sspk = self._referee.kill_probability(single, raid, kind, unit, key)
        if book.effects[unit] == "soft-kill":
            hit = bool(self._astray.draw(key)[0] < sspk)
            return sspk, hit, "led astray" if hit else "missed"
        hit = self._referee.hits(key, sspk)
        return sspk, hit, "hit" if hit else "missed"

    def _end(self, engagement: Engagement, row: int, now: int) -> None:
        """Let a body fall: broken up, or whole where it was led astray."""
        whole = self._units.book.effects[engagement.unit] == "soft-kill"
        seen = 1.0 if whole else self._scene.scenario.file.referee.debris_rcs_share
        weather = self._scene.scenario.file.weather
        wind = weather.wind_east_m_s, weather.wind_north_m_s
        self._scene.bodies.break_up(row, self._scene.since(now), seen, wind)
        self._scene.chronicle.ended[row] = now
        self._scene.chronicle.killed_by[row] = engagement.number

    def _hidden(self, engagement: Engagement, row: int, t: float) -> bool:
        """Tell whether the ground stands between a beam and a body."""
        unit = engagement.unit
        if self._units.book.effects[unit] != "directed-energy":
            return False
        place: Floats = self._units.place[unit]
        eye = place * (1.0 + _EYE / float(np.linalg.norm(place)))
        body = self._scene.bodies.position_at(row, t)[:3]
        return not line_of_sight(self._terrain, eye, body)

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
