"""Second half of a stage: updates, scores, confirmation and end; and tracks from leftover plots.

By counts: confirmed at the n-th plot, ended after so many looks in vain (Stone Soup's
MultiMeasurementInitiator and UpdateTimeStepsDeleter, counted per track). By scores: log odds of
existence, ln P / (1 - P): a plot adds ln(Pd Λ / λ), a miss ln(1 - Pd), with Pd from the site's
coverage (Sittler 1964; Blackman and Popoli 1999, section 6.2; the fading with time is that of
Musicki, Evans, Stankovic 1994). It is a sequential probability ratio test whose old evidence
fades, so that a dead track ends after few misses however long it lived.
"""

import math

from tdome.command.tracking.engine.filters.imm import absorb_modes, combine, split
from tdome.command.tracking.engine.filters.laws import (
    absorb_laws,
    first_speed,
    impossible,
    try_fall,
)
from tdome.command.tracking.engine.filters.polar import begin, set_up
from tdome.command.tracking.engine.filters.rate import RATE_PRICE, begin_rate
from tdome.command.tracking.engine.filters.ukf import absorb_sigma
from tdome.command.tracking.engine.filters.update import absorb, first_measured, measures
from tdome.command.tracking.engine.layout import (
    ADDRESS,
    AIR,
    AT,
    BARREN,
    BORN,
    COVARIANCE,
    CROSS,
    DENSITY,
    DETECTION,
    EXTRA,
    FALL_AIR,
    FALSE,
    FED,
    FREE,
    FRIENDLY,
    HEAD,
    HITS,
    LEARNED,
    MAYBE,
    MISSED,
    NEXT,
    NUMBER,
    OWN,
    PLAIN,
    PLOT,
    RATE,
    RING,
    RING_SIZE,
    SAID,
    SCAN,
    SCANS,
    SCORE,
    SEEN,
    SILENCE,
    SOUND,
    SPLIT,
    SPREAD,
    SPREADS,
    STORY,
    STORY_SIZE,
    STRAIN,
    SURE,
    TOLD_DENSITY,
    UP,
    WHOLE,
    WIDE,
    Z_CROSS,
    Z_SPREAD,
)
from tdome.command.tracking.engine.radar.still import still, weigh_still
from tdome.command.tracking.engine.settings import (
    K_CLIMB_SPEED,
    K_COAST,
    K_CONFIRM,
    K_CONFIRM_HITS,
    K_DELETE,
    K_DELETE_TENTATIVE,
    K_DROP,
    K_DROP_TENTATIVE,
    K_FASTEST,
    K_FILTER,
    K_FLAT,
    K_NEW,
    K_SCORED,
    K_SPEED,
)
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Codes, Floats, Ints, Longs

_LN_2PI = math.log(2.0 * math.pi)
_LEAST_CHANCE = 0.02
_UNSEEN = 1e-3  # under this chance of detection a look in vain is not counted
_UKF, _IMM = 1.0, 2.0
_SCORE_CAP = 30.0
_SUSPECT = 1_500.0 * 1_500.0  # of a speed squared, m^2/s^2: LEVEL_FASTEST of laws.limits
_LEARNING = 0.2  # share of the last scan in the learned number of false plots
_MOST_FALSE = 30.0  # times what was told that is believed
_ECHO_GAIN = 0.125  # of a plot in the smoothed cross-section and Doppler spread
_MOST_SILENCE = 4.0  # that one look in vain may weigh: beliefs are not that good


@kernel_bare
def fed(rows: Floats, whole: Longs, i: int, t: float, scan: int, plot: int) -> None:
    """Note that a plot of this scan, ``plot`` in the feed, fed track i."""
    rows[i, SEEN] = t
    whole[i, HITS] += 1
    whole[i, MISSED] = 0
    whole[i, SCAN] = scan
    whole[i, PLOT] = plot
    whole[i, RING + whole[i, FED] % RING_SIZE] = scan
    whole[i, STORY + whole[i, FED] % STORY_SIZE] = plot
    whole[i, FED] += 1
    rows[i, SILENCE] = 0.0


