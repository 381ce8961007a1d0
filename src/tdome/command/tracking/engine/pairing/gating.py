"""Candidate pairs of tracks and plots: gates on the Mahalanobis distance, through the grid.

A pair is a candidate if d^2 = nu' S^-1 nu is below the gate (Blackman and Popoli, "Design and
Analysis of Modern Tracking Systems", 1999, section 6.3). The lists are CSR: those of track k are
column[start[k] : start[k + 1]], cheapest first is not promised. Costs are either d (the peer's
global nearest neighbour) or d^2 + ln |S| (+ 2 ln of the clutter map's factor), to be weighed
against ``miss``.
"""

import math

from tdome.command.tracking.engine.filters.rate import misfit_rate
from tdome.command.tracking.engine.layout import (
    ELEVATION,
    EXTRA,
    HEIGHT_VARIANCE,
    L_HALF,
    L_I,
    L_IR,
    L_IRHO,
    L_LOG,
    L_S,
    L_Z,
    PLACE,
    RANGE,
    RATE,
    VARIANCE,
)
from tdome.command.tracking.engine.pairing.grid import sides
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Codes, Floats, Ints

MOST: int = 24  # candidates of a track; the cheapest are kept
_TURN = 2.0 * math.pi
_LN_TURN = math.log(2.0 * math.pi)


@kernel_bare
def misfit(looks: Floats, k: int, sites: Floats, s: int, z: Floats, j: int) -> tuple[float, float]:
    """Return d^2 and ln |S| of a pair; a plot without elevation gets those of range and azimuth.

    To the latter ln 2 pi is added for the missing number, so that pairs of both kinds compare.
    """
    y0 = z[j, RANGE] - looks[k, L_Z]
    y1 = z[j, 1] - looks[k, L_Z + 1]
    y1 -= _TURN * math.floor(y1 / _TURN + 0.5)
    other = z[j, HEIGHT_VARIANCE]
    if other < 0.0:
        s00, s10, s11 = looks[k, L_S], looks[k, L_S + 1], looks[k, L_S + 2]
        det = s00 * s11 - s10 * s10
        return (y0 * y0 * s11 - 2.0 * y0 * y1 * s10 + y1 * y1 * s00) / det, math.log(det) - _LN_TURN
    y2 = z[j, ELEVATION] - looks[k, L_Z + 2]
    at = L_I
    if other == 0.0 and z[j, PLACE] == 0.0:
        return (
            looks[k, at] * y0 * y0
            + looks[k, at + 2] * y1 * y1
            + looks[k, at + 5] * y2 * y2
            + 2.0 * (looks[k, at + 1] * y0 * y1 + looks[k, at + 3] * y0 * y2)
            + 2.0 * looks[k, at + 4] * y1 * y2
        ), looks[k, L_LOG]
    if z[j, PLACE] > 0.0:
        return _misfit_place(looks, k, sites, s, z[j, PLACE], (y0, y1, y2))
    # Another variance v of the elevation: (S + dv e e')^-1 by Sherman and Morrison.
    dv = other - sites[s, VARIANCE + 2]
    g = looks[k, at + 3] * y0 + looks[k, at + 4] * y1 + looks[k, at + 5] * y2
    grown = 1.0 + dv * looks[k, at + 5]
    d2 = (
        y0 * (looks[k, at] * y0 + looks[k, at + 1] * y1 + looks[k, at + 3] * y2)
        + y1 * (looks[k, at + 1] * y0 + looks[k, at + 2] * y1 + looks[k, at + 4] * y2)
        + y2 * g
        - dv * g * g / grown
    )
    return d2, looks[k, L_LOG] + math.log(grown)


