"""Where to put fire units: expected layered coverage, a proven bound, a side objective.

N_g units of group g (alike in all but place) at sites s, no more than ``most`` at one site. Cell j
is what one raid brings to one asset from one side; a unit of group g at s stops each of its
arrivals with probability p_gsj, independent of the others:

    min  risk_r( sum_{j in r} w_j B_j prod_gs (1 - p_gsj)^y_gs )
         + price sum_a v_a min_{gs: y_gs > 0} d_ags
         + move_price sum_gs max(0, present_gs - y_gs) .

B_j is what the units that stay let through. The second term is the p-median (Hakimi 1964, Oper.
Res. 12(3)): the distance from each asset to the nearest unit that can cover it, ``far`` at most.
The third keeps units where they are unless a move is worth it.

Greedy and swap: Nemhauser, Wolsey and Fisher 1978 (Mathematical Programming 14); the mean objective
is submodular, so greedy saves (1 - 1/e) of the best at least where there is one group. Bound:
:mod:`tdome.siting.models.outer`. Limits: p is held below 1 - 1e-9; nothing is said of magazines but
what is put into p.
"""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
from scipy import sparse

from tdome.kernel.random import Streams
from tdome.messages.base import Floats, Longs
from tdome.siting.models.decay import GAP, TIME, Found, Program, Progress
from tdome.siting.models.outer import solve
from tdome.siting.models.risk import Risk

_SUREST = 1.0 - 1e-9
_SWEEPS = 200  # of swaps; each sweep takes the best swap of each unit
KICKS = 400  # of the iterated search, at most
_PATIENCE = 60  # kicks in a row that bring nothing
_KICKED = 3  # units at once
_BETTER = 1e-12  # share of all value that an improvement must be


@dataclass(frozen=True, eq=False)
class Near:
    """The p-median term: distances d (a, g, s), inf where out of reach; weights v (a,).

    ``far`` (a,): the distance that counts without any unit; ``price`` of a unit of v d.
    """

    distance: Floats
    weight: Floats
    far: Floats
    price: float

    def of(self, counts: Longs) -> float:
        """Return sum_a v_a min d of a plan, without the price."""
        open_ = np.where(counts[None] > 0, self.distance, np.inf)
        return float(self.weight @ np.minimum(self.far, open_.min(axis=(1, 2), initial=np.inf)))


@dataclass(frozen=True, eq=False)
class Laydown:
    """The problem: p (g, s, j); w, B, raid (j,); N (g,); most at a site (s,); present (g, s)."""

    p: Floats
    weight: Floats
    base: Floats
    raid: Longs
    risk: Risk
    number: Longs
    most: Longs
    near: Near | None = None
    present: Longs | None = None
    move_price: float = 0.0

    def moved(self, counts: Longs) -> int:
        """Return how many units of a plan left their present sites."""
        if self.present is None:
            return 0
        return int(np.maximum(self.present - counts, 0).sum())

    def losses(self, counts: Longs) -> Floats:
        """Return what leaks in each raid under a plan, counts (g, s): shape (r,)."""
        left = self.weight * self.base * self.let_through(counts)
        return np.asarray(np.bincount(self.raid, left, len(self.risk.chance)), np.float64)

    def let_through(self, counts: Longs) -> Floats:
        """Return prod (1 - p)^y, (j,)."""
        logs = np.log1p(-np.minimum(self.p, _SUREST))
        return np.asarray(np.exp(np.einsum("gs,gsj->j", counts.astype(np.float64), logs)))

    def value(self, counts: Longs) -> float:
        """Return the objective of a plan."""
        side = self.near.price * self.near.of(counts) if self.near is not None else 0.0
        side += self.move_price * self.moved(counts)
        return float(self.risk.of_losses(self.losses(counts))) + side


# ---------------------------------------------------------------- greedy and swap


