"""The simulated world behind one facade, driven by the event queue of ``run``.

Actions are small frozen values; ``handle`` carries one out and returns messages that leave
(with the time at which they arrive at the command post) and what happens next. Sites are the
plan's, performance is the scenario's. Times outside are int ns UTC, inside s since the
scenario's start.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from tdome.earth.terrain import Terrain
from tdome.kernel.clock import NS, nanoseconds, seconds
from tdome.kernel.ids import Counter
from tdome.kernel.queue import Phase
from tdome.kernel.random import Streams
from tdome.messages.base import Header, Message
from tdome.messages.codes import EngagementState, OrderKind, Reason
from tdome.messages.fire import EngagementOrders, EngagementReports, InterceptUpdates
from tdome.messages.sensing import Plots, SensorStatus, SensorTasks
from tdome.plan.books import sensor_book, unit_book
from tdome.plan.plan import Plan
from tdome.world.bodies import End, Start, State, compile_bodies
from tdome.world.chronicle import Chronicle, ScanRecord, ShotRecord
from tdome.world.effectors import Ecef, Engagement, Fire, Intercept, Obey, Redirect, Round, Units
from tdome.world.ledger import Ledger
from tdome.world.links import Links
from tdome.world.referee import Referee
from tdome.world.scenario import Scenario
from tdome.world.sensors import Look, Radars, Scan, Sighting

Action: TypeAlias = Start | End | Scan | Look | Obey | Redirect | Fire | Intercept


class Event(NamedTuple):
    """What is due: time (int ns UTC), phase, action."""

    at: int
    phase: Phase
    action: Action


class Happening(NamedTuple):
    """What came of an action: messages with their arrival (int ns UTC), and what happens next."""

    messages: list[tuple[int, Message]]
    events: list[Event]


_NOTHING = Happening([], [])


class World:
    """All that is, and that decisions never see; built from scenario, plan and seed.

    ``relabel`` permutes the rows and labels of the objects and must change nothing else.
    ``refused_tasks`` counts the looks that command asked beyond what a sensor can do. Raises
    ConfigError where plan and scenario do not fit.
    """

    def __init__(
        self,
        scenario: Scenario,
        plan: Plan,
        seed: int,
        relabel: int | None = None,
        terrain: Terrain | None = None,
    ) -> None:
        streams = Streams(seed)
        self.scenario = scenario
        sites, true = plan.file, scenario.catalogue
        radars = sensor_book(sites.sensors, true, plan.source)
        self._radars = Radars(radars, scenario.file.weather.radar_range_factor, streams, terrain)
        self._first_scan = [
            nanoseconds(float(streams("world", name, "offset").draw()[0] * period))
            for name, period in zip(radars.names, radars.period, strict=True)
        ]
        self._units = Units(unit_book(sites.fire_units, true, plan.source))
        self._links = Links(scenario.file.links, streams)
        raids = [raid.name for raid in scenario.file.raids]
        self._referee = Referee(scenario.file.referee, raids, streams)
        self._bodies = compile_bodies(scenario, streams, relabel, terrain)
        self._chronicle = Chronicle(scenario)
        self._numbers: dict[tuple[str, str], Counter] = {}
        self._looks: list[deque[int]] = [deque() for _ in radars.names]
        self.refused_tasks = 0
        self._now = scenario.start

    def first_events(self) -> list[Event]:
        """Return what starts the run: starts and ends of bodies, and each radar's first scan."""
        events: list[Event] = []
        for row in range(len(self._bodies)):
            start, end = self._bodies.launches_at[row], self._bodies.ends_at[row]
            events.append(Event(self._at(start), Phase.MOVE, Start(row)))
            events.append(Event(self._at(end), Phase.MOVE, End(row)))
        return events + [self._scan_event(sensor, 0) for sensor in range(len(self._first_scan))]

    def handle(self, action: Action, now: int) -> Happening:
        """Carry out one action that is due now."""
        self._now = now
        happening = _NOTHING
        match action:
            case Start(row):
                self._bodies.start(row)
            case End(row):
                if self._bodies.end(row):
                    self._chronicle.ended[row] = now
            case Scan():
                happening = self._scan(action, now)
            case Look():
                happening = self._look(action, now)
            case Obey():
                happening = self._obey(action, now)
            case Redirect():
                happening = Happening([], _acts(self._units.redirect(action, now)))
            case Fire():
                happening = self._fire(action, now)
            case Intercept():
                happening = self._intercept(action, now)
        return happening

    def accept(self, message: Message, now: int) -> list[Event]:
        """Take a message of command and return what it sets off when it has reached its site."""
        if isinstance(message, EngagementOrders):
            return self._orders(message, now)
        if isinstance(message, InterceptUpdates):
            return self._updates(message, now)
        if isinstance(message, SensorTasks):
            return self._tasks(message, now)
        raise TypeError(f"the world takes no {type(message).__name__}")

    def hostile_left(self) -> int:
        """Return how many hostile bodies fly or are still to come."""
        bodies = self._bodies
        return int((bodies.hostile & (bodies.state <= State.FLYING)).sum())

    def finished(self, now: int) -> bool:
        """Tell whether nothing hostile flies, falls or is to come, and no round is on its way."""
        bodies = self._bodies
        falling = (bodies.state == State.KILLED) & (bodies.ends_at > self._since(now))
        return not self.hostile_left() and not falling.any() and not self._units.open

    def ledger(self) -> Ledger:
        """Return the truth up to the last action."""
        return self._chronicle.ledger(self._bodies, self._now)

    # ---- sensors

    def _scan_event(self, sensor: int, number: int) -> Event:
        period = nanoseconds(float(self._radars.book.period[sensor]))
        at = self.scenario.start + self._first_scan[sensor] + number * period
        return Event(at, Phase.EMIT, Scan(sensor, number))

    def _scan(self, scan: Scan, now: int) -> Happening:
        sighting = self._radars.look(scan.sensor, self._bodies, self._since(now), scan.number)
        messages = self._report_plots(scan.sensor, sighting, now, volume=True)
        if scan.number == 0:
            name = self._radars.book.names[scan.sensor]
            header = self._header(SensorStatus, name, now)
            status = SensorStatus(header=header, sensor=name, operating=True)
            messages.insert(0, (self._arrival(status, now), status))
        following = self._scan_event(scan.sensor, scan.number + 1)
        on = self._since(following.at) <= self.scenario.duration
        return Happening(messages, [following] if on else [])

    def _look(self, look: Look, now: int) -> Happening:
        toward = np.array(look.places)
        sighting = self._radars.look(look.sensor, self._bodies, self._since(now), now, toward)
        return Happening(self._report_plots(look.sensor, sighting, now, volume=False), [])

    def _report_plots(
        self, sensor: int, sighting: Sighting, now: int, *, volume: bool
    ) -> list[tuple[int, Message]]:
        name = self._radars.book.names[sensor]
        plots = Plots(
            header=self._header(Plots, name, now),
            sensor=name,
            volume=volume,
            range_m=sighting.range_m,
            azimuth_rad=sighting.azimuth_rad,
            elevation_rad=sighting.elevation_rad,
            snr_db=sighting.snr_db,
            address=sighting.address,
            friend=sighting.friend,
        )
        lost = self._links.loses(name, "Plots", plots.header.seq)
        self._chronicle.scans.append(ScanRecord(name, plots.header.seq, sighting.rows, lost))
        latency = nanoseconds(float(self._radars.book.latency[sensor]))
        return [] if lost else [(self._arrival(plots, now) + latency, plots)]

    def _tasks(self, tasks: SensorTasks, now: int) -> list[Event]:
        places: dict[tuple[int, int], list[Ecef]] = {}
        delays = self._links.delays("command", "SensorTasks", tasks.header.seq, len(tasks))
        columns = (tasks.sensor.tolist(), tasks.look_at.tolist(), tasks.ecef.tolist())
        for sensor, look_at, place, delay in zip(*columns, delays, strict=True):
            at = max(look_at, now + delay)
            if not self._has_time(sensor, at):
                self.refused_tasks += 1
                continue
            places.setdefault((sensor, at), []).append(_ecef(place))
        return [
            Event(at, Phase.EMIT, Look(sensor, tuple(spots)))
            for (sensor, at), spots in places.items()
        ]

    def _has_time(self, sensor: int, at: int) -> bool:
        """Whether a radar can take one more look: at most ``task_rate`` within a second."""
        looks = self._looks[sensor]
        while looks and looks[0] <= at - NS:
            looks.popleft()
        if len(looks) >= self._radars.book.task_rate[sensor]:
            return False
        looks.append(at)
        return True

    # ---- effectors

    def _orders(self, orders: EngagementOrders, now: int) -> list[Event]:
        events: list[Event] = []
        delays = self._links.delays("command", "EngagementOrders", orders.header.seq, len(orders))
        for i, delay in enumerate(delays):
            order = Obey(
                engagement=int(orders.engagement[i]),
                unit=int(orders.unit[i]),
                rounds=int(orders.rounds[i]),
                kind=OrderKind(int(orders.kind[i])),
                launch_at=int(orders.launch_at[i]),
                intercept_at=int(orders.intercept_at[i]),
                pip=_ecef(orders.intercept_ecef[i].tolist()),
            )
            events.append(Event(now + delay, Phase.ACT, order))
        return events

    def _updates(self, updates: InterceptUpdates, now: int) -> list[Event]:
        delays = self._links.delays("command", "InterceptUpdates", updates.header.seq, len(updates))
        points = updates.intercept_ecef.tolist()
        columns = (updates.engagement.tolist(), updates.intercept_at.tolist(), points, delays)
        return [
            Event(now + delay, Phase.ACT, Redirect(engagement, at, _ecef(pip)))
            for engagement, at, pip, delay in zip(*columns, strict=True)
        ]

    def _obey(self, order: Obey, now: int) -> Happening:
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
            return _NOTHING
        if not ceased.fired:
            return Happening([self._refusal(number, ceased.unit, Reason.UNIT_REFUSED, now)], [])
        left = [shot for shot in ceased.fired if not shot.done]
        self._chronicle.shots += [self._shot(ceased, shot, now, "ceased") for shot in left]
        return Happening([self._report(ceased, EngagementState.TERMINAL, 0, now)], [])

    def _fire(self, fire: Fire, now: int) -> Happening:
        intercepts = self._units.fire(fire.engagement)
        if not intercepts:
            return _NOTHING
        salvo = self._units.open[fire.engagement]
        report = self._report(salvo, EngagementState.LAUNCHED, salvo.rounds, now)
        return Happening([report], _acts(intercepts))

    def _intercept(self, action: Intercept, now: int) -> Happening:
        arriving = self._units.arriving(action)
        if arriving is None:
            return _NOTHING
        engagement, shot = arriving
        self._chronicle.shots.append(self._judge(engagement, shot, now))
        if not self._units.ended(engagement, shot):
            return _NOTHING
        return Happening([self._report(engagement, EngagementState.TERMINAL, 0, now)], [])

    def _judge(self, engagement: Engagement, shot: Round, now: int) -> ShotRecord:
        """Let a round arrive: find what is there, decide, and break up what was hit."""
        bodies, book, t = self._bodies, self._units.book, self._since(now)
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
            sspk = self._referee.kill_probability(nominal, int(bodies.raid[row]))
            hit = self._referee.hits(int(bodies.key[row]), sspk)
            reason = "hit" if hit else "missed"
        if hit:
            bodies.break_up(row, t, self.scenario.file.referee.debris_rcs_share)
            self._chronicle.ended[row], self._chronicle.killed_by[row] = now, engagement.number
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
            header=self._header(EngagementReports, self._units.book.names[unit], now),
            engagement=np.array([engagement.number], np.int32),
            unit=np.array([unit], np.int32),
            state=np.array([state], np.int8),
            rounds=np.array([rounds], np.int32),
            rounds_left=np.array([self._units.rounds_left[unit]], np.int32),
            reason=np.array([reason], np.int8),
        )
        return self._arrival(report, now), report

    # ---- time and numbers

    def _at(self, t: float) -> int:
        return self.scenario.start + max(nanoseconds(float(t)), 0)

    def _since(self, now: int) -> float:
        return seconds(now - self.scenario.start)

    def _header(self, kind: type[Message], source: str, now: int) -> Header:
        counter = self._numbers.setdefault((source, kind.__name__), Counter())
        return Header(source, counter.next(), now, 0)

    def _arrival(self, message: Message, now: int) -> int:
        header = message.header
        return now + self._links.delay(header.source, type(message).__name__, header.seq)


def _acts(intercepts: list[Intercept]) -> list[Event]:
    return [Event(action.due, Phase.ACT, action) for action in intercepts]


def _ecef(row: Sequence[float]) -> Ecef:
    x, y, z = row
    return x, y, z
