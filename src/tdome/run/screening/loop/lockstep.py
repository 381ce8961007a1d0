"""Replicates in lock-step: each goes on to its own next question, then all are answered at once.

The same loop as :mod:`.fight`, cut where it chooses: what is wanted of a threat is not the plan's
return but what a policy says. Where a unit was given away meanwhile, the threats that wanted it are
asked about again, one at a time, as there. Replicates do not wait for the same second but for the
same question, so that a batch is full as long as its raids last. What a replicate does depends on
its own answers only.
"""

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel, kernel_bare
from tdome.messages.base import Floats, Ints, Longs, Singles
from tdome.run.screening.compiled.objects import draw
from tdome.run.screening.loop.choosing import free1, worth1
from tdome.run.screening.loop.fight import engage1, left1, tally
from tdome.run.screening.loop.layout import (
    BY,
    CLASS,
    DECIDE,
    FALLS,
    FREE_AT,
    GAIN,
    HAS,
    LAUNCHES,
    NEXT,
    REFILL,
    ROUNDS,
    SPARE,
    STOCK,
    SURE,
    VERSION,
)
from tdome.run.screening.loop.options import Options, answer1, ask1, ask_all
from tdome.run.screening.loop.shooting import refill1
from tdome.run.screening.loop.starting import lucks, prepare

# Where a replicate stands (r, PLACE): tick, how many wait, what is next, its rows in the question.
TICK, WAITING, STAGE, FIRST_ROW, LAST_ROW, PLACE = range(6)
# What is next: the next tick, asking about all who wait, taking answers, choosing, nothing.
COMES, ASKS, ANSWERED, CHOOSES, OVER = range(5)


@kernel
def start_all(  # noqa: PLR0913, PLR0917 - a kernel: flat arrays
    keys: NDArray[np.uint64], places: Longs, key: Longs, lead: Longs, at_s: Floats, group: Ints,
    law: Floats, groups: Longs, near: Floats, kinds: Floats, flight: Floats, firm: Floats,
    aim: Floats, wfirst: Longs, windows: Floats, wunit: Ints, units: Floats, rules: Floats,
    drawn: Floats, times: Floats, words: Ints, heads: Ints, state: Floats, slots: Floats,
    version: Ints, class_luck: Floats, unit_luck: Floats,
) -> None:  # fmt: skip
    """Let all replicates start, as ``chunk.run_all`` does one after the other."""
    for s in range(len(keys)):
        for u in range(len(units)):
            state[s, u, HAS], state[s, u, SPARE] = units[u, ROUNDS], units[u, STOCK]
            state[s, u, FREE_AT], state[s, u, REFILL] = -np.inf, np.inf
            version[s, u] = 0
        slots[s] = -np.inf
        draw(keys[s, LAUNCHES], key, lead, group, law, drawn[s])
        lucks(keys[s], places, len(units), kinds, rules, class_luck[s], unit_luck[s])
        prepare(
            keys[s], key, at_s, group, groups, near, kinds, flight, firm, aim, wfirst, windows,
            wunit, units, rules, drawn[s], times[s], words[s], heads[s],
        )  # fmt: skip


@kernel_bare
def next_tick(  # noqa: PLR0913, PLR0917 - a kernel
    place: Longs, units: Floats, rules: Floats, words: Ints, heads: Ints, state: Floats,
    slots: Floats, free: Ints, active: Ints,
) -> bool:  # fmt: skip
    """Go on to the next decision at which anyone waits; False where there is none."""
    while place[TICK] + 1 < len(heads):
        place[TICK] += 1
        i = heads[place[TICK]]
        while i >= 0:
            active[place[WAITING]] = i
            place[WAITING] += 1
            i = words[i, NEXT]
        if place[WAITING] > 0:
            t = place[TICK] * rules[DECIDE]
            for u in range(len(units)):
                refill1(u, t, units, state)
            free1(t, units, slots, free)
            return True
    return False


