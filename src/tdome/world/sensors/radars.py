"""Radars: who is seen in one scan, and what is measured.

Detection: SNR = SNR0 * rcs * (R_ref * weather / R)^4 with SNR0 such that 1 m^2 at R_ref is seen
with Pd = 0.5; Swerling 1 from scan to scan, Pd = Pfa^(1 / (1 + SNR)) (Skolnik, "Radar
Handbook", 3rd ed., ch. 2; the received power is exponential with mean 1 + SNR in units of noise
and is compared with -ln Pfa). Coverage: range, elevation limits and the 4/3 Earth horizon.
Errors are normal, quantised to 1/16 m and 2^-24 turn. False plots: Poisson per scan, uniform in
azimuth and in range squared, in the lowest beam, just over the threshold.

Assumptions and limits: ONE instant per scan (no sweep through the azimuths); masked by terrain only
where the scenario has a map; no clutter, no unresolved targets (every body gives its own plot),
error free of SNR; a tasked look has no false plots; interceptors in flight are not seen (blanked,
since the fire unit tells where they are).
"""

import math
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.earth.ballistics import height1
from tdome.earth.horizon import above_horizon1
from tdome.earth.terrain import Terrain, line_of_sight
from tdome.kernel.jit import kernel
from tdome.kernel.random import Streams, normals2, philox4x64, uniform1
from tdome.messages.base import Codes, Floats, Ints, Longs, Singles
from tdome.plan.books.sensors import SensorBook
from tdome.world.bodies.table import Bodies, State, state1

TASK_CONE = math.radians(2.0)  # half angle of a tasked look
LOW_BEAM = math.radians(5.0)  # height of the beam in which false plots lie
RANGE_STEPS = 16.0  # per metre
ANGLE_STEPS = 2.0**24  # per turn
FALSE_PLOTS_LIMIT = 512  # per scan

_EVERYWHERE = -2.0  # below any cosine
_RADIAN_STEPS = ANGLE_STEPS / (2.0 * math.pi)
_FLYING, _KILLED = int(State.FLYING), int(State.KILLED)
# Third counter word of a draw: what it is for. NumPy's integers, because a kernel is compiled anew
# for each plain constant that it is given.
_DETECTION, _ELEVATION, _FALSE_COUNT, _FALSE_PLOT = np.arange(4)
_ZERO = np.int64(0)
# Columns of the limits of a radar: range (m), elevations (rad), antenna height (m), SNR * R^4 of
# 1 m^2, threshold of the received power, three sigmas, mean number of false plots in a scan.
_MAX_RANGE, _MIN_ELEVATION, _MAX_ELEVATION, _ANTENNA, _GAIN, _THRESHOLD = 0, 1, 2, 3, 4, 5
_SIGMAS, _FALSE_PLOTS = 6, 9


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
    snr_db: Singles
    address: Ints
    friend: Codes
    rows: Longs


