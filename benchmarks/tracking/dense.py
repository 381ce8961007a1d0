"""Associations on raids: nearest neighbour, JPDA and labelled mixtures on the same plots.

    python -m benchmarks.tracking.dense [OUT.json]

Seeds 200 and later of the standard scenes (the tuning files have seed 11), and close groups
whose plots merge in one cell of resolution. GOSPA by the benchmark's own judge (p = 2, c = 1 km,
scans 5 and later), differences to nearest neighbours with the same filter on the same seed.
"""

import json
import sys
from pathlib import Path
from statistics import fmean, median
from time import process_time

import numpy as np
from benchmarks.tracking import judge
from benchmarks.tracking.rows import interval
from benchmarks.tracking.scenes import standard
from benchmarks.tracking.scenes.scene import Floats, Scene
from msgspec.structs import replace
from numpy.random import default_rng

from tdome.command.tracking.dense.engine import track
from tdome.command.tracking.engine.settings import Settings
from tdome.messages.recording import TrackHistory

CELL = (150.0, float(np.radians(1.3)), float(np.radians(2.0)))  # the catalogue's rotating array
HELD_OUT = {100: range(200, 210), 500: range(200, 203)}
GROUPS, SCANS, FALSE = 20, 50, 100
REPEATS = 5
SETTINGS = {
    "gnn ekf": Settings.gnn_ekf(),
    "jpda ekf": replace(Settings.gnn_ekf(), association="jpda"),
    "gnn imm": Settings.imm(),
    "jpda imm": replace(Settings.imm(), association="jpda"),
    "lmb imm": Settings.lmb(),
}
BASE = {"jpda ekf": "gnn ekf", "jpda imm": "gnn imm", "lmb imm": "gnn imm", "lmb cell": "gnn imm"}
Figures = dict[str, float]


def close_groups(seed: int, spacing: float) -> Scene:
    """Return groups of five, ``spacing`` m apart (1 sigma), with plots merged by cell."""
    rng, count = default_rng(seed), 5 * GROUPS
    away, angle = rng.uniform(3e4, 1.2e5, GROUPS), rng.uniform(-np.pi, np.pi, GROUPS)
    heading, speed = rng.uniform(-np.pi, np.pi, GROUPS), rng.uniform(100, 300, GROUPS)
    middle = np.c_[away * np.cos(angle), away * np.sin(angle), rng.uniform(2e3, 1e4, GROUPS)]
    along = np.c_[speed * np.cos(heading), speed * np.sin(heading), np.zeros(GROUPS)]
    place = np.repeat(middle, 5, axis=0) + rng.normal(0, spacing, (count, 3)) * (1, 1, 0.25)
    velocity = np.repeat(along, 5, axis=0) + rng.normal(0, 1, (count, 3)) * (1, 1, 0.2)
    t = np.arange(SCANS) * standard.PERIOD_S
    truth = np.empty((SCANS, count, 6))
    truth[:, :, 0::2], truth[:, :, 1::2] = place + t[:, None, None] * velocity, velocity
    polar, source, scan = [], [], []
    for k in range(SCANS):
        plots, flyers = _merged(rng, truth[k, :, 0::2])
        extra = rng.poisson(FALSE)
        around = rng.uniform(*standard.REACH_M, extra), rng.uniform(-np.pi, np.pi, extra)
        up = np.minimum(rng.exponential(standard.LOW_RAD, extra), standard.TOP_RAD)
        polar.append(np.r_[plots, np.c_[(*around, up)]])
        source.append(np.r_[flyers, np.full(extra, -1)])
        scan.append(np.full(len(flyers) + extra, k))
    like = standard.make(1, seed, scans=SCANS)
    return Scene(
        name=f"groups_{spacing:.0f}_{seed}", t=t, scan_radar=like.scan_radar, truth=truth,
        truth_scan=like.truth_scan, plot_scan=np.concatenate(scan).astype(np.int32),
        plot_radar=np.zeros(sum(map(len, scan)), np.int32), polar=np.concatenate(polar),
        source=np.concatenate(source).astype(np.int32), radar_pos=like.radar_pos,
        variances=like.variances, detection=like.detection, false_plots=like.false_plots,
        period=like.period, bounds=like.bounds,
    )  # fmt: skip


