"""Candidates for triangulation: sets of directions that may be of one body, and their scores.

Kernels; :mod:`.triangulation` says what they mean. Columns of directions as in its Directions; rows
of one sensor stand together; rules: speed, slow, height, height error, Pd, false per rad, bodies
per m^2.
"""

import math

import numpy as np

from tdome.command.tracking.laws.lines import inverse3
from tdome.command.tracking.partial.crossing import cross, refine
from tdome.command.tracking.registration.measuring import MEASURED, measure, wrapped
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs

SENSORS = 8  # directions in one candidate at most
_PAIR, _THREE = 2, 3
_FIT = 12.25  # squared standard errors that a further direction may be off
_ROOT = 0.5 * math.log(2.0 * math.pi)


@kernel
def cross_all(  # noqa: PLR0913, PLR0917 - flat columns
    sensor: Ints,
    kind: Codes,
    azimuth: Floats,
    origin: Floats,
    axes: Floats,
    reach: Floats,
    sharpest: float,
    rows: Ints,
    place: Floats,
) -> int:
    """Write all pairs of directions that cross, (k, 2), and where, (k, 3); return how many."""
    found = 0
    for i in range(len(sensor)):
        for j in range(i + 1, len(sensor)):
            if sensor[i] == sensor[j] or kind[i] != kind[j]:
                continue
            if cross(i, j, azimuth, origin, axes, reach, sharpest, place[found]):
                rows[found, 0], rows[found, 1] = i, j
                found += 1
    return found


@kernel
def misfits(  # noqa: PLR0913, PLR0917 - flat columns
    like: int,
    kind: Codes,
    azimuth: Floats,
    elevation: Floats,
    sigma: Floats,
    origin: Floats,
    axes: Floats,
    flat: bool,
    place: Floats,
    covariance: Floats,
    out: Floats,
) -> None:
    """Write how far off a place each direction is, (m,), in squared errors of the worse angle."""
    z, slope = np.empty(MEASURED), np.empty((MEASURED, 3))
    for i in range(len(kind)):
        out[i] = math.inf
        if kind[i] != like:
            continue
        measure(place, origin[i], axes[i], flat, z, slope)
        worst = 0.0
        for c in range(1, 3):
            off = wrapped(azimuth[i] - z[1]) if c == 1 else elevation[i] - z[2]
            if math.isnan(off):
                continue
            variance = sigma[i, c - 1] * sigma[i, c - 1]
            for m in range(3):
                for n in range(3):
                    variance += slope[c, m] * covariance[m, n] * slope[c, n]
            worst = max(worst, off * off / variance)
        out[i] = worst


@kernel
def uses(rows: Ints, sensor: Ints, s: int) -> bool:
    """Tell whether a candidate has a direction of a sensor."""
    for k in range(len(rows)):  # noqa: SIM110 - compiled
        if rows[k] >= 0 and sensor[rows[k]] == s:
            return True
    return False


@kernel
def score1(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Ints,
    chi2: float,
    place: Floats,
    c: Floats,
    sensor: Ints,
    kind: Codes,
    elevation: Floats,
    sigma: Floats,
    origin: Floats,
    reach: Floats,
    rules: Floats,
) -> tuple[float, float]:
    """Return score and degrees of freedom of a candidate at its place with covariance c (3, 3)."""
    det = inverse3(c[0, 0], c[0, 1], c[0, 2], c[1, 1], c[1, 2], c[2, 2])[6]
    score = math.log(rules[6]) - _ROOT - math.log(rules[3]) - 0.5 * chi2
    score += 3.0 * _ROOT + 0.5 * math.log(max(det, 1e-300))
    freedom = -2.0
    for k in range(len(rows)):
        i = rows[k]
        if i < 0:
            continue
        score += math.log(rules[4] / rules[5]) - _ROOT - math.log(sigma[i, 0])
        freedom += 1.0
        if not math.isnan(elevation[i]):
            score -= _ROOT + math.log(sigma[i, 1])
            freedom += 1.0
    last = -1
    for i in range(len(sensor)):
        if sensor[i] == last or kind[i] != kind[rows[0]]:
            continue
        last = sensor[i]
        far = 0.0
        for m in range(3):
            far += (place[m] - origin[i, m]) * (place[m] - origin[i, m])
        if far <= reach[i] * reach[i] and not uses(rows, sensor, last):
            score += math.log(1.0 - rules[4])
    return score, freedom


