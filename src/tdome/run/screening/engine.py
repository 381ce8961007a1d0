"""One replicate of a screening: a compiled loop over decisions, on flat arrays.

Every ``decide_s`` command looks at the threats that are due: firm, not engaged, not waited for. For
each the best pair of unit and launch is read from the windows, and the greatest return is taken
first, as in ``command.assignment.choice``:

    value_at_risk (1 - (1 - s)^rounds) - price rounds,

rounds by the doctrine (early while another unit could still shoot after a miss is known, else late),
while magazines, channels, launch spacing, illuminators and uplinks allow. A shot is judged when it is
fired, since nothing reacts: its luck is keyed by object and number as the referee's. What is missed
comes back when the miss is known.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel
from tdome.kernel.random import normals2, philox4x64, uniform1
from tdome.messages.base import Floats, Ints, Longs, Singles
from tdome.run.screening.layout import (
    ASSET,
    AT,
    BATTERY,
    BY,
    BY_CLASS,
    CHANCE,
    CHANNELS,
    CLASS,
    COOLS,
    DECIDE,
    DELAY,
    DURATION,
    EARLY,
    END,
    ENGAGED,
    FAILED_FATE,
    FALLS,
    FALSE_KILL,
    FALSE_MISS,
    FATE,
    FIRED,
    FIRST_NEAR,
    FIRST_PATH,
    FLYING,
    FREE_AT,
    GAIN,
    GONE,
    GROWTH,
    HARM,
    HARMLESS,
    HARMLESS_FATE,
    HAS,
    HITS_ASSET,
    ILLUMINATORS,
    JUDGED,
    KILLED,
    LAST,
    LAST_NEAR,
    LAST_PATH,
    LATE,
    LEAD,
    LEAKED,
    LINK,
    LOOK,
    LOOKED,
    MEETS,
    MET,
    MOST_SHOTS,
    NEAR_EAST,
    NEAR_NORTH,
    NEXT,
    NOT_LAUNCHED,
    OFF_EAST,
    OFF_NORTH,
    OPENS,
    PATH,
    PRICE,
    RAID,
    RAID_FAILURE,
    RANKED,
    REACH,
    READY,
    REFILL,
    RELOAD,
    RETURNS,
    RHO,
    RISEN,
    ROUNDS,
    SALVO,
    SCREEN,
    SHOTS,
    SIGMA,
    SPACING,
    SPARE,
    START,
    STEP,
    SURE,
    TAKES,
    TERMINAL,
    UNCOVERED,
    UNENGAGED,
    UPLINKS,
    VALUE,
    VERSION,
    WAIT,
)
from tdome.run.screening.looks import NEVER, QUANTILES
from tdome.run.screening.luck import shared1
from tdome.run.screening.objects import DELAY as DRAWN_DELAY
from tdome.run.screening.objects import EAST, FAILED, NORTH, SPEED

_LEVEL_SHARE = 0.5  # of the value of an asset, that a level comer is believed to aim at
_DETECT, _JUDGE, _MEET = 0, 1, 2  # what a draw of the screen's own stream is for
_NOTHING = 1e-6  # of value: nothing that it could hit
_LATE_S = 60.0  # s before the impact, to which SIGMA refers


@kernel
def nearest_path1(first: int, last: int, aim: Floats, east: float, north: float) -> int:
    """Return the path of a range that ends nearest to an aim point."""
    best, found = math.inf, first
    for p in range(first, last):
        square = (aim[p, 0] - east) ** 2 + (aim[p, 1] - north) ** 2
        if square < best:
            best, found = square, p
    return found


@kernel
def prepare(  # noqa: PLR0913, PLR0917 - a kernel: flat arrays
    keys: NDArray[np.uint64], key: Longs, at: Floats, group: Ints, groups: Longs, near: Floats,
    kinds: Floats, flight: Floats, firm: Floats, aim: Floats, wfirst: Longs, windows: Floats,
    wunit: Ints, units: Floats, rules: Floats, drawn: Floats, times: Floats, words: Ints,
    heads: Ints,
) -> None:  # fmt: skip
    """Let the objects start: path, end, what they would hit, and when they become candidates."""
    word = np.empty(4, np.uint64)
    heads[:] = -1
    for i in range(len(key)):
        of = groups[group[i]]
        start = at[i] + drawn[i, DRAWN_DELAY]
        if of[RANKED] != 0:
            count = of[LAST_PATH] - of[FIRST_PATH]
            path = of[FIRST_PATH] + min(int(drawn[i, SPEED] * count), count - 1)
        else:
            path = nearest_path1(
                of[FIRST_PATH], of[LAST_PATH], aim, drawn[i, EAST], drawn[i, NORTH]
            )
        times[i, START], times[i, END] = start, start + flight[path]
        words[i, PATH], words[i, FIRED], words[i, JUDGED], words[i, NEXT] = path, 0, 0, -1
        words[i, FATE], words[i, HITS_ASSET] = FLYING, -1
        if start >= rules[DURATION]:
            words[i, FATE] = NOT_LAUNCHED
            continue
        if drawn[i, FAILED] != 0.0:
            words[i, FATE] = FAILED_FATE
            continue
        if kinds[of[CLASS], RETURNS] == 0.0:
            words[i, HITS_ASSET] = hit1(of, near, drawn[i, EAST], drawn[i, NORTH])
        philox4x64(keys[SCREEN, 0], keys[SCREEN, 1], key[i], _DETECT, 0, 0, word)
        quantile = min(int(uniform1(word[0]) * QUANTILES), QUANTILES - 1)
        times[i, OFF_EAST], times[i, OFF_NORTH] = normals2(word[2], word[3])
        due = start + firm[path, quantile] + kinds[of[CLASS], DELAY]
        opens, closes = math.inf, -math.inf
        for m in range(wfirst[path], wfirst[path + 1]):
            u = wunit[m]
            opens = min(opens, windows[m, OPENS] - units[u, LEAD] - units[u, SPACING])
            closes = max(closes, windows[m, LAST] - units[u, LEAD])
        times[i, GONE] = min(start + closes, times[i, END])
        due = max(due, start + opens - rules[READY])
        if due < min(times[i, END], NEVER):
            put_off1(i, due, rules, words, heads)


@kernel
def hit1(of: Longs, near: Floats, east: float, north: float) -> int:
    """Return the place among the assets nearby of that which an aim point lies in; -1 for none."""
    found, least = -1, 0.0
    for k in range(of[FIRST_NEAR], of[LAST_NEAR]):
        off = math.hypot(near[k, NEAR_EAST] - east, near[k, NEAR_NORTH] - north) - near[k, REACH]
        if off <= least:
            found, least = k, off
    return found


@kernel
def put_off1(i: int, due: float, rules: Floats, words: Ints, heads: Ints) -> None:
    """Put an object on the list of the first decision that is not before ``due`` s."""
    tick = int(math.ceil(max(due, 0.0) / rules[DECIDE]))
    if tick < len(heads):
        words[i, NEXT] = heads[tick]
        heads[tick] = i


@kernel
def worth1(  # noqa: PLR0913, PLR0917 - a kernel
    i: int, t: float, of: Longs, near: Floats, kind: Floats, drawn: Floats, times: Floats
) -> tuple[float, float]:
    """Return the believed value at risk of an object at t and the probability of a hit.

    What falls: its impact is predicted with a normal error that shrinks with the time left; within
    the reach of an asset with a probability by the distance from its edge (a straight edge). What
    flies level is believed to aim at what it does aim at.
    """
    value, chance = 0.0, 0.0
    sigma = 0.0
    if kind[FALLS] != 0.0:
        left = max(times[i, END] - t, 1.0)
        sigma = kind[SIGMA] * (left / _LATE_S) ** kind[GROWTH]
    east = drawn[i, EAST] + sigma * times[i, OFF_EAST]
    north = drawn[i, NORTH] + sigma * times[i, OFF_NORTH]
    for k in range(of[FIRST_NEAR], of[LAST_NEAR]):
        off = math.hypot(near[k, NEAR_EAST] - east, near[k, NEAR_NORTH] - north) - near[k, REACH]
        if kind[FALLS] != 0.0:
            inside = 1.0 / (1.0 + math.exp(min(max(1.7 * off / sigma, -50.0), 50.0)))
            value += inside * near[k, VALUE] * kind[HARM]
            chance += inside
        else:
            inside = _LEVEL_SHARE if off <= 0.0 else 0.1 * math.exp(-off / 50e3)
            value = max(value, inside * near[k, VALUE] * kind[HARM])
            chance = 1.0
    return value, min(chance, 1.0)


@kernel
def met1(m: int, rel: float, windows: Floats, offset: Longs, table: Singles) -> float:
    """Read a table of a window at a launch, s after the threat's."""
    place = max((rel - windows[m, OPENS]) / windows[m, STEP], 0.0)
    j = min(int(place), offset[m + 1] - offset[m] - 2)
    low, high = table[offset[m] + j], table[offset[m] + j + 1]
    return float(low + min(place - j, 1.0) * (high - low))


