"""Three asynchronous radars around the flyers of the standard scenes, with or without biases.

Flyers are those of :mod:`.standard` (80-320 m/s, 30 % turning at 1-4 g, births, deaths), between
its 4 s steps by cubic Hermite curves. Radars of 4, 5 and 6 s on a triangle, 60-110 km from the
middle, reach 220 km, 40 m, 0.12 and 0.20 degrees, Pd 0.9, 60 false plots a scan each.
"""

import numpy as np
from benchmarks.tracking.scenes import standard
from benchmarks.tracking.scenes.radars import Radars, plotted
from benchmarks.tracking.scenes.scene import Floats, Scene
from numpy.random import default_rng

RADARS = Radars(
    place=np.array([[-70e3, -40e3, 300.0], [90e3, -60e3, 500.0], [10e3, 85e3, 100.0]]),
    period=np.array([4.0, 5.0, 6.0]),
    phase=np.array([0.4, 1.9, 3.1]),
    sigma=np.tile([40.0, np.deg2rad(0.12), np.deg2rad(0.20)], (3, 1)),
    reach=(2e3, 220e3),
    lowest=0.0,
    top=np.deg2rad(45.0),
    rise=np.deg2rad(4.0),
    detection=0.9,
    false_plots=60.0,
)
BIAS = np.array([[60, 0.10, 0.05], [-40, -0.08, 0.0], [30, 0.05, -0.05]]) * [1, 0.01745, 0.01745]


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
    at, radar = RADARS.visits((scans - 1) * standard.PERIOD_S)
    truth = _between(standard.make(targets, seed, scans=scans, raid=raid).truth, at)

    def measured(exact: Floats, noise: Floats, r: int) -> Floats:
        own = exact + noise + biased * BIAS[r]
        own[:, 1] = (own[:, 1] + np.pi) % (2 * np.pi) - np.pi
        return own

    name = f"three_{targets}_{seed}{'_biased' if biased else ''}"
    return plotted(name, RADARS, (at, radar), truth, default_rng([seed, 3]), measured)
