"""Sensor tracks to system tracks: lists of the sources' own tracks, fused by intersection.

A source's track, once given to a system track, stays with it while it agrees with what the other
sources say. A new one is paired with the system tracks that have none of this source
(:mod:`.pairing`), or takes up one that all sources lost (:mod:`.stitching`), or begins a system
track. A system track is the covariance intersection (:mod:`.blending`) of the newest tracks of its
sources, predicted to now: consistent whatever they have in common, constant biases of less than
their errors included. One without any source is kept for ``silence`` s, not told of, and keeps its
number if it is taken up in that time. Numbers are never used twice.

Hysteresis: the distance of a source's track from the other sources is averaged over its lists
before it is taken away (``SPLIT``; one list in which it strays is never enough), and only from
the source that disagrees most. Two system tracks without a source in common are made one,
with the older number, when they were alike for ``settle`` s without a break.

Lists may come late: one older than the system's time is predicted to it, one older than the newest
of its own source says nothing new and is counted (``superseded``).

Limits: sources are told apart but not weighed; near-constant velocity between lists; two tracks
that one source makes of one target stay two.
"""

from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.tracking.fusion.blending import intersect_many, moved, separations
from tdome.command.tracking.fusion.pairing import near_pairs, pair_tracks
from tdome.command.tracking.fusion.stitching import stitch
from tdome.messages.base import Floats, Longs

# Mean of d^2 (6 is usual) from which on a source's track is another target. Wide, as the next two:
# in a turn trackers lag behind by more than they say, and sources are not registered.
SPLIT = 30.0
GATE = 60.0  # d^2 of a new track of a source and the system track that it feeds from now on
ALIKE = 40.0  # d^2 under which two system tracks may be one
_SHARE, _CAP, _USUAL = 0.2, 100.0, 6.0  # of the newest d^2 in the mean, its most, and its first
_NS = 1e-9
_NEVER = np.iinfo(np.int64).min // 2


