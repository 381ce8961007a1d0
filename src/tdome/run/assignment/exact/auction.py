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
_SAME = 1e-12  # relative: costs that differ by less are the same
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
def best_set(  # noqa: PLR0913, PLR0912, PLR0917, C901  (flat kernel)
    v: float, n: int, p: Floats, cost: Floats, have: Ints, without: int,
    form: Floats, many: Ints, place: Ints, stack: Floats, path: Ints,
    found: Floats, size: Ints, sets: Ints,
) -> tuple[float, int]:  # fmt: skip
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
) -> int:  # fmt: skip
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
def give(  # noqa: PLR0913, PLR0917  (a kernel: flat arguments)
    s: int, j: int, price: float, first: Ints, type_of: Ints, prices: Floats, owner: Ints,
    low: Ints, held: Ints,
) -> int:  # fmt: skip
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
    return int(before)


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
) -> tuple[int, int]:  # fmt: skip
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
def wait(j: int, queue: Ints, ends: Ints) -> None:
    """Put threat j behind those that wait to bid, unless it waits already."""
    if queue[1, j] == 0:
        queue[0, (ends[0] + ends[1]) % queue.shape[1]] = j
        queue[1, j] = 1
        ends[1] += 1


@kernel
def release(s: int, price: Floats, free: Ints, ends: Ints) -> None:
    """List round s, which nobody holds now, for resale if it has a price."""
    if price[s] > 0.0 and free[1, s] == 0:
        free[0, ends[2]] = s
        free[1, s] = 1
        ends[2] += 1


@kernel
def bid(  # noqa: PLR0913, PLR0917, C901  (a kernel: flat arguments)
    j: int, eps: float, v: float, row: Floats, top: Narrow, left: Floats,
    first: Ints, type_of: Ints, price: Floats, owner: Ints, low: Ints, held: Ints,
    free: Ints, queue: Ints, ends: Ints, p: Floats, cost: Floats, picks: Ints, place: Ints,
    form: Floats, stack: Floats, path: Ints, found: Floats, size: Ints, sets: Ints,
) -> int:  # fmt: skip
    """Let threat j keep what is in its best set, and take one new round of it.

    Returns the threat that lost a round, or -1; ``left`` of j itself is the caller's care.
    """
    have, what, many = picks[0], picks[1], picks[2]
    n = offers(j, row, top, eps, first, price, owner, low, held[j], p, cost, have, what)
    best, count = best_set(
        v, n, p, cost, have, -1, form, many, place, stack, path, found, size, sets
    )
    now = left[j]
    for h in range(HOLD):
        if held[j, h] < 0:
            break
        now += price[held[j, h]]
    if best >= now * (1.0 - _SAME):
        return -1
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
    for h in range(HOLD - 1, -1, -1):
        s = held[j, h]
        if s >= 0 and not wanted[h]:
            drop(s, held[j])
            owner[s] = -1
            release(s, price, free, ends)
    if new < 0 or held[j, HOLD - 2] >= 0:
        return -1
    s, pay = what[new], cost[new]
    other, _ = best_set(v, n, p, cost, have, new, form, many, place, stack, path, found, size, sets)
    loser = give(s, j, pay + max(other - best, 0.0), first, type_of, price, owner, low, held)
    if loser >= 0:
        wait(loser, queue, ends)
    if more:
        wait(j, queue, ends)
    return loser


@kernel
def begin(  # noqa: PLR0913, PLR0917  (a kernel: flat arguments)
    v: Floats, by_threat: Floats, type_of: Ints, price: Floats, owner: Ints, held: Ints,
    free: Ints, queue: Ints, ends: Ints, left: Floats,
) -> None:  # fmt: skip
    """Let every threat wait to bid, and list the rounds for resale.

    ``queue`` (2, threats) is a ring, ``free`` (2, rounds) a stack: a list and a mark for what is
    in it; ``ends`` the ring's head and length and the stack's height; ``left`` what threats keep.
    """
    queue[:], free[:], ends[:] = 0, 0, 0
    for j in range(len(v)):
        left[j] = left_of(v[j], by_threat[j], held[j], type_of)
        wait(j, queue, ends)
    for s in range(len(price)):
        if owner[s] < 0:
            release(s, price, free, ends)


@kernel
def rounds_of_bids(  # noqa: PLR0913, PLR0917  (a kernel: flat arguments)
    eps: float, most: int, v: Floats, by_threat: Floats, by_type: Floats, top: Narrow,
    first: Ints, type_of: Ints, price: Floats, owner: Ints, low: Ints, held: Ints,
    free: Ints, queue: Ints, ends: Ints, left: Floats,
) -> int:  # fmt: skip
    """Bid and resell, ``most`` times or until nobody wants to; return how often.

    Parameters
    ----------
    eps, most : least raise; bids and resales at most (then call again to go on).
    by_threat, by_type : probabilities, (threats, types) and (types, threats).
    top : types that each threat bids for, most probable first.
    first, type_of : rounds of type i are first[i] to first[i + 1]; the type of each round.
    price, owner, low, held : state: of each round; cheapest round of a type; rounds of a threat.
    free, queue, ends, left : who waits and what is for resale, see `begin`.
    """
    threats = len(v)
    wide = top.shape[1] + HOLD
    p, cost, form = np.empty(wide), np.empty(wide), np.empty((4, wide))
    picks, place = np.empty((3, wide), np.int64), np.empty(2 * wide, np.int64)
    stack, path = np.empty((2, DEPTH + 1)), np.empty((3, DEPTH + 1), np.int64)
    found, size, sets = np.empty(1), np.empty(1, np.int64), np.empty((1, DEPTH), np.int64)
    done = 0
    while done < most and (ends[1] > 0 or ends[2] > 0):
        if ends[1] == 0:
            ends[2] -= 1
            s = free[0, ends[2]]
            free[1, s] = 0
            if owner[s] >= 0 or price[s] <= 0.0:
                continue
            done += 1
            who, swap = resell(s, eps, by_type, first, type_of, price, owner, low, held, left)
            if swap >= 0:
                release(swap, price, free, ends)
                wait(who, queue, ends)
            continue
        j = queue[0, ends[0]]
        queue[1, j] = 0
        ends[0], ends[1] = (ends[0] + 1) % threats, ends[1] - 1
        done += 1
        loser = bid(
            j, eps, v[j], by_threat[j], top[j], left, first, type_of, price, owner, low, held,
            free, queue, ends, p, cost, picks, place, form, stack, path, found, size, sets,
        )  # fmt: skip
        left[j] = left_of(v[j], by_threat[j], held[j], type_of)
        if loser >= 0:
            left[loser] = left_of(v[loser], by_threat[loser], held[loser], type_of)
    return done
