"""Reliability of class probabilities, and how looks add up; see class-and-identity.md.

Needs a minute of CPU: it makes and judges 7,000 flights with benchmarks/tracking/classes.py.
"""

import sys
from pathlib import Path

import house
import numpy as np
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "tracking"))

import class_flights as cf
import classes as bench

PAGES = house.PAGES.parent / "tracking"
OLD_LOOKS = 3.3  # effective looks of the recursion before: 1 / (1 - 0.7)


def main() -> None:
    """Draw the reliability diagram of held-out mixes, and that of a naive sum beside it."""
    plan = bench.bench_plan()
    rng = np.random.default_rng(2)
    flights = bench.all_flights(rng, plan, 400, cf.HELD_OUT)
    pool = bench.judged(plan, flights, rng, cf.HELD_OUT)
    names = plan.threats.names
    pmf, label = pool.column("pmf"), pool.column("label")
    drawn = bench.drawn_mixes(np.random.default_rng(99), names, bench.DRAWN)
    weight = np.mean([bench.weights_of(mix, pool, names) for mix in drawn], axis=0)
    naive = pmf**OLD_LOOKS / (pmf**OLD_LOOKS).sum(axis=1, keepdims=True)
    figure = Figure(figsize=(7.0, 3.3))
    left, right = figure.subplots(1, 2)
    for axes, probability, title in (
        (left, pmf, "as it is"),
        (right, naive, "each look counted 3.3 times (as before)"),
    ):
        found = bench.calibration(probability, label, weight)
        said, was, mass = np.array(found["diagram"]).T
        filled = mass > 1e-3
        axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.8)
        axes.bar(said[filled], mass[filled], width=0.05, alpha=0.3, label="share of tracks")
        axes.plot(said[filled], was[filled], "o-", label="share that is right")
        axes.set_title(f"{title}: ECE {found['ece']:.2f}")
        axes.set_xlabel("probability of the most probable class")
        axes.set_xlim(0.0, 1.0)
        axes.set_ylim(0.0, 1.0)
        axes.legend(loc="upper left")
    PAGES.mkdir(parents=True, exist_ok=True)
    file = PAGES / "class-and-identity.svg"
    figure.savefig(file, metadata={"Date": None, "Creator": "tdome"})
    house.slim(file)


if __name__ == "__main__":
    main()