@kernel
def free1(t: float, units: Floats, slots: Floats, free: Ints) -> None:
    """Fill how many channels of each unit are free at t."""
    for u in range(len(units)):
        free[u] = int(units[u, CHANNELS])
        for c in range(int(units[u, CHANNELS])):
            if slots[u, c, 2] > t:
                free[u] -= 1


@kernel
def crowded1(  # noqa: PLR0913, PLR0917 - a kernel
    u: int, t: float, launch: float, first: float, last: float, units: Floats, slots: Floats
) -> bool:
    """Tell whether a unit can not guide one more engagement (``assignment.guidance``)."""
    if units[u, ILLUMINATORS] <= 0.0 and units[u, UPLINKS] <= 0.0:
        return False
    lit, flying, terminal = 0, 0, units[u, TERMINAL]
    for c in range(int(units[u, CHANNELS])):
        if slots[u, c, 2] <= t:
            continue
        if slots[u, c, 1] - terminal < last and slots[u, c, 2] > first - terminal:
            lit += 1
        if slots[u, c, 0] < last and slots[u, c, 2] > launch:
            flying += 1
    if 0.0 < units[u, ILLUMINATORS] <= lit:
        return True
    return bool(0.0 < units[u, UPLINKS] <= flying)


@kernel
def due1(  # noqa: PLR0913, PLR0917 - a kernel
    path: int, start: float, t: float, wfirst: Longs, windows: Floats, wunit: Ints, units: Floats,
    state: Floats, free: Ints, rules: Floats,
) -> float:  # fmt: skip
    """Return t if some unit could take a target now, else the earliest time that one might."""
    due = math.inf
    for m in range(wfirst[path], wfirst[path + 1]):
        u = wunit[m]
        ready = max(state[u, FREE_AT] - units[u, LEAD], start + windows[m, OPENS] - units[u, LEAD])
        if start + windows[m, LAST] - units[u, LEAD] < max(t, ready):
            continue
        ready -= units[u, SPACING] + rules[READY]
        if state[u, HAS] <= 0.0:
            ready = max(ready, state[u, REFILL], t + rules[DECIDE])
        elif free[u] <= 0:
            ready = max(ready, t + rules[DECIDE])
        if ready <= t:
            return t
        due = min(due, ready)
    return due


