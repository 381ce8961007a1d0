"""A scene: what flew, what the radars reported; on disk in the benchmark's .npz format.

The format is that of `shared/data/tracking/README.md` (flat earth, metres, seconds, azimuth as
atan2(y, x)), with one radar a scan and more columns where radars differ: `scan_radar` (K,),
`R_diag`, `pd`, `lam` with a row per radar, `period` (R,), `truth_scan` (T,) the scans that `truth`
tells of. A tracker gets `recording()` and `sites()`; the rest is for scoring.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tdome.messages.recording import Recording, TruthHistory
from tdome.plan.books.sites import SiteBook

Floats = NDArray[np.float64]
Whole = NDArray[np.int32]
NS = 1_000_000_000
PLACE_AND_SPEED = (0, 2, 4, 1, 3, 5)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """K scans of R radars on N flyers, M plots.

    t: (K,) s. scan_radar: (K,). truth: (T, N, 6) x, vx, y, vy, z, vz, nan where a flyer is not.
    truth_scan: (T,) scans that the truth tells of. plot_scan, plot_radar, source: (M,) of each
    plot; source is the flyer, -1 for false. polar: (M, 3) range, atan2(y, x), elevation.
    radar_pos, variances: (R, 3). detection, false_plots, period: (R,). bounds: (6,) least and
    greatest range, azimuth, elevation.
    """

    name: str
    t: Floats
    scan_radar: Whole
    truth: Floats
    truth_scan: Whole
    plot_scan: Whole
    plot_radar: Whole
    polar: Floats
    source: Whole
    radar_pos: Floats
    variances: Floats
    detection: Floats
    false_plots: Floats
    period: Floats
    bounds: Floats

    @property
    def plots(self) -> int:
        """Plots in all scans."""
        return len(self.polar)

    def recording(self) -> Recording:
        """Return the plots as the tracker reads them."""
        count, scans = self.plots, len(self.t)
        start = np.searchsorted(self.plot_scan, np.arange(scans + 1)).astype(np.int64)
        return Recording(
            at=np.round(self.t * NS).astype(np.int64),
            sensor=self.scan_radar.astype(np.int32),
            start=start,
            volume=np.ones(scans, np.bool_),
            range_m=self.polar[:, 0].copy(),
            azimuth_rad=np.mod(np.pi / 2 - self.polar[:, 1], 2 * np.pi),
            elevation_rad=self.polar[:, 2].copy(),
            range_rate_m_s=np.full(count, np.nan),
            snr_db=np.full(count, np.nan, np.float32),
            address=np.full(count, -1, np.int32),
            height_m=np.full(count, np.nan),
        )

    def sites(self) -> SiteBook:
        """Return what the tracker may believe of the radars."""
        radars = len(self.radar_pos)
        rate = np.full((radars, 1), np.nan)
        return SiteBook(
            names=tuple(f"radar-{r}" for r in range(radars)),
            flat=True,
            origin=self.radar_pos,
            axes=np.broadcast_to(np.eye(3), (radars, 3, 3)).copy(),
            sigma=np.hstack([np.sqrt(self.variances), rate]),
            detection=self.detection,
            false_plots=self.false_plots,
            reach=np.broadcast_to(self.bounds[0:2], (radars, 2)).copy(),
            elevation=np.broadcast_to(self.bounds[4:6], (radars, 2)).copy(),
            period=self.period,
        )

    def truth_history(self) -> TruthHistory:
        """Return the truth as the scorer reads it."""
        there = ~np.isnan(self.truth[:, :, 0])
        row, flyer = np.nonzero(there)
        return TruthHistory(
            at=np.round(self.t[self.truth_scan[row]] * NS).astype(np.int64),
            flyer=flyer.astype(np.int32),
            state=self.truth[row, flyer][:, PLACE_AND_SPEED],
        )

    def first(self, scans: int) -> "Scene":
        """Return the first scans alone."""
        plots = int(np.searchsorted(self.plot_scan, scans))
        told = self.truth_scan < scans
        columns = {name: getattr(self, name)[:plots] for name in PLOT_COLUMNS}
        return Scene(
            name=self.name,
            t=self.t[:scans],
            scan_radar=self.scan_radar[:scans],
            truth=self.truth[told],
            truth_scan=self.truth_scan[told],
            **columns,
            **{name: getattr(self, name) for name in RADAR_COLUMNS},
        )

    def save(self, path: Path) -> None:
        """Write the scene in the benchmark's format."""
        np.savez_compressed(
            path,
            t=self.t,
            scan_radar=self.scan_radar,
            truth=self.truth,
            truth_scan=self.truth_scan,
            klass=np.zeros(self.truth.shape[1], np.int8),
            det_k=self.plot_scan,
            det_radar=self.plot_radar,
            det_z=self.polar,
            det_src=self.source,
            radar_pos=self.radar_pos,
            R_diag=self.variances,
            pd=self.detection,
            lam=self.false_plots,
            period=self.period,
            bounds=self.bounds,
        )


PLOT_COLUMNS = ("plot_scan", "plot_radar", "polar", "source")
RADAR_COLUMNS = ("radar_pos", "variances", "detection", "false_plots", "period", "bounds")


def read(path: Path) -> Scene:
    """Read a scene with one radar a scan. Raises ValueError where several report in one."""
    with np.load(path) as kept:
        have = dict(kept)
    radars, scans = len(have["radar_pos"]), len(have["t"])
    if radars > 1 and "scan_radar" not in have:
        message = f"{path}: several radars in a scan"
        raise ValueError(message)
    order = np.argsort(have["det_k"], kind="stable")
    return Scene(
        name=path.stem,
        t=have["t"].astype(float),
        scan_radar=have.get("scan_radar", np.zeros(scans, np.int32)),
        truth=have["truth"],
        truth_scan=have.get("truth_scan", np.arange(scans, dtype=np.int32)),
        plot_scan=have["det_k"][order],
        plot_radar=have["det_radar"][order].astype(np.int32),
        polar=have["det_z"][order],
        source=have["det_src"][order],
        radar_pos=have["radar_pos"].astype(float),
        variances=np.broadcast_to(have["R_diag"], (radars, 3)).astype(float),
        detection=np.broadcast_to(have["pd"], (radars,)).astype(float),
        false_plots=np.broadcast_to(have["lam"], (radars,)).astype(float),
        period=np.asarray(have.get("period", np.full(radars, np.diff(have["t"])[0])), float),
        bounds=have["bounds"],
    )
