"""One replicate of a screening: a compiled loop over decisions, on flat arrays.

Every ``decide_s`` command looks at the threats that are due: firm, not engaged, not waited for. For
each the best pair of unit and launch is read from the windows, and the greatest return is taken
first, as in ``command.assignment.choice``:

    value_at_risk (1 - (1 - s)^rounds) - price rounds,

rounds by the doctrine (early while another unit could still shoot after a miss is known, else
late), while magazines, channels, launch spacing, illuminators and uplinks allow. A shot is judged
when it is fired, since nothing reacts: its luck is keyed by object and number as the referee's.
What is missed comes back when the miss is known.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats, Ints, Longs, Singles
from tdome.run.screening.loop.choosing import due1, free1, wish1, worth1
from tdome.run.screening.loop.layout import (
    ASSET,
    AT,
    BY,
    CHANCE,
    CLASS,
    DECIDE,
    DURATION,
    END,
    FALLS,
    FATE,
    FIRED,
    FLYING,
    GAIN,
    GONE,
    HARMLESS,
    HARMLESS_FATE,
    HITS_ASSET,
    KILLED,
    LEAKED,
    MET,
    MOST_SHOTS,
    NEXT,
    NOT_LAUNCHED,
    PATH,
    SALVO,
    START,
    SURE,
    TAKES,
    VERSION,
)
from tdome.run.screening.loop.shooting import occupy1, refill1, shoot1
from tdome.run.screening.loop.starting import put_off1

NOTHING = 1e-6  # of value: nothing that it could hit


@kernel_bare
def gather(  # noqa: PLR0913, PLR0917 - a kernel
    waiting: int, t: float, group: Ints, groups: Longs, near: Floats, kinds: Floats,
    believed: Floats, wfirst: Longs, windows: Floats, wunit: Ints, woffset: Longs, met: Singles,
    sspk: Singles, units: Floats, rules: Floats, drawn: Floats, times: Floats, words: Ints,
    heads: Ints, state: Floats, slots: Floats, free: Ints, version: Ints, active: Ints,
    wish: Floats, choice: Ints,
) -> int:  # fmt: skip
    """Fill what is wanted of those who wait; return how many still do: the others sleep or go."""
    kept = int(np.int64(0))  # of a type: for a literal 0 its callee would be compiled once more
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
        if value < NOTHING:
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
    return kept


@kernel_bare
def engage1(  # noqa: PLR0913, PLR0917 - a kernel
    a: int, i: int, t: float, of: Longs, kind: Floats, keys: NDArray[np.uint64], key: Longs,
    class_luck: Floats, unit_luck: Floats, betas: Floats, units: Floats, rules: Floats,
    times: Floats, words: Ints, heads: Ints, state: Floats, slots: Floats, free: Ints,
    version: Ints, wish: Floats, choice: Ints, by_unit: Floats, control: Floats,
    word: NDArray[np.uint64],
) -> None:  # fmt: skip
    """Do what is wanted of candidate ``a``, object ``i``; put it off until its miss is known."""
    u = choice[a, BY]
    occupy1(u, t, choice[a, SALVO], wish[a, AT], wish[a, MET], units, state, slots, rules)
    version[u], free[u] = version[u] + 1, free[u] - 1
    due = shoot1(
        i, u, choice[a, SALVO], wish[a, MET], wish[a, CHANCE], of, kind, keys, key, class_luck,
        unit_luck, betas, units, rules, times, words, by_unit, control, word,
    )  # fmt: skip
    choice[a, BY] = -2
    if due < times[i, END] or (due < math.inf and words[i, FATE] == KILLED):
        put_off1(i, max(due, t + rules[DECIDE]), rules, words, heads)


@kernel_bare
def left1(waiting: int, active: Ints, choice: Ints) -> int:
    """Keep those who wait and were not engaged just now; return how many they are."""
    kept = 0
    for b in range(waiting):
        if choice[b, BY] != -2:  # noqa: PLR2004
            active[kept] = active[b]
            kept += 1
    return kept


@kernel_bare
def fight(  # noqa: PLR0913, PLR0917 - a kernel: one loop
    keys: NDArray[np.uint64], key: Longs, group: Ints, groups: Longs, near: Floats, kinds: Floats,
    believed: Floats, wfirst: Longs, windows: Floats, wunit: Ints, woffset: Longs, met: Singles,
    sspk: Singles, units: Floats, rules: Floats, class_luck: Floats, unit_luck: Floats,
    betas: Floats, drawn: Floats, times: Floats, words: Ints, heads: Ints, state: Floats,
    slots: Floats, free: Ints, version: Ints, active: Ints, wish: Floats, choice: Ints,
    by_unit: Floats, control: Floats, word: NDArray[np.uint64],
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
        waiting = gather(
            waiting, t, group, groups, near, kinds, believed, wfirst, windows, wunit, woffset, met,
            sspk, units, rules, drawn, times, words, heads, state, slots, free, version, active,
            wish, choice,
        )  # fmt: skip
        while True:
            best, a = 0.0, int(np.int64(-1))
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
            engage1(
                a, i, t, of, kind, keys, key, class_luck, unit_luck, betas, units, rules, times,
                words, heads, state, slots, free, version, wish, choice, by_unit, control, word,
            )  # fmt: skip
        waiting = left1(waiting, active, choice)


@kernel_bare
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
