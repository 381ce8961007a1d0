"""`python benchmarks/tracking/registration.py [--seeds N] [--json]`: biases found, and how well.

Scenes (`registration_scene.py`): radars on a ring of 80 km, 4 s a scan at times of their own, sigma
50 m, 2 mrad, 2 mrad, Pd 0.9; targets of 150-280 m/s with white acceleration of 1 m^2/s^3 over 160 x
160 km; biases of 1-3 sigma in range, azimuth and elevation. What each plot is of is known, but for
the row that says so. Rest: estimate less truth in units of the sensor's sigma. Process CPU time,
kernels compiled before.
"""

import argparse
import json
from time import process_time
from typing import Any

import numpy as np
from registration_scene import Scene, on_earth, ring, scene, telling
from rich.console import Console
from rich.table import Table

from tdome.command.tracking.registration.estimator import Registration
from tdome.command.tracking.registration.state import BiasState, Settings
from tdome.messages.base import Longs
from tdome.plan.books.sites import SiteBook

BAR = 0.2  # sigma
NOISE = 1.0
STEP = 4  # scans in one fold
TOLD = 10  # targets that tell where they are, with 10 m
WRONG = 0.05
CASES: dict[str, dict[str, Any]] = {
    "4 radars, 50 targets": {},
    "the same, drift allowed": {"drift": 0.03},
    "the same in ECEF": {"earth": True},
    "30 s": {"duration": 30.0},
    "20 targets": {"targets": 20},
    "10 targets": {"targets": 10},
    "2 radars": {"count": 2},
    "8 radars, 100 targets": {"count": 8, "targets": 100},
    "stamps wrong by up to 0.3 s": {"late": 0.3},
    "and 10 tell their place": {"late": 0.3, "told": True},
    "1 plot in 20 of another target": {"wrong": True},
    "targets believed to turn (9 m^2/s^3)": {"noise": 9.0},
}


def run(sites: SiteBook, flown: Scene, case: dict[str, Any]) -> tuple[BiasState, float]:
    """Return the last state, and the CPU seconds."""
    late = case.get("late", 0.0)
    if case.get("told"):
        flown, sites = telling(flown, sites, TOLD)
    rules = Settings(noise=case.get("noise", NOISE), drift=case.get("drift", 0.0), prior_time=late)
    registration, recording = Registration(sites, rules), flown.recording
    target, state = whose(flown, case), registration.start()
    cpu = 0.0
    for first in range(0, len(recording), STEP):
        last = min(first + STEP, len(recording))
        rows = slice(recording.start[first], recording.start[last])
        part = recording.part(first, last)
        began = process_time()
        state = registration.fold(state, part, target[rows])
        cpu += process_time() - began
    return state, cpu


def whose(flown: Scene, case: dict[str, Any]) -> Longs:
    """Return the target of each plot, some of them wrong where the case says so."""
    target = flown.target.copy()
    if case.get("wrong"):
        rng = np.random.default_rng(2)
        wrong = rng.uniform(size=len(target)) < WRONG
        target[wrong] = rng.integers(0, target.max() + 1, wrong.sum())
    return target


def registration_case(case: dict[str, Any], seeds: int) -> dict[str, Any]:
    """Measure one case over seeds."""
    sites = ring(case.get("count", 4))
    sites = on_earth(sites) if case.get("earth") else sites
    rest, late, square, cpu, plots, freedom = [], [], [], 0.0, 0, 0
    for seed in range(seeds):
        flown = scene(
            sites,
            seed,
            case.get("targets", 50),
            case.get("duration", 60.0),
            case.get("late", 0.0),
        )
        state, seconds = run(sites, flown, case)
        cpu, plots = cpu + seconds, plots + flown.recording.plots
        own = slice(0, flown.bias.size)  # those who tell have none
        off = state.bias[own].reshape(-1, 4) - flown.bias
        rest.append(off[:, :3] / sites.sigma[:, :3])
        late.append(off[:, 3])
        rows = np.flatnonzero(np.diag(state.covariance)[own])
        error = off.reshape(-1)[rows]
        square.append(error @ np.linalg.solve(state.covariance[np.ix_(rows, rows)], error))
        freedom += len(rows)
    size = np.abs(np.array(rest))
    shift = np.array(late)
    return {
        "rms": np.sqrt(np.square(size).mean(axis=(0, 1))).tolist(),
        "p95": float(np.quantile(size, 0.95)),
        "worst": float(size.max()),
        "over_bar": float((size > BAR).mean()),
        "relative_ms": 1e3 * float(np.sqrt((shift - shift.mean(axis=1)[:, None]) ** 2).mean()),
        "common_ms": 1e3 * float(np.sqrt(np.square(shift.mean(axis=1)).mean())),
        "chi2_per_freedom": float(np.sum(square) / freedom),
        "us_per_plot": 1e6 * cpu / plots,
    }


def main() -> None:
    """Measure all and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    registration_case({}, 1)
    found = {name: registration_case(case, asked.seeds) for name, case in CASES.items()}
    if asked.json:
        print(json.dumps({"seeds": asked.seeds, "registration": found}, indent=1))
        return
    heads = "scene", "rms range, azimuth, elevation", "95 %", "worst", "> 0.2", "stamps, ms"
    table = Table(*heads, "chi2/n", "us/plot", title=f"rest of biases, sigma; {asked.seeds} seeds")
    for name, row in found.items():
        rms = " ".join(f"{value:.3f}" for value in row["rms"])
        stamps = f"{row['relative_ms']:.0f} / {row['common_ms']:.0f}"
        table.add_row(
            name, rms, f"{row['p95']:.3f}", f"{row['worst']:.3f}", f"{row['over_bar']:.1%}", stamps,
            f"{row['chi2_per_freedom']:.2f}", f"{row['us_per_plot']:.1f}",
        )  # fmt: skip
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
