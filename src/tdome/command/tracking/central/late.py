"""Scans that come late: bounded replay of a core from copies of it.

Copies of the core (marks) are kept, half of ``late`` apart, as far back as a late scan may belong,
with the scans since the oldest of them. A late scan takes up the newest mark before it, and the
scans after it are folded again. So the core is, bit for bit, what it were had the scans come in
order, association and registration and all, as soon as the last late one is in. The cost is the
folds between, and two copies in each ``late`` seconds. :mod:`..fusion.replay` is the same for
trackers whose state is a value.

What was told stays told: a late scan tells of the tracks at its own time, with all that is known by
then; later pictures that were told without it are not told again. A track that was confirmed within
the time replayed may get another number by it.
"""

from bisect import bisect_left
from typing import NamedTuple, Self

import numpy as np

from tdome.command.tracking.central.core import Core, Named, together
from tdome.command.tracking.central.pieces import NOTHING, told
from tdome.command.tracking.engine.admit import SITES, timely, usable
from tdome.command.tracking.engine.filters.sites import site_rows
from tdome.messages.recording import Recording, TrackHistory
from tdome.plan.books.sites import SiteBook

_BEFORE_ALL = -(1 << 62)


class Past(NamedTuple):
    """A scan that may be folded again: (stamp, sensor), and the scan."""

    key: tuple[int, int]
    named: Named


class Mark(NamedTuple):
    """The core before scan ``place`` of the past, when the newest stamp was ``at``."""

    at: int
    place: int
    core: Core


class Arrivals:
    """When scans came: which are in turn, which are late and of use. The rules are the engine's."""

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

    def next(self, recording: Recording) -> tuple[list[bool], list[int]]:
        """Return of each scan whether it is late and of use, and the newest stamp after it."""
        late, newest = [], []
        for at, s in zip(recording.at.tolist(), recording.sensor.tolist(), strict=True):
            known = 0 <= s < len(self._usable) and self._usable[s]
            if known and self._newest is None:
                self._newest = at, s
                self._seen[SITES:] = at - 1
                self._seen[0] = at
            behind = self._newest is not None and known and (at, s) < self._newest
            use = behind and self._newest is not None and self._newest[0] - at <= self._late
            if known and not use and timely(self._seen, s, at) == 0:
                self._newest = at, s
            late.append(use)
            newest.append(_BEFORE_ALL if self._newest is None else self._newest[0])
        return late, newest


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

    def fold(self, named: Named) -> TrackHistory:
        """Fold scans; return what the tracks were after each."""
        if not self._late:
            return self.core.fold(named)
        late, newest = self._arrivals.next(named.recording)
        parts, first = [], 0
        while first < len(late):
            if late[first]:
                parts.append(self._insert(named.part(first, first + 1)))
                first += 1
                continue
            last = first
            while last < len(late) and not late[last]:
                last += 1
            parts += self._run(named.part(first, last), newest[first:last])
            first = last
        return told(parts)

    def _run(self, named: Named, newest: list[int]) -> list[TrackHistory]:
        """Fold scans that are in turn; mark the core where a late one may take it up."""
        parts, begin, half = [], 0, self._late // 2
        first = bisect_left(newest, newest[-1] - self._late)
        for n in range(first, len(newest)):
            before = newest[n - 1] if n else self._now
            if before - self._marks[-1].at >= half:
                parts.append(self.core.fold(named.part(begin, n)))
                self._remember(named, max(begin, first), n)
                begin = n
                self._mark(before)
        parts.append(self.core.fold(named.part(begin, len(newest))))
        self._remember(named, begin, len(newest))
        self._now = newest[-1]
        self._forget()
        return parts

    def _remember(self, named: Named, first: int, last: int) -> None:
        at, sensor = named.recording.at, named.recording.sensor
        self._past += [
            Past((int(at[n]), int(sensor[n])), named.part(n, n + 1)) for n in range(first, last)
        ]

    def _mark(self, at: int) -> None:
        self._marks.append(Mark(at, len(self._past), self.core.copy()))

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
        item, place = Past((at, sensor), named), len(self._past)
        while place > 0 and self._past[place - 1].key > item.key:
            place -= 1
        while self._marks[-1].place > place:
            self._marks.pop()
        mark = self._marks[-1]
        untold = [int(named.scan[0]), *self.core.waiting]
        self.core = mark.core.copy()
        parts = []
        if place > mark.place:
            parts.append(self._again(mark.place, place))
            before = self._past[place - 1].key[0]
            if before - mark.at >= self._late // 4:
                self._marks.append(Mark(before, place, self.core.copy()))
        self._past.insert(place, item)
        parts.append(self._again(place, len(self._past)))
        self.used += 1
        history = told(parts)
        new = np.isin(history.scan, np.array(untold))
        return _rows(history, new) if len(history) else NOTHING

    def _again(self, first: int, last: int) -> TrackHistory:
        return self.core.fold(together([past.named for past in self._past[first:last]]))


def _rows(history: TrackHistory, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> TrackHistory:
    return TrackHistory(
        **{name: getattr(history, name)[keep] for name in history.__struct_fields__}
    )


def named(recording: Recording, scans: int, plots: int) -> Named:
    """Return scans with their names, where so many scans and plots came before."""
    first = recording.start[:-1].astype(np.int64) + plots
    return Named(recording, scans + np.arange(len(recording), dtype=np.int64), first)