class Radars:
    """The radars of a book, in its order, ready to look."""

    def __init__(
        self,
        book: SensorBook,
        range_factor: float,
        streams: Streams,
        terrain: Terrain | None = None,
    ) -> None:
        self.book = book
        self._terrain = terrain
        log_pfa = np.log(book.false_alarm)
        snr_at_reference = log_pfa / math.log(0.5) - 1.0
        self._limits = np.column_stack(
            [
                book.max_range,
                book.min_elevation,
                book.max_elevation,
                book.height,
                snr_at_reference * (book.reference_range * range_factor) ** 4,
                -log_pfa,
                book.sigma,
                book.false_plots,
            ]
        )
        self._frames = np.concatenate([book.ecef.reshape(-1, 1, 3), book.axes], axis=1)
        self._volume = [streams("world", name, "volume").key for name in book.names]
        self._tasked = [streams("world", name, "tasked").key for name in book.names]
        self._measured = np.empty((FALSE_PLOTS_LIMIT, 4))
        self._replies = np.empty((FALSE_PLOTS_LIMIT, 3), np.int64)

    def look(
        self, sensor: int, bodies: Bodies, t: float, number: int, toward: Floats | None = None
    ) -> Sighting:
        """Look at all bodies at t (s), or only within 2 degrees of some places, (k, 3) ECEF, m.

        ``number`` keys the draws: the number of the scan, or the time (ns) of a tasked look.
        """
        if len(self._measured) < len(bodies) + FALSE_PLOTS_LIMIT:
            self._measured = np.empty((len(bodies) + FALSE_PLOTS_LIMIT, 4))
            self._replies = np.empty((len(self._measured), 3), np.int64)
        beams = np.array([[0.0, 0.0, 0.0, _EVERYWHERE]])
        if toward is not None:
            offset = toward.reshape(-1, 3) - self.book.ecef[sensor]
            beams = np.full((len(offset), 4), math.cos(TASK_CONE))
            beams[:, :3] = offset / np.sqrt(np.square(offset).sum(axis=1, keepdims=True))
        key = (self._volume if toward is None else self._tasked)[sensor]
        plots = look1(
            t,
            number,
            key,
            self._frames[sensor],
            self._limits[sensor],
            beams,
            bodies.state,
            bodies.ends_at,
            bodies.knots,
            bodies.offset,
            bodies.count,
            bodies.key,
            bodies.rcs,
            bodies.reply,
            bodies.address,
            bodies.friendly,
            self._measured,
            self._replies,
        )
        if self._terrain is not None:
            plots = self._unmasked(self._terrain, sensor, bodies, t, plots)
        if toward is None:
            plots = false_plots1(
                number, key, self._limits[sensor], plots, self._measured, self._replies
            )
        return _in_canonical_order(self._measured[:plots], self._replies[:plots])

    def _unmasked(self, terrain: Terrain, sensor: int, bodies: Bodies, t: float, plots: int) -> int:
        """Drop the plots of bodies behind the terrain, in place; return how many are left."""
        antenna = self.book.ecef[sensor]
        rows = self._replies[:plots, 2]
        places = [bodies.position_at(int(row), t)[:3] for row in rows]
        seen = np.array([line_of_sight(terrain, antenna, place) for place in places], bool)
        left = int(seen.sum())
        self._measured[:left] = self._measured[:plots][seen]
        self._replies[:left] = self._replies[:plots][seen]
        return left


@kernel
def covered1(body: Floats, frame: Floats, limits: Floats, beams: Floats, polar: Floats) -> bool:
    """Whether a body is in coverage; writes range (m), azimuth and elevation (rad) into polar."""
    dx, dy, dz = body[0] - frame[0, 0], body[1] - frame[0, 1], body[2] - frame[0, 2]
    distance = math.sqrt(dx * dx + dy * dy + dz * dz)
    if distance > limits[_MAX_RANGE] or distance < 1.0:
        return False
    lit = False
    for k in range(len(beams)):
        along = dx * beams[k, 0] + dy * beams[k, 1] + dz * beams[k, 2]
        lit = lit or along >= beams[k, 3] * distance
    if not lit:
        return False
    up = frame[3, 0] * dx + frame[3, 1] * dy + frame[3, 2] * dz
    elevation = math.asin(min(max(up / distance, -1.0), 1.0))
    if elevation < limits[_MIN_ELEVATION] or elevation > limits[_MAX_ELEVATION]:
        return False
    east = frame[1, 0] * dx + frame[1, 1] * dy + frame[1, 2] * dz
    north = frame[2, 0] * dx + frame[2, 1] * dy + frame[2, 2] * dz
    polar[0], polar[1], polar[2] = distance, math.atan2(east, north), elevation
    return above_horizon1(distance, limits[_ANTENNA], height1(body[0], body[1], body[2]))


