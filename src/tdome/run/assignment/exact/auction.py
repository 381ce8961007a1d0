"""Bundle auction: near-optimal prices of rounds, and a plan, before any linear program.

Threats bid for rounds (Bertsekas 1988, "The auction algorithm", forward and reverse with
epsilon-scaling; Kelso and Crawford 1982 for sets of items). A threat finds its cheapest set at
the present prices, takes one round more of it and pays up to indifference; a round that nobody
holds falls in price until somebody takes it. Rounds of one type share the lowest of their
prices, so that equal rounds do not start a price war (Bertsekas and Castanon 1989). Sets are not
gross substitutes: prices may circle, bids are counted, and what comes out is a start, not a proof.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel
from tdome.run.assignment.exact.pricing import LEAST_Q, keep, most_rounds
from tdome.run.assignment.exact.search import DEPTH, Floats, Ints, search

Narrow = NDArray[np.int32]

HOLD = 24  # rounds that one threat may hold here
_NODES = 2_000
_FEW = 9  # lowest prices that bound how many rounds a set can have


@kernel
def lowest(i: int, j: int, first: Ints, price: Floats, owner: Ints) -> int:
    """Return the cheapest round of type i that threat j does not hold, or -1."""
    best = -1
    for s in range(first[i], first[i + 1]):
        if owner[s] != j and (best < 0 or price[s] < price[best]):
            best = s
    return best


@kernel
def best_set(  # noqa: PLR0913, PLR0917, PLR0914, PLR0915, PLR0912, C901  (flat kernel)
    v: float, n: int, p: Floats, cost: Floats, have: Ints, without: int,
    form: Floats, many: Ints, place: Ints, stack: Floats, path: Ints,
    found: Floats, size: Ints, sets: Ints,
) -> tuple[float, int]:
    """Find the cheapest set of n offers (p, cost, have rounds each), without one; (cost, size).

    The offers in the set are left in ``place[:size]``, which has room for twice n.
    """
    low = np.empty(_FEW)
    few, best, at, top = 0, v, -1, 0.0
    for k in range(n):
        if k == without:
            continue
        few = keep(cost[k], have[k], _FEW - 1, low, few)
        top = max(top, p[k])
        one = v * (1.0 - p[k]) + cost[k]
        if one < best:
            best, at = one, k
    sums = np.zeros(few + 1)
    for k in range(few):
        sums[k + 1] = sums[k] + low[k]
    most = most_rounds(v, sums, 1.0 - top, best)
    if most <= 1:
        place[0] = at
        return best, 1 if at >= 0 else 0
    if most >= _FEW - 1:
        most = DEPTH
    count, kept = 0, 0
    bar = np.empty(DEPTH + 1)
    ratio = np.empty(n)
    for k in range(n):  # offers come with falling p
        if k == without or v * p[k] <= cost[k]:
            continue
        if kept < most or cost[k] < bar[kept - 1]:
            place[n + count] = k
            ratio[count] = cost[k] / -math.log(max(1.0 - p[k], LEAST_Q))
            count += 1
            kept = keep(cost[k], have[k], most, bar, kept)
    for x in range(1, count):  # few: by insertion
        k, key = place[n + x], ratio[x]
        y = x
        while y > 0 and ratio[y - 1] > key:
            place[n + y], ratio[y] = place[n + y - 1], ratio[y - 1]
            y -= 1
        place[n + y], ratio[y] = k, key
    for x in range(count):
        k = place[n + x]
        q = max(1.0 - p[k], LEAST_Q)
        form[0, x], form[1, x], form[2, x], form[3, x] = q, -math.log(q), cost[k], ratio[x]
        many[x] = have[k]
    _, least, _, _ = search(
        v, count, form, many, 0.0, best * (1.0 + 1e-12), _NODES, stack, path, found, size, sets
    )
    for x in range(size[0]):
        place[x] = place[n + sets[0, x]]
    return least, size[0]


@kernel
def offers(  # noqa: PLR0913, PLR0917  (a kernel: flat arguments)
    j: int, row: Floats, top: Narrow, eps: float, first: Ints, price: Floats, owner: Ints,
    low: Ints, held: Ints, p: Floats, cost: Floats, have: Ints, what: Ints,
) -> int:
    """List what threat j can have: rounds that it holds (at their price), others (eps more)."""
    n = 0
    mine = 0
    while mine < HOLD and held[mine] >= 0:
        mine += 1
    for k in range(len(top)):
        i = top[k]
        own = 0
        for h in range(mine):
            s = held[h]
            if first[i] <= s < first[i + 1]:
                p[n], cost[n], have[n], what[n] = row[i], price[s], 1, -1 - h
                n += 1
                own += 1
        s = low[i] if own == 0 else lowest(i, j, first, price, owner)
        if s >= 0:
            p[n], cost[n], what[n] = row[i], price[s] + eps, s
            have[n] = first[i + 1] - first[i] - own
            n += 1
    return n


@kernel
def give(s: int, j: int, price: float, first: Ints, type_of: Ints, prices: Floats, owner: Ints,
         low: Ints, held: Ints) -> int:
    """Hand round s to threat j at a price; return the threat that lost it, or -1."""
    before = owner[s]
    if before >= 0:
        drop(s, held[before])
    owner[s], prices[s] = j, price
    h = 0
    while held[j, h] >= 0:
        h += 1
    held[j, h] = s
    low[type_of[s]] = lowest(type_of[s], -2, first, prices, owner)
    return before


@kernel
def drop(s: int, held: Ints) -> None:
    """Take round s out of a threat's list."""
    h = 0
    while held[h] != s:
        h += 1
    while h + 1 < HOLD and held[h + 1] >= 0:
        held[h] = held[h + 1]
        h += 1
    held[h] = -1


