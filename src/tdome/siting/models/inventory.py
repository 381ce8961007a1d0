"""How to split rounds among batteries before it is known which raid comes.

Two stages (Birge and Louveaux, *Introduction to Stochastic Programming*, 2nd ed., ch. 1): first the
whole rounds m_b of each battery, then, raid by raid, the rounds x_bj that it fires at cell j (n_j
arrivals alike, at one asset from one side):

    min_m  risk_r( min_x sum_{j in r} w_j f_j(z_j) ) + move_price sum_b max(0, present_b - m_b),
    z_j = sum_b a_bj x_bj / n_j,   sum_{j in r} x_bj <= m_b,   sum_{b in type} m_b = M_type.

a = -ln(1 - p) and exp(-z) is what leaks where all arrivals get the same rounds. Between whole
rounds per arrival some get one more than others: f_j is exp(-z) at multiples of the mean a of the
cell and linear in between. With one a to a cell that is exact, with several it is a model. A small
move_price keeps rounds where they are unless a move is worth it. The
price of a round at b is what one more would save at most, by the dual of its rows.

Assumptions: the second stage knows the raid and fires without looking (no round is saved by a look,
no time is short, no channel is busy). Bound and solver: :mod:`tdome.siting.models.outer`.
"""

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from scipy import sparse

from tdome.messages.base import Floats, Longs
from tdome.siting.models.decay import (
    GAP,
    TIME,
    Found,
    Program,
    Progress,
)
from tdome.siting.models.outer import Outer
from tdome.siting.models.risk import Risk

_SUREST = 1.0 - 1e-9


@dataclass(frozen=True, eq=False)
class Inventory:
    """The problem: p (b, j), one round at one arrival; w, n, raid (j,), w of all n together.

    kind (b,): type of the battery's rounds; total (t,) rounds of a type; least, most (b,).
    """

    p: Floats
    weight: Floats
    arrivals: Floats
    raid: Longs
    risk: Risk
    kind: Longs
    total: Longs
    least: Longs
    most: Longs
    present: Longs | None = None
    move_price: float = 0.0


@dataclass(eq=False)
class Split:
    """Rounds (b,), what leaks by raid (r,), the price of one more round (b,)."""

    rounds: Longs
    losses: Floats
    prices: Floats


