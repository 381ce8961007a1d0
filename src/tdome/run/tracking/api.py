"""The public verb: track recorded plots.

``import tdome as td; td.track("scene.npz", truth="scene.npz").score.gospa_m``.
"""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from tdome.command.tracking.engine import Engine, Settings
from tdome.command.tracking.engine.settings import STANDS
from tdome.gateways.recordings.refusals import Refusals
from tdome.kernel.errors import ConfigError
from tdome.messages.recording import Recording, TrackHistory, TruthHistory
from tdome.plan.books.sites import SiteBook
from tdome.run.tracking.inputs import Read, read_recording, read_truth
from tdome.score.picture.report import CUTOFF, PictureScore, score_tracks, times_of

if TYPE_CHECKING:  # of one sensor it is never loaded
    from tdome.command.tracking.central import CentralTracker
    from tdome.command.tracking.central.tracker import Registered

Progress = Callable[[float, int], None]
FILTERS: dict[str, Callable[[], Settings]] = {
    "imm": Settings.imm,
    "ekf": Settings.gnn_ekf,
    "ukf": Settings.ukf,
}
ASSOCIATIONS = ("gnn", "jpda", "lmb")
SKIP = 5
"""First pictures that GOSPA leaves out: tracks need a few scans to be confirmed."""

LATE = 10.0
"""Seconds that a scan may come late and still be used."""

STANDING = "standing_track"
"""Key of unused: tracks that stand at the end, as fixed clutter does, and so are not told of."""

_LATEST = 3600.0  # s


