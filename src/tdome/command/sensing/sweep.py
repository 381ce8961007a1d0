"""Cueing: a direction that no track answers sends radars to look along it.

One direction of a passive sensor or an acoustic node says where to look, not how far. Its line is
cut into CELLS ranges up to the sensor's reach; each step looks at one of them, the next step at the
next, so that a radar sweeps along the line while the direction is news. Height is that of the
elevation, or ASSUMED_HEIGHT. A direction within ANSWERED of a track, seen from the sensor, is
answered. Where two directions cross, search.py knows better. Limits: MOST places in one step, the
first sensors by name first.
"""

import math

import numpy as np

from tdome.command.sensing.base import Senses
from tdome.command.sensing.search import ASSUMED_HEIGHT
from tdome.earth.wgs84 import ecef_to_geodetic, geodetic_to_ecef
from tdome.messages.base import Floats
from tdome.messages.tracks import SystemTracks
from tdome.plan.plan import Plan

CELLS = 6
MOST = 4
ANSWERED = math.radians(4.0)


def along(plan: Plan, senses: Senses, tracks: SystemTracks, step: int) -> Floats:
    """Return places worth a look in a step (its number since the epoch), (k, 3) ECEF, m."""
    newest = {message.sensor: message for message in senses.bearings}  # the last one counts
    found: list[Floats] = []
    for name in sorted(newest):
        message = newest[name]
        book = plan.sensors.at(message.header.valid_at)
        row = book.names.index(name)
        known = (tracks.state[:, :3] - book.ecef[row]) @ book.axes[row].T
        held = np.arctan2(known[:, 0], known[:, 1])
        reach = float(book.max_range[row])
        for k in range(len(message)):
            azimuth = float(message.azimuth_rad[k])
            off = np.abs(np.mod(held - azimuth + math.pi, math.tau) - math.pi)
            if np.any(off < ANSWERED) or not math.isfinite(reach):
                continue
            way = reach * ((step + k) % CELLS + 0.5) / CELLS
            flat = way * np.array([math.sin(azimuth), math.cos(azimuth), 0.0])
            height = way * math.tan(float(message.elevation_rad[k])) + float(book.height[row])
            lat, lon, _ = ecef_to_geodetic(book.ecef[row] + flat @ book.axes[row])
            found.append(
                geodetic_to_ecef(lat, lon, height if math.isfinite(height) else ASSUMED_HEIGHT)
            )
    return np.array(found[:MOST]).reshape(-1, 3)