@kernel_bare
def _misfit_place(
    looks: Floats, k: int, sites: Floats, s: int, place: float, y: tuple[float, float, float]
) -> tuple[float, float]:
    """Return d^2 and ln |S| where each coordinate of a place has the variance ``place``, m^2."""
    ia, ie = looks[k, L_IRHO], looks[k, L_IR]
    a = looks[k, L_S] - sites[s, VARIANCE] + place
    b, c = looks[k, L_S + 1], looks[k, L_S + 3]
    e = looks[k, L_S + 2] - sites[s, VARIANCE + 1] + place * ia * ia
    f = looks[k, L_S + 4]
    h = looks[k, L_S + 5] - sites[s, VARIANCE + 2] + place * ie * ie
    aa, ab, ac = e * h - f * f, c * f - b * h, b * f - c * e
    det = a * aa + b * ab + c * ac
    y0, y1, y2 = y
    d2 = aa * y0 * y0 + (a * h - c * c) * y1 * y1 + (a * e - b * b) * y2 * y2
    d2 += 2.0 * (ab * y0 * y1 + ac * y0 * y2 + (b * c - a * f) * y1 * y2)
    return d2 / det, math.log(det)


@kernel_bare
def offer(begin: int, end: int, j: int, price: float, column: Ints, cost: Floats) -> int:
    """Add a candidate to a list of MOST at most, in place of the dearest if full; return its end.

    Of two equally dear ones the first stays.
    """
    if end - begin < MOST:
        column[end], cost[end] = j, price
        return end + 1
    worst = begin
    for c in range(begin + 1, end):
        if cost[c] > cost[worst]:
            worst = c
    if price < cost[worst]:
        column[worst], cost[worst] = j, price
    return end


@kernel_bare
def window(looks: Floats, k: int, n: int, width: float) -> tuple[int, int, int, int]:
    """Return the first and last cell in range and in azimuth (this may wrap) of a look's gate."""
    low = min(max((looks[k, L_Z] - looks[k, L_HALF]) / width, 0.0), float(n))
    high = min(max((looks[k, L_Z] + looks[k, L_HALF]) / width, 0.0), n - 1.0)
    scale = n / _TURN
    left = (looks[k, L_Z + 1] - looks[k, L_HALF + 1] + math.pi) * scale
    right = (looks[k, L_Z + 1] + looks[k, L_HALF + 1] + math.pi) * scale
    if right - left < n - 2:
        return int(low), int(high), math.floor(left), math.floor(right)
    return int(low), int(high), 0, n - 1


@kernel_bare
def candidates(  # noqa: PLR0913, PLR0917 - flat columns, one walk
    looks: Floats, count: int, sites: Floats, s: int, z: Floats, cells: Ints, width: float,
    taken: Codes, gate: float, likelihood: bool, miss: Floats, start: Ints, column: Ints,
    cost: Floats,
) -> int:  # fmt: skip
    """List the candidates of looks 0 … count; return how many were dropped for want of room.

    z, cells, width: as :func:`..grid.sort_plots` left them. taken (m,): 1 for plots that are no
    longer to be had. miss (count,): cost of going without; dearer pairs are left out, which
    changes no best assignment. start (count + 1,), column, cost: written, MOST a track at most.
    """
    n = sides(len(z))
    end, dropped = 0, 0
    for k in range(count):
        start[k] = end
        low, high, first, last = window(looks, k, n, width)
        if low >= n or len(z) == 0:
            continue
        for a in range(first, last + 1):
            c = a + n if a < 0 else (a - n if a >= n else a)
            c *= n
            for j in range(cells[c + low], cells[c + high + 1]):
                if taken[j] != 0 or abs(z[j, RANGE] - looks[k, L_Z]) > looks[k, L_HALF]:
                    continue
                off = abs(z[j, ELEVATION] - looks[k, L_Z + 2])
                if off > looks[k, L_HALF + 2] and z[j, HEIGHT_VARIANCE] == 0.0:
                    continue
                d2, log = misfit(looks, k, sites, s, z, j)
                if not math.isnan(z[j, RATE]):
                    more, further = misfit_rate(looks, k, sites, s, z, j)
                    d2, log = d2 + more, log + further
                if not d2 < gate * gate:
                    continue
                price = d2 + log + z[j, EXTRA] if likelihood else math.sqrt(max(d2, 0.0))
                if price < miss[k]:
                    dropped += end - start[k] == MOST
                    end = offer(start[k], end, j, price, column, cost)
    start[count] = end
    return dropped
