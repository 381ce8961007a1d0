"""Outer approximation of decaying cells in HiGHS, with a proven bound.

exp is convex: a tangent at z0 lies below it,

    exp(-z) >= exp(-z0) (1 + z0 - z),

so that a linear or integer program over any number of tangents gives a lower bound, and its
solution, put into the true objective, an upper one. Tangents are added where they are violated
(Kelley 1960, J. SIAM 8(4); Duran and Grossmann 1986, Mathematical Programming 36, for whole y).
Where all y of a cell are whole, z takes only some values; the chord between two neighbours
among them lies below exp(-z) at all of them, and above all tangents in between: it is added too.
Solver: HiGHS (Huangfu and Hall 2018). One thread, one seed: same input, same plan, unless time
ends it. Tolerances of the solver (1e-9 of all value and of whole numbers) are inside the bound.
"""

from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import pairwise
from time import perf_counter
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from tdome.kernel.errors import TdomeError
from tdome.messages.base import Floats, Longs
from tdome.run.assignment.exact.master import solver
from tdome.siting.models.decay import GAP, TIME, Found, Program, Progress, knots
from tdome.siting.models.risk import Risk

_INF = highspy.kHighsInf
_FARTHEST = 16.0  # z of the last tangent: beyond, 1e-7 of a cell's value is not told apart
_FIRST = (0.0, 0.25, 0.6, 1.2, 2.0, 3.5)  # z of the tangents that each cell begins with
_CHORD = 0.05  # of z: nearer values are left to tangents
_SUMS = 12  # values of z that are listed, from 0 up
_ROUNDS = 40  # of tangents to one linear program
_LP_GAP = 1e-5  # relative, at which a linear program needs no further tangents
_OPTIMAL = highspy.HighsModelStatus.kOptimal
_LATE = highspy.HighsModelStatus.kTimeLimit