@kernel
def look1(  # noqa: PLR0913, PLR0917 - a kernel: flat arrays
    t: float,
    number: int,
    key: NDArray[np.uint64],
    frame: Floats,
    limits: Floats,
    beams: Floats,
    state: Codes,
    ends_at: Floats,
    knots: Floats,
    offset: Longs,
    count: Longs,
    keys: Longs,
    rcs: Floats,
    reply: Floats,
    address: Ints,
    friendly: Codes,
    measured: Floats,
    replies: Longs,
) -> int:
    """Fill the plots of bodies and return how many.

    frame: (4, 3) antenna and its east, north, up, ECEF. limits: see the columns above. beams: rows
    (ECEF unit vector, cosine of the half angle): a body in any of them is looked at.
    measured: rows (range, azimuth, elevation, received
    power), not quantised. replies: rows (address, friend, row of the body).
    """
    body, polar, words = np.empty(6), np.empty(3), np.empty(4, np.uint64)
    plots = 0
    for row in range(len(state)):
        if state[row] != _FLYING and not (state[row] == _KILLED and t < ends_at[row]):
            continue
        state1(knots, offset[row], count[row], t, body)
        if not covered1(body, frame, limits, beams, polar):
            continue
        square = polar[0] * polar[0]
        mean_power = 1.0 + limits[_GAIN] * rcs[row] / (square * square)
        philox4x64(key[0], key[1], keys[row], number, _DETECTION, _ZERO, words)
        power = -mean_power * math.log(uniform1(words[0]))
        if power <= limits[_THRESHOLD]:
            continue
        answered = address[row] >= 0 and state[row] == _FLYING and uniform1(words[1]) < reply[row]
        range_error, azimuth_error = normals2(words[2], words[3])
        philox4x64(key[0], key[1], keys[row], number, _ELEVATION, _ZERO, words)
        elevation_error, _ = normals2(words[0], words[1])
        measured[plots, 0] = polar[0] + limits[_SIGMAS] * range_error
        measured[plots, 1] = polar[1] + limits[_SIGMAS + 1] * azimuth_error
        measured[plots, 2] = polar[2] + limits[_SIGMAS + 2] * elevation_error
        measured[plots, 3] = power
        replies[plots, 0] = address[row] if answered else -1
        replies[plots, 1] = 1 if answered and friendly[row] else 0
        replies[plots, 2] = row
        plots += 1
    return plots


@kernel
def false_plots1(
    number: int,
    key: NDArray[np.uint64],
    limits: Floats,
    plots: int,
    measured: Floats,
    replies: Longs,
) -> int:
    """Add the false plots of a scan after the first ``plots`` rows; return how many there are."""
    words = np.empty(4, np.uint64)
    philox4x64(key[0], key[1], _ZERO, number, _FALSE_COUNT, _ZERO, words)
    left = uniform1(words[0])
    chance = math.exp(-limits[_FALSE_PLOTS])
    wrong = 0
    while left > chance and wrong < FALSE_PLOTS_LIMIT:  # Poisson, by inversion
        left -= chance
        wrong += 1
        chance *= limits[_FALSE_PLOTS] / wrong
    height = min(LOW_BEAM, limits[_MAX_ELEVATION] - limits[_MIN_ELEVATION])
    for i in range(wrong):
        philox4x64(key[0], key[1], i, number, _FALSE_PLOT, _ZERO, words)
        row = plots + i
        measured[row, 0] = limits[_MAX_RANGE] * math.sqrt(uniform1(words[0]))
        measured[row, 1] = 2.0 * math.pi * uniform1(words[1])
        measured[row, 2] = limits[_MIN_ELEVATION] + height * uniform1(words[2])
        measured[row, 3] = limits[_THRESHOLD] - math.log(uniform1(words[3]))
        replies[row, 0], replies[row, 1], replies[row, 2] = -1, 0, -1
    return plots + wrong


def _in_canonical_order(raw: Floats, replies: Longs) -> Sighting:
    """Quantise, turn power into SNR (noise is part of it), and sort by what was measured."""
    distance = np.maximum(np.rint(raw[:, 0] * RANGE_STEPS), 1.0) / RANGE_STEPS
    azimuth = np.rint(raw[:, 1] * _RADIAN_STEPS) % ANGLE_STEPS / _RADIAN_STEPS
    elevation = np.rint(raw[:, 2] * _RADIAN_STEPS) / _RADIAN_STEPS
    elevation = np.clip(elevation, -0.5 * math.pi, 0.5 * math.pi)
    snr = (10.0 * np.log10(raw[:, 3] - 1.0)).astype(np.float32)
    order = np.lexsort((replies[:, 0], snr, elevation, azimuth, distance))
    return Sighting(
        range_m=distance[order],
        azimuth_rad=azimuth[order],
        elevation_rad=elevation[order],
        range_rate_m_s=np.full(len(order), np.nan),
        snr_db=snr[order],
        address=replies[order, 0].astype(np.int32),
        friend=replies[order, 1].astype(np.int8),
        rows=replies[order, 2],
    )
