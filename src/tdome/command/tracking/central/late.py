"""Scans that come late: bounded replay of a core from copies of it.

Copies of the core (marks) are kept, half of ``late`` apart, as far back as a late scan may belong,
with the scans since the oldest of them. A late scan takes up the newest mark before it, and the
scans after it are folded again. So the core is, bit for bit, what it were had the scans come in
order, association and registration and all, as soon as the last late one is in. The cost is the
folds between, and two copies in each ``late`` seconds.

What was told stays told: a late scan tells of the tracks at its own time, with all that is known by
then; later pictures that were told without it are not told again. A track that was confirmed within
the time replayed may get another number by it.
"""

from bisect import bisect_left
from typing import NamedTuple, Self

import numpy as np

from tdome.command.tracking.central.core import Core, Named, together
from tdome.command.tracking.central.pieces import NOTHING, told
from tdome.command.tracking.engine.admit import NOW, SITES, timely, usable
from tdome.command.tracking.engine.filters.sites import site_rows
from tdome.messages.recording import Recording, TrackHistory
from tdome.plan.books.sites import SiteBook

_BEFORE_ALL = -(1 << 62)


class Past(NamedTuple):
    """A scan that may be folded again: (stamp, sensor), or None where that counts for nothing."""

    key: tuple[int, int] | None
    named: Named


class Mark(NamedTuple):
    """The core before scan ``place`` of the past, when the newest stamp was ``at``."""

    at: int
    place: int
    core: Core


STRANGE, IN_TURN, LATE, BACK = range(4)


class Arrivals:
    """What scans are by their stamps, by the engine's rules, and the newest stamp so far.

    STRANGE: of no use, the engine will say why. IN_TURN: after all others. LATE: but of use. BACK:
    the first one after a clock was set back, that is now believed.
    """

    def __init__(self, sites: SiteBook, late: int) -> None:
        self._late = late
        self._seen = np.zeros(SITES + max(len(sites), 1), np.int64)
        rows = site_rows(sites)
        self._usable = [bool(usable(rows, s)) for s in range(len(sites))]
        self._newest: tuple[int, int] | None = None

    def copy(self) -> Self:
        """Return arrivals that go on from here on their own."""
        other = type(self).__new__(type(self))
        vars(other).update(vars(self))
        other._seen = self._seen.copy()
        return other

    def next(self, recording: Recording) -> tuple[list[int], list[int]]:
        """Return what each scan is, and the newest stamp after it."""
        kinds, newest = [], []
        for at, s in zip(recording.at.tolist(), recording.sensor.tolist(), strict=True):
            kind = STRANGE
            if 0 <= s < len(self._usable) and self._usable[s]:
                kind = self._kind(at, s)
            kinds.append(kind)
            newest.append(_BEFORE_ALL if self._newest is None else self._newest[0])
        return kinds, newest

    def _kind(self, at: int, s: int) -> int:
        if self._newest is None:
            self._seen[SITES:] = at - 1
            self._seen[NOW] = at
            self._newest = at, s
        now = self._newest
        if (at, s) < now and now[0] - at <= self._late:
            return LATE
        if timely(self._seen, s, at) != 0:
            return STRANGE
        self._newest = at, s
        return BACK if at < now[0] else IN_TURN


