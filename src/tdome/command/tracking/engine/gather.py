"""First half of a stage of a scan: which tracks the site can see, where, and their candidates."""

import math

from tdome.command.tracking.engine.filters.imm import predict_modes
from tdome.command.tracking.engine.filters.laws import predict_laws
from tdome.command.tracking.engine.filters.motion import drift
from tdome.command.tracking.engine.filters.polar import look, set_up
from tdome.command.tracking.engine.filters.sight import LOW_DOWN, in_sight
from tdome.command.tracking.engine.layout import (
    AIR,
    AT,
    CHANCE,
    DENSITY,
    DETECTION,
    FAR,
    FLOW,
    HEAD,
    HIGH,
    L_IR,
    L_S,
    L_Z,
    LIVED,
    LIVES,
    LOW,
    NEAR,
    ORIGIN,
    SCORE,
    SPLIT,
    VARIANCE,
)
from tdome.command.tracking.engine.settings import (
    K_CLIMB,
    K_COVERAGE,
    K_FLAT,
    K_GATE,
    K_LEVEL,
    K_LIFE,
    K_LIKELIHOOD,
    K_SCORED,
)
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats, Ints, Longs

_LEAST_CHANCE = 0.02  # of detection, in the likelihood of a plot: no plot is impossible
_MARGIN = 3.0  # standard errors of position over which coverage fades
_ODDS_CAP = 30.0
_LN_2PI_3 = 3.0 * math.log(2.0 * math.pi)


@kernel_bare
def advance(rows: Floats, whole: Longs, i: int, t: float, k: Floats, scratch: Floats) -> None:
    """Predict track i to time t, s; its certainty to exist fades with the mean life of targets.

    P(exists) shrinks by exp(-dt / life) (Musicki, Evans, Stankovic, "Integrated probabilistic data
    association", IEEE Trans. Automatic Control 39, 1994: their Markov chain one, no births).
    """
    dt = t - rows[i, AT]
    if dt <= 0.0:  # the clock was set back: go on from here
        rows[i, AT] = t
        return
    rows[i, AT] = t
    if whole[i, SPLIT] > AIR:
        predict_laws(rows, i, int(whole[i, SPLIT]), dt, k, scratch)
    elif whole[i, SPLIT] != 0:
        predict_modes(rows, i, dt, k, scratch)
    else:
        drift(rows, i, HEAD, dt, k[K_LEVEL], k[K_CLIMB])
    if k[K_FLAT] == 0.0:
        set_up(rows, i, False)
    if k[K_SCORED] != 0.0:
        if scratch[FLOW, LIVES] != dt:
            scratch[FLOW, LIVES], scratch[FLOW, LIVED] = dt, math.exp(-dt / k[K_LIFE])
        stays = scratch[FLOW, LIVED]
        odds = math.exp(min(rows[i, SCORE], _ODDS_CAP))
        rows[i, SCORE] = math.log(stays * odds / (1.0 + (1.0 - stays) * odds))


@kernel_bare
def within_reach(rows: Floats, i: int, t: float, sites: Floats, s: int) -> bool:
    """Tell whether track i may be in reach of site s at time t, from its last state alone."""
    dt = max(t - rows[i, AT], 0.0)
    o = HEAD
    dx = rows[i, o] + dt * rows[i, o + 3] - sites[s, ORIGIN]
    dy = rows[i, o + 1] + dt * rows[i, o + 4] - sites[s, ORIGIN + 1]
    dz = rows[i, o + 2] + dt * rows[i, o + 5] - sites[s, ORIGIN + 2]
    p = o + 7
    doubt = rows[i, p] + rows[i, p + 2] + rows[i, p + 5]
    doubt += dt * dt * (rows[i, p + 9] + rows[i, p + 14] + rows[i, p + 20])
    far = sites[s, FAR] + _MARGIN * math.sqrt(doubt)
    return bool(dx * dx + dy * dy + dz * dz <= far * far)


@kernel_bare
def chance(looks: Floats, n: int, sites: Floats, s: int) -> float:
    """Return the probability that site s detects what it looks at: 0 outside its coverage.

    Over three standard errors of the expected place to either side of an edge it fades linearly.
    """
    span = 2.0 * _MARGIN * math.sqrt(max(looks[n, L_S] - sites[s, VARIANCE], 1.0))
    r = looks[n, L_Z]
    inside = min(max((sites[s, FAR] - r) / span + 0.5, 0.0), 1.0)
    inside *= min(max((r - sites[s, NEAR]) / span + 0.5, 0.0), 1.0)
    least = looks[n, L_IR] * looks[n, L_IR]
    span = 2.0 * _MARGIN * math.sqrt(max(looks[n, L_S + 5] - sites[s, VARIANCE + 2], least))
    e = looks[n, L_Z + 2]
    inside *= min(max((sites[s, HIGH] - e) / span + 0.5, 0.0), 1.0)
    inside *= min(max((e - sites[s, LOW]) / span + 0.5, 0.0), 1.0)
    return float(inside * sites[s, CHANCE])


@kernel_bare
def gather(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, members: Ints, size: int, t: float, s: int, k: Floats,
    sites: Floats, part: Ints, looks: Floats, miss: Floats, scratch: Floats,
) -> int:  # fmt: skip
    """Predict the tracks of a list that site s may see at t; return how many take part.

    part (n,): their rows. looks (n, LOOK): what the site would see. miss (n,): the price of going
    without a plot, in the unit of the costs. rows[i, DETECTION]: chance of detection.
    """
    count = 0
    covered = k[K_COVERAGE] != 0.0
    likelihood = k[K_LIKELIHOOD] != 0.0
    round_earth = covered and k[K_FLAT] == 0.0
    for a in range(size):
        i = int(members[a])
        if covered and not within_reach(rows, i, t, sites, s):
            continue
        advance(rows, whole, i, t, k, scratch)
        look(rows, i, HEAD, sites, s, k[K_GATE], looks, count)
        detection = chance(looks, count, sites, s) if covered else sites[s, CHANCE]
        if round_earth and looks[count, L_Z + 2] < LOW_DOWN:
            detection *= in_sight(looks, count, sites, s)
        rows[i, DETECTION] = detection
        part[count] = i
        if likelihood:
            # d^2 + ln|S| of a pair that is as likely as a miss and a false plot.
            d = min(max(detection, _LEAST_CHANCE), 1.0 - _LEAST_CHANCE)
            miss[count] = 2.0 * (math.log(d / (1.0 - d)) - sites[s, DENSITY]) - _LN_2PI_3
        else:
            miss[count] = k[K_GATE]
        count += 1
    return count
