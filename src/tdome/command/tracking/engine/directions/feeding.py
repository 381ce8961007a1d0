"""A scan of directions (range unknown): which confirmed tracks they are of, and their update.

A direction is gated in azimuth, and elevation where it is measured, against confirmed tracks alone:
one sensor's directions confirm nothing. It feeds the track that the assignment gives it to, but
only where no other track explains it about as well (within AMBIGUOUS of the price): one beam often
holds several tracks, and the wrong one would be pulled across. Directions that no track explains
are left over for triangulation (:mod:`.rounds`). Silence says nothing: who does not emit is there.

The price of a pair is d^2 + ln |S| of the numbers measured, and 3 - n times ln 2 pi less, so that
it compares with the miss of :func:`..gather.gather`; the update is that of all plots
(:func:`..life.settle`), without the row of the range.

Limit: "lmb" keeps several hypotheses of a track; here the heaviest one alone is fed.
"""

import math

import numpy as np

from tdome.command.tracking.engine.directions.sound import lay_all, lay_back
from tdome.command.tracking.engine.filters.imm import split
from tdome.command.tracking.engine.filters.polar import set_up
from tdome.command.tracking.engine.fold import NEXT_TELL
from tdome.command.tracking.engine.gather import gather, hush
from tdome.command.tracking.engine.layout import AT as TIME
from tdome.command.tracking.engine.layout import (
    AZIMUTH,
    BORN,
    COVARIANCE,
    ELEVATION,
    FREE,
    HEAD,
    HEIGHT_VARIANCE,
    HITS,
    L_S,
    L_Z,
    LOOK,
    NEXT,
    NUMBER,
    OWN,
    RING,
    SCANS,
    SCORE,
    SCRATCH,
    SLOT,
    SOUND,
    STRAIN,
    SURE,
    WHOLE,
    WIDE,
)
from tdome.command.tracking.engine.life import fed, settle
from tdome.command.tracking.engine.pairing.assignment import assign
from tdome.command.tracking.engine.pairing.gating import MOST, offer
from tdome.command.tracking.engine.settings import (
    K_CONFIRM,
    K_CONFIRM_HITS,
    K_FILTER,
    K_FLAT,
    K_GATE,
    K_LIKELIHOOD,
    K_TELL_EVERY,
)
from tdome.command.tracking.engine.telling.tell import tell
from tdome.kernel.jit import kernel, kernel_bare
from tdome.messages.base import Codes, Floats, Ints, Longs

EXPLAINED, FED, OVER = 0, 1, 2  # what became of a direction
AMBIGUOUS = 4.0  # in d^2 + ln |S|: another track is e^2 times less likely at most
_TURN = 2.0 * math.pi
_LN_TURN = math.log(_TURN)
_IMM = 2.0


@kernel_bare
def off_direction(looks: Floats, n: int, z: Floats, j: int) -> tuple[float, float]:
    """Return d^2 and ln |S| of track n of the looks and direction j, made up to three numbers."""
    y1 = z[j, AZIMUTH] - looks[n, L_Z + 1]
    y1 -= _TURN * math.floor(y1 / _TURN + 0.5)
    s11 = looks[n, L_S + 2]
    if z[j, HEIGHT_VARIANCE] < 0.0:
        return y1 * y1 / s11, math.log(s11) - 2.0 * _LN_TURN
    y2 = z[j, ELEVATION] - looks[n, L_Z + 2]
    s21, s22 = looks[n, L_S + 4], looks[n, L_S + 5]
    det = s11 * s22 - s21 * s21
    d2 = (s22 * y1 * y1 - 2.0 * s21 * y1 * y2 + s11 * y2 * y2) / det
    return d2, math.log(det) - _LN_TURN


@kernel_bare
def pairs(  # noqa: PLR0913, PLR0917 - flat columns
    looks: Floats, count: int, z: Floats, gate: float, likelihood: bool, miss: Floats,
    start: Ints, column: Ints, cost: Floats, best: Floats, second: Floats,
) -> None:  # fmt: skip
    """List the candidates of looks 0 … count among directions z, as ``..pairing.gating`` does.

    best, second: (m,) written: the lowest prices of each direction, over all tracks in gate.
    """
    end = 0
    best[:] = math.inf
    second[:] = math.inf
    for n in range(count):
        start[n] = end
        for j in range(len(z)):
            d2, log = off_direction(looks, n, z, j)
            if not d2 < gate * gate:
                continue
            price = d2 + log if likelihood else math.sqrt(d2)
            if price < best[j]:
                best[j], second[j] = price, best[j]
            elif price < second[j]:
                second[j] = price
            if price < miss[n]:
                end = offer(start[n], end, j, price, column, cost)
    start[count] = end