@kernel
def chances1(  # noqa: PLR0913, PLR0917 - a kernel
    path: int, start: float, wfirst: Longs, windows: Floats, wunit: Ints, units: Floats,
    state: Floats,
) -> tuple[int, float, float]:  # fmt: skip
    """Return which unit with a round can shoot last, until when it can be decided, and the next."""
    by, latest, second = -1, -math.inf, -math.inf
    for m in range(wfirst[path], wfirst[path + 1]):
        u = wunit[m]
        if state[u, HAS] > 0.0:
            reach = start + windows[m, LAST] - units[u, LEAD]
            if reach > latest:
                by, latest, second = u, reach, latest
            else:
                second = max(second, reach)
    return by, latest, second


@kernel
def wish1(  # noqa: PLR0913, PLR0917 - a kernel: one candidate
    i: int, t: float, value: float, unsure: bool, kind: int, believed: Floats, wfirst: Longs,
    windows: Floats, wunit: Ints, woffset: Longs, met: Singles, sspk: Singles, units: Floats,
    state: Floats, slots: Floats, free: Ints, rules: Floats, times: Floats, words: Ints,
    version: Ints, row: int, wish: Floats, choice: Ints,
) -> None:  # fmt: skip
    """Find the best pair of one candidate; unit -1 where there is none now."""
    wish[row, GAIN] = 0.0
    choice[row, BY] = -1
    path, start = words[i, PATH], times[i, START]
    shots = int(rules[MOST_SHOTS]) - words[i, FIRED]
    by, latest, second = -2, 0.0, 0.0
    for m in range(wfirst[path], wfirst[path + 1]):
        u = wunit[m]
        if free[u] <= 0 or state[u, HAS] <= 0.0:
            continue
        earliest = max(t + units[u, LEAD], state[u, FREE_AT])
        launch = max(earliest, start + windows[m, OPENS])
        queue_ends = t + units[u, LEAD] + units[u, SPACING] + rules[READY]
        if earliest - start > windows[m, LAST] or launch > queue_ends:
            continue
        if by == -2:  # noqa: PLR2004 - asked for once
            by, latest, second = chances1(path, start, wfirst, windows, wunit, units, state)
        first = start + met1(m, launch - start, windows, woffset, met)
        others = latest if u != by or state[u, HAS] > 1.0 else second
        slack = others - first - rules[LOOK] if shots > 1 else -math.inf
        if unsure:
            room = slack if slack >= 0.0 else start + windows[m, LAST] - earliest
            if room >= rules[WAIT]:
                continue
        wanted = int(rules[EARLY]) if slack >= 0.0 else int(rules[LATE])
        number = min(wanted, int(state[u, HAS]), shots)
        last = first + units[u, SPACING] * (number - 1)
        if number < 1 or crowded1(u, t, launch, first, last, units, slots):
            continue
        gain = value * (1.0 - (1.0 - believed[u, kind]) ** number) - units[u, PRICE] * number
        if gain > wish[row, GAIN]:
            wish[row, GAIN], wish[row, AT], wish[row, MET] = gain, launch, first
            wish[row, CHANCE] = met1(m, launch - start, windows, woffset, sspk)
            choice[row, BY], choice[row, SALVO], choice[row, VERSION] = u, number, version[u]


