"""What stands: fixed clutter that a tracker follows faithfully, told apart from what flies.

A confirmed track is read under two hypotheses. H1: it moves as its own filter says. H0: it is a
point that never moves. Under H0 a filter of three numbers (position alone, no velocity, no noise of
motion) takes the same plots, and

    L <- L + ln p(plot | H0) - ln p(plot | H1) = L + (d1^2 + ln |S1| - d0^2 - ln |S0|) / 2

is the sequential probability ratio of Wald ("Sequential Analysis", 1947, chapter 3). What stands
gains a little in each look, for S0 has no doubt of velocity in it; what moves falls behind its
point and loses. The track stands while L is at least ``still`` and its point is a minute old; it is
fed and takes part as before, and is not told of. If it moves as H1 says, L ever reaches B with a
probability of e^-B at most (Ville's inequality: e^L is a martingale under H1), however long it is
looked at.

The point begins at the track's told place when it is confirmed, and anew where L has fallen to -A:
it was not standing there. It forgets (1 / 32 a plot), so that slow errors of a radar do not tear it
off. L is held below B + 5 and falls by 5 at most in a look: one false plot tells nothing, two or
three looks at what has begun to move do. A plot found by a second look is one that manoeuvres: it
counts by the same rule. What is fast (50 m/s), falls, has told an address or is own force has no
point. A range rate is read against zero.

Limits: what hovers stands, once it has done so for a minute, until it moves; a slow mover that the
sensor can not resolve is told, not the reverse. Not under "lmb", nor by sound or directions.
"""

import math

import numpy as np

from tdome.command.tracking.engine.filters.update import first_measured, measures, row
from tdome.command.tracking.engine.layout import (
    ADDRESS,
    AIR,
    COVARIANCE,
    HEAD,
    NUMBER,
    OWN,
    PULLED,
    RANGE,
    RATE,
    SEEN,
    SOUND,
    SPLIT,
    STILL,
    STILL_P,
    STILL_SINCE,
    STILL_X,
    VARIANCE,
)
from tdome.command.tracking.engine.settings import K_STILL
from tdome.kernel.jit import kernel, kernel_bare
from tdome.messages.base import Floats, Ints, Longs
from tdome.messages.recording import Flags

LEAST = 60.0  # s that a point must have lasted
_FAST = 50.0 * 50.0  # of a speed squared, m^2/s^2
_MOST = 5.0  # above the bound, and of a loss in one look
_GAIN = 2.0  # most that one look may add
_WRONG = -7.0  # at which the point begins anew
_KEEPS = 31.0 / 32.0  # of its certainty, a plot


@kernel_bare
def still(rows: Floats, i: int, k: Floats) -> bool:
    """Tell whether confirmed track i stands, and so is not told of."""
    bound = k[K_STILL]
    if bound <= 0.0 or rows[i, STILL] < bound:
        return False
    return bool(rows[i, SEEN] - rows[i, STILL_SINCE] >= LEAST)


@kernel
def still_ones(rows: Floats, members: Ints, k: Floats) -> Flags:
    """Tell which tracks stand, (n,)."""
    found = np.empty(len(members), np.bool_)
    for n in range(len(members)):
        found[n] = still(rows, int(members[n]), k)
    return found


@kernel_bare
def weigh_still(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, i: int, looks: Floats, n: int, sites: Floats, s: int, z: Floats,
    j: int, fit: float, k: Floats,
) -> None:  # fmt: skip
    """Weigh plot j, which fed track i just now, for and against its standing.

    looks row n: as before the update. fit: d^2 + ln |S| of the plot under the track's own filter.
    """
    if k[K_STILL] <= 0.0 or whole[i, NUMBER] == 0 or sites[s, SOUND] != 0.0:
        return
    o = HEAD + 3
    v2 = rows[i, o] * rows[i, o] + rows[i, o + 1] * rows[i, o + 1] + rows[i, o + 2] * rows[i, o + 2]
    named = whole[i, ADDRESS] > 0 or whole[i, OWN] != 0
    if v2 > _FAST or whole[i, SPLIT] > AIR or named:
        rows[i, STILL], rows[i, STILL_P] = 0.0, 0.0
        return
    if rows[i, STILL_P] <= 0.0:
        _begin(rows, i)
        return
    if math.isnan(z[j, RANGE]):
        return
    gain = 0.5 * (fit - _take(rows, i, looks, n, sites, s, z, j))
    total = rows[i, STILL] + min(max(gain, -_MOST), _GAIN)
    rows[i, STILL] = min(total, k[K_STILL] + _MOST)
    if total < _WRONG:
        _begin(rows, i)


@kernel_bare
def _begin(rows: Floats, i: int) -> None:
    """Put the point where the track is told to be."""
    rows[i, STILL], rows[i, STILL_SINCE] = 0.0, rows[i, SEEN]
    for f in range(3):
        rows[i, STILL_X + f] = rows[i, HEAD + f]
    for f in range(6):
        rows[i, STILL_P + f] = rows[i, HEAD + COVARIANCE + f]


@kernel_bare
def _take(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, i: int, looks: Floats, n: int, sites: Floats, s: int, z: Floats, j: int
) -> float:
    """Update the point with plot j; return d0^2 + ln |S0|."""
    x, p = STILL_X, STILL_P
    fit, det = 0.0, 1.0
    for f in range(6):
        rows[i, p + f] /= _KEEPS
    if not math.isnan(z[j, RATE]) and rows.shape[1] != PULLED:
        det = sites[s, VARIANCE + 3]
        fit = z[j, RATE] * z[j, RATE] / det
    for m in range(first_measured(z, j), measures(z, j)):
        h, beyond, noise = row(looks, n, sites, s, z, j, m)
        a, b, c = h
        g0 = rows[i, p] * a + rows[i, p + 1] * b + rows[i, p + 3] * c
        g1 = rows[i, p + 1] * a + rows[i, p + 2] * b + rows[i, p + 4] * c
        g2 = rows[i, p + 3] * a + rows[i, p + 4] * b + rows[i, p + 5] * c
        own = g0 * a + g1 * b + g2 * c + noise
        nu = beyond - (a * rows[i, x] + b * rows[i, x + 1] + c * rows[i, x + 2])
        fit, det = fit + nu * nu / own, det * own
        rows[i, x] += g0 * nu / own
        rows[i, x + 1] += g1 * nu / own
        rows[i, x + 2] += g2 * nu / own
        rows[i, p] -= g0 * g0 / own
        rows[i, p + 1] -= g1 * g0 / own
        rows[i, p + 2] -= g1 * g1 / own
        rows[i, p + 3] -= g2 * g0 / own
        rows[i, p + 4] -= g2 * g1 / own
        rows[i, p + 5] -= g2 * g2 / own
    return fit + math.log(det)
