"""The standard scenes with clutter in patches: a coast and two wind farms give most false plots."""

from dataclasses import replace

import numpy as np
from benchmarks.tracking.scenes import standard
from benchmarks.tracking.scenes.scene import Floats, Scene
from numpy.random import Generator, default_rng

SHARE = 0.8
# Range m, atan2 rad of each patch; together 5 % of the ground within the reach.
PATCHES = np.array([[60e3, 110e3, -0.4, 0.45], [40e3, 62e3, 1.8, 2.25], [90e3, 104e3, -2.6, -2.23]])


def area() -> float:
    """Return the share of the ground within reach that the patches cover."""
    near, far = standard.REACH_M
    parts = (PATCHES[:, 1] ** 2 - PATCHES[:, 0] ** 2) * (PATCHES[:, 3] - PATCHES[:, 2])
    return float(parts.sum() / ((far**2 - near**2) * 2.0 * np.pi))


def make(targets: int, seed: int, *, scans: int = 50, raid: bool = False) -> Scene:
    """Return the standard scene of a seed with SHARE of its false plots moved into the patches."""
    scene = standard.make(targets, seed, scans=scans, raid=raid)
    rng = default_rng([seed, 77])
    polar = scene.polar.copy()
    moved = np.flatnonzero((scene.source < 0) & (rng.uniform(size=scene.plots) < SHARE))
    polar[moved, :2] = places(rng, len(moved))
    return replace(scene, name=f"patchy_{targets}_{seed}", polar=polar)


def places(rng: Generator, count: int) -> Floats:
    """Return (range, atan2) of false plots, even over the ground of the patches."""
    size = (PATCHES[:, 1] ** 2 - PATCHES[:, 0] ** 2) * (PATCHES[:, 3] - PATCHES[:, 2])
    patch = PATCHES[rng.choice(len(PATCHES), count, p=size / size.sum())]
    away = np.sqrt(rng.uniform(patch[:, 0] ** 2, patch[:, 1] ** 2))
    return np.c_[away, rng.uniform(patch[:, 2], patch[:, 3])]
