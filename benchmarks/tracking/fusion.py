"""`python benchmarks/tracking/fusion.py [--runs N] [--json]`: two tracks, directions.

Two tracks: two sensors filter one target of white acceleration 4 m^2/s^3, plots of 50-90 m each 4
s, for 80 s, each alone, and their tracks are fused once at the end.
Directions: sensors on a ring of 60 km, 0.5 degrees, Pd 0.9, 0.13 false ones a look; bodies within
80 km. CPU time, compiled.
"""

import argparse
import json
import math
from time import process_time
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from tdome.command.tracking.fusion.blending import intersect_many
from tdome.command.tracking.fusion.motion import predicted
from tdome.command.tracking.partial.triangulation import MARGIN, Directions, triangulate
from tdome.messages.base import Floats, Ints

NOISE = 4.0
R = np.diag([2500.0, 4900.0, 8100.0])
START = np.diag([1e6] * 3 + [1e4] * 3)
PD, SIGMA = 0.9, math.radians(0.5)
RAIDS: tuple[tuple[int, int, bool], ...] = (
    (2, 1, False), (2, 4, False), (2, 4, True), (3, 4, False), (4, 6, False), (4, 6, True),
    (6, 12, False),
)  # fmt: skip


def flown(rng: np.random.Generator, times: Floats, runs: int) -> Floats:
    """Return true states (k, n, 6) at ascending times, from START at 0."""
    x = rng.normal(size=(runs, 6)) * np.sqrt(np.diag(START))
    out, now = [], 0.0
    for t in times:
        mean, q = predicted(x, np.zeros((runs, 6, 6)), np.full(runs, t - now), NOISE)
        root = np.linalg.cholesky(q + 1e-9 * np.eye(6))
        x, now = mean + np.einsum("nij,nj->ni", root, rng.normal(size=(runs, 6))), t
        out.append(x)
    return np.array(out)


def measured(rng: np.random.Generator, truth: Floats) -> Floats:
    """Return plots (n, 3) of true states (n, 6)."""
    return truth[:, :3] + rng.normal(size=(len(truth), 3)) * np.sqrt(np.diag(R))


