"""Tune the peer on the tuning seeds; write every setting tried and its score.

    python -m benchmarks.tracking.tune_peer SCENES_FOLDER [--edges]

One setting after the other is varied about the best so far (coordinate search), on std_100 and
raid_100; the score is the mean GOSPA of the two. Writes peer-tuning.json beside this file. Plots
far from a track are left out beforehand (mode near), which changes no track: without it the same
search takes ten times as long.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.tracking.judge import gospa
from benchmarks.tracking.peer import environment
from benchmarks.tracking.scenes.scene import read
from benchmarks.tracking.tracks import read_peer

SCENES = ("std_100", "raid_100")
FIRST: dict[str, Any] = {"mode": "gnn_near", "q": 20.0, "gate": 4.0, "confirm": 3, "delete": 4}
SEARCH: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("q", (1.0, 2.0, 5.0, 10.0, 60.0, 150.0)),
    ("delete", (2, 3, 6)),
    ("gate", (3.0, 5.0)),
    ("confirm", (2, 4)),
    ("speed", (120.0, 300.0)),
    ("delete_tentative", (1, 3)),
    ("q_up", (0.05, 1.0)),
    ("filter", ("ukf",)),
    ("mode", ("jpda_lbp_near",)),
)
EDGES: tuple[dict[str, Any], ...] = (  # the best so far lay at the edge of what was tried
    {"q": 0.3},
    {"gate": 6.0},
)
JOINT: tuple[dict[str, Any], ...] = (
    {"mode": "jpda_lbp_near", "clutter": 10.0},
    {"mode": "jpda_lbp_near", "q": 60.0},
    {"mode": "gnn_tpr", "horizon": 8.0},
    {"mode": "gnn_tpr", "horizon": 20.0},
)
OUT = Path(__file__).with_name("peer-tuning.json")


def score(scenes: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """Run the peer on the tuning scenes; return its settings, GOSPA of each, CPU seconds."""
    row: dict[str, Any] = {"settings": settings, "gospa": {}, "missed": {}, "false": {}, "cpu_s": 0}
    with tempfile.TemporaryDirectory() as place:
        for name in SCENES:
            tracks = Path(place) / f"{name}.npz"
            told = environment.run(scenes / f"{name}.npz", tracks, **settings)
            scene = read(scenes / f"{name}.npz")
            judged = gospa(scene, read_peer(tracks, scene))
            for part in ("gospa", "missed", "false"):
                row[part][name] = round(getattr(judged, part), 2)
            row["cpu_s"] += round(told["cpu_s"], 2)
    row["score"] = round(sum(row["gospa"].values()) / len(SCENES), 2)
    sys.stdout.write(f"{row['score']:9.2f}  {environment.named(settings)}\n")
    sys.stdout.flush()
    return row


def edges(scenes: Path) -> None:
    """Go on from an earlier search beyond the edges of what it tried; the choice stays."""
    before = json.loads(OUT.read_text())
    tried, best = before["tried"], before["best"]
    for change in EDGES:
        tried.append(score(scenes, {**best["settings"], **change}))
        OUT.write_text(json.dumps({"best": best, "tried": tried}, indent=1) + "\n")


def main() -> None:
    """Search, and write what was tried in order."""
    scenes = Path(sys.argv[1])
    if "--edges" in sys.argv:
        edges(scenes)
        return
    tried = [score(scenes, FIRST)]
    best = tried[0]

    def keep() -> None:
        OUT.write_text(json.dumps({"best": best, "tried": tried}, indent=1) + "\n")

    for name, values in SEARCH:
        around = best["settings"]
        for value in values:
            tried.append(score(scenes, {**around, name: value}))
            if tried[-1]["score"] < best["score"]:
                best = tried[-1]
            keep()
    for change in JOINT:
        tried.append(score(scenes, {**best["settings"], **change}))
        keep()


if __name__ == "__main__":
    main()
