"""Where directions meet: the place that fits two or more of them best, with its covariance.

Unknown is a place; measured are azimuths, elevations (where they are), and a height that is guessed
with a wide error. Gauss-Newton on the sum of squared errors (Bar-Shalom, Li, Kirubarajan, 2001,
section 3.7), begun where the first two azimuths cross in the first sensor's horizontal plane; the
covariance is the inverse of the information, that is the Cramer-Rao bound at the place found.

Directions of different times are of a body that may have moved: the error of each grows by speed x
|t - t0| across the line, with t the time at which the emission left, and t0 their mean. Sound needs
R / 340 s: a place from sound is of the time at which it was made, not at which it was heard.
"""

import math

import numpy as np

from tdome.command.tracking.laws.lines import inverse3
from tdome.command.tracking.registration.measuring import MEASURED, measure, wrapped
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs

SOUND = 340.0  # m/s
LIGHT = 299_792_458.0  # m/s
_ROUNDS = 6
_NS = 1e-9
_TIGHT = 1e-3  # m: a step after which there is no further one
_BEHIND = 1e12  # chi-square of what makes no sense


@kernel
def cross(  # noqa: PLR0913, PLR0917 - flat columns
    i: int,
    j: int,
    azimuth: Floats,
    origin: Floats,
    axes: Floats,
    reach: Floats,
    sharpest: float,
    place: Floats,
) -> bool:
    """Write where two azimuths cross in the horizontal plane of the first; False if nowhere.

    azimuth: (m,) rad; origin, axes: (m, 3), (m, 3, 3) of each one's sensor; reach: (m,) m;
    sharpest: sine of the least angle between them.
    """
    east = north = 0.0
    for k in range(3):
        d = origin[j, k] - origin[i, k]
        east += axes[i, 0, k] * d
        north += axes[i, 1, k] * d
    ux, uy = math.sin(azimuth[i]), math.cos(azimuth[i])
    vx = vy = 0.0
    for k in range(3):
        line = math.sin(azimuth[j]) * axes[j, 0, k] + math.cos(azimuth[j]) * axes[j, 1, k]
        vx += axes[i, 0, k] * line
        vy += axes[i, 1, k] * line
    length = math.sqrt(vx * vx + vy * vy)
    vx, vy = vx / length, vy / length
    turn = uy * vx - ux * vy
    if abs(turn) < sharpest:
        return False
    along = (north * vx - east * vy) / turn
    beyond = (north * ux - east * uy) / turn
    if not (0.0 < along <= reach[i] and 0.0 < beyond <= reach[j]):
        return False
    for k in range(3):
        place[k] = origin[i, k] + along * (ux * axes[i, 0, k] + uy * axes[i, 1, k])
    return True


@kernel
def left_at(
    rows: Ints, at: Longs, origin: Floats, sound: Codes, place: Floats, when: Floats
) -> float:
    """Write when each emission left a place, s after at[rows[0]]; return the mean of the times."""
    total, count = 0.0, 0
    for k in range(len(rows)):
        i = rows[k]
        if i < 0:
            continue
        d = 0.0
        for m in range(3):
            d += (place[m] - origin[i, m]) * (place[m] - origin[i, m])
        speed = SOUND if sound[i] != 0 else LIGHT
        when[k] = (at[i] - at[rows[0]]) * _NS - math.sqrt(d) / speed
        total += when[k]
        count += 1
    return total / count


@kernel
def add(slope: Floats, off: float, variance: float, a: Floats, b: Floats) -> float:
    """Add one measurement's information to a (3, 3), b (3,); return its squared error."""
    for m in range(3):
        b[m] += slope[m] * off / variance
        for n in range(3):
            a[m, n] += slope[m] * slope[n] / variance
    return off * off / variance


@kernel
def refine(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Ints,
    at: Longs,
    azimuth: Floats,
    elevation: Floats,
    sigma: Floats,
    origin: Floats,
    axes: Floats,
    sound: Codes,
    flat: bool,
    motion: Floats,
    place: Floats,
    covariance: Floats,
) -> tuple[float, float]:
    """Improve a place in place; return chi-square and time, s after at[rows[0]].

    rows: (n,) directions, -1 for none, rows[0] >= 0. elevation: (m,) nan where not measured.
    sigma: (m, 2). motion: speed m/s, speed of what is heard m/s, height m, its error m. covariance:
    (3, 3), written. Chi-square has one degree of freedom for each angle, and loses two for the
    place (the height's guess makes up for the third).
    """
    z, slope, when = np.empty(MEASURED), np.empty((MEASURED, 3)), np.empty(len(rows))
    a, b, chi2, time = np.empty((3, 3)), np.empty(3), 0.0, 0.0
    for _ in range(_ROUNDS):
        a[:], b[:] = 0.0, 0.0
        chi2 = 0.0
        time = left_at(rows, at, origin, sound, place, when)
        for k in range(len(rows)):
            i = rows[k]
            if i < 0:
                continue
            measure(place, origin[i], axes[i], flat, z, slope)
            speed = motion[1] if sound[i] != 0 else motion[0]
            moved = speed * (when[k] - time)
            level = z[0] * math.cos(z[2])
            for c in range(1, 3):
                off = wrapped(azimuth[i] - z[1]) if c == 1 else elevation[i] - z[2]
                if math.isnan(off):
                    continue
                across = moved / (level if c == 1 else z[0])
                variance = sigma[i, c - 1] * sigma[i, c - 1] + across * across
                chi2 += add(slope[c], off, variance, a, b)
        chi2 += add(slope[3], motion[2] - z[3], motion[3] * motion[3], a, b)
        c00, c01, c02, c11, c12, c22, det = inverse3(
            a[0, 0], a[0, 1], a[0, 2], a[1, 1], a[1, 2], a[2, 2]
        )
        if not det > 0.0:
            return _BEHIND, time
        covariance[0, 0], covariance[0, 1], covariance[0, 2] = c00, c01, c02
        covariance[1, 0], covariance[1, 1], covariance[1, 2] = c01, c11, c12
        covariance[2, 0], covariance[2, 1], covariance[2, 2] = c02, c12, c22
        moved = 0.0
        for m in range(3):
            step = covariance[m, 0] * b[0] + covariance[m, 1] * b[1] + covariance[m, 2] * b[2]
            place[m] += step
            moved += step * step
        if not math.isfinite(moved):
            return _BEHIND, time
        if moved < _TIGHT * _TIGHT:
            break
    return chi2, time
