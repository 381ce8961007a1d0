"""Radars: who is seen in one look, and what is measured.

What stands where: ``echoes`` (geometry, strength, resolution), ``chance`` (detection, errors),
``clutter`` (false plots), ``jamming`` (noise from outside); ``limits`` holds each radar's numbers.

Assumptions and limits: ONE instant per scan (no sweep through the azimuths); a tasked look has no
false plots; interceptors in flight are not seen (blanked, since the fire unit tells where they
are). More in each of the files.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from tdome.earth.geodesy import destination, initial_bearing
from tdome.earth.skyline import OPEN, skyline
from tdome.earth.terrain import Terrain
from tdome.kernel.clock import nanoseconds
from tdome.kernel.random import Streams
from tdome.messages.base import Codes, Floats, Ints, Longs, Singles
from tdome.plan.books.sensors import SensorBook
from tdome.world.bodies.table import Bodies
from tdome.world.schema.conditions import Weather
from tdome.world.schema.jammers import Jammer
from tdome.world.sensors.chance import MEASURED, RATE, SPREAD, plots1
from tdome.world.sensors.clutter import FALSE_PLOTS_LIMIT, KINDS, false_plots1, spots_of
from tdome.world.sensors.echoes import ECHO, echoes1, resolved
from tdome.world.sensors.jamming import NO_STROBES, Jamming, Strobes, heard, strobes
from tdome.world.sensors.limits import limits_of

TASK_CONE = math.radians(2.0)  # half angle of a tasked look
RANGE_STEPS = 16.0  # per metre
ANGLE_STEPS = 2.0**24  # per turn
RATE_STEPS = 64.0  # per m/s

_SKYLINES = 16  # round an orbit
_EVERYWHERE = -2.0  # below any cosine
_RADIAN_STEPS = ANGLE_STEPS / (2.0 * math.pi)


class Scan(msgspec.Struct, frozen=True):
    """Action: the number-th scan of the whole coverage of a radar."""

    sensor: int
    number: int


class Look(msgspec.Struct, frozen=True):
    """Action: tasked looks of one radar at one instant: where tracks are expected (ECEF, m)."""

    sensor: int
    places: tuple[tuple[float, float, float], ...]


class Sighting(NamedTuple):
    """Plots of one scan in canonical order, and the row of the body behind each (-1 none)."""

    range_m: Floats
    azimuth_rad: Floats
    elevation_rad: Floats
    range_rate_m_s: Floats
    doppler_spread_m_s: Singles
    snr_db: Singles
    address: Ints
    friend: Codes
    rows: Longs


_NOTHING_SEEN = Sighting(
    range_m=np.zeros(0),
    azimuth_rad=np.zeros(0),
    elevation_rad=np.zeros(0),
    range_rate_m_s=np.zeros(0),
    doppler_spread_m_s=np.zeros(0, np.float32),
    snr_db=np.zeros(0, np.float32),
    address=np.zeros(0, np.int32),
    friend=np.zeros(0, np.int8),
    rows=np.zeros(0, np.int64),
)


class Radars:
    """The radars of a book, in its order, ready to look."""

    def __init__(
        self,
        book: SensorBook,
        weather: Weather,
        streams: Streams,
        terrain: Terrain | None = None,
        jammers: Sequence[Jammer] = (),
    ) -> None:
        self.book = book
        self._limits = limits_of(book, weather, streams)
        self._frames = np.concatenate([book.ecef.reshape(-1, 1, 3), book.axes], axis=1)
        self.start = 0  # int ns UTC, of t = 0: where what flies is then
        self._terrain = terrain
        self._flown: dict[tuple[int, int], Floats] = {}
        self._edges = [OPEN for _ in book.names]
        if terrain is not None:
            for row in book.of_kind("radar", "radar-2d").tolist():
                site = (book.lat[row], book.lon[row], book.height[row], book.max_range[row])
                self._edges[row] = skyline(terrain, *map(float, site))
        sensors = range(len(book.names))
        self._spots = [spots_of(book, i, self._limits[i], streams) for i in sensors]
        self._jamming = Jamming(jammers)
        self.renew(streams)
        self._make_room(0)

    def renew(self, streams: Streams) -> None:
        """Let the looks to come have the luck of these streams; biases and fixed spots stay."""
        self._streams, names = streams, self.book.names
        self._volume = [streams("world", name, "volume").key for name in names]
        self._tasked = [streams("world", name, "tasked").key for name in names]

    def _post(self, sensor: int, t: float) -> tuple[Floats, Floats]:
        """Return frame and skyline of a radar at t (s); of one that flies, where it is then.

        The skyline is that of the nearest of _SKYLINES places along the orbit, made once
        asked for.
        """
        if sensor not in self.book.moving:
            return self._frames[sensor], self._edges[sensor]
        book = self.book.at(self.start + nanoseconds(t))
        frame = np.concatenate([book.ecef[sensor][None], book.axes[sensor]])
        if self._terrain is None:
            return frame, OPEN
        middle = self.book.lat[sensor], self.book.lon[sensor]
        turn = float(initial_bearing(*middle, book.lat[sensor], book.lon[sensor])) / math.tau
        place = sensor, round(turn * _SKYLINES) % _SKYLINES
        if place not in self._flown:
            there = destination(*middle, place[1] * math.tau / _SKYLINES, book.orbit[sensor, 0])
            site = (*there, book.height[sensor], book.max_range[sensor])
            self._flown[place] = skyline(self._terrain, *map(float, site))
        return frame, self._flown[place]

    def _make_room(self, bodies: int) -> None:
        """Make the scratch columns of a look at so many bodies."""
        self._echoes = np.empty((bodies + 1, ECHO))
        self._rows = np.empty(bodies + 1, np.int64)
        self._measured = np.empty((bodies + KINDS * FALSE_PLOTS_LIMIT, MEASURED))
        self._replies = np.empty((len(self._measured), 3), np.int64)

    def look(
        self, sensor: int, bodies: Bodies, t: float, number: int, toward: Floats | None = None
    ) -> Sighting:
        """Look at all bodies at t (s), or only within 2 degrees of some places, (k, 3) ECEF, m.

        ``number`` keys the draws: the number of the scan, or the time (ns) of a tasked look.
        """
        if len(self._echoes) <= len(bodies):
            self._make_room(len(bodies))
        beams = np.array([[0.0, 0.0, 0.0, _EVERYWHERE]])
        if toward is not None:
            offset = toward.reshape(-1, 3) - self._post(sensor, t)[0][0]
            beams = np.full((len(offset), 4), math.cos(TASK_CONE))
            beams[:, :3] = offset / np.sqrt(np.square(offset).sum(axis=1, keepdims=True))
        limits = self._limits[sensor]
        key = (self._volume if toward is None else self._tasked)[sensor]
        echoes, rows = self._resolved(sensor, bodies, t, beams)
        plots = plots1(
            number,
            key,
            limits,
            echoes,
            rows,
            bodies.swerling,
            bodies.key,
            bodies.state,
            bodies.reply,
            bodies.address,
            bodies.friendly,
            bodies.spread,
            self._measured,
            self._replies,
        )
        if toward is None:
            spots = self._spots[sensor]
            plots = false_plots1(number, key, spots, limits, plots, self._measured, self._replies)
        return _in_canonical_order(self._measured[:plots], self._replies[:plots])

    def strobes(self, sensor: int, bodies: Bodies, t: float, number: int) -> Strobes:
        """Return the bearings of what jams a radar in its number-th scan, at t (s)."""
        limits, (frame, edge) = self._limits[sensor], self._post(sensor, t)
        sources = self._jamming.sources(bodies, t)
        if not len(sources.row):
            return NO_STROBES
        found = heard(sources, frame, limits, edge)
        chance = self._streams("world", self.book.names[sensor], "strobe", number)
        return strobes(found, sources, frame, limits, chance)

    def _resolved(
        self, sensor: int, bodies: Bodies, t: float, beams: Floats
    ) -> tuple[Floats, Longs]:
        """Return the echoes of a look and the rows of their bodies, one for each cell."""
        limits, (frame, edge) = self._limits[sensor], self._post(sensor, t)
        noise = heard(self._jamming.sources(bodies, t), frame, limits, edge).noise
        found = echoes1(
            t,
            frame,
            limits,
            beams,
            noise,
            edge,
            bodies.state,
            bodies.ends_at,
            bodies.knots,
            bodies.offset,
            bodies.count,
            bodies.rcs,
            bodies.broadside,
            self._echoes,
            self._rows,
        )
        rows = self._rows[:found]
        return resolved(self._echoes[:found], rows, bodies.key[rows], limits)


def _in_canonical_order(raw: Floats, replies: Longs) -> Sighting:
    """Quantise, turn power into SNR (noise is part of it), and sort by what was measured."""
    if not len(raw):
        return _NOTHING_SEEN
    distance = np.maximum(np.rint(raw[:, 0] * RANGE_STEPS), 1.0) / RANGE_STEPS
    azimuth = np.rint(raw[:, 1] * _RADIAN_STEPS) % ANGLE_STEPS / _RADIAN_STEPS
    elevation = np.rint(raw[:, 2] * _RADIAN_STEPS) / _RADIAN_STEPS
    elevation = np.clip(elevation, -0.5 * math.pi, 0.5 * math.pi)
    snr = (10.0 * np.log10(raw[:, 3] - 1.0)).astype(np.float32)
    order = np.argsort(distance)
    rising = distance[order]
    if (rising[1:] == rising[:-1]).any():  # equal ranges are rare, and five keys are slow
        order = np.lexsort((replies[:, 0], snr, elevation, azimuth, distance))
    return Sighting(
        range_m=distance[order],
        azimuth_rad=azimuth[order],
        elevation_rad=elevation[order],
        range_rate_m_s=np.rint(raw[order, RATE] * RATE_STEPS) / RATE_STEPS,
        doppler_spread_m_s=raw[order, SPREAD].astype(np.float32),
        snr_db=snr[order],
        address=replies[order, 0].astype(np.int32),
        friend=replies[order, 1].astype(np.int8),
        rows=replies[order, 2],
    )
