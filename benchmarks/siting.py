"""Planning models by size: time, gap, and the figures of reference/wta.md's prototype beside them.

    python -m benchmarks.siting [--time 30] [--largest 1000] [--only covering|laydown|inventory]

CPU seconds of one thread, one solve a row; nothing is compiled (SciPy and HiGHS). Random places on
a unit square, NumPy's generator, seed 7; the prototype's instances are not known in detail, so that
only sizes are alike. Covering: three types of sensor of reach 0.1, 0.16, 0.25 (ample: 3, 6, 10 of
them; scarce: 10, 6, 3), every second look counts half. Laydown: three types of unit (10, 6, 3),
kill probability falling with range. Inventory: three types of battery (8, 12, 16 rounds), raids
around random centres.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import sparse

from tdome.siting.models.best_covering import best_covering
from tdome.siting.models.covering import Covering, greedy_and_swap, merged
from tdome.siting.models.inventory import Inventory, best_split, judged
from tdome.siting.models.laydown import Laydown, best_laydown, greedy, swap
from tdome.siting.models.risk import Risk

SEED = 7
COVERING = (
    (100, 500, "0.06 % in 1.2 s"), (300, 2000, "0.03 % in 11.5 s"),
    (500, 5000, "0.000 % in 12.2 s"), (1000, 10000, "nothing useful in 60 s"),
)  # fmt: skip
LAYDOWN = (
    (100, 200, "0.36 % in 8-9 s"), (200, 500, "0.40 % in 8-9 s"), (300, 1000, "0.96 % in 60 s"),
)  # fmt: skip
INVENTORY = (
    (12, 30, 10, "optimal in 0.0 s, 24 % saved"), (24, 60, 20, "0.1 s, 27 % saved"),
    (40, 100, 30, "5.1 s, 71 % saved"),
)  # fmt: skip
Row = dict[str, Any]


def _apart(sites: int, points: int) -> tuple[np.random.Generator, np.ndarray]:
    chance = np.random.default_rng(SEED)
    a, b = chance.uniform(0, 1, (sites, 2)), chance.uniform(0, 1, (points, 2))
    return chance, np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1))


def covering_of(sites: int, points: int, *, ample: bool) -> Covering:
    """Return a covering problem: with few far-seeing sensors, or with many (ample)."""
    chance, apart = _apart(sites, points)
    sees = sparse.csr_matrix(np.concatenate([apart < r for r in (0.1, 0.16, 0.25)]).astype(float))
    return Covering(
        sees, np.repeat(np.arange(3), sites), np.tile(np.arange(sites), 3),
        chance.uniform(1, 10, points), np.zeros(points, np.int64),
        np.array([3, 6, 10] if ample else [10, 6, 3]), np.ones(sites, np.int64),
        np.array([1.0, 0.5]), np.zeros(3 * sites),
    )  # fmt: skip


def laydown_of(sites: int, cells: int) -> Laydown:
    """Return a laydown problem."""
    chance, apart = _apart(sites, cells)
    reach, sure = np.array([0.08, 0.15, 0.3])[:, None, None], np.array([0.7, 0.65, 0.5])
    p = np.where(apart < reach, sure[:, None, None] * (1 - 0.4 * apart / reach), 0.0)
    return Laydown(
        p, chance.uniform(1, 100, cells), np.ones(cells), np.zeros(cells, np.int64), Risk.of(1),
        np.array([10, 6, 3]), np.ones(sites, np.int64),
    )  # fmt: skip


def inventory_of(batteries: int, assets: int, raids: int) -> tuple[Inventory, np.ndarray]:
    """Return a split of rounds, and the rounds as they are: as many for all of a type."""
    chance = np.random.default_rng(SEED)
    b, a = chance.uniform(0, 1, (batteries, 2)), chance.uniform(0, 1, (assets, 2))
    apart = np.hypot(*(b[:, None] - a[None]).transpose(2, 0, 1))
    kind = chance.integers(0, 3, batteries)
    reach, sure = np.array([0.2, 0.35, 0.6])[kind], np.array([0.6, 0.7, 0.8])[kind]
    p = np.where(apart < reach[:, None], sure[:, None], 0.0)
    cells = []
    for raid in range(raids):
        near = ((a - chance.uniform(0, 1, 2)) ** 2).sum(axis=1)
        number = chance.poisson(8.0 * np.exp(-near / 0.1))
        cells += [(raid, i, number[i]) for i in np.flatnonzero(number)]
    raid, asset, number = np.array(cells).T
    value, rounds = chance.uniform(1, 20, assets), np.array([8, 12, 16])[kind]
    return Inventory(
        p[:, asset], value[asset] * number, number.astype(float), raid, Risk.of(raids), kind,
        np.bincount(kind, rounds, 3).astype(np.int64), np.zeros(batteries, np.int64), 3 * rounds,
    ), rounds  # fmt: skip


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    return work(), time.process_time() - began


def covering(most: float, largest: int) -> list[Row]:
    """Solve the coverings: gap of what is seen."""
    rows = []
    for (sites, points, before), ample in product(COVERING, (True, False)):
        if sites > largest:
            continue
        problem = covering_of(sites, points, ample=ample)
        plan, quick = _timed(lambda p=problem: greedy_and_swap(merged(p)))
        (_, found), seconds = _timed(lambda p=problem: best_covering(p, time=most))
        seen, bound = problem.most_value - found.value, problem.most_value - found.bound
        rows.append({
            "model": f"covering, {'ample' if ample else 'scarce'}",
            "size": f"{sites} x {points}", "nnz": problem.sees.nnz,
            "value": seen, "gap": bound / seen - 1.0, "cpu_s": seconds,
            "greedy_gap": bound / problem.value(plan) - 1.0, "greedy_cpu_s": quick,
            "prototype": before,
        })  # fmt: skip
    return rows


def laydown(most: float, largest: int) -> list[Row]:
    """Solve the laydowns: gap of what is saved."""
    rows = []
    for sites, cells, before in LAYDOWN:
        if sites > largest:
            continue
        problem = laydown_of(sites, cells)
        all_ = float(problem.weight.sum())
        plan, quick = _timed(lambda p=problem: swap(p, greedy(p)))
        (_, found), seconds = _timed(lambda p=problem: best_laydown(p, time=most))
        rows.append({
            "model": "laydown", "size": f"{sites} x {cells}", "nnz": int((problem.p > 0).sum()),
            "value": all_ - found.value, "gap": (all_ - found.bound) / (all_ - found.value) - 1.0,
            "cpu_s": seconds, "greedy_cpu_s": quick,
            "greedy_gap": (all_ - found.bound) / (all_ - problem.value(plan)) - 1.0,
            "prototype": before,
        })  # fmt: skip
    return rows


def inventory(most: float, largest: int) -> list[Row]:
    """Split rounds: gap of what leaks, and what the present split leaks more."""
    rows = []
    for batteries, assets, raids, before in INVENTORY:
        if batteries > largest:
            continue
        problem, present = inventory_of(batteries, assets, raids)
        (_, found), seconds = _timed(
            lambda p=problem, r=present: best_split(p, r, time=most, gap=1e-4)
        )
        equal = judged(problem, present)[1].value
        rows.append({
            "model": "inventory", "size": f"{batteries} x {assets} x {raids}",
            "nnz": int((problem.p > 0).sum()), "value": found.value, "gap": found.gap,
            "cpu_s": seconds, "saved": 1.0 - found.value / equal, "prototype": before,
        })  # fmt: skip
    return rows


MODELS = {"covering": covering, "laydown": laydown, "inventory": inventory}


def main() -> None:
    """Solve, print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--time", type=float, default=30.0)
    parser.add_argument("--largest", type=int, default=1000)
    parser.add_argument("--only", choices=MODELS)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = []
    for name, solve in MODELS.items():
        if asked.only in {None, name}:
            rows += solve(asked.time, asked.largest)
    if asked.json:
        json.dump(rows, sys.stdout, indent=1)
        return
    table = Table("model", "size", "value", "gap", "CPU s", "greedy + swap", "prototype (wta.md)")
    for row in rows:
        quick = f"saves {row['saved']:.0%}" if "saved" in row else ""
        if "greedy_gap" in row:
            quick = f"{row['greedy_gap']:.2%} in {row['greedy_cpu_s']:.2f} s"
        table.add_row(
            row["model"], row["size"], f"{row['value']:.1f}", f"{row['gap']:.3%}",
            f"{row['cpu_s']:.1f}", quick, row["prototype"],
        )  # fmt: skip
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
