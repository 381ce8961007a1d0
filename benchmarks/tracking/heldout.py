"""The peer on held-out seeds, with its best-tuned settings: writes peer-results.json.

    python -m benchmarks.tracking.heldout [std_100 raid_100 std_500]

Reads the settings from peer-tuning.json. `TUNED_FOR` seeds are those of the issue's files; here
are others. Plots far from a track are left out beforehand (mode near), which changes no track
(checked bit for bit against mode gnn), so the CPU seconds are not those of Stone Soup as shipped:
these come from the runner, in modes gnn and gnn_tpr.
"""

import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.tracking import judge
from benchmarks.tracking.peer import environment
from benchmarks.tracking.scenes import standard

JOINT = {("raid", seed) for seed in range(201, 204)}  # JPDA is slower and scores worse
STD_SEEDS, RAID_SEEDS, LARGE_SEEDS = range(101, 111), range(201, 211), range(301, 303)
TUNING = Path(__file__).with_name("peer-tuning.json")
OUT = Path(__file__).with_name("peer-results.json")
Spec = tuple[str, int, int]


def specs() -> list[Spec]:
    """Return (kind, targets, seed) of what is run, most wanted first."""
    return [
        *(("std", 100, seed) for seed in STD_SEEDS),
        *(("raid", 100, seed) for seed in RAID_SEEDS),
        *(("std", 500, seed) for seed in LARGE_SEEDS),
    ]


def best(mode: str) -> dict[str, Any]:
    """Return the settings that were chosen in a mode.

    For GNN those named best in the file; a row tried later is better by 0.03 %, see the page.
    """
    told = json.loads(TUNING.read_text())
    rows = [row for row in told["tried"] if row["settings"]["mode"] == mode]
    if told["best"]["settings"]["mode"] == mode:
        rows = [told["best"]]
    chosen: dict[str, Any] = min(rows, key=lambda row: row["score"])["settings"]
    return chosen


def made() -> dict[str, str]:
    """Return what a figure depends on."""
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{platform.processor() or platform.machine()}, {platform.system()}",
        "python": platform.python_version(),
        "stonesoup": "1.9.1",
        "numpy": np.__version__,
        "command": "python -m benchmarks.tracking.heldout",
    }


def main() -> None:
    """Run what is missing; keep what is there after each run."""
    rows: list[dict[str, Any]] = []
    wanted = sys.argv[1:]
    for kind, targets, seed in specs():
        if wanted and f"{kind}_{targets}" not in wanted:
            continue
        scene = standard.make(targets, seed, raid=kind == "raid")
        for mode in ("gnn_near", "jpda_lbp_near"):
            if mode.startswith("jpda") and (kind, seed) not in JOINT:
                continue
            told, tracks = environment.cached(scene, **best(mode))
            score = judge.gospa(scene, tracks)._asdict()
            score = {name: round(value, 3) for name, value in score.items()}
            spec = {"kind": kind, "targets": targets, "seed": seed}
            rows.append({**spec, "mode": mode, "cpu_s": round(told["cpu_s"], 2), **score})
            sys.stdout.write(f"{rows[-1]}\n")
            sys.stdout.flush()
            settings = {mode: best(mode) for mode in ("gnn_near", "jpda_lbp_near")}
            kept = {"made": made(), "settings": settings, "rows": rows}
            OUT.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
