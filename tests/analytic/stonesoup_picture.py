"""Make stonesoup_picture.json: OSPA, GOSPA and SIAP of small scenes by Stone Soup itself.

Stone Soup is no dependency. In an environment of its own: ``pip install stonesoup==1.9.1``, then
``python tests/analytic/stonesoup_picture.py`` from the root of the repository.
"""

# ruff: noqa: PLC0415  (Stone Soup is there only where the table is made)
import datetime
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_suffix(".json")
SCENES = 12
CUTOFF = 1000.0
REPEATS = 12


def scene(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times (s), truth (K, N, 6) and tracks (K, M, 6); nan where something is not there.

    Flyers close together and crossing, tracks that swap, break, double and come of nothing: each
    rule of the association is met. State: x, y, z, vx, vy, vz.
    """
    rng = np.random.default_rng(seed)
    pictures, flyers = 26, 7
    t = 4.0 * np.arange(pictures)
    place, velocity = rng.uniform(-2500, 2500, (flyers, 3)), rng.normal(0, 40, (flyers, 3))
    truth = np.empty((pictures, flyers, 6))
    truth[:, :, :3] = place + t[:, None, None] * velocity
    truth[:, :, 3:] = velocity
    for flyer in range(0, flyers, 3):
        truth[rng.integers(15, 24) :, flyer] = np.nan
        truth[: rng.integers(0, 6), flyer] = np.nan
    parts = []
    for flyer in range(flyers):
        track = truth[:, flyer] + rng.normal(0, [250, 250, 250, 20, 20, 20], (pictures, 6))
        other = truth[:, (flyer + 1) % flyers] + rng.normal(0, 30, (pictures, 6))
        swapped = rng.uniform(size=pictures) < 0.25 * (seed % 4)
        swapped &= np.isfinite(other[:, 0]) & np.isfinite(track[:, 0])
        track[swapped] = other[swapped]
        begin, end = rng.integers(0, 5), rng.integers(14, pictures + 1)
        track[:begin] = track[end:] = np.nan  # (gaps inside a track stop Stone Soup)
        parts.append(track)
        if end < pictures - 5:
            again = truth[:, flyer] + rng.normal(0, 100, (pictures, 6))
            again[: end - rng.integers(0, 3)] = np.nan
            parts.append(again)
    ghost = np.full((pictures, 6), 9000.0)
    ghost[: rng.integers(2, 15)] = np.nan
    parts.append(ghost)
    tracks = np.stack(parts, axis=1)
    return t, truth, tracks


def by_stone_soup(seed: int) -> dict[str, Any]:
    from stonesoup.dataassociator.tracktotrack import TrackToTruth
    from stonesoup.measures import Euclidean
    from stonesoup.metricgenerator.manager import MultiManager
    from stonesoup.metricgenerator.ospametric import GOSPAMetric, OSPAMetric
    from stonesoup.metricgenerator.tracktotruthmetrics import SIAPMetrics
    from stonesoup.types.groundtruth import GroundTruthPath
    from stonesoup.types.state import State
    from stonesoup.types.track import Track

    t, truth, tracks = scene(seed)
    start = datetime.datetime(2026, 1, 1)  # noqa: DTZ001  (Stone Soup's own way)

    def paths(columns: np.ndarray, kind: Any) -> set[Any]:
        made = set()
        for row in range(columns.shape[1]):
            there = np.flatnonzero(np.isfinite(columns[:, row, 0]))
            states = [
                State(columns[k, row], timestamp=start + datetime.timedelta(seconds=float(t[k])))
                for k in there
            ]
            if states:
                made.add(kind(states))
        return made

    near, fast = Euclidean((0, 1, 2)), Euclidean((3, 4, 5))
    keys = {"tracks_key": "tracks", "truths_key": "truth"}

    def run() -> Any:
        manager = MultiManager(
            [
                OSPAMetric(p=2, c=CUTOFF, measure=near, generator_name="ospa", **keys),
                GOSPAMetric(p=2, c=CUTOFF, measure=near, generator_name="gospa", **keys),
                SIAPMetrics(
                    position_measure=near, velocity_measure=fast, generator_name="siap", **keys
                ),
            ],
            associator=TrackToTruth(association_threshold=CUTOFF, measure=near),
        )
        manager.add_data({"tracks": paths(tracks, Track), "truth": paths(truth, GroundTruthPath)})
        return manager

    again = [run().generate_metrics() for _ in range(REPEATS)]
    made = again[0]
    gospa = [one.value for one in made["gospa"]["GOSPA Metrics"].value]
    siap = [
        {
            name: float(f"{one.value:.12g}")
            for name, one in metrics["siap"].items()
            if not name.endswith("at times")
        }
        for metrics in again
    ]
    return {
        "seed": seed,
        "ospa": [float(one.value) for one in made["ospa"]["OSPA distances"].value],
        "gospa": [float(one["distance"]) for one in gospa],
        "localisation": [float(one["localisation"]) for one in gospa],
        "missed": [float(one["missed"]) for one in gospa],
        "false": [float(one["false"]) for one in gospa],
        # Which of two tracks that end together counts is left to chance: all outcomes seen.
        "siap": {name: sorted({one[name] for one in siap}) for name in siap[0]},
    }


if __name__ == "__main__":
    from importlib.metadata import version

    table = {
        "versions": {
            "stonesoup": version("stonesoup"),
            "numpy": np.__version__,
            "python": sys.version.split()[0],
        },
        "cutoff_m": CUTOFF,
        "scenes": [by_stone_soup(seed) for seed in range(SCENES)],
    }
    FILE.write_text(json.dumps(table, indent=1) + "\n")
