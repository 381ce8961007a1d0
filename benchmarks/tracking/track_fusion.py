"""Fusion of three radars' tracks, against all plots in one tracker and the best radar alone.

    PYTHONPATH=src:. python -m benchmarks.tracking.track_fusion [--seeds N] [--json]

Scenes: :mod:`.scenes.three` as it is and with biases; raids; recorded flights (biased). One thread,
CPU seconds; and the speed for 1,000 targets.
"""

import argparse
import json
from collections.abc import Callable, Iterator

import numpy as np
from benchmarks.tracking.scenes import flights, three
from benchmarks.tracking.scenes.scene import Scene
from rich.console import Console
from rich.table import Table

import tdome as td
from tdome.command.tracking.fusion.system import TrackFusion
from tdome.messages.recording import PLOT_COLUMNS, Recording
from tdome.run.tracking.api import SKIP, Tracked
from tdome.run.tracking.fuse import FusedTracks
from tdome.score.picture.report import PictureScore, score_tracks, times_of

BIAS_M = 100.0
FIGURES = ("GOSPA", "rms m", "missed", "false", "C", "A", "S", "NEES", "changes/h", "CPU s")
SCENES: dict[str, Callable[[int], Scene]] = {
    "three radars, 100 flyers": lambda seed: three.make(100, seed),
    "the same, biased": lambda seed: three.make(100, seed, biased=True),
    "three radars, raid of 100": lambda seed: three.make(100, seed, raid=True),
    "flights, biased": lambda seed: flights.make("switzerland", 3600.0 * seed, 600.0, seed),
}


def of_radar(recording: Recording, radar: int) -> Recording:
    """Return the scans of one radar."""
    mine, length = np.flatnonzero(recording.sensor == radar), np.diff(recording.start)
    plots = np.repeat(recording.sensor == radar, length)
    return Recording(
        at=recording.at[mine],
        sensor=recording.sensor[mine],
        volume=recording.volume[mine],
        start=np.concatenate([[0], np.cumsum(length[mine])]),
        **{name: getattr(recording, name)[plots] for name in PLOT_COLUMNS},
    )


def alone(scene: Scene) -> list[Tracked]:
    """Return each radar's tracks."""
    recording, sites = scene.recording(), scene.sites()
    return [td.track(of_radar(recording, r), sensors=sites) for r in range(len(sites))]


def ways(scene: Scene) -> Iterator[tuple[str, PictureScore, float]]:
    """Yield ways to a picture of a scene: name, score, CPU seconds."""
    truth, sites = scene.truth_history(), scene.sites()
    found = []
    for one in alone(scene):
        times = times_of(one.recording)
        score = score_tracks(one.tracks, truth, times=times, skip=SKIP)
        found.append((score.gospa_m, score, one.cpu_s))
    yield ("best radar alone", *min(found, key=lambda one: one[0])[1:])
    central = td.track(scene.recording(), sensors=sites, truth=truth, registration=False)
    yield "all plots in one tracker, not registered", _scored(central), central.cpu_s
    for name, bias in (("fused", 0.0), (f"fused, bias {BIAS_M:.0f} m", BIAS_M)):
        done = td.fuse(*alone(scene), truth=truth, settings=TrackFusion(bias=bias))
        yield name, _scored(done), done.cpu_s


def _scored(done: Tracked | FusedTracks) -> PictureScore:
    if done.score is None:
        message = "truth was given"
        raise AssertionError(message)
    return done.score


def figures(score: PictureScore, cpu: float) -> list[float]:
    """Return the figures of a row, as FIGURES names them."""
    siap = score.siap
    return [
        *(score.gospa_m, score.rms_m, score.missed, score.false),
        *(siap.completeness, siap.ambiguity, siap.spuriousness),
        *(score.nees.mean, siap.number_changes_per_s * 3600.0, cpu),
    ]


def measure(seeds: int) -> dict[str, dict[str, list[float]]]:
    """Return means over seeds of each scene's ways."""
    made = {}
    for name, make in SCENES.items():
        rows: dict[str, list[list[float]]] = {}
        for seed in range(1, seeds + 1):
            for way, score, cpu in ways(make(seed)):
                rows.setdefault(way, []).append(figures(score, cpu))
        made[name] = {way: np.mean(values, axis=0).tolist() for way, values in rows.items()}
    return made


def speed(targets: int = 1000) -> dict[str, float]:
    """Return rows of tracks a CPU second, and CPU seconds a list, of many targets."""
    parts = alone(three.make(targets, 1))
    done = td.fuse(*parts)
    rows, lists = sum(one.rows for one in done.sources), sum(one.lists for one in done.sources)
    return {
        "targets": targets,
        "rows": rows,
        "lists": lists,
        "cpu_s": done.cpu_s,
        "rows_per_cpu_s": rows / done.cpu_s,
        "ms_per_list": 1e3 * done.cpu_s / lists,
    }


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument("--json", action="store_true")
    words = asked.parse_args()
    td.fuse(*alone(three.make(20, 1, scans=10)))  # kernels
    found = {"scenes": measure(words.seeds), "speed": speed()}
    if words.json:
        print(json.dumps(found, indent=1))
        return
    console = Console(width=120)
    for name, rows in found["scenes"].items():
        made = Table("", *FIGURES, title=name)
        for way, values in rows.items():
            made.add_row(way, *(f"{value:,.4g}" for value in values))
        console.print(made)
    console.print(found["speed"])


if __name__ == "__main__":
    main()