@kernel
def left_of(v: float, row: Floats, held: Ints, type_of: Ints) -> float:
    """Return the value that a threat keeps with the rounds it is given."""
    r = v
    for h in range(HOLD):
        if held[h] < 0:
            break
        r *= 1.0 - row[type_of[held[h]]]
    return r


@kernel
def resell(  # noqa: PLR0913, PLR0917, C901  (a kernel: flat arguments)
    s: int, eps: float, by_type: Floats, first: Ints, type_of: Ints, price: Floats, owner: Ints,
    low: Ints, held: Ints, left: Floats,
) -> tuple[int, int]:
    """Let the price of a free round fall until a threat takes it; (threat or -1, freed or -1)."""
    i = type_of[s]
    row = by_type[i]
    best, second, who, swap = 0.0, 0.0, -1, -1
    for j in range(len(row)):
        if left[j] * row[j] <= 0.0:
            continue
        offer, instead = left[j] * row[j], -1
        full = held[j, HOLD - 2] >= 0
        if full:
            offer = 0.0
        for h in range(HOLD):
            t = held[j, h]
            if t < 0:
                break
            other = by_type[type_of[t], j]
            gain = price[t] + left[j] * (row[j] - other) / max(1.0 - other, LEAST_Q)
            if gain > offer and type_of[t] != i:
                offer, instead = gain, t
        if offer > best:
            second, best, who, swap = best, offer, j, instead
        elif offer > second:
            second = offer
    value = min(price[s], max(second - eps, 0.0))
    if who < 0 or best <= eps:
        price[s] = 0.0
        low[i] = lowest(i, -2, first, price, owner)
        return -1, -1
    if swap >= 0:
        drop(swap, held[who])
        owner[swap] = -1
    give(s, who, value, first, type_of, price, owner, low, held)
    r = left[who] * (1.0 - row[who])
    if swap >= 0:
        r = r / max(1.0 - by_type[type_of[swap], who], LEAST_Q)
    left[who] = r
    return who, swap


