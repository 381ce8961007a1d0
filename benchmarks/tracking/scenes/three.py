"""Three asynchronous radars around the flyers of the standard scenes, with or without biases.

Flyers are those of :mod:`.standard` (80-320 m/s, 30 % turning at 1-4 g, births, deaths), between
its 4 s steps by cubic Hermite curves. Radars of 4, 5 and 6 s on a triangle, 60-110 km from the
middle, reach 220 km, 40 m, 0.12 and 0.20 degrees, Pd 0.9, 60 false plots a scan each.
"""

import numpy as np
from benchmarks.tracking.scenes import standard
from benchmarks.tracking.scenes.scene import Floats, Scene
from numpy.random import default_rng

RADARS = np.array([[-70e3, -40e3, 300.0], [90e3, -60e3, 500.0], [10e3, 85e3, 100.0]])
PERIODS, PHASES = np.array([4.0, 5.0, 6.0]), np.array([0.4, 1.9, 3.1])
SIGMA = np.array([40.0, np.deg2rad(0.12), np.deg2rad(0.20)])
BIAS = np.array([[60, 0.10, 0.05], [-40, -0.08, 0.0], [30, 0.05, -0.05]]) * [1, 0.01745, 0.01745]
REACH_M, TOP_RAD, LOW_RAD = (2e3, 220e3), np.deg2rad(45.0), np.deg2rad(4.0)
DETECTION, FALSE_PLOTS = 0.9, 60.0


def _between(truth: Floats, at: Floats) -> Floats:
    """Return (K, N, 6) at other times, nan where a flyer is not at both ends of a step."""
    step = standard.PERIOD_S
    first = np.minimum((at / step).astype(int), len(truth) - 2)
    u = (at / step - first)[:, None, None]
    a, b = truth[first], truth[first + 1]
    p, q, v, w = a[..., 0::2], b[..., 0::2], a[..., 1::2] * step, b[..., 1::2] * step
    out = np.empty_like(a)
    out[..., 0::2] = (
        (2 * u**3 - 3 * u**2 + 1) * p
        + (u**3 - 2 * u**2 + u) * v
        + (3 * u**2 - 2 * u**3) * q
        + (u**3 - u**2) * w
    )
    rise = (6 * u**2 - 6 * u) * (p - q) + (3 * u**2 - 4 * u + 1) * v + (3 * u**2 - 2 * u) * w
    out[..., 1::2] = rise / step
    return out


def make(
    targets: int, seed: int, *, biased: bool = False, raid: bool = False, scans: int = 50
) -> Scene:
    """Return the scene of a seed."""
    end = (scans - 1) * standard.PERIOD_S
    visits = sorted((float(t), r) for r in range(3) for t in np.arange(PHASES[r], end, PERIODS[r]))
    at, radar = np.array([t for t, _ in visits]), np.array([r for _, r in visits], np.int32)
    truth = _between(standard.make(targets, seed, scans=scans, raid=raid).truth, at)
    rng = default_rng([seed, 3])
    polar, source, scan = [], [], []
    for k, r in enumerate(radar):
        there = np.flatnonzero(~np.isnan(truth[k, :, 0]))
        apart = truth[k, there][:, 0::2] - RADARS[r]
        away = np.linalg.norm(apart, axis=1)
        exact = np.c_[away, np.arctan2(apart[:, 1], apart[:, 0]), np.arcsin(apart[:, 2] / away)]
        seen = (away > REACH_M[0]) & (away < REACH_M[1]) & (exact[:, 2] < TOP_RAD)
        seen &= (exact[:, 2] > 0.0) & (rng.uniform(size=len(there)) < DETECTION)
        own = exact[seen] + rng.normal(size=(int(seen.sum()), 3)) * SIGMA + biased * BIAS[r]
        own[:, 1] = (own[:, 1] + np.pi) % (2 * np.pi) - np.pi
        extra = int(rng.poisson(FALSE_PLOTS))
        up = np.minimum(rng.exponential(LOW_RAD, extra), TOP_RAD)
        false = np.c_[rng.uniform(*REACH_M, extra), rng.uniform(-np.pi, np.pi, extra), up]
        both = np.r_[own, false]
        order = rng.permutation(len(both))
        polar.append(both[order])
        source.append(np.r_[there[seen], np.full(extra, -1)][order])
        scan.append(np.full(len(both), k))
    plot_scan = np.concatenate(scan).astype(np.int32)
    return Scene(
        name=f"three_{targets}_{seed}{'_biased' if biased else ''}",
        t=at,
        scan_radar=radar,
        truth=truth,
        truth_scan=np.arange(len(at), dtype=np.int32),
        plot_scan=plot_scan,
        plot_radar=radar[plot_scan],
        polar=np.concatenate(polar),
        source=np.concatenate(source).astype(np.int32),
        radar_pos=RADARS,
        variances=np.tile(SIGMA**2, (3, 1)),
        detection=np.full(3, DETECTION),
        false_plots=np.full(3, FALSE_PLOTS),
        period=PERIODS,
        bounds=np.array([*REACH_M, -np.pi, np.pi, 0.0, TOP_RAD]),
    )