def program_of(problem: Inventory) -> tuple[Program, Longs]:
    """Return the program: m, x, rounds that leave (b,); and (x, 2) battery and cell of each x."""
    batteries, cells = problem.p.shape
    pairs = np.argwhere(problem.p > 0.0)
    n, m = len(pairs), batteries
    a = -np.log1p(-np.minimum(problem.p[pairs[:, 0], pairs[:, 1]], _SUREST))
    place = m + np.arange(n)
    rate = sparse.csr_matrix(
        (a / problem.arrivals[pairs[:, 1]], (pairs[:, 1], place)), shape=(cells, m + n)
    )
    raids = len(problem.risk.chance)
    owner = pairs[:, 0] * raids + problem.raid[pairs[:, 1]]
    every = np.arange(m * raids)
    used = sparse.csr_matrix((np.ones(n), (owner, place)), shape=(m * raids, m + n))
    held = sparse.csr_matrix((-np.ones(m * raids), (every, every // raids)), used.shape)
    kinds = len(problem.total)
    split = sparse.csr_matrix((np.ones(m), (problem.kind, np.arange(m))), shape=(kinds, m + n))
    room = np.bincount(problem.kind, problem.most, kinds)
    total = np.minimum(problem.total, room)
    rows = sparse.vstack([used + held, split], format="csr")
    sums = np.bincount(pairs[:, 1], a, cells)
    mean = sums / np.maximum(np.bincount(pairs[:, 1], minlength=cells), 1)
    # Rounds that leave: l_b >= present_b - m_b.
    present = np.zeros(m) if problem.present is None else problem.present.astype(np.float64)
    leave = sparse.hstack([sparse.identity(m), sparse.csr_matrix((m, n)), sparse.identity(m)])
    rows = sparse.vstack([sparse.hstack([rows, sparse.csr_matrix((rows.shape[0], m))]), leave])
    rate = sparse.hstack([rate, sparse.csr_matrix((cells, m))], format="csr")
    cost = np.zeros(m + n + m)
    cost[m + n :] = problem.move_price
    return Program(
        cost,
        np.concatenate([problem.least, np.zeros(n + m)]).astype(np.float64),
        np.concatenate([problem.most, np.full(n, np.inf), present]).astype(np.float64),
        np.arange(len(cost)) < m, sparse.csr_matrix(rows),
        np.concatenate([np.full(m * raids, -np.inf), total, present]),
        np.concatenate([np.zeros(m * raids), total, np.full(m, np.inf)]), rate, problem.weight,
        problem.raid, problem.risk, np.where(mean > 0.0, mean, 1.0),
    ), pairs  # fmt: skip


def judged(problem: Inventory, rounds: Longs, time: float = TIME) -> tuple[Split, Found]:
    """Return what a split leaks with the best use of it, and what one more round would save."""
    held = np.bincount(problem.kind, rounds, len(problem.total)).astype(np.int64)
    least, most = np.minimum(problem.least, rounds), np.maximum(problem.most, rounds)
    problem = replace(problem, total=held, least=least, most=most)
    program, _ = program_of(problem)
    return _judged(problem, program, Outer(program), rounds, perf_counter() + time)


def _judged(
    problem: Inventory, program: Program, outer: Outer, rounds: Longs, until: float
) -> tuple[Split, Found]:
    y = np.zeros(outer.n)
    y[: len(rounds)] = rounds
    outer.fix(y)
    y, bound = outer.relax(until)
    value = program.value(y)
    raids = len(problem.risk.chance)
    rows = outer.row_prices()[: len(rounds) * raids].reshape(-1, raids)
    prices = np.maximum(-rows.sum(axis=1), 0.0)
    outer.fix(None)
    status = "optimal" if np.isfinite(bound) else "time"
    found = Found(y, value, min(bound, value), status, program.scale)
    return Split(rounds.copy(), program.losses(y), prices), found


def best_split(
    problem: Inventory, present: Longs, *, time: float = TIME, gap: float = GAP,
    progress: Progress | None = None,
) -> tuple[Split, Found]:  # fmt: skip
    """Return the best split found, and how good it is proven to be.

    ``present``: the split as it is; it is never left for a worse one. Where it does not add up to
    the totals it is no candidate.
    """
    began = perf_counter()
    until = began + time
    tell = progress or (lambda _what, _value, _bound: None)
    program, _ = program_of(problem)
    outer = Outer(program)
    relaxed, bound = outer.relax(until)
    tries = [_whole(problem, relaxed[: len(present)])]
    if _fits(problem, program, present):
        tries.append(present)
    best = min(
        (
            _judged(problem, program, outer, rounds, max(until, perf_counter() + 1.0))
            for rounds in tries
        ),
        key=lambda pair: pair[1].value,
    )
    found = best[1]
    found.bound, found.status = min(bound, found.value), "optimal"
    tell("linear program", found.value, found.bound)
    if found.gap > gap:
        outer.whole(found, began, until, gap, tell)
    rounds = np.rint(found.y[: len(present)]).astype(np.int64)
    bound, status = found.bound, found.status
    split, found = judged(problem, rounds, max(until - perf_counter(), 5.0))
    found.bound, found.status = min(max(bound, 0.0), found.value), status
    found.status = "optimal" if found.gap <= max(gap, 1e-9) else "time"
    found.seconds = perf_counter() - began
    return split, found


def _whole(problem: Inventory, rounds: Floats) -> Longs:
    """Round a split to whole rounds, type by type, by largest remainders within the limits."""
    out = np.clip(np.floor(rounds + 1e-6), problem.least, problem.most).astype(np.int64)
    for kind, total in enumerate(problem.total):
        mine = np.flatnonzero(problem.kind == kind)
        short = min(int(total), int(problem.most[mine].sum())) - int(out[mine].sum())
        order = mine[np.argsort(-(rounds - out)[mine], kind="stable")]
        while short > 0:
            for b in order:
                if short > 0 and out[b] < problem.most[b]:
                    out[b] += 1
                    short -= 1
        for b in order[::-1]:
            less = min(max(-short, 0), int(out[b] - problem.least[b]))
            out[b] -= less
            short += less
    return out


def _fits(problem: Inventory, program: Program, rounds: Longs) -> bool:
    sums = np.bincount(problem.kind, rounds, len(problem.total))
    kinds, batteries = len(problem.total), len(rounds)
    right = program.row_upper[-kinds - batteries : -batteries]
    within = (rounds >= problem.least) & (rounds <= problem.most)
    return bool(within.all() and np.array_equal(sums, right))
