"""Tracker "gnn-v1": global nearest neighbour over a level and a ballistic filter for each track.

Each scan in turn (by time, then sensor): predict all tracks to it, give plots to confirmed
tracks, then to tentative ones, then to confirmed ones left without that may have turned sharply;
update both filters; count what should have been seen; begin tracks from what is left; confirm,
merge and end. See README.md for limits.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from tdome.command.tracking.association import MANOEUVRE_TIME, pair
from tdome.command.tracking.detection import Detection
from tdome.command.tracking.filters import BELIEVED_INV_BETA, LEVEL_NOISE, update
from tdome.command.tracking.life import (
    CONFIRMING_HITS,
    Rows,
    advance,
    begin,
    count_misses,
    ended,
    merge_twins,
    plot_names,
)
from tdome.command.tracking.report import Piece, associations, piece, system_tracks
from tdome.command.tracking.scan import Scan, convert
from tdome.command.tracking.table import SEED_PLOTS, TrackTable
from tdome.command.tracking.tally import choose_laws, count_plots
from tdome.messages.base import Floats, Ints
from tdome.messages.sensing import Plots
from tdome.messages.tracks import Associations, SystemTracks
from tdome.plan.plan import Plan

LATE_LIMIT = 10_000_000_000  # scans that come later after newer ones are refused, and counted, ns
_NS = 1e-9


class GnnState(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Memory of the tracker: common time of all filters (int ns), counters, and the tracks.

    refused: scans that came too late to be used.
    """

    at: int = 0
    last_number: int = 0
    updates: int = 0
    scans: int = 0
    refused: int = 0
    tracks: TrackTable


class GnnTracker:
    """Multi-sensor tracker of a plan; see the module. Pure: an old state is never written to."""

    def __init__(self, plan: Plan) -> None:
        self.book = plan.sensors
        self.detection = Detection(plan.sensors)

    def start(self) -> GnnState:
        """Return the state of a tracker that has seen nothing."""
        return GnnState(tracks=TrackTable.empty().frozen())

    def update(
        self, state: GnnState, plots: Sequence[Plots], now: int
    ) -> tuple[GnnState, SystemTracks, Associations]:
        """Fold plots in and return the confirmed tracks, predicted to ``now`` (int ns UTC).

        Raises ValueError for plots of a sensor that the plan does not have, or from after
        ``now``: the gateways quarantine both.
        """
        told: list[Ints] = []
        pieces: list[Piece] = []
        state = msgspec.structs.replace(state, tracks=state.tracks.copied())
        for message in sorted(plots, key=lambda m: (m.header.valid_at, m.sensor, m.header.seq)):
            if message.header.valid_at > now:
                raise ValueError(f"plots of {message.sensor!r} are from after now")
            state = self._fold(state, message, now, told, pieces)
        table = state.tracks
        if plots:
            table = _without(table, merge_twins(table), state.at, now, pieces)
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

    def _fold(
        self, state: GnnState, message: Plots, now: int, told: list[Ints], pieces: list[Piece]
    ) -> GnnState:
        """Fold one scan in; the columns of the state's tracks are written to."""
        scan = convert(message, self.book, self.detection)
        if state.at - scan.at > LATE_LIMIT:
            return msgspec.structs.replace(state, refused=state.refused + 1)
        at = max(state.at, scan.at)
        tau = (at - scan.at) * _NS
        if tau > 0.0:
            scan.r[:] += LEVEL_NOISE * tau**3 / 3.0 * np.eye(3)
        table = state.tracks
        advance(table, (at - state.at) * _NS)
        lapse = np.clip((scan.at - table.updated_at) * _NS, 0.0, MANOEUVRE_TIME)
        chosen = _pair(table, scan, lapse, tau)
        fed = chosen >= 0
        rows = np.flatnonzero(fed).astype(np.int32)
        _feed(table, scan, rows, chosen[fed], lapse, tau)
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
        if len(left):
            table = table.joined(begin(scan, left, state.scans, tau))
        return GnnState(
            at=at,
            last_number=state.last_number + count,
            updates=state.updates,
            scans=state.scans + 1,
            refused=state.refused,
            tracks=table,
        )


def _without(table: TrackTable, gone: Rows, at: int, now: int, pieces: list[Piece]) -> TrackTable:
    """Return the table less some rows, of which the confirmed ones are put on record as dropped."""
    if not gone.any():
        return table
    dropped = gone & table.confirmed
    if dropped.any():
        pieces.append(piece(table.take(dropped), at, now, dropped=True))
    return table.take(~gone)


def _pair(table: TrackTable, scan: Scan, lapse: Floats, tau: float) -> Ints:
    """Give plots to tracks: a plot of each, or -1. Widens in place those that must have turned."""
    chosen = np.empty(len(table), np.int32)
    pair(
        table.x, table.p, tau, BELIEVED_INV_BETA, lapse, table.number, table.ballistic,
        table.evidence, table.hits, table.address, table.friend, scan.z, scan.r, scan.origin,
        scan.distance, scan.address, scan.friend, chosen,
    )  # fmt: skip
    return chosen


def _feed(
    table: TrackTable, scan: Scan, rows: Ints, plots: Ints, lapse: Floats, tau: float
) -> None:
    """Update the filters of tracks with their plots and weigh the two laws, in place."""
    fit = np.empty((len(rows), 2, 2))
    update(table.x, table.p, tau, BELIEVED_INV_BETA, rows, plots, scan.z, scan.r, fit)
    choose_laws(rows, fit, lapse, table.x, table.p, table.evidence, table.ballistic, table.nis)


def _count(table: TrackTable, scan: Scan, rows: Ints, plots: Ints, running: int) -> None:
    """Count the plots of tracks, in place; see :func:`count_plots`."""
    count_plots(
        rows, plot_names(scan, plots), scan.at, running, scan.rcs[plots], scan.address[plots],
        scan.friend[plots], table.hits, table.missed, table.missed_weight, table.rcs,
        table.updated_at, table.address, table.friend, table.seed, table.scans,
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
