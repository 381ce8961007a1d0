"""Exact assignment on near pairs only: each track takes one truth at most, at the least cost.

Minimises the sum of the costs of the pairs taken plus ``alone`` for each row without one, by
shortest augmenting paths with column prices (R. Jonker, A. Volgenant, "A shortest augmenting path
algorithm for dense and sparse linear assignment problems", Computing 38, 1987), where every row has
a private column of cost ``alone``. A row that took its private column never leaves it: rows added
later only compete for the others. Paths stay among neighbours, so the cost grows with the number of
near pairs and not with the square of the number of tracks.
"""

import numpy as np

from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Longs
from tdome.messages.recording import Flags

_FREE, _ALONE = -1, -2


@kernel
def _push(keys: Floats, items: Longs, size: int, key: float, item: int) -> int:
    """Put an item on the heap; ties are broken by the item, so that results are the same always."""
    at = size
    while at > 0:
        above = (at - 1) // 2
        if keys[above] < key or (keys[above] == key and items[above] <= item):
            break
        keys[at], items[at] = keys[above], items[above]
        at = above
    keys[at], items[at] = key, item
    return size + 1


@kernel
def _pop(keys: Floats, items: Longs, size: int) -> int:
    """Take the least item off the heap (read it at row 0 before)."""
    size -= 1
    key, item = keys[size], items[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        other = below + 1
        if other < size and (
            keys[other] < keys[below]
            or (keys[other] == keys[below] and items[other] < items[below])
        ):
            below = other
        if key < keys[below] or (key == keys[below] and item <= items[below]):
            break
        keys[at], items[at] = keys[below], items[below]
        at = below
    keys[at], items[at] = key, item
    return size


@kernel
def _give_first(  # noqa: PLR0913, PLR0917  (flat columns are what a kernel takes)
    start: Longs,
    column: Longs,
    cost: Floats,
    alone: float,
    taken: Longs,
    paid: Floats,
    row_of: Longs,
) -> None:
    """Give each row its cheapest column where nobody has it yet, with all prices zero."""
    for row in range(len(taken)):
        best, least = _ALONE, alone
        for at in range(start[row], start[row + 1]):
            if cost[at] < least:
                best, least = column[at], cost[at]
        if best == _ALONE or row_of[best] == _FREE:
            taken[row], paid[row] = best, least
            if best != _ALONE:
                row_of[best] = row
        else:
            taken[row] = _FREE


@kernel
def _search(  # noqa: C901, PLR0913, PLR0917  (one loop; flat columns are what a kernel takes)
    free: int,
    start: Longs,
    column: Longs,
    cost: Floats,
    alone: float,
    taken: Longs,
    paid: Floats,
    row_of: Longs,
    price: Floats,
    far: Floats,
    came_from: Longs,
    done: Flags,
    touched: Longs,
    keys: Floats,
    items: Longs,
) -> int:
    """Find the cheapest way out for a free row; return its last column, or _ALONE for none.

    On the way rows are expanded by the heap; a way ends in a free column, or with a row of the way
    that goes alone (its column is returned, and the row is made alone). Prices are brought up to
    date, and what was touched is made clean again.
    """
    size = count = 0
    sink_row, sink = free, alone
    row, base, end = free, 0.0, _ALONE
    while True:
        for at in range(start[row], start[row + 1]):
            other = column[at]
            way = base + cost[at] - price[other]
            if way < far[other] and way < sink and not done[other]:
                if far[other] == np.inf:
                    touched[count] = other
                    count += 1
                far[other], came_from[other] = way, row
                size = _push(keys, items, size, way, other)
        while size and (done[items[0]] or keys[0] > far[items[0]]):
            size = _pop(keys, items, size)
        if not size or keys[0] >= sink:
            break
        nearest = items[0]
        size = _pop(keys, items, size)
        if row_of[nearest] == _FREE:
            end, sink = nearest, far[nearest]
            break
        done[nearest] = True
        row = row_of[nearest]
        base = far[nearest] - (paid[row] - price[nearest])
        if base + alone < sink:
            sink_row, sink = row, base + alone
    for at in range(count):
        other = touched[at]
        if done[other]:
            price[other] += far[other] - sink
        far[other], done[other] = np.inf, False
    if end == _ALONE:
        end = taken[sink_row] if sink_row != free else _ALONE
        taken[sink_row], paid[sink_row] = _ALONE, alone
    return end


@kernel
def assign(start: Longs, column: Longs, cost: Floats, alone: float, columns: int) -> Longs:
    """Return (n,) the column that each row takes, or a negative number for none.

    start: (n + 1,), column: (c,), cost: (c,): the pairs, CSR; pairs that cost ``alone`` or more are
    never taken. ``columns``: number of columns. Exact up to rounding of sums of costs. Rows of many
    pictures may be given at once: pictures share no columns, so their problems do not meet.
    """
    rows = len(start) - 1
    taken, paid = np.full(rows, _FREE), np.zeros(rows)
    row_of = np.full(columns, _FREE)
    _give_first(start, column, cost, alone, taken, paid, row_of)
    price, far = np.zeros(columns), np.full(columns, np.inf)
    came_from, done = np.full(columns, _FREE), np.zeros(columns, np.bool_)
    touched = np.empty(columns, np.int64)
    keys, items = np.empty(len(cost) + 1), np.empty(len(cost) + 1, np.int64)
    for free in range(rows):
        if taken[free] != _FREE:
            continue
        end = _search(
            free, start, column, cost, alone, taken, paid, row_of,
            price, far, came_from, done, touched, keys, items,
        )  # fmt: skip
        while end != _ALONE:
            row = came_from[end]
            before = taken[row]
            taken[row], row_of[end] = end, row
            for at in range(start[row], start[row + 1]):
                if column[at] == end:
                    paid[row] = cost[at]
            end = _ALONE if row == free else before
    return taken
