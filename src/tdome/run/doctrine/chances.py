"""What one threat costs when rounds have prices: the inner problem of all Lagrangian bounds.

With a price on every shot at every look, threats no longer compete, and each is a small decision
problem by itself: R_k(b) is the least expected leak plus price from look k on, of a threat that is
alive with probability b,

    R_k(b) = min over s of  s price_k + E R_{k+1}(b'),    R_{K+1}(b) = b v,

where b' is the belief after s shots and what was then seen. Perfect assessment has b in {0, 1}.
"""

import numpy as np

from tdome.kernel.jit import kernel
from tdome.run.doctrine.instance import Floats

NOTHING = 1e-12  # belief below which a threat is done with


@kernel
def after1(  # noqa: PLR0913, PLR0917  (a kernel)
    b: float, shots: int, pk: float, false_kill: float, false_live: float, out: Floats
) -> None:
    """Put into ``out`` (3,) the probability to be seen live, and the beliefs if seen live, killed."""
    alive = b * (1.0 - pk) ** shots
    seen = alive * (1.0 - false_kill) + (1.0 - alive) * false_live
    out[0] = seen
    out[1] = alive * (1.0 - false_kill) / seen if seen > 0.0 else 0.0
    out[2] = alive * false_kill / (1.0 - seen) if seen < 1.0 else 0.0


@kernel
def price1(  # noqa: PLR0913, PLR0917  (a kernel)
    k: int, b: float, prices: Floats, pk: Floats, value: float, salvo: int, errors: Floats
) -> float:
    """Return R_k(b) by walking the tree of what may be seen; prices and pk by look, shape (K,).

    Without errors in assessment by a loop, from the last look back.
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
    if k == len(prices):
        return b * value
    best = price1(k + 1, b, prices, pk, value, salvo, errors)
    seen = np.empty(3)
    for s in range(1, salvo + 1):
        if s * prices[k] >= best:
            break
        after1(b, s, pk[k], errors[0], errors[1], seen)
        cost = s * prices[k]
        cost += seen[0] * price1(k + 1, seen[1], prices, pk, value, salvo, errors)
        cost += (1.0 - seen[0]) * price1(k + 1, seen[2], prices, pk, value, salvo, errors)
        best = min(best, cost)
    return best


@kernel
def walk1(  # noqa: PLR0913, PLR0917  (a kernel)
    k: int,
    b: float,
    reach: float,
    prices: Floats,
    pk: Floats,
    value: float,
    salvo: int,
    errors: Floats,
    shots: Floats,
) -> float:
    """Return the expected leak of the best plan at these prices, times ``reach``.

    Add the expected shots by look to ``shots`` (K,). Ties go to fewer shots.
    """
    if b <= NOTHING or reach <= NOTHING:
        return 0.0
    if k == len(prices):
        return reach * b * value
    best, plan = price1(k + 1, b, prices, pk, value, salvo, errors), 0
    seen = np.empty(3)
    for s in range(1, salvo + 1):
        after1(b, s, pk[k], errors[0], errors[1], seen)
        cost = s * prices[k]
        cost += seen[0] * price1(k + 1, seen[1], prices, pk, value, salvo, errors)
        cost += (1.0 - seen[0]) * price1(k + 1, seen[2], prices, pk, value, salvo, errors)
        if cost < best:
            best, plan = cost, s
    if plan == 0:
        return walk1(k + 1, b, reach, prices, pk, value, salvo, errors, shots)
    shots[k] += reach * plan
    after1(b, plan, pk[k], errors[0], errors[1], seen)
    live, dead = reach * seen[0], reach * (1.0 - seen[0])
    first, second = seen[1], seen[2]
    leak = walk1(k + 1, first, live, prices, pk, value, salvo, errors, shots)
    return leak + walk1(k + 1, second, dead, prices, pk, value, salvo, errors, shots)
