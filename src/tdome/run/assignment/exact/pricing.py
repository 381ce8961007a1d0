"""Pricing: for prices of rounds, the best sets of rounds of every threat and a proven bound.

For any prices u >= 0 the least leak is at least  sum_j phi_j(u) - sum_i m_i u_i,  where phi_j is
the least of  v_j prod q_ij^x_i + sum u_i x_i  over all sets of rounds (Lagrange). phi_j is found
exactly: few types can be in a good set, and `search` looks at those.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel
from tdome.run.assignment.exact.search import DEPTH, Floats, Ints, search

Narrow = NDArray[np.int32]

LEAST_Q = 1e-300  # a sure round: its logarithm stays finite, what it leaves is below all rounding
_ROUNDING = 1e-12
_LOOKED = 64
_NODES = 2_000_000  # of one threat's search


@kernel
def most_rounds(v: float, cheapest: Floats, best_q: float, limit: float) -> int:
    """Return how many rounds a set that costs at most ``limit`` can have; DEPTH: no bound.

    Its rounds cost no less than as many cheapest ones, and leave no less than as many best ones.
    """
    most = 0
    left = v
    for k in range(1, len(cheapest)):
        left *= best_q
        if cheapest[k] + left <= limit:
            most = k
    if len(cheapest) > DEPTH and most >= DEPTH:
        return DEPTH
    return most


@kernel
def keep(price: float, rounds: int, most: int, low: Floats, have: int) -> int:
    """Put a type's rounds into the list of the ``most`` lowest prices; return its new length."""
    for _ in range(min(rounds, most)):
        if have == most:
            if price >= low[have - 1]:
                return have
            k = have - 1
        else:
            k = have
            have += 1
        while k > 0 and low[k - 1] > price:
            low[k] = low[k - 1]
            k -= 1
        low[k] = price
    return have


@kernel
def candidates(  # noqa: PLR0913, PLR0917, C901  (a kernel: flat arguments)
    row: Floats, u: Floats, m: Ints, by_price: Ints, top: Narrow, most: int, slack: float,
    stamp: Ints, mark: int, low: Floats, out: Ints,
) -> int:  # fmt: skip
    """Write the types that can be in a set within ``slack`` of the cheapest; return how many.

    A type is left out if ``most`` rounds of others are at least as probable and cheaper by more
    than ``slack``: one of them is not in the set, and to swap it in would gain more than
    ``slack``. (Lu and Chen, Omega 98, 2021, call it weapon domination; the slack is ours.) The
    types in ``top`` are read in the order of p; of the others only those cheaper than the bar
    that ``top`` has set, in the order of prices.
    """
    count, have = 0, 0
    for k in range(len(top)):
        i = top[k]
        stamp[i] = mark
        if row[i] <= 0.0:
            continue
        over = u[i] - low[have - 1] - slack if have == most else -1.0
        if over < 0.0 or (over == 0.0 and slack > 0.0):
            out[count] = i
            count += 1
            have = keep(u[i], m[i], most, low, have)
    if len(top) == len(row):
        return count
    bar = low[have - 1] + slack if have == most else np.inf
    first = count
    for k in range(len(by_price)):
        i = by_price[k]
        if u[i] > bar:
            break
        if stamp[i] != mark and row[i] > 0.0:
            out[count] = i
            count += 1
    if count - first > 1:
        late = out[first:count].copy()
        order = np.argsort(-row[late], kind="mergesort")
        for k in range(count - first):
            out[first + k] = late[order[k]]
    kept = first
    for k in range(first, count):
        i = out[k]
        over = u[i] - low[have - 1] - slack if have == most else -1.0
        if over < 0.0 or (over == 0.0 and slack > 0.0):
            out[kept] = i
            kept += 1
            have = keep(u[i], m[i], most, low, have)
    return kept


