"""The watch: sensors scan, take tasks, and report to the command post."""

from collections import deque

import numpy as np

from tdome.earth.terrain import Terrain
from tdome.kernel.clock import NS, nanoseconds
from tdome.kernel.queue import Phase
from tdome.kernel.random import Streams
from tdome.messages.base import Message
from tdome.messages.sensing import Plots, SensorStatus, SensorTasks
from tdome.plan.books.sensors import SensorBook
from tdome.world.chronicle import ScanRecord
from tdome.world.effectors.units import Ecef
from tdome.world.events import NOTHING, Event, Happening
from tdome.world.scene import Scene
from tdome.world.sensors.radars import Look, Radars, Scan, Sighting
from tdome.world.succession import NEVER


class Watch:
    """All sensors of a run. ``refused_tasks`` counts looks asked beyond what a sensor can do."""

    def __init__(
        self, scene: Scene, book: SensorBook, streams: Streams, terrain: Terrain | None
    ) -> None:
        self._scene = scene
        file = scene.scenario.file
        self._radars = Radars(book, file.weather, streams, terrain, file.jammers)
        self._first_scan = [
            nanoseconds(float(streams("world", name, "offset").draw()[0] * period))
            for name, period in zip(book.names, book.period, strict=True)
        ]
        self._looks: list[deque[int]] = [deque() for _ in book.names]
        self._down: set[int] = set()
        self.refused_tasks = 0

    def first_events(self) -> list[Event]:
        """Return the first scan of each sensor."""
        return [self.scan_event(sensor, 0) for sensor in range(len(self._first_scan))]

    def scan_event(self, sensor: int, number: int) -> Event:
        """Return the number-th scan of a sensor."""
        period = nanoseconds(float(self._radars.book.period[sensor]))
        at = self._scene.scenario.start + self._first_scan[sensor] + number * period
        return Event(at, Phase.EMIT, Scan(sensor, number))

    def scan(self, scan: Scan, now: int) -> Happening:
        """Scan the whole coverage and report."""
        messages: list[tuple[int, Message]] = []
        if scan.sensor not in self._down:
            sighting = self._radars.look(
                scan.sensor, self._scene.bodies, self._scene.since(now), scan.number
            )
            messages = self._report_plots(scan.sensor, sighting, now, volume=True)
            if scan.number == 0:
                messages.insert(0, self._status(scan.sensor, now))
        following = self.scan_event(scan.sensor, scan.number + 1)
        on = self._scene.since(following.at) <= self._scene.scenario.duration
        return Happening(messages, [following] if on else [])

    def put_down(self, sensor: int, now: int) -> Happening:
        """Stop a sensor; it tells so."""
        self._down.add(sensor)
        return Happening([self._status(sensor, now)], [])

    def put_up(self, sensor: int, now: int) -> Happening:
        """Let a sensor work again; it tells so."""
        self._down.discard(sensor)
        return Happening([self._status(sensor, now)], [])

    def _status(self, sensor: int, now: int) -> tuple[int, Message]:
        name = self._radars.book.names[sensor]
        header = self._scene.header(SensorStatus, name, now)
        status = SensorStatus(header=header, sensor=name, operating=sensor not in self._down)
        return self._scene.arrival(status, now), status

    def look(self, look: Look, now: int) -> Happening:
        """Carry out tasked looks and report."""
        if look.sensor in self._down:
            return NOTHING
        toward = np.array(look.places)
        sighting = self._radars.look(
            look.sensor, self._scene.bodies, self._scene.since(now), now, toward
        )
        return Happening(self._report_plots(look.sensor, sighting, now, volume=False), [])

    def _report_plots(
        self, sensor: int, sighting: Sighting, now: int, *, volume: bool
    ) -> list[tuple[int, Message]]:
        name = self._radars.book.names[sensor]
        plots = Plots(
            header=self._scene.header(Plots, name, now),
            sensor=name,
            volume=volume,
            range_m=sighting.range_m,
            azimuth_rad=sighting.azimuth_rad,
            elevation_rad=sighting.elevation_rad,
            range_rate_m_s=sighting.range_rate_m_s,
            snr_db=sighting.snr_db,
            address=sighting.address,
            friend=sighting.friend,
        )
        latency = nanoseconds(float(self._radars.book.latency[sensor]))
        arrives = self._scene.arrival(plots, now + latency)
        lost = arrives == NEVER
        record = ScanRecord(name, "Plots", plots.header.seq, sighting.rows, lost)
        self._scene.chronicle.scans.append(record)
        return [(arrives, plots)]

    def accept(self, tasks: SensorTasks, now: int) -> list[Event]:
        """Take tasks as far as time allows; the rest is refused and counted."""
        places: dict[tuple[int, int], list[Ecef]] = {}
        names = self._radars.book.names
        columns = (tasks.sensor.tolist(), tasks.look_at.tolist(), tasks.ecef.tolist())
        for sensor, look_at, place in zip(*columns, strict=True):
            arrives = self._scene.links.down(names[sensor], "SensorTasks", now)
            if arrives == NEVER or sensor in self._down:
                continue
            at = max(look_at, arrives)
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


def _ecef(row: list[float]) -> Ecef:
    x, y, z = row
    return x, y, z
