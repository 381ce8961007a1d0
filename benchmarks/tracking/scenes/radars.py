"""What radars on flat ground report of flyers: noise, losses, false plots, scans of their own."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from benchmarks.tracking.scenes.scene import Floats, Scene, Whole
from numpy.random import Generator


class Radars(NamedTuple):
    """R radars: place (R, 3) m, period and phase (R,) s, sigma (R, 3) m, rad, rad; one reach.

    reach: least and greatest range, m. lowest, top: elevation, rad. rise: mean elevation of false
    plots above the lowest, rad. false_plots: a scan.
    """

    place: Floats
    period: Floats
    phase: Floats
    sigma: Floats
    reach: tuple[float, float]
    lowest: float
    top: float
    rise: float
    detection: float
    false_plots: float

    def visits(self, end: float) -> tuple[Floats, Whole]:
        """Return times, s, before the end and radars of all scans, in order of time."""
        scans = sorted(
            (float(t), r)
            for r in range(len(self.place))
            for t in np.arange(self.phase[r], end, self.period[r])
        )
        return np.array([t for t, _ in scans]), np.array([r for _, r in scans], np.int32)


def plotted(
    name: str,
    radars: Radars,
    scans: tuple[Floats, Whole],
    truth: Floats,
    rng: Generator,
    measured: Callable[[Floats, Floats, int], Floats],
) -> Scene:
    """Return the scene of scans (times, radars) of flyers.

    truth: (K, N, 6) at the scans, nan where a flyer is not. measured: plots (n, 3) of what a radar
    (the third) would tell without error (the first) and its noise (the second).
    """
    at, radar = scans
    polar, source, scan = [], [], []
    for k, r in enumerate(radar.tolist()):
        there = np.flatnonzero(~np.isnan(truth[k, :, 0]))
        apart = truth[k, there][:, 0::2] - radars.place[r]
        away = np.linalg.norm(apart, axis=1)
        exact = np.c_[away, np.arctan2(apart[:, 1], apart[:, 0]), np.arcsin(apart[:, 2] / away)]
        seen = (away > radars.reach[0]) & (away < radars.reach[1])
        seen &= (exact[:, 2] > radars.lowest) & (exact[:, 2] < radars.top)
        seen &= rng.uniform(size=len(there)) < radars.detection
        noise = rng.normal(size=(int(seen.sum()), 3)) * radars.sigma[r]
        own = measured(exact[seen], noise, r)
        extra = int(rng.poisson(radars.false_plots))
        up = np.minimum(radars.lowest + rng.exponential(radars.rise, extra), radars.top)
        false = np.c_[rng.uniform(*radars.reach, extra), rng.uniform(-np.pi, np.pi, extra), up]
        both = np.r_[own, false]
        order = rng.permutation(len(both))
        polar.append(both[order])
        source.append(np.r_[there[seen], np.full(extra, -1)][order])
        scan.append(np.full(len(both), k))
    plot_scan, count = np.concatenate(scan).astype(np.int32), len(radars.place)
    return Scene(
        name=name,
        t=at,
        scan_radar=radar,
        truth=truth,
        truth_scan=np.arange(len(at), dtype=np.int32),
        plot_scan=plot_scan,
        plot_radar=radar[plot_scan],
        polar=np.concatenate(polar),
        source=np.concatenate(source).astype(np.int32),
        radar_pos=radars.place,
        variances=radars.sigma**2,
        detection=np.full(count, radars.detection),
        false_plots=np.full(count, radars.false_plots),
        period=radars.period,
        bounds=np.array([*radars.reach, -np.pi, np.pi, radars.lowest, radars.top]),
    )