def updated(x: Floats, p: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Return states and covariances with plots."""
    s = p[:, :3, :3] + R
    gain = np.einsum("nij,njk->nik", p[:, :, :3], np.linalg.inv(s))
    left = p - np.einsum("nij,njk,nlk->nil", gain, s, gain)
    return x + np.einsum("nij,nj->ni", gain, z - x[:, :3]), 0.5 * (left + left.transpose(0, 2, 1))


def figures(x: Floats, p: Floats, truth: Floats) -> dict[str, float]:
    """Return rms error of place, m, and mean NEES."""
    off = x - truth
    nees = np.einsum("ni,nij,nj->n", off, np.linalg.inv(p), off).mean()
    return {"rms_m": float(np.sqrt(np.square(off[:, :3]).sum(axis=1).mean())), "nees": float(nees)}


def two_tracks(runs: int) -> dict[str, dict[str, float]]:
    """Compare ways to fuse the tracks of two sensors that do not share plots."""
    rng = np.random.default_rng(0)
    times = np.arange(4.0, 84.0, 4.0)
    truth = flown(rng, times, runs)
    one = two = both = np.zeros((runs, 6)), np.tile(START, (runs, 1, 1))
    now = 0.0
    for t, state in zip(times, truth, strict=True):
        dt, now = np.full(runs, t - now), t
        here, there = measured(rng, state), measured(rng, state)
        one = updated(*predicted(*one, dt, NOISE), here)
        two = updated(*predicted(*two, dt, NOISE), there)
        both = updated(*updated(*predicted(*both, dt, NOISE), here), there)
    x, p = (np.stack(pair, axis=1) for pair in zip(one, two, strict=True))
    zero, told = np.zeros((runs, 2)), np.ones((runs, 2), np.bool_)
    known = np.linalg.inv(p)
    summed = np.linalg.inv(known.sum(axis=1))
    mean = np.einsum("nij,ncjk,nck->ni", summed, known, x)
    return {
        "one sensor": figures(*one, truth[-1]),
        "all plots in one filter": figures(*both, truth[-1]),
        "taken for independent": figures(mean, summed, truth[-1]),
        "covariance intersection": figures(*intersect_many(x, p, zero, told, NOISE), truth[-1]),
    }


def raid(
    rng: np.random.Generator, sensors: int, bodies: int, high: bool
) -> tuple[Directions, Ints]:
    """Return directions, and whose each is (-1: nobody's)."""
    turn = 2 * np.pi * np.arange(sensors) / sensors + 0.3
    origin = 60e3 * np.column_stack([np.cos(turn), np.sin(turn), 0 * turn])
    place = rng.uniform([-80e3, -80e3, 2e3], [80e3, 80e3, 9e3], (bodies, 3))
    rows = []
    for s in range(sensors):
        d = place - origin[s]
        error = SIGMA * rng.normal(size=(2, bodies))
        seen = np.flatnonzero(rng.uniform(size=bodies) < PD)
        azimuth = np.arctan2(d[:, 0], d[:, 1]) + error[0]
        elevation = np.arctan2(d[:, 2], np.hypot(d[:, 0], d[:, 1])) + error[1]
        rows += [(s, azimuth[k], elevation[k], k) for k in seen]
        for _ in range(rng.poisson(0.02 * 2 * np.pi)):
            rows.append((s, rng.uniform(-np.pi, np.pi), rng.uniform(0, 0.2), -1))
    told = np.array(rows).reshape(-1, 4)
    m, sensor = len(rows), told[:, 0].astype(np.int32)
    return Directions(
        at=np.zeros(m, np.int64),
        sensor=sensor,
        kind=np.full(m, 3, np.int8),
        azimuth=told[:, 1].copy(),
        elevation=told[:, 2].copy() if high else np.full(m, np.nan),
        sigma=np.full((m, 2), SIGMA),
        origin=origin[sensor],
        axes=np.tile(np.eye(3), (m, 1, 1)),
        reach=np.full(m, 400e3),
        sound=np.zeros(m, np.int8),
        flat=True,
    ), told[:, 3].astype(np.int32)


def directions(sensors: int, bodies: int, high: bool, runs: int) -> dict[str, Any]:
    """Count how many of the places found are of one body, and of those that are sure."""
    chosen = right = sure = surely_right = 0
    cpu = 0.0
    for seed in range(runs):
        seen, whose = raid(np.random.default_rng(seed), sensors, bodies, high)
        began = process_time()
        found = triangulate(seen)
        cpu += process_time() - began
        for rows, margin in zip(found.rows, found.margin, strict=True):
            owners = set(whose[rows[rows >= 0]].tolist())
            good = len(owners) == 1 and -1 not in owners
            chosen, right = chosen + 1, right + good
            sure, surely_right = (
                sure + (margin >= MARGIN),
                surely_right + (good and margin >= MARGIN),
            )
    return {
        "bodies": bodies * runs,
        "chosen": chosen,
        "right": right,
        "sure": int(sure),
        "sure_right": int(surely_right),
        "ms": 1e3 * cpu / runs,
    }


def main() -> None:
    """Measure all and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    directions(3, 2, False, 1)
    looks = max(asked.runs // 50, 1)
    found: dict[str, Any] = {
        "two tracks": two_tracks(asked.runs),
        "directions": {
            f"{s} sensors, {n} bodies{', elevation' * high}": directions(s, n, high, looks)
            for s, n, high in RAIDS
        },
    }
    if asked.json:
        print(json.dumps(found, indent=1))
        return
    first = Table("", "rms m", "NEES (6 is right)", title="two tracks of one target")
    for name, way in found["two tracks"].items():
        first.add_row(name, f"{way['rms_m']:.1f}", f"{way['nees']:.2f}")
    second = Table("", "bodies", "chosen", "right", "sure", "right", "ms", title="directions")
    for name, row in found["directions"].items():
        second.add_row(name, *(str(value) for value in list(row.values())[:-1]), f"{row['ms']:.0f}")
    Console(width=110).print(first, second)


if __name__ == "__main__":
    main()
