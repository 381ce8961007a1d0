"""Our tracker as the bars run it: one thread, CPU seconds, medians, kernels compiled before."""

import statistics
from time import perf_counter, process_time

from benchmarks.tracking.scenes.scene import Scene

from tdome.command.tracking.central import CentralTracker
from tdome.command.tracking.engine import Engine, Settings, track
from tdome.messages.recording import TrackHistory

REPEATS = 5


def run(scene: Scene, settings: Settings) -> TrackHistory:
    """Track a scene."""
    return track(scene.recording(), scene.sites(), settings)


def timed(scene: Scene, settings: Settings, repeats: int = REPEATS) -> tuple[float, TrackHistory]:
    """Return the median CPU seconds of whole runs, recording in memory, and the tracks."""
    recording, sites = scene.recording(), scene.sites()
    part = recording if repeats > 1 else recording.part(0, min(len(recording), 3))
    tracks = track(part, sites, settings)  # compiles, warms the caches
    seconds = []
    for _ in range(repeats):
        began = process_time()
        tracks = track(recording, sites, settings)
        seconds.append(process_time() - began)
    return statistics.median(seconds), tracks


def timed_registered(scene: Scene, settings: Settings, repeats: int = REPEATS) -> float:
    """Return the median CPU seconds of whole runs with registration, ready for late scans."""
    recording, sites = scene.recording(), scene.sites()
    CentralTracker(sites, settings).track(recording.part(0, min(len(recording), 40)))
    seconds = []
    for _ in range(repeats):
        began = process_time()
        CentralTracker(sites, settings).track(recording)
        seconds.append(process_time() - began)
    return statistics.median(seconds)


def by_wall(
    scene: Scene, settings: Settings, workers: int, repeats: int
) -> tuple[float, float, TrackHistory]:
    """Return the least wall seconds of whole runs by so many threads, their CPU s, and the tracks.

    The least, for what else runs on the machine only adds to wall time.
    """
    recording, sites = scene.recording(), scene.sites()
    Engine(sites, settings, workers=workers).fold(recording.part(0, min(len(recording), 3)))
    runs: list[tuple[float, float]] = []
    for n in range(repeats):
        began, used = perf_counter(), process_time()
        tracks = Engine(sites, settings, workers=workers).fold(recording)
        runs.append((perf_counter() - began, process_time() - used))
        if n + 1 < repeats:
            del tracks  # hundreds of MB: not two at a time
    return (*min(runs), tracks)
