"""Ruin and recreate: shots of a few units are taken back and planned anew, better or not at all.

Shaw 1998, "Using constraint programming and local search methods to solve vehicle routing
problems" (large-neighbourhood search); Schrimpf, Schneider, Stamm-Wilbrandt and Dueck 2000, "Record
breaking optimization results using the ruin and recreate principle". Steps are counted, not timed,
and what is tried follows a fixed sequence: the same problem gives the same plan.
"""

import numpy as np

from tdome.command.assignment.timed.board import SHOT, place1, remove1
from tdome.command.assignment.timed.filling import fill
from tdome.kernel.jit import kernel, kernel_bare
from tdome.messages.base import Floats, Ints, Longs

_MODULUS = 2147483647
_SAME = 1e-9  # share of the worth below which two plans are equally good


@kernel_bare
def draw1(state: int) -> int:
    """Return the next number of a fixed sequence below 2**31 (Lehmer; Park and Miller 1988)."""
    return state * 48271 % _MODULUS


@kernel_bare
def toll1(k: int, unit: Ints, kept: Ints, have: Ints, price: Floats, stay: float) -> float:
    """Return what the last shot of pair k costs: its price, less what it is worth to stay."""
    return price[unit[k]] - (stay if have[k] <= kept[k] else 0.0)


@kernel_bare
def ruin(  # noqa: PLR0913, PLR0917  (a kernel)
    b: int, first: int, last: int, of: Ints, unit: Ints, kept: Ints, price: Floats, stay: float,
    pairs: Ints, kill: Floats, busy: Ints, units: Ints, board: Ints, left: Ints, shots: Ints,
    count: Ints, rest: Floats, have: Ints, value: Floats, gone: Ints, many: int,
) -> tuple[int, float]:  # fmt: skip
    """Take back the shots of unit b in slots first … last; return how many are gone, their toll."""
    toll = 0.0
    for t in range(first, last + 1):
        k = board[b, SHOT, t] - 1
        if k >= 0:
            j = of[k]
            toll += toll1(k, unit, kept, have, price, stay)
            remove1(
                j, k, t, pairs, kill, busy, units, board, left, shots, count, rest, have, value
            )  # fmt: skip
            gone[many, 0], gone[many, 1], gone[many, 2] = j, k, t
            many += 1
    return many, toll


@kernel
def improve(  # noqa: PLR0913, PLR0917  (a kernel)
    steps: int, state: int, slots: int, window: int, noise: float, guide: Floats,
    value: Floats, price: Floats, stay: float, start: Longs, unit: Ints, kept: Ints, of: Ints,
    by_start: Longs, by_unit: Ints, pairs: Ints, kill: Floats, busy: Ints, limit: Ints,
    units: Ints, board: Ints, left: Ints, shots: Ints, count: Ints, rest: Floats, have: Ints,
    key: Floats, who: Ints, best: Ints, failed: Ints, mark: int, log: Ints,
) -> tuple[int, float]:  # fmt: skip
    """Improve a plan in place, ``steps`` times; return the last mark used and the worth gained."""
    gone = np.empty_like(log)
    rows = np.empty(len(value), np.int32)
    seen = np.zeros(len(value), np.int32)
    cost = np.empty(len(price))
    before = rest.copy()
    many_units = len(price)
    gained = 0.0
    for step in range(1, steps + 1):
        state = draw1(state)
        b = state % many_units
        if by_start[b + 1] == by_start[b]:
            continue
        state = draw1(state)
        j = of[by_unit[by_start[b] + state % (by_start[b + 1] - by_start[b])]]
        state = draw1(state)
        c = unit[start[j] + state % (start[j + 1] - start[j])]
        first, last = 0, slots - 1
        if window < slots:
            state = draw1(state)
            first = state % (slots + window) - window
            first, last = max(first, 0), min(first + window, slots) - 1
        many, total = 0, 0
        gone_many, toll = 0, 0.0
        for d in range(2):
            e = b if d == 0 else c
            if d == 1 and c == b:
                break
            for i in range(by_start[e], by_start[e + 1]):
                k = by_unit[i]
                j = of[k]
                if seen[j] != step and pairs[k, 2] >= first and pairs[k, 1] <= last:
                    seen[j] = step
                    rows[many] = j
                    before[j] = rest[j]
                    many += 1
        for d in range(2):
            e = b if d == 0 else c
            if d == 1 and c == b:
                break
            gone_many, more = ruin(
                e, first, last, of, unit, kept, price, stay, pairs, kill, busy, units, board,
                left, shots, count, rest, have, value, gone, gone_many,
            )  # fmt: skip
            toll += more
        for e in range(many_units):
            cost[e] = price[e]
        for e in range(many_units):
            state = draw1(state)
            cost[e] += guide[e] * (1.0 + noise * (2.0 * state / _MODULUS - 1.0))
        mark += 1
        total = fill(
            rows, many, cost, stay, start, unit, kept, pairs, kill, busy, limit, units, board,
            left, shots, count, rest, have, key, who, best, failed, mark, log, 0,
        )  # fmt: skip
        mark += 1
        total = fill(
            rows, many, price, stay, start, unit, kept, pairs, kill, busy, limit, units, board,
            left, shots, count, rest, have, key, who, best, failed, mark, log, total,
        )  # fmt: skip
        gain = toll
        for i in range(many):
            gain += before[rows[i]] - rest[rows[i]]
        for i in range(total):
            gain -= price[unit[log[i, 1]]]
        if gain >= 0.0:
            gained += gain
            continue
        for i in range(total - 1, -1, -1):
            remove1(
                log[i, 0], log[i, 1], log[i, 2], pairs, kill, busy, units, board, left, shots,
                count, rest, have, value,
            )  # fmt: skip
        for i in range(gone_many - 1, -1, -1):
            place1(
                gone[i, 0], gone[i, 1], gone[i, 2], pairs, kill, busy, units, board, left, shots,
                count, rest, have,
            )  # fmt: skip
    return mark, gained
