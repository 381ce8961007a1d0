"""Tracker "gnn-v1": global nearest neighbour over a level and a ballistic filter for each track.

Each scan in turn (by time, then sensor): predict all tracks to it, give plots to confirmed
tracks, then to tentative ones, then to confirmed ones left without that may have turned sharply;
update both filters; count what should have been seen; begin tracks from what is left; confirm,
merge and end. See README.md for limits.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from tdome.command.tracking.association import assign, gate
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
from tdome.command.tracking.table import BALLISTIC, LEVEL, SCANS_KEPT, SEED_PLOTS, TrackTable
from tdome.messages.base import Codes, Floats, Ints
from tdome.messages.sensing import Plots
from tdome.messages.tracks import Associations, SystemTracks
from tdome.plan.plan import Plan

LATE_LIMIT = 10_000_000_000  # scans that come later after newer ones are refused, and counted, ns
_MANOEUVRE = 30.0  # sharpest turn looked for, m/s^2
_MANOEUVRE_TIME = 8.0  # longest time over which, s
_FORGETTING = 0.9  # of the evidence for a law, each plot
_EVIDENCE_LIMIT = 20.0
_HYSTERESIS = 2.0
_DIVERGED = 25.0  # normalised innovation squared at which the law not in force starts anew
_NIS_GAIN = 0.2
_RCS_GAIN = 0.125
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
        for message in sorted(plots, key=lambda m: (m.header.valid_at, m.sensor, m.header.seq)):
            if message.header.valid_at > now:
                raise ValueError(f"plots of {message.sensor!r} are from after now")
            state = self._fold(state, message, now, told, pieces)
        table = state.tracks
        if plots:
            table = table.copied()
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
        scan = convert(message, self.book, self.detection)
        if state.at - scan.at > LATE_LIMIT:
            return msgspec.structs.replace(state, refused=state.refused + 1)
        at = max(state.at, scan.at)
        tau = (at - scan.at) * _NS
        scan.r[:] += LEVEL_NOISE * tau**3 / 3.0 * np.eye(3)
        table = state.tracks.copied()
        advance(table, (at - state.at) * _NS)
        chosen = _pair(table, scan, tau)
        fed = chosen >= 0
        rows = np.flatnonzero(fed).astype(np.int32)
        _feed(table, scan, rows, chosen[fed], tau)
        table.scans[rows, state.scans % SCANS_KEPT] = state.scans
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
            tracks=table.frozen(),
        )


def _without(table: TrackTable, gone: Rows, at: int, now: int, pieces: list[Piece]) -> TrackTable:
    """Return the table less some rows, of which the confirmed ones are put on record as dropped."""
    if not gone.any():
        return table
    pieces.append(piece(table.take(gone & table.confirmed), at, now, dropped=True))
    return table.take(~gone)


def _pair(table: TrackTable, scan: Scan, tau: float) -> Ints:
    """Give plots to tracks: a plot of each, or -1. Widens in place those that must have turned."""
    chosen = np.full(len(table), -1, np.int32)
    free = np.ones(len(scan.z), np.int8)
    lapse = np.clip((scan.at - table.updated_at) * _NS, 0.0, _MANOEUVRE_TIME)
    for stage in ("confirmed", "tentative", "turning"):
        if not len(table) or not free.any():
            break
        wanted = table.confirmed == (stage != "tentative")
        if stage == "turning":
            wanted &= (chosen < 0) & (table.ballistic == LEVEL)
        rows = np.flatnonzero(wanted).astype(np.int32)
        reach = 0.5 * _MANOEUVRE * lapse[rows] ** 2 * (stage == "turning")
        got = _best(table, scan, tau, rows, reach**2, free)
        chosen[rows] = got
        free[got[got >= 0]] = 0
        if stage == "turning":
            _widen(table, rows[got >= 0], lapse)
    return chosen


def _best(
    table: TrackTable, scan: Scan, tau: float, rows: Ints, widen: Floats, free: Codes
) -> Ints:
    """Return the plots that cost least for some tracks."""
    chosen = np.empty(len(rows), np.int32)
    start = np.empty(len(rows) + 1, np.int32)
    column = np.empty(len(rows) * len(free), np.int32)
    cost = np.empty(len(column))
    gate(
        table.x, table.p, tau, BELIEVED_INV_BETA, rows, widen, table.evidence, table.hits,
        table.address, table.friend, scan.z, scan.r, free, scan.address, scan.friend, start, column,
        cost,
    )  # fmt: skip
    assign(start, column, cost, len(free), chosen)
    return chosen


def _widen(table: TrackTable, rows: Ints, lapse: Floats) -> None:
    """Add the covariance of an unseen manoeuvre since the last plot, in place."""
    dt = lapse[rows][:, None]
    far, fast = (0.5 * _MANOEUVRE * dt**2) ** 2, (_MANOEUVRE * dt) ** 2
    for i in range(3):
        table.p[rows, :, i, i] += far
        table.p[rows, :, i + 3, i + 3] += fast
        table.p[rows, :, i, i + 3] += np.sqrt(far * fast)
        table.p[rows, :, i + 3, i] += np.sqrt(far * fast)


def _feed(table: TrackTable, scan: Scan, rows: Ints, plots: Ints, tau: float) -> None:
    """Update tracks with their plots, in place: filters, law in force, and everything counted."""
    fit = np.empty((len(rows), 2, 2))
    update(table.x, table.p, tau, BELIEVED_INV_BETA, rows, plots, scan.z, scan.r, fit)
    gain = fit[:, BALLISTIC, 1] - fit[:, LEVEL, 1]
    evidence = np.clip(_FORGETTING * table.evidence[rows] + gain, -_EVIDENCE_LIMIT, _EVIDENCE_LIMIT)
    law = np.where(evidence > _HYSTERESIS, BALLISTIC, table.ballistic[rows])
    law = np.where(evidence < -_HYSTERESIS, LEVEL, law)
    table.evidence[rows], table.ballistic[rows] = evidence, law
    pick = np.arange(len(rows))
    table.nis[rows] += _NIS_GAIN * (fit[pick, law, 0] - table.nis[rows])
    off = fit[pick, 1 - law, 0] > _DIVERGED
    strayed, good = rows[off], law[off]
    table.x[strayed, 1 - good] = table.x[strayed, good]
    table.p[strayed, 1 - good] = table.p[strayed, good]

    hits = table.hits[rows]
    seeding = hits < SEED_PLOTS
    table.seed[rows[seeding], hits[seeding]] = plot_names(scan, plots)[seeding]
    table.hits[rows] += 1
    smoothing = np.maximum(1.0 / (hits + 1), _RCS_GAIN)
    table.rcs[rows] += smoothing * (scan.rcs[plots] - table.rcs[rows])
    table.updated_at[rows] = np.maximum(table.updated_at[rows], scan.at)
    table.missed[rows] = 0
    table.missed_weight[rows] = 0.0
    table.address[rows] = np.where(
        scan.address[plots] >= 0, scan.address[plots], table.address[rows]
    )
    table.friend[rows] |= scan.friend[plots]


def _told(table: TrackTable, scan: Scan, chosen: Ints, fresh: Rows) -> list[Ints]:
    """Return rows (number, sensor, scan, row): the past of fresh tracks, then this scan's."""
    past = np.repeat(table.number[fresh], SEED_PLOTS)
    fed = (chosen >= 0) & table.confirmed
    return [
        np.column_stack([past, table.seed[fresh].reshape(-1, 3)]),
        np.column_stack([table.number[fed], plot_names(scan, chosen[fed])]),
    ]
