"""What happened, noted down as it happens, and made into the ledger's tables at the end."""

import math
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.kernel.clock import nanoseconds, seconds
from tdome.messages.base import Floats, Longs
from tdome.messages.codes import Family
from tdome.world.bodies.separation import DEBRIS_RADIUS
from tdome.world.bodies.table import Bodies, Kind, State, state1
from tdome.world.ledger import SCHEMAS, Ledger, Table, table
from tdome.world.scenario import Scenario


class ScanRecord(NamedTuple):
    """Bodies (rows, -1 none) behind the rows of one message of a sensor."""

    sensor: str
    message: str
    scan: int
    rows: Longs
    lost: bool


class ShotRecord(NamedTuple):
    """One round at its end; ``row`` is the body it was judged against, -1 none."""

    engagement: int
    round: int
    unit: str
    launched_at: int
    intercept_at: int
    reason: str
    cost: float
    row: int = -1
    miss_distance: float = math.nan
    sspk: float = 0.0
    hit: bool = False


class LossRecord(NamedTuple):
    """A site out of action since ``at`` by a body (row), until a time (int ns UTC; -1 for good)."""

    site: str
    kind: str
    at: int
    row: int
    until: int


class Ending(NamedTuple):
    """The end of what a raid launched: its row and class, where it was (rad), if it came down."""

    row: int
    threat_class: int
    lat: float
    lon: float
    down: bool


