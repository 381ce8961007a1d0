"""The baselines: what each policy fires at one look. Kernels on one wave's threats.

``cls`` (n,) class, ``belief`` (n,) probability that a threat is alive; the dearest expected value
comes first, ties in order of arrival. ``left`` (L,) rounds. ``shots`` (n,) is filled in.
"""

import numpy as np

from tdome.command.assignment.doctrine.chances import after1, price1
from tdome.kernel.jit import kernel
from tdome.run.doctrine.instance import Floats, Ints

SURE = 0.5  # belief from which a simple rule takes a threat for alive

NONE, SALVO, THRESHOLD, PRO_RATA, FIXED, RESOLVED, EXACT, BOOK = range(8)


@kernel
def order1(cls: Ints, belief: Floats, values: Floats, order: Ints) -> None:
    """Fill ``order`` with the rows by expected value, the dearest first (a stable sort)."""
    for i in range(len(cls)):
        key, j = belief[i] * values[cls[i]], i
        while j > 0 and belief[order[j - 1]] * values[cls[order[j - 1]]] < key:
            order[j] = order[j - 1]
            j -= 1
        order[j] = i


@kernel
def same_shots(cls: Ints, belief: Floats, order: Ints, number: int, budget: int, out: Ints) -> None:
    """Give the same number of shots to each threat thought alive, as far as the budget goes."""
    for i in order:
        out[i] = 0
        if belief[i] >= SURE and budget > 0:
            out[i] = min(number, budget)
            budget -= out[i]


@kernel
def at_best_looks(  # noqa: PLR0913, PLR0917  (a kernel)
    k: int, share: float, pk: Floats, cls: Ints, belief: Floats, order: Ints, budget: int, out: Ints
) -> None:
    """One shot where pk is at least ``share`` of the best that is still to come."""
    for i in order:
        out[i] = 0
        best = 0.0
        for later in range(k, len(pk)):
            best = max(best, pk[later, cls[i]])
        if belief[i] >= SURE and budget > 0 and pk[k, cls[i]] >= share * best:
            out[i] = 1
            budget -= 1


@kernel
def at_prices(  # noqa: PLR0913, PLR0917  (a kernel)
    k: int,
    prices: Floats,
    pk: Floats,
    values: Floats,
    salvo: int,
    errors: Floats,
    cls: Ints,
    belief: Floats,
    order: Ints,
    budget: int,
    out: Ints,
) -> None:
    """Each threat's own best plan at prices by look (K,); the dearest first."""
    seen = np.empty(3)
    last, number = -1, 0  # equal threats stand together mostly: no need to think twice
    for i in order:
        c, b = cls[i], belief[i]
        if last < 0 or cls[last] != c or belief[last] != b:
            own, worth, number = pk[:, c].copy(), values[c], 0
            best = price1(k + 1, b, prices, own, worth, salvo, errors)
            for s in range(1, salvo + 1):
                after1(b, s, own[k], errors[0], errors[1], seen)
                cost = s * prices[k]
                cost += seen[0] * price1(k + 1, seen[1], prices, own, worth, salvo, errors)
                cost += (1.0 - seen[0]) * price1(k + 1, seen[2], prices, own, worth, salvo, errors)
                if cost < best:
                    best, number = cost, s
        last = i
        out[i] = min(number, budget)
        budget -= out[i]


@kernel
def dual1(  # noqa: PLR0913, PLR0917  (a kernel)
    prices: Floats,
    counts: Floats,
    layer: Ints,
    pk: Floats,
    values: Floats,
    salvo: int,
    errors: Floats,
    supply: Floats,
    by_look: Floats,
) -> float:
    """Return sum_c n_c R_0(1) - sum_l price_l supply_l: a bound for any prices >= 0 (B2)."""
    for k in range(len(layer)):
        by_look[k] = prices[layer[k]]
    total = 0.0
    for c in range(len(values)):
        if counts[c] > 0.0:
            own = pk[:, c].copy()
            total += counts[c] * price1(0, 1.0, by_look, own, values[c], salvo, errors)
    for j in range(len(supply)):
        total -= prices[j] * supply[j]
    return total


@kernel
def dual_prices(  # noqa: PLR0913, PLR0917  (a kernel)
    counts: Floats,
    layer: Ints,
    pk: Floats,
    values: Floats,
    salvo: int,
    errors: Floats,
    supply: Floats,
    sweeps: int,
    prices: Floats,
) -> float:
    """Climb the dual by coordinates from ``prices`` (L,), in place; return its value.

    A ternary search in each coordinate: the dual is concave. It may stop below the top, as
    coordinates do on what is not smooth; its value is a bound all the same.
    """
    by_look = np.empty(len(layer))
    top = 0.0
    for c in range(len(values)):
        top = max(top, values[c])
    found, start = 0.0, np.empty(len(supply))
    for _ in range(sweeps):
        low, high = 0.0, 4.0
        start[:] = prices
        for _step in range(24):  # all of them by one factor: coordinates get stuck at kinks
            a, b = low + (high - low) / 3.0, high - (high - low) / 3.0
            prices[:] = a * start
            first = dual1(prices, counts, layer, pk, values, salvo, errors, supply, by_look)
            prices[:] = b * start
            if first < dual1(prices, counts, layer, pk, values, salvo, errors, supply, by_look):
                low = a
            else:
                high = b
        prices[:] = 0.5 * (low + high) * start
        for j in range(len(supply)):
            low, high = 0.0, top
            for _step in range(24):
                a, b = low + (high - low) / 3.0, high - (high - low) / 3.0
                prices[j] = a
                first = dual1(prices, counts, layer, pk, values, salvo, errors, supply, by_look)
                prices[j] = b
                if first < dual1(prices, counts, layer, pk, values, salvo, errors, supply, by_look):
                    low = a
                else:
                    high = b
            prices[j] = 0.5 * (low + high)
        found = dual1(prices, counts, layer, pk, values, salvo, errors, supply, by_look)
    return found


@kernel
def from_table(live: int, code: int, order: Ints, belief: Floats, out: Ints) -> None:
    """Give shots as an exact plan says: n1 + 64 n2 + 4096 n3 threats get 1, 2, 3."""
    n = np.array([code % 64, (code // 64) % 64, code // 4096])
    for i in order:
        out[i] = 0
        for s in range(2, -1, -1):
            if belief[i] > SURE and out[i] == 0 and n[s] > 0:
                out[i] = s + 1
                n[s] -= 1