class _Search:
    """A plan on its way: counts (g, s) and what its cells let through."""

    def __init__(self, problem: Laydown) -> None:
        self.problem = problem
        self.p = np.minimum(problem.p, _SUREST)
        self.counts = np.zeros(problem.p.shape[:2], np.int64)
        self.left = problem.weight * problem.base
        self.many = len(problem.risk.chance)
        # Cells of a raid stand together: sums over them are cuts of one array.
        self.order = np.argsort(problem.raid, kind="stable")
        self.cuts = np.searchsorted(problem.raid[self.order], np.arange(self.many))
        self.full = np.bincount(problem.raid, minlength=self.many) > 0
        self.p = np.ascontiguousarray(self.p[:, :, self.order])
        self.left = self.left[self.order]

    def put(self, g: int, s: int, step: int) -> None:
        """Add (1) or take (-1) a unit."""
        self.counts[g, s] += step
        self.left = self.left * (1.0 - self.p[g, s]) ** step

    def values(self, g: int, left: Floats) -> Floats:
        """Return the objective with one more unit of a group at each site, (s,)."""
        problem = self.problem
        if problem.risk.is_mean:
            worth = left * problem.risk.chance[problem.raid[self.order]]
            value = worth.sum() - self.p[g] @ worth
        else:
            saved = self._sums(self.p[g] * left)
            value = problem.risk.of_losses(self._sums(left[None])[0] - saved)
        value = value + self._sides(g)
        taken = self.counts.sum(axis=0) >= problem.most
        return np.where(taken, np.inf, value)

    def value(self) -> float:
        return self.problem.value(self.counts)

    def _sums(self, cells: Floats) -> Floats:
        """Sum (s, j) by raid: (s, r)."""
        out = np.zeros((len(cells), self.many))
        if self.full.any():
            out[:, self.full] = np.add.reduceat(cells, self.cuts[self.full], axis=1)
        return out

    def _sides(self, g: int) -> Floats:
        """Return the other terms with one more unit of a group at each site, (s,)."""
        near, present = self.problem.near, self.problem.present
        side = np.zeros(self.p.shape[1])
        if present is not None:
            stays = self.counts[g] < present[g]
            side = self.problem.move_price * (self.problem.moved(self.counts) - stays)
        if near is None:
            return side
        open_ = np.where(self.counts[None] > 0, near.distance, np.inf)
        now = np.minimum(near.far, open_.min(axis=(1, 2), initial=np.inf))
        nearer = np.minimum(now[:, None], near.distance[:, g])
        return np.asarray(side + near.price * (near.weight @ nearer))


def greedy(problem: Laydown) -> Longs:
    """Put units one by one where they help most; (g, s)."""
    search = _Search(problem)
    left = problem.number.copy()
    while left.any():
        best = min(
            (float(values.min()), int(g), int(values.argmin()))
            for g in np.flatnonzero(left)
            for values in [search.values(int(g), search.left)]
        )
        search.put(best[1], best[2], 1)
        left[best[1]] -= 1
    return search.counts


def swap(problem: Laydown, counts: Longs, until: float = np.inf) -> Longs:
    """Move one unit after the other to its best place until none can be bettered."""
    search = _Search(problem)
    for g, s in np.argwhere(counts):
        for _ in range(counts[g, s]):
            search.put(int(g), int(s), 1)
    least = _BETTER * max(float(problem.weight.sum()), 1e-300)
    now = search.value()
    for _ in range(_SWEEPS):
        before = now
        for g, s in np.argwhere(search.counts):
            if perf_counter() > until:
                return search.counts
            if search.counts[g, s] == 0:  # moved away meanwhile
                continue
            search.put(int(g), int(s), -1)
            values = search.values(int(g), search.left)
            to = int(values.argmin())
            to = to if values[to] < now - least else int(s)
            now = min(now, float(values[to]))
            search.put(int(g), to, 1)
        if now >= before - least:
            break
    return search.counts


