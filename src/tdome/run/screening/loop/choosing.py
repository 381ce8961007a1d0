"""What is wanted of a threat now: its worth, and the best unit that can take it."""

import math

from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats, Ints, Longs, Singles
from tdome.run.screening.compiled.objects import EAST, NORTH
from tdome.run.screening.loop.layout import (
    AT,
    BY,
    CHANCE,
    CHANNELS,
    DECIDE,
    EARLY,
    END,
    FALLS,
    FIRED,
    FIRST_NEAR,
    FREE_AT,
    GAIN,
    GROWTH,
    HARM,
    HAS,
    ILLUMINATORS,
    LAST,
    LAST_NEAR,
    LATE,
    LEAD,
    LOOK,
    MET,
    MOST_SHOTS,
    NEAR_EAST,
    NEAR_NORTH,
    OFF_EAST,
    OFF_NORTH,
    OPENS,
    PATH,
    PRICE,
    REACH,
    READY,
    REFILL,
    SALVO,
    SIGMA,
    SPACING,
    START,
    STEP,
    TERMINAL,
    UPLINKS,
    VALUE,
    VERSION,
    WAIT,
)

_LEVEL_SHARE = 0.5  # of the value of an asset, that a level comer is believed to aim at
_LATE_S = 60.0  # s before the impact, to which SIGMA refers


@kernel_bare
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


@kernel_bare
def met1(m: int, rel: float, windows: Floats, offset: Longs, table: Singles) -> float:
    """Read a table of a window at a launch, s after the threat's."""
    place = max((rel - windows[m, OPENS]) / windows[m, STEP], 0.0)
    j = min(int(place), offset[m + 1] - offset[m] - 2)
    low, high = table[offset[m] + j], table[offset[m] + j + 1]
    return float(low + min(place - j, 1.0) * (high - low))


@kernel_bare
def free1(t: float, units: Floats, slots: Floats, free: Ints) -> None:
    """Fill how many channels of each unit are free at t."""
    for u in range(len(units)):
        free[u] = int(units[u, CHANNELS])
        for c in range(int(units[u, CHANNELS])):
            if slots[u, c, 2] > t:
                free[u] -= 1


@kernel_bare
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


@kernel_bare
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


@kernel_bare
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


@kernel_bare
def launch1(  # noqa: PLR0913, PLR0917 - a kernel
    m: int, u: int, t: float, start: float, windows: Floats, units: Floats, state: Floats,
    rules: Floats,
) -> float:  # fmt: skip
    """Return when a unit can launch in a window, decided at t; inf where that is not to be now."""
    earliest = max(t + units[u, LEAD], state[u, FREE_AT])
    launch = max(earliest, start + windows[m, OPENS])
    queue_ends = t + units[u, LEAD] + units[u, SPACING] + rules[READY]
    if earliest - start > windows[m, LAST] or launch > queue_ends:
        return math.inf
    return float(launch)


@kernel_bare
def planned1(  # noqa: PLR0913, PLR0917 - a kernel
    m: int, u: int, t: float, start: float, slack: float, unsure: bool, shots: int,
    windows: Floats, units: Floats, state: Floats, rules: Floats,
) -> int:  # fmt: skip
    """Return the rounds that the plan's doctrine fires now, 0 where it would rather wait."""
    if unsure:
        earliest = max(t + units[u, LEAD], state[u, FREE_AT])
        room = slack if slack >= 0.0 else start + windows[m, LAST] - earliest
        if room >= rules[WAIT]:
            return 0
    wanted = int(rules[EARLY]) if slack >= 0.0 else int(rules[LATE])
    return min(wanted, int(state[u, HAS]), shots)


@kernel_bare
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
        launch = launch1(m, u, t, start, windows, units, state, rules)
        if launch == math.inf:
            continue
        if by == -2:  # noqa: PLR2004 - asked for once
            by, latest, second = chances1(path, start, wfirst, windows, wunit, units, state)
        first = start + met1(m, launch - start, windows, woffset, met)
        others = latest if u != by or state[u, HAS] > 1.0 else second
        slack = others - first - rules[LOOK] if shots > 1 else -math.inf
        number = planned1(m, u, t, start, slack, unsure, shots, windows, units, state, rules)
        last = first + units[u, SPACING] * (number - 1)
        if number < 1 or crowded1(u, t, launch, first, last, units, slots):
            continue
        gain = value * (1.0 - (1.0 - believed[u, kind]) ** number) - units[u, PRICE] * number
        if gain > wish[row, GAIN]:
            wish[row, GAIN], wish[row, AT], wish[row, MET] = gain, launch, first
            wish[row, CHANCE] = met1(m, launch - start, windows, woffset, sspk)
            choice[row, BY], choice[row, SALVO], choice[row, VERSION] = u, number, version[u]
