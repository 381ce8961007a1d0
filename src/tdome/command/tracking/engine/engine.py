"""The tracker core: recordings in, track histories out, memory in between."""

import math
from typing import ClassVar, Self

import numpy as np

from tdome.command.tracking.engine import fold as folding
from tdome.command.tracking.engine.admit import (
    CROWDED_OUT,
    LONE,
    REASONS,
    SITES,
    UNCLEAR,
    admit_plots,
    admit_scans,
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
    window,
)
from tdome.command.tracking.engine.fold import fold
from tdome.command.tracking.engine.layout import (
    ANGLES,
    AZIMUTH,
    BEARING,
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
    SINGLE,
    SURE,
    WHOLE,
    Z,
)
from tdome.command.tracking.engine.pairing.grid import empty_cells
from tdome.command.tracking.engine.settings import Settings
from tdome.command.tracking.engine.sites import site_rows
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.messages.base import Codes, Floats, Ints, Longs, Singles
from tdome.messages.recording import Recording, TrackHistory
from tdome.plan.books.sites import SiteBook

# times, at, sensor, refused, begins, raw, source of a block of scans: see fold.fold
Report = tuple[Longs, Floats, Floats]
Feed = tuple[Floats, Longs, Ints, Codes, Longs, Floats, Longs]