def kicked(problem: Laydown, counts: Longs, kicks: int = KICKS, until: float = np.inf) -> Longs:
    """Put some units at random sites, swap, keep what is not worse (iterated local search)."""
    chance = Streams(0)("siting", "kicks").generator()
    best, value = counts, problem.value(counts)
    sites = problem.p.shape[1]
    many = int(counts.sum())
    vain = 0
    for _ in range(kicks if many and sites > 1 else 0):
        if perf_counter() > until or vain > _PATIENCE:
            break
        tried = best.copy()
        for _ in range(min(_KICKED, many)):
            units = np.argwhere(tried)
            g, s = units[chance.integers(len(units))]
            room = np.flatnonzero(tried.sum(axis=0) < problem.most)
            if len(room):
                tried[g, s] -= 1
                tried[g, room[chance.integers(len(room))]] += 1
        tried = swap(problem, tried, until)
        found = problem.value(tried)
        vain = 0 if found < value else vain + 1
        if found <= value:
            best, value = tried, found
    return best


# ---------------------------------------------------------------- with a proof


def program_of(problem: Laydown) -> tuple[Program, Longs]:
    """Return the program of a laydown and the (variables, 2) group and site of its y."""
    groups, sites = problem.p.shape[:2]
    pairs = np.argwhere(np.ones((groups, sites), np.bool_) & (problem.number[:, None] > 0))
    n = len(pairs)
    rates = -np.log1p(-np.minimum(problem.p[pairs[:, 0], pairs[:, 1]], _SUREST))
    rate = sparse.csr_matrix(rates.T)
    one = np.ones(n)
    at = np.arange(n)
    budget = sparse.csr_matrix((one, (pairs[:, 0], at)), shape=(groups, n))
    room = sparse.csr_matrix((one, (pairs[:, 1], at)), shape=(sites, n))
    lower = np.concatenate([problem.number, np.zeros(sites)])
    upper = np.concatenate([problem.number, problem.most])
    top = np.minimum(problem.number[pairs[:, 0]], problem.most[pairs[:, 1]]).astype(np.float64)
    rows, cost = sparse.vstack([budget, room], format="csr"), np.zeros(n)
    if problem.near is not None:
        rows, lower, upper, cost, top, rate = _with_near(
            problem.near, pairs, (rows, lower, upper, cost, top, rate)
        )
    if problem.present is not None:
        parts = (rows, lower, upper, cost, top, rate)
        rows, lower, upper, cost, top, rate = _with_moves(problem, pairs, parts)
    whole = np.zeros(len(cost), np.bool_)
    whole[:n] = True
    program = Program(
        cost, np.zeros(len(cost)), top, whole, rows, lower.astype(np.float64),
        upper.astype(np.float64), rate, problem.weight * problem.base, problem.raid, problem.risk,
    )  # fmt: skip
    return program, pairs


def _served(near: Near, pairs: Longs) -> tuple[Longs, Longs, Floats]:
    """Return who may serve whom nearer than ``far``: assets, places in ``pairs``, distances."""
    distance = near.distance[:, pairs[:, 0], pairs[:, 1]]
    asset, place = np.nonzero(distance < near.far[:, None])
    return asset, place, distance[asset, place]


def _with_near(near: Near, pairs: Longs, parts: tuple) -> tuple:  # type: ignore[type-arg]
    """Add to a program who serves whom: u_ak <= y_k, sum_k u_ak <= 1."""
    rows, lower, upper, cost, top, rate = parts
    asset, place, distance = _served(near, pairs)
    n, m, assets = len(pairs), len(asset), len(near.far)
    at = np.arange(m)
    once = sparse.csr_matrix((np.ones(m), (asset, at)), shape=(assets, m))
    link = sparse.hstack([
        sparse.csr_matrix((-np.ones(m), (at, place)), shape=(m, n)), sparse.identity(m)
    ])  # fmt: skip
    rows = sparse.vstack([
        sparse.hstack([rows, sparse.csr_matrix((rows.shape[0], m))]),
        sparse.hstack([sparse.csr_matrix((assets, n)), once]), link,
    ], format="csr")  # fmt: skip
    lower = np.concatenate([lower, np.full(assets + m, -np.inf)])
    upper = np.concatenate([upper, np.ones(assets), np.zeros(m)])
    # Nearer than far is a gain; the constant sum v far is put back by the caller.
    gain = near.price * near.weight[asset] * (distance - near.far[asset])
    cost = np.concatenate([cost, gain])
    rate = sparse.hstack([rate, sparse.csr_matrix((rate.shape[0], m))], format="csr")
    return rows, lower, upper, cost, np.concatenate([top, np.ones(m)]), rate


