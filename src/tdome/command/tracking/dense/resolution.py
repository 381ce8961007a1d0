"""Merged plots: two targets in one cell of a radar's resolution give one plot between them.

The chance that tracks i and k are not resolved, from the difference d of their expected (range,
azimuth, elevation), is exp(-d' U^-1 d / 2) with U = diag(u^2) (Daum and Fitzgerald, "The importance
of resolution in multiple target tracking", SPIE 2235, 1994; Koch and van Keuk, "Multiple hypothesis
track maintenance with possibly unresolved measurements", IEEE T-AES 33(3), 1997). d is known with
variances s^2 only, so its mean is taken, axis by axis:

    P_u = prod_m u_m / sqrt(u_m^2 + s_m^2) exp(-d_m^2 / (2 (u_m^2 + s_m^2)))

u = cell / sqrt(2 pi): a radar with a fixed grid of cells merges with chance max(0, 1 - |d| / cell)
on each axis, and this has the same integral.

Use: first the marginals as if all were resolved. Then a track without a plot may be hidden behind a
neighbour that has one: its chance of a plot of its own falls to Pd (1 - q), q = 1 - prod_k (1 -
P_u(i, k) B_k), B_k the marginal that k has a plot. So a merged group does not lose its tracks, and
two neighbours that both miss hide nobody. A plot that is likely merged updates all of its members
as a measurement of their centroid, which keeps them apart: a shift of the group, no collapse.

Limits: pairs are taken as independent; equal strengths (the centroid is not weighted); the members'
cross-covariance is not kept, so a group's relative positions grow uncertain, rightly, but its mean
too, a little too much.
"""

import math

import numpy as np

from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints

LEAST = 0.02  # chance of a merged plot below which a pair is none
_GAUSS = 1.0 / math.sqrt(2.0 * math.pi)
_REACH = 3.0  # sigmas
_HALF = 0.5


@kernel
def unresolved1(z: Floats, variance: Floats, cell: Floats, i: int, k: int) -> float:
    """Return P_u of two tracks: z (n, 3) expected plots, variance (n, 3) of them without noise."""
    chance, exponent = 1.0, 0.0
    for m in range(3):
        d = z[i, m] - z[k, m]
        if m == 1:
            d -= 2.0 * math.pi * round(d / (2.0 * math.pi))
        u2 = (cell[m] * _GAUSS) ** 2
        t2 = u2 + variance[i, m] + variance[k, m]
        chance *= u2 / t2
        exponent += d * d / t2
    return math.sqrt(chance) * math.exp(-0.5 * exponent)


@kernel
def neighbours(
    z: Floats, variance: Floats, cell: Floats, exists: Floats, who: Ints, chance: Floats
) -> None:
    """List the tracks that each one may be merged with, the nearest in range first served.

    Parameters
    ----------
    z, variance
        (n, 3) range m, azimuth rad, elevation rad expected of each track, and their variances.
    cell
        (3,) of the radar; any 0: it resolves all.
    exists
        (n,): tracks that are likelier not there have no neighbours.
    who, chance
        Written, (n, most): their rows, -1 after the last, and P_u.
    """
    who[:] = -1
    if cell[0] <= 0.0 or cell[1] <= 0.0 or cell[2] <= 0.0:
        return
    most = who.shape[1]
    order, widest = np.argsort(z[:, 0], kind="mergesort"), 0.0
    for i in range(len(z)):
        if exists[i] > _HALF:
            widest = max(widest, variance[i, 0])
    reach = _REACH * math.sqrt((cell[0] * _GAUSS) ** 2 + 2.0 * widest)
    count = np.zeros(len(z), np.int32)
    for a in range(len(z)):
        i = order[a]
        if exists[i] <= _HALF:
            continue
        for b in range(a + 1, len(z)):
            k = order[b]
            if z[k, 0] - z[i, 0] > reach or count[i] == most:
                break
            if count[k] == most or exists[k] <= _HALF:
                continue
            p = unresolved1(z, variance, cell, i, k)
            if p < LEAST:
                continue
            who[i, count[i]], chance[i, count[i]] = k, p
            who[k, count[k]], chance[k, count[k]] = i, p
            count[i] += 1
            count[k] += 1


@kernel
def hide(  # noqa: PLR0913, PLR0917 - flat columns
    who: Ints,
    chance: Floats,
    exists: Floats,
    start: Ints,
    beta: Floats,
    missed: Floats,
    detection: Floats,
) -> None:
    """Correct marginals for plots that are merged with a neighbour's, in place.

    Parameters
    ----------
    who, chance
        Of :func:`neighbours`.
    exists
        (n,) existence probabilities (1 for tracks that have none).
    start, beta, missed
        Marginals of the tracks as if all were resolved.
    detection
        (n,) in: chance of a plot; out: of a plot of its own, Pd (1 - q).
    """
    seen = 1.0 - missed
    for i in range(len(who)):
        alone = 1.0
        for b in range(who.shape[1]):
            if who[i, b] < 0:
                break
            alone *= 1.0 - chance[i, b] * seen[who[i, b]]
        if alone == 1.0:
            continue
        before = 1.0 - exists[i] * detection[i]
        detection[i] *= alone
        gain = (1.0 - exists[i] * detection[i]) / before
        total = 1.0 + missed[i] * (gain - 1.0)
        missed[i] *= gain / total
        for k in range(start[i], start[i + 1]):
            beta[k] /= total


@kernel
def merge_into(
    who: Ints,
    chance: Floats,
    taken: Ints,
    missed: Floats,
    detection: Floats,
    leader: Ints,
) -> None:
    """Say whose plot each track is merged into: leader (n,) is a track with a plot, or -1.

    taken: (n,) plot that a track most likely has, -1 for none. A track without one (``missed``
    above one half) joins the likeliest neighbour that has one, where "merged" outweighs "missed":
    P_u > (1 - P_u) (1 - Pd). Leaders stand for themselves: leader[k] == k once anybody joins.
    """
    leader[:] = -1
    for i in range(len(who)):
        if taken[i] >= 0 or missed[i] < _HALF:
            continue
        best = -1.0
        for b in range(who.shape[1]):
            k = who[i, b]
            if k < 0:
                break
            if taken[k] >= 0 and chance[i, b] > best:
                best, leader[i] = chance[i, b], k
        if leader[i] >= 0 and best <= (1.0 - best) * (1.0 - detection[i]):
            leader[i] = -1
        if leader[i] >= 0:
            leader[leader[i]] = leader[i]


@kernel
def centroids(leader: Ints, z: Floats, variance: Floats, mean: Floats, doubt: Floats) -> Ints:
    """Write the centroid of each group, and the variance of it, at its leader's row.

    mean, doubt: (n, 3). Members are taken as independent: doubt = sum of variances / n^2, without
    the plot's noise. Returns the members of each leader, (n,). Azimuths are averaged as differences
    from the leader's.
    """
    size = np.zeros(len(leader), np.int32)
    for i in range(len(leader)):
        k = leader[i]
        if k >= 0:
            if size[k] == 0:
                for m in range(3):
                    mean[k, m], doubt[k, m] = 0.0, 0.0
            size[k] += 1
            for m in range(3):
                d = z[i, m] - z[k, m]
                if m == 1:
                    d -= 2.0 * math.pi * round(d / (2.0 * math.pi))
                mean[k, m] += d
                doubt[k, m] += variance[i, m]
    for k in range(len(leader)):
        if size[k] > 0:
            for m in range(3):
                mean[k, m] = z[k, m] + mean[k, m] / size[k]
                doubt[k, m] /= size[k] * size[k]
    return size