TOLD = 6  # whole numbers of a row of the report: see fold.tell
_FIRST_ROWS = 1024
_MOST_TOLD = 1 << 21  # rows of a report's block: 0.7 GB of addresses, memory only where written


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

    Data never make it raise: what it can not use is counted in :attr:`refused`. The same scans in
    one recording or in several give the same bits.

    Raises
    ------
    ValueError
        The settings ask for an association that this core does not have.
    """

    associations: ClassVar[tuple[str, ...]] = ("gnn", "jpda")

    def __init__(self, sites: SiteBook, settings: Settings) -> None:
        if settings.association not in self.associations:
            known = ", ".join(self.associations)
            raise ValueError(f"association {settings.association!r}: this core has {known}")
        self.settings = settings
        self._flat = sites.flat
        self._sites = site_rows(sites)
        self._numbers = settings.numbers(flat=sites.flat)
        self._width = FULL if settings.filter == "imm" else SINGLE
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

    def fold(self, recording: Recording) -> TrackHistory:
        """Fold the next scans into the tracks; return what the tracks were after each.

        ``scan`` and ``plot`` of the history count on from the scans and plots folded before. The
        recording is not modified.
        """
        scans = len(recording)
        sensor = np.ascontiguousarray(recording.sensor, np.int32)
        at = np.ascontiguousarray(recording.at, np.int64)
        if self._epoch is None and scans:
            self._epoch = int(at[0])
        refused = np.zeros(scans, np.int8)
        volume = np.ascontiguousarray(recording.volume, np.bool_)
        admit_scans(at, sensor, volume, self._sites, self._seen, refused)
        begins = np.empty(scans + 1, np.int64)
        raw, source = np.empty((recording.plots, Z)), np.empty(recording.plots, np.int64)
        admit_plots(
            sensor, refused, np.ascontiguousarray(recording.start, np.int64),
            _floats(recording.range_m), _floats(recording.azimuth_rad),
            _floats(recording.elevation_rad), _floats(recording.range_rate_m_s),
            _floats(recording.height_m), np.ascontiguousarray(recording.address, np.int64),
            _places(recording), self._sites, self._plots, begins, raw, source, self._tally,
        )  # fmt: skip
        self._plots += recording.plots
        times: Floats = np.multiply(at - (self._epoch or 0), 1e-9, dtype=np.float64)
        parts: list[Report] = []
        feed = (times, at, sensor, refused, begins, raw, source)
        first = 0
        for stop in [*self._directions(sensor, refused), scans]:
            while first < stop:
                first = self._block(first, _until(stop, feed), parts)
            if stop < scans:
                self._listen(stop, feed, recording.snr_db, parts)
                first = stop + 1
        return _history(parts)

    def _directions(self, sensor: Ints, refused: Codes) -> list[int]:
        """Return which scans hold directions alone."""
        if not self._finders.any():
            return []
        known = np.where(refused < 0, sensor, 0)
        found: list[int] = np.flatnonzero((refused < 0) & self._finders[known]).tolist()
        return found

    def _listen(self, n: int, feed: Feed, snr: Singles, parts: list[Report]) -> None:
        """Feed a scan of directions to the tracks; what it leaves over may begin some."""
        times, at, sensor, _, begins, raw, source = feed
        part = slice(begins[n], begins[n + 1])
        order = np.lexsort((raw[part, ELEVATION], raw[part, AZIMUTH]))
        z, plots = raw[part][order], source[part][order]
        fate, size = np.zeros(len(z), np.int8), int(self._counters[SURE])
        told, states = np.empty((size, TOLD), np.int64), np.empty((size, 6))
        covariances = np.empty((size, 6, 6))
        end = listen(
            times[n], at[n], int(sensor[n]), z, plots, self._rows, self._whole, self._lists,
            self._counters, self._clock, self._numbers, self._sites, fate, told, states,
            covariances,
        )  # fmt: skip
        parts.append((told[:end], states[:end], covariances[:end]))
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
        places = np.array([one.place for one in found]).reshape(-1, 3)
        up = np.tile([0.0, 0.0, 1.0], (len(found), 1))
        if not self._flat and len(found):
            lat, lon, _ = ecef_to_geodetic(places)
            up = np.column_stack(
                [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
            )
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

    def _block(self, first: int, feed: Feed, parts: list[Report]) -> int:
        """Fold from scan ``first`` on until done or out of room; append the report to ``parts``."""
        begins = feed[4]
        size = self._room(len(feed[0]) - first, int(begins[-1] - begins[first]))
        told, states = np.empty((size, TOLD), np.int64), np.empty((size, 6))
        covariances, room = np.empty((size, 6, 6)), np.zeros(2, np.int64)
        first = fold(
            first, *feed, self._rows, self._whole, self._lists, self._counters, self._clock,
            self._numbers, self._sites, self._cells, told, states, covariances, room,
        )  # fmt: skip
        end = int(room[0])
        parts.append((told[:end], states[:end], covariances[:end]))
        if room[1] == folding.MORE_ROWS:
            self._grow(int(begins[first + 1] - begins[first]))
        return first

    def _room(self, scans: int, plots: int) -> int:
        """Return how many rows of a report to make room for, for so many scans and plots."""
        alive = int(self._counters[SURE]) + int(self._counters[MAYBE])
        guess = scans * (alive + 2 * (plots // scans)) + 64  # too small costs a copy
        return max(min(guess, _MOST_TOLD), 2 * alive + 64)

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

    def copy(self) -> Self:
        """Return an engine that goes on from here on its own."""
        other = type(self).__new__(type(self))
        for name, value in vars(self).items():
            setattr(other, name, value.copy() if isinstance(value, np.ndarray) else value)
        return other


def _until(stop: int, feed: Feed) -> Feed:
    """Return the feed of the scans before ``stop``."""
    times, at, sensor, refused, begins, raw, source = feed
    if stop == len(times):
        return feed
    return times[:stop], at[:stop], sensor[:stop], refused[:stop], begins[: stop + 1], raw, source


def _places(recording: Recording) -> Floats:
    """Return the standard errors of places that were told, m; one nan where there are none."""
    told = recording.place_sigma_m
    return np.full(1, np.nan) if told is None else _floats(told)


def _floats(column: Floats) -> Floats:
    return np.ascontiguousarray(column, np.float64)


def _history(parts: list[Report]) -> TrackHistory:
    told, states, covariances = parts[0] if len(parts) == 1 else _joined(parts)
    return TrackHistory(
        scan=told[:, 0].astype(np.int32),
        at=told[:, 1].copy(),
        number=told[:, 2].astype(np.int32),
        state=states,
        covariance=covariances,
        updated=told[:, 3] != 0,
        plot=told[:, 4].copy(),
        address=told[:, 5].astype(np.int32),
    )


def _joined(parts: list[Report]) -> tuple[Longs, Floats, Floats]:
    if not parts:
        return np.empty((0, TOLD), np.int64), np.empty((0, 6)), np.empty((0, 6, 6))
    told, states, covariances = (np.concatenate(column) for column in zip(*parts, strict=True))
    return told, states, covariances
