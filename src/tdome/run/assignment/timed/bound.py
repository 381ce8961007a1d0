"""A certified upper bound of the timed problem, by column generation with lazily added rows.

max sum_S worth_S y_S over sets S of shots (counts of pairs, one set a threat), under the rows of
`cuts`. For any prices d >= 0 of the rows no plan is worth more than

    sum_j max_S (worth_S - sum_k n_k(S) c_k) + sum_r d_r right_r,   c_k = sum_r d_r weight_rk

(Lagrange): that is the bound, whatever the linear program said, and it needs no solver to check.
Prices are smoothed (Wentges 1997, "Weighted Dantzig-Wolfe decomposition").
"""

from typing import NamedTuple

import highspy
import numpy as np

from tdome.command.assignment.timed.problem import UNIT, Problem
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints, Longs
from tdome.run.assignment.exact.master import solver
from tdome.run.assignment.timed.cuts import Rows, broken_rows, ends, magazine_rows
from tdome.run.assignment.timed.schedule import timetable_rows

_INF = highspy.kHighsInf
_SMOOTH = 0.7  # weight of the best prices so far
_LEAST = 1e-7  # reduced worth of a column that is taken
_FEW = 20  # broken intervals below which whole timetables are looked at
_ROUNDS = 400  # of column generation


class Bound(NamedTuple):
    """No plan is worth more than ``bound``; ``price`` (rows,) of ``rows`` prove it."""

    bound: float
    rows: Rows
    price: Floats
    rounds: int


@kernel
def useful(first: int, end: int, value: float, kill: Floats, cost: Floats, item: Longs) -> int:
    """List pairs first … end - 1 that a best set may have, the most probable first.

    Left out is what costs more than it can save, and where another is as probable and no dearer.
    """
    n = 0
    for k in range(first, end):
        keep = value * kill[k] > cost[k]
        for i in range(first, end):
            if keep and i != k and cost[i] <= cost[k] and kill[i] >= kill[k]:
                keep = cost[i] == cost[k] and kill[i] == kill[k] and k < i
        if keep:
            item[n] = k
            n += 1
    item[:n] = item[:n][np.argsort(-kill[item[:n]])]
    return n


@kernel
def ahead1(rest: float, p: float, cheapest: float, shots: int) -> float:
    """Return what so many shots of probability p can still be worth at the cheapest cost."""
    total = 0.0
    for _ in range(shots):
        gain = rest * p - cheapest
        if gain <= 0.0:
            break
        total += gain
        rest *= 1.0 - p
    return total


@kernel
def best_set(  # noqa: PLR0913, PLR0917  (a kernel)
    value: float, top: int, kill: Floats, cost: Floats, item: Longs, n: int, chosen: Ints
) -> float:
    """Return the worth less cost of the best set of at most ``top`` shots of n useful pairs.

    Exact: depth first, shots in the order of the list, cut by what could still be saved.
    ``chosen`` gets its pairs, -1 after the last.
    """
    path, saved, left = np.zeros(top + 1, np.int64), np.zeros(top + 1), np.zeros(top + 1)
    best, depth, left[0] = 0.0, 0, value
    chosen[:] = -1
    cheapest = cost[item[:n]].min() if n > 0 else 0.0
    while depth >= 0:
        i = path[depth]
        done = depth == top or i >= n
        if not done:
            ahead = ahead1(left[depth], kill[item[i]], cheapest, top - depth)
            done = saved[depth] + ahead <= best
        if done:
            depth -= 1
            if depth >= 0:
                path[depth] += 1
            continue
        k = item[i]
        saved[depth + 1] = saved[depth] + left[depth] * kill[k] - cost[k]
        left[depth + 1] = left[depth] * (1.0 - kill[k])
        depth += 1
        path[depth] = i
        if saved[depth] > best:
            best = saved[depth]
            chosen[:] = -1
            for d in range(depth):
                chosen[d] = item[path[d]]
    return best


