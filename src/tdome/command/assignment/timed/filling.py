"""The greedy rule under prices: again and again the shot of the greatest net return is planned.

The return of a shot of pair k at threat j is  rest_j p_k - cost_u (+ stay where the last plan had
it), rest_j what is left of the threat's value. With the true prices this is the maximum marginal
return rule (den Broeder, Ellison and Emerling 1959, Operations Research 7(3)), with windows. While
shots are only added, a shot that does not fit never will, nor does one pay that does not now: so
each pair is dropped once.
"""

from tdome.command.assignment.timed.board import place1, slot_for1
from tdome.command.assignment.timed.problem import Shorts
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats, Ints


@kernel_bare
def best_item1(  # noqa: PLR0913, PLR0917  (a kernel)
    value: float, first: int, end: int, items: Ints, unit: Ints, kept: Ints, kill: Floats,
    cost: Floats, stay: float, floor: float, left: Ints, have: Ints,
) -> tuple[float, int, int]:  # fmt: skip
    """Return the greatest return over pairs ``items[first:end]``, its place, and the new end.

    Pairs that can not or should not be used any more are moved behind the end. (0, -1, end) if none
    is left.
    """
    best, at, i = 0.0, -1, first
    while i < end:
        k = items[i]
        gain = value * kill[k] - cost[unit[k]]
        if stay > 0.0 and have[k] < kept[k]:
            gain += stay
        if gain <= floor or left[unit[k], 1] <= 0:
            end -= 1
            items[i], items[end] = items[end], k
            continue
        if gain > best:
            best, at = gain, i
        i += 1
    return best, at, end


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
        a = 2 * c
        won = a if key[a] >= key[a + 1] else a + 1
        key[c], who[c] = key[won], who[won]
        c >>= 1


@kernel_bare
def fill(  # noqa: PLR0913, PLR0917  (a kernel)
    rows: Ints, many: int, first: Ints, end: Ints, items: Ints, at: Ints, failed: Ints, mark: int,
    cost: Floats, stay: float, floor: float, unit: Ints, kept: Ints, pairs: Ints, kill: Floats,
    busy: Shorts, limit: Ints, units: Ints, board: Ints, left: Ints, shots: Ints, count: Ints,
    rest: Floats, have: Ints, key: Floats, who: Ints, log: Ints, logged: int,
) -> int:  # fmt: skip
    """Add shots at threats ``rows[:many]`` until no return is positive; log (threat, pair, slot).

    ``first``, ``end`` (many,): where the pairs of each row are in ``items``; ``end`` and the order
    of items are used up. ``at`` (many,): room. ``failed`` (k,) gets ``mark`` where a pair did not
    fit. ``key``, ``who``: room for a tournament, twice the next power of two of ``many``. Returns
    the new length of the log.
    """
    half = 1
    while half < many:
        half *= 2
    for i in range(half):
        gain = 0.0
        if i < many and count[rows[i]] < limit[rows[i]]:
            gain, at[i], end[i] = best_item1(
                rest[rows[i]], first[i], end[i], items, unit, kept, kill, cost, stay, floor, left,
                have,
            )  # fmt: skip
        key[half + i], who[half + i] = gain, i
    for c in range(half - 1, 0, -1):
        won = 2 * c if key[2 * c] >= key[2 * c + 1] else 2 * c + 1
        key[c], who[c] = key[won], who[won]
    if many == 0:
        return logged
    while key[1] > 0.0:
        i = who[1]
        j, k = rows[i], items[at[i]]
        # Its unit may have given its last round away since: then this fails, too.
        t = slot_for1(k, pairs, busy, units, board, left)
        if t < 0:
            failed[k] = mark
            end[i] -= 1
            items[at[i]], items[end[i]] = items[end[i]], k
        else:
            place1(
                j, k, t, pairs, kill, busy, units, board, left, shots, count, rest, have
            )  # fmt: skip
            log[logged, 0], log[logged, 1], log[logged, 2] = j, k, t
            logged += 1
        gain = 0.0
        if count[j] < limit[j]:
            gain, at[i], end[i] = best_item1(
                rest[j], first[i], end[i], items, unit, kept, kill, cost, stay, floor, left, have
            )  # fmt: skip
        lift1(key, who, half, i, gain)
    return logged
