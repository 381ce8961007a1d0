"""Rows that every feasible plan of the timed problem keeps, without a word about slots.

For a unit, an interval of slots [a, e) and shots z_k of its pairs:

    sum_k z_k w_k <= channels (e - a) - what shots in flight hold there,

with w_k the least number of slots of [a, e) that a shot of pair k can hold, over all slots in which
it may be launched (energetic reasoning: Erschler, Lopez and Thuriot 1991; Baptiste, Le Pape and
Nuijten 2001, "Constraint-Based Scheduling", 3.3.6); and, with launches `spacing` slots apart,

    sum over pairs whose window is inside [a, e) of z_k <= ceil((e - a) / spacing).

There are some ten thousand a unit: those that a fractional solution breaks are looked for.
"""

from typing import NamedTuple

import numpy as np

from tdome.command.assignment.timed.problem import (
    AT,
    CHANNELS,
    FIRST,
    LAST,
    READY,
    RELOAD_AT,
    RELOADED,
    ROUNDS,
    SPACING,
    UNIT,
    Problem,
    Shorts,
)
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints

CHANNEL, LAUNCH = 0, 1


class Rows(NamedTuple):
    """Rows  weight @ z <= right: entries (row, pair, weight) sorted by row; right (rows,)."""

    row: Ints
    pair: Ints
    weight: Floats
    right: Floats


@kernel
def spread1(  # noqa: PLR0913, PLR0917  (a kernel)
    k: int, kind: int, a: int, e: int, slots: int, pairs: Ints, busy: Shorts, units: Ints
) -> float:
    """Return the least that a shot of pair k holds of [a, e): slots, or launches (0 or 1)."""
    b = pairs[k, UNIT]
    least = np.inf
    for t in range(max(pairs[k, FIRST], units[b, READY], 0), min(pairs[k, LAST], slots - 1) + 1):
        held = busy[pairs[k, AT] + t - pairs[k, FIRST]]
        if held <= 0:
            continue
        if kind == LAUNCH:
            least = min(least, 1.0 if a <= t < e else 0.0)
        else:
            least = min(least, max(0.0, float(min(t + held, e) - max(t, a))))
        if least == 0.0:
            return 0.0
    return least  # inf: it can not be launched at all


@kernel
def ends(slots: int, pairs: Ints, busy: Shorts, units: Ints) -> Ints:
    """Return (k, 6): first and last slot, their ends, least held; 1 if it can be launched."""
    out = np.zeros((len(pairs), 6), np.int32)
    for k in range(len(pairs)):
        b = pairs[k, UNIT]
        for t in range(
            max(pairs[k, FIRST], units[b, READY], 0), min(pairs[k, LAST], slots - 1) + 1
        ):
            held = busy[pairs[k, AT] + t - pairs[k, FIRST]]
            if held > 0:
                if out[k, 5] == 0:
                    out[k, 0], out[k, 2], out[k, 4], out[k, 5] = t, t + held, held, 1
                out[k, 1], out[k, 3], out[k, 4] = t, t + held, min(out[k, 4], held)
    return out


@kernel
def most_broken(  # noqa: C901, PLR0912, PLR0913, PLR0917  (a kernel)
    b: int, use: Ints, z: Floats, form: Ints, channels: int, spacing: int, used: Ints,
    most: int, found: Ints, excess: Floats,
) -> int:  # fmt: skip
    """Find intervals of unit b that shots ``z`` of pairs ``use`` overfill, the worst of each end.

    ``used`` (width,): slots held by what is in flight. Fills (kind, a, e) and the excess, as a
    share of what the interval has; returns how many (``most`` at most).
    """
    width = len(used)
    total = np.zeros(width + 1, np.int64)
    for s in range(width):
        total[s + 1] = total[s] + used[s]
    count = 0
    for e in range(1, width + 1):
        for kind in range(2):
            worst, at = 0.0, -1
            for a in range(e):
                need = 0.0
                for i in range(len(use)):
                    k = use[i]
                    if kind == LAUNCH:
                        if a <= form[k, 0] and form[k, 1] < e:
                            need += z[k]
                        continue
                    w = min(form[k, 2], e) - max(form[k, 0], a)
                    if w > 0:
                        w = min(w, min(form[k, 3], e) - max(form[k, 1], a), form[k, 4])
                        if w > 0:
                            need += w * z[k]
                has = float(channels * (e - a) - (total[e] - total[a]))
                if kind == LAUNCH:
                    has = float((e - a + spacing - 1) // spacing)
                over = (need - has) / (e - a)
                if over > worst:
                    worst, at = over, a
            if at >= 0 and worst > 1e-3:  # noqa: PLR2004
                slot = count
                if count == most:  # the least of those found makes room
                    slot = int(np.argmin(excess[:most]))
                    if excess[slot] >= worst:
                        continue
                else:
                    count += 1
                found[slot, 0], found[slot, 1], found[slot, 2] = kind, at, e
                excess[slot] = worst
    return count


def held_in_flight(problem: Problem) -> Ints:
    """Return (u, width): channels that shots in flight hold."""
    used = np.zeros((len(problem.units), problem.width), np.int32)
    for b, t, held in problem.flying.tolist():
        used[b, max(t, 0) : max(t + held, 0)] += 1
    return used


def magazine_rows(problem: Problem, form: Ints) -> Rows:
    """Return two rows a unit: rounds that must leave before the reload, and all rounds."""
    units, pairs = problem.units, problem.pairs
    many = np.arange(len(pairs), dtype=np.int32)
    unit = pairs[:, UNIT]
    early = form[:, 1] < units[unit, RELOAD_AT]
    row = np.concatenate([2 * unit[early], 2 * unit + 1])
    order = np.argsort(row, kind="stable")
    right = np.column_stack([units[:, ROUNDS], units[:, ROUNDS] + units[:, RELOADED]])
    return Rows(
        row[order].astype(np.int32), np.concatenate([many[early], many])[order],
        np.ones(len(row)), right.reshape(-1).astype(np.float64),
    )  # fmt: skip


def broken_rows(problem: Problem, form: Ints, z: Floats, most: int) -> Rows:
    """Return rows that shots z, shape (k,), break; ``most`` a unit at most."""
    used = held_in_flight(problem)
    row, pair = list[int](), list[int]()
    weight, right = list[float](), list[float]()
    found, excess = np.empty((most, 3), np.int32), np.empty(most)
    by_unit = [np.flatnonzero(problem.pairs[:, UNIT] == b) for b in range(len(problem.units))]
    for b, of in enumerate(by_unit):
        channels, spacing = problem.units[b, CHANNELS], problem.units[b, SPACING]
        use = of[z[of] > 1e-7].astype(np.int32)  # noqa: PLR2004
        count = most_broken(
            b, use, z, form, channels, spacing, used[b], most, found, excess
        )  # fmt: skip
        for kind, a, e in found[:count].tolist():
            weights = [
                spread1(k, kind, a, e, problem.slots, problem.pairs, problem.busy, problem.units)
                for k in of.tolist()
            ]
            for k, w in zip(of.tolist(), weights, strict=True):
                if 0.0 < w < np.inf:
                    row.append(len(right))
                    pair.append(k)
                    weight.append(w)
            if kind == LAUNCH:
                right.append(float(-(-(e - a) // spacing)))
            else:
                right.append(float(channels * (e - a) - used[b, a:e].sum()))
    return Rows(
        np.array(row, np.int32), np.array(pair, np.int32), np.array(weight), np.array(right)
    )  # fmt: skip