@kernel
def occupy1(  # noqa: PLR0913, PLR0917 - a kernel
    u: int, t: float, number: int, launch: float, first: float, units: Floats, state: Floats,
    slots: Floats, rules: Floats,
) -> None:  # fmt: skip
    """Take rounds and a channel of a unit; start to reload where that was the last round."""
    last = first + units[u, SPACING] * (number - 1)
    state[u, HAS] -= number
    state[u, FREE_AT] = launch + units[u, SPACING] * number
    for c in range(int(units[u, CHANNELS])):
        if slots[u, c, 2] <= t:
            slots[u, c, 0], slots[u, c, 1] = launch, first
            slots[u, c, 2] = last + rules[LINK]
            break
    if units[u, COOLS] != 0.0:
        state[u, REFILL] = last + units[u, RELOAD]
    elif state[u, HAS] < 1.0 and state[u, SPARE] > 0.0:
        state[u, REFILL] = launch + units[u, RELOAD]


@kernel
def refill1(u: int, t: float, units: Floats, state: Floats) -> None:
    """Fill the launchers of a unit whose time has come."""
    if state[u, REFILL] > t:
        return
    state[u, REFILL] = math.inf
    if units[u, COOLS] != 0.0:
        state[u, HAS] = units[u, ROUNDS]
        return
    added = min(units[u, ROUNDS] - state[u, HAS], state[u, SPARE])
    state[u, HAS] += added
    state[u, SPARE] -= added


