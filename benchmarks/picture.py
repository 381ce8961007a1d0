"""How fast the metrics of the air picture are, and beside them Stone Soup's own generators.

    python benchmarks/picture.py [--keep scene.npz]        ours: OSPA, GOSPA, SIAP, NEES
    PEER/python benchmarks/picture.py --peer scene.npz     Stone Soup 1.9.1: OSPA, GOSPA, SIAP

CPU seconds of one thread; ours: median of 5 in a warm process; the peer: one run. The peer needs
no tdome. Tracks are the truth with errors of 100 m, up to four scans late; one in twenty is false.
"""

# ruff: noqa: PLC0415  (each side imports what it alone has)
import argparse
import datetime
import json
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import numpy as np

CUTOFF = 1000.0
SCALES = ((100, 40), (1_000, 20), (10_000, 10))


def scene(flyers: int, scans: int) -> dict[str, np.ndarray]:
    """Return t (K,), truth (K, N, 6) and tracks (K, M, 6): x, y, z, vx, vy, vz; nan for none."""
    rng = np.random.default_rng(flyers)
    t = 4.0 * np.arange(scans)
    start = np.column_stack([rng.uniform(-150e3, 150e3, (flyers, 2)), rng.uniform(0, 12e3, flyers)])
    speed = rng.normal(0, 150, (flyers, 3)) * [1, 1, 0.05]
    truth = np.empty((scans, flyers, 6))
    truth[:, :, :3] = start + t[:, None, None] * speed
    truth[:, :, 3:] = speed
    error = rng.normal(size=truth.shape) * [100, 100, 100, 15, 15, 15]
    tracks = np.concatenate([truth + error, truth[:, : flyers // 20] + 5e4], axis=1)
    late = rng.integers(0, 5, tracks.shape[1])  # (gaps inside a track stop Stone Soup)
    tracks[np.arange(scans)[:, None] < late] = np.nan
    return {"t": t, "truth": truth, "tracks": tracks}


def ours(made: dict[str, np.ndarray]) -> tuple[float, dict[str, float]]:
    """Return CPU seconds and figures."""
    from tdome.messages.recording import TrackHistory, TruthHistory
    from tdome.score.picture.report import score_tracks

    at = np.round(made["t"] * 1e9).astype(np.int64)
    k, number = np.nonzero(np.isfinite(made["tracks"][:, :, 0]))
    when, flyer = np.nonzero(np.isfinite(made["truth"][:, :, 0]))
    tracks = TrackHistory(
        scan=k.astype(np.int32),
        at=at[k],
        number=number.astype(np.int32),
        state=made["tracks"][k, number],
        covariance=np.tile(np.diag([1e4] * 3 + [225.0] * 3), (len(k), 1, 1)),
        updated=np.ones(len(k), np.bool_),
        plot=np.full(len(k), -1),
    )
    truth = TruthHistory(
        at=at[when], flyer=flyer.astype(np.int32), state=made["truth"][when, flyer]
    )
    spent = []
    for _ in range(6):
        began = process_time()
        score = score_tracks(tracks, truth, cutoff=CUTOFF)
        spent.append(process_time() - began)
    siap = score.siap
    figures = {"ospa": score.ospa_m, "gospa": score.gospa_m, "completeness": siap.completeness}
    return median(spent[1:]), figures


def peer(made: dict[str, np.ndarray]) -> tuple[float, dict[str, float]]:
    """Return CPU seconds and figures of Stone Soup."""
    from stonesoup.dataassociator.tracktotrack import TrackToTruth
    from stonesoup.measures import Euclidean
    from stonesoup.metricgenerator.manager import MultiManager
    from stonesoup.metricgenerator.ospametric import GOSPAMetric, OSPAMetric
    from stonesoup.metricgenerator.tracktotruthmetrics import SIAPMetrics
    from stonesoup.types.groundtruth import GroundTruthPath
    from stonesoup.types.state import State
    from stonesoup.types.track import Track

    start = datetime.datetime(2026, 1, 1)  # noqa: DTZ001  (Stone Soup's own way)
    times = [start + datetime.timedelta(seconds=float(t)) for t in made["t"]]

    def paths(columns: np.ndarray, kind: type) -> set[Any]:
        there = np.isfinite(columns[:, :, 0])
        rows = [np.flatnonzero(there[:, row]) for row in range(columns.shape[1])]
        return {
            kind([State(columns[k, row], timestamp=times[k]) for k in scans])
            for row, scans in enumerate(rows)
            if len(scans)
        }

    near, fast = Euclidean((0, 1, 2)), Euclidean((3, 4, 5))
    keys = {"tracks_key": "tracks", "truths_key": "truth"}
    generators = [
        OSPAMetric(p=2, c=CUTOFF, measure=near, generator_name="ospa", **keys),
        GOSPAMetric(p=2, c=CUTOFF, measure=near, generator_name="gospa", **keys),
        SIAPMetrics(position_measure=near, velocity_measure=fast, generator_name="siap", **keys),
    ]
    manager = MultiManager(
        generators, associator=TrackToTruth(association_threshold=CUTOFF, measure=near)
    )
    manager.add_data(
        {"tracks": paths(made["tracks"], Track), "truth": paths(made["truth"], GroundTruthPath)}
    )
    began = process_time()
    found = manager.generate_metrics()
    spent = process_time() - began
    ospa = [one.value for one in found["ospa"]["OSPA distances"].value]
    gospa = [one.value["distance"] for one in found["gospa"]["GOSPA Metrics"].value]
    return spent, {
        "ospa": float(np.mean(ospa)),
        "gospa": float(np.mean(gospa)),
        "completeness": float(found["siap"]["SIAP Completeness"].value),
    }


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--keep", type=Path)
    words.add_argument("--peer", type=Path)
    given = words.parse_args()
    if given.peer:
        seconds, figures = peer(dict(np.load(given.peer)))
        print(json.dumps({"cpu_s": seconds, **figures}))
    for flyers, scans in SCALES if not given.peer else ():
        made = scene(flyers, scans)
        if given.keep and flyers == SCALES[0][0]:
            np.savez(given.keep, **made)
        seconds, figures = ours(made)
        row = {"flyers": flyers, "scans": scans, "cpu_s": seconds, "per_scan_s": seconds / scans}
        print(json.dumps({**row, **figures}))
