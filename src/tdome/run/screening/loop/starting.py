"""How a replicate starts: luck of its raids; path, end and first decision of each object."""

import math

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel, kernel_bare
from tdome.kernel.random import normals2, philox4x64, uniform1
from tdome.messages.base import Floats, Ints, Longs
from tdome.run.screening.compiled.looks import NEVER, QUANTILES
from tdome.run.screening.compiled.objects import DELAY as DRAWN_DELAY
from tdome.run.screening.compiled.objects import EAST, FAILED, NORTH, SPEED
from tdome.run.screening.loop.layout import (
    BY_CLASS,
    CLASS,
    DECIDE,
    DELAY,
    DURATION,
    END,
    FAILED_FATE,
    FATE,
    FIRED,
    FIRST_NEAR,
    FIRST_PATH,
    FLYING,
    GONE,
    HITS_ASSET,
    JUDGED,
    LAST,
    LAST_NEAR,
    LAST_PATH,
    LEAD,
    NEAR_EAST,
    NEAR_NORTH,
    NEXT,
    NOT_LAUNCHED,
    OFF_EAST,
    OFF_NORTH,
    OPENS,
    PATH,
    RAID_FAILURE,
    RANKED,
    REACH,
    READY,
    RETURNS,
    SCREEN,
    SPACING,
    START,
    UNCOVERED,
)

_DETECT, _JUDGE, _MEET = 0, 1, 2  # what a draw of the screen's own stream is for


@kernel_bare
def nearest_path1(first: int, last: int, aim: Floats, east: float, north: float) -> int:
    """Return the path of a range that ends nearest to an aim point."""
    best, found = math.inf, first
    for p in range(first, last):
        square = (aim[p, 0] - east) ** 2 + (aim[p, 1] - north) ** 2
        if square < best:
            best, found = square, p
    return found


@kernel_bare
def hit1(of: Longs, near: Floats, east: float, north: float) -> int:
    """Return the place among the assets nearby of that which an aim point lies in; -1 for none."""
    found, least = -1, 0.0
    for k in range(of[FIRST_NEAR], of[LAST_NEAR]):
        off = math.hypot(near[k, NEAR_EAST] - east, near[k, NEAR_NORTH] - north) - near[k, REACH]
        if off <= least:
            found, least = k, off
    return found


@kernel_bare
def put_off1(i: int, due: float, rules: Floats, words: Ints, heads: Ints) -> None:
    """Put an object on the list of the first decision that is not before ``due`` s."""
    tick = math.ceil(max(due, 0.0) / rules[DECIDE])
    if tick < len(heads):
        words[i, NEXT] = heads[tick]
        heads[tick] = i


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
def lucks(  # noqa: PLR0913, PLR0917 - a kernel
    keys: NDArray[np.uint64], places: Longs, units: int, kinds: Floats, rules: Floats,
    class_luck: Floats, unit_luck: Floats,
) -> None:  # fmt: skip
    """Fill luck of classes (r, c, 2) and of units (r, u) in each raid.

    ``places`` (r, 1 + c): where the keys of a raid stand, and those of its classes (-1: none
    there). The second number of a class is -1 where nothing works against it.
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