@kernel
def rounds_of_bids(  # noqa: PLR0913, PLR0917, PLR0914, PLR0915, PLR0912, C901  (the auction's loop)
    eps: float, most: int, v: Floats, by_threat: Floats, by_type: Floats, top: Narrow,
    first: Ints, type_of: Ints, price: Floats, owner: Ints, low: Ints, held: Ints,
) -> tuple[int, int]:
    """Bid until nobody wants to, each threat once at least; return (bids, resales).

    Parameters
    ----------
    eps, most : least raise; bids and resales at most.
    by_threat, by_type : probabilities, (threats, types) and (types, threats).
    top : types that each threat bids for, most probable first.
    first, type_of : rounds of type i are first[i] to first[i + 1]; the type of each round.
    price, owner, low, held : state: of each round; cheapest round of a type; rounds of a threat.
    """
    threats, rounds = len(v), len(price)
    wide = top.shape[1] + HOLD
    p, cost = np.empty(wide), np.empty(wide)
    have, what = np.empty(wide, np.int64), np.empty(wide, np.int64)
    form, many, place = np.empty((4, wide)), np.empty(wide, np.int64), np.empty(2 * wide, np.int64)
    stack, path = np.empty((2, DEPTH + 1)), np.empty((3, DEPTH + 1), np.int64)
    found, size, sets = np.empty(1), np.empty(1, np.int64), np.empty((1, DEPTH), np.int64)
    left = np.empty(threats)
    for j in range(threats):
        left[j] = left_of(v[j], by_threat[j], held[j], type_of)
    queue, waits = np.arange(threats), np.ones(threats, np.bool_)
    head, queued = 0, threats
    free, listed, freed = np.empty(rounds, np.int64), np.zeros(rounds, np.bool_), 0
    for s in range(rounds):
        if owner[s] < 0 and price[s] > 0.0:
            free[freed], listed[s] = s, True
            freed += 1
    bids, resales = 0, 0
    while bids + resales < most and (queued > 0 or freed > 0):
        if queued == 0:
            freed -= 1
            s = free[freed]
            listed[s] = False
            if owner[s] >= 0 or price[s] <= 0.0:
                continue
            resales += 1
            who, swap = resell(
                s, eps, by_type, first, type_of, price, owner, low, held, left
            )
            if swap >= 0 and price[swap] > 0.0 and not listed[swap]:
                free[freed], listed[swap] = swap, True
                freed += 1
            if who >= 0 and not waits[who] and swap >= 0:
                queue[(head + queued) % threats], waits[who] = who, True
                queued += 1
            continue
        j = queue[head]
        head, queued = (head + 1) % threats, queued - 1
        waits[j] = False
        bids += 1
        row = by_threat[j]
        n = offers(j, row, top[j], eps, first, price, owner, low, held[j], p, cost, have, what)
        best, count = best_set(
            v[j], n, p, cost, have, -1, form, many, place, stack, path, found, size, sets
        )
        new, more = -1, False
        wanted = np.zeros(HOLD, np.bool_)
        for x in range(count):
            k = place[x]
            if what[k] < 0:
                wanted[-1 - what[k]] = True
            elif new < 0:
                new = k
            else:
                more = True
        now = left[j]
        for h in range(HOLD):
            if held[j, h] < 0:
                break
            now += price[held[j, h]]
        if best >= now * (1.0 - 1e-12):
            continue
        for h in range(HOLD - 1, -1, -1):
            s = held[j, h]
            if s >= 0 and not wanted[h]:
                drop(s, held[j])
                owner[s] = -1
                if price[s] > 0.0 and not listed[s]:
                    free[freed], listed[s] = s, True
                    freed += 1
        if new >= 0 and held[j, HOLD - 2] < 0:
            s = what[new]
            pay = cost[new]
            other, _ = best_set(
                v[j], n, p, cost, have, new, form, many, place, stack, path, found, size, sets
            )
            pay += max(other - best, 0.0)
            loser = give(s, j, pay, first, type_of, price, owner, low, held)
            if loser >= 0:
                left[loser] = left_of(v[loser], by_threat[loser], held[loser], type_of)
                if not waits[loser]:
                    queue[(head + queued) % threats], waits[loser] = loser, True
                    queued += 1
            if more and not waits[j]:
                queue[(head + queued) % threats], waits[j] = j, True
                queued += 1
        left[j] = left_of(v[j], row, held[j], type_of)
    return bids, resales