class Outer:
    """A program in HiGHS with its tangents so far. Columns: y, z = A y, leak of each cell, risk."""

    def __init__(self, program: Program) -> None:
        self.program, self.scale = program, program.scale
        self.n, self.j = len(program.cost), len(program.weight)
        self.smooth = np.flatnonzero(~program.stepped)
        self.h = solver(
            solver="simplex", mip_feasibility_tolerance=1e-9, primal_feasibility_tolerance=1e-9,
            dual_feasibility_tolerance=1e-9, mip_abs_gap=1e-10,
        )  # fmt: skip
        self._columns()
        self._rows()
        self.known: set[tuple[int, float]] = set()
        for at in _FIRST:
            self._tangents(self.smooth, np.full(len(self.smooth), at))
        self._chords()

    def _columns(self) -> None:
        p = self.program
        raids = len(p.risk.chance)
        leaks = (
            p.risk.chance[p.raid] * p.weight / self.scale if p.risk.is_mean else np.zeros(self.j)
        )
        cost = [p.cost / self.scale, np.zeros(self.j), leaks]
        lower = [p.lower, np.zeros(2 * self.j)]
        upper = [p.upper, np.full(2 * self.j, _INF)]
        if not p.risk.is_mean:
            cost += [np.ones(1), p.risk.chance / p.risk.tail]
            lower += [np.zeros(1 + raids)]
            upper += [np.full(1 + raids, _INF)]
        every = [np.concatenate(part).astype(np.float64) for part in (cost, lower, upper)]
        many, none = len(every[0]), np.zeros(0, np.int32)
        self.h.addCols(many, *every, 0, np.zeros(many, np.int32), none, np.zeros(0))
        self.many = many

    def _rows(self) -> None:
        p = self.program
        links = sparse.hstack([p.rate, -sparse.identity(self.j)], format="csr")
        self._add(p.rows, p.row_lower, p.row_upper)
        self._add(links, np.zeros(self.j), np.zeros(self.j))
        if p.risk.is_mean:
            return
        raids = len(p.risk.chance)
        leak = sparse.csr_matrix(
            (p.weight / self.scale, (p.raid, self.n + self.j + np.arange(self.j))),
            shape=(raids, self.n + 2 * self.j),
        )
        below = sparse.csr_matrix(np.full((raids, 1), -1.0))
        rest = sparse.hstack([below, -sparse.identity(raids)])
        self._add(sparse.hstack([leak, rest], format="csr"), np.full(raids, -_INF), np.zeros(raids))

    def _add(self, rows: Any, lower: Floats, upper: Floats) -> None:  # noqa: ANN401
        rows = sparse.csr_matrix(rows)
        self.h.addRows(
            rows.shape[0], lower.astype(np.float64), upper.astype(np.float64), rows.nnz,
            rows.indptr[:-1].astype(np.int32), rows.indices.astype(np.int32),
            rows.data.astype(np.float64),
        )  # fmt: skip

    def _tangents(self, cells: Longs, at: Floats) -> int:
        """Add the tangents of cells at z that are not there yet; return how many were new."""
        at = np.clip(np.round(at, 6), 0.0, _FARTHEST)
        new = [k for k in range(len(cells)) if (int(cells[k]), float(at[k])) not in self.known]
        self.known.update((int(cells[k]), float(at[k])) for k in new)
        cells, at = cells[new], at[new]
        slope = np.exp(-at)
        count = len(cells)
        # Divided by the slope where that is small, so that no coefficient falls below 1e-7.
        size = np.maximum(slope, 1e-3)
        index = np.column_stack([self.n + cells, self.n + self.j + cells]).ravel()
        value = np.column_stack([slope / size, 1.0 / size]).ravel()
        right = slope * (1.0 + at) / size
        self.h.addRows(
            count, right, np.full(count, _INF), 2 * count,
            np.arange(0, 2 * count, 2, dtype=np.int32), index.astype(np.int32), value,
        )  # fmt: skip
        return count

    def _chords(self) -> None:
        """Add the chords between the values that z can take where all of its y are whole."""
        p = self.program
        loose = sparse.csr_matrix(~p.whole[None, :].astype(np.bool_)).astype(np.float64)
        whole = np.asarray((p.rate @ loose.T).todense()).ravel() <= 0.0
        cells, low, high = _pieces(p)
        known: dict[bytes, list[float]] = {}
        for j in np.flatnonzero(whole & ~p.stepped):
            steps = np.unique(np.round(p.rate.data[p.rate.indptr[j] : p.rate.indptr[j + 1]], 12))
            steps = steps[steps > 0.0]
            at = known.setdefault(steps.tobytes(), _sums(steps.tolist()))
            apart = [(begin, end) for begin, end in pairwise(at) if end - begin > _CHORD]
            cells += [int(j)] * len(apart)
            low += [begin for begin, _ in apart]
            high += [end for _, end in apart]
        c, a, b = np.array(cells, np.int64), np.array(low), np.array(high)
        slope = (np.exp(-a) - np.exp(-b)) / np.where(b > a, b - a, 1.0)
        index = np.column_stack([self.n + c, self.n + self.j + c]).ravel().astype(np.int32)
        value = np.column_stack([slope, np.ones(len(c))]).ravel()
        self.h.addRows(
            len(c), np.exp(-a) + slope * a, np.full(len(c), _INF), len(index),
            np.arange(0, len(index), 2, dtype=np.int32), index, value,
        )  # fmt: skip

    # ------------------------------------------------------------ linear programs

    def relax(self, until: float) -> tuple[Floats, float]:
        """Solve without whole numbers; return (y, proven bound). ``until`` on `perf_counter`."""
        bound, y = -np.inf, np.zeros(self.n)
        for _ in range(_ROUNDS):
            if not self._run(until) or self.h.getModelStatus() != _OPTIMAL:
                break
            columns = np.array(self.h.getSolution().col_value)
            bound = max(bound, self.h.getInfo().objective_function_value * self.scale)
            y = columns[: self.n]
            if not self._violated(columns):
                break
        return y, bound

    def fix(self, y: Floats | None) -> None:
        """Hold the whole variables at a plan's numbers; free them again with None."""
        p = self.program
        at = np.flatnonzero(p.whole).astype(np.int32)
        lower, upper = (p.lower[at], p.upper[at]) if y is None else (np.rint(y[at]),) * 2
        self.h.changeColsBounds(len(at), at, lower.astype(np.float64), upper.astype(np.float64))

    def row_prices(self) -> Floats:
        """Return what one more on the right of each row would change the objective by, (m,)."""
        prices = np.array(self.h.getSolution().row_dual)[: self.program.rows.shape[0]]
        return np.asarray(prices * self.scale)

    def _violated(self, columns: Floats) -> int:
        """Add tangents where cells leak more than the program thinks; return how many."""
        z = columns[self.n : self.n + self.j]
        short = self.program.share(z) - columns[self.n + self.j : self.n + 2 * self.j]
        worth = self.program.weight * self.program.risk.chance[self.program.raid] / self.scale
        if float((worth * np.maximum(short, 0.0)).sum()) < _LP_GAP * max(
            self.h.getInfo().objective_function_value, 1e-9
        ):
            return 0
        # By their own size: in a tail a raid of small chance counts in full.
        cells = self.smooth[short[self.smooth] > 1e-6]  # noqa: PLR2004  (of the solver)
        return self._tangents(cells, z[cells])

    def _run(self, until: float) -> bool:
        left = until - perf_counter()
        if left <= 0.0:
            return False
        self.h.setOptionValue("time_limit", float(self.h.getRunTime() + left))
        self.h.run()
        status = self.h.getModelStatus()
        if status == highspy.HighsModelStatus.kSolveError:  # seen in presolve of 1.15.1
            self.h.setOptionValue("presolve", "off")
            self.h.run()
            status = self.h.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            raise TdomeError("no plan keeps to all of the limits")
        return status in {_OPTIMAL, _LATE}

    # ------------------------------------------------------------ whole numbers

    def start_from(self, y: Floats) -> None:
        """Tell HiGHS a whole plan to begin with, and add its tangents."""
        p = self.program
        z = p.rate @ y
        self._tangents(self.smooth, z[self.smooth])
        told = highspy.HighsSolution()
        parts = [y, z, p.share(z)]
        if not p.risk.is_mean:
            losses = p.losses(y) / self.scale
            eta = _quantile(losses, p.risk)
            parts += [np.array([eta]), np.maximum(losses - eta, 0.0)]
        told.col_value = np.concatenate(parts).tolist()
        self.h.setSolution(told)

    def whole(self, found: Found, began: float, until: float, gap: float, tell: Progress) -> None:
        """Improve a plan and its bound until they meet, or the time ends."""
        p = self.program
        at = np.flatnonzero(p.whole).astype(np.int32)
        self.h.changeColsIntegrality(len(at), at, np.full(len(at), 1, np.uint8))
        self.h.setOptionValue("mip_rel_gap", max(0.3 * gap, 1e-9))
        stale = False
        while found.gap > gap and perf_counter() < until:
            self.start_from(found.y)
            if not self._run(until):
                break
            info = self.h.getInfo()
            if np.isfinite(info.mip_dual_bound):
                found.bound = min(max(found.bound, info.mip_dual_bound * self.scale), found.value)
            columns = np.array(self.h.getSolution().col_value)
            if len(columns) != self.many or not np.isfinite(columns).all():
                break
            y = np.where(p.whole, np.rint(columns[: self.n]), columns[: self.n])
            value = p.value(y)
            if value < found.value:
                found.value, found.y = value, y
            found.steps.append((perf_counter() - began, found.value, found.bound))
            tell("integer program", found.value, found.bound)
            if self.h.getModelStatus() != _OPTIMAL:
                break
            if not self._tangents(self.smooth, (p.rate @ y)[self.smooth]) and value >= found.value:
                if stale:  # nothing is left to tighten but the solver's own tolerances
                    break
                stale = True
                self.h.setOptionValue("mip_rel_gap", 1e-9)
        found.status = "optimal" if found.gap <= max(gap, 1e-9) else "time"


