"""One decision of the rollout: simulate the rest of the wave for each candidate, take the best.

The cost of a candidate in one simulation is what leaks from this wave if the book decides all its
later looks, plus the book's cost to go of all later waves with the rounds then left, H(0, M). All
candidates meet the same luck: who is hit is drawn by (simulation, threat, look) from a key of the
policy's own and from the state, never from the referee's. So a decision is a function of the state.

A race: all candidates get a quarter of the simulations; the FINALISTS best go on if they beat the
book's own action so far. Where threats are many there are fewer simulations (WORK), for the time of
a decision. The book's action stays unless a finalist is better on average by Z standard errors of
the paired difference: with few simulations the best of many is mostly a lucky one (measured on the
tuning set: with Z = 0 or 2 it leaks more than the book on some instances).
"""

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel
from tdome.kernel.random import philox4x64, uniform1
from tdome.run.doctrine.book import by_book, stock1
from tdome.run.doctrine.instance import Floats, Ints
from tdome.run.doctrine.rollout.candidates import candidates
from tdome.run.doctrine.rollout.hits import resolve1

SIMULATIONS = 64  # of a candidate that gets to the end, tuned on the tuning set as Z
WORK = 2560  # simulations times threats of a decision, a quarter of it where assessment errs: 5 ms
FINALISTS = 3
Z = 3.0
NEAR = 16  # vectors of prices that simulated looks go by: those that matter near this state
_MOST = 2**31 - 1
_LUCK = 4096  # simulations that fit between two states


@kernel
def to_go(
    prices: Floats, kappa: Floats, reload: Ints, safety: float, after: int, left: Ints
) -> float:
    """Return H(0, M): the book's cost of all later waves with these rounds."""
    if after == 0:
        return 0.0
    stock = np.empty(len(left))
    stock1(left, reload, safety, after, stock)
    top = -np.inf
    for j in range(len(kappa)):
        cost = kappa[j]
        for i in range(len(stock)):
            cost -= prices[j, i] * stock[i]
        top = max(top, cost)
    return top


@kernel
def nearest(  # noqa: PLR0913, PLR0917  (a kernel)
    k: int, prices: Floats, kappa: Floats, rest: Floats, stock: Floats, cls: Ints, belief: Floats
) -> Ints:
    """Return the NEAR vectors of prices at which live threats and later waves cost most."""
    total = kappa.copy()
    for j in range(len(kappa)):
        for i in range(len(stock)):
            total[j] -= prices[j, i] * stock[i]
        for i in range(len(cls)):
            total[j] += belief[i] * rest[j, cls[i], k, -1]
    return np.argsort(-total, kind="mergesort")[:NEAR]


@kernel
def ahead1(  # noqa: PLR0913, PLR0917  (a kernel)
    key: NDArray[np.uint64],
    path: int,
    k: int,
    after: int,
    layer: Ints,
    pk: Floats,
    values: Floats,
    salvo: int,
    errors: Floats,
    left: Ints,
    reload: Ints,
    channels: Ints,
    safety: float,
    prices: Floats,
    kappa: Floats,
    rest: Floats,
    cls: Ints,
    belief: Floats,
    shots: Ints,
) -> float:
    """Return what leaks from this wave after ``shots``, and the rounds then left in ``left``.

    ``left`` and ``belief`` are used up. The looks after k are decided by the book.
    """
    n, word = len(cls), np.empty(4, np.uint64)
    alive, stock = np.ones(n, np.int64), np.empty(len(left))
    for i in range(n):
        left[layer[k]] -= shots[i]
        if belief[i] < 1.0:
            philox4x64(key[0], key[1], path, after, i + 1, 0, word)
            alive[i] = 1 if uniform1(word[0]) < belief[i] else 0
    resolve1(key, path, after, k, pk, errors, shots, cls, belief, alive)
    given = np.zeros(n, np.int64)
    for look in range(k + 1, len(layer)):
        own = layer[look]
        held = np.flatnonzero(belief > 0.0)
        fired = np.zeros(len(held), np.int64)
        stock1(left, reload, safety, after, stock)
        by_book(
            look, own, 1.0, prices, kappa, rest, pk, salvo, errors, stock, cls[held], belief[held],
            min(left[own], channels[own]), fired,
        )  # fmt: skip
        given[:] = 0
        for i in range(len(held)):
            given[held[i]] = fired[i]
            left[own] -= fired[i]
        resolve1(key, path, after, look, pk, errors, given, cls, belief, alive)
    leak = 0.0
    for i in range(n):
        leak += alive[i] * values[cls[i]]
    return leak


@kernel
def winner(cost: Floats, many: int, finalists: Ints) -> int:
    """Return the row of ``cost`` (A, many) with the least mean plus Z errors below row 0, or 0."""
    best, at = 0.0, 0
    for a in finalists:
        if a == 0:
            continue
        mean, square = 0.0, 0.0
        for s in range(many):
            gap = cost[a, s] - cost[0, s]
            mean += gap / many
            square += gap * gap / many
        worst = mean + Z * np.sqrt(max(square - mean * mean, 0.0) / many)
        if worst < best:
            best, at = worst, a
    return at


@kernel
def improve(  # noqa: PLR0913, PLR0917  (a kernel)
    key: NDArray[np.uint64],
    simulations: int,
    k: int,
    after: int,
    layer: Ints,
    pk: Floats,
    values: Floats,
    salvo: int,
    errors: Floats,
    left: Ints,
    reload: Ints,
    channels: Ints,
    safety: float,
    prices: Floats,
    kappa: Floats,
    rest: Floats,
    cls: Ints,
    belief: Floats,
    shots: Ints,
) -> None:
    """Replace ``shots`` (n,) of the book by a candidate that simulates better, if there is one.

    ``prices`` (J, L), ``kappa`` (J,), ``rest`` (J, C, K + 1, B): the book's with ``after`` waves to
    come; ``cls``, ``belief`` (n,) of the threats that may be alive.
    """
    own = layer[k]
    budget = min(left[own], channels[own])
    if len(cls) == 0 or budget == 0:
        return
    errs = 4 if errors.max() > 0.0 else 1  # many beliefs: as many groups for the book to think of
    simulations = min(simulations, max(WORK // (errs * len(cls)), 16))
    stock = np.empty(len(left))
    stock1(left, reload, safety, after, stock)
    tried = candidates(
        k, own, prices, kappa, rest, pk, len(values), salvo, errors, stock, cls, belief, budget,
        shots,
    )  # fmt: skip
    state = len(cls)
    for m in left:
        state = (state * 1009 + m) % _MOST
    near = nearest(k, prices, kappa, rest, stock, cls, belief)
    near_prices, near_kappa, near_rest = prices[near], kappa[near], rest[near]
    many = len(tried)
    cost, total = np.zeros((many, simulations)), np.zeros(many)
    running = np.arange(many)
    first, last = 0, max(simulations // 4, 1)
    while len(running) > 1:
        for a in running:
            for s in range(first, last):
                rounds = left.copy()
                cost[a, s] = ahead1(
                    key, state * _LUCK + s, k, after, layer, pk, values, salvo, errors, rounds,
                    reload, channels, safety, near_prices, near_kappa, near_rest, cls,
                    belief.copy(), tried[a],
                )  # fmt: skip
                cost[a, s] += to_go(prices, kappa, reload, safety, after, rounds)
                total[a] += cost[a, s]
        if last == simulations:
            shots[:] = tried[winner(cost, simulations, running)]
            return
        better = np.argsort(total, kind="mergesort")[:FINALISTS]
        running = np.append(np.zeros(1, np.int64), better[total[better] < total[0]])
        first, last = last, simulations
