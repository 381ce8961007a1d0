"""The tracker core: recordings in, track histories out, memory in between."""

import math
from typing import ClassVar, Self

import numpy as np

from tdome.command.tracking.engine import fold as folding
from tdome.command.tracking.engine.admit import REASONS, SITES, admit_plots, admit_scans
from tdome.command.tracking.engine.clutter import COLUMNS
from tdome.command.tracking.engine.fold import fold
from tdome.command.tracking.engine.layout import (
    CELL,
    COUNTERS,
    FREE,
    FULL,
    LISTS,
    MAYBE,
    MERGED,
    NEXT,
    SINGLE,
    SITE,
    SURE,
    WHOLE,
    Z,
)
from tdome.command.tracking.engine.pairing.grid import empty_cells
from tdome.command.tracking.engine.settings import K_MAP, Settings
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.messages.base import Codes, Floats, Ints, Longs
from tdome.messages.recording import Recording, TrackHistory
from tdome.plan.books.sites import SiteBook

# times, at, sensor, volume, refused, begins, raw, source of a block of scans: see fold.fold
Feed = tuple[Floats, Longs, Ints, Codes, Codes, Longs, Floats, Longs]

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
        self._numbers = settings.numbers(flat=sites.flat)
        self._sites = site_rows(sites, COLUMNS if self._numbers[K_MAP] != 0.0 else 0)
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
        admit_scans(at, sensor, self._sites, self._seen, refused)
        begins = np.empty(scans + 1, np.int64)
        raw, source = np.empty((recording.plots, Z)), np.empty(recording.plots, np.int64)
        admit_plots(
            sensor, refused, np.ascontiguousarray(recording.start, np.int64),
            _floats(recording.range_m), _floats(recording.azimuth_rad),
            _floats(recording.elevation_rad), _floats(recording.range_rate_m_s),
            _floats(recording.height_m), self._sites, self._flat, self._plots, begins, raw, source,
            self._tally,
        )  # fmt: skip
        self._plots += recording.plots
        volume = np.ascontiguousarray(recording.volume).astype(np.int8)
        times: Floats = np.multiply(at - (self._epoch or 0), 1e-9, dtype=np.float64)
        parts: list[tuple[Longs, Floats, Floats]] = []
        first = 0
        while first < scans:
            first = self._block(
                first, (times, at, sensor, volume, refused, begins, raw, source), parts
            )
        return _history(parts)

    def _block(self, first: int, feed: Feed, parts: list[tuple[Longs, Floats, Floats]]) -> int:
        """Fold from scan ``first`` on until done or out of room; append the report to ``parts``."""
        begins = feed[5]
        size = self._room(len(feed[0]) - first, int(begins[-1] - begins[first]))
        told, states = np.empty((size, 5), np.int64), np.empty((size, 6))
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


def site_rows(sites: SiteBook, columns: int = 0) -> Floats:
    """Return a row per site, (S, SITE + columns), as :mod:`.layout` says; the last ones zero."""
    n = len(sites)
    rows = np.zeros((n, SITE + columns))
    if n == 0:
        return rows
    rows[:, 0:3] = sites.origin
    rows[:, 3:12] = np.reshape(sites.axes, (n, 9))
    rows[:, 12:16] = np.square(sites.sigma)
    rows[:, 16] = np.clip(sites.detection, 0.02, 0.98)
    depth = np.maximum(sites.reach[:, 1] - sites.reach[:, 0], 1.0)
    height = np.maximum(sites.elevation[:, 1] - sites.elevation[:, 0], 1e-3)
    false = np.maximum(sites.false_plots, 1e-3)
    rows[:, 17] = rows[:, 18] = np.log(false / (depth * 2.0 * math.pi * height))
    rows[:, 24] = rows[:, 25] = false
    rows[:, 19:21], rows[:, 21:23] = sites.reach, sites.elevation
    if sites.cell is not None:
        rows[:, CELL : CELL + 3] = np.nan_to_num(sites.cell)
    rows[:, 23] = sites.origin[:, 2] if sites.flat else ecef_to_geodetic(sites.origin)[2]
    return rows


def _floats(column: Floats) -> Floats:
    return np.ascontiguousarray(column, np.float64)


def _history(parts: list[tuple[Longs, Floats, Floats]]) -> TrackHistory:
    told, states, covariances = parts[0] if len(parts) == 1 else _joined(parts)
    return TrackHistory(
        scan=told[:, 0].astype(np.int32),
        at=told[:, 1].copy(),
        number=told[:, 2].astype(np.int32),
        state=states,
        covariance=covariances,
        updated=told[:, 3] != 0,
        plot=told[:, 4].copy(),
    )


def _joined(parts: list[tuple[Longs, Floats, Floats]]) -> tuple[Longs, Floats, Floats]:
    if not parts:
        return np.empty((0, 5), np.int64), np.empty((0, 6)), np.empty((0, 6, 6))
    told, states, covariances = (np.concatenate(column) for column in zip(*parts, strict=True))
    return told, states, covariances
