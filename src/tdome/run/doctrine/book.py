"""The price book: the default policy.

From the fluid bound (:mod:`.fluid`) it keeps, for each number of waves to come, some vectors of
prices with the cost kappa of all later waves at these prices. For live threats w and rounds M,

    H(w, M) = max over vectors j of  sum_g w_g R_g(price_j) - price_j . (M + reload) + kappa_j

is a cost to go that prices every round by what it would do later. At a look the policy gives shots
one by one, each time the one after which H is least, until none makes it smaller: a round is fired
while it buys more than its price, and each one fired makes the next dearer. A fluid has no luck,
and rounds kept against bad luck have a worth: M is taken as M - SAFETY sqrt(M) while waves are to
come.
Where f times as much comes as was forecast, the cost of later waves is taken as f kappa: V is about
homogeneous, f V(M / f). f is learned from the waves seen (``play.trust``).
"""

from dataclasses import dataclass

import numpy as np

from tdome.command.assignment.doctrine.chances import after1
from tdome.kernel.jit import kernel
from tdome.run.doctrine.fluid import VECTORS, Fluid
from tdome.run.doctrine.instance import Floats, Instance, Ints

SAFETY = 0.4  # see below; tuned on the tuning set
GRID = 17  # of beliefs, where assessment errs
TIE = 1e-6  # a round is fired where keeping it is worth no more: kept ones may be left over


@dataclass(frozen=True, eq=False)
class Book:
    """Prices (N, J, L), kappa (N, J), and R at them (N, J, C, K + 1, B); N by waves to come.

    B: beliefs 0, 1/(B-1), ..., 1; with perfect assessment the belief 1 alone, B = 1.
    """

    prices: Floats
    kappa: Floats
    rest: Floats


def make_book(instance: Instance, fluid: Fluid) -> Book:
    """Tabulate what the policy looks up."""
    it = instance
    count, layers = VECTORS, len(it.rounds)
    prices = np.zeros((it.waves, count, layers))
    kappa = np.zeros((it.waves, count))
    for r in range(it.waves):
        # Where there are fewer, the first ones again: they change no maximum.
        kept = np.resize(np.arange(len(fluid.kappa[r])), count)
        prices[r], kappa[r] = fluid.prices[r][kept], fluid.kappa[r][kept]
    grid = 1 if it.perfect else GRID
    rest = np.empty((it.waves, count, len(it.values), len(it.layer) + 1, grid))
    errors = np.array([it.false_kill, it.false_live])
    tabulate(prices, it.layer, it.pk, it.values, it.salvo, errors, rest)
    return Book(prices, kappa, rest)


@kernel
def at_belief(row: Floats, b: float) -> float:
    """Look a cost up at a belief, linear between grid points."""
    if len(row) == 1:
        return float(b * row[0])
    x = b * (len(row) - 1)
    i = min(int(x), len(row) - 2)
    return float(row[i] + (x - i) * (row[i + 1] - row[i]))


@kernel
def tabulate(  # noqa: PLR0913, PLR0917  (a kernel)
    prices: Floats,
    layer: Ints,
    pk: Floats,
    values: Floats,
    salvo: int,
    errors: Floats,
    rest: Floats,
) -> None:
    """Fill ``rest`` (N, J, C, K + 1, B) with R (chances.py) on a grid of beliefs."""
    seen = np.empty(3)
    looks, grid = len(layer), rest.shape[4]
    for n in range(rest.shape[0]):
        for j in range(rest.shape[1]):
            for c in range(len(values)):
                for k in range(looks, -1, -1):
                    for g in range(grid):
                        b = 1.0 if grid == 1 else g / (grid - 1)
                        if k == looks:
                            rest[n, j, c, k, g] = b * values[c]
                            continue
                        later = rest[n, j, c, k + 1]
                        best = at_belief(later, b)
                        for s in range(1, salvo + 1):
                            after1(b, s, pk[k, c], errors[0], errors[1], seen)
                            cost = s * prices[n, j, layer[k]]
                            cost += seen[0] * at_belief(later, seen[1])
                            cost += (1.0 - seen[0]) * at_belief(later, seen[2])
                            best = min(best, cost)
                        rest[n, j, c, k, g] = best