class Fused(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """System tracks, one row each, ascending in number.

    at: int ns. last: highest number so far. superseded: lists that came after a newer one of their
    source. merged: duplicates made one. newest: (S,) int ns of each source's newest list. alike:
    (k, 3) pairs of numbers that may be one target, and int ns since when. number: (n,). begun,
    heard: (n,) int ns, of the first and the newest source track. shared: (n,) True once two sources
    told of it. state: (n, 6), covariance: (n, 6, 6) at ``at``. local:
    (n, S) number of each source's track, -1 for none. local_at: (n, S) int ns. local_state: (n, S,
    6), local_covariance: (n, S, 6, 6) then. doubt: (n, S) mean of its d^2 from the other sources.
    """

    at: int
    last: int
    superseded: int
    merged: int
    newest: Longs
    alike: Longs
    number: Longs
    begun: Longs
    heard: Longs
    shared: NDArray[np.bool_]
    state: Floats
    covariance: Floats
    local: Longs
    local_at: Longs
    local_state: Floats
    local_covariance: Floats
    doubt: Floats

    @classmethod
    def start(cls, sources: int) -> Self:
        """Return the state before anything was told by so many sources."""
        return cls(
            at=_NEVER,
            last=0,
            superseded=0,
            merged=0,
            newest=np.full(sources, _NEVER),
            alike=np.empty((0, 3), np.int64),
            number=np.empty(0, np.int64),
            begun=np.empty(0, np.int64),
            heard=np.empty(0, np.int64),
            shared=np.empty(0, np.bool_),
            state=np.empty((0, 6)),
            covariance=np.empty((0, 6, 6)),
            local=np.empty((0, sources), np.int64),
            local_at=np.empty((0, sources), np.int64),
            local_state=np.empty((0, sources, 6)),
            local_covariance=np.empty((0, sources, 6, 6)),
            doubt=np.empty((0, sources)),
        )

    def told(self, fresh: float, alone: float = 0.0) -> NDArray[np.bool_]:
        """Return which tracks some source told of in the last ``fresh`` s, (n,).

        One that a single source ever told of must have been there for ``alone`` s.
        """
        age = (self.at - self.local_at) * _NS
        seen = ((self.local >= 0) & (age <= fresh)).any(axis=1)
        return seen & (self.shared | ((self.at - self.begun) * _NS >= alone))

    def rows(self, chosen: Longs) -> Self:
        """Return some of the tracks, in columns of their own."""
        columns = {name: getattr(self, name)[chosen] for name in COLUMNS}
        return msgspec.structs.replace(self, **columns)


COLUMNS = (
    *(
        "number",
        "begun",
        "heard",
        "shared",
        "state",
        "covariance",
        "local",
        "local_at",
        "local_state",
    ),
    *("local_covariance", "doubt"),
)


class TrackFusion(msgspec.Struct, frozen=True, kw_only=True):
    """Fusion of sources. Pure: an old state is never written to.

    noise: m^2/s^3. correlation: rho of :mod:`.pairing`. silence: s that a track without a source
    keeps its number. settle: s that two are alike before they are one. alone: s that a track of one
    source alone waits before it is told of. bias: standard error, m, of a source's registration on
    each axis, added to what it claims.
    """

    noise: float = 30.0
    correlation: float = 0.0
    silence: float = 30.0
    settle: float = 4.0
    alone: float = 8.0
    bias: float = 0.0

    def fold(
        self, fused: Fused, at: int, source: int, number: Longs, tracks: tuple[Floats, Floats]
    ) -> Fused:
        """Fold the whole list of one source's tracks at a time (int ns) in; others are gone.

        number: (k,) the source's own numbers, each once. tracks: states (k, 6) and covariances
        (k, 6, 6), positive definite, at ``at``.
        """
        if at <= fused.newest[source]:
            return msgspec.structs.replace(fused, superseded=fused.superseded + 1)
        then = self._claimed(tracks)
        fused = self._predicted(fused, max(at, fused.at))
        late = np.full(len(number), (fused.at - at) * _NS)
        now = moved(*then, late, np.full(len(number), self.noise)) if late.any() else then
        fused.newest[source] = at
        fused.local[~np.isin(fused.local[:, source], number), source] = -1
        row = self._linked(fused, source, number, now)
        row = self._paired(fused, source, row, now)
        row = self._taken_up(fused, row, now)
        fused, row = _begun(fused, row, now)
        fused.doubt[row[fused.local[row, source] != number], source] = _USUAL
        fused.local[row, source], fused.local_at[row, source] = number, at
        fused.local_state[row, source], fused.local_covariance[row, source] = then
        fused.heard[row] = np.maximum(fused.heard[row], at)
        fused.shared[row] |= (fused.local[row] >= 0).sum(axis=1) > 1
        self._intersect(fused, row)
        return self._merged(fused)

    def _claimed(self, tracks: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        x, p = tracks
        if self.bias:
            p = p.copy()
            for axis in range(3):
                p[:, axis, axis] += self.bias**2
        return np.ascontiguousarray(x), np.ascontiguousarray(p)

    def _predicted(self, fused: Fused, at: int) -> Fused:
        """Return the tracks at a later time, in columns of their own, less the silent ones."""
        new = fused.rows(np.flatnonzero((at - fused.heard) * _NS <= self.silence))
        new.local[(at - new.local_at) * _NS > self.silence] = -1
        count = len(new.number)
        if count and at > fused.at:
            dt, noise = np.full(count, (at - fused.at) * _NS), np.full(count, self.noise)
            new.state[:], new.covariance[:] = moved(new.state, new.covariance, dt, noise)
        return msgspec.structs.replace(new, at=at, newest=fused.newest.copy())

    def _linked(
        self, fused: Fused, source: int, number: Longs, tracks: tuple[Floats, Floats]
    ) -> Longs:
        """Return the system track of each of the source's, (k,), -1 for none, and unlink strays."""
        x, p = tracks
        row = np.full(len(number), -1, np.int64)
        mine = np.flatnonzero(fused.local[:, source] >= 0)
        _, here, there = np.intersect1d(number, fused.local[mine, source], return_indices=True)
        row[here] = mine[there]
        shared = here[(fused.local[row[here]] >= 0).sum(axis=1) > 1]
        if not len(shared):
            return row
        others = self._of_sources(fused, row[shared], leaving_out=source)
        d2, _ = separations(x[shared], p[shared], *others)
        doubt = fused.doubt[row[shared]]
        doubt[:, source] += _SHARE * (np.minimum(d2, _CAP) - doubt[:, source])
        fused.doubt[row[shared], source] = doubt[:, source]
        worst = np.where(fused.local[row[shared]] >= 0, doubt, 0.0).max(axis=1)
        stray = shared[(doubt[:, source] > SPLIT) & (doubt[:, source] >= worst)]
        fused.local[row[stray], source] = -1
        self._intersect(fused, row[stray])
        row[stray] = -1
        return row

    def _paired(
        self, fused: Fused, source: int, row: Longs, tracks: tuple[Floats, Floats]
    ) -> Longs:
        """Return the rows with new tracks of the source given to system tracks that have none."""
        x, p = tracks
        linked = (fused.local >= 0).any(axis=1)
        new = np.flatnonzero(row < 0)
        free = np.flatnonzero(linked & (fused.local[:, source] < 0))
        got = pair_tracks(
            x[new], p[new], fused.state[free], fused.covariance[free],
            correlation=self.correlation, gate=GATE,
        )  # fmt: skip
        row[new[got >= 0]] = free[got[got >= 0]]
        return row

    def _taken_up(self, fused: Fused, row: Longs, tracks: tuple[Floats, Floats]) -> Longs:
        """Return the rows with new tracks given to system tracks that all sources lost."""
        new, lost = np.flatnonzero(row < 0), np.flatnonzero(~(fused.local >= 0).any(axis=1))
        lost = lost[~np.isin(lost, row)]
        if not len(new) or not len(lost):
            return row
        last = np.argmax(fused.local_at[lost], axis=1)
        ended = (
            fused.local_at[lost, last],
            fused.local_state[lost, last],
            fused.local_covariance[lost, last],
        )
        begun = np.full(len(new), fused.at), tracks[0][new], tracks[1][new]
        got = stitch(ended, begun, longest=self.silence)
        row[new[got >= 0]] = lost[got[got >= 0]]
        return row

    def _of_sources(
        self, fused: Fused, row: Longs, leaving_out: int | None = None
    ) -> tuple[Floats, Floats]:
        """Return what the sources, or all but one, say of some tracks now."""
        use = fused.local[row] >= 0
        if leaving_out is not None:
            use[:, leaving_out] = False
        dt: Floats = np.multiply(fused.at - fused.local_at[row], _NS, dtype=np.float64)
        state, covariance = fused.local_state[row], fused.local_covariance[row]
        return intersect_many(state, covariance, dt, use, self.noise)

    def _intersect(self, fused: Fused, row: Longs) -> None:
        """Fuse some tracks anew from their sources, in place."""
        if len(row):
            fused.state[row], fused.covariance[row] = self._of_sources(fused, row)

    def _merged(self, fused: Fused) -> Fused:
        """Return the tracks with those made one that have been alike for long enough."""
        linked = fused.local >= 0
        live = np.flatnonzero(linked.any(axis=1))
        x, p = fused.state[live], fused.covariance[live]
        near = live[near_pairs(x, p, x, p, ALIKE)]
        near = near[near[:, 0] < near[:, 1]]
        near = near[~(linked[near[:, 0]] & linked[near[:, 1]]).any(axis=1)]
        a, b = near[:, 0], near[:, 1]
        d2, _ = separations(
            fused.state[a], fused.covariance[a], fused.state[b], fused.covariance[b]
        )
        near = near[d2 <= ALIKE]
        near = near[np.lexsort((near[:, 1], near[:, 0]))]
        pairs = fused.number[near]
        known = {(i, j): since for i, j, since in fused.alike.tolist()}
        since = np.array([known.get((i, j), fused.at) for i, j in pairs.tolist()], np.int64)
        alike = np.column_stack([pairs, since]) if len(pairs) else fused.alike[:0]
        due = near[(fused.at - since) * _NS >= self.settle] if len(pairs) else near
        fused = msgspec.structs.replace(fused, alike=alike)
        return self._joined(fused, due) if len(due) else fused

    def _joined(self, fused: Fused, due: Longs) -> Fused:
        """Give the sources of the later of each pair of rows to the older; each row once."""
        done: set[int] = set()
        into, gone = [], []
        for a, b in due.tolist():
            if a not in done and b not in done:
                done |= {a, b}
                into.append(a)
                gone.append(b)
        for a, b in zip(into, gone, strict=True):
            theirs = fused.local[b] >= 0
            for name in ("local", "local_at", "local_state", "local_covariance"):
                getattr(fused, name)[a, theirs] = getattr(fused, name)[b, theirs]
            fused.doubt[a, theirs] = _USUAL
            fused.heard[a] = max(fused.heard[a], fused.heard[b])
            fused.shared[a] = True
        self._intersect(fused, np.array(into))
        kept = np.delete(np.arange(len(fused.number)), gone)
        return msgspec.structs.replace(fused.rows(kept), merged=fused.merged + len(gone))


def _begun(fused: Fused, row: Longs, tracks: tuple[Floats, Floats]) -> tuple[Fused, Longs]:
    """Return the tracks with a new one for each row of -1, and the rows with these."""
    new = np.flatnonzero(row < 0)
    count, size = len(new), len(fused.number)
    if not count:
        return fused, row
    row = row.copy()
    row[new] = size + np.arange(count)
    columns = {}
    for name in COLUMNS:
        column = getattr(fused, name)
        blank = np.zeros((count, *column.shape[1:]), column.dtype)
        columns[name] = np.concatenate([column, blank])
    columns["number"][size:] = fused.last + 1 + np.arange(count)
    columns["local"][size:] = -1
    columns["local_at"][size:] = columns["heard"][size:] = _NEVER
    columns["begun"][size:] = fused.at
    columns["doubt"][size:] = _USUAL
    columns["state"][size:], columns["covariance"][size:] = tracks[0][new], tracks[1][new]
    return msgspec.structs.replace(fused, last=fused.last + count, **columns), row