@kernel_bare
def echoed(rows: Floats, whole: Longs, i: int, z: Floats, j: int) -> None:
    """Note what the echo of plot j, which fed track i just now, tells: its size and its spread.

    The mean of cross-sections, and of the logarithms of spreads; later plots weigh an eighth.
    """
    if z[j, Z_CROSS] > 0.0:
        gain = max(1.0 / whole[i, HITS], _ECHO_GAIN)
        rows[i, CROSS] += gain * (z[j, Z_CROSS] - rows[i, CROSS])
    if z[j, Z_SPREAD] > 0.0:
        whole[i, SPREADS] += 1
        known = rows[i, SPREAD] if rows[i, SPREAD] > 0.0 else z[j, Z_SPREAD]
        gain = max(1.0 / whole[i, SPREADS], _ECHO_GAIN)
        rows[i, SPREAD] = known * (z[j, Z_SPREAD] / known) ** gain


@kernel_bare
def named(whole: Longs, i: int, z: Floats, j: int) -> None:
    """Note who plot j says that it is, address or own force, as what track i is."""
    if z[j, SAID] > 0.0:
        whole[i, ADDRESS] = int(z[j, SAID])
    if z[j, FRIENDLY] != 0.0:
        whole[i, OWN] = 1


@kernel_bare
def missed(rows: Floats, whole: Longs, i: int, k: Floats) -> None:
    """Note that track i was looked for in vain."""
    if rows[i, DETECTION] > _UNSEEN:
        whole[i, MISSED] += 1
    if rows[i, DETECTION] > 0.0:
        silence = -math.log(1.0 - min(rows[i, DETECTION], 1.0 - _LEAST_CHANCE))
        rows[i, SCORE] -= silence
        rows[i, SILENCE] += min(silence, _MOST_SILENCE)
    if whole[i, SPLIT] == AIR:
        combine(rows, i, 6)


@kernel_bare
def settle(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats,
    whole: Longs,
    part: Ints,
    count: int,
    t: float,
    s: int,
    scan: int,
    k: Floats,
    sites: Floats,
    looks: Floats,
    z: Floats,
    plots: Longs,
    taken: Codes,
    column: Ints,
    chosen: Ints,
    hold: bool,
) -> None:
    """Feed the chosen plots to the tracks that took part; the others missed.

    hold: tracks with modes that have no plot are left as they are, for a second look.
    """
    falls = rows.shape[1] == WIDE and sites[s, SOUND] == 0.0  # laid back, none begins
    for n in range(count):
        i = int(part[n])
        if chosen[n] < 0:
            if not hold or whole[i, SPLIT] != AIR:
                missed(rows, whole, i, k)
            continue
        j = int(column[chosen[n]])
        taken[j] = 1
        flies = whole[i, SPLIT]
        if flies > AIR:
            fit = absorb_laws(rows, whole, i, looks, n, sites, s, z, j, k)
        elif flies == AIR:
            fit = absorb_modes(rows, i, looks, n, sites, s, z, j)
        elif k[K_FILTER] == _UKF:
            fit = absorb_sigma(rows, i, HEAD, looks, n, sites, s, z, j)
        else:
            fit = absorb(rows, i, HEAD, 6, looks, n, sites, s, z, j)
        numbers = measures(z, j) - first_measured(z, j)
        gain = -0.5 * (fit + z[j, EXTRA] + numbers * _LN_2PI) - sites[s, DENSITY]
        if flies <= AIR and not math.isnan(z[j, RATE]):  # the fall takes no range rate
            gain -= 0.5 * RATE_PRICE
        gain += math.log(max(abs(rows[i, DETECTION]), _LEAST_CHANCE))
        rows[i, SCORE] = min(rows[i, SCORE] + gain, _SCORE_CAP)
        fed(rows, whole, i, t, scan, plots[j])
        echoed(rows, whole, i, z, j)
        named(whole, i, z, j)
        weigh_still(rows, whole, i, looks, n, sites, s, z, j, fit, k)
        if falls and whole[i, SPLIT] <= AIR:
            try_fall(rows, whole, i, k)


@kernel_bare
def ended(rows: Floats, whole: Longs, i: int, t: float, k: Floats) -> bool:
    """Tell whether track i is at its end: by counts or scores, or no longer a thing that flies.

    What stands is kept however seldom it is seen, if not for too long: it holds its clutter.
    """
    sure = whole[i, NUMBER] > 0
    if k[K_SCORED] == 0.0:
        over = whole[i, MISSED] >= (k[K_DELETE] if sure else k[K_DELETE_TENTATIVE])
    else:
        over = rows[i, SCORE] < (k[K_DROP] if sure else k[K_DROP_TENTATIVE])
        if over and sure and still(rows, i, k):
            rows[i, SCORE], over = k[K_DROP], False  # told of to nobody, it may be seen seldom
        over = over or t - rows[i, SEEN] > k[K_COAST]
    o = HEAD + 3
    v2 = rows[i, o] * rows[i, o] + rows[i, o + 1] * rows[i, o + 1] + rows[i, o + 2] * rows[i, o + 2]
    # The comparison is false for nan too.
    over = over or not v2 < k[K_FASTEST] * k[K_FASTEST]
    if rows.shape[1] == WIDE and not over and (whole[i, SPLIT] >= FALL_AIR or v2 > _SUSPECT):
        over = impossible(rows, i, int(whole[i, SPLIT]))
    return bool(over)


