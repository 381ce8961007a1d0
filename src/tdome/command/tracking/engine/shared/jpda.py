"""Joint probabilistic data association as one stage of the tracker core.

Stands in the place of "feed the chosen plots": each track is updated with all of its candidates to
the share of their marginal probabilities (:mod:`.belief`), after permutations were taken out
(:mod:`.coalescence`). The price of a pair and of a miss that the core's gate gives are minus twice
log weights, so psi = exp((miss - cost) / 2).

Life: the log odds of existence grow by ln((1 - Pd) / m) with m the marginal of "missed", which is
the sum over all candidates that :mod:`..engine.life` has for one (Musicki and Evans, "Joint
integrated probabilistic data association", IEEE T-AES 40(3), 2004, for a track that is sure to
exist). A track counts as fed if a plot is likelier than none, and a plot as taken if tracks have
more than half of it; else it begins a track of its own.

Limits: the core's gate leaves out pairs less likely than a miss; a track that is nearly sure of
one plot (beta > 0.999) is updated with that alone.
"""

import math

import numpy as np

from tdome.command.tracking.engine.filters.imm import absorb_modes
from tdome.command.tracking.engine.filters.laws import absorb_laws, try_fall
from tdome.command.tracking.engine.filters.rate import RATE_PRICE, misfit_rate
from tdome.command.tracking.engine.filters.update import absorb, measures
from tdome.command.tracking.engine.layout import (
    AIR,
    DETECTION,
    HEAD,
    PULLED,
    RATE,
    SCORE,
    SPLIT,
    WIDE,
)
from tdome.command.tracking.engine.life import echoed, fed, missed, named
from tdome.command.tracking.engine.pairing.gating import MOST, misfit
from tdome.command.tracking.engine.radar.still import weigh_still
from tdome.command.tracking.engine.shared.belief import SWEEPS, TOLERANCE, marginals
from tdome.command.tracking.engine.shared.blend import blend
from tdome.command.tracking.engine.shared.coalescence import unmix
from tdome.kernel.jit import kernel, kernel_bare
from tdome.messages.base import Codes, Floats, Ints, Longs

_SURE = 1e-3
_HEAT = 0.5  # of the marginals: between Bayes and nearest neighbour, tuned on raids
_LEAST = 1e-4  # of a candidate: with less it moves nothing
_SCORE_CAP = 30.0
_HALF = 0.5
_LN_2PI = math.log(2.0 * math.pi)
_NAMES = 0.95  # of a plot whose address becomes the track's


@kernel
def weigh(start: Ints, cost: Floats, miss: Floats, heat: float, ratio: Floats) -> None:
    """Write psi^(1 / heat) of each candidate of the core's lists.

    heat: 1 for Bayes' probabilities; towards 0 the most likely joint event takes all.
    """
    for n in range(len(start) - 1):
        for c in range(start[n], start[n + 1]):
            ratio[c] = math.exp(min(0.5 * (miss[n] - cost[c]) / heat, 600.0))


