"""Between fights: units report, reload, cool down, are supplied, and move.

Reload: launchers that are empty are filled up from the unit's stock ``reload`` seconds after the
last salvo left; a supply adds to the stock. A beam has as many shots as heat allows, and has them
all back once it was idle for its cooling time. Move: at the planned time a unit packs, drives
the straight way at its road speed, unpacks, and is down all the while; what it had not fired yet is
refused, what flies goes on. A move that is due while it is still under way follows at once. Each
change is told in a UnitStatus. Limits: no partial reload, no crews, no roads.
"""

from collections.abc import Callable

import numpy as np

from tdome.kernel.clock import nanoseconds, seconds
from tdome.kernel.errors import ConfigError
from tdome.kernel.queue import Phase
from tdome.messages.base import Message
from tdome.messages.fire import UnitStatus
from tdome.world.effectors.deeds import Announce, Arrive, Leave, Refill, Supply, Upkeep
from tdome.world.effectors.units import HIT, Units
from tdome.world.events import NOTHING, Event, Happening
from tdome.world.scene import Scene

MOVING = "moves"

Stop = Callable[[int, int], list[tuple[int, Message]]]
"""Refuse what a unit (row) has not fired yet, at a time (int ns UTC)."""


class Keeper:
    """Magazines, stocks and places of all units. ``stop`` ends what a unit can not fire any more.

    Raises ConfigError for a supply of a unit that is not in the plan.
    """

    def __init__(self, scene: Scene, units: Units, stop: Stop) -> None:
        self._scene, self._units, self._stop = scene, units, stop
        self._stock = [int(rounds) for rounds in units.book.stock]
        self._refilling: set[int] = set()
        source, valid = scene.scenario.source, list(units.book.names)
        for i, supply in enumerate(scene.scenario.file.resupply):
            if supply.unit not in valid:
                key = f"resupply[{i}].unit"
                raise ConfigError.unknown(file=source, key=key, name=supply.unit, valid=valid)

    def first_events(self) -> list[Event]:
        """Return what starts the run: each unit tells its state, and what is planned for later."""
        scene, book = self._scene, self._units.book
        events = [
            Event(scene.scenario.start, Phase.EMIT, Announce(u)) for u in range(len(book.names))
        ]
        for u, k in zip(*np.nonzero(np.isfinite(book.leaves)), strict=True):
            events.append(Event(scene.at(book.leaves[u, k]), Phase.ACT, Leave(int(u), int(k))))
        for supply in scene.scenario.file.resupply:
            unit = book.names.index(supply.unit)
            events.append(Event(scene.at(supply.at_s), Phase.ACT, Supply(unit, supply.rounds)))
        return events

    def handle(self, deed: Upkeep, now: int) -> Happening:
        """Carry out an action that is due now."""
        match deed:
            case Announce(unit):
                return self.announce(unit, now)
            case Refill():
                return self._refill(deed, now)
            case Supply(unit, rounds):
                self._stock[unit] += rounds
                return Happening([], self.after_fire(unit, now))
            case Leave():
                return self._leave(deed, now)
            case Arrive():
                return self._arrive(deed, now)

    def announce(self, unit: int, now: int) -> Happening:
        """Let a unit tell its state."""
        units = self._units
        status = UnitStatus(
            header=self._scene.header(UnitStatus, units.book.names[unit], now),
            unit=np.array([unit], np.int32),
            operating=np.array([not units.down[unit]], np.int8),
            rounds_left=np.array([units.rounds_left[unit]], np.int32),
            channels=np.array([0 if HIT in units.down[unit] else units.channels[unit]], np.int32),
            site=np.array([units.site[unit]], np.int32),
        )
        return Happening([(self._scene.arrival(status, now), status)], [])

    def put_down(self, unit: int, why: str, now: int) -> Happening:
        """Stop a unit for a reason of a name; what it had not fired is refused, and it tells so."""
        was = bool(self._units.down[unit])
        self._units.down[unit].add(why)
        if was:
            return NOTHING
        refused = self._stop(unit, now)
        return Happening(refused + self.announce(unit, now).messages, [])

    def put_up(self, unit: int, why: str, now: int) -> Happening:
        """Take a reason to be down away; the unit tells so if that was the last."""
        if why not in self._units.down[unit]:
            return NOTHING
        self._units.down[unit].discard(why)
        return NOTHING if self._units.down[unit] else self.announce(unit, now)

    def after_fire(self, unit: int, now: int) -> list[Event]:
        """Start to reload where launchers are empty, or to cool down where a beam is idle."""
        units, book = self._units, self._units.book
        if book.cools[unit]:
            if units.of_unit[unit] or units.rounds_left[unit] >= book.rounds[unit]:
                return []
        elif units.rounds_left[unit] > 0 or self._stock[unit] < 1 or unit in self._refilling:
            return []
        else:
            self._refilling.add(unit)
        due = now + nanoseconds(float(book.reload[unit]))
        return [Event(due, Phase.ACT, Refill(unit, units.fired[unit]))]

    def _refill(self, deed: Refill, now: int) -> Happening:
        units, unit = self._units, deed.unit
        stale = units.fired[unit] != deed.fired or bool(units.of_unit[unit])
        if units.book.cools[unit]:
            if stale:
                return NOTHING
            units.rounds_left[unit] = int(units.book.rounds[unit])
        else:
            self._refilling.discard(unit)
            added = min(int(units.book.rounds[unit]) - units.rounds_left[unit], self._stock[unit])
            units.rounds_left[unit] += added
            self._stock[unit] -= added
        return self.announce(unit, now)

    def _leave(self, deed: Leave, now: int) -> Happening:
        unit, book = deed.unit, self._units.book
        if MOVING in self._units.down[unit]:
            return NOTHING  # it follows when the unit has arrived
        told = self.put_down(unit, MOVING, now)
        way = book.stations[unit, deed.site, :3] - self._units.place[unit]
        drive = float(np.linalg.norm(way)) / float(book.road_speed[unit])
        taken = float(book.pack[unit]) + drive + float(book.unpack[unit])
        there = Event(now + nanoseconds(taken), Phase.ACT, Arrive(unit, deed.site))
        return Happening(told.messages, [there])

    def _arrive(self, deed: Arrive, now: int) -> Happening:
        units, unit, site = self._units, deed.unit, deed.site
        units.place[unit] = units.book.stations[unit, site, :3].copy()
        units.height[unit] = float(units.book.stations[unit, site, 3])
        units.site[unit] = site
        told = self.put_up(unit, MOVING, now)
        after = site + 1
        since = seconds(now - self._scene.scenario.start)
        if after < units.book.sites[unit] and units.book.leaves[unit, after] <= since:
            return Happening(told.messages, [Event(now, Phase.ACT, Leave(unit, after))])
        return told