def _with_moves(problem: Laydown, pairs: Longs, parts: tuple) -> tuple:  # type: ignore[type-arg]
    """Add to a program who stays: k <= y, k <= present, and a gain for each."""
    assert problem.present is not None  # noqa: S101  (asked by the caller)
    rows, lower, upper, cost, top, rate = parts
    present = problem.present[pairs[:, 0], pairs[:, 1]]
    place = np.flatnonzero(present)
    m, at = len(place), np.arange(len(place))
    held = sparse.csr_matrix((-np.ones(m), (at, place)), shape=(m, rows.shape[1]))
    rows = sparse.bmat([[rows, None], [held, sparse.identity(m)]], format="csr")
    rate = sparse.hstack([rate, sparse.csr_matrix((rate.shape[0], m))], format="csr")
    return (
        rows, np.concatenate([lower, np.full(m, -np.inf)]), np.concatenate([upper, np.zeros(m)]),
        np.concatenate([cost, np.full(m, -problem.move_price)]),
        np.concatenate([top, present[place]]), rate,
    )  # fmt: skip


def start_of(problem: Laydown, pairs: Longs, counts: Longs) -> Floats:
    """Return a plan as the variables of its program."""
    y = counts[pairs[:, 0], pairs[:, 1]].astype(np.float64)
    stays = np.zeros(0)
    if problem.present is not None:
        present = problem.present[pairs[:, 0], pairs[:, 1]]
        stays = np.minimum(y, present)[present > 0]
    if problem.near is None:
        return np.concatenate([y, stays])
    asset, place, distance = _served(problem.near, pairs)
    distance = np.where(y[place] > 0.0, distance, np.inf)
    order = np.lexsort((distance, asset))
    first = order[np.unique(asset[order], return_index=True)[1]]
    serves = np.zeros(len(asset))
    serves[first[np.isfinite(distance[first])]] = 1.0
    return np.concatenate([y, serves, stays])


def best_laydown(
    problem: Laydown, present: Longs | None = None, *, time: float = TIME, gap: float = GAP,
    progress: Progress | None = None,
) -> tuple[Longs, Found]:  # fmt: skip
    """Return the best counts (g, s) found and how good they are proven to be.

    ``present``: a plan that is never left for a worse one.
    """
    until = perf_counter() + time
    plans = [swap(problem, greedy(problem), until)]
    if present is not None:
        plans += [swap(problem, present, until)]
    plans = [kicked(problem, min(plans, key=problem.value), until=perf_counter() + 0.3 * time)]
    program, pairs = program_of(problem)
    starts = [start_of(problem, pairs, counts) for counts in plans]
    shift = 0.0
    if problem.near is not None:
        shift += problem.near.price * float(problem.near.weight @ problem.near.far)
    if problem.present is not None:
        shift += problem.move_price * float(problem.present.sum())
    if shift:
        program = _shifted(program, shift)
        starts = [np.append(start, 1.0) for start in starts]
    found = solve(
        program, starts, time=max(until - perf_counter(), 0.0), gap=gap, progress=progress
    )
    counts = np.zeros(problem.p.shape[:2], np.int64)
    counts[pairs[:, 0], pairs[:, 1]] = np.rint(found.y[: len(pairs)]).astype(np.int64)
    found.value = problem.value(counts)
    found.bound = min(max(found.bound, 0.0), found.value)
    return counts, found


def _shifted(program: Program, shift: float) -> Program:
    """Return a program with a constant in its objective: a variable that is one."""
    one = sparse.csr_matrix((program.rows.shape[0], 1))
    cells = sparse.csr_matrix((program.rate.shape[0], 1))
    return Program(
        np.append(program.cost, shift), np.append(program.lower, 1.0),
        np.append(program.upper, 1.0), np.append(program.whole, False),
        sparse.hstack([program.rows, one], format="csr"), program.row_lower, program.row_upper,
        sparse.hstack([program.rate, cells], format="csr"), program.weight, program.raid,
        program.risk,
    )  # fmt: skip
