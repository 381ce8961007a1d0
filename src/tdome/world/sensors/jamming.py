"""Jamming by its effect alone: noise that a radar hears in its main lobe.

A jammer at distance R adds J/N = (J/N at 100 km) (100 km / R)^2 (one way, where the echo falls with
R^4) to the noise of every direction within half a main lobe of it, if the radar is in its radio
horizon and skyline. So with a stand-off jammer in the lobe the range of detection shrinks by
(1 + J/N)^(-1/4); a target with a jammer of its own is seen from the range on where S / (1 + J)
suffices: burn-through. In each scan a radar also tells the bearing of what jams it with J/N >= 1
within its sector (a strobe). (Skolnik, "Radar Handbook", 3rd ed., ch. 24; Adamy, "EW 101", ch. 9.)

Assumptions and limits: main lobe only, of equal gain within it and no sidelobes at all; the same
J/N in every class of radar (no bands, no frequency agility, no bandwidth); no rain on the way of
the jamming; the false-alarm rate stays (CFAR); noise only, no false targets. Stand-off jammers are
places or circles out of reach, not bodies.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tdome.earth.ballistics import height1
from tdome.earth.horizon import above_horizon1, within_sector1
from tdome.earth.skyline import cleared1
from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef
from tdome.kernel.jit import kernel
from tdome.kernel.random import Stream, object_key
from tdome.messages.base import Floats, Longs, Singles
from tdome.world.bodies.table import Bodies, State
from tdome.world.schema.jammers import Jammer
from tdome.world.sensors.limits import ANTENNA, BEARING, BIAS_AZIMUTH, HALF_SECTOR, SIGMAS

REFERENCE = 100e3  # m, where J/N is given
STROBE = 1.0  # J/N from which on a radar tells the bearing of what jams it


class Sources(NamedTuple):
    """Jammers: place (k, 4) rows (ECEF m, J/N at 100 km), key of each, row of its body or -1."""

    place: Floats
    key: Longs
    row: Longs


class Heard(NamedTuple):
    """What a radar hears: noise (k, 4) rows (ECEF unit vector, J/N), and of which source."""

    noise: Floats
    source: Longs


class Strobes(NamedTuple):
    """Bearings of jammers: azimuth (rad), J/N (dB), row of the body or -1."""

    azimuth_rad: Floats
    snr_db: Singles
    rows: Longs


NONE = Sources(np.empty((0, 4)), np.empty(0, np.int64), np.empty(0, np.int64))
NO_STROBES = Strobes(np.empty(0), np.empty(0, np.float32), np.empty(0, np.int64))
SILENCE = Heard(np.empty((0, 4)), np.empty(0, np.int64))


class Jamming:
    """All jammers of a scenario: stand-off ones, and those that bodies carry."""

    def __init__(self, jammers: Sequence[Jammer]) -> None:
        self._jammers = jammers
        self._centres = [
            (geodetic_to_ecef(lat, lon, one.altitude_m), enu_axes(lat, lon))
            for one in jammers
            for lat, lon in [(math.radians(one.lat_deg), math.radians(one.lon_deg))]
        ]
        self._levels = [10.0 ** (one.j_n_db / 10.0) for one in jammers]
        keys = [object_key("jammer", one.name) for one in jammers]
        self._keys = np.array(keys, dtype=np.int64)

    def sources(self, bodies: Bodies, t: float) -> Sources:
        """Return what jams at t (s)."""
        on = self._on(t)
        carried = np.flatnonzero(bodies.jammer)
        if len(carried):
            carried = carried[bodies.state[carried] == State.FLYING]
        if not on and not len(carried):
            return NONE
        rows = [np.append(self._place(i, t), self._levels[i]) for i in on]
        rows += [
            np.append(bodies.position_at(row, t)[:3], bodies.jammer[row])
            for row in carried.tolist()
        ]
        return Sources(
            place=np.array(rows),
            key=np.append(self._keys[on], bodies.key[carried]),
            row=np.append(np.full(len(on), -1, np.int64), carried),
        )

    def standing_off(self, t: float) -> Sources:
        """Return what jams at t (s) and is no body."""
        on = self._on(t)
        if not on:
            return NONE
        place = np.array([np.append(self._place(i, t), self._levels[i]) for i in on])
        return Sources(place, self._keys[on], np.full(len(on), -1, np.int64))

    def _on(self, t: float) -> list[int]:
        return [i for i, one in enumerate(self._jammers) if one.start_s <= t < one.end_s]

    def _place(self, jammer: int, t: float) -> Floats:
        """Return where a stand-off jammer is, (3,), ECEF, m: clockwise round its centre."""
        one, (centre, axes) = self._jammers[jammer], self._centres[jammer]
        radius = one.circle_km * 1e3
        turned = one.speed_m_s * (t - one.start_s) / radius if radius > 0.0 else 0.0
        away = radius * (math.sin(turned) * axes[0] + math.cos(turned) * axes[1])
        return np.asarray(centre + away)


def heard(sources: Sources, frame: Floats, limits: Floats, edge: Floats) -> Heard:
    """Return what a radar hears of jammers. frame, limits, edge: see ``echoes.echoes1``."""
    if not len(sources.place):
        return SILENCE
    noise, which = np.empty((len(sources.place), 4)), np.empty(len(sources.place), np.int64)
    count = heard1(sources.place, frame, limits, edge, noise, which)
    return Heard(noise[:count], which[:count])


@kernel
def heard1(
    sources: Floats, frame: Floats, limits: Floats, edge: Floats, noise: Floats, which: Longs
) -> int:
    """Write noise and sources of :class:`Heard`; return how many."""
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
        which[heard] = k
        heard += 1
    return heard


def strobes(found: Heard, of: Sources, frame: Floats, limits: Floats, chance: Stream) -> Strobes:
    """Return the bearings of what jams a radar in a scan, in canonical order.

    ``chance`` is the stream of this radar and scan; draws are keyed by the jammer. Errors are those
    of the azimuth of a plot of middling strength, and the radar's bias.
    """
    loud = np.flatnonzero(found.noise[:, 3] >= STROBE)
    lines, which = found.noise[loud], found.source[loud]
    east, north = lines[:, :3] @ frame[1], lines[:, :3] @ frame[2]
    inside = np.array(
        [
            within_sector1(e, n, limits[BEARING], limits[HALF_SECTOR])
            for e, n in zip(east, north, strict=True)
        ],
        np.bool_,
    )
    drawn = np.array([chance.draw(int(key)) for key in of.key[which]]).reshape(-1, 4)
    error = np.sqrt(-2.0 * np.log(drawn[:, 0])) * np.cos(2.0 * math.pi * drawn[:, 1])
    azimuth = np.arctan2(east, north) + limits[BIAS_AZIMUTH] + limits[SIGMAS + 1] * error
    level = 10.0 * np.log10(lines[:, 3])
    azimuth, level, rows = azimuth[inside], level[inside], of.row[which][inside]
    azimuth = np.mod(azimuth, 2.0 * math.pi)
    order = np.lexsort((level, azimuth))
    return Strobes(azimuth[order], level[order].astype(np.float32), rows[order])
