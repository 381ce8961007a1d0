"""Tune the peer on recorded flights (tuning windows), then run it on the held-out windows.

    python -m benchmarks.tracking.tune_flights

The windows are hours of one day apart. Settings are varied one after the other about the best so
far, as in tune_peer; `noise` scales the believed variances, the usual answer to biases that one
does not estimate. Writes peer-flights.json.
"""

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.tracking import judge
from benchmarks.tracking.heldout import best, made
from benchmarks.tracking.peer import environment
from benchmarks.tracking.scenes import flights
from benchmarks.tracking.scenes.scene import Scene

OUT = Path(__file__).with_name("peer-flights.json")
TUNING = (("switzerland", 10200.0, 180.0, 1), ("quickstart", 2400.0, 180.0, 2))
HELD_OUT = (
    ("switzerland", 16800.0, 300.0, 11),
    ("switzerland", 24600.0, 300.0, 12),
    ("quickstart", 5400.0, 300.0, 13),
    ("quickstart", 7800.0, 300.0, 14),
)
FIRST_S = 60.0
SEARCH: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("delete", (12,)),
    ("noise", (1.6,)),
    ("q", (5.0,)),
    ("confirm", (5,)),
    ("gate", (4.0,)),
)


def chosen() -> dict[str, Any]:
    """Return the best settings tried."""
    settings: dict[str, Any] = json.loads(OUT.read_text())["best"]["settings"]
    return settings


def first_scan(scene: Scene) -> int:
    """Return the first scan that is judged: tracks get a minute to begin."""
    return int((scene.t < FIRST_S).sum())


def score(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings and mean GOSPA over the tuning windows."""
    row: dict[str, Any] = {"settings": settings, "gospa": {}, "cpu_s": 0.0}
    for window in TUNING:
        scene = flights.make(*window)
        told, tracks = environment.cached(scene, **settings)
        row["gospa"][scene.name] = round(judge.gospa(scene, tracks, first_scan(scene)).gospa, 2)
        row["cpu_s"] = round(row["cpu_s"] + told["cpu_s"], 2)
    row["score"] = round(sum(row["gospa"].values()) / len(TUNING), 2)
    sys.stdout.write(f"{row['score']:9.2f}  {environment.named(settings)}\n")
    sys.stdout.flush()
    return row


def main() -> None:
    """Tune, then run the held-out windows."""
    tried = [score({**best("gnn_near"), "delete": 8, "delete_tentative": 3})]
    top = tried[0]
    for name, values in SEARCH:
        around = top["settings"]
        for value in values:
            tried.append(score({**around, name: value}))
            top = min(top, tried[-1], key=lambda row: row["score"])
    rows = []
    for window in HELD_OUT:
        scene = flights.make(*window)
        told, tracks = environment.cached(scene, **top["settings"])
        judged = judge.gospa(scene, tracks, first_scan(scene))._asdict()
        rounded = {name: round(value, 3) for name, value in judged.items()}
        rows.append({"scene": scene.name, "cpu_s": round(told["cpu_s"], 2), **rounded})
        sys.stdout.write(f"{rows[-1]}\n")
        kept = {"made": made(), "best": top, "tried": tried, "rows": rows}
        OUT.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