@kernel
def shoot1(  # noqa: PLR0913, PLR0917 - a kernel
    i: int, u: int, number: int, first: float, chance: float, of: Longs, kind: Floats,
    keys: NDArray[np.uint64], key: Longs, class_luck: Floats, unit_luck: Floats, betas: Floats,
    units: Floats, rules: Floats, times: Floats, words: Ints, by_unit: Floats, control: Floats,
) -> float:  # fmt: skip
    """Judge a salvo; return when the object comes back as a candidate, inf if never."""
    word = np.empty(4, np.uint64)
    raid = of[RAID]
    by_unit[u, 0] += number
    last = first + units[u, SPACING] * (number - 1)
    wreck = words[i, FATE] == KILLED
    words[i, FIRED] += number
    philox4x64(keys[SCREEN, 0], keys[SCREEN, 1], key[i], _JUDGE, words[i, FIRED], 0, word)
    mistaken = uniform1(word[0])
    if wreck:
        return math.inf
    works = class_luck[raid, of[CLASS], 1] >= 0.0
    if works and rules[BY_CLASS] != 0.0 and kind[UNENGAGED] > 0.0:
        philox4x64(keys[ENGAGED, 0], keys[ENGAGED, 1], key[i], 0, 0, 0, word)
        works = uniform1(word[0]) >= kind[UNENGAGED]
    pk = 0.0
    if works:
        pk = shared1(betas[int(kind[RHO])], chance, class_luck[raid, of[CLASS], 0])
        pk = shared1(betas[int(rules[BATTERY])], pk, unit_luck[raid, u])
    for n in range(number):
        if first + n * units[u, SPACING] > times[i, END]:
            break
        philox4x64(keys[SCREEN, 0], keys[SCREEN, 1], key[i], _MEET, words[i, FIRED] + n, 0, word)
        if uniform1(word[0]) >= kind[MEETS]:
            continue
        philox4x64(keys[SHOTS, 0], keys[SHOTS, 1], key[i], words[i, JUDGED], 0, 0, word)
        words[i, JUDGED] += 1
        hit = uniform1(word[0]) < pk
        control[0] += (1.0 if hit else 0.0) - pk
        if hit:
            words[i, FATE] = KILLED
            by_unit[u, 1] += 1.0
            return last + kind[LOOKED] if mistaken < kind[FALSE_MISS] else math.inf
    return last + kind[LOOKED] + (kind[RISEN] if mistaken < kind[FALSE_KILL] else 0.0)


@kernel
def fight(  # noqa: C901, PLR0912, PLR0913, PLR0917 - a kernel: one loop over decisions
    keys: NDArray[np.uint64], key: Longs, group: Ints, groups: Longs, near: Floats, kinds: Floats,
    believed: Floats, wfirst: Longs, windows: Floats, wunit: Ints, woffset: Longs, met: Singles,
    sspk: Singles, units: Floats, rules: Floats, class_luck: Floats, unit_luck: Floats,
    betas: Floats, drawn: Floats, times: Floats, words: Ints, heads: Ints, state: Floats,
    slots: Floats, free: Ints, version: Ints, active: Ints, wish: Floats, choice: Ints,
    by_unit: Floats, control: Floats,
) -> None:  # fmt: skip
    """Decide from the first candidate to the last."""
    waiting = 0
    for tick in range(len(heads)):
        i = heads[tick]
        while i >= 0:
            active[waiting] = i
            waiting += 1
            i = words[i, NEXT]
        if waiting == 0:
            continue
        t = tick * rules[DECIDE]
        for u in range(len(units)):
            refill1(u, t, units, state)
        free1(t, units, slots, free)
        kept = 0
        for a in range(waiting):
            i = active[a]
            if words[i, FIRED] >= rules[MOST_SHOTS] or t > times[i, GONE]:
                continue
            due = due1(
                words[i, PATH], times[i, START], t, wfirst, windows, wunit, units, state, free,
                rules,
            )  # fmt: skip
            if due > t:
                if due < math.inf:
                    put_off1(i, due, rules, words, heads)
                continue
            of = groups[group[i]]
            kind = kinds[of[CLASS]]
            value, chance = worth1(i, t, of, near, kind, drawn, times)
            if value < _NOTHING:
                continue
            active[kept], choice[kept, BY] = i, -1
            if value >= rules[HARMLESS]:
                unsure = kind[FALLS] != 0.0 and chance < rules[SURE]
                wish1(
                    i, t, value, unsure, of[CLASS], believed, wfirst, windows, wunit, woffset, met,
                    sspk, units, state, slots, free, rules, times, words, version, kept, wish,
                    choice,
                )  # fmt: skip
            kept += 1
        waiting = kept
        while True:
            best, a = 0.0, -1
            for b in range(waiting):
                if choice[b, BY] >= 0 and wish[b, GAIN] > best:
                    best, a = wish[b, GAIN], b
            if a < 0:
                break
            i, u = active[a], choice[a, BY]
            of = groups[group[i]]
            kind = kinds[of[CLASS]]
            if choice[a, VERSION] != version[u]:
                value, chance = worth1(i, t, of, near, kind, drawn, times)
                unsure = kind[FALLS] != 0.0 and chance < rules[SURE]
                wish1(
                    i, t, value, unsure, of[CLASS], believed, wfirst, windows, wunit, woffset, met,
                    sspk, units, state, slots, free, rules, times, words, version, a, wish, choice,
                )  # fmt: skip
                continue
            number, launch, first = choice[a, SALVO], wish[a, AT], wish[a, MET]
            occupy1(u, t, number, launch, first, units, state, slots, rules)
            version[u] += 1
            free[u] -= 1
            due = shoot1(
                i, u, number, first, wish[a, CHANCE], of, kind, keys, key, class_luck, unit_luck,
                betas, units, rules, times, words, by_unit, control,
            )  # fmt: skip
            choice[a, BY] = -2
            if due < times[i, END] or (due < math.inf and words[i, FATE] == KILLED):
                put_off1(i, max(due, t + rules[DECIDE]), rules, words, heads)
        kept = 0
        for b in range(waiting):
            if choice[b, BY] != -2:  # noqa: PLR2004 - engaged just now
                active[kept] = active[b]
                kept += 1
        waiting = kept


