"""The standard scenes: one radar, N targets, births, deaths, turns; and raids in groups of five.

Draws the same numbers in the same order as `shared/data/tracking/gen_scenario.py`, so that a seed
gives the same scene, bit for bit. Radar at the origin, 4 s scans, 25 m, 0.15 and 0.20 degrees, Pd
0.9, max(100, N) false plots a scan; targets of 80-320 m/s within 140 km, 30 % of them turning
three times at 1-4 g.
"""

import numpy as np
from benchmarks.tracking.scenes.scene import Floats, Scene, Whole
from numpy.random import Generator, default_rng

G, SUBSTEPS, NOISE = 9.81, 8, 0.5
PERIOD_S, EXTENT_M = 4.0, 150e3
REACH_M, DETECTION, LEAST_FALSE = (3e3, 160e3), 0.9, 100
SIGMA = (25.0, np.deg2rad(0.15), np.deg2rad(0.2))
TOP_RAD, LOW_RAD = np.deg2rad(40.0), np.deg2rad(4.0)
GROUP, RAID_SHARE, TURNING, EARLY, LATE = 5, 0.4, 0.3, 0.7, 0.8
FLOOR_M = 300.0


def _start(rng: Generator, count: int) -> tuple[Floats, Floats]:
    away = np.sqrt(rng.uniform((0.1 * EXTENT_M) ** 2, (0.93 * EXTENT_M) ** 2, count))
    angle = rng.uniform(-np.pi, np.pi, count)
    up = rng.uniform(500, 15000, count)
    heading, speed = rng.uniform(-np.pi, np.pi, count), rng.uniform(80, 320, count)
    place = np.c_[away * np.cos(angle), away * np.sin(angle), up]
    return place, np.c_[speed * np.cos(heading), speed * np.sin(heading), rng.normal(0, 5, count)]


def _starts(rng: Generator, count: int, groups: int) -> tuple[Floats, Floats]:
    place, velocity = _start(rng, count)
    for group in range(groups):
        rows = slice(GROUP * group, GROUP * (group + 1))
        middle, along = _start(rng, 1)
        spread = [rng.normal(0, 600, GROUP), rng.normal(0, 600, GROUP), rng.normal(0, 150, GROUP)]
        place[rows] = middle + np.stack(spread, axis=1)
        velocity[rows] = along + rng.normal(0, 2, (GROUP, 3))
    return place, velocity


def _turns(rng: Generator, turning: Whole, velocity: Floats, steps: int) -> Floats:
    rate = np.zeros((steps, len(velocity)))
    step_s = PERIOD_S / SUBSTEPS
    for i in np.nonzero(turning)[0]:
        for _ in range(3):
            first, long = rng.integers(0, steps), int(rng.uniform(8, 30) / step_s)
            pull = rng.uniform(1, 4) * rng.choice([-1, 1])
            rate[first : first + long, i] = pull * G / max(np.hypot(*velocity[i, :2]), 80)
    return rate


def _fly(rng: Generator, count: int, scans: int, groups: int) -> Floats:
    """Return the truth, (K, N, 6)."""
    place, velocity = _starts(rng, count, groups)
    turning = (rng.uniform(size=count) < TURNING).astype(np.int32)
    turning[: groups * GROUP] = 0
    third = max(1, scans // 3)
    birth = np.where(rng.uniform(size=count) < EARLY, 0, rng.integers(0, third, count))
    late = max(1, 2 * scans // 3)
    death = np.where(rng.uniform(size=count) < LATE, scans, rng.integers(late, scans + 1, count))
    rate = _turns(rng, turning, velocity, scans * SUBSTEPS)
    truth, step_s = np.full((scans, count, 6), np.nan), PERIOD_S / SUBSTEPS
    shake = np.sqrt(NOISE * step_s)
    for k in range(scans):
        alive, flying = (k >= birth) & (k < death), (k >= birth)[:, None]
        truth[k, alive, 0::2], truth[k, alive, 1::2] = place[alive], velocity[alive]
        for sub in range(SUBSTEPS):
            turn = rate[k * SUBSTEPS + sub] * step_s
            east = np.cos(turn) * velocity[:, 0] - np.sin(turn) * velocity[:, 1]
            north = np.sin(turn) * velocity[:, 0] + np.cos(turn) * velocity[:, 1]
            new = np.c_[east, north, velocity[:, 2]]
            new = new + rng.normal(0, shake, (count, 3)) * np.array([1, 1, 0.5])
            sinking = (place[:, 2] < FLOOR_M) & (new[:, 2] < 0)
            new[:, 2] = np.where(sinking, -new[:, 2], new[:, 2])
            velocity = np.where(flying, new, velocity)
            place = np.where(flying, place + velocity * step_s, place)
    return truth


def make(targets: int, seed: int, *, scans: int = 50, raid: bool = False) -> Scene:
    """Return the scene of a seed."""
    rng = default_rng(seed)
    truth = _fly(rng, targets, scans, int(RAID_SHARE * targets) // GROUP if raid else 0)
    false_plots, sigma = max(LEAST_FALSE, targets), np.array(SIGMA)
    polar, source, scan = [], [], []
    for k in range(scans):
        alive = np.nonzero(~np.isnan(truth[k, :, 0]))[0]
        place = truth[k, alive][:, [0, 2, 4]]
        away = np.linalg.norm(place, axis=1)
        exact = np.c_[away, np.arctan2(place[:, 1], place[:, 0]), np.arcsin(place[:, 2] / away)]
        seen = (rng.uniform(size=len(alive)) < DETECTION) & (away > REACH_M[0])
        seen &= away < REACH_M[1]
        plots = exact[seen] + rng.normal(size=(int(seen.sum()), 3)) * sigma
        plots[:, 1] = (plots[:, 1] + np.pi) % (2 * np.pi) - np.pi
        extra = rng.poisson(false_plots)
        around = rng.uniform(*REACH_M, extra), rng.uniform(-np.pi, np.pi, extra)
        false = np.c_[(*around, np.minimum(rng.exponential(LOW_RAD, extra), TOP_RAD))]
        polar.append(np.r_[plots, false])
        source.append(np.r_[alive[seen], np.full(extra, -1)])
        scan.append(np.full(len(plots) + extra, k))
    return Scene(
        name=f"{'raid' if raid else 'std'}_{targets}_{seed}",
        t=np.arange(scans) * PERIOD_S,
        scan_radar=np.zeros(scans, np.int32),
        truth=truth,
        truth_scan=np.arange(scans, dtype=np.int32),
        plot_scan=np.concatenate(scan).astype(np.int32),
        plot_radar=np.zeros(sum(map(len, scan)), np.int32),
        polar=np.concatenate(polar),
        source=np.concatenate(source).astype(np.int32),
        radar_pos=np.zeros((1, 3)),
        variances=sigma[None] ** 2,
        detection=np.array([DETECTION]),
        false_plots=np.array([float(false_plots)]),
        period=np.array([PERIOD_S]),
        bounds=np.array([*REACH_M, -np.pi, np.pi, 0.0, TOP_RAD]),
    )