@kernel
def shape(  # noqa: PLR0913, PLR0917  (a kernel: flat arguments)
    row: Floats, u: Floats, m: Ints, chosen: Ints, n: int, form: Floats, many: Ints
) -> None:  # fmt: skip
    """Fill ``form`` and ``many`` (see `search`) with n types in the order of price by ln q."""
    ratio = np.empty(n)
    for k in range(n):
        i = chosen[k]
        ratio[k] = u[i] / -math.log(max(1.0 - row[i], LEAST_Q))
    order = np.argsort(ratio, kind="mergesort")
    held = chosen[:n].copy()
    for k in range(n):
        i = held[order[k]]
        chosen[k] = i
        q = max(1.0 - row[i], LEAST_Q)
        form[0, k], form[1, k], form[2, k], form[3, k] = q, -math.log(q), u[i], ratio[order[k]]
        many[k] = m[i]


@kernel
def at_most(known: float, v: float, row: Floats, u: Floats, top: Narrow) -> float:
    """Return a cost that the cheapest set has at most: that of one probable round, or known."""
    for k in range(min(len(top), _LOOKED)):
        known = min(known, v * max(1.0 - row[top[k]], LEAST_Q) + u[top[k]])
    return known * (1.0 + _ROUNDING)  # the same set may cost a bit more, added in another order


@kernel
def price_sets(  # noqa: PLR0913, PLR0917, C901  (a kernel: flat arguments)
    first: int, last: int, v: Floats, by_threat: Floats, m: Ints, u: Floats, by_price: Ints,
    cheapest: Floats, top: Narrow, known: Floats, slack: Floats, cap: int,
    phi: Floats, bound: Floats, owner: Ints, cost: Floats, start: Ints, types: Ints,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Price threats from ``first`` up to ``last``; list for each the sets within its ``slack``.

    Parameters
    ----------
    by_threat : probabilities, shape (threats, types).
    by_price, cheapest : types in the order of u; sums of the cheapest k rounds, k = 0, 1, ...
    top : of each threat the most probable types in order, shape (threats, K).
    known : an upper bound of each phi_j (inf is one).
    cap : the most sets of one threat.
    phi, bound : results; bound <= phi_j, equal unless a search was cut.
    owner, cost, start, types : the sets, one after another: threat, leak value, places in types.

    Returns
    -------
    The threat at which the room for sets ended (or ``last``), the number of sets,
    threats whose list is not complete, and nodes visited.
    """
    wide = by_threat.shape[1]
    form, many = np.empty((4, wide)), np.empty(wide, np.int64)
    chosen, stamp = np.empty(wide, np.int64), np.full(wide, -1, np.int64)
    low = np.empty(DEPTH + 1)
    stack, path = np.empty((2, DEPTH + 1)), np.empty((3, DEPTH + 1), np.int64)
    found, size = np.empty(cap), np.empty(cap, np.int64)
    sets = np.empty((cap, DEPTH), np.int64)
    listed, cut, nodes, filled = 0, 0, 0, 0
    start[0] = 0
    for j in range(first, last):
        if listed + cap > len(owner) or filled + cap * DEPTH > len(types):
            return j, listed, cut, nodes
        row = by_threat[j]
        limit = at_most(min(v[j], known[j]), v[j], row, u, top[j])
        most = most_rounds(v[j], cheapest, 1.0 - row[top[j, 0]], limit + slack[j])
        if most == DEPTH and len(cheapest) > DEPTH:
            n = 0
            for i in range(wide):
                if row[i] > 0.0 and v[j] * row[i] > u[i] - slack[j]:
                    chosen[n] = i
                    n += 1
        elif most == 0:
            n = 0
        else:
            n = candidates(row, u, m, by_price, top[j], most, slack[j], stamp, j, low, chosen)
        shape(row, u, m, chosen, n, form, many)
        count, phi[j], bound[j], visited = search(
            v[j], n, form, many, slack[j], limit, _NODES, stack, path, found, size, sets
        )
        nodes += visited
        if bound[j] < phi[j] or count == cap:
            cut += 1
        for k in range(count):
            if found[k] > phi[j] + slack[j]:
                continue
            owner[listed] = j
            paid = 0.0
            for d in range(size[k]):
                types[filled] = chosen[sets[k, d]]
                paid += u[types[filled]]
                filled += 1
            cost[listed] = found[k] - paid
            listed += 1
            start[listed] = filled
    return last, listed, cut, nodes