def _pieces(p: Program) -> tuple[list[int], list[float], list[float]]:
    """Return cell, begin and end of the pieces of all stepped cells."""
    cells: list[int] = []
    low: list[float] = []
    high: list[float] = []
    if p.step is not None:
        for j in np.flatnonzero(p.stepped):
            step = float(p.step[j])
            many = int(knots(p.step[j : j + 1])[0])
            cells += [int(j)] * many
            low += [k * step for k in range(many)]
            high += [(k + 1) * step for k in range(many)]
    return cells, low, high


def _sums(steps: list[float]) -> list[float]:
    """Return the least sums that any numbers of the steps make, from 0 up."""
    heap, found = [0.0], [-1.0]
    while heap and len(found) <= _SUMS:
        z = heappop(heap)
        if z - found[-1] > 1e-9:  # noqa: PLR2004  (another one)
            found.append(z)
            for step in steps:
                heappush(heap, z + step)
    return found[1:]


def _quantile(losses: Floats, risk: Risk) -> float:
    """Return the least loss eta beyond which no more than the tail's chance lies."""
    order = np.argsort(-losses, kind="stable")
    beyond = np.cumsum(risk.chance[order])
    return float(losses[order[int(np.searchsorted(beyond, risk.tail - 1e-12))]])


def solve(
    program: Program, starts: Sequence[Floats], *, time: float = TIME, gap: float = GAP,
    progress: Progress | None = None,
) -> Found:  # fmt: skip
    """Return the best plan that the time allows and a proven bound.

    Parameters
    ----------
    program : see `Program`.
    starts : plans that keep to all rows, one at least; the best is where the search begins.
    time, gap : seconds, and relative gap at which to stop.
    """
    began = perf_counter()
    until = began + time
    tell = progress or (lambda _what, _value, _bound: None)
    best = min(starts, key=program.value)
    found = Found(best, program.value(best), -np.inf, "time", program.scale)
    if len(program.weight) == 0 or found.value <= 0.0:
        found.bound, found.status = found.value, "optimal"
        return found
    outer = Outer(program)
    _, bound = outer.relax(until)
    found.bound = min(bound, found.value)
    found.steps.append((perf_counter() - began, found.value, found.bound))
    tell("linear program", found.value, found.bound)
    outer.whole(found, began, until, gap, tell)
    found.seconds = perf_counter() - began
    return found
