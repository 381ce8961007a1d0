"""The watch: sensors scan, take tasks, and report to the command post."""

import numpy as np

from tdome.earth.terrain import Terrain
from tdome.kernel.clock import nanoseconds
from tdome.kernel.queue import Phase
from tdome.kernel.random import Streams
from tdome.messages.base import Message
from tdome.messages.sensing import Plots, SensorStatus, SensorTasks
from tdome.plan.books.sensors import SensorBook
from tdome.world.chronicle import ScanRecord
from tdome.world.effectors.units import Ecef
from tdome.world.events import Event, Happening
from tdome.world.scene import Scene
from tdome.world.sensors.budget import Budget
from tdome.world.sensors.radars import Look, Radars, Scan, Sighting


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
        self._budgets = [
            Budget(rate, channels)
            for rate, channels in zip(
                book.task_rate.tolist(), book.track_channels.tolist(), strict=True
            )
        ]
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
        sighting = self._radars.look(
            scan.sensor, self._scene.bodies, self._scene.since(now), scan.number
        )
        messages = self._report_plots(scan.sensor, sighting, now, volume=True)
        if scan.number == 0:
            name = self._radars.book.names[scan.sensor]
            header = self._scene.header(SensorStatus, name, now)
            status = SensorStatus(header=header, sensor=name, operating=True)
            messages.insert(0, (self._scene.arrival(status, now), status))
        following = self.scan_event(scan.sensor, scan.number + 1)
        on = self._scene.since(following.at) <= self._scene.scenario.duration
        return Happening(messages, [following] if on else [])

    def look(self, look: Look, now: int) -> Happening:
        """Carry out tasked looks and report."""
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
            snr_db=sighting.snr_db,
            address=sighting.address,
            friend=sighting.friend,
        )
        lost = self._scene.links.loses(name, "Plots", plots.header.seq)
        self._scene.chronicle.scans.append(ScanRecord(name, plots.header.seq, sighting.rows, lost))
        latency = nanoseconds(float(self._radars.book.latency[sensor]))
        return [] if lost else [(self._scene.arrival(plots, now) + latency, plots)]

    def accept(self, tasks: SensorTasks, now: int) -> list[Event]:
        """Take tasks as far as time allows; the rest is refused and counted."""
        places: dict[tuple[int, int], list[Ecef]] = {}
        delays = self._scene.links.delays("command", "SensorTasks", tasks.header.seq, len(tasks))
        columns = (
            tasks.sensor.tolist(),
            tasks.track_number.tolist(),
            tasks.look_at.tolist(),
            tasks.ecef.tolist(),
        )
        for sensor, track, look_at, place, delay in zip(*columns, delays, strict=True):
            at = max(look_at, now + delay)
            if not self._budgets[sensor].spend(track, at):
                self.refused_tasks += 1
                continue
            places.setdefault((sensor, at), []).append(_ecef(place))
        return [
            Event(at, Phase.EMIT, Look(sensor, tuple(spots)))
            for (sensor, at), spots in places.items()
        ]


def _ecef(row: list[float]) -> Ecef:
    x, y, z = row
    return x, y, z