@dataclass(slots=True)
class Chronicle:
    """Notes of one run. ended (int ns UTC) and killed_by (engagement) by row."""

    scenario: Scenario
    scans: list[ScanRecord] = field(default_factory=list)
    shots: list[ShotRecord] = field(default_factory=list)
    losses: list[LossRecord] = field(default_factory=list)
    ended: dict[int, int] = field(default_factory=dict)
    killed_by: dict[int, int] = field(default_factory=dict)

    def ledger(self, bodies: Bodies, now: int) -> Ledger:
        """Return the tables as they stand at a time."""
        return Ledger(
            start=self.scenario.start,
            objects=self._objects(bodies, now),
            plots=self._plots(bodies),
            shots=self._shots(bodies),
            debris=self._debris(bodies),
            losses=self._losses(bodies, now),
            paths=_paths(bodies, seconds(now - self.scenario.start)),
        )

    def endings(self, bodies: Bodies, first: int) -> tuple[list[Ending], int]:
        """Return the ends of raiders from the first-th end on, and how many ends there are."""
        found = []
        for row, at in islice(self.ended.items(), first, None):
            if bodies.kind[row] <= Kind.DECOY:
                place = bodies.position_at(row, seconds(at - self.scenario.start))
                lat, lon, _ = ecef_to_geodetic(place[:3])
                down = bodies.state[row] in {State.IMPACTED, State.FAILED}
                kind = int(bodies.threat_class[row])
                found.append(Ending(row, kind, float(lat), float(lon), bool(down)))
        return found, len(self.ended)

    def misses(self, bodies: Bodies, first: int) -> tuple[list[Ending], int]:
        """Return the raiders missed from the first-th shot on, as they would come down."""
        rows = [shot.row for shot in islice(self.shots, first, None) if not shot.hit]
        rows = [row for row in rows if row >= 0 and bodies.kind[row] <= Kind.DECOY]
        due = [(row, int(bodies.threat_class[row]), *bodies.ground_point(row)) for row in rows]
        return [Ending(*one, down=True) for one in due], len(self.shots)

    def _objects(self, bodies: Bodies, now: int) -> Table:
        """One row per object; what still flies "ends" where it is now."""
        n, start, t = len(bodies), self.scenario.start, seconds(now - self.scenario.start)
        ended = np.array([min(t, self._ended_since(row, t)) for row in range(n)], dtype=np.float64)
        lat, lon, _ = ecef_to_geodetic(bodies.states_at(ended)[:, :3])
        last = bodies.knots[bodies.first_offset + bodies.first_count - 1]
        due_lat, due_lon, _ = ecef_to_geodetic(last[:, 1:4])
        raids = [raid.name for raid in self.scenario.file.raids]
        book, of = self.scenario.threats, bodies.threat_class
        debris = bodies.kind == Kind.DEBRIS
        started = bodies.state != State.WAITING
        launched = [start + nanoseconds(float(at)) for at in bodies.launches_at]

        def of_class(column: Floats, shed: float) -> Floats:
            padded = np.append(column, 0.0)  # row -1 is "no class"
            return np.where(debris, shed, padded[of])

        return table(
            "objects",
            {
                "object_id": bodies.object_id,
                "raid": [raids[raid] if raid >= 0 else "" for raid in bodies.raid],
                "threat_class": [book.names[k] if k >= 0 else "" for k in of],
                "family": [Family(int(f)).name.lower() for f in bodies.family],
                "kind": [Kind(int(kind)).name.lower() for kind in bodies.kind],
                "address": bodies.address,
                "launched_at": np.where(started, launched, 0),
                "state": [State(int(state)).name.lower() for state in bodies.state],
                "ended_at": [self.ended.get(row, now) for row in range(n)],
                "end_lat": lat,
                "end_lon": lon,
                "aim": bodies.aim,
                "aim_lat": bodies.aim_lat,
                "aim_lon": bodies.aim_lon,
                "due_at": [start + nanoseconds(float(at)) for at in last[:, 0]],
                "due_lat": due_lat,
                "due_lon": due_lon,
                "killed_by": [self.killed_by.get(row, -1) for row in range(n)],
                "cost": of_class(book.cost, 0.0),
                "damage_radius": of_class(book.damage_radius, DEBRIS_RADIUS),
                "damage_fraction": of_class(book.damage_fraction, 0.0),
            },
        )

    def _ended_since(self, row: int, otherwise: float) -> float:
        ended = self.ended.get(row)
        return otherwise if ended is None else seconds(ended - self.scenario.start)

    def _plots(self, bodies: Bodies) -> Table:
        sizes = np.array([len(scan.rows) for scan in self.scans], dtype=np.int64)
        rows = np.concatenate([np.zeros(0, np.int64), *(scan.rows for scan in self.scans)])
        labels = np.append(bodies.object_id, -1)
        scan_of = np.repeat(np.arange(len(sizes)), sizes)
        return table(
            "plots",
            {
                "sensor": pa.array([s.sensor for s in self.scans], pa.string()).take(scan_of),
                "message": pa.array([s.message for s in self.scans], pa.string()).take(scan_of),
                "scan": np.array([s.scan for s in self.scans], np.int32)[scan_of],
                "row": np.arange(len(rows)) - (np.cumsum(sizes) - sizes)[scan_of],
                "object_id": labels[rows],
                "lost": np.array([s.lost for s in self.scans], np.bool_)[scan_of],
            },
        )

    def _shots(self, bodies: Bodies) -> Table:
        columns = {
            key: [getattr(shot, key) for shot in self.shots]
            for key in SCHEMAS["shots"].names
            if key != "object_id"
        }
        labels = np.append(bodies.object_id, -1)
        columns["object_id"] = [int(labels[shot.row]) for shot in self.shots]
        return table("shots", columns)

    def _losses(self, bodies: Bodies, now: int) -> Table:
        """One row per loss; a loss ends where the site is hit again."""
        again: dict[tuple[str, str], int] = {}
        ends: list[int] = []
        for loss in reversed(self.losses):
            until = now if loss.until < 0 else min(loss.until, now)
            ends.append(min(until, again.get(loss[:2], until)))
            again[loss[:2]] = loss.at
        return table(
            "losses",
            {
                "site": [loss.site for loss in self.losses],
                "kind": [loss.kind for loss in self.losses],
                "at": [loss.at for loss in self.losses],
                "object_id": [int(bodies.object_id[loss.row]) for loss in self.losses],
                "until": [loss.until for loss in self.losses],
                "down_s": [
                    seconds(end - loss.at)
                    for end, loss in zip(reversed(ends), self.losses, strict=True)
                ],
            },
        )

    def _debris(self, bodies: Bodies) -> Table:
        rows = sorted(self.killed_by, key=lambda row: self.ended[row])
        points = [bodies.ground_point(row) for row in rows]
        return table(
            "debris",
            {
                "object_id": bodies.object_id[rows],
                "lat": [lat for lat, _ in points],
                "lon": [lon for _, lon in points],
                "at": [self.scenario.start + nanoseconds(float(bodies.ends_at[r])) for r in rows],
            },
        )


def _paths(bodies: Bodies, t: float) -> Table:
    """All knots up to t and one behind it, so that every sample lies between two.

    A body that was killed has two knots at the instant of the kill: its state before, and that
    of its wreck.
    """
    pieces = [_path(bodies, row, t) for row in range(len(bodies))]
    labels = np.repeat(bodies.object_id, [len(piece) for piece in pieces])
    rows = np.concatenate([*pieces, np.empty((0, 7))])
    columns = {name: rows[:, i] for i, name in enumerate(SCHEMAS["paths"].names[1:])}
    return table("paths", {"object_id": labels, **columns})


def _path(bodies: Bodies, row: int, t: float) -> Floats:
    path = bodies.knots[bodies.offset[row] : bodies.offset[row] + bodies.count[row]]
    path = path[: np.searchsorted(path[:, 0], t) + 1]
    killed_at = bodies.killed_at[row]
    if not np.isfinite(killed_at):
        return path
    first, count = bodies.first_offset[row], bodies.first_count[row]
    before = bodies.knots[first : first + count]
    whole = np.empty(6)
    state1(bodies.knots, first, count, killed_at, whole)
    kept = before[before[:, 0] < killed_at]
    return np.concatenate([kept, np.append(killed_at, whole)[None, :], path])
