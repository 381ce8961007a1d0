"""What one threat costs when rounds have prices: the inner problem of all Lagrangian bounds.

With a price on every shot at every look, threats no longer compete, and each is a small decision
problem by itself: R_k(b) is the least expected leak plus price from look k on, of a threat that is
alive with probability b,

    R_k(b) = min over s of  s price_k + E R_{k+1}(b'),    R_{K+1}(b) = b v,

where b' is the belief after s shots and what was then seen. Perfect assessment has b in {0, 1}.
The bounds of `tdome bench doctrine` use it, and the doctrine ``lookahead`` of the chain.
"""

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel
from tdome.messages.base import Floats

Shots = NDArray[np.int64]

NOTHING = 1e-12  # belief below which a threat is done with


@kernel
def after1(
    b: float, shots: int, pk: float, false_kill: float, false_live: float, out: Floats
) -> None:
    """Put into ``out`` (3,): probability to be seen live; beliefs if seen live, and if killed."""
    alive = b * (1.0 - pk) ** shots
    seen = alive * (1.0 - false_kill) + (1.0 - alive) * false_live
    out[0] = seen
    out[1] = alive * (1.0 - false_kill) / seen if seen > 0.0 else 0.0
    out[2] = alive * false_kill / (1.0 - seen) if seen < 1.0 else 0.0


@kernel
def grow1(  # noqa: PLR0913, PLR0917  (a kernel)
    k: int, b: float, pk: Floats, salvo: int, errors: Floats, belief: Floats, chance: Floats
) -> None:
    """Fill the tree of beliefs from look k on; node i has children 1 + w i to w + w i, w = 2 S + 1.

    The first child of a node is no shot, then seen live and seen killed after 1, 2, ... shots.
    ``chance`` is a child's probability given its parent and the shots. Sizes: see `nodes`.
    """
    width, seen = 2 * salvo + 1, np.empty(3)
    belief[0], chance[0] = b, 1.0
    first, many = 0, 1
    for look in range(k, len(pk)):
        for i in range(first, first + many):
            child = 1 + width * i
            belief[child], chance[child] = belief[i], 1.0
            for s in range(1, salvo + 1):
                after1(belief[i], s, pk[look], errors[0], errors[1], seen)
                belief[child + 2 * s - 1], chance[child + 2 * s - 1] = seen[1], seen[0]
                belief[child + 2 * s], chance[child + 2 * s] = seen[2], 1.0 - seen[0]
        first, many = first + many, many * width


@kernel
def nodes(looks: int, salvo: int) -> int:
    """Return how many nodes the tree of beliefs over some looks has."""
    many, total = 1, 1
    for _ in range(looks):
        many *= 2 * salvo + 1
        total += many
    return total


@kernel
def fold1(  # noqa: PLR0913, PLR0917  (a kernel)
    k: int,
    prices: Floats,
    value: float,
    salvo: int,
    belief: Floats,
    chance: Floats,
    cost: Floats,
    plan: Shots,
) -> None:
    """Fill cost R and best shots of all nodes, from the leaves back; ties go to fewer shots."""
    width, looks = 2 * salvo + 1, len(prices) - k
    first, many = 0, 1
    for _ in range(looks):
        first, many = first + many, many * width
    for i in range(first, first + many):
        cost[i] = belief[i] * value
    for look in range(len(prices) - 1, k - 1, -1):
        many //= width
        first -= many
        for i in range(first, first + many):
            child = 1 + width * i
            cost[i], plan[i] = cost[child], 0
            for s in range(1, salvo + 1):
                a, b = child + 2 * s - 1, child + 2 * s
                fired = s * prices[look] + chance[a] * cost[a] + chance[b] * cost[b]
                if fired < cost[i]:
                    cost[i], plan[i] = fired, s


@kernel
def price1(  # noqa: PLR0913, PLR0917  (a kernel)
    k: int, b: float, prices: Floats, pk: Floats, value: float, salvo: int, errors: Floats
) -> float:
    """Return R_k(b); prices and pk by look, shape (K,).

    Without errors in assessment by a loop, from the last look back; else over the tree.
    """
    if b <= NOTHING:
        return 0.0
    if errors[0] == 0.0 and errors[1] == 0.0:
        rest = value
        for look in range(len(prices) - 1, k - 1, -1):
            best = rest
            for s in range(1, salvo + 1):
                best = min(best, s * prices[look] + (1.0 - pk[look]) ** s * rest)
            rest = best
        return b * rest
    total = nodes(len(pk) - k, salvo)
    belief, chance, cost = np.empty(total), np.empty(total), np.empty(total)
    grow1(k, b, pk, salvo, errors, belief, chance)
    fold1(k, prices, value, salvo, belief, chance, cost, np.empty(total, np.int64))
    return float(cost[0])


@kernel
def walk1(
    prices: Floats, pk: Floats, value: float, salvo: int, errors: Floats, shots: Floats
) -> float:
    """Return the expected leak of a threat under its best plan; add its shots by look to (K,)."""
    total, width = nodes(len(pk), salvo), 2 * salvo + 1
    belief, chance, cost = np.empty(total), np.empty(total), np.empty(total)
    plan, reach = np.zeros(total, np.int64), np.zeros(total)
    grow1(0, 1.0, pk, salvo, errors, belief, chance)
    fold1(0, prices, value, salvo, belief, chance, cost, plan)
    reach[0] = 1.0
    first, many = 0, 1
    for look in range(len(pk)):
        for i in range(first, first + many):
            child, s = 1 + width * i, plan[i]
            shots[look] += reach[i] * s
            if s == 0:
                reach[child] = reach[i]
            else:
                a, b = child + 2 * s - 1, child + 2 * s
                reach[a], reach[b] = reach[i] * chance[a], reach[i] * chance[b]
        first, many = first + many, many * width
    leak = 0.0
    for i in range(first, first + many):
        leak += reach[i] * belief[i] * value
    return leak
