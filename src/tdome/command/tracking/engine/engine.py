"""The tracker core: recordings in, track histories out, memory in between."""

import math
from collections.abc import Callable
from typing import ClassVar, Self

import numpy as np

from tdome.command.tracking.engine import fold as folding
from tdome.command.tracking.engine.admit import (
    CROWDED_OUT,
    LONE,
    REASONS,
    SITES,
    UNCLEAR,
    admit,
)
from tdome.command.tracking.engine.directions.feeding import EXPLAINED, OVER, enlist, listen
from tdome.command.tracking.engine.directions.rounds import (
    Birth,
    Look,
    Round,
    Sighting,
    births,
    ends,
    sightings,
    strongest,
    uprights,
    window,
)
from tdome.command.tracking.engine.filters.sites import put_site, site_rows
from tdome.command.tracking.engine.fold import fold
from tdome.command.tracking.engine.layout import (
    ANGLES,
    AZIMUTH,
    BEARING,
    CONTINUED,
    COUNTERS,
    ELEVATION,
    FREE,
    FULL,
    HEIGHT_VARIANCE,
    KIND,
    LISTS,
    MAYBE,
    MERGED,
    NEXT,
    NUMBER,
    PLOT,
    PULLED,
    SCAN,
    SCANS,
    SINGLE,
    SURE,
    TOLD,
    VARIANCE,
    WHOLE,
    WIDE,
)
from tdome.command.tracking.engine.live.beliefs import Marks, RangeLaws
from tdome.command.tracking.engine.live.standing import Standing, remind, standing
from tdome.command.tracking.engine.pairing.grid import empty_cells
from tdome.command.tracking.engine.radar.clutter import COLUMNS
from tdome.command.tracking.engine.radar.still import still_ones
from tdome.command.tracking.engine.settings import K_MAP, Settings
from tdome.command.tracking.engine.telling.report import Report
from tdome.command.tracking.engine.wide import fold_wide
from tdome.kernel.crew import Crew
from tdome.messages.base import Codes, Floats, Ints, Longs, Singles
from tdome.messages.recording import Recording, TrackHistory
from tdome.plan.books.sites import SiteBook

# times, at, sensor, volume, refused, begins, raw, source of a block of scans: see fold.fold
Feed = tuple[Floats, Longs, Ints, Codes, Codes, Longs, Floats, Longs]

_FIRST_ROWS = 1024
_WIDE = 4096  # tracks and plots of a scan from which on several threads are worth their while
_PIECES = 50  # of a recording, between which it is told how far it got


def track(recording: Recording, sites: SiteBook, settings: Settings) -> TrackHistory:
    """Track a whole recording: :class:`Engine` folded once."""
    return Engine(sites, settings).fold(recording)