@kernel
def tally(  # noqa: PLR0913, PLR0917 - a kernel
    group: Ints, groups: Longs, near: Floats, kinds: Floats, rules: Floats, times: Floats,
    words: Ints, by_class: Floats, by_asset: Floats, left: Floats,
) -> None:  # fmt: skip
    """Count fates by class, (c, 5): killed, leaked, harmless, failed, flying; leakers by asset."""
    left[:] = 1.0
    for i in range(len(group)):
        of = groups[group[i]]
        fate, k = words[i, FATE], words[i, HITS_ASSET]
        if fate == NOT_LAUNCHED:
            continue
        if fate == FLYING:
            if times[i, END] > rules[DURATION]:
                by_class[of[CLASS], 4] += 1.0
                continue
            fate = LEAKED if k >= 0 else HARMLESS_FATE
        by_class[of[CLASS], fate - 1] += 1.0
        if fate == LEAKED:
            asset = int(near[k, ASSET])
            by_asset[asset] += 1.0
            left[asset] *= 1.0 - near[k, TAKES]


@kernel
def lucks(  # noqa: PLR0913, PLR0917 - a kernel
    keys: NDArray[np.uint64], places: Longs, units: int, kinds: Floats, rules: Floats,
    class_luck: Floats, unit_luck: Floats,
) -> None:  # fmt: skip
    """Fill luck of classes (r, c, 2) and of units (r, u) in each raid.

    ``places`` (r, 1 + c): where the keys of a raid stand, and those of its classes (-1: none there).
    The second number of a class is -1 where nothing works against it.
    """
    word = np.empty(4, np.uint64)
    for r in range(len(places)):
        at = places[r, 0]
        philox4x64(keys[at, 0], keys[at, 1], 0, 0, 0, 0, word)
        all_fail = uniform1(word[0]) < rules[RAID_FAILURE]
        for u in range(units):
            philox4x64(keys[at + 1 + u, 0], keys[at + 1 + u, 1], 0, 0, 0, 0, word)
            unit_luck[r, u] = uniform1(word[0])
        for c in range(len(kinds)):
            at = places[r, 1 + c]
            if at < 0:
                continue
            philox4x64(keys[at, 0], keys[at, 1], 0, 0, 0, 0, word)
            class_luck[r, c, 0] = uniform1(word[0])
            fails = all_fail
            if rules[BY_CLASS] != 0.0:
                fails = uniform1(word[1]) < kinds[c, UNCOVERED]
            class_luck[r, c, 1] = -1.0 if fails else 1.0