def _merged(rng: np.random.Generator, place: Floats) -> tuple[Floats, Floats]:
    """Return the plots of a scan, one for each cell with flyers, and the first flyer of each."""
    away = np.linalg.norm(place, axis=1)
    exact = np.c_[away, np.arctan2(place[:, 1], place[:, 0]), np.arcsin(place[:, 2] / away)]
    cells = np.floor(exact / np.array(CELL)).astype(int)
    _, first, inverse = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.ravel()
    share = np.bincount(inverse)[:, None]
    middle = np.stack([np.bincount(inverse, exact[:, m]) for m in range(3)], axis=1) / share
    seen = rng.uniform(size=len(first)) < standard.DETECTION
    plots = middle + rng.normal(size=middle.shape) * standard.SIGMA
    return plots[seen], first[seen]


def figures(scene: Scene, settings: Settings) -> Figures:
    """Return GOSPA and its parts, how often numbers change, and plots per CPU second."""
    recording, sites = scene.recording(), scene.sites()
    seconds, tracks = [], track(recording, sites, settings)
    for _ in range(REPEATS):
        began = process_time()
        tracks = track(recording, sites, settings)
        seconds.append(process_time() - began)
    score = judge.gospa(scene, tracks)
    return {
        "gospa": score.gospa, "missed": score.missed, "false": score.false, "rms": score.rms_m,
        "changes": changes(scene, tracks), "rate": scene.plots / median(seconds),
    }  # fmt: skip


def changes(scene: Scene, tracks: TrackHistory) -> float:
    """Return how often a flyer's track has another number than before, per 10,000 pairs."""
    bounds = np.searchsorted(tracks.scan, np.arange(len(scene.t) + 1))
    last: dict[int, int] = {}
    changed = total = 0
    for truth, k in zip(scene.truth, scene.truth_scan, strict=True):
        there = np.flatnonzero(~np.isnan(truth[:, 0]))
        rows = slice(bounds[k], bounds[k + 1])
        own, other = judge.pair(truth[there][:, 0::2], tracks.state[rows, :3])
        numbers = tracks.number[rows]
        for flyer, number in zip(there[own].tolist(), numbers[other].tolist(), strict=True):
            changed += last.get(flyer, number) != number
            last[flyer] = number
            total += 1
    return 1e4 * changed / max(total, 1)


def report(name: str, scenes: list[Scene], settings: dict[str, Settings]) -> dict[str, object]:
    """Print and return the figures of some settings on the scenes of a kind."""
    table = {kind: [figures(scene, s) for scene in scenes] for kind, s in settings.items()}
    told: dict[str, object] = {}
    for kind, rows in table.items():
        means = {key: fmean(row[key] for row in rows) for key in rows[0]}
        base = table[BASE.get(kind, kind)]
        off = [row["gospa"] - other["gospa"] for row, other in zip(rows, base, strict=True)]
        mean, half = interval(off)
        told[kind] = {**means, "against_gnn": mean, "half_width": half}
        print(
            f"{name:12s} {kind:9s} {means['gospa']:7.0f} {mean:7.1f} ± {half:5.1f} "
            f"{means['missed']:6.1f} {means['false']:6.1f} {means['rms']:5.0f} "
            f"{means['changes']:6.0f} {means['rate'] / 1e6:6.2f}",
            flush=True,
        )
    return told


def main() -> None:
    """Run all kinds of scenes; write the figures if a file is named."""
    print("scenes       settings    GOSPA  against GNN    missed  false   rms changes Mplots/s")
    told: dict[str, object] = {}
    for raid in (True, False):
        for targets, seeds in HELD_OUT.items():
            name = f"{'raid' if raid else 'std'}_{targets}"
            scenes = [standard.make(targets, seed, raid=raid) for seed in seeds]
            told[name] = report(name, scenes, SETTINGS)
    for spacing in (60.0, 150.0, 300.0):
        scenes = [close_groups(seed, spacing) for seed in HELD_OUT[100]]
        merging = {**SETTINGS, "lmb cell": replace(Settings.lmb(), cell=CELL)}
        told[f"groups_{spacing:.0f}"] = report(f"groups_{spacing:.0f}", scenes, merging)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
