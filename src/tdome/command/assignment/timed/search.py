"""Ruin and recreate: the shots of two units are taken back and planned anew, better or not at all.

Shaw 1998, "Using constraint programming and local search methods to solve vehicle routing
problems" (large-neighbourhood search); Schrimpf, Schneider, Stamm-Wilbrandt and Dueck 2000, "Record
breaking optimization results using the ruin and recreate principle". Steps are counted, not timed,
and what is tried follows a fixed sequence: the same problem gives the same plan.
"""

import numpy as np

from tdome.command.assignment.timed.board import SHOT, place1, remove1
from tdome.command.assignment.timed.filling import fill
from tdome.command.assignment.timed.problem import Shorts
from tdome.kernel.jit import kernel, kernel_bare
from tdome.messages.base import Floats, Ints, Longs

_MODULUS, _SEED = 2147483647, 12345
_LEAST = 1e-9  # chance to miss
_NOISE = 0.5  # share by which guide prices are varied, up and down
_FLOOR = 0.9  # share of the least return among the shots taken back, below which none is planned
_SHARE = 0.5  # of the shots of a unit that is taken back


@kernel_bare
def draw1(state: int) -> int:
    """Return the next number of a fixed sequence below 2**31 (Lehmer; Park and Miller 1988)."""
    return state * 48271 % _MODULUS


@kernel_bare
def ruin(  # noqa: PLR0913, PLR0917  (a kernel)
    b: int, slots: int, of: Ints, unit: Ints, kept: Ints, price: Floats, stay: float, pairs: Ints,
    kill: Floats, busy: Shorts, units: Ints, board: Ints, left: Ints, shots: Ints, count: Ints,
    rest: Floats, have: Ints, value: Floats, gone: Ints, many: int, state: int,
) -> tuple[int, float, float]:  # fmt: skip
    """Take back the shots of unit b; return how many are gone and what they cost."""
    toll, least = 0.0, np.inf
    for t in range(slots):
        k = board[b, SHOT, t] - 1
        if k >= 0:
            state = draw1(state)
            if state > _SHARE * _MODULUS:
                continue
            toll += price[unit[k]] - (stay if have[k] <= kept[k] else 0.0)
            j = of[k]
            least = min(least, rest[j] * kill[k] / max(1.0 - kill[k], _LEAST) - price[b])
            remove1(
                j, k, t, pairs, kill, busy, units, board, left, shots, count, rest, have, value
            )  # fmt: skip
            gone[many, 0], gone[many, 1], gone[many, 2] = j, k, t
            many += 1
    return many, toll, least


@kernel_bare
def reach(  # noqa: PLR0913, PLR0917  (a kernel)
    b: int, side: int, many: int, step: int, of: Ints, by_start: Longs, by_unit: Ints,
    limit: Ints, count: Ints, rest: Floats, around: Ints, place: Ints, seen: Ints, before: Floats,
) -> int:  # fmt: skip
    """List the threats that unit b could shoot at, as they are before the ruin.

    ``around`` (n, 4): threat, its pair with the first and the second unit (-1: none), 1 if it has
    all its shots.
    """
    for i in range(by_start[b], by_start[b + 1]):
        k = by_unit[i]
        j = of[k]
        if seen[j] != step:
            seen[j] = step
            place[j] = many
            around[many, 0], around[many, 1], around[many, 2] = j, -1, -1
            around[many, 3] = 1 if count[j] >= limit[j] else 0
            before[many] = rest[j]
            many += 1
        around[place[j], 1 + side] = k
    return many


@kernel_bare
def open_items(  # noqa: PLR0913, PLR0917  (a kernel)
    many: int, priced: bool, start: Longs, unit: Ints, failed: Ints, mark: int, left: Ints,
    around: Ints, before: Floats, rest: Floats, rows: Ints, first: Ints, end: Ints, items: Ints,
    kill: Floats, cost: Floats, stay: float, low: float,
) -> int:  # fmt: skip
    """List rows and the pairs that may fit now; return how many rows.

    Before the ruin no shot fitted anywhere that paid. So only the two units are open, but to
    threats that had all their shots (or did not pay the price) before, and lost one.
    """
    filled, live = 0, 0
    for i in range(many):
        j = around[i, 0]
        first[live] = filled
        if rest[j] > before[i] and (priced or around[i, 3] == 1):
            for k in range(start[j], start[j + 1]):
                if failed[k] != mark and left[unit[k], 1] > 0:
                    items[filled] = k
                    filled += 1
        else:
            for side in range(1, 3):
                k = around[i, side]
                if (
                    k >= 0
                    and failed[k] != mark
                    and left[unit[k], 1] > 0
                    and rest[j] * kill[k] - cost[unit[k]] > low - stay
                ):
                    items[filled] = k
                    filled += 1
        if filled > first[live]:
            end[live] = filled
            rows[live] = j
            live += 1
    return live