class Replayed:
    """Folds scans in the order in which they come. late: ns that one may come after a newer one."""

    def __init__(self, core: Core, sites: SiteBook, late: int) -> None:
        self.core = core
        self.used = 0  # late scans
        self._late = late
        self._arrivals = Arrivals(sites, late)
        self._past: list[Past] = []
        self._marks = [Mark(_BEFORE_ALL, 0, core.copy())] if late else []
        self._now = _BEFORE_ALL

    def copy(self) -> Self:
        """Return one that goes on from here on its own."""
        other = type(self).__new__(type(self))
        vars(other).update(vars(self))
        other.core, other._arrivals = self.core.copy(), self._arrivals.copy()
        other._past, other._marks = list(self._past), list(self._marks)
        return other

    def fold(self, named: Named) -> list[TrackHistory]:
        """Fold scans; return what the tracks were after each, in pieces: joining copies them."""
        if not self._late:
            return self.core.fold(named)
        kinds, newest = self._arrivals.next(named.recording)
        parts: list[TrackHistory] = []
        first = 0
        while first < len(kinds):
            if kinds[first] == LATE:
                parts.append(self._insert(named.part(first, first + 1)))
                first += 1
                continue
            if kinds[first] == BACK:  # nothing belongs before it any more
                self._past, self._marks = [], [Mark(_BEFORE_ALL, 0, self.core.copy())]
            last = first + 1
            while last < len(kinds) and kinds[last] < LATE:
                last += 1
            run = named.part(first, last)
            parts += self._run(run, kinds[first:last], newest[first:last])
            first = last
        return parts

    def _run(self, run: Named, kinds: list[int], newest: list[int]) -> list[TrackHistory]:
        """Fold scans that are not late; mark the core where a late one may take it up."""
        parts: list[TrackHistory] = []
        begin, half = 0, self._late // 2
        at, sensor = run.recording.at.tolist(), run.recording.sensor.tolist()
        first = bisect_left(newest, newest[-1] - self._late)
        for n in range(first, len(newest)):
            before = newest[n - 1] if n else self._now
            # Scans before the first of these are not kept: there must be a mark.
            if 0 < n == first or before - self._marks[-1].at >= half:
                parts += self.core.fold(run.part(begin, n))
                begin = n
                self._marks.append(Mark(before, len(self._past), self.core.copy()))
            key = None if kinds[n] == STRANGE else (at[n], sensor[n])
            self._past.append(Past(key, run.part(n, n + 1)))
        parts += self.core.fold(run.part(begin, len(newest)))
        self._now = newest[-1]
        self._forget()
        return parts

    def _forget(self) -> None:
        """Forget marks, and the scans before them, that no late scan can need any more."""
        needed = 0
        for n, mark in enumerate(self._marks):
            if mark.at < self._now - self._late:
                needed = n
        drop = self._marks[needed].place
        self._past = self._past[drop:]
        self._marks = [mark._replace(place=mark.place - drop) for mark in self._marks[needed:]]

    def _insert(self, named: Named) -> TrackHistory:
        """Fold a late scan where it belongs, and those after it again."""
        at, sensor = int(named.recording.at[0]), int(named.recording.sensor[0])
        place = len(self._past)
        for n in range(len(self._past) - 1, -1, -1):
            key = self._past[n].key
            if key is not None:
                if key <= (at, sensor):
                    break
                place = n
        while self._marks[-1].place > place:
            self._marks.pop()
        mark = self._marks[-1]
        untold = [int(named.scan[0]), *self.core.waiting]
        self.core = mark.core.copy()
        parts: list[TrackHistory] = []
        if place > mark.place:
            parts += self._again(mark.place, place)
            if at - mark.at >= self._late // 4:  # others may come from the same sensor
                self._marks.append(Mark(at, place, self.core.copy()))
        self._past.insert(place, Past((at, sensor), named))
        parts += self._again(place, len(self._past))
        self.used += 1
        history = told(parts)
        new = np.isin(history.scan, np.array(untold))
        return _rows(history, new) if len(history) else NOTHING

    def _again(self, first: int, last: int) -> list[TrackHistory]:
        return self.core.fold(together([past.named for past in self._past[first:last]]))


def _rows(history: TrackHistory, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> TrackHistory:
    return TrackHistory(
        **{name: getattr(history, name)[keep] for name in history.__struct_fields__}
    )


def named(recording: Recording, scans: int, plots: int) -> Named:
    """Return scans with their names, where so many scans and plots came before."""
    first = recording.start[:-1].astype(np.int64) + plots
    return Named(recording, scans + np.arange(len(recording), dtype=np.int64), first)
