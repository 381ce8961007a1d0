"""The simulated world behind one facade, driven by the event queue of ``run``.

Actions are small frozen values; ``handle`` carries one out and returns messages that leave
(with the time at which they arrive at the command post) and what happens next. Sites are the
plan's, performance is the scenario's. Times outside are int ns UTC, inside s since the
scenario's start.
"""

import msgspec

from tdome.earth.terrain import Terrain
from tdome.earth.transmission import extinction
from tdome.kernel.clock import nanoseconds
from tdome.kernel.queue import Phase
from tdome.kernel.random import Streams
from tdome.messages.base import Message
from tdome.messages.fire import EngagementOrders, InterceptUpdates
from tdome.messages.sensing import SensorTasks
from tdome.plan.books.sensors import sensor_book
from tdome.plan.books.units import unit_book
from tdome.plan.plan import Plan
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.table import End, Kind, Start, State
from tdome.world.chronicle import Chronicle, Ending
from tdome.world.effectors.firing import Firing
from tdome.world.effectors.units import HIT
from tdome.world.events import NOTHING, Action, Event, Happening
from tdome.world.hiding import hidings
from tdome.world.ledger import Ledger
from tdome.world.links import Links
from tdome.world.losses import Losses, Restore, Site, SiteKind
from tdome.world.scenario import Scenario
from tdome.world.scene import Scene
from tdome.world.sensors.radars import Look, Scan
from tdome.world.sensors.watch import Watch
from tdome.world.succession import NEVER, posts_of

WAKE_BEFORE_S = 60.0  # s before the next start: sensors are heard again, false tracks are gone


