"""Our tracker as the bars run it: one thread, CPU seconds, medians, kernels compiled before."""

import statistics
from time import process_time

from benchmarks.tracking.scenes.scene import Scene
from tdome.command.tracking.engine import Settings, track

from tdome.messages.recording import TrackHistory

REPEATS = 5


def run(scene: Scene, settings: Settings) -> TrackHistory:
    """Track a scene."""
    return track(scene.recording(), scene.sites(), settings)


def timed(scene: Scene, settings: Settings, repeats: int = REPEATS) -> tuple[float, TrackHistory]:
    """Return the median CPU seconds of whole runs, recording in memory, and the tracks."""
    recording, sites = scene.recording(), scene.sites()
    tracks = track(recording, sites, settings)  # compiles, warms the caches
    seconds = []
    for _ in range(repeats):
        began = process_time()
        tracks = track(recording, sites, settings)
        seconds.append(process_time() - began)
    return statistics.median(seconds), tracks
