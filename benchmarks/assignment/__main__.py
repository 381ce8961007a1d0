"""Exact static assignment: public instances, both published styles by size, structured families.

    python -m benchmarks.assignment [--largest 1000] [--time 60] [--public FOLDER] [--json]

CPU seconds of one thread, kernels compiled before, one solve a row; ``gap`` is proven. Beside it a
MIP over 60 tangents of e^-A is given to HiGHS directly, as large as it can do. Random
instances are those of reference/wta.md: NumPy's generator, seed 7.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import highspy
import numpy as np
from rich.console import Console
from rich.table import Table

from tdome.run.assignment.api import assign_instance, warm
from tdome.run.assignment.certificate import check
from tdome.run.assignment.families import family
from tdome.run.assignment.files import read_instance
from tdome.run.assignment.instance import Instance

PUBLIC = Path("/work/shared/data/wta")
SIZES = ((50, 50), (200, 200), (1000, 1000), (2000, 2000), (5000, 5000), (10000, 10000))
SPARE = ((100, 50), (200, 100), (1000, 500))  # two rounds for each threat
STRUCTURED = (
    ("clustered", 40, 100, 2), ("ranges", 31, 250, 16), ("ranges", 31, 500, 16),
    ("ranges", 62, 1000, 16), ("ranges", 60, 500, 24),
)  # fmt: skip
MIP = ((20, 20), (50, 50))
CHECKED = 1000  # threats up to which the certificate is checked, too
Row = dict[str, Any]


def drawn(style: str, types: int, threats: int) -> Instance:
    """Return a random instance of reference/wta.md: style A or B."""
    chance = np.random.default_rng(7)
    if style == "A":
        v, p = chance.integers(25, 101, threats), chance.uniform(0.6, 0.9, (types, threats))
    else:
        v, p = chance.integers(1, 101, threats), chance.uniform(0.0, 1.0, (types, threats))
    return Instance.of(v, p, 1, f"{style} {types} x {threats}")


def solved(instance: Instance, most: float) -> Row:
    """Solve one instance and check its certificate."""
    began = time.process_time()
    found = assign_instance(instance, time=most)
    seconds = time.process_time() - began
    row = {
        "instance": Path(instance.name).stem if "/" in instance.name else instance.name,
        "objective": found.objective, "gap": found.gap, "status": found.status,
        "cpu_s": seconds, "rss_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }  # fmt: skip
    if instance.threats <= CHECKED:
        problem = (instance.values, instance.kill_probability, instance.rounds)
        mine = found.certificate
        faults = check(problem, found.plan, found.objective, mine.prices, mine.bound).faults
        row["certificate"] = "; ".join(faults) or "sound"
    return row


def tangents(instance: Instance, most: float) -> Row:
    """Let HiGHS solve a MIP in which e^-A is the greatest of 60 tangents."""
    began = time.process_time()
    h, (types, threats) = highspy.Highs(), instance.kill_probability.shape
    for name, value in {"output_flag": False, "threads": 1, "time_limit": most}.items():
        h.setOptionValue(name, value)
    a = -np.log(1.0 - instance.kill_probability)
    y = [h.addVariable(0.0, 1.0, v) for v in instance.values]
    x = [[h.addIntegral(0.0, float(m)) for _ in range(threats)] for m in instance.rounds]
    for i in range(types):
        h.addConstr(sum(x[i]) <= float(instance.rounds[i]))
    for j in range(threats):
        total = sum(a[i, j] * x[i][j] for i in range(types))
        for t in np.linspace(0.0, 8.0, 60):
            h.addConstr(y[j] + np.exp(-t) * total >= np.exp(-t) * (1.0 + t))
    h.run()
    counts = np.round(np.array([[h.val(one) for one in row] for row in x]))
    leak = float(np.sum(instance.values * np.prod((1.0 - instance.kill_probability) ** counts, 0)))
    bound = h.getInfo().mip_dual_bound
    return {
        "instance": f"HiGHS, 60 tangents: {instance.name}", "objective": leak,
        "gap": (leak - bound) / leak, "status": "", "cpu_s": time.process_time() - began,
    }  # fmt: skip


def rows(given: argparse.Namespace) -> Iterator[Row]:
    """Solve everything up to the size asked for."""
    warm()
    for path in sorted(given.public.glob("*.txt")):
        yield solved(read_instance(path), given.time)
    for types, threats in (*SIZES, *SPARE):
        if max(types, threats) <= given.largest:
            for style in "AB":
                yield solved(drawn(style, types, threats), given.time)
    for name, types, threats, rounds in STRUCTURED:
        if threats <= given.largest:
            yield solved(family(name, types, threats, rounds, seed=1), given.time)
    for types, threats in MIP:
        for style in "AB":
            yield tangents(drawn(style, types, threats), given.time)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=1000, help="threats or types at most")
    parser.add_argument("--time", type=float, default=60.0, help="seconds for each")
    parser.add_argument("--public", type=Path, default=PUBLIC, help="folder of public instances")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = []
    for row in rows(given):
        found.append(row)
        sys.stderr.write(f"{row['instance']}: {row['cpu_s']:.3f} s, gap {row['gap']:.1e}\n")
    if given.json:
        print(json.dumps(found, indent=1))
        return
    table = Table("instance", "leak", "gap", "CPU s", "status", "certificate")
    for row in found:
        told = (f"{row['objective']:.6f}", f"{row['gap']:.1e}", f"{row['cpu_s']:.3f}")
        table.add_row(row["instance"], *told, row["status"], row.get("certificate", ""))
    Console().print(table)


if __name__ == "__main__":
    main()