class World:
    """All that is, and that decisions never see; built from scenario, plan and seed.

    ``relabel`` permutes the rows and labels of the objects and must change nothing else. Raises
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
        sites, true = plan.file, scenario.catalogue
        hidden = hidings(scenario.file.places, scenario.file.survivability, plan)
        scenario = msgspec.structs.replace(scenario, hidden=hidden)
        self.scenario = scenario
        self._posts = posts_of(plan)
        links = Links(scenario.file.links, self._posts, scenario.start, streams, scenario.source)
        self._scene = Scene(
            scenario=scenario,
            bodies=compile_bodies(scenario, streams, relabel, terrain),
            links=links,
            chronicle=Chronicle(scenario),
        )
        sensors = sensor_book(sites.sensors, true, plan.source)
        self._watch = Watch(self._scene, sensors, streams, terrain)
        weather = scenario.file.weather
        air = extinction(weather.visibility_km * 1e3, weather.rain_mm_h)
        units = unit_book(sites.fire_units, true, plan.source, air)
        self._firing = Firing(self._scene, units, streams, sensors, terrain)
        self._losses = Losses(self._scene, plan, streams)
        links.relays = self._losses.works
        self._now = scenario.start

    @property
    def refused_tasks(self) -> int:
        """Looks that command asked beyond what a sensor can do."""
        return self._watch.refused_tasks

    @property
    def undelivered(self) -> dict[str, int]:
        """Rows of messages that were lost on the way or found nobody to hear them, by kind."""
        return dict(sorted(self._scene.links.lost.items()))

    def renew(self, seed: int) -> None:
        """Let all that is still to be drawn have the luck of another seed.

        What a body, a site or a radar is, and what was drawn before, stays: so a copy of a world
        goes on as one whose past is the same, and whose future is independent given that past.
        """
        streams = Streams(seed)
        self._scene.links.renew(streams)
        self._watch.renew(streams)
        self._firing.renew(streams)
        self._losses.renew(streams)

    def first_events(self) -> list[Event]:
        """Return what starts the run: starts and ends of bodies, and each radar's first scan."""
        scene, bodies = self._scene, self._scene.bodies
        events: list[Event] = []
        for row in range(len(bodies)):
            events.append(Event(scene.at(bodies.launches_at[row]), Phase.MOVE, Start(row)))
            events.append(Event(scene.at(bodies.ends_at[row]), Phase.MOVE, End(row)))
        events += self._firing.first_events()
        return events + self._watch.first_events()

    def handle(self, action: Action, now: int) -> Happening:
        """Carry out one action that is due now."""
        self._now = now
        happening = NOTHING
        match action:
            case Start(row):
                self._scene.bodies.start(row)
            case End(row):
                if self._scene.bodies.end(row):
                    self._scene.chronicle.ended[row] = now
                    happening = self._strike(row, now)
            case Restore():
                happening = self._restore(action, now)
            case Scan():
                happening = self._watch.scan(action, now)
            case Look():
                happening = self._watch.look(action, now)
            case _:
                happening = self._firing.handle(action, now)
        sent = [(at, said) for at, said in happening.messages if at != NEVER]
        if self._losses.any_mute:
            sent = [(at, said) for at, said in sent if not self._losses.mute(said.header.source)]
        return Happening(sent, happening.events)

    def _strike(self, row: int, now: int) -> Happening:
        """Let a body come down on sites. What is lost for good has no voice left to tell so."""
        messages: list[tuple[int, Message]] = []
        events: list[Event] = []
        for blow in self._losses.strike(row, now, self._firing.places):
            messages += self._put_down(blow.site, now).messages
            if blow.until != NEVER:
                events.append(Event(blow.until, Phase.MOVE, Restore(blow.place, blow.until)))
        return Happening(messages, events)

    def _put_down(self, site: Site, now: int) -> Happening:
        if site.kind == SiteKind.COMMAND_POST:
            self._posts.lose(site.row, now)
            return NOTHING
        if site.kind == SiteKind.SENSOR:
            return self._watch.put_down(site.row, now)
        self._firing.abandon(site.row, now)
        return self._firing.keeper.put_down(site.row, HIT, now)

    def _restore(self, restore: Restore, now: int) -> Happening:
        site = self._losses.restore(restore)
        if site is None:
            return NOTHING
        if site.kind == SiteKind.COMMAND_POST:
            self._posts.restore(site.row, now)
            return NOTHING
        if site.kind == SiteKind.SENSOR:
            return self._watch.put_up(site.row, now)
        return self._firing.keeper.put_up(site.row, HIT, now)

    def accept(self, message: Message, now: int) -> list[Event]:
        """Take a message of command and return what it sets off when it has reached its site."""
        if isinstance(message, EngagementOrders):
            return self._firing.obey_all(message, now)
        if isinstance(message, InterceptUpdates):
            return self._firing.redirect_all(message, now)
        if isinstance(message, SensorTasks):
            return self._watch.accept(message, now)
        raise TypeError(f"the world takes no {type(message).__name__}")

    def hostile_left(self) -> int:
        """Return how many hostile bodies fly or are still to come."""
        bodies = self._scene.bodies
        return int((bodies.hostile & (bodies.state <= State.FLYING)).sum())

    def endings(self, first: int) -> tuple[list[Ending], int]:
        """Return the ends of what raids launched from the first-th end of any body on.

        And how many ends there are: ``first`` of the next call.
        """
        return self._scene.chronicle.endings(self._scene.bodies, first)

    def misses(self, first: int) -> tuple[list[Ending], int]:
        """Return the same of raiders that the first-th shot or a later one met and missed.

        As if they came down where they are bound for.
        """
        return self._scene.chronicle.misses(self._scene.bodies, first)

    def quiet(self, now: int) -> bool:
        """Tell whether nothing flies or falls, and no round is on its way."""
        bodies, t = self._scene.bodies, self._scene.since(now)
        falling = (bodies.state == State.KILLED) & (bodies.ends_at > t)
        in_the_air = (bodies.state == State.FLYING) | falling
        in_the_air &= bodies.kind != Kind.BIRD  # they fly for ever
        return not in_the_air.any() and not self._firing.busy

    def next_start(self, now: int) -> int | None:
        """Return when the next body is to start (int ns UTC); None where none is in time."""
        bodies, t = self._scene.bodies, self._scene.since(now)
        waiting = (bodies.state == State.WAITING) & (bodies.launches_at < self.scenario.duration)
        waiting &= bodies.launches_at > t - 1.0  # else it was to separate from what is no more
        waiting &= bodies.kind != Kind.BIRD
        return self._scene.at(bodies.launches_at[waiting].min()) if waiting.any() else None

    def sleep(self, now: int) -> int:
        """Jump over quiet, where the scenario does so: return when to wake (int ns UTC), or now."""
        shortest, start = self.scenario.file.skip_quiet_s, self.next_start(now)
        if shortest <= 0.0 or start is None or not self.quiet(now):
            return now
        wake = start - nanoseconds(WAKE_BEFORE_S)
        if wake - now < nanoseconds(shortest):
            return now
        self._scene.sleeps_until = wake
        return wake

    def ledger(self) -> Ledger:
        """Return the truth up to the last action."""
        return self._scene.chronicle.ledger(self._scene.bodies, self._now)
