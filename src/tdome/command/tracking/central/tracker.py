"""The central tracker: one air picture of all sensors' plots."""

from collections.abc import Callable
from typing import Self

import msgspec
import numpy as np

from tdome.command.tracking.central.core import Core, Make
from tdome.command.tracking.central.late import Replayed, named
from tdome.command.tracking.central.options import NS, Options
from tdome.command.tracking.central.pieces import told
from tdome.command.tracking.dense.engine import engine_for
from tdome.command.tracking.engine.settings import Settings
from tdome.command.tracking.registration.state import COMPONENTS
from tdome.messages.recording import Recording, TrackHistory
from tdome.plan.books.sites import SiteBook

_PIECES = 50  # of a recording, between which progress is told


class SiteBias(msgspec.Struct, frozen=True, kw_only=True):
    """What is believed of a sensor's biases: estimate and its standard error.

    plots: of targets that other sensors see too, from which it comes. Measured less true.
    """

    site: str
    plots: int
    range_m: float
    range_sigma_m: float
    azimuth_rad: float
    azimuth_sigma_rad: float
    elevation_rad: float
    elevation_sigma_rad: float
    time_s: float
    time_sigma_s: float


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """What the registration found. any: probability that there are any biases."""

    any: float
    sites: tuple[SiteBias, ...]


class CentralTracker:
    """The engine, its sensors registered while it tracks, and scans used that come late.

    Parameters
    ----------
    sites
        What is believed of the sensors; their frame is the frame of the tracks.
    settings
        Of the engine.
    options
        Of registration and late scans.
    make
        Makes the engine.

    Scans are folded in the order in which they come. Data never make it raise. The same scans in
    one recording or in several give the same bits.
    """

    def __init__(
        self,
        sites: SiteBook,
        settings: Settings,
        options: Options | None = None,
        make: Make = engine_for,
    ) -> None:
        self.options = Options() if options is None else options
        self.settings, self._sites = settings, sites
        core = Core(sites, settings, self.options, make)
        self._replayed = Replayed(core, sites, round(self.options.late * NS))
        self._count = (0, 0)

    @property
    def _core(self) -> Core:
        return self._replayed.core

    @property
    def refused(self) -> dict[str, int]:
        """How many scans and plots were refused, by reason; what never came is left out."""
        return self._core.engine.refused

    @property
    def late(self) -> int:
        """Scans that came late and were used."""
        return self._replayed.used

    @property
    def confirmed(self) -> int:
        """Confirmed tracks that live now."""
        return self._core.engine.confirmed

    @property
    def still(self) -> int:
        """Confirmed tracks that stand now, and so are not told of."""
        return self._core.engine.still

    @property
    def merged(self) -> int:
        """Duplicates that were removed so far."""
        return self._core.engine.merged

    @property
    def registration(self) -> Registered | None:
        """What is known of the sensors' biases; None where they are not estimated."""
        if not self.options.registration:
            return None
        state = self._core.state
        bias = state.bias.reshape(-1, COMPONENTS)
        sigma = np.sqrt(np.diag(state.covariance)).reshape(-1, COMPONENTS)
        names = ("range_m", "azimuth_rad", "elevation_rad", "time_s")
        rows = []
        for s, site in enumerate(self._sites.names):
            values = dict(zip(names, bias[s].tolist(), strict=True))
            for name, value in zip(names, sigma[s].tolist(), strict=True):
                word, unit = name.rsplit("_", 1)
                values[f"{word}_sigma_{unit}"] = value
            rows.append(SiteBias(site=site, plots=int(self._core.lessons[s]), **values))
        return Registered(any=self._core.belief.any, sites=tuple(rows))

    def fold(self, recording: Recording) -> TrackHistory:
        """Fold the next scans into the tracks; return what the tracks were after each.

        ``scan`` and ``plot`` of the history count on from the scans and plots folded before. Where
        stamps are corrected, a scan may be held for a fraction of a second, and is told of by a
        later call: see :meth:`finish`. The recording is not modified.
        """
        return told(self._pieces(recording))

    def track(
        self, recording: Recording, heard: Callable[[int], None] | None = None
    ) -> TrackHistory:
        """Fold the last scans there are; as :meth:`fold` and :meth:`finish`.

        ``heard`` is called some fifty times with the number of scans that are folded.
        """
        scans = len(recording)
        step = max(1, scans // _PIECES if heard else scans)
        self._core.engine.write_on()
        parts: list[TrackHistory] = []
        for first in range(0, scans, step):
            end = min(first + step, scans)
            parts += self._pieces(recording.part(first, end))
            if heard is not None:
                heard(end)
        return told([*parts, self.finish()])

    def _pieces(self, recording: Recording) -> list[TrackHistory]:
        scans, plots = self._count
        self._count = scans + len(recording), plots + recording.plots
        return self._replayed.fold(named(recording, scans, plots))

    def finish(self) -> TrackHistory:
        """Return what the tracks were after the scans that are held back; no more may come."""
        return self._core.finish()

    def copy(self) -> Self:
        """Return a tracker that goes on from here on its own."""
        other = type(self).__new__(type(self))
        vars(other).update(vars(self))
        other._replayed = self._replayed.copy()
        return other