@kernel_bare
def advance(  # noqa: C901, PLR0913, PLR0917 - a kernel: one loop
    s: int, place: Longs, keys: NDArray[np.uint64], key: Longs, group: Ints, groups: Longs,
    near: Floats, kinds: Floats, believed: Floats, wfirst: Longs, windows: Floats, wunit: Ints,
    woffset: Longs, met: Singles, sspk: Singles, units: Floats, rules: Floats, betas: Floats,
    class_luck: Floats, unit_luck: Floats, drawn: Floats, times: Floats, words: Ints,
    heads: Ints, state: Floats, slots: Floats, free: Ints, version: Ints, active: Ints,
    wish: Floats, choice: Ints, by_unit: Floats, control: Floats, word: NDArray[np.uint64],
    widest: int, used: int, rows: Options, held: Ints, span: Floats,
) -> int:  # fmt: skip
    """Go on to the next question of one replicate; return how many rows there are now."""
    while True:
        if place[STAGE] == COMES:
            if not next_tick(place, units, rules, words, heads, state, slots, free, active):
                place[STAGE] = OVER
                return used
            place[STAGE] = ASKS
        t = place[TICK] * rules[DECIDE]
        if place[STAGE] == ASKS:
            if used + place[WAITING] * widest > len(rows):
                return used  # the question is full: in the next one
            kept, asked = ask_all(
                s, place[WAITING], t, group, groups, near, kinds, believed, wfirst, windows, wunit,
                woffset, met, units, rules, drawn, times, words, heads, state, slots, free, version,
                active, choice, used, rows, held, span,
            )  # fmt: skip
            place[WAITING] = kept
            if asked > used:
                place[STAGE], place[FIRST_ROW], place[LAST_ROW] = ANSWERED, used, asked
                return asked
            place[STAGE] = COMES
            continue
        best, a = 0.0, int(np.int64(-1))
        for b in range(place[WAITING]):
            if choice[b, BY] >= 0 and wish[b, GAIN] > best:
                best, a = wish[b, GAIN], b
        if a < 0:
            place[WAITING] = left1(place[WAITING], active, choice)
            place[STAGE] = COMES
            continue
        i, u = active[a], choice[a, BY]
        of = groups[group[i]]
        kind = kinds[of[CLASS]]
        if choice[a, VERSION] == version[u]:
            engage1(
                a, i, t, of, kind, keys, key, class_luck, unit_luck, betas, units, rules, times,
                words, heads, state, slots, free, version, wish, choice, by_unit, control, word,
            )  # fmt: skip
            continue
        if used + widest > len(rows):
            return used
        value, hit = worth1(i, t, of, near, kind, drawn, times)
        choice[a, BY] = -1
        asked = ask1(
            s, i, a, t, value, hit, kind[FALLS] != 0.0 and hit < rules[SURE], of[CLASS], believed,
            wfirst, windows, wunit, woffset, met, units, state, slots, free, rules, times, words,
            version, used, rows, held, span,
        )  # fmt: skip
        if asked > used:
            place[STAGE], place[FIRST_ROW], place[LAST_ROW] = ANSWERED, used, asked
            return asked


@kernel
def advance_all(  # noqa: PLR0913, PLR0917 - a kernel: flat arrays
    place: Longs, keys: NDArray[np.uint64], key: Longs, group: Ints, groups: Longs, near: Floats,
    kinds: Floats, believed: Floats, wfirst: Longs, windows: Floats, wunit: Ints, woffset: Longs,
    met: Singles, sspk: Singles, units: Floats, rules: Floats, betas: Floats, class_luck: Floats,
    unit_luck: Floats, drawn: Floats, times: Floats, words: Ints, heads: Ints, state: Floats,
    slots: Floats, free: Ints, version: Ints, active: Ints, wish: Floats, choice: Ints,
    by_unit: Floats, control: Floats, widest: int, rows: Options, held: Ints, span: Floats,
    score: Floats, rounds: Longs,
) -> int:  # fmt: skip
    """Take in the answers and go on to the next question; return its rows, 0 where all is over."""
    word = np.empty(4, np.uint64)
    for s in range(len(place)):
        if place[s, STAGE] == ANSWERED:
            answer1(
                place[s, FIRST_ROW], place[s, LAST_ROW], rows, held, span, score, rounds, windows,
                woffset, sspk, times[s], wish[s], choice[s],
            )  # fmt: skip
            place[s, STAGE] = CHOOSES
    used = int(np.int64(0))
    for s in range(len(place)):
        if place[s, STAGE] == OVER:
            continue
        used = advance(
            s, place[s], keys[s], key, group, groups, near, kinds, believed, wfirst, windows,
            wunit, woffset, met, sspk, units, rules, betas, class_luck[s], unit_luck[s], drawn[s],
            times[s], words[s], heads[s], state[s], slots[s], free[s], version[s], active[s],
            wish[s], choice[s], by_unit[s], control[s], word, widest, used, rows, held, span,
        )  # fmt: skip
    return used


@kernel
def tally_all(  # noqa: PLR0913, PLR0917 - a kernel
    group: Ints, groups: Longs, near: Floats, kinds: Floats, rules: Floats, times: Floats,
    words: Ints, by_class: Floats, by_asset: Floats, left: Floats,
) -> None:  # fmt: skip
    """Count the fates of each replicate."""
    for s in range(len(times)):
        tally(
            group, groups, near, kinds, rules, times[s], words[s], by_class[s], by_asset[s], left[s]
        )
