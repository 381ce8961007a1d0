"""Chance of one look: which echoes are detected, and what is measured of them.

One look is one pulse after a square-law detector, power y in units of the mean noise, compared with
T = -ln Pfa; S is the mean SNR. Closed forms (Skolnik, "Radar Handbook", 3rd ed., ch. 2; Marcum
1947, Swerling 1954):

- Swerling 0 (steady): y = |sqrt(S) + n|^2, Pd = Q1(sqrt(2 S), sqrt(2 T)), Marcum's Q;
- Swerling 1 (many scatterers; 2 is the same for one pulse): y exponential of mean 1 + S,
  Pd = exp(-T / (1 + S));
- Swerling 3 (one dominant scatterer; as 4): with a = 1 + S / 2, y is exponential of mean a, plus
  another such with probability 1 - 1 / a, Pd = exp(-T / a) (1 + (1 - 1 / a) T / a).

Errors are normal. With error floor f < 1 their sigma follows the received SNR s = y - 1:
sigma sqrt(f^2 + (1 - f^2) S_ref / s), S_ref the SNR of Pd = 0.5 (the 1 / sqrt(SNR) law of
accuracy of the same book, with a floor for what does not depend on it). Each radar has constant
biases of range and azimuth. Measurements are quantised to 1/16 m and 2^-24 turn afterwards.

A radar that resolves Doppler measures the range rate, and of an echo of SPREAD_SNR or more the
spread w of what moves on the target (lines of blades, fans and tumbling beside that of the body;
Chen, "The Micro-Doppler Effect in Radar", 2011): max(w exp(SPREAD_ERROR n), cell), n normal. The
side lines lie some 10 to 25 dB below the body's; that, both numbers here, and that aspect is only
in the range of a class, are notional. Limits: no ambiguity of Doppler, no JEM line structure, and
a spread has nothing to do with a class's engine setting.

All draws of an object in a look come from blocks keyed by (radar, object, look, purpose).
"""

import math

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel
from tdome.kernel.random import normals2, philox4x64, uniform1
from tdome.messages.base import Codes, Floats, Ints, Longs
from tdome.world.bodies.table import State
from tdome.world.sensors.limits import (
    BIAS_AZIMUTH,
    BIAS_RANGE,
    DOPPLER_CELL,
    ERROR_FLOOR,
    REFERENCE_SNR,
    SIGMA_RATE,
    SIGMAS,
    THRESHOLD,
)

SPREAD_SNR = 100.0  # 20 dB: the side lines of a weaker echo are lost in the noise
SPREAD_ERROR = 0.25  # standard deviation of ln(spread) in one look
# Columns of what is measured: range (m), azimuth, elevation (rad), received power, then range rate
# and Doppler spread (m/s).
RATE, SPREAD, MEASURED = 4, 5, 6

_FLYING = int(State.FLYING)
_STEADY, _DOMINANT = 0, 3
# Third counter word of a draw: what it is for (2, 3 and 5 on: false plots). NumPy's integers,
# because a kernel is compiled anew for each plain constant that it is given.
_DETECTION, _ELEVATION, _FLUCTUATION = np.array([0, 1, 4])
_ZERO = np.int64(0)


@kernel
def received1(swerling: int, snr: float, word: np.uint64, words: NDArray[np.uint64]) -> float:
    """Return the received power of an echo of mean SNR, in units of the noise.

    ``word`` is drawn for all cases, ``words`` (a block of its own) for cases 0 and 3.
    """
    if swerling == _STEADY:
        x, y = normals2(words[0], words[1])
        return (math.sqrt(snr) + x * math.sqrt(0.5)) ** 2 + 0.5 * y * y
    if swerling == _DOMINANT:
        mean = 1.0 + 0.5 * snr
        power = -mean * math.log(uniform1(word))
        if uniform1(words[0]) * mean > 1.0:
            power -= mean * math.log(uniform1(words[1]))
        return power
    return -(1.0 + snr) * math.log(uniform1(word))


@kernel
def plots1(  # noqa: PLR0913, PLR0917 - a kernel: flat arrays
    number: int,
    key: NDArray[np.uint64],
    limits: Floats,
    echoes: Floats,
    rows: Longs,
    swerling: Codes,
    keys: Longs,
    state: Codes,
    reply: Floats,
    address: Ints,
    friendly: Codes,
    spread: Floats,
    measured: Floats,
    replies: Longs,
) -> int:
    """Fill the plots of echoes and return how many.

    measured: rows (range, azimuth, elevation, received power, range rate, spread), not quantised,
    nan for the last two where they are not measured. replies: rows (address, friend, row of the
    body).
    """
    words, more = np.empty(4, np.uint64), np.empty(4, np.uint64)
    floor = limits[ERROR_FLOOR]
    plots = 0
    for i in range(len(rows)):
        row = rows[i]
        philox4x64(key[0], key[1], keys[row], number, _DETECTION, _ZERO, words)
        if swerling[row] != 1:
            philox4x64(key[0], key[1], keys[row], number, _FLUCTUATION, _ZERO, more)
        power = received1(swerling[row], echoes[i, 3], words[0], more)
        if power <= limits[THRESHOLD]:
            continue
        wide = 1.0
        if floor < 1.0:
            lost = (1.0 - floor * floor) * limits[REFERENCE_SNR] / (power - 1.0)
            wide = math.sqrt(floor * floor + lost)
        answered = address[row] >= 0 and state[row] == _FLYING and uniform1(words[1]) < reply[row]
        range_error, azimuth_error = normals2(words[2], words[3])
        philox4x64(key[0], key[1], keys[row], number, _ELEVATION, _ZERO, words)
        elevation_error, _ = normals2(words[0], words[1])
        rate_error, spread_error = normals2(words[2], words[3])
        wide_range, wide_azimuth = wide * limits[SIGMAS], wide * limits[SIGMAS + 1]
        measured[plots, 0] = echoes[i, 0] + limits[BIAS_RANGE] + wide_range * range_error
        measured[plots, 1] = echoes[i, 1] + limits[BIAS_AZIMUTH] + wide_azimuth * azimuth_error
        measured[plots, 2] = echoes[i, 2] + wide * limits[SIGMAS + 2] * elevation_error
        measured[plots, 3] = power
        measured[plots, RATE] = echoes[i, 5] + limits[SIGMA_RATE] * rate_error
        measured[plots, SPREAD] = math.nan
        if limits[DOPPLER_CELL] > 0.0 and power - 1.0 >= SPREAD_SNR:
            wide = spread[row] * math.exp(SPREAD_ERROR * spread_error)
            measured[plots, SPREAD] = max(wide, limits[DOPPLER_CELL])
        replies[plots, 0] = address[row] if answered else -1
        replies[plots, 1] = 1 if answered and friendly[row] else 0
        replies[plots, 2] = row
        plots += 1
    return plots
