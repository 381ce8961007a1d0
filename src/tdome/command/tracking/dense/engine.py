"""The tracker core with labelled mixtures, and the choice of a core by the settings."""

from typing import ClassVar

import numpy as np

from tdome.command.tracking.dense.hypotheses import FACTS
from tdome.command.tracking.dense.lmb import fold_labels
from tdome.command.tracking.engine.admit import UNUSED_CROSSING
from tdome.command.tracking.engine.directions.rounds import Birth
from tdome.command.tracking.engine.engine import Engine, Feed
from tdome.command.tracking.engine.layout import CELL, SCORE
from tdome.command.tracking.engine.settings import Settings
from tdome.command.tracking.engine.telling.report import Report
from tdome.kernel.crew import Crew
from tdome.messages.base import Longs, Singles
from tdome.messages.recording import Recording, TrackHistory
from tdome.plan.books.sites import SiteBook


def engine_for(sites: SiteBook, settings: Settings, *, workers: int = 1) -> Engine:
    """Return the core that the settings' association asks for.

    workers: as of :class:`Engine`; labelled mixtures are done by one thread whatever it says.
    """
    core = LabelEngine if settings.association == "lmb" else Engine
    return core(sites, settings, workers=workers)


def track(recording: Recording, sites: SiteBook, settings: Settings) -> TrackHistory:
    """Track a whole recording with any association."""
    return engine_for(sites, settings).fold(recording)


_MOST_GAIN = 20.0  # of log odds by one direction


class LabelEngine(Engine):
    """A tracker core that keeps several hypotheses of each track: association "lmb" (id lmb-v1)."""

    associations: ClassVar[tuple[str, ...]] = ("lmb",)
    falls: ClassVar[bool] = False

    def __init__(self, sites: SiteBook, settings: Settings, *, workers: int = 1) -> None:
        super().__init__(sites, settings, workers=workers)
        told = (self._sites[:, CELL : CELL + 3] > 0.0).all(axis=1)
        self._sites[~told, CELL : CELL + 3] = settings.cell
        store = len(self._whole)
        self._held = np.zeros((store, max(settings.hypotheses, 1)), np.int32)
        self._weight = np.zeros(self._held.shape)
        self._size, self._exists = np.zeros(store, np.int32), np.zeros(store)
        self._facts, self._labels = np.zeros((store, FACTS), np.int64), np.zeros(2, np.int64)

    @property
    def merged_plots(self) -> int:
        """Updates with a plot that was taken as that of several targets, so far."""
        return int(self._labels[1])

    def _run(  # labels are done by one thread
        self, first: int, feed: Feed, report: Report, room: Longs, _crew: Crew | None
    ) -> int:
        return fold_labels(
            first, *feed, self._rows, self._whole, self._lists, self._counters, self._clock,
            self._numbers, self._sites, self._cells, self._held, self._weight, self._size,
            self._exists, self._facts, self._labels, report.told, report.states,
            report.covariances, room,
        )  # fmt: skip

    def _wanted(self, plots: int) -> int:
        return plots + int(self._labels[0]) * self._held.shape[1]

    def _listen(self, n: int, feed: Feed, snr: Singles, report: Report) -> None:
        """Feed directions to the heaviest rows of told labels; these exist the more surely."""
        count = int(self._labels[0])
        rows = self._held[:count, 0]
        before = self._rows[rows, SCORE]
        super()._listen(n, feed, snr, report)
        gain = np.clip(self._rows[rows, SCORE] - before, 0.0, _MOST_GAIN)
        odds = np.exp(gain) * self._exists[:count]
        self._exists[:count] = odds / (odds + 1.0 - self._exists[:count])

    def _enlist(self, birth: Birth) -> None:
        """Leave a track from directions alone: labels begin at plots. It is counted."""
        self._tally[UNUSED_CROSSING] += 1

    def _grow(self, plots: int) -> None:
        super()._grow(plots)
        more = len(self._whole) - len(self._size)
        self._held = np.pad(self._held, ((0, more), (0, 0)))
        self._weight = np.pad(self._weight, ((0, more), (0, 0)))
        self._size, self._exists = np.pad(self._size, (0, more)), np.pad(self._exists, (0, more))
        self._facts = np.pad(self._facts, ((0, more), (0, 0)))