@kernel
def price_sets(  # noqa: PLR0913, PLR0917  (a kernel)
    value: Floats, limit: Ints, start: Longs, kill: Floats, cost: Floats, phi: Floats,
    chosen: Ints,
) -> None:  # fmt: skip
    """Find for each threat the set of shots of the greatest worth less cost, exactly.

    ``cost`` (k,), inf for what can not be launched. ``chosen`` (n, most) gets pairs, -1 after the
    last.
    """
    item = np.empty(len(kill) + 1, np.int64)
    for j in range(len(value)):
        n = useful(start[j], start[j + 1], value[j], kill, cost, item)
        top = max(min(limit[j], chosen.shape[1]), 0)
        phi[j] = best_set(value[j], top, kill, cost, item, n, chosen[j])


class _Master:
    """The restricted linear program; rows and columns come."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.h = solver(presolve="off", solver="simplex", simplex_strategy=1)
        n = len(problem.value)
        self._empty = np.zeros(0, np.int32)
        self.h.addRows(
            n, np.full(n, -_INF), np.ones(n), 0, np.zeros(n, np.int32), self._empty, np.zeros(0)
        )
        self.sets: list[Ints] = []
        self.threat: list[int] = []
        self.known: set[tuple[int, ...]] = set()
        self.of_pair: list[list[tuple[int, float]]] = [[] for _ in problem.pairs]
        self.rows = 0

    def add_rows(self, rows: Rows) -> None:
        """Add rows, with the entries of the columns that are there."""
        count = len(rows.right)
        for r, k, w in zip(
            rows.row.tolist(), rows.pair.tolist(), rows.weight.tolist(), strict=True
        ):
            self.of_pair[k].append((self.rows + r, w))
        entries: list[dict[int, float]] = [{} for _ in range(count)]
        for c, shots in enumerate(self.sets):
            for k in shots.tolist():
                for r, w in self.of_pair[k]:
                    if r >= self.rows:
                        entries[r - self.rows][c] = entries[r - self.rows].get(c, 0.0) + w
        index = [np.fromiter(e.keys(), np.int32, len(e)) for e in entries]
        weight = [np.fromiter(e.values(), np.float64, len(e)) for e in entries]
        start = np.concatenate([[0], np.cumsum([len(i) for i in index])])[:-1].astype(np.int32)
        flat = np.concatenate([*index, self._empty])
        self.h.addRows(
            count, np.full(count, -_INF), rows.right, len(flat), start, flat.astype(np.int32),
            np.concatenate([*weight, np.zeros(0)]),
        )  # fmt: skip
        self.rows += count

    def add_columns(self, chosen: Ints, gain: Floats) -> int:
        """Add the sets of threats with a gain, unless known; return how many."""
        n = len(self.problem.value)
        start, index = list[int](), list[int]()
        value, cost = list[float](), list[float]()
        for j in np.flatnonzero(gain > _LEAST).tolist():
            shots = np.sort(chosen[j][chosen[j] >= 0])
            key = (j, *shots.tolist())
            if key in self.known:
                continue
            self.known.add(key)
            self.sets.append(shots)
            self.threat.append(j)
            column: dict[int, float] = {j: 1.0}
            for k in shots.tolist():
                for r, w in self.of_pair[k]:
                    column[n + r] = column.get(n + r, 0.0) + w
            start.append(len(index))
            index += column.keys()
            value += column.values()
            missed = np.prod(1.0 - self.problem.kill[shots])
            price = self.problem.price[self.problem.pairs[shots, UNIT]].sum()
            cost.append(price - self.problem.value[j] * (1.0 - missed))
        many = len(start)
        self.h.addCols(
            many, np.array(cost), np.zeros(many), np.full(many, _INF), len(index),
            np.array(start, np.int32), np.array(index, np.int32), np.array(value),
        )  # fmt: skip
        return many

    def solve(self) -> tuple[float, Floats, Floats]:
        """Return the value, prices of the rows, and how often each pair is used."""
        self.h.run()
        if self.h.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"HiGHS: {self.h.getModelStatus()}")
        solution = self.h.getSolution()
        price = np.maximum(-np.array(solution.row_dual)[len(self.problem.value) :], 0.0)
        z = np.zeros(len(self.problem.pairs))
        for y, shots in zip(solution.col_value, self.sets, strict=True):
            if y > 0.0:
                np.add.at(z, shots, y)
        return -self.h.getInfo().objective_function_value, price, z


def _cost(rows: Rows, price: Floats, problem: Problem, form: Ints) -> Floats:
    cost = problem.price[problem.pairs[:, UNIT]] + np.bincount(
        rows.pair, price[rows.row] * rows.weight, minlength=len(problem.pairs)
    )
    cost[form[:, 5] == 0] = np.inf
    return cost


def _joined(a: Rows, b: Rows) -> Rows:
    row = b.row + np.int32(len(a.right))
    return Rows(
        np.concatenate([a.row, row]),
        np.concatenate([a.pair, b.pair]),
        np.concatenate([a.weight, b.weight]),
        np.concatenate([a.right, b.right]),
    )


class _Search:
    """Prices that prove ever lower bounds."""

    def __init__(self, problem: Problem, rows: Rows, form: Ints) -> None:
        self.problem, self.rows, self.form = problem, rows, form
        self.phi = np.empty(len(problem.value))
        most = max(int(problem.shots.max(initial=1)), 1)
        self.chosen = np.empty((len(problem.value), most), np.int32)
        self.bound, self.price = np.inf, np.zeros(len(rows.right))  # of the present rows
        self.proof = Bound(np.inf, rows, self.price, 0)
        self.spent = 0

    def tried(self, price: Floats) -> None:
        """Price all threats; keep what it proves."""
        p = self.problem
        cost = _cost(self.rows, price, p, self.form)
        price_sets(p.value, p.shots, p.start, p.kill, cost, self.phi, self.chosen)
        bound = float(self.phi.sum() + price @ self.rows.right)
        if bound < self.bound:
            self.bound, self.price = bound, price
        if bound < self.proof.bound:
            self.proof = Bound(bound, self.rows, price, self.spent)

    def more(self, rows: Rows) -> None:
        """Take more rows in, at no price."""
        self.rows = _joined(self.rows, rows)
        self.price = np.concatenate([self.price, np.zeros(len(rows.right))])
        self.bound = np.inf

    def columns(self, master: _Master, gap: float) -> Floats:
        """Generate columns until ``gap``; return how often the program uses each pair."""
        value, price, z = master.solve()
        while self.spent < _ROUNDS:
            self.spent += 1
            added = 0
            for tried in (_SMOOTH * self.price + (1.0 - _SMOOTH) * price, price):
                self.tried(tried)
                added = master.add_columns(self.chosen, self.phi)
                if added:
                    break
            if added == 0 or self.bound - value <= gap * self.bound:
                break
            value, price, z = master.solve()
        return z


def upper_bound(
    problem: Problem, guide: Floats, *, rounds: int = 12, most: int = 4, gap: float = 1e-4
) -> Bound:
    """Bound what any plan of a problem can be worth (without ``stay``).

    ``guide`` (u,): prices to start from. ``rounds``: how often broken rows are added, ``most`` a
    unit at a time; each linear program is solved to a relative ``gap``. Exact pricing of sets of up
    to the greatest shot limit: meant for limits up to about 6.

    Raises
    ------
    RuntimeError
        Where HiGHS does not solve a linear program.
    """
    form = ends(problem.slots, problem.pairs, problem.busy, problem.units)
    rows = magazine_rows(problem, form)
    master, search = _Master(problem), _Search(problem, rows, form)
    master.add_rows(rows)
    start = np.zeros(len(rows.right))
    start[1::2] = guide
    for factor in (0.0, 0.5, 1.0):
        search.tried(factor * start)
        master.add_columns(search.chosen, search.phi)
    if not master.sets:  # nothing pays, whatever it costs
        return search.proof
    for _ in range(rounds + 1):
        z = search.columns(master, gap)
        broken = broken_rows(problem, form, z, most)
        if len(broken.right) < _FEW:
            broken = timetable_rows(problem, z)
        if len(broken.right) == 0 or search.spent >= _ROUNDS:
            break
        search.more(broken)
        master.add_rows(broken)
    return search.proof