class Engine:
    """A tracker that folds scans into tracks, in any frame that its sites are told in.

    Parameters
    ----------
    sites
        What is believed of the sensors; their frame is the frame of the tracks.
    settings
        What to do; see :class:`Settings`.
    workers
        Threads that share the work on large pictures (thousands of tracks and plots a scan); small
        ones are done by one. The bits are the same for any number.

    Data never make it raise: what it can not use is counted in :attr:`refused`. The same scans in
    one recording or in several give the same bits.

    Raises
    ------
    ValueError
        The settings ask for an association that this core does not have, or for the nine states of
        ``pull`` with another one than "gnn"; workers below 1.
    """

    associations: ClassVar[tuple[str, ...]] = ("gnn", "jpda")
    falls: ClassVar[bool] = True

    def __init__(self, sites: SiteBook, settings: Settings, *, workers: int = 1) -> None:
        if workers < 1:
            raise ValueError(f"{workers} workers: at least 1 is needed")
        if settings.association not in self.associations:
            known = ", ".join(self.associations)
            raise ValueError(f"association {settings.association!r}: this core has {known}")
        if settings.pull[0] > 0.0 and settings.association != "gnn":
            raise ValueError(f"pull: not with association {settings.association!r}")
        self.settings, self.workers = settings, workers
        self._flat = sites.flat
        self._numbers = settings.numbers(flat=sites.flat)
        self._sites = site_rows(sites, COLUMNS if self._numbers[K_MAP] != 0.0 else 0)
        self._width, self._told = SINGLE, 6  # numbers of a row, and of a state that are told
        if settings.filter == "imm":
            self._width = PULLED if settings.pull[0] > 0.0 else FULL
            if self.falls and settings.fall and self._width == FULL and not sites.flat:
                self._width, self._told = WIDE, TOLD
        self._rows = np.zeros((_FIRST_ROWS + 1, self._width))  # the last one is scratch
        self._whole = np.zeros((_FIRST_ROWS, WHOLE), np.int64)
        self._lists = np.zeros((LISTS, _FIRST_ROWS), np.int32)
        self._lists[FREE] = np.arange(_FIRST_ROWS - 1, -1, -1)
        self._counters = np.zeros(COUNTERS, np.int64)
        self._counters[FREE], self._counters[NEXT] = _FIRST_ROWS, 1
        self._clock = np.full(2, -math.inf)
        self._seen = np.zeros(SITES + max(len(sites), 1), np.int64)
        self._tally = np.zeros(len(REASONS), np.int64)
        self._cells = empty_cells()
        self._epoch: int | None = None
        self._plots = 0
        self._book = sites
        kind = self._sites[:, KIND]
        self._finders = (kind == ANGLES) | (kind == BEARING)
        self._window = window(sites)
        self._round: Round = ()
        self._sightings: tuple[Sighting, ...] = ()
        self._report: Report | None = None  # that goes on from fold to fold

    def write_on(self) -> None:
        """Write the histories of folds to come one behind the other: joining them needs no copy.

        For who folds a long recording in many parts and keeps all: what it keeps of one history
        keeps the memory of all. No bit changes. A copy of the engine does not write on.
        """
        self._report = Report(self._told)
        self._report.spread()

    @property
    def refused(self) -> dict[str, int]:
        """How many scans and plots were refused, by reason; what never came is left out."""
        return {REASONS[i]: int(n) for i, n in enumerate(self._tally) if n > 0}

    @property
    def confirmed(self) -> int:
        """Confirmed tracks that live now."""
        return int(self._counters[SURE])

    @property
    def merged(self) -> int:
        """Duplicates that were removed so far."""
        return int(self._counters[MERGED])

    @property
    def continued(self) -> int:
        """Numbers of lost tracks that new ones took over so far."""
        return int(self._counters[CONTINUED])

    @property
    def still(self) -> int:
        """Confirmed tracks that stand now, and so are not told of; see :mod:`.radar.still`."""
        members, _ = self._members()
        return int(np.count_nonzero(still_ones(self._rows, members, self._numbers)))

    @property
    def fed(self) -> tuple[Longs, Longs]:
        """Numbers of the confirmed tracks that the last scan fed, and the rows of their plots."""
        sure = self._lists[SURE, : self._counters[SURE]]
        mine = sure[self._whole[sure, SCAN] == self._counters[SCANS] - 1]
        return self._whole[mine, NUMBER], self._whole[mine, PLOT]

    def trust(self, sigma: Floats) -> None:
        """Take other standard errors of the sites, (S, 4) as in the book, from the next scan on."""
        own = self._sites[:, VARIANCE : VARIANCE + 4]  # with stand-ins for what is not measured
        own[:] = np.where(np.isfinite(sigma), np.square(sigma), own)

    def fold(
        self,
        recording: Recording,
        heard: Callable[[int], None] | None = None,
        marks: Marks | None = None,
    ) -> TrackHistory:
        """Fold the next scans into the tracks; return what the tracks were after each.

        ``scan`` and ``plot`` of the history count on from the scans and plots folded before. The
        recording is not modified. ``heard`` is called some fifty times with the number of scans
        of the recording that are folded; it changes no bit. marks: who its plots are, if told.
        """
        scans = len(recording)
        at, sensor, volume, refused, begins, raw, source = admit(
            recording, self._sites, self._seen, self._tally, self._plots
        )
        if self._epoch is None and scans:
            self._epoch = int(at[0])
        admitted = int(begins[-1])
        if marks is not None:
            marks.put(raw[:admitted], source[:admitted], self._plots)
        self._plots += recording.plots
        whole: Codes = volume.astype(np.int8)
        times: Floats = np.multiply(at - (self._epoch or 0), 1e-9, dtype=np.float64)
        feed: Feed = times, at, sensor, whole, refused, begins, raw, source
        report = self._report or Report(self._told)
        report.begin()
        step = max(1, scans // _PIECES if heard else scans)
        with Crew(self.workers) as crew:
            for first in range(0, scans, step):
                end = min(first + step, scans)
                self._through(first, end, feed, recording.snr_db, report, crew)
                if heard is not None:
                    heard(end)
        return report.history()

    def _through(
        self, first: int, end: int, feed: Feed, snr: Singles, report: Report, crew: Crew
    ) -> None:
        """Fold the scans first … end - 1; those of directions alone go their own way."""
        begun = first
        for n in self._directions(feed[2][begun:end], feed[4][begun:end]):
            self._until(first, begun + n, feed, report, crew)
            self._listen(begun + n, feed, snr, report)
            first = begun + n + 1
        self._until(first, end, feed, report, crew)

    def _directions(self, sensor: Ints, refused: Codes) -> list[int]:
        """Return which scans hold directions alone."""
        if not self._finders.any():
            return []
        known = np.where(refused < 0, sensor, 0)
        found: list[int] = np.flatnonzero((refused < 0) & self._finders[known]).tolist()
        return found

    def _listen(self, n: int, feed: Feed, snr: Singles, report: Report) -> None:
        """Feed a scan of directions to the tracks; what it leaves over may begin some."""
        times, at, sensor, _, _, begins, raw, source = feed
        part = slice(begins[n], begins[n + 1])
        order = np.lexsort((raw[part, ELEVATION], raw[part, AZIMUTH]))
        z, plots = raw[part][order], source[part][order]
        fate, size = np.zeros(len(z), np.int8), int(self._counters[SURE])
        report.reserve(16 * size + 64, size)
        here = slice(report.end, None)
        report.end += listen(
            times[n], at[n], int(sensor[n]), z, plots, self._rows, self._whole, self._lists,
            self._counters, self._clock, self._numbers, self._sites, fate, report.told[here],
            report.states[here], report.covariances[here],
        )  # fmt: skip
        self._tally[UNCLEAR] += int((fate == EXPLAINED).sum())
        over = np.flatnonzero(fate == OVER)
        loud = snr[plots[over] - (self._plots - len(snr))]
        kept = over[strongest(loud, z[over, AZIMUTH])]
        self._tally[CROWDED_OUT] += len(over) - len(kept)
        up = np.where(z[kept, HEIGHT_VARIANCE] < 0.0, math.nan, z[kept, ELEVATION])
        look = Look(int(sensor[n]), int(at[n]), z[kept, AZIMUTH].copy(), up)
        if ends(self._round, look, self._window):
            self._cross()
        if len(kept):
            self._round = (*self._round, look)

    def _cross(self) -> None:
        """End a round: begin the tracks that its directions and those of the last ones tell."""
        over = sum(len(look.azimuth) for look in self._round)
        found = sightings(self._round, self._book)
        self._round = ()
        self._tally[LONE] += over if not found else 0
        up = uprights(found, flat=self._flat)
        new, self._sightings = births(
            self._sightings, found, up, self.settings.speed, self.settings.fastest
        )
        for birth in new:
            self._enlist(birth)

    def _enlist(self, birth: Birth) -> None:
        """Begin a confirmed track."""
        if self._counters[FREE] == 0:
            self._grow(1)
        zero = self._epoch or 0
        enlist(
            self._rows, self._whole, self._lists, self._counters, (birth.at - zero) * 1e-9,
            (birth.born - zero) * 1e-9, self._numbers, birth.state, birth.covariance,
        )  # fmt: skip

    def _until(self, first: int, end: int, feed: Feed, report: Report, crew: Crew) -> None:
        """Fold the scans first … end - 1 into the tracks and the report."""
        times, begins = feed[0][:end], feed[5]
        while first < end:
            alive = int(self._counters[SURE]) + int(self._counters[MAYBE])
            plots = int(begins[-1] - begins[first])
            likely = self._likely(alive, feed[0][first:], plots)
            report.reserve(likely, 2 * alive + 64)
            room = np.array([report.end, folding.DONE])
            wide = crew.workers > 1 and alive + plots // (len(feed[0]) - first) >= _WIDE
            first = self._run(first, (times, *feed[1:]), report, room, crew if wide else None)
            report.end = int(room[0])
            if room[1] == folding.MORE_ROWS:
                self._grow(self._wanted(int(begins[first + 1] - begins[first])))

    def _run(self, first: int, feed: Feed, report: Report, room: Longs, crew: Crew | None) -> int:
        """Fold from scan ``first`` on until done or out of room; return the scan reached.

        crew: threads to share the work, or None.
        """
        given = (
            *feed, self._rows, self._whole, self._lists, self._counters, self._clock,
            self._numbers, self._sites, self._cells, report.told, report.states,
            report.covariances, room,
        )  # fmt: skip
        return fold(first, *given) if crew is None else fold_wide(crew, first, *given)

    def _likely(self, alive: int, times: Floats, plots: int) -> int:
        """Return how many rows of a report scans at these times with so many plots may need."""
        scans = len(times)
        each = alive + 2 * (plots // scans)  # too small costs a copy
        if self.settings.tell_every > 0.0:
            span = max(float(times[-1] - times[0]), 0.0)
            scans = min(scans, math.ceil(span / self.settings.tell_every) + 2)
        return scans * each + 64

    def _wanted(self, plots: int) -> int:
        """Return how many more rows a scan of so many plots may take."""
        return plots

    def _grow(self, plots: int) -> None:
        """Make room for the tracks that a scan of so many plots may begin."""
        old = self._lists.shape[1]
        new = max(2 * old, old + 2 * plots)
        rows = np.zeros((new + 1, self._width))
        rows[:old] = self._rows[:old]
        whole = np.zeros((new, WHOLE), np.int64)
        whole[:old] = self._whole
        lists = np.zeros((LISTS, new), np.int32)
        lists[:, :old] = self._lists
        free = int(self._counters[FREE])
        # The new rows lie under the old free ones, so that these are used first.
        lists[FREE, : new - old] = np.arange(new - 1, old - 1, -1)
        lists[FREE, new - old : new - old + free] = self._lists[FREE, :free]
        self._counters[FREE] = free + new - old
        self._rows, self._whole, self._lists = rows, whole, lists

    def believe(self, laws: RangeLaws) -> None:
        """Take what is believed of the sites' range laws in place of one chance everywhere."""
        laws.put(self._sites)

    def move(self, site: int, origin: Floats, axes: Floats) -> None:
        """Put a site, row ``site``, at another place: (3,) and (3, 3), as in the site book."""
        put_site(self._sites[site], origin, axes, flat=self._flat)

    def standing(self, now: int) -> Standing:
        """Return the confirmed tracks at ``now`` (int ns), also those that are not told of."""
        members, numbers = self._members()
        t = (now - (self._epoch or 0)) * 1e-9
        return standing(self._rows, self._whole, self._numbers, members, numbers, t)

    def time(self, seconds: Floats) -> Longs:
        """Return int ns of times in s since the epoch."""
        whole: Longs = np.rint(seconds * 1e9).astype(np.int64)
        return whole + (self._epoch or 0)

    @property
    def next_number(self) -> int:
        """The number of the next track to be confirmed."""
        return int(self._counters[NEXT])

    def remind(self, numbers: Longs, address: Ints, own: Codes) -> None:
        """Tell whose tracks of some numbers are: transponder addresses, -1: none, own force 1."""
        remind(self._whole, *self._members(), numbers, address, own)

    def _members(self) -> tuple[Ints, Longs]:
        """Return the rows of confirmed tracks, and their numbers."""
        rows = self._lists[SURE, : self._counters[SURE]]
        return rows, self._whole[rows, NUMBER]

    def copy(self) -> Self:
        """Return an engine that goes on from here on its own."""
        other = type(self).__new__(type(self))
        for name, value in vars(self).items():
            own = isinstance(value, np.ndarray) and name not in {"_rows", "_cells"}
            setattr(other, name, value.copy() if own else value)
        # Rows that no track ever stood in are zeros, most of the memory: they are not touched.
        used = int(np.flatnonzero(self._whole.any(axis=1)).max(initial=-1)) + 1
        other._rows, other._cells = np.zeros(self._rows.shape), empty_cells()
        other._rows[:used] = self._rows[:used]
        other._report = None
        return other
