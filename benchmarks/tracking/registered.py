"""Our tracker as `td.track` runs it for several sensors: registered while it tracks, all causal."""

import numpy as np
from benchmarks.tracking.scenes.scene import Scene

from tdome.command.tracking.engine import Settings
from tdome.gateways.recordings.refusals import Refusals
from tdome.messages.base import Floats
from tdome.messages.recording import Recording, TrackHistory
from tdome.plan.books.sites import SiteBook
from tdome.run.tracking.api import Tracked, track_read
from tdome.run.tracking.inputs import Read


def run(scene: Scene, settings: Settings) -> tuple[TrackHistory, Floats]:
    """Return the tracks of a scene, and the biases (R, 4) as estimated at its end."""
    done = tracked(scene.recording(), scene.sites(), settings)
    return done.tracks, biases(done)


def tracked(
    recording: Recording, sites: SiteBook, settings: Settings, late: float = 10.0
) -> Tracked:
    """Track a recording as `td.track` does."""
    read = Read(recording=recording, sites=sites, refused=Refusals())
    return track_read(read, settings=settings, late=late)


def biases(done: Tracked) -> Floats:
    """Return the biases of range m, azimuth rad, elevation rad, time s, (R, 4), that were found."""
    found = done.registration
    rows = () if found is None else found.sites
    return np.array([[r.range_m, r.azimuth_rad, r.elevation_rad, r.time_s] for r in rows])
