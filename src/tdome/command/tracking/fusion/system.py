"""Sensor tracks to system tracks: lists of the sources' own tracks, fused by intersection.

A source's track, once given to a system track, stays with it while it agrees with what the other
sources say (d^2 within SPLIT); a new one is paired with the system tracks that have none of this
source (:mod:`.pairing`), or begins a system track. A system track is the covariance intersection of
the newest tracks of its sources, predicted to now: consistent whatever they have in common. One
without any source is predicted, and kept for ``silence`` s: a target that is taken up again in that
time keeps its number. Numbers are never used twice.

Limits: sources are told apart but not weighed; registration comes before; near-constant velocity.
"""

from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.tracking.fusion.intersection import intersect
from tdome.command.tracking.fusion.late import predicted
from tdome.command.tracking.fusion.pairing import GATE, distances, pair_tracks
from tdome.messages.base import Floats, Longs

SPLIT = 38.0  # chi-square with 6 degrees of freedom, 1e-6
_NS = 1e-9


class Fused(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """System tracks, one row each, ascending in number.

    at: int ns. last: highest number so far. number: (n,). heard: (n,) int ns, of the newest source
    track. state: (n, 6), covariance: (n, 6, 6) at ``at``. local: (n, S) number of each source's
    track, -1 for none. local_at: (n, S) int ns. local_state: (n, S, 6), local_covariance: (n, S, 6,
    6) then.
    """

    at: int
    last: int
    number: Longs
    heard: Longs
    state: Floats
    covariance: Floats
    local: Longs
    local_at: Longs
    local_state: Floats
    local_covariance: Floats

    @classmethod
    def start(cls, sources: int) -> Self:
        """Return the state before anything was told by so many sources."""
        return cls(
            at=0,
            last=0,
            number=np.empty(0, np.int64),
            heard=np.empty(0, np.int64),
            state=np.empty((0, 6)),
            covariance=np.empty((0, 6, 6)),
            local=np.empty((0, sources), np.int64),
            local_at=np.empty((0, sources), np.int64),
            local_state=np.empty((0, sources, 6)),
            local_covariance=np.empty((0, sources, 6, 6)),
        )


_COLUMNS = tuple(name for name in Fused.__struct_fields__ if name not in {"at", "last"})


class TrackFusion(msgspec.Struct, frozen=True, kw_only=True):
    """Fusion of sources. Pure: an old state is never written to.

    noise: m^2/s^3. correlation: rho of :mod:`.pairing`. silence: s. aim: of the intersection.
    """

    noise: float = 9.0
    correlation: float = 0.0
    silence: float = 30.0
    aim: str = "det"

    def fold(
        self, fused: Fused, at: int, source: int, number: Longs, tracks: tuple[Floats, Floats]
    ) -> Fused:
        """Fold the whole list of one source's tracks at a time (int ns) in; others are gone.

        number: (k,) the source's own numbers. tracks: states (k, 6) and covariances (k, 6, 6) at
        ``at``. A list older than ``fused.at`` is predicted to that.
        """
        x, p = tracks
        if at < fused.at:
            x, p = predicted(x, p, np.full(len(x), (fused.at - at) * _NS), self.noise)
            at = fused.at
        fused = self._predicted(fused, at)
        fused.local[~np.isin(fused.local[:, source], number), source] = -1
        row = self._linked(fused, source, number, (x, p))
        row = self._paired(fused, source, row, (x, p))
        fused, row = _begun(fused, row, (x, p))
        fused.local[row, source], fused.local_at[row, source] = number, at
        fused.local_state[row, source], fused.local_covariance[row, source] = x, p
        fused.heard[row] = at
        return self._intersected(fused, row)

    def _predicted(self, fused: Fused, at: int) -> Fused:
        """Return the tracks at a later time, in columns of their own, less the silent ones."""
        kept = (at - fused.heard) * _NS <= self.silence
        columns = {name: getattr(fused, name)[kept] for name in _COLUMNS}
        dt = np.full(int(kept.sum()), (at - fused.at) * _NS)
        columns["state"], columns["covariance"] = predicted(
            columns["state"], columns["covariance"], dt, self.noise
        )
        return Fused(at=at, last=fused.last, **columns)

    def _linked(
        self, fused: Fused, source: int, number: Longs, tracks: tuple[Floats, Floats]
    ) -> Longs:
        """Return the system track of each of the source's, (k,), -1 for none, and unlink strays."""
        x, p = tracks
        row = np.full(len(number), -1, np.int64)
        mine = np.flatnonzero(fused.local[:, source] >= 0)
        known, here, there = np.intersect1d(number, fused.local[mine, source], return_indices=True)
        if not len(known):
            return row
        row[here] = mine[there]
        shared = here[(fused.local[row[here]] >= 0).sum(axis=1) > 1]
        others, spread = self._without(fused, row[shared], source)
        d2, _ = distances(x[shared], p[shared], others, spread)
        stray = shared[d2 > SPLIT]
        fused.local[row[stray], source] = -1
        row[stray] = -1
        return row

    def _paired(
        self, fused: Fused, source: int, row: Longs, tracks: tuple[Floats, Floats]
    ) -> Longs:
        """Return the rows with new tracks of the source given to system tracks that have none."""
        x, p = tracks
        new, free = np.flatnonzero(row < 0), np.flatnonzero(fused.local[:, source] < 0)
        got = pair_tracks(
            x[new], p[new], fused.state[free], fused.covariance[free],
            correlation=self.correlation, gate=GATE,
        )  # fmt: skip
        row[new[got >= 0]] = free[got[got >= 0]]
        return row

    def _without(self, fused: Fused, row: Longs, source: int) -> tuple[Floats, Floats]:
        """Return what the other sources say of some tracks."""
        local = fused.local[row].copy()
        local[:, source] = -1
        return self._of_sources(fused, row, local >= 0)

    def _intersected(self, fused: Fused, row: Longs) -> Fused:
        """Fuse some tracks anew from their sources, in place."""
        told = fused.local[row] >= 0
        fused.state[row], fused.covariance[row] = self._of_sources(fused, row, told)
        return fused

    def _of_sources(
        self, fused: Fused, row: Longs, told: NDArray[np.bool_]
    ) -> tuple[Floats, Floats]:
        """Return intersections, one source after the other, of those that ``told`` (k, S) has."""
        x, p = np.empty((len(row), 6)), np.empty((len(row), 6, 6))
        begun = np.zeros(len(row), np.bool_)
        for source in range(told.shape[1]):
            rows = np.flatnonzero(told[:, source])
            if not len(rows):
                continue
            dt = (fused.at - fused.local_at[row[rows], source]) * _NS
            place = fused.local_state[row[rows], source], fused.local_covariance[row[rows], source]
            y, q = predicted(*place, dt, self.noise)
            more = begun[rows]
            again, first = rows[more], rows[~more]
            x[first], p[first] = y[~more], q[~more]
            x[again], p[again], _ = intersect(x[again], p[again], y[more], q[more], self.aim)
            begun[rows] = True
        return x, p


def _begun(fused: Fused, row: Longs, tracks: tuple[Floats, Floats]) -> tuple[Fused, Longs]:
    """Return the tracks with a new one for each row of -1, and the rows with these."""
    new = np.flatnonzero(row < 0)
    count, size = len(new), len(fused.number)
    if not count:
        return fused, row
    row = row.copy()
    row[new] = size + np.arange(count)
    columns = {}
    for name in _COLUMNS:
        column = getattr(fused, name)
        blank = np.zeros((count, *column.shape[1:]), column.dtype)
        columns[name] = np.concatenate([column, blank])
    columns["number"][size:] = fused.last + 1 + np.arange(count)
    columns["local"][size:] = -1
    columns["state"][size:], columns["covariance"][size:] = tracks[0][new], tracks[1][new]
    return Fused(at=fused.at, last=fused.last + count, **columns), row
