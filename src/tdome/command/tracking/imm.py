"""Tracker "imm-v1": global nearest neighbour over two laws of motion for each track.

Under each law several modes interact: calm, hard and turning flight in the air; fall and boost.
Each scan in turn (by time, then sensor): predict all tracks to it, give plots to confirmed
tracks, then to tentative ones, then to confirmed ones left without that may have turned sharply;
update both laws; count what should have been seen; begin tracks from what is left; confirm,
merge and end. See README.md for limits.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.tracking.association import MANOEUVRE_TIME, pair
from tdome.command.tracking.base import Reports, Unused
from tdome.command.tracking.detection import Detection
from tdome.command.tracking.laws import fall
from tdome.command.tracking.laws.lines import BELIEVED_INV_BETA
from tdome.command.tracking.life import (
    CONFIRMING_HITS,
    SILENCE,
    Rows,
    advance,
    begin,
    count_misses,
    ended,
    merge_twins,
    plot_names,
)
from tdome.command.tracking.partial.completion import complete
from tdome.command.tracking.partial.vouching import vouch
from tdome.command.tracking.report import Piece, associations, piece, system_tracks
from tdome.command.tracking.scan import Scan, convert
from tdome.command.tracking.table import SEED_PLOTS, TrackTable
from tdome.command.tracking.tally import count_plots
from tdome.command.tracking.trial import air
from tdome.command.tracking.trial.pair import feed_laws
from tdome.messages.base import Floats, Ints, Message
from tdome.messages.codes import Emission
from tdome.messages.sensing import Bearings, Cooperative, Plots
from tdome.messages.tracks import Associations, SystemTracks
from tdome.plan.plan import Plan

LATE_LIMIT = 10_000_000_000  # scans that come later after newer ones are refused, and counted, ns
LATE_NOISE = 9.0  # m^2/s^3, of the motion since a late scan: 3 m/s^2 held for 1 s
TOO_LATE = "came too late to be used"
NO_TRACK = "fits no track"
NO_PLACE = "a direction alone begins no track"
_NS = 1e-9


class ImmState(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Memory of the tracker: common time of all filters (int ns), counters, and the tracks.

    unused: see :data:`Unused`; scans that came too late count as one row at least.
    """

    at: int = 0
    last_number: int = 0
    updates: int = 0
    scans: int = 0
    unused: Unused = {}
    tracks: TrackTable


class ImmTracker:
    """Multi-sensor tracker of a plan; see the module. Pure: an old state is never written to."""

    def __init__(self, plan: Plan) -> None:
        self.book = plan.sensors
        self.detection = Detection(plan.sensors)

    def start(self) -> ImmState:
        """Return the state of a tracker that has seen nothing."""
        return ImmState(tracks=TrackTable.empty().frozen())

    def update(
        self, state: ImmState, reports: Reports, now: int
    ) -> tuple[ImmState, SystemTracks, Associations]:
        """Fold reports in and return the confirmed tracks, predicted to ``now`` (int ns UTC).

        Raises ValueError for reports of a sensor that the plan does not have, or from after
        ``now``: the gateways quarantine both.
        """
        told: list[Ints] = []
        pieces: list[Piece] = []
        state = msgspec.structs.replace(state, tracks=state.tracks.copied())
        for message in sorted(reports, key=lambda m: (m.header.valid_at, m.sensor, m.header.seq)):
            if message.header.valid_at > now:
                raise ValueError(f"plots of {message.sensor!r} are from after now")
            if state.at - message.header.valid_at > LATE_LIMIT:
                state = _noted(state, message, TOO_LATE, max(len(message), 1))
            elif isinstance(message, Cooperative):
                state = _vouched(state, message)
            else:
                state = self._fold(state, message, now, told, pieces)
        table = state.tracks
        if reports:
            table = _without(table, merge_twins(table), state.at, now, pieces)
        table = _bridged(table, state.at, now, pieces)
        standing = piece(table, state.at, now, dropped=False)
        gone = ended(table, standing.x, standing.p, now)
        if gone.any():
            table, standing = _without(table, gone, state.at, now, pieces), standing.take(~gone)
        updates = state.updates + 1
        state = msgspec.structs.replace(state, tracks=table.frozen(), updates=updates)
        return (
            state,
            system_tracks([standing, *pieces], updates, now),
            associations(told, updates, now),
        )

    def unused(self, state: ImmState) -> Unused:
        """Return what was of no use so far."""
        return state.unused

    def _scan(
        self, state: ImmState, message: Plots | Bearings, tau: float
    ) -> tuple[ImmState, Scan, bool]:
        """Return a scan, and whether it may begin tracks; what fits none is noted as unused."""
        if isinstance(message, Plots) and self._measures_height(message):
            return state, convert(message, self.book, self.detection), True
        if isinstance(message, Bearings):
            seen = np.flatnonzero(message.emission == Emission.OPTICAL)
            state = _noted(state, message, NO_PLACE, len(message) - len(seen))
            message = _only(message, seen)
        done = complete(message, state.tracks, tau, self.book, self.detection)
        return _noted(state, message, NO_TRACK, done.left_over), done.scan, False

    def _measures_height(self, plots: Plots) -> bool:
        """Whether a radar measures height; one that is not in the plan is left to convert."""
        names = self.book.names
        if plots.sensor not in names:
            return True
        return bool(np.isfinite(self.book.sigma[names.index(plots.sensor), 2]))

    def _fold(
        self,
        state: ImmState,
        message: Plots | Bearings,
        now: int,
        told: list[Ints],
        pieces: list[Piece],
    ) -> ImmState:
        """Fold one scan in; the columns of the state's tracks are written to."""
        valid_at = message.header.valid_at
        at = max(state.at, valid_at)
        tau = (at - valid_at) * _NS
        table = state.tracks
        table = _bridged(table, state.at, at, pieces)
        advance(table, (at - state.at) * _NS)
        state, scan, begins = self._scan(state, message, tau)
        if tau > 0.0:
            scan.r[:] += LATE_NOISE * tau**3 / 3.0 * np.eye(3)
        lapse = np.clip((scan.at - table.updated_at) * _NS, 0.0, MANOEUVRE_TIME)
        chosen, turned = _pair(table, scan, lapse, tau)
        fed = chosen >= 0
        rows = np.flatnonzero(fed).astype(np.int32)
        _feed(table, scan, rows, chosen[fed], turned, tau)
        _count(table, scan, rows, chosen[fed], state.scans)
        count_misses(table, scan, ~fed, self.detection)
        fresh = fed & ~table.confirmed & (table.hits >= CONFIRMING_HITS)
        count = int(np.count_nonzero(fresh))
        table.number[fresh] = state.last_number + 1 + np.arange(count, dtype=np.int32)
        told += _told(table, scan, chosen, fresh)
        unused = np.ones(len(scan.z), np.bool_)
        unused[chosen[fed]] = False
        left = np.flatnonzero(unused).astype(np.int32)
        table = _without(table, ended(table, *table.in_force(), at), at, now, pieces)
        if begins and len(left):
            table = table.joined(begin(scan, left, state.scans, tau))
        return ImmState(
            at=at,
            last_number=state.last_number + count,
            updates=state.updates,
            scans=state.scans + 1,
            unused=state.unused,
            tracks=table,
        )