@kernel
def settle_shared(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - flat columns, one walk
    rows: Floats, whole: Longs, part: Ints, count: int, t: float, s: int, scan: int, k: Floats,
    sites: Floats, looks: Floats, z: Floats, plots: Longs, taken: Codes, start: Ints, column: Ints,
    cost: Floats, miss: Floats, chosen: Ints,
) -> None:  # fmt: skip
    """Feed all candidates to the tracks that took part, each to its share.

    As :func:`tdome.command.tracking.engine.life.settle`; start, column, cost, miss: candidates;
    chosen: the most likely joint event.
    """
    pairs = start[count]
    ratio, beta, none = np.empty(pairs), np.empty(pairs), np.empty(count)
    weigh(start[: count + 1], cost, miss, _HEAT, ratio)
    unmix(start[: count + 1], column, chosen, np.empty(len(z), np.int32), ratio)
    marginals(start[: count + 1], column[:pairs], ratio, len(z), TOLERANCE, SWEEPS, beta, none)
    mass = np.zeros(len(z))
    copies = np.empty((MOST + 1, rows.shape[1]))
    weight, share = np.empty(MOST + 1), np.empty(MOST + 1)
    for n in range(count):
        i, best = part[n], -1
        for c in range(start[n], start[n + 1]):
            mass[column[c]] += beta[c]
            if best < 0 or beta[c] > beta[best]:
                best = c
        if best < 0 or none[n] > 1.0 - _SURE:
            missed(rows, whole, i, k)
            continue
        score = rows[i, SCORE]
        detection = min(max(rows[i, DETECTION], 0.0), 0.98)
        if whole[i, SPLIT] > AIR:  # a fall is not blended: the likeliest plot, or none
            if none[n] >= _HALF:
                missed(rows, whole, i, k)
                continue
            absorb_laws(rows, whole, i, looks, n, sites, s, z, column[best], k)
        elif beta[best] > 1.0 - _SURE:
            update_row(rows, i, whole[i, SPLIT] != 0, looks, n, sites, s, z, column[best])
        else:
            _share(
                rows, i, whole[i, SPLIT] != 0, looks, n, sites, s, z, start, column, beta, none[n],
                copies, weight, share,
            )  # fmt: skip
        if none[n] < _HALF:
            fed(rows, whole, i, t, scan, plots[column[best]])
            echoed(rows, whole, i, z, column[best])
            if beta[best] > _NAMES:
                named(whole, i, z, column[best])
            _weigh_still(rows, whole, i, looks, n, sites, s, z, column[best], k)
            if rows.shape[1] == WIDE and whole[i, SPLIT] <= AIR:
                try_fall(rows, whole, i, k)
        else:
            missed(rows, whole, i, k)
        gain = math.log((1.0 - detection) / max(none[n], 1e-300))
        rows[i, SCORE] = min(score + gain, _SCORE_CAP)
    for j in range(len(z)):
        if mass[j] > _HALF:
            taken[j] = 1


@kernel_bare
def _weigh_still(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, i: int, looks: Floats, n: int, sites: Floats, s: int, z: Floats,
    j: int, k: Floats,
) -> None:  # fmt: skip
    """Weigh plot j, the likeliest of track i, for and against its standing; see radar.still."""
    d2, log_s = misfit(looks, n, sites, s, z, j)
    fit = d2 + log_s + (3 - measures(z, j)) * _LN_2PI
    if not math.isnan(z[j, RATE]) and rows.shape[1] != PULLED:
        d2, log_s = misfit_rate(looks, n, sites, s, z, j)
        fit += d2 + log_s - RATE_PRICE
    weigh_still(rows, whole, i, looks, n, sites, s, z, j, fit, k)


@kernel
def update_row(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats,
    i: int,
    modes: bool,
    looks: Floats,
    n: int,
    sites: Floats,
    s: int,
    z: Floats,
    j: int,
) -> None:
    """Update track i with plot j for sure."""
    if modes:
        absorb_modes(rows, i, looks, n, sites, s, z, j)
    else:
        absorb(rows, i, HEAD, 6, looks, n, sites, s, z, j)


@kernel
def _share(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats,
    i: int,
    modes: bool,
    looks: Floats,
    n: int,
    sites: Floats,
    s: int,
    z: Floats,
    start: Ints,
    column: Ints,
    beta: Floats,
    none: float,
    copies: Floats,
    weight: Floats,
    share: Floats,
) -> None:
    """Update track i with each candidate on a copy, and blend the copies."""
    width, used = rows.shape[1], 1
    copies[0, :width] = rows[i, :width]
    weight[0] = none
    total = none
    for c in range(start[n], start[n + 1]):
        if beta[c] < _LEAST:
            continue
        copies[used, :width] = rows[i, :width]
        update_row(copies, used, modes, looks, n, sites, s, z, column[c])
        weight[used] = beta[c]
        total += beta[c]
        used += 1
    for c in range(used):
        weight[c] /= total
    blend(rows, i, copies, weight, share, used, modes)
