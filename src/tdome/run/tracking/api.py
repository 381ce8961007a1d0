"""The public verb: track recorded plots.

``import tdome as td; td.track("scene.npz", truth="scene.npz").score.gospa_m``.
"""

from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import msgspec
import numpy as np

from tdome.command.tracking.dense.engine import engine_for
from tdome.command.tracking.engine import Engine, Settings
from tdome.gateways.recordings.refusals import Refusals
from tdome.kernel.errors import ConfigError
from tdome.messages.recording import Recording, TrackHistory, TruthHistory
from tdome.plan.books.sites import SiteBook
from tdome.run.tracking.inputs import Read, read_recording, read_truth
from tdome.run.tracking.written import write_result
from tdome.score.picture.report import CUTOFF, PictureScore, score_tracks, times_of

Progress = Callable[[float, int], None]
FILTERS: dict[str, Callable[[], Settings]] = {"imm": Settings.imm, "ekf": Settings.gnn_ekf}
ASSOCIATIONS = ("gnn", "jpda", "lmb")
SKIP = 5
"""First pictures that GOSPA leaves out: tracks need a few scans to be confirmed."""

_PARTS = 50  # of a recording, between which progress is shown


class Tracked(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """System tracks of a recording.

    refused: rows that the door refused; unused: scans and plots that the tracker could not use, by
    reason. score: where truth was given. cpu_s: CPU seconds of tracking alone.
    """

    recording: Recording
    sites: SiteBook
    settings: Settings
    tracks: TrackHistory
    refused: Refusals
    unused: dict[str, int]
    score: PictureScore | None
    cpu_s: float

    @property
    def numbers(self) -> int:
        """How many tracks there were in all."""
        return len(np.unique(self.tracks.number))

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the tracks themselves as plain values, for JSON."""
        recording = self.recording
        span = float(recording.at[-1] - recording.at[0]) * 1e-9 if len(recording) else 0.0
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
            "settings": msgspec.to_builtins(self.settings),
            "score": None if self.score is None else self.score.as_dict(),
        }

    def write(self, out: str | Path) -> list[Path]:
        """Write tracks to a .parquet or .geojson file, or all there is into a new folder.

        A folder gets tracks.parquet, tracks.geojson (not of a flat frame), summary.json, and
        refused.parquet if rows were refused. Raises ConfigError where something is there already,
        or can not be written.
        """
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


def track(
    *inputs: str | Path | Recording,
    sensors: str | Path | SiteBook | None = None,
    truth: str | Path | TruthHistory | None = None,
    settings: str | Settings = "imm",
    association: str = "gnn",
    cutoff: float = CUTOFF,
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
    progress : called with (seconds of the recording done, confirmed tracks).

    Raises
    ------
    ConfigError : for a file or name that is wrong; bad rows are refused and counted, never raised.
    """
    read = _read(inputs, sensors)
    chosen = preset(settings, association) if isinstance(settings, str) else settings
    return track_read(read, truth, settings=chosen, cutoff=cutoff, progress=progress)


def track_read(
    read: Read,
    truth: str | Path | TruthHistory | None = None,
    *,
    settings: Settings,
    cutoff: float = CUTOFF,
    progress: Progress | None = None,
) -> Tracked:
    """Track what was read already: see :func:`track`."""
    engine = engine_for(read.sites, settings)
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
        unused=engine.refused,
        score=score,
        cpu_s=cpu,
    )


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


def _fold(engine: Engine, recording: Recording, progress: Progress | None) -> TrackHistory:
    """Fold the recording in parts, so that progress can be shown; the same bits as in one."""
    scans = len(recording)
    if progress is None or not scans:
        return engine.fold(recording)
    step = max(1, scans // _PARTS)
    parts = []
    for first in range(0, scans, step):
        last = min(first + step, scans)
        parts.append(engine.fold(recording.part(first, last)))
        progress(float(recording.at[last - 1] - recording.at[0]) * 1e-9, engine.confirmed)
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in TrackHistory.__struct_fields__
    }
    return TrackHistory(**columns)
