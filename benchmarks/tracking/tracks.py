"""Track files of the peer as track histories, so that one judge judges both tools."""

from pathlib import Path

import numpy as np
from benchmarks.tracking.scenes.scene import NS, PLACE_AND_SPEED, Scene

from tdome.messages.recording import TrackHistory


def read_peer(path: Path, scene: Scene) -> TrackHistory:
    """Read what the peer stored: id, k, x (x, vx, y, vy, z, vz), P, upd."""
    with np.load(path) as kept:
        number, scan, state = kept["id"], kept["k"], kept["x"]
        covariance, updated = kept["P"], kept["upd"]
    order = np.lexsort((number, scan))
    places = np.array(PLACE_AND_SPEED)
    return TrackHistory(
        scan=scan[order].astype(np.int32),
        at=np.round(scene.t[scan[order]] * NS).astype(np.int64),
        number=number[order].astype(np.int32),
        state=state[order][:, places],
        covariance=covariance[order][:, places[:, None], places[None]],
        updated=updated[order].astype(np.bool_),
        plot=np.full(len(order), -1, np.int64),
    )
