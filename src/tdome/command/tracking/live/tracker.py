"""The tracker core as a stage of the chain: messages in, system tracks out, numbers that last.

The state is a value. It holds the core as it stood at some *settled* times, and the scans since the
last of them. An update takes a copy of the core at the last settled time that no new scan is older
than, folds the scans up to the new settled time, keeps that, and folds the rest on another copy,
whose tracks are told. The settled time lies one latency behind now, so that a scan that comes as
late as its radar says is put where it belongs (bounded replay, as in
:mod:`tdome.command.tracking.central.late`); scans up to LATE_LIMIT late take up an older settled
time. The old state is never written to.

Limits: directions (Bearings) are not used; the core keeps a normalised innovation of falling bodies
alone.
"""

from typing import ClassVar

import msgspec
import numpy as np

from tdome.command.tracking.base import Reports, Unused
from tdome.command.tracking.dense.engine import engine_for
from tdome.command.tracking.detection import Detection
from tdome.command.tracking.engine import Engine, Settings
from tdome.command.tracking.engine.live.standing import Standing
from tdome.command.tracking.imm import LATE_LIMIT, NO_TRACK, TOO_LATE
from tdome.command.tracking.life import SILENCE
from tdome.command.tracking.live import said
from tdome.command.tracking.live.feed import Feeder
from tdome.command.tracking.live.numbering import match
from tdome.command.tracking.live.sites import range_laws, site_book
from tdome.command.tracking.live.table import Table, empty, table_of
from tdome.command.tracking.partial.vouching import vouch
from tdome.kernel.ids import among
from tdome.messages.sensing import Bearings, Cooperative, Plots
from tdome.messages.tracks import Associations, SystemTracks
from tdome.plan.plan import Plan

NO_DIRECTIONS = "directions are not used by this tracker"
STANDS = "tracks that stand still are not told"
EVERY_SENSOR = "all sensors"
_NS = 1e-9
_MARGIN = 100_000_000  # ns beyond the longest latency


class Settled(msgspec.Struct, frozen=True, eq=False):
    """The core with all scans up to ``at`` (int ns), and those since the settled time before."""

    at: int
    engine: Engine
    scans: tuple[Plots, ...] = ()


