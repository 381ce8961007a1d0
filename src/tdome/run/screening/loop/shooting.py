"""Rounds and channels of a unit that fires, and what its rounds do."""

import math

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel_bare
from tdome.kernel.random import philox4x64, uniform1
from tdome.messages.base import Floats, Ints, Longs
from tdome.run.screening.loop.layout import (
    BATTERY,
    BY_CLASS,
    CHANNELS,
    CLASS,
    COOLS,
    END,
    ENGAGED,
    FALSE_KILL,
    FALSE_MISS,
    FATE,
    FIRED,
    FREE_AT,
    HAS,
    JUDGED,
    KILLED,
    LINK,
    LOOKED,
    MEETS,
    RAID,
    REFILL,
    RELOAD,
    RHO,
    RISEN,
    ROUNDS,
    SCREEN,
    SHOTS,
    SPACING,
    SPARE,
    UNENGAGED,
)
from tdome.run.screening.loop.luck import shared1

_DETECT, _JUDGE, _MEET = 0, 1, 2  # what a draw of the screen's own stream is for


@kernel_bare
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


@kernel_bare
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


@kernel_bare
def shoot1(  # noqa: PLR0913, PLR0917 - a kernel
    i: int, u: int, number: int, first: float, chance: float, of: Longs, kind: Floats,
    keys: NDArray[np.uint64], key: Longs, class_luck: Floats, unit_luck: Floats, betas: Floats,
    units: Floats, rules: Floats, times: Floats, words: Ints, by_unit: Floats, control: Floats,
    word: NDArray[np.uint64],
) -> float:  # fmt: skip
    """Judge a salvo; return when the object comes back as a candidate, inf if never.

    word: scratch for draws.
    """
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
    return float(last + kind[LOOKED] + (kind[RISEN] if mistaken < kind[FALSE_KILL] else 0.0))
