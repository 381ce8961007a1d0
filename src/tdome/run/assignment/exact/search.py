"""Cheapest sets of rounds for one threat at given prices: depth first, with a knapsack bound.

For a threat of value v and prices u >= 0 of single rounds, the sets x (x_i rounds of type i,
0 <= x_i <= m_i) with  v prod_i q_i^x_i + sum_i u_i x_i  within ``slack`` of the least. Types come
in the order of u_i / a_i, a_i = -ln q_i: then the relaxation with parts of rounds,
min over A of  r e^-A + K(A)  with K convex and piecewise linear, is a walk along the order
(Dantzig 1957, "Discrete-variable extremum problems", for the walk).
"""

import math

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DEPTH = 128  # rounds in a set that are looked at; deeper ones are bounded, not listed


@kernel
def relaxed(r: float, first: int, left: int, n: int, form: Floats, many: Ints) -> float:
    """Return the least of ``r e^-A + K(A)`` over parts of rounds of types first, first + 1, ...

    ``left`` rounds of the first are there, ``many[i]`` of the others; ``form`` has a row for
    q, a, u, u / a of the types. A lower bound of all sets that go on from residual value r.
    """
    cost = 0.0
    have = left
    for i in range(first, n):
        slope = form[3, i]
        if r <= slope:
            break
        if have > 0:
            whole = r * (form[0, i] if have == 1 else form[0, i] ** have)
            if whole >= slope:
                r = whole
                cost += form[2, i] * have
            else:
                cost += slope * math.log(r / slope) if slope > 0.0 else 0.0
                r = slope
                break
        if i + 1 < n:
            have = many[i + 1]
    return cost + r


@kernel
def search(  # noqa: PLR0913, PLR0915, PLR0917, PLR0912, C901  (one loop, unrolled recursion)
    v: float, n: int, form: Floats, many: Ints, slack: float, known: float, most: int,
    stack: Floats, path: Ints, found: Floats, size: Ints, sets: Ints,
) -> tuple[int, float, float, int]:  # fmt: skip
    """List sets within ``slack`` of the cheapest; return (count, best, bound, nodes).

    Parameters
    ----------
    v, n, form, many : the threat's value, its number of types, their rows (see `relaxed`), rounds.
    slack, known : how far above the least; an upper bound of the least that the caller knows.
    most : nodes to visit; beyond, what is left is bounded.
    stack, path : work, shapes (2, DEPTH + 1) and (3, DEPTH + 1).
    found, size, sets : results, shapes (cap,), (cap,), (cap, DEPTH): costs, sizes, places of the
        types in ``form``. When full, the dearest is dropped and the limit falls to the dearest.

    Returns
    -------
    count, least cost seen, and a lower bound of all (equal to the least unless cut, or unless
    ``known`` was below it: what is dearer than ``known`` is not looked at), nodes. Entries
    beyond best + slack may be listed. If a set was dropped the list is not complete: count == cap.
    """
    cap = len(found)
    count, best, cut, nodes = 0, v, np.inf, 1
    limit = min(best, known) + slack
    full = np.inf
    found[0], size[0], count = v, 0, 1
    depth = 0
    stack[0, 0], stack[1, 0] = v, 0.0
    path[0, 0], path[1, 0] = 0, many[0] if n else 0
    while depth >= 0:
        r, c, i, left = stack[0, depth], stack[1, depth], path[0, depth], path[1, depth]
        bound = c + relaxed(r, i, left, n, form, many) if i < n else np.inf
        stop = nodes >= most or depth == DEPTH
        if stop and bound < cut:
            cut = bound
        if stop or i >= n or bound > limit:
            depth -= 1
            if depth >= 0:
                path[0, depth] += 1
                if path[0, depth] < n:
                    path[1, depth] = many[path[0, depth]]
            continue
        if left <= 0 or r * (1.0 - form[0, i]) < form[2, i] - slack:
            path[0, depth] += 1
            if path[0, depth] < n:
                path[1, depth] = many[path[0, depth]]
            continue
        r, c = r * form[0, i], c + form[2, i]
        path[2, depth] = i
        depth += 1
        stack[0, depth], stack[1, depth] = r, c
        path[0, depth], path[1, depth] = i, left - 1
        nodes += 1
        total = r + c
        if total < best:
            best = total
            limit = min(min(best, known) + slack, full)
        if total <= limit:
            place = count
            if count == cap:
                place = int(np.argmax(found))
                if found[place] <= total:
                    continue
            else:
                count += 1
            found[place], size[place] = total, depth
            for k in range(depth):
                sets[place, k] = path[2, k]
            if count == cap:
                full = np.max(found)
                limit = min(limit, full)
    return count, best, min(best, cut, known), nodes