class CoreState(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Memory of the tracker.

    at: of the newest scan, int ns. past: oldest first, never empty. pending: scans since the last
    settled time, in order. newest: the core with them. noted: of no use, but what the core itself
    refuses. refused: by cores that were given up, by reason. table: as told last, at ``said_at``.
    """

    at: int = 0
    updates: int = 0
    last_number: int = 0
    past: tuple[Settled, ...]
    pending: tuple[Plots, ...] = ()
    newest: Engine
    noted: Unused = {}
    refused: dict[str, int] = {}
    table: Table
    said_at: int = 0
    told: said.Told


class CoreTracker:
    """Multi-sensor tracker of a plan over the core; see the module.

    Subclasses say with which settings: the versioned ids.
    """

    settings: ClassVar[Settings] = Settings.imm()

    def __init__(self, plan: Plan) -> None:
        self.book = plan.sensors
        detection = Detection(plan.sensors)
        self.feeder = Feeder(plan.sensors, detection)
        self._core = engine_for(site_book(plan.sensors), self.settings)
        self._core.believe(range_laws(plan.sensors, detection))
        latency = float(np.nan_to_num(plan.sensors.latency).max(initial=0.0))
        self._settles = round(latency * 1e9) + _MARGIN

    def start(self) -> CoreState:
        """Return the state of a tracker that has seen nothing."""
        past = (Settled(0, self._core),)
        return CoreState(past=past, newest=self._core, table=empty(), told=said.nothing_told())

    def update(
        self, state: CoreState, reports: Reports, now: int
    ) -> tuple[CoreState, SystemTracks, Associations]:
        """Fold reports in and return the confirmed tracks, predicted to ``now`` (int ns UTC).

        Raises ValueError for reports of a sensor that the plan does not have, or from after
        ``now``: the gateways quarantine both.
        """
        for message in reports:
            if message.header.valid_at > now:
                raise ValueError(f"plots of {message.sensor!r} are from after now")
            if message.sensor not in self.feeder.row_of:
                raise ValueError(f"plots of sensor {message.sensor!r}, which is not in the plan")
        before, since = state.table, state.said_at
        state, scans = self._admitted(state, reports)
        if scans:
            state = self._folded(state, scans, now)
        state = _vouched(self._numbered(state, now), reports, now)
        gone = before.take(np.flatnonzero(~among(before.number, state.table.number)))
        updates = state.updates + 1
        told, used = said.associations(state.table, before, state.told, updates, now)
        state = msgspec.structs.replace(state, updates=updates, told=told, said_at=now)
        return state, said.system_tracks(state.table, gone, since, updates, now), used

    def unused(self, state: CoreState) -> Unused:
        """Return what was of no use so far; what the core refuses is told without its sensor."""
        refused = dict(state.refused)
        for reason, count in state.newest.refused.items():
            refused[reason] = refused.get(reason, 0) + count
        rows = {(EVERY_SENSOR, reason): count for reason, count in sorted(refused.items())}
        return {**state.noted, **rows}

    def _admitted(self, state: CoreState, reports: Reports) -> tuple[CoreState, list[Plots]]:
        """Return the scans that are to be folded, in order; what is of no use is noted."""
        scans = []
        noted = dict(state.noted)
        for message in reports:
            reason = ""
            if state.at - message.header.valid_at > LATE_LIMIT:
                reason = TOO_LATE
            elif isinstance(message, Bearings):
                reason = NO_DIRECTIONS
            elif isinstance(message, Plots):
                scans.append(message)
            if reason:
                key = message.header.source, reason
                rows = max(len(message), 1) if reason == TOO_LATE else len(message)
                noted[key] = noted.get(key, 0) + rows
        state = msgspec.structs.replace(state, noted=noted)
        return state, sorted(scans, key=self.feeder.key)

    def _folded(self, state: CoreState, scans: list[Plots], now: int) -> CoreState:
        """Fold new scans in where they belong."""
        first = scans[0].header.valid_at
        if first - state.at > SILENCE:
            state = self._given_up(state)
        past = list(state.past)
        redone = list(state.pending)
        while past[-1].at >= first and len(past) > 1:
            redone += past.pop().scans
        every = sorted([*redone, *scans], key=self.feeder.key)
        settled = max(now - self._settles, past[-1].at)
        old = [scan for scan in every if scan.header.valid_at <= settled]
        pending = every[len(old) :]
        table = _settled(state.table, past[-1].engine.next_number)
        if old:
            engine = _reminded(past[-1].engine, table)
            self.feeder.feed(engine, old)
            past.append(Settled(settled, engine, tuple(old)))
        newest = past[-1].engine
        if pending:
            newest = _reminded(newest, table)
            self.feeder.feed(newest, pending)
        at = max(state.at, every[-1].header.valid_at)
        return msgspec.structs.replace(
            state,
            at=at,
            past=_kept(past, at),
            pending=tuple(pending),
            newest=newest,
            table=table,
        )

    def _given_up(self, state: CoreState) -> CoreState:
        """Begin with a new core after a silence that no track outlives."""
        refused = dict(state.refused)
        for reason, count in state.newest.refused.items():
            refused[reason] = refused.get(reason, 0) + count
        return msgspec.structs.replace(
            state,
            past=(Settled(0, self._core),),
            pending=(),
            newest=self._core,
            refused=refused,
            table=empty(),
        )

    def _numbered(self, state: CoreState, now: int) -> CoreState:
        """Read the tracks at ``now``, each under the number that it was or is to be told by."""
        stood = state.newest.standing(now)
        silent = now - state.newest.time(stood.seen) > SILENCE
        told = ~(silent | stood.over)
        if stood.still.any():
            state = _stopped(state, stood.take(told & stood.still))
            told &= ~stood.still
        if not told.all():
            stood = stood.take(told)
        numbers = match(state.table, stood.number, stood.story)
        fresh = numbers == 0
        count = int(np.count_nonzero(fresh))
        numbers[fresh] = state.last_number + 1 + np.arange(count, dtype=np.int32)
        table = table_of(state.newest, stood, numbers).remembering(state.table)
        return msgspec.structs.replace(state, table=table, last_number=state.last_number + count)


def _stopped(state: CoreState, still: Standing) -> CoreState:
    """Count the tracks told last that stand now, and so are not told any more."""
    count = int(np.count_nonzero(match(state.table, still.number, still.story)))
    if not count:
        return state
    key = EVERY_SENSOR, STANDS
    noted = {**state.noted, key: state.noted.get(key, 0) + count}
    return msgspec.structs.replace(state, noted=noted)


def _kept(past: list[Settled], at: int) -> tuple[Settled, ...]:
    """Return the settled times that a scan may still take up."""
    first = 0
    while first + 1 < len(past) and past[first + 1].at < at - LATE_LIMIT:
        first += 1
    return tuple(past[first:])


def _settled(table: Table, known: int) -> Table:
    """Return the table in which core numbers from ``known`` on, given since, mean nothing."""
    return msgspec.structs.replace(table, core=np.where(table.core < known, table.core, -1))


def _reminded(engine: Engine, table: Table) -> Engine:
    """Return a copy of an engine that knows who its tracks were said to be."""
    own = engine.copy()
    own.remind(table.core, table.address, table.friend)
    return own


def _vouched(state: CoreState, reports: Reports, now: int) -> CoreState:
    """Let cooperative reports name tracks; those that fit none are noted."""
    said_so = [one for one in reports if isinstance(one, Cooperative)]
    said_so = [one for one in said_so if state.at - one.header.valid_at <= LATE_LIMIT]
    if not said_so:
        return state
    noted, table = dict(state.noted), state.table
    table = msgspec.structs.replace(table, address=table.address.copy(), friend=table.friend.copy())
    for one in sorted(said_so, key=lambda m: (m.header.valid_at, m.sensor, m.header.seq)):
        missed = vouch(table, one, (now - one.header.valid_at) * _NS)
        if missed:
            key = one.header.source, NO_TRACK
            noted[key] = noted.get(key, 0) + missed
    return msgspec.structs.replace(state, noted=noted, table=table)
