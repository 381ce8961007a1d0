"""The tracker core with labelled mixtures, and the choice of a core by the settings."""

from typing import ClassVar

import numpy as np

from tdome.command.tracking.dense.hypotheses import FACTS
from tdome.command.tracking.dense.lmb import fold_labels
from tdome.command.tracking.engine import fold as folding
from tdome.command.tracking.engine.engine import Engine, Feed
from tdome.command.tracking.engine.layout import CELL
from tdome.command.tracking.engine.settings import Settings
from tdome.messages.base import Floats, Longs
from tdome.messages.recording import Recording, TrackHistory
from tdome.plan.books.sites import SiteBook


def engine_for(sites: SiteBook, settings: Settings) -> Engine:
    """Return the core that the settings' association asks for."""
    return (
        LabelEngine(sites, settings) if settings.association == "lmb" else Engine(sites, settings)
    )


def track(recording: Recording, sites: SiteBook, settings: Settings) -> TrackHistory:
    """Track a whole recording with any association."""
    return engine_for(sites, settings).fold(recording)


class LabelEngine(Engine):
    """A tracker core that keeps several hypotheses of each track: association "lmb" (id lmb-v1)."""

    associations: ClassVar[tuple[str, ...]] = ("lmb",)

    def __init__(self, sites: SiteBook, settings: Settings) -> None:
        super().__init__(sites, settings)
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

    def _block(self, first: int, feed: Feed, parts: list[tuple[Longs, Floats, Floats]]) -> int:
        """Fold from scan ``first`` on until done or out of room; append the report to ``parts``."""
        begins = feed[5]
        size = self._room(len(feed[0]) - first, int(begins[-1] - begins[first]))
        told, states = np.empty((size, 5), np.int64), np.empty((size, 6))
        covariances, room = np.empty((size, 6, 6)), np.zeros(2, np.int64)
        first = fold_labels(
            first, *feed, self._rows, self._whole, self._lists, self._counters, self._clock,
            self._numbers, self._sites, self._cells, self._held, self._weight, self._size,
            self._exists, self._facts, self._labels, told, states, covariances, room,
        )  # fmt: skip
        end = int(room[0])
        parts.append((told[:end], states[:end], covariances[:end]))
        if room[1] == folding.MORE_ROWS:
            wanted = int(self._labels[0]) * self._held.shape[1]
            self._grow(int(begins[first + 1] - begins[first]) + wanted)
        return first

    def _grow(self, plots: int) -> None:
        super()._grow(plots)
        more = len(self._whole) - len(self._size)
        self._held = np.pad(self._held, ((0, more), (0, 0)))
        self._weight = np.pad(self._weight, ((0, more), (0, 0)))
        self._size, self._exists = np.pad(self._size, (0, more)), np.pad(self._exists, (0, more))
        self._facts = np.pad(self._facts, ((0, more), (0, 0)))
