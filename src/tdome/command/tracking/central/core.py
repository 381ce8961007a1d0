"""The engine with registration: scans in order of their stamps, corrected as sensors are learned.

A block of scans is corrected with what the blocks before it taught, tracked, and teaches in its
turn: nothing looks ahead. Plots of targets that two or more sensors see teach, as they were
measured; what they are of, the engine says. Only so many targets are followed as the registration
has room for: that bounds the cost, whatever the traffic.

Where stamps are corrected too, scans are put in order of their corrected stamps: one is held until
none can come that belongs before it (as long as stamps differ, a fraction of a second). What is
told of it is told for its own stamp.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple, Self

import msgspec
import numpy as np

from tdome.command.tracking.central.belief import believed, corrected_plots, doubtful_sigma
from tdome.command.tracking.central.options import NS, Options
from tdome.command.tracking.central.pieces import NOTHING, joined, plots_of, told
from tdome.command.tracking.engine.engine import Engine
from tdome.command.tracking.engine.settings import Settings
from tdome.command.tracking.registration.estimator import Registration
from tdome.command.tracking.registration.state import TIME, BiasState, prior_variance
from tdome.messages.base import Longs
from tdome.messages.recording import Recording, TrackHistory
from tdome.plan.books.sites import SiteBook

Make = Callable[[SiteBook, Settings], Engine]
_SILENCE = 60 * NS  # of going back in time: targets of the registration begin anew


class Named(NamedTuple):
    """Scans, what each is called, and what its first plot is called: (S,), (S,)."""

    recording: Recording
    scan: Longs
    plot: Longs

    def part(self, first: int, last: int) -> "Named":
        """Return scans first : last."""
        rows = slice(first, last)
        return Named(self.recording.part(first, last), self.scan[rows], self.plot[rows])


def together(parts: list[Named]) -> Named:
    """Return parts one after the other."""
    if len(parts) == 1:
        return parts[0]
    scan, plot = (np.concatenate([part[i] for part in parts]) for i in (1, 2))
    return Named(joined([part.recording for part in parts]), scan, plot)


class Core:
    """Folds scans that come in order of their stamps. A copy goes on from here on its own."""

    def __init__(self, sites: SiteBook, settings: Settings, options: Options, make: Make) -> None:
        self.engine = make(sites, settings)
        self._sites, self._options = sites, options
        self._registration = Registration(sites, options.rules) if options.registration else None
        self.state = BiasState.start(sites, options.rules)
        self._prior = prior_variance(sites, options.rules)
        self.belief = believed(self.state, self._prior, options.least)
        self.lessons = np.zeros(len(sites), np.int64)  # plots that taught, of each site
        self._sparse = settings.tell_every > 0.0
        self._block: int | None = None
        self._open: list[tuple[Recording, Longs]] = []  # scans of the block, target of each plot
        self._held: list[tuple[int, Named]] = []  # corrected stamp, scan
        self._fed = (0, 0)  # scans and plots that the engine had
        self._last = -(1 << 62)  # corrected stamp of the newest of them

    def copy(self) -> Self:
        """Return a core that goes on from here on its own."""
        other = type(self).__new__(type(self))
        vars(other).update(vars(self))
        other.engine = self.engine.copy()
        other.lessons = self.lessons.copy()
        other._open, other._held = list(self._open), list(self._held)
        return other

    @property
    def waiting(self) -> list[int]:
        """Names of the scans that are held."""
        return [int(named.scan[0]) for _, named in self._held]

    def fold(self, named: Named) -> list[TrackHistory]:
        """Fold scans; return what the tracks were after each that is not held back, in pieces."""
        if self._registration is None:
            return [self._feed(named, named.recording.at)]
        block = named.recording.at // round(self._options.block * NS)
        edges = [0, *(np.flatnonzero(np.diff(block)) + 1).tolist(), len(block)]
        parts = []
        for first, last in pairwise(edges):
            if first == last:
                continue
            if block[first] != self._block:
                self._close()
                self._block = int(block[first])
            parts.append(self._within(named.part(first, last)))
        return parts

    def finish(self) -> TrackHistory:
        """Let the scans go that are held."""
        held, self._held = sorted(self._held, key=_stamp), []
        return self._release(held)

    def _within(self, named: Named) -> TrackHistory:
        """Fold scans of one block."""
        shift = self.belief.bias[:, TIME]
        if not self._held and not shift.any():
            return self._feed(named, named.recording.at)
        late = np.rint(shift * NS).astype(np.int64)
        ready: list[tuple[int, Named]] = []
        for n, (at, sensor) in enumerate(
            zip(named.recording.at.tolist(), named.recording.sensor.tolist(), strict=True)
        ):
            own = int(late[sensor]) if 0 <= sensor < len(late) else 0
            self._held.append((at - own, named.part(n, n + 1)))
            until = at - int(late.max())  # none that comes can belong before it
            ready += sorted((one for one in self._held if one[0] <= until), key=_stamp)
            self._held = [one for one in self._held if one[0] > until]
        return self._release(ready)

    def _release(self, ready: list[tuple[int, Named]]) -> TrackHistory:
        """Feed scans with corrected stamps."""
        if not ready:
            return NOTHING
        stamps = []
        for at, _ in ready:
            # A step of the estimate must not make a scan late that was not.
            own = self._last if 0 < self._last - at < NS else at
            stamps.append(own)
            self._last = own
        return self._feed(together([one for _, one in ready]), np.array(stamps))

    def _feed(self, named: Named, at: Longs) -> TrackHistory:
        """Give scans to the engine, corrected, with corrected stamps; note what they teach."""
        raw = named.recording
        if not len(raw):
            return NOTHING
        sent = raw if self.belief.none else corrected_plots(raw, self.belief)
        if at is not raw.at:
            sent = msgspec.structs.replace(sent, at=at)
        self._last = int(at[-1])
        scans, plots = self._fed
        self._fed = scans + len(raw), plots + raw.plots
        history, target = self._folded(sent, scans, plots)
        if self._registration is not None and raw.plots:
            self._open.append((raw, target))
        own = history.scan - scans
        row = history.plot - plots - raw.start[own]
        history = msgspec.structs.replace(
            history,
            scan=named.scan[own].astype(np.int32),
            plot=np.where(history.plot >= 0, named.plot[own] + row, -1),
        )
        return history if at is raw.at else _moved(history, raw.at[own])

    def _folded(self, sent: Recording, scans: int, plots: int) -> tuple[TrackHistory, Longs]:
        """Return the engine's history, and the number that each plot fed, -1 for none."""
        target = np.full(sent.plots, -1, np.int64)
        if self._sparse and self._registration is not None:  # few scans are told: ask after each
            parts = []
            for n in range(len(sent)):
                parts.append(self.engine.fold(sent.part(n, n + 1)))
                number, plot = self.engine.fed
                target[plot - plots] = number
            return told(parts), target
        history = self.engine.fold(sent)
        fed = history.updated & (history.plot >= 0)
        target[history.plot[fed] - plots] = history.number[fed]
        return history, target

    def _close(self) -> None:
        """Let a block that is over teach, and apply what is known now."""
        opened, self._open = self._open, []
        if self._registration is None or not opened:
            return
        recording = joined([part for part, _ in opened])
        target = np.concatenate([ids for _, ids in opened])
        keep = self._teaching(recording, target)
        if not len(keep):
            return
        taught = plots_of(recording, keep)
        order = np.lexsort((taught.sensor, taught.at))
        taught, rows = taught.taken(order)
        if int(taught.at[-1]) < self.state.at - _SILENCE:  # the clock was set back
            self.state = msgspec.structs.replace(
                self.state.targets(np.empty(0, np.int64)), at=int(taught.at[0])
            )
        self.state = self._registration.fold(self.state, taught, target[keep][rows])
        self.lessons += np.bincount(
            np.repeat(taught.sensor, np.diff(taught.start)), minlength=len(self.lessons)
        )
        before, self.belief = self.belief, believed(self.state, self._prior, self._options.least)
        if self.belief.variance.any() or before.variance.any():
            self.engine.trust(doubtful_sigma(self._sites, self.belief))

    def _teaching(self, recording: Recording, target: Longs) -> Longs:
        """Return the plots that teach: of targets followed, or seen by two sensors and room."""
        scan = np.repeat(np.arange(len(recording)), np.diff(recording.start))
        fed = np.flatnonzero(target >= 0)
        pairs = np.unique(target[fed] * len(self._sites) + recording.sensor[scan[fed]])
        ids, sensors = np.unique(pairs // len(self._sites), return_counts=True)
        known = self.state.target
        new = np.setdiff1d(ids[sensors > 1], known)
        most = self._options.rules.most
        # A quarter in a block, of all that are there: the first targets are those of few sensors.
        room = min(most - len(known), max(most // 4, 1))
        some = new[:: -(-len(new) // room)][:room] if room > 0 and len(new) else new[:0]
        return fed[np.isin(target[fed], np.concatenate([known, some]))]


def _stamp(one: tuple[int, Named]) -> int:
    return one[0]


def _moved(history: TrackHistory, at: Longs) -> TrackHistory:
    """Return a history told for other times (n,), a fraction of a second off: P <- F P F'.

    Its states and covariances, which nobody else has, are written to.
    """
    dt = (at - history.at) / NS
    state, p = history.state, history.covariance
    state[:, :3] += dt[:, None] * state[:, 3:]
    p[:, :3] += dt[:, None, None] * p[:, 3:]
    p[:, :, :3] += dt[:, None, None] * p[:, :, 3:]
    return msgspec.structs.replace(history, at=at)