class Tracked(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """System tracks of a recording.

    refused: rows that the door refused; unused: scans and plots that the tracker could not use, by
    reason, and tracks that stand. score: where truth was given. cpu_s: CPU seconds of tracking
    alone. registration: what was found of the sensors' biases, where there are two that report;
    late: scans that came late and were used.
    """

    recording: Recording
    sites: SiteBook
    settings: Settings
    tracks: TrackHistory
    refused: Refusals
    unused: dict[str, int]
    score: PictureScore | None
    cpu_s: float
    registration: "Registered | None" = None
    late: int = 0

    @property
    def numbers(self) -> int:
        """How many tracks there were in all."""
        return len(np.unique(self.tracks.number))

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the tracks themselves as plain values, for JSON."""
        recording = self.recording
        span = float(np.ptp(recording.at)) * 1e-9 if len(recording) else 0.0
        return {
            "sensors": list(self.sites.names),
            "frame": "flat" if self.sites.flat else "wgs84",
            "scans": len(recording),
            "plots": recording.plots,
            "seconds": span,
            "tracks": self.numbers,
            "rows": len(self.tracks),
            "cpu_s": self.cpu_s,
            "refused": self.refused.table(),
            "unused": self.unused,
            "late": self.late,
            "registration": msgspec.to_builtins(self.registration),
            "settings": msgspec.to_builtins(self.settings),
            "score": None if self.score is None else self.score.as_dict(),
        }

    def write(self, out: str | Path) -> list[Path]:
        """Write tracks to a .parquet or .geojson file, or all there is into a new folder.

        A folder gets tracks.parquet, tracks.geojson (not of a flat frame), summary.json, and
        refused.parquet if rows were refused. Raises ConfigError where something is there already,
        or can not be written.
        """
        from tdome.run.tracking.written import write_result  # noqa: PLC0415  (loads pyarrow)

        return write_result(self, out)


def preset(filter_name: str, association: str = "gnn") -> Settings:
    """Return settings by the names of filter and association. Raises ConfigError.

    Labelled mixtures (lmb) are tuned for three modes and go with imm alone.
    """
    if filter_name not in FILTERS:
        raise ConfigError.unknown(file="--filter", key="", name=filter_name, valid=list(FILTERS))
    if association not in ASSOCIATIONS:
        valid = list(ASSOCIATIONS)
        raise ConfigError.unknown(file="--association", key="", name=association, valid=valid)
    if association == "lmb":
        if filter_name != "imm":
            problem = f"'lmb' does not go with the filter {filter_name!r}"
            raise ConfigError("--association", None, "", problem, "it goes with 'imm'")
        return Settings.lmb()
    chosen = FILTERS[filter_name]()
    if association == "jpda":
        return msgspec.structs.replace(chosen, association="jpda")
    return chosen


def told_every(settings: Settings, seconds: float) -> Settings:
    """Return settings that tell of the tracks every so many seconds. Raises ConfigError."""
    if not 0.0 <= seconds < math.inf:
        raise ConfigError("--tell-every", None, "", f"{seconds} is no time in s, 0 or more")
    return msgspec.structs.replace(settings, tell_every=float(seconds))


def hiding_what_stands(settings: Settings) -> Settings:
    """Return settings that do not tell of what stands for a minute, as fixed clutter does."""
    return msgspec.structs.replace(settings, still=STANDS)


def track(  # noqa: PLR0913  (what people may ask for)
    *inputs: str | Path | Recording,
    sensors: str | Path | SiteBook | None = None,
    truth: str | Path | TruthHistory | None = None,
    settings: str | Settings = "imm",
    association: str = "gnn",
    cutoff: float = CUTOFF,
    registration: bool = True,
    late: float = LATE,
    tell_every: float | None = None,
    hide_standing: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Tracked:
    """Track recorded plots; score the tracks where truth is given.

    Parameters
    ----------
    inputs : a .npz scene, a folder of `tdome run`, any number of .parquet files, or one Recording.
    sensors : site file, plan or SiteBook; .parquet plots and a Recording need it.
    truth : a .npz scene, .parquet, the folder of a run, or a TruthHistory in the tracks' frame.
    settings : "imm" (three modes, scores), "ekf" (one filter, counts) or Settings.
    association : "gnn", "jpda" or "lmb"; of no meaning where Settings are given.
    cutoff : distance in m from which on a track is of nobody.
    registration : whether biases are estimated, and plots corrected, where two sensors report.
    late : s after the newest scan that one may come and still be used; 0 uses none.
    tell_every : s between two reports of the tracks; 0 tells after each scan. Large pictures give
        large reports (0.4 GB a million rows). None: as the settings have it (the presets: 0).
    hide_standing : what has stood for a minute, as masts and wind farms do, is not told of.
    workers : threads for large pictures; the tracks are the same bits for any number.
    progress : called with (seconds of the recording done, confirmed tracks).

    Raises
    ------
    ConfigError : for a file or name that is wrong; bad rows are refused and counted, never raised.
    """
    read = _read(inputs, sensors)
    chosen = preset(settings, association) if isinstance(settings, str) else settings
    if tell_every is not None:
        chosen = told_every(chosen, tell_every)
    if hide_standing:
        chosen = hiding_what_stands(chosen)
    return track_read(
        read, truth, settings=chosen, cutoff=cutoff, registration=registration, late=late,
        workers=workers, progress=progress,
    )  # fmt: skip


def track_read(  # noqa: PLR0913  (what people may ask for)
    read: Read,
    truth: str | Path | TruthHistory | None = None,
    *,
    settings: Settings,
    cutoff: float = CUTOFF,
    registration: bool = True,
    late: float = LATE,
    workers: int = 1,
    progress: Progress | None = None,
) -> Tracked:
    """Track what was read already: see :func:`track`."""
    if workers < 1:
        raise ConfigError("--workers", None, "", f"{workers} is less than 1")
    engine = tracker_for(read, settings, registration=registration, late=late, workers=workers)
    began = process_time()
    tracks = _fold(engine, read.recording, progress)
    cpu = process_time() - began
    score = None
    if truth is not None:
        times = times_of(read.recording)
        if not isinstance(truth, TruthHistory):
            truth = read_truth(Path(truth), read.sites, times)
        score = score_tracks(
            tracks,
            truth,
            cutoff=cutoff,
            times=times,
            skip=SKIP,
            recording=read.recording,
            sites=read.sites,
        )
    return Tracked(
        recording=read.recording,
        sites=read.sites,
        settings=settings,
        tracks=tracks,
        refused=read.refused,
        unused=engine.refused | ({STANDING: engine.still} if engine.still else {}),
        score=score,
        cpu_s=cpu,
        registration=None if isinstance(engine, Engine) else engine.registration,
        late=0 if isinstance(engine, Engine) else engine.late,
    )


def tracker_for(
    read: Read, settings: Settings, *, registration: bool, late: float, workers: int
) -> "Engine | CentralTracker":
    """Return the engine alone where nothing is to be registered and nothing came late.

    Raises ConfigError for a time that is none.
    """
    if not 0.0 <= late < _LATEST:
        problem = f"{late} s is no time that a scan may be late"
        raise ConfigError("--late", None, "", problem, f"0 to {_LATEST:.0f}")
    at, sensor = read.recording.at, read.recording.sensor
    known = np.unique(sensor[(sensor >= 0) & (sensor < len(read.sites))])
    registration = registration and len(known) > 1
    replayed = late if (np.diff(at) < 0).any() else 0.0
    # What is not needed is not loaded: the first output of a small scene counts by tenths of 1 s.
    if not registration and not replayed and settings.association in Engine.associations:
        return Engine(read.sites, settings, workers=workers)
    from tdome.command.tracking.dense.engine import engine_for  # noqa: PLC0415

    if not registration and not replayed:
        return engine_for(read.sites, settings, workers=workers)
    from tdome.command.tracking.central import CentralTracker, Options  # noqa: PLC0415

    options = Options(registration=registration, late=replayed)
    make = partial(engine_for, workers=workers)
    return CentralTracker(read.sites, settings, options, make)


def _read(
    inputs: tuple[str | Path | Recording, ...], sensors: str | Path | SiteBook | None
) -> Read:
    recordings = [one for one in inputs if isinstance(one, Recording)]
    if recordings:
        if len(inputs) > 1 or not isinstance(sensors, SiteBook):
            raise ConfigError("track", None, "sensors", "a Recording needs a SiteBook, and is one")
        return Read(recording=recordings[0], sites=sensors, refused=Refusals())
    if isinstance(sensors, SiteBook):
        raise ConfigError("track", None, "sensors", "files need the name of a site file or plan")
    paths = [Path(one) for one in inputs if not isinstance(one, Recording)]
    return read_recording(paths, None if sensors is None else Path(sensors))


def _fold(
    engine: "Engine | CentralTracker", recording: Recording, progress: Progress | None
) -> TrackHistory:
    """Fold the recording; the same bits whether progress is shown or not."""
    fold = engine.fold if isinstance(engine, Engine) else engine.track
    if progress is None:
        return fold(recording)

    def heard(scans: int) -> None:
        progress(float(recording.at[scans - 1] - recording.at[0]) * 1e-9, engine.confirmed)

    return fold(recording, heard)
