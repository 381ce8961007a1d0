"""False plots of one scan: of noise, ground and rain at random, and of fixed spots.

- Noise: Poisson, uniform in azimuth and in range squared over the coverage, in the lowest beam.
- Ground: the same, within the clutter range of the site.
- Rain: Poisson with a mean proportional to the rain rate, below the top of the rain.
- Spots (what a clutter map would hold): places within the clutter range, drawn once for a radar
  and spot and so the same in every scan; each is seen with a probability, with the radar's errors.

All lie just over the threshold, for what is far over it the radar's own constant-false-alarm-rate
detector takes away (hence also no more of them under jamming), so that none is strong enough for a
Doppler spread. A radar that resolves Doppler finds a range rate in each: noise anywhere within
NOISE_RATE, rain within RAIN_RATE, ground and spots within two cells of none. All of these are
notional. Limits: at most 512 of each kind a scan; clutter knows no land and sea; a tasked look has
none.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tdome.earth.rain import RAIN_HEIGHT
from tdome.kernel.jit import kernel
from tdome.kernel.random import Streams, normals2, philox4x64, uniform1
from tdome.messages.base import Floats, Longs
from tdome.plan.books.sensors import SensorBook
from tdome.world.sensors.chance import RATE, SPREAD
from tdome.world.sensors.limits import (
    ANTENNA,
    BEARING,
    CLUTTER_PLOTS,
    CLUTTER_RANGE,
    DOPPLER_CELL,
    FALSE_PLOTS,
    HALF_SECTOR,
    MAX_ELEVATION,
    MAX_RANGE,
    MIN_ELEVATION,
    RAIN_PLOTS,
    SIGMA_RATE,
    SIGMAS,
    SPOT_CHANCE,
    THRESHOLD,
)

LOW_BEAM = math.radians(5.0)  # height of the beam in which false plots lie
NOISE_RATE, RAIN_RATE = 600.0, 15.0  # m/s, range rates to both sides, uniform
FALSE_PLOTS_LIMIT = 512  # per scan and kind
KINDS = 4

# What a draw is for: count and place of each kind at random (0, 1 and 4: echoes), then spots.
_NOISE, _GROUND, _RAIN, _SPOT, _SPOT_HEIGHT = np.array([2, 5, 7, 9, 10])
_ZERO, _ONE = np.array([0, 1])


def spots_of(book: SensorBook, sensor: int, limits: Floats, streams: Streams) -> Floats:
    """Return the fixed spots of a radar, (k, 3): range (m), azimuth and elevation (rad)."""
    count = int(book.physics.clutter_spots[sensor])
    drawn = streams("world", book.names[sensor], "spots").draw_rows(0, count)
    low = min(LOW_BEAM, limits[MAX_ELEVATION] - limits[MIN_ELEVATION])
    return np.stack(
        [
            limits[CLUTTER_RANGE] * np.sqrt(drawn[:, 0]),
            limits[BEARING] + limits[HALF_SECTOR] * (2.0 * drawn[:, 1] - 1.0),
            limits[MIN_ELEVATION] + low * drawn[:, 2],
        ],
        axis=1,
    )


@kernel
def poisson1(uniform: float, mean: float) -> int:
    """Return a Poisson number of that mean by inversion, at most 512."""
    chance = math.exp(-mean)
    count = 0
    while uniform > chance and count < FALSE_PLOTS_LIMIT:
        uniform -= chance
        count += 1
        chance *= mean / count
    return count


@kernel
def scattered1(  # noqa: PLR0913, PLR0917 - a kernel: flat arrays
    number: int,
    key: NDArray[np.uint64],
    purpose: int,
    mean: float,
    reach: float,
    top: float,
    swing: float,
    limits: Floats,
    plots: int,
    measured: Floats,
    replies: Longs,
) -> int:
    """Add false plots at random within ``reach`` and up to ``top`` (m over the antenna).

    swing: largest range rate, m/s.
    """
    words = np.empty(4, np.uint64)
    philox4x64(key[0], key[1], _ZERO, number, purpose, _ZERO, words)
    wrong = poisson1(uniform1(words[0]), mean)
    beam = min(LOW_BEAM, limits[MAX_ELEVATION] - limits[MIN_ELEVATION])
    for i in range(wrong):
        philox4x64(key[0], key[1], i, number, purpose + 1, _ZERO, words)
        row = plots + i
        distance = reach * math.sqrt(uniform1(words[0]))
        height = min(beam, max(top / distance - limits[MIN_ELEVATION], 0.0))
        measured[row, 0] = distance
        turn = 2.0 * uniform1(words[1])
        if limits[HALF_SECTOR] < math.pi:
            measured[row, 1] = limits[BEARING] + limits[HALF_SECTOR] * (turn - 1.0)
        else:
            measured[row, 1] = math.pi * turn
        measured[row, 2] = limits[MIN_ELEVATION] + height * uniform1(words[2])
        measured[row, 3] = limits[THRESHOLD] - math.log(uniform1(words[3]))
        measured[row, RATE] = measured[row, SPREAD] = math.nan
        if limits[DOPPLER_CELL] > 0.0:
            philox4x64(key[0], key[1], i, number, purpose + 1, _ONE, words)
            measured[row, RATE] = swing * (2.0 * uniform1(words[0]) - 1.0)
        replies[row, 0], replies[row, 1], replies[row, 2] = -1, 0, -1
    return plots + wrong


@kernel
def spots1(  # noqa: PLR0913, PLR0917 - a kernel: flat arrays
    number: int,
    key: NDArray[np.uint64],
    spots: Floats,
    limits: Floats,
    plots: int,
    measured: Floats,
    replies: Longs,
) -> int:
    """Add the fixed spots that are seen in a scan."""
    words = np.empty(4, np.uint64)
    for i in range(len(spots)):
        philox4x64(key[0], key[1], i, number, _SPOT, _ZERO, words)
        if uniform1(words[0]) >= limits[SPOT_CHANCE]:
            continue
        measured[plots, 3] = limits[THRESHOLD] - math.log(uniform1(words[1]))
        range_error, azimuth_error = normals2(words[2], words[3])
        philox4x64(key[0], key[1], i, number, _SPOT_HEIGHT, _ZERO, words)
        elevation_error, _ = normals2(words[0], words[1])
        rate_error, _ = normals2(words[2], words[3])
        measured[plots, 0] = spots[i, 0] + limits[SIGMAS] * range_error
        measured[plots, 1] = spots[i, 1] + limits[SIGMAS + 1] * azimuth_error
        measured[plots, 2] = spots[i, 2] + limits[SIGMAS + 2] * elevation_error
        measured[plots, RATE], measured[plots, SPREAD] = limits[SIGMA_RATE] * rate_error, math.nan
        replies[plots, 0], replies[plots, 1], replies[plots, 2] = -1, 0, -1
        plots += 1
    return plots


@kernel
def false_plots1(  # noqa: PLR0913, PLR0917 - a kernel: flat arrays
    number: int,
    key: NDArray[np.uint64],
    spots: Floats,
    limits: Floats,
    plots: int,
    measured: Floats,
    replies: Longs,
) -> int:
    """Add the false plots of a scan after the first ``plots`` rows; return how many there are."""
    still = 2.0 * limits[DOPPLER_CELL]
    if limits[FALSE_PLOTS] > 0.0:
        plots = scattered1(
            number, key, _NOISE, limits[FALSE_PLOTS], limits[MAX_RANGE], math.inf,
            NOISE_RATE, limits, plots, measured, replies,
        )  # fmt: skip
    if limits[CLUTTER_PLOTS] > 0.0:
        plots = scattered1(
            number, key, _GROUND, limits[CLUTTER_PLOTS], limits[CLUTTER_RANGE], math.inf,
            still, limits, plots, measured, replies,
        )  # fmt: skip
    if limits[RAIN_PLOTS] > 0.0:
        plots = scattered1(
            number, key, _RAIN, limits[RAIN_PLOTS], limits[MAX_RANGE],
            RAIN_HEIGHT - limits[ANTENNA], RAIN_RATE, limits, plots, measured, replies,
        )  # fmt: skip
    return spots1(number, key, spots, limits, plots, measured, replies)
