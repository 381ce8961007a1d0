"""The public verb: fuse the tracks of several sensors into system tracks.

``import tdome as td; td.fuse("north.parquet", "south.parquet").tracks``.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.tracking.fusion.system import Fused, TrackFusion
from tdome.gateways.recordings.refusals import Refusals
from tdome.messages.base import Floats, Longs
from tdome.messages.recording import TrackHistory, TruthHistory
from tdome.plan.books.sites import SiteBook
from tdome.run.tracking.api import SKIP, Tracked
from tdome.run.tracking.inputs import read_truth
from tdome.run.tracking.sources import Sources, read_sources
from tdome.run.tracking.written import write_result
from tdome.score.picture.report import CUTOFF, PictureScore, score_tracks

Progress = Callable[[float, int], None]
_PERIODS = 2.5  # of a source without a list, and its tracks are not told of any more
_LEAST_FRESH = 5.0  # s
_SHOWN = 50  # times that progress is shown


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What one source gave: lists, rows and tracks of its own.

    fed: system tracks that it fed. share: of all system tracks. separation_m: mean distance of its
    tracks from the system tracks that they fed, when they did.
    """

    name: str
    lists: int
    rows: int
    tracks: int
    fed: int
    share: float
    separation_m: float


class FusedTracks(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """System tracks of several sources' tracks; frame and format are those of the sources.

    superseded: lists that came after a newer one of their source. merged: duplicates made one.
    refused: rows that the door refused. score: where truth was given. cpu_s: of fusion alone.
    """

    sources: tuple[Source, ...]
    settings: TrackFusion
    tracks: TrackHistory
    sites: SiteBook
    refused: Refusals
    superseded: int
    merged: int
    score: PictureScore | None
    cpu_s: float

    @property
    def numbers(self) -> int:
        """How many system tracks there were in all."""
        return len(np.unique(self.tracks.number))

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the tracks themselves as plain values, for JSON."""
        at = self.tracks.at
        return {
            "sources": [msgspec.to_builtins(one) for one in self.sources],
            "frame": "flat" if self.sites.flat else "wgs84",
            "seconds": float(at[-1] - at[0]) * 1e-9 if len(at) else 0.0,
            "tracks": self.numbers,
            "rows": len(self.tracks),
            "merged": self.merged,
            "superseded": self.superseded,
            "cpu_s": self.cpu_s,
            "refused": self.refused.table(),
            "settings": msgspec.to_builtins(self.settings),
            "score": None if self.score is None else self.score.as_dict(),
        }

    def write(self, out: str | Path) -> list[Path]:
        """Write as :func:`tdome.run.tracking.written.write_result` says. Raises ConfigError."""
        return write_result(self, out)


def fuse(
    *inputs: str | Path | Tracked,
    names: Sequence[str] | None = None,
    truth: str | Path | TruthHistory | None = None,
    settings: TrackFusion | None = None,
    cutoff: float = CUTOFF,
    progress: Progress | None = None,
) -> FusedTracks:
    """Fuse the tracks of several sources into system tracks; score them where truth is given.

    Parameters
    ----------
    inputs : for each source a .parquet of tracks, a folder that `tdome track --out` wrote, or what
        :func:`tdome.track` returned.
    names : of the sources; if not given, those of their files, or "source 1", …
    truth : as for :func:`tdome.track`.
    settings : of the fusion.
    cutoff : distance in m from which on a track is of nobody.
    progress : called with (seconds done, system tracks).

    Raises
    ------
    ConfigError : for a file, column or name that is wrong, or sources in different frames; bad
    rows are refused and counted, never raised.
    """
    return fuse_read(
        read_sources(inputs, names), truth, settings=settings, cutoff=cutoff, progress=progress
    )


def fuse_read(
    sources: Sources,
    truth: str | Path | TruthHistory | None = None,
    *,
    settings: TrackFusion | None = None,
    cutoff: float = CUTOFF,
    progress: Progress | None = None,
) -> FusedTracks:
    """Fuse what was read already: see :func:`fuse`."""
    chosen = settings or TrackFusion()
    began = process_time()
    report, fused = _folded(sources, chosen, progress)
    cpu = process_time() - began
    tracks = report.history()
    sites = _nowhere(flat=sources.tracks[0].flat)
    score = None
    if truth is not None:
        times = np.unique(np.concatenate([one.at for one in sources.tracks]))
        if not isinstance(truth, TruthHistory):
            truth = read_truth(Path(truth), sites, times)
        score = score_tracks(tracks, truth, cutoff=cutoff, times=times, skip=SKIP)
    return FusedTracks(
        sources=report.summaries(sources, len(np.unique(tracks.number))),
        settings=chosen,
        tracks=tracks,
        sites=sites,
        refused=sources.refused,
        superseded=fused.superseded,
        merged=fused.merged,
        score=score,
        cpu_s=cpu,
    )


def _folded(
    sources: Sources, fusion: TrackFusion, progress: Progress | None
) -> tuple["_Report", Fused]:
    """Fold all lists in the order of time, then of sources."""
    at = np.concatenate([one.at for one in sources.tracks])
    source = np.repeat(np.arange(len(sources.tracks)), [len(one) for one in sources.tracks])
    place = np.concatenate([np.arange(len(one)) for one in sources.tracks])
    report, fused = _Report(len(sources.tracks)), Fused.start(len(sources.tracks))
    fresh = min(max(_LEAST_FRESH, _PERIODS * sources.slowest), fusion.silence)
    order = np.lexsort((source, at))
    for step, k in enumerate(order.tolist()):
        s, one = int(source[k]), sources.tracks[source[k]]
        rows = slice(one.start[place[k]], one.start[place[k] + 1])
        told = one.state[rows], one.covariance[rows]
        fused = fusion.fold(fused, int(at[k]), s, one.number[rows], told)
        updated = one.number[rows][one.updated[rows]]
        report.add(step, s, fused, updated, fused.told(fresh, fusion.alone))
        if progress is not None and step % max(1, len(order) // _SHOWN) == 0:
            progress(float(at[k] - at[order[0]]) * 1e-9, len(fused.number))
    return report, fused


class _Report:
    """What was told after each list, and who fed it."""

    def __init__(self, sources: int) -> None:
        self._parts: list[tuple[Longs, Longs, Longs, Floats, Floats, NDArray[np.bool_]]] = []
        self._fed: list[set[int]] = [set() for _ in range(sources)]
        self._apart = np.zeros((sources, 2))

    def add(
        self, step: int, source: int, fused: Fused, updated: Longs, told: NDArray[np.bool_]
    ) -> None:
        rows = np.flatnonzero(told)
        mine = fused.local[rows, source]
        self._parts.append(
            (
                np.full(len(rows), step),
                np.full(len(rows), fused.at),
                fused.number[rows],
                fused.state[rows],
                fused.covariance[rows],
                np.isin(mine, updated) & (mine >= 0),
            )
        )
        fed = rows[(mine >= 0) & (fused.local_at[rows, source] == fused.at)]
        self._fed[source].update(fused.number[fed].tolist())
        off = fused.local_state[fed, source, :3] - fused.state[fed, :3]
        self._apart[source] += np.linalg.norm(off, axis=1).sum(), len(fed)

    def history(self) -> TrackHistory:
        if not self._parts:
            none = np.empty(0, np.int64)
            state, cov = np.empty((0, 6)), np.empty((0, 6, 6))
            self._parts.append((none, none, none, state, cov, np.empty(0, np.bool_)))
        step, at, number, state, covariance, updated = (
            np.concatenate(column) for column in zip(*self._parts, strict=True)
        )
        return TrackHistory(
            scan=step.astype(np.int32),
            at=at,
            number=number.astype(np.int32),
            state=state,
            covariance=covariance,
            updated=updated,
            plot=np.full(len(at), -1, np.int64),
        )

    def summaries(self, sources: Sources, systems: int) -> tuple[Source, ...]:
        return tuple(
            Source(
                name=name,
                lists=len(one),
                rows=len(one.number),
                tracks=len(np.unique(one.number)),
                fed=len(fed),
                share=len(fed) / systems if systems else 0.0,
                separation_m=float(total / count) if count else float("nan"),
            )
            for name, one, fed, (total, count) in zip(
                sources.names, sources.tracks, self._fed, self._apart, strict=True
            )
        )


def _nowhere(*, flat: bool) -> SiteBook:
    """Return a book of no site: it tells the frame alone."""
    none = np.empty(0)
    return SiteBook(
        names=(),
        flat=flat,
        origin=np.empty((0, 3)),
        axes=np.empty((0, 3, 3)),
        sigma=np.empty((0, 4)),
        detection=none,
        false_plots=none,
        reach=np.empty((0, 2)),
        elevation=np.empty((0, 2)),
        period=none,
    )