def _noted(state: ImmState, message: Message, reason: str, rows: int) -> ImmState:
    """Note rows of a message that are of no use."""
    if not rows:
        return state
    key = message.header.source, reason
    unused = {**state.unused, key: state.unused.get(key, 0) + rows}
    return msgspec.structs.replace(state, unused=unused)


def _vouched(state: ImmState, message: Cooperative) -> ImmState:
    """Let cooperative reports name tracks, in place, without moving them."""
    tau = (state.at - message.header.valid_at) * _NS
    return _noted(state, message, NO_TRACK, vouch(state.tracks, message, tau))


def _only(bearings: Bearings, rows: NDArray[np.intp]) -> Bearings:
    columns = ("azimuth_rad", "elevation_rad", "snr_db", "emission")
    return msgspec.structs.replace(
        bearings, **{name: getattr(bearings, name)[rows] for name in columns}
    )


def _without(table: TrackTable, gone: Rows, at: int, now: int, pieces: list[Piece]) -> TrackTable:
    """Return the table less some rows, of which the confirmed ones are put on record as dropped."""
    if not gone.any():
        return table
    dropped = gone & table.confirmed
    if dropped.any():
        pieces.append(piece(table.take(dropped), at, now, dropped=True))
    return table.take(~gone)


def _bridged(table: TrackTable, at: int, to: int, pieces: list[Piece]) -> TrackTable:
    """Return the tracks that a gap between two times leaves: none if it is longer than SILENCE.

    They are dropped where they stand: to predict them would take as long as the gap.
    """
    if to - at <= SILENCE:
        return table
    return _without(table, np.ones(len(table), np.bool_), at, at, pieces)


def _pair(table: TrackTable, scan: Scan, lapse: Floats, tau: float) -> tuple[Ints, Floats]:
    """Give plots to tracks: a plot of each, or -1, and by how much it was widened to find it."""
    chosen, turned = np.empty(len(table), np.int32), np.empty((len(table), 2))
    pair(
        table.x, table.p, tau, BELIEVED_INV_BETA, lapse, table.number, table.ballistic,
        table.evidence, table.hits, table.address, table.friend, scan.z, scan.r, scan.origin,
        scan.distance, scan.address, scan.friend, chosen, turned,
    )  # fmt: skip
    return chosen, turned


def _feed(
    table: TrackTable, scan: Scan, rows: Ints, plots: Ints, turned: Floats, tau: float
) -> None:
    """Update both laws of tracks with their plots and weigh them, in place."""
    _, square, whole = air.scratch()
    feed_laws(
        rows, plots, scan.z, scan.r, scan.origin, scan.up, tau, turned, table.x, table.p, table.air,
        table.fall_x, table.fall_p, table.fall_weight, table.evidence, table.ballistic, table.nis,
        air.NUMBERS, fall.NUMBERS, whole, square,
    )  # fmt: skip


def _count(table: TrackTable, scan: Scan, rows: Ints, plots: Ints, running: int) -> None:
    """Count the plots of tracks, in place; see :func:`count_plots`."""
    count_plots(
        rows, plot_names(scan, plots), scan.at, running, scan.rcs[plots], scan.spread[plots],
        scan.address[plots], scan.friend[plots], table.hits, table.missed, table.missed_weight,
        table.rcs, table.spread, table.spreads, table.updated_at, table.address, table.friend,
        table.seed, table.scans,
    )  # fmt: skip


def _told(table: TrackTable, scan: Scan, chosen: Ints, fresh: Rows) -> list[Ints]:
    """Return rows (number, sensor, scan, row): the past of fresh tracks, then this scan's."""
    fed = np.flatnonzero((chosen >= 0) & table.confirmed)
    now = np.empty((len(fed), 4), np.int32)
    now[:, 0], now[:, 1:] = table.number[fed], plot_names(scan, chosen[fed])
    if not fresh.any():
        return [now]
    past = np.repeat(table.number[fresh], SEED_PLOTS)
    return [np.column_stack([past, table.seed[fresh].reshape(-1, 3)]), now]