@kernel
def listen(  # noqa: PLR0913, PLR0917 - flat columns
    t: float, at: int, s: int, z: Floats, plots: Longs, rows: Floats, whole: Longs, lists: Ints,
    counters: Longs, clock: Floats, k: Floats, sites: Floats, fate: Codes, told: Longs,
    states: Floats, covariances: Floats,
) -> int:  # fmt: skip
    """Feed a scan of directions to the confirmed tracks; return the rows of the report.

    z (m, Z), plots (m,): the directions, in canonical order. fate (m,): written. Others as in
    :func:`..fold.fold`; the report needs room for all confirmed tracks.
    """
    m, tracks = len(z), counters[SURE]
    part, looks, miss = np.empty(tracks, np.int32), np.empty((tracks, LOOK)), np.empty(tracks)
    start, chosen = np.empty(tracks + 1, np.int32), np.empty(tracks, np.int32)
    column, cost = np.empty(tracks * MOST, np.int32), np.empty(tracks * MOST)
    best, second, taken = np.empty(m), np.empty(m), np.zeros(m, np.int8)
    search, lengths = np.empty(3 * m + 2 * tracks + 2, np.int32), np.empty(m + tracks)
    scratch = np.zeros((SCRATCH, SLOT))
    count = gather(rows, whole, lists[SURE], tracks, t, s, k, sites, part, looks, miss, scratch)
    back = np.zeros(tracks)
    heard = sites[s, SOUND] > 0.0
    if heard:
        count = lay_back(rows, whole, part, count, sites, s, k, looks, miss, back)
    hush(rows, part, count)
    likelihood = k[K_LIKELIHOOD] != 0.0
    pairs(looks, count, z, k[K_GATE], likelihood, miss, start, column, cost, best, second)
    assign(count, m, start, column, cost, miss, chosen, search, lengths)
    for j in range(m):
        fate[j] = EXPLAINED if best[j] < math.inf else OVER
    for n in range(count):
        if chosen[n] >= 0:
            j = column[chosen[n]]
            if second[j] - best[j] < (AMBIGUOUS if likelihood else 1.0):
                chosen[n] = -1
            else:
                fate[j] = FED
    settle(
        rows, whole, part, count, t, s, counters[SCANS], k, sites, looks, z, plots, taken, column,
        chosen, False,
    )  # fmt: skip
    if heard:
        for n in range(count):
            lay_all(rows, whole, int(part[n]), back[n])
    end = 0
    clock[NEXT_TELL] = min(clock[NEXT_TELL], t + k[K_TELL_EVERY])
    if t >= clock[NEXT_TELL]:
        clock[NEXT_TELL] = t + k[K_TELL_EVERY]
        end = tell(rows, whole, lists, counters, t, k, told, states, covariances, 0, at)
    counters[SCANS] += 1
    return end


@kernel_bare
def enlist(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, lists: Ints, counters: Longs, t: float, born: float, k: Floats,
    state: Floats, covariance: Floats,
) -> None:  # fmt: skip
    """Begin a confirmed track with a state (6,) and covariance (6, 6) at time t.

    For places that several sites found together, twice. A free row must be there.
    """
    counters[FREE] -= 1
    i = int(lists[FREE, counters[FREE]])
    for f in range(HEAD + COVARIANCE + 28):
        rows[i, f] = 0.0
    for f in range(WHOLE):
        whole[i, f] = -1 if f >= RING else 0
    whole[i, OWN] = 0
    if rows.shape[1] == WIDE:
        rows[i, STRAIN] = 3.0  # the row may have been another's
    at = HEAD + COVARIANCE
    for a in range(6):
        rows[i, HEAD + a] = state[a]
        for b in range(a + 1):
            rows[i, at] = covariance[a, b]
            at += 1
    set_up(rows, i, k[K_FLAT] != 0.0)
    rows[i, TIME], rows[i, BORN], rows[i, SCORE] = t, born, k[K_CONFIRM]
    fed(rows, whole, i, t, counters[SCANS], -1)
    whole[i, HITS] = int(k[K_CONFIRM_HITS])
    whole[i, NUMBER] = counters[NEXT]
    counters[NEXT] += 1
    if k[K_FILTER] == _IMM:
        split(rows, whole, i, k)
    lists[SURE, counters[SURE]] = i
    counters[SURE] += 1
