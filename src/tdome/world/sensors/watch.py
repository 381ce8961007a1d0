"""The watch: sensors scan, take tasks, and report to the command post."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tdome.earth.terrain import Terrain
from tdome.kernel.clock import nanoseconds
from tdome.kernel.queue import Phase
from tdome.kernel.random import Streams
from tdome.messages.base import Message
from tdome.messages.codes import Emission
from tdome.messages.sensing import Bearings, Plots, SensorStatus, SensorTasks
from tdome.plan.books.sensors import SensorBook
from tdome.world.bodies.table import Bodies
from tdome.world.chronicle import ScanRecord
from tdome.world.effectors.deeds import Ecef
from tdome.world.events import NOTHING, Event, Happening
from tdome.world.scene import Scene
from tdome.world.sensors.budget import Budget
from tdome.world.sensors.radars import Look, Radars, Scan
from tdome.world.sensors.receivers import acoustic, cooperative, optical, passive, space
from tdome.world.sensors.receivers.reach import Moment, Post, Report
from tdome.world.succession import NEVER

_LOOKS: dict[str, Callable[[Post, Bodies, Moment], Report]] = {
    "passive-rf": passive.look,
    "acoustic": acoustic.look,
    "optical": optical.look,
    "space": space.look,
    "cooperative": cooperative.look,
}


class Watch:
    """All sensors of a run. ``refused_tasks`` counts looks asked beyond what a sensor can do."""

    def __init__(
        self, scene: Scene, book: SensorBook, streams: Streams, terrain: Terrain | None
    ) -> None:
        self._scene = scene
        file = scene.scenario.file
        self._radars = Radars(book, file.weather, streams, terrain, file.jammers)
        self._radars.start = scene.scenario.start
        self._posts = [
            Post(book, row, scene.scenario, streams, terrain) for row in range(len(book.names))
        ]
        self._first_scan = [
            nanoseconds(float(streams("world", name, "offset").draw()[0] * period))
            for name, period in zip(book.names, np.nan_to_num(book.period, nan=1.0), strict=True)
        ]
        self._budgets = [
            Budget(rate, channels)
            for rate, channels in zip(
                book.task_rate.tolist(), book.track_channels.tolist(), strict=True
            )
        ]
        self._down: set[int] = set()
        self.refused_tasks = 0

    def renew(self, streams: Streams) -> None:
        """Let the looks to come have the luck of other streams."""
        self._radars.renew(streams)
        self._posts = [replace(post, luck=streams) for post in self._posts]

    def first_events(self) -> list[Event]:
        """Return the first scan of each sensor."""
        return [self.scan_event(sensor, 0) for sensor in range(len(self._first_scan))]

    def scan_event(self, sensor: int, number: int) -> Event:
        """Return the number-th scan of a sensor."""
        period = nanoseconds(float(self._radars.book.period[sensor])) if number else 0
        at = self._scene.scenario.start + self._first_scan[sensor] + number * period
        return Event(at, Phase.EMIT, Scan(sensor, number))

    def scan(self, scan: Scan, now: int) -> Happening:
        """Scan the whole coverage and report; who only looks where he is sent says he is there."""
        scene = self._scene
        if now < scene.sleeps_until:
            return Happening([], [self._scan_after(scan.sensor, scene.sleeps_until)])
        scans = bool(np.isfinite(self._radars.book.period[scan.sensor]))
        messages: list[tuple[int, Message]] = []
        if scan.sensor not in self._down:
            if scan.number == 0:
                messages.append(self._status(scan.sensor, now))
            if scans:
                moment = Moment(scene.since(now), scan.number)
                messages += self._looked(scan.sensor, moment, now)
        if not scans:
            return Happening(messages, [])
        following = self.scan_event(scan.sensor, scan.number + 1)
        on = scene.since(following.at) <= scene.scenario.duration
        return Happening(messages, [following] if on else [])

    def _scan_after(self, sensor: int, at: int) -> Event:
        """Return the first scan of a sensor from a time on."""
        period = nanoseconds(float(self._radars.book.period[sensor]))
        since_first = at - self._scene.scenario.start - self._first_scan[sensor]
        return self.scan_event(sensor, -(-since_first // period))

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
        moment = Moment(self._scene.since(now), now, np.array(look.places))
        return Happening(self._looked(look.sensor, moment, now), [])

    def _looked(self, sensor: int, moment: Moment, now: int) -> list[tuple[int, Message]]:
        """Look by the law of the sensor's kind, and send what was seen.

        Radars report silence too, for it tells that nothing is there; other kinds do not.
        """
        book, bodies = self._radars.book, self._scene.bodies
        kind = book.kinds[sensor]
        if kind in _LOOKS:
            report = _LOOKS[kind](self._posts[sensor].at(moment.t), bodies, moment)
            return self._sent(sensor, report, now) if len(report.rows) else []
        sighting = self._radars.look(sensor, bodies, moment.t, moment.number, moment.toward)
        columns = sighting._asdict()
        columns["volume"] = moment.toward is None
        if kind == "radar-2d":
            columns["elevation_rad"] = np.full(len(sighting.rows), np.nan)
        sent = self._sent(sensor, Report(Plots, columns, columns.pop("rows")), now)
        return sent + self._strobes(sensor, moment, now)

    def _strobes(self, sensor: int, moment: Moment, now: int) -> list[tuple[int, Message]]:
        """Send the bearings of what jams a radar, once a scan."""
        bodies = self._scene.bodies
        if moment.toward is not None:
            return []
        strobes = self._radars.strobes(sensor, bodies, moment.t, moment.number)
        if not len(strobes.rows):
            return []
        columns = {
            "volume": True,
            "azimuth_rad": strobes.azimuth_rad,
            "elevation_rad": np.full(len(strobes.rows), np.nan),
            "snr_db": strobes.snr_db,
            "emission": np.full(len(strobes.rows), Emission.JAMMER, np.int8),
        }
        return self._sent(sensor, Report(Bearings, columns, strobes.rows), now)

    def _sent(self, sensor: int, report: Report, now: int) -> list[tuple[int, Message]]:
        scene, name = self._scene, self._radars.book.names[sensor]
        header = scene.header(report.kind, name, now)
        message = report.kind(header=header, sensor=name, **report.columns)
        latency = nanoseconds(float(self._radars.book.latency[sensor]))
        arrives = scene.arrival(message, now + latency)
        lost = arrives == NEVER
        kind = report.kind.__name__
        scene.chronicle.scans.append(ScanRecord(name, kind, header.seq, report.rows, lost))
        return [(arrives, message)]

    def accept(self, tasks: SensorTasks, now: int) -> list[Event]:
        """Take tasks as far as time allows; the rest is refused and counted."""
        places: dict[tuple[int, int], list[Ecef]] = {}
        names = self._radars.book.names
        columns = (
            tasks.sensor.tolist(),
            tasks.track_number.tolist(),
            tasks.look_at.tolist(),
            tasks.ecef.tolist(),
        )
        for sensor, track, look_at, place in zip(*columns, strict=True):
            arrives = self._scene.links.down(names[sensor], "SensorTasks", now)
            if arrives == NEVER or sensor in self._down:
                continue
            at = max(look_at, arrives)
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
