"""GOSPA and SIAP of tracks against a scene, by `tdome.score`."""

import numpy as np
from benchmarks.tracking.judge import CUTOFF_M, FIRST_SCAN
from benchmarks.tracking.scenes.scene import NS, Scene

from tdome.messages.recording import TrackHistory
from tdome.score.picture.gospa import gospa_of
from tdome.score.picture.pairs import near_pairs
from tdome.score.picture.pictures import lay_out
from tdome.score.picture.siap import siap


def figures(scene: Scene, tracks: TrackHistory) -> dict[str, float]:
    """Return mean OSPA and GOSPA (p = 2, c = 1 km, scans 5 and later) and SIAP over all scans."""
    times = np.round(scene.t[scene.truth_scan] * NS).astype(np.int64)
    pictures = lay_out(tracks, scene.truth_history(), times)
    distances = gospa_of(pictures.since(FIRST_SCAN), CUTOFF_M)
    attributes = siap(pictures, near_pairs(pictures, CUTOFF_M))
    return {
        "gospa": float(distances.gospa.mean()),
        "ospa": float(distances.ospa.mean()),
        **{name: getattr(attributes, name) for name in attributes.__struct_fields__},
    }