@kernel
def grouped(cls: Ints, belief: Floats, group: Ints, first: Ints, count: Ints) -> int:
    """Put threats of one class and belief into groups; return how many there are.

    ``group`` (n,) of each threat, ``first`` (n,) a row of each group, ``count`` (n,) its size.
    """
    groups = 0
    for i in range(len(cls)):
        group[i] = -1
        for g in range(groups):
            j = first[g]
            if cls[j] == cls[i] and belief[j] == belief[i]:
                group[i] = g
                count[g] += 1
                break
        if group[i] < 0:
            group[i], first[groups], count[groups] = groups, i, 1
            groups += 1
    return groups


@kernel
def after_shots(  # noqa: PLR0913, PLR0917  (a kernel)
    k: int,
    groups: int,
    first: Ints,
    cls: Ints,
    belief: Floats,
    pk: Floats,
    salvo: int,
    errors: Floats,
    rest: Floats,
    cost: Floats,
) -> None:
    """Fill ``cost`` (G, S + 1, J): what one threat of a group costs later, after s shots now."""
    seen = np.empty(3)
    for g in range(groups):
        c, b = cls[first[g]], belief[first[g]]
        for s in range(salvo + 1):
            if s > 0:
                after1(b, s, pk[k, c], errors[0], errors[1], seen)
            for j in range(rest.shape[0]):
                row = rest[j, c, k + 1]
                if s == 0:
                    cost[g, s, j] = at_belief(row, b)
                else:
                    live = seen[0] * at_belief(row, seen[1])
                    cost[g, s, j] = live + (1.0 - seen[0]) * at_belief(row, seen[2])


@kernel
def cheapest1(
    total: Floats, cost: Floats, price: Floats, given: Ints, now: float
) -> tuple[float, int, int]:
    """Return (H, group, shots so far) of the one shot more after which H is least; -1: none.

    ``given`` (G, S + 1): threats by the shots that they have.
    """
    best, at, by = now, -1, -1
    for g in range(given.shape[0]):
        for s in range(given.shape[1] - 1):
            if given[g, s] == 0:
                continue
            top = -np.inf
            for j in range(len(total)):
                top = max(top, total[j] + cost[g, s + 1, j] - cost[g, s, j] + price[j])
            if top < best or (at < 0 and top <= now + TIE):
                best, at, by = top, g, s
    return best, at, by


@kernel
def stock1(left: Ints, reload: Ints, safety: float, after: int, stock: Floats) -> None:
    """Fill ``stock`` (L,): rounds as the book counts them, with ``after`` waves to come.

    What arrives before the next wave counts, less ``safety`` sqrt(M) kept against bad luck.
    """
    for j in range(len(left)):
        stock[j] = left[j]
        if after > 0:
            stock[j] += reload[j] - safety * np.sqrt(left[j])


@kernel
def by_book(  # noqa: C901, PLR0913, PLR0917  (a kernel)
    k: int,
    own: int,
    tilt: float,
    prices: Floats,
    kappa: Floats,
    rest: Floats,
    pk: Floats,
    salvo: int,
    errors: Floats,
    stock: Floats,
    cls: Ints,
    belief: Floats,
    budget: int,
    out: Ints,
) -> None:
    """Fire by the book: ``prices`` (J, L), ``kappa`` (J,), ``rest`` (J, C, K + 1, B) of this wave.

    ``tilt``: on the price of a round fired now, 1 for the book's own action. ``stock`` (L,): of
    `stock1`. ``budget``: shots of this look.
    """
    n, vectors = len(cls), len(kappa)
    out[:] = 0
    if n == 0 or budget == 0:
        return
    group, first, many = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    groups = grouped(cls, belief, group, first, many)
    cost = np.empty((groups, salvo + 1, vectors))
    after_shots(k, groups, first, cls, belief, pk, salvo, errors, rest, cost)
    given = np.zeros((groups, salvo + 1), np.int64)
    total = kappa.copy()
    for j in range(vectors):
        for i in range(len(stock)):
            total[j] -= prices[j, i] * stock[i]
        for g in range(groups):
            total[j] += many[g] * cost[g, 0, j]
    for g in range(groups):
        given[g, 0] = many[g]
    now, paid = total.max(), tilt * prices[:, own]
    while budget > 0:
        now, at, by = cheapest1(total, cost, paid, given[:groups], now)
        if at < 0:
            break
        for j in range(vectors):
            total[j] += cost[at, by + 1, j] - cost[at, by, j] + paid[j]
        given[at, by] -= 1
        given[at, by + 1] += 1
        budget -= 1
    for i in range(n):
        for s in range(salvo, -1, -1):
            if given[group[i], s] > 0:
                given[group[i], s] -= 1
                out[i] = s
                break