@kernel_bare
def stayed(kept: Ints, have: Ints, log: Ints, total: int) -> int:
    """Count logged shots that the last plan had, too; ``have`` is as it was before when back."""
    same = 0
    for i in range(total - 1, -1, -1):
        k = log[i, 1]
        if have[k] <= kept[k]:
            same += 1
        have[k] -= 1
    for i in range(total):
        have[log[i, 1]] += 1
    return same


@kernel_bare
def undo(  # noqa: PLR0913, PLR0917  (a kernel)
    total: int, lost: int, log: Ints, gone: Ints, pairs: Ints, kill: Floats, busy: Shorts,
    units: Ints, board: Ints, left: Ints, shots: Ints, count: Ints, rest: Floats, have: Ints,
    value: Floats,
) -> None:  # fmt: skip
    """Take back what was planned, in reverse, and put back what was gone."""
    for i in range(total - 1, -1, -1):
        remove1(
            log[i, 0], log[i, 1], log[i, 2], pairs, kill, busy, units, board, left, shots, count,
            rest, have, value,
        )  # fmt: skip
    for i in range(lost - 1, -1, -1):
        place1(
            gone[i, 0], gone[i, 1], gone[i, 2], pairs, kill, busy, units, board, left, shots,
            count, rest, have,
        )  # fmt: skip


@kernel_bare
def vary(cost: Floats, guide: Floats, state: int) -> int:
    """Put guide prices on top of costs, each a bit more or less; return the sequence's state."""
    for e in range(len(cost)):
        state = draw1(state)
        cost[e] += guide[e] * (1.0 + _NOISE * (2.0 * state / _MODULUS - 1.0))
    return state


@kernel_bare
def two_units(
    state: int, start: Longs, unit: Ints, of: Ints, by_start: Longs, by_unit: Ints
) -> tuple[int, int, int]:
    """Return the sequence's state, a unit, and one that shares a threat with it; -1 if it has none.

    The two may be the same.
    """
    state = draw1(state)
    b = state % (len(by_start) - 1)
    many = by_start[b + 1] - by_start[b]
    if many == 0:
        return state, -1, -1
    state = draw1(state)
    j = of[by_unit[by_start[b] + state % many]]
    state = draw1(state)
    return state, b, unit[start[j] + state % (start[j + 1] - start[j])]


@kernel
def improve(  # noqa: PLR0913, PLR0917  (a kernel)
    steps: int, slots: int, guide: Floats, value: Floats, price: Floats,
    stay: float, start: Longs, unit: Ints, kept: Ints, of: Ints, by_start: Longs, by_unit: Ints,
    pairs: Ints, kill: Floats, busy: Shorts, limit: Ints, units: Ints, board: Ints, left: Ints,
    shots: Ints, count: Ints, rest: Floats, have: Ints, key: Floats, who: Ints, failed: Ints,
    mark: int, log: Ints,
) -> float:  # fmt: skip
    """Improve a plan in place, ``steps`` times; return the worth gained."""
    n = len(value)
    gone, rows, seen = np.empty_like(log), np.empty(n, np.int32), np.zeros(n, np.int32)
    around, place, before = np.empty((n, 4), np.int32), np.empty(n, np.int32), np.empty(n)
    first, end, at = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    items, cost = np.empty(len(kill), np.int32), np.empty(len(price))
    priced = price.max() > 0.0
    gained, state = 0.0, _SEED
    for step in range(1, steps + 1):
        state, b, c = two_units(state, start, unit, of, by_start, by_unit)
        if b < 0:
            continue
        many, lost, toll, least = 0, 0, 0.0, np.inf
        for turn in range(2 if c != b else 1):
            many = reach(
                b if turn == 0 else c, turn, many, step, of, by_start, by_unit, limit, count,
                rest, around, place, seen, before,
            )  # fmt: skip
        for turn in range(2 if c != b else 1):
            lost, more, worst = ruin(
                b if turn == 0 else c, slots, of, unit, kept, price, stay, pairs, kill, busy,
                units, board, left, shots, count, rest, have, value, gone, lost, state + turn,
            )  # fmt: skip
            toll += more
            least = min(least, worst)
        mark += 1
        total, low = 0, _FLOOR * max(least, 0.0) if lost > 0 else 0.0
        for turn in range(2):
            cost[:] = price
            if turn == 0:
                state = vary(cost, guide, state)
            live = open_items(
                many, priced, start, unit, failed, mark, left, around, before, rest, rows, first,
                end, items, kill, cost, stay, low,
            )  # fmt: skip
            total = fill(
                rows, live, first, end, items, at, failed, mark, cost, stay, low, unit, kept, pairs,
                kill, busy, limit, units, board, left, shots, count, rest, have, key, who, log,
                total,
            )  # fmt: skip
        gain = toll + stay * stayed(kept, have, log, total)
        for i in range(many):
            gain += before[i] - rest[around[i, 0]]
        for i in range(total):
            gain -= price[unit[log[i, 1]]]
        if gain >= 0.0:
            gained += gain
            continue
        undo(
            total, lost, log, gone, pairs, kill, busy, units, board, left, shots, count, rest,
            have, value,
        )  # fmt: skip
    return gained
