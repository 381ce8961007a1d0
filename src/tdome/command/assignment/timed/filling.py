"""The greedy rule under prices: again and again the shot of the greatest net return is planned.

The return of a shot of pair k at threat j is  rest_j p_k - price_u - guide_u (+ stay where the last
plan had it), rest_j what is left of the threat's value. Without guide prices this is the maximum
marginal return rule (den Broeder, Ellison and Emerling 1959, Operations Research 7(3)), with
windows. A shot that does not fit any more never will while shots are only added, so each pair
fails once at most.
"""

import numpy as np

from tdome.command.assignment.timed.board import place1, slot_for1
from tdome.command.assignment.timed.problem import KEPT, UNIT
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats, Ints, Longs


@kernel_bare
def best_pair1(  # noqa: PLR0913, PLR0917  (a kernel)
    j: int, start: Longs, unit: Ints, kept: Ints, kill: Floats, cost: Floats, stay: float,
    left: Ints, rest: Floats, have: Ints, failed: Ints, mark: int,
) -> tuple[float, int]:  # fmt: skip
    """Return the greatest return of a shot at threat j and its pair; (0, -1) if none is > 0."""
    best, at, value = 0.0, -1, rest[j]
    if stay <= 0.0:
        for k in range(start[j], start[j + 1]):
            gain = value * kill[k] - cost[unit[k]]
            if gain > best and failed[k] != mark and left[unit[k], 1] > 0:
                best, at = gain, k
        return best, at
    for k in range(start[j], start[j + 1]):
        gain = value * kill[k] - cost[unit[k]]
        if have[k] < kept[k]:
            gain += stay
        if gain > best and failed[k] != mark and left[unit[k], 1] > 0:
            best, at = gain, k
    return best, at


@kernel_bare
def lift1(key: Floats, who: Ints, half: int, i: int, gain: float) -> None:
    """Give leaf i of a tournament the key ``gain`` and play its games again, up to the top.

    ``key``, ``who``, shape (2 half,): node c has the children 2c and 2c + 1, leaf i is half + i;
    ``key[1]``, ``who[1]`` are the winner's. Ties go to the lower leaf.
    """
    c = half + i
    key[c], who[c] = gain, i
    c >>= 1
    while c > 0:
        a, b = 2 * c, 2 * c + 1
        won = a if key[a] >= key[b] else b
        key[c], who[c] = key[won], who[won]
        c >>= 1


@kernel_bare
def fill(  # noqa: PLR0913, PLR0917  (a kernel)
    rows: Ints, many: int, cost: Floats, stay: float, start: Longs, unit: Ints, kept: Ints,
    pairs: Ints, kill: Floats, busy: Ints, limit: Ints, units: Ints, board: Ints, left: Ints,
    shots: Ints, count: Ints, rest: Floats, have: Ints, key: Floats, who: Ints, best: Ints,
    failed: Ints, mark: int, log: Ints, logged: int,
) -> int:  # fmt: skip
    """Add shots at threats ``rows[:many]`` until no return is positive; log (threat, pair, slot).

    ``key``, ``who``: room for a tournament (twice the next power of two of n). ``best`` (n,): best
    pair of each threat. ``failed`` (k,): ``mark`` where a pair did not fit (a mark not used
    before). Returns the new length of the log.
    """
    half = 1
    while half < many:
        half *= 2
    for i in range(half):
        gain, k = 0.0, -1
        if i < many and count[rows[i]] < limit[rows[i]]:
            gain, k = best_pair1(
                rows[i], start, unit, kept, kill, cost, stay, left, rest, have, failed, mark
            )  # fmt: skip
            best[rows[i]] = k
        key[half + i], who[half + i] = gain, i
    for c in range(half - 1, 0, -1):
        won = 2 * c if key[2 * c] >= key[2 * c + 1] else 2 * c + 1
        key[c], who[c] = key[won], who[won]
    while many > 0 and key[1] > 0.0:
        i = who[1]
        j = rows[i]
        k = best[j]
        t = slot_for1(k, pairs, busy, units, board, left)
        if t < 0:
            failed[k] = mark
        else:
            place1(
                j, k, t, pairs, kill, busy, units, board, left, shots, count, rest, have
            )  # fmt: skip
            log[logged, 0], log[logged, 1], log[logged, 2] = j, k, t
            logged += 1
        gain, k = 0.0, -1
        if count[j] < limit[j]:
            gain, k = best_pair1(
                j, start, unit, kept, kill, cost, stay, left, rest, have, failed, mark
            )  # fmt: skip
        best[j] = k
        lift1(key, who, half, i, gain)
    return logged
