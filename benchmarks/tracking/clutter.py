"""Clutter map and outages: with and without, on uniform and patchy clutter, bursts and jamming.

    PYTHONPATH=src:. python -m benchmarks.tracking.clutter [--seeds N]

Uniform: :mod:`.scenes.standard`. Patchy: :mod:`.scenes.patchy` (80 % of the false plots in 5.7 % of
the ground). Faults: :mod:`.scenes.faults`, 300 flyers. CPU seconds of one thread, least of three.
"""

import argparse
from collections.abc import Callable
from time import process_time

import numpy as np
from benchmarks.tracking.judge import pair
from benchmarks.tracking.scenes import faults, patchy, standard
from benchmarks.tracking.scenes.scene import Scene
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from tdome.command.tracking.engine import Settings, track
from tdome.messages.recording import TrackHistory
from tdome.score.picture.report import score_tracks

FLYERS, BEFORE = 300, 20
MAPS = {"without": replace(Settings.imm(), clutter_map=False), "with": Settings.imm()}
OUTAGES = {
    "without": replace(Settings.imm(), outages=False),
    "with": Settings.imm(),
    "with, coast 70 s": replace(Settings.imm(), coast=70.0),
}
FAULTS: dict[str, tuple[int, Callable[[Scene, int], Scene]]] = {
    "nothing": (38, lambda scene, _: scene),
    "10 x clutter, 48 s": (38, lambda scene, seed: faults.burst(scene, 21, 33, 10.0, seed)),
    "silent, 20 s": (30, lambda scene, _: faults.jammed(scene, 21, 26)),
    "noise alone, 20 s": (30, lambda scene, s: faults.jammed(scene, 21, 26, noise=5.0, seed=s)),
    "silent, 60 s": (42, lambda scene, _: faults.jammed(scene, 21, 36)),
    "noise alone, 60 s": (42, lambda scene, s: faults.jammed(scene, 21, 36, noise=5.0, seed=s)),
}


def maps(seeds: int) -> Table:
    """Return GOSPA, false, missed and speed with and without the map."""
    made = Table("scene", "map", "GOSPA", "false", "missed", "S", "M plots/CPU s")
    for name, make in (("uniform", standard.make), ("patchy", patchy.make)):
        for targets in (100, 500):
            for word, settings in MAPS.items():
                rows = [_mapped(make(targets, seed), settings) for seed in range(1, seeds + 1)]
                values = np.mean(rows, axis=0)
                made.add_row(f"{name}_{targets}", word, *(f"{value:,.4g}" for value in values))
    return made


def _mapped(scene: Scene, settings: Settings) -> tuple[float, ...]:
    recording, sites, spent = scene.recording(), scene.sites(), []
    for _ in range(4):
        began = process_time()
        tracks = track(recording, sites, settings)
        spent.append(process_time() - began)
    score = score_tracks(tracks, scene.truth_history(), skip=5)
    rate = scene.plots / min(spent[1:]) / 1e6
    return score.gospa_m, score.false, score.missed, score.siap.spuriousness, rate


def holds(scene: Scene, tracks: TrackHistory, scan: int) -> dict[int, int]:
    """Return the number of the track of each flyer that has one in a scan."""
    first, last = np.searchsorted(tracks.scan, [scan, scan + 1])
    there = np.flatnonzero(~np.isnan(scene.truth[scan, :, 0]))
    own, other = pair(scene.truth[scan, there][:, 0::2], tracks.state[first:last, :3])
    number = tracks.number[first:last][other]
    return dict(zip(there[own].tolist(), number.tolist(), strict=True))


def broken(seeds: int) -> Table:
    """Return what became of flyers with a track before a fault, a while after it."""
    made = Table("fault", "outages", "same number", "another", "lost")
    for name, (after, change) in FAULTS.items():
        for word, settings in OUTAGES.items():
            tally = np.zeros(3)
            for seed in range(1, seeds + 1):
                scene = change(standard.make(FLYERS, seed), seed)
                tracks = track(scene.recording(), scene.sites(), settings)
                now = holds(scene, tracks, after)
                for flyer, number in holds(scene, tracks, BEFORE).items():
                    if not np.isnan(scene.truth[after, flyer, 0]):
                        found = now.get(flyer)
                        tally += [found == number, found not in {number, None}, found is None]
            made.add_row(name, word, *(f"{share:.1%}" for share in tally / tally.sum()))
    return made


def main() -> None:
    """Print both tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=5)
    seeds = asked.parse_args().seeds
    Console(width=110).print(maps(seeds), broken(min(seeds, 3)))


if __name__ == "__main__":
    main()
