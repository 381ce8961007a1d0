"""Our tracker with registration: what is learned of the biases corrects the plots that follow.

Causal: a block of scans is corrected with what the blocks before it taught, tracked, and then
teaches in its turn. Nothing looks ahead.
"""

from itertools import pairwise

import numpy as np
from benchmarks.tracking.scenes.scene import NS, Scene

from tdome.command.tracking.engine import Engine, Settings
from tdome.command.tracking.registration.correction import corrected
from tdome.command.tracking.registration.estimator import Registration
from tdome.messages.base import Floats
from tdome.messages.recording import TrackHistory

BLOCK_S = 8.0


def run(scene: Scene, settings: Settings) -> tuple[TrackHistory, Floats]:
    """Return the tracks of a scene, and the biases (R, 4) as estimated at its end."""
    recording, sites = scene.recording(), scene.sites()
    engine, registration = Engine(sites, settings), Registration(sites)
    state, parts = registration.start(), []
    block = np.floor(recording.at / NS / BLOCK_S)
    edges = [0, *(np.flatnonzero(np.diff(block)) + 1), len(recording)]
    for first, last in pairwise(edges):
        part = recording.part(first, last)
        better = corrected(part, state)
        tracks = engine.fold(better.recording)
        parts.append(tracks)
        own = tracks.plot - int(recording.start[first])
        fed = tracks.updated & (tracks.plot >= 0)
        target = np.full(part.plots, -1, np.int64)
        target[better.row[own[fed]]] = tracks.number[fed]
        state = registration.fold(state, part, target)
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in TrackHistory.__struct_fields__
    }
    return TrackHistory(**columns), state.bias.reshape(-1, 4)
