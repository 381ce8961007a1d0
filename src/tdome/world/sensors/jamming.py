"""Jamming by its effect alone: noise that a radar hears in its main lobe.

A jammer at distance R adds J/N = (J/N at 100 km) (100 km / R)^2 (one way, where the echo falls with
R^4) to the noise of every direction within half a main lobe of it, if the radar is in its radio
horizon and skyline. So with a stand-off jammer in the lobe the range of detection shrinks by
(1 + J/N)^(-1/4); a target with a jammer of its own is seen from the range on where S / (1 + J)
suffices: burn-through. (Skolnik, "Radar Handbook", 3rd ed., ch. 24; Adamy, "EW 101", ch. 9.)

Assumptions and limits: main lobe only, of equal gain within it and no sidelobes at all; the same
J/N in every class of radar (no bands, no frequency agility, no bandwidth); no rain on the way of
the jamming; the false-alarm rate stays (CFAR); noise only, no false targets. Stand-off jammers are
places or circles out of reach, not bodies.
"""

import math
from collections.abc import Sequence

import numpy as np

from tdome.earth.ballistics import height1
from tdome.earth.horizon import above_horizon1
from tdome.earth.skyline import cleared1
from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats
from tdome.world.bodies.table import Bodies, State
from tdome.world.schema.jammers import Jammer
from tdome.world.sensors.limits import ANTENNA

REFERENCE = 100e3  # m, where J/N is given
SILENCE: Floats = np.empty((0, 4))


class Jamming:
    """All jammers of a scenario: stand-off ones, and those that bodies carry."""

    def __init__(self, jammers: Sequence[Jammer]) -> None:
        self._jammers = jammers
        self._centres = [
            (geodetic_to_ecef(lat, lon, one.altitude_m), enu_axes(lat, lon))
            for one in jammers
            for lat, lon in [(math.radians(one.lat_deg), math.radians(one.lon_deg))]
        ]

    def sources(self, bodies: Bodies, t: float) -> Floats:
        """Return what jams at t (s): rows (ECEF position in m, J/N at 100 km)."""
        rows: list[Floats] = []
        for one, (centre, axes) in zip(self._jammers, self._centres, strict=True):
            if one.start_s <= t < one.end_s:
                radius = one.circle_km * 1e3
                turned = one.speed_m_s * (t - one.start_s) / radius if radius > 0.0 else 0.0
                away = radius * (math.sin(turned) * axes[0] + math.cos(turned) * axes[1])
                rows.append(np.append(centre + away, 10.0 ** (one.j_n_db / 10.0)))
        carried = np.flatnonzero(bodies.jammer)
        carried = carried[bodies.state[carried] == State.FLYING]
        rows += [
            np.append(bodies.position_at(row, t)[:3], bodies.jammer[row])
            for row in carried.tolist()
        ]
        return np.array(rows).reshape(-1, 4)


@kernel
def heard1(sources: Floats, frame: Floats, limits: Floats, edge: Floats, noise: Floats) -> int:
    """Write what a radar hears, rows (ECEF unit vector, J/N); return how many.

    sources: see :meth:`Jamming.sources`. frame, limits, edge: see ``echoes.echoes1``.
    """
    heard = 0
    for k in range(len(sources)):
        x, y, z = sources[k, 0], sources[k, 1], sources[k, 2]
        dx, dy, dz = x - frame[0, 0], y - frame[0, 1], z - frame[0, 2]
        distance = max(math.sqrt(dx * dx + dy * dy + dz * dz), 1.0)
        height = height1(x, y, z)
        if not above_horizon1(distance, limits[ANTENNA], height):
            continue
        if len(edge):
            east = frame[1, 0] * dx + frame[1, 1] * dy + frame[1, 2] * dz
            north = frame[2, 0] * dx + frame[2, 1] * dy + frame[2, 2] * dz
            up = (frame[3, 0] * dx + frame[3, 1] * dy + frame[3, 2] * dz) / distance
            azimuth, elevation = math.atan2(east, north), math.asin(min(max(up, -1.0), 1.0))
            if not cleared1(edge, azimuth, elevation, distance, height, limits[ANTENNA]):
                continue
        noise[heard, 0], noise[heard, 1], noise[heard, 2] = (
            dx / distance,
            dy / distance,
            dz / distance,
        )
        noise[heard, 3] = sources[k, 3] * (REFERENCE / distance) ** 2
        heard += 1
    return heard