@kernel_bare
def sweep(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, lists: Ints, counters: Longs, which: int, t: float, k: Floats
) -> None:
    """Confirm tentative tracks that earned it, and give back the rows of tracks that ended.

    The order of the lists is kept: oldest first.
    """
    kept = 0
    for a in range(counters[which]):
        i = int(lists[which, a])
        earned = which == MAYBE and whole[i, HITS] >= k[K_CONFIRM_HITS]
        if earned and (k[K_SCORED] == 0.0 or rows[i, SCORE] >= k[K_CONFIRM]):
            whole[i, NUMBER] = counters[NEXT]
            counters[NEXT] += 1
            if k[K_FILTER] == _IMM and whole[i, SPLIT] == PLAIN:
                split(rows, whole, i, k)
            lists[SURE, counters[SURE]] = i
            counters[SURE] += 1
            continue
        if ended(rows, whole, i, t, k):
            lists[FREE, counters[FREE]] = i
            counters[FREE] += 1
            continue
        lists[which, kept] = i
        kept += 1
    counters[which] = kept


@kernel_bare
def start_tracks(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats,
    whole: Longs,
    lists: Ints,
    counters: Longs,
    t: float,
    s: int,
    k: Floats,
    sites: Floats,
    z: Floats,
    plots: Longs,
    taken: Codes,
) -> int:
    """Begin a tentative track at each plot that fed none, at rest, with a wide velocity.

    Returns their number.
    """
    left = 0
    falls = rows.shape[1] == WIDE
    p = HEAD + COVARIANCE
    for j in range(len(z)):
        if taken[j] != 0 or sites[s, BARREN] != 0.0:
            continue
        left += 1
        counters[FREE] -= 1
        i = int(lists[FREE, counters[FREE]])
        lists[MAYBE, counters[MAYBE]] = i
        counters[MAYBE] += 1
        for f in range(HEAD + COVARIANCE + 28):
            rows[i, f] = 0.0
        for f in range(WHOLE):
            whole[i, f] = -1 if f >= RING else 0
        whole[i, OWN] = whole[i, SPREADS] = 0
        begin(rows, i, HEAD, sites, s, z, j)
        set_up(rows, i, k[K_FLAT] != 0.0)
        level, climb = k[K_SPEED] * k[K_SPEED], k[K_CLIMB_SPEED] * k[K_CLIMB_SPEED]
        if falls:
            rows[i, STRAIN] = 3.0  # the row may have been another's
            fast = first_speed(rows, i, k)
            level, climb = max(level, fast * fast), max(climb, fast * fast)
        for a in range(3):
            base = p + (a + 3) * (a + 4) // 2 + 3
            for b in range(a + 1):
                same = level if a == b else 0.0
                rows[i, base + b] = same + (climb - level) * rows[i, UP + a] * rows[i, UP + b]
        if not math.isnan(z[j, RATE]):
            begin_rate(rows, i, sites, s, z, j)
        named(whole, i, z, j)
        rows[i, AT], rows[i, BORN] = t, t
        rows[i, SCORE] = k[K_NEW] - 0.5 * z[j, EXTRA]
        fed(rows, whole, i, t, counters[SCANS], plots[j])
        echoed(rows, whole, i, z, j)
    return left


@kernel_bare
def learn_density(sites: Floats, s: int, left: int) -> None:
    """Believe more false plots than were told, if scans keep leaving more of them over.

    left: plots of this scan that fed no track. Fewer than told are not believed: that would make
    it easier to confirm, on the word of an empty sky.
    """
    if sites[s, BARREN] != 0.0:
        return
    sites[s, LEARNED] += _LEARNING * (left - sites[s, LEARNED])
    factor = min(max(sites[s, LEARNED] / sites[s, FALSE], 1.0), _MOST_FALSE)
    sites[s, DENSITY] = sites[s, TOLD_DENSITY] + math.log(factor)