@kernel
def keep(  # noqa: PLR0913, PLR0917 - flat columns
    found: int,
    own: Ints,
    here: Floats,
    spread: Floats,
    score: float,
    freedom: float,
    chi2: float,
    time: float,
    rows: Ints,
    place: Floats,
    covariance: Floats,
    told: Floats,
    at: Longs,
) -> int:
    """Write a candidate where there is room, its rows ascending; return how many there are then."""
    if found < len(rows):
        rows[found] = own
        for k in range(1, SENSORS):
            m = k
            while m > 0 and rows[found, m] >= 0 and rows[found, m - 1] > rows[found, m]:
                swap = rows[found, m]
                rows[found, m] = rows[found, m - 1]
                rows[found, m - 1] = swap
                m -= 1
        place[found] = here
        covariance[found] = spread
        told[found, 0], told[found, 1], told[found, 2] = score, chi2, freedom
        told[found, 3] = time + (at[own[0]] - at[rows[found, 0]]) * 1e-9
    return found + 1


@kernel
def grow(  # noqa: PLR0913, PLR0917 - flat columns
    count: int,
    own: Ints,
    here: Floats,
    spread: Floats,
    off: Floats,
    at: Longs,
    sensor: Ints,
    kind: Codes,
    azimuth: Floats,
    elevation: Floats,
    sigma: Floats,
    origin: Floats,
    axes: Floats,
    reach: Floats,
    sound: Codes,
    flat: bool,
    rules: Floats,
    found: int,
    rows: Ints,
    place: Floats,
    covariance: Floats,
    told: Floats,
) -> int:
    """Keep a set of ``count`` directions, and, if it is a three, what comes of adding the others.

    here: (3,) is improved; off: (m,) is written as by misfits. Returns how many there are then.
    """
    while True:
        chi2, time = refine(
            own, at, azimuth, elevation, sigma, origin, axes, sound, flat, rules, here, spread
        )
        score, freedom = score1(
            own, chi2, here, spread, sensor, kind, elevation, sigma, origin, reach, rules
        )
        if score > 0.0:
            found = keep(
                found, own, here, spread, score, freedom, chi2, time, rows, place, covariance,
                told, at,
            )  # fmt: skip
        misfits(
            kind[own[0]], kind, azimuth, elevation, sigma, origin, axes, flat, here, spread, off
        )
        if count in (_PAIR, SENSORS):
            return found
        best = -1
        for i in range(len(sensor)):
            if off[i] > _FIT or uses(own, sensor, sensor[i]):
                continue
            if best < 0 or off[i] < off[best]:
                best = i
        if best < 0:
            return found
        own[count] = best
        count += 1


@kernel
def grow_all(  # noqa: PLR0913, PLR0917 - flat columns
    pairs: Ints,
    begun: Floats,
    at: Longs,
    sensor: Ints,
    kind: Codes,
    azimuth: Floats,
    elevation: Floats,
    sigma: Floats,
    origin: Floats,
    axes: Floats,
    reach: Floats,
    sound: Codes,
    flat: bool,
    rules: Floats,
    rows: Ints,
    place: Floats,
    covariance: Floats,
    told: Floats,
) -> int:
    """Write each pair, its threes, and those grown by the best of each further sensor.

    rows: (r, 8), place: (r, 3), covariance: (r, 3, 3), told: (r, 4) score, chi-square, degrees of
    freedom, s after at of the first row. Returns how many there are; those past r are not kept. The
    same set may come more than once.
    """
    found, size = 0, len(sensor)
    here, spread, middle = np.empty(3), np.empty((3, 3)), np.empty(3)
    own, off, further = np.empty(SENSORS, np.int32), np.empty(size), np.empty(size)
    for k in range(len(pairs)):
        own[:] = -1
        own[0], own[1] = pairs[k, 0], pairs[k, 1]
        middle[:] = begun[k]
        found = grow(
            _PAIR, own, middle, spread, off, at, sensor, kind, azimuth, elevation, sigma, origin,
            axes, reach, sound, flat, rules, found, rows, place, covariance, told,
        )  # fmt: skip
        for third in range(size):
            own[2:] = -1
            if off[third] > _FIT or uses(own, sensor, sensor[third]):
                continue
            own[2] = third
            here[:] = middle
            found = grow(
                _THREE, own, here, spread, further, at, sensor, kind, azimuth, elevation, sigma,
                origin, axes, reach, sound, flat, rules, found, rows, place, covariance, told,
            )  # fmt: skip
    return found
