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
def price_sets(
    value: Floats, limit: Ints, start: Longs, kill: Floats, cost: Floats, phi: Floats,
    chosen: Ints,
) -> None:  # fmt: skip
    """Find for each threat the set of shots of the greatest worth less cost, exactly.

    ``cost`` (k,), inf for what can not be launched. ``chosen`` (n, most) gets pairs, -1 after the
    last. A pair is left out where another is as probable and no dearer; the rest is searched in
    depth, shots in the order of the list, cut by what the best pair could still save for nothing.
    """
    most = chosen.shape[1]
    wide = 1
    for j in range(len(value)):
        wide = max(wide, start[j + 1] - start[j])
    item = np.empty(wide, np.int64)
    path, saved, left = np.zeros(most + 1, np.int64), np.zeros(most + 1), np.zeros(most + 1)
    for j in range(len(value)):
        n = 0
        for k in range(start[j], start[j + 1]):
            keep = value[j] * kill[k] > cost[k]
            for i in range(start[j], start[j + 1]):
                if not keep:
                    break
                better = kill[i] > kill[k] or (kill[i] == kill[k] and i < k)
                if cost[i] <= cost[k] and kill[i] >= kill[k] and (cost[i] < cost[k] or better):
                    keep = False
            if keep:
                item[n] = k
                n += 1
        order = np.argsort(-kill[item[:n]])
        list_ = item[:n][order]
        phi[j] = 0.0
        chosen[j, :] = -1
        if n == 0 or limit[j] < 1:
            continue
        cheapest = cost[list_[0]]
        for i in range(n):
            cheapest = min(cheapest, cost[list_[i]])
        top = min(limit[j], most)
        depth, path[0] = 0, 0
        saved[0], left[0] = 0.0, value[j]
        while depth >= 0:
            i = path[depth]
            if depth == top or i >= n:
                depth -= 1
                if depth >= 0:
                    path[depth] += 1
                continue
            # What is left can be won at best, for at least the cheapest shots.
            ahead, rest = 0.0, left[depth]
            for _ in range(top - depth):
                gain = rest * kill[list_[i]] - cheapest
                if gain <= 0.0:
                    break
                ahead += gain
                rest *= 1.0 - kill[list_[i]]
            if saved[depth] + ahead <= phi[j]:
                depth -= 1
                if depth >= 0:
                    path[depth] += 1
                continue
            k = list_[i]
            saved[depth + 1] = saved[depth] + left[depth] * kill[k] - cost[k]
            left[depth + 1] = left[depth] * (1.0 - kill[k])
            if saved[depth + 1] > phi[j]:
                phi[j] = saved[depth + 1]
                for d in range(depth + 1):
                    chosen[j, d] = list_[path[d]]
                chosen[j, depth + 1 :] = -1
            depth += 1
            path[depth] = i


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
        start, index, value, cost = [], [], [], []
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
    row = np.concatenate([a.row, b.row + np.int32(len(a.right))])
    return Rows(row, *(np.concatenate(two) for two in zip(a[1:], b[1:], strict=True)))


def upper_bound(
    problem: Problem, guide: Floats, *, rounds: int = 12, most: int = 4, gap: float = 1e-4
) -> Bound:
    """Bound what any plan of a problem can be worth (without ``stay``).

    ``guide`` (u,): prices to start from. ``rounds``: how often broken rows are added, ``most`` a unit at a time; each linear program is
    solved to a relative ``gap``. Exact pricing of sets of up to the greatest shot limit: meant for
    limits up to about 6.
    """
    form = ends(problem.slots, problem.pairs, problem.busy, problem.units)
    rows = magazine_rows(problem, form)
    master = _Master(problem)
    master.add_rows(rows)
    n = len(problem.value)
    phi = np.empty(n)
    chosen = np.empty((n, max(int(problem.shots.max(initial=1)), 1)), np.int32)
    given = (problem.value, problem.shots, problem.start, problem.kill)
    best, best_price = np.inf, np.zeros(len(rows.right))
    best_price[1::2] = guide
    for factor in (0.0, 0.5, 1.0):
        price_sets(*given, _cost(rows, factor * best_price, problem, form), phi, chosen)
        master.add_columns(chosen, phi)
    if not master.sets:  # nothing pays, whatever it costs
        return Bound(0.0, rows, np.zeros(len(rows.right)), 0)
    proof = (best, rows, best_price)
    spent = 0
    for _ in range(rounds + 1):
        best, best_price = np.inf, np.concatenate(
            [best_price, np.zeros(len(rows.right) - len(best_price))]
        )
        value, price, z = master.solve()
        while spent < _ROUNDS:
            spent += 1
            at = _SMOOTH * best_price + (1.0 - _SMOOTH) * price if spent > 1 else price
            added = 0
            for tried in (at, price):
                price_sets(*given, _cost(rows, tried, problem, form), phi, chosen)
                bound = float(phi.sum() + tried @ rows.right)
                if bound < best:
                    best, best_price = bound, tried
                added += master.add_columns(chosen, phi)
                if added:
                    break
            if best < proof[0]:
                proof = (best, rows, best_price)
            if added == 0 or best - value <= gap * best:
                break
            value, price, z = master.solve()
        broken = broken_rows(problem, form, z, most)
        if len(broken.right) < _FEW:
            broken = timetable_rows(problem, z)
        if len(broken.right) == 0 or spent >= _ROUNDS:
            break
        rows = _joined(rows, broken)
        master.add_rows(broken)
    return Bound(*proof, spent)
