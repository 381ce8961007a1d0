"""Standard scenes in which something breaks: a burst of clutter, or a radar that is jammed."""

from dataclasses import replace

import numpy as np
from benchmarks.tracking.scenes import standard
from benchmarks.tracking.scenes.scene import Floats, Scene
from numpy.random import Generator, default_rng


def _false(rng: Generator, count: int) -> Floats:
    around = rng.uniform(*standard.REACH_M, count), rng.uniform(-np.pi, np.pi, count)
    up = np.minimum(rng.exponential(standard.LOW_RAD, count), standard.TOP_RAD)
    return np.c_[(*around, up)]


def burst(scene: Scene, first: int, last: int, times: float, seed: int = 0) -> Scene:
    """Return the scene with `times` its false plots in scans first … last - 1."""
    rng, count = default_rng([seed, 5]), float(scene.false_plots[0]) * (times - 1.0)
    scans = np.repeat(np.arange(first, last), rng.poisson(count, last - first))
    return _with(scene, scans, _false(rng, len(scans)), np.ones(scene.plots, np.bool_))


def jammed(scene: Scene, first: int, last: int, *, noise: float = 0.0, seed: int = 0) -> Scene:
    """Return the scene with no true plot in scans first … last - 1, and `noise` times its false."""
    rng, count = default_rng([seed, 6]), float(scene.false_plots[0]) * noise
    kept = (scene.plot_scan < first) | (scene.plot_scan >= last)
    scans = np.repeat(np.arange(first, last), rng.poisson(count, last - first))
    return _with(scene, scans, _false(rng, len(scans)), kept)


def _with(scene: Scene, scans: Floats, polar: Floats, kept: Floats) -> Scene:
    scan = np.r_[scene.plot_scan[kept], scans].astype(np.int32)
    order = np.argsort(scan, kind="stable")
    return replace(
        scene,
        plot_scan=scan[order],
        plot_radar=np.zeros(len(scan), np.int32),
        polar=np.r_[scene.polar[kept], polar][order],
        source=np.r_[scene.source[kept], np.full(len(scans), -1)][order].astype(np.int32),
    )
