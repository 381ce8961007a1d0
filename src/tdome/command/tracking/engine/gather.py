"""First half of a stage of a scan: which tracks the site can see, where, and their candidates."""

import math

from tdome.command.tracking.engine.filters.imm import combine, predict_modes
from tdome.command.tracking.engine.filters.laws import predict_laws
from tdome.command.tracking.engine.filters.motion import drift
from tdome.command.tracking.engine.filters.polar import look, set_up
from tdome.command.tracking.engine.filters.rate import look_rate
from tdome.command.tracking.engine.filters.sight import LOW_DOWN, in_sight
from tdome.command.tracking.engine.layout import (
    AIR,
    AT,
    CHANCE,
    COOPERATIVE,
    DENSITY,
    DETECTION,
    FAR,
    FLOW,
    HEAD,
    HIGH,
    KIND,
    L_HALF,
    L_IR,
    L_IRHO,
    L_S,
    L_Z,
    LIVED,
    LIVES,
    LOW,
    NEAR,
    ORIGIN,
    PLACE,
    RATES,
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


@kernel_bare
def look_rates(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, part: Ints, count: int, sites: Floats, s: int, looks: Floats, o: int
) -> None:
    """Add to looks 0 … count what site s expects of the range rates of the tracks in ``part``.

    o: slot. A gate without rates needs the position of slot 0 alone: here the rest is combined too.
    """
    for n in range(count):
        i = int(part[n])
        if o == HEAD and whole[i, SPLIT] == AIR:  # a fall's slot 0 is whole already
            combine(rows, i, 6)
        look_rate(rows, i, o, sites, s, looks, n)


@kernel_bare
def hush(rows: Floats, part: Ints, count: int) -> None:
    """Mark that the silence of this look about the tracks in ``part`` says nothing."""
    for n in range(count):
        rows[part[n], DETECTION] = -rows[part[n], DETECTION]


@kernel_bare
def widen(looks: Floats, count: int, sites: Floats, s: int, z: Floats, gate: float) -> None:
    """Widen the gates' boxes to the largest error of a place that the scan tells."""
    most = 0.0
    for j in range(len(z)):
        most = max(most, z[j, PLACE])
    for n in range(count):
        for m in range(3):
            scale = 1.0 if m == 0 else looks[n, L_IRHO if m == 1 else L_IR]
            own = looks[n, L_S + m * (m + 3) // 2] - sites[s, VARIANCE + m]
            looks[n, L_HALF + m] = gate * math.sqrt(max(own, 0.0) + most * scale * scale)


@kernel_bare
def complete(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, part: Ints, count: int, quiet: bool, sites: Floats, s: int,
    z: Floats, looks: Floats, gate: float, o: int,
) -> None:  # fmt: skip
    """Add to the looks what plots of this scan measure beyond range and direction.

    quiet: silence of this look says nothing. o: the slot that was looked at.
    """
    if quiet:
        hush(rows, part, count)
    if sites[s, RATES] != 0.0:
        look_rates(rows, whole, part, count, sites, s, looks, o)
    if sites[s, KIND] == COOPERATIVE:
        widen(looks, count, sites, s, z, gate)
