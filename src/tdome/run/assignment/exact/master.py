"""The linear and integer programs over sets of rounds, by HiGHS.

min sum_k c_k y_k  with one set for each threat and at most m_i rounds of each type (set
partitioning). Prices are held near a centre (boxstep: Marsten, Hogan and Blankenship 1975,
Operations Research 23(3)): each type can buy more rounds at centre + width, and sell at
centre - width. HiGHS: Huangfu and Hall 2018, Mathematical Programming Computation 10(1). One
thread, one seed: the same input gives the same plan.
"""

from typing import Any

import highspy
import numpy as np

from tdome.run.assignment.exact.columns import Columns
from tdome.run.assignment.exact.search import Floats, Ints
from tdome.run.assignment.instance import Instance

_INF = highspy.kHighsInf


def solver(**options: object) -> Any:  # noqa: ANN401  (highspy is typed loosely)
    """Return a quiet HiGHS with one thread and a fixed seed."""
    h = highspy.Highs()
    given = {"output_flag": False, "threads": 1, "random_seed": 1, "parallel": "off", **options}
    for name, value in given.items():
        h.setOptionValue(name, value)
    return h


class Master:
    """The restricted linear program: columns come, prices go."""

    def __init__(self, instance: Instance, scale: float) -> None:
        self.instance, self.scale = instance, scale
        types, threats = instance.types, instance.threats
        self.columns: list[Columns] = []
        self.centre, self.width = np.zeros(types), np.zeros(types)
        self.h = solver(presolve="off", solver="simplex", simplex_strategy=1)
        m = instance.rounds.astype(np.float64)
        right = np.concatenate([np.ones(threats), m])
        empty = np.zeros(0, np.int32)
        self.h.addRows(
            threats + types, right, right, 0, np.zeros(threats + types, np.int32), empty,
            np.zeros(0),
        )  # fmt: skip
        rows = np.repeat(np.arange(threats, threats + types, dtype=np.int32), 2)
        sign = np.tile([-1.0, 1.0], types)
        zero = np.zeros(2 * types)
        self.h.addCols(
            2 * types, zero, zero, np.full(2 * types, _INF), 2 * types,
            np.arange(2 * types, dtype=np.int32), rows, sign,
        )  # fmt: skip

    def box(self, centre: Floats, width: Floats) -> None:
        """Hold the prices within ``width`` of ``centre``, and not below zero."""
        self.centre, self.width = centre.copy(), width.copy()
        cost = np.empty(2 * len(centre))
        cost[0::2] = centre + width
        cost[1::2] = -np.maximum(centre - width, 0.0)
        self.h.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost * self.scale)

    def add(self, columns: Columns) -> None:
        """Add columns; equal ones are the caller's care."""
        add_columns(self.h, columns, self.instance.threats, self.scale)
        self.columns.append(columns)

    def solve(self, seconds: float) -> tuple[Floats, Floats, Floats, Floats] | None:
        """Solve; return (prices of rounds, of threats, values of columns, use of the box).

        The use of the box, shape (types,): rounds bought (> 0) or sold at a price (< 0). None if
        the time ran out.
        """
        self.h.setOptionValue("time_limit", float(self.h.getRunTime() + max(seconds, 0.01)))
        self.h.run()
        if self.h.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = self.h.getSolution()
        dual = np.array(solution.row_dual) / self.scale
        value = np.array(solution.col_value)
        threats, types = self.instance.threats, self.instance.types
        sold = np.where(self.centre > self.width, value[1 : 2 * types : 2], 0.0)
        used = value[0 : 2 * types : 2] - sold
        return np.maximum(-dual[threats:], 0.0), dual[:threats], value[2 * types :], used


def add_columns(h: Any, columns: Columns, threats: int, scale: float) -> None:  # noqa: ANN401
    """Put columns behind those that a program has."""
    many = len(columns)
    counted = np.repeat(np.arange(many), np.diff(columns.start))
    # The same type more than once in a set: one entry with the count.
    key = counted * np.int64(2**31) + columns.types
    key, count = np.unique(key, return_counts=True)
    column, kind = key >> 31, key & (2**31 - 1)
    entries = np.bincount(column, minlength=many) + 1
    start = np.concatenate([[0], np.cumsum(entries)])
    index = np.empty(start[-1], np.int32)
    value = np.ones(start[-1])
    index[start[:-1]] = columns.owner
    rest = np.ones(start[-1], np.bool_)
    rest[start[:-1]] = False
    index[rest], value[rest] = kind + threats, count
    h.addCols(
        many, columns.cost * scale, np.zeros(many), np.full(many, _INF), len(index),
        start[:-1].astype(np.int32), index, value,
    )  # fmt: skip


def choose(
    instance: Instance, columns: Columns, scale: float, seconds: float, cutoff: float,
    start: Ints | None = None,
) -> tuple[Ints | None, float, bool]:  # fmt: skip
    """Choose the best columns, one a threat (integer program); (places, bound, optimal).

    ``cutoff``: a leak that is known; dearer plans need not be found. ``bound`` is HiGHS's bound
    over these columns alone; inf if no plan below the cut-off exists among them.
    """
    h = solver(mip_rel_gap=0.0, mip_abs_gap=1e-12, mip_feasibility_tolerance=1e-9)
    h.setOptionValue("time_limit", max(seconds, 0.01))
    h.setOptionValue("objective_bound", cutoff * scale)
    threats, types = instance.threats, instance.types
    lower = np.concatenate([np.ones(threats), np.full(types, -_INF)])
    upper = np.concatenate([np.ones(threats), instance.rounds.astype(np.float64)])
    empty = np.zeros(0, np.int32)
    h.addRows(len(lower), lower, upper, 0, np.zeros(len(lower), np.int32), empty, np.zeros(0))
    add_columns(h, columns, threats, scale)
    many = len(columns)
    h.changeColsIntegrality(many, np.arange(many, dtype=np.int32), np.full(many, 1, np.uint8))
    if start is not None:
        told = highspy.HighsSolution()
        value = np.zeros(many)
        value[start] = 1.0
        told.col_value = value.tolist()
        h.setSolution(told)
    h.run()
    if h.getModelStatus() == highspy.HighsModelStatus.kSolveError:  # seen in presolve of 1.15.1
        h.setOptionValue("presolve", "off")
        h.run()
    status = h.getModelStatus()
    if status in {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kObjectiveBound}:
        return None, np.inf, True
    done = status == highspy.HighsModelStatus.kOptimal
    bound = h.getInfo().mip_dual_bound / scale
    found = np.array(h.getSolution().col_value)
    if len(found) != many or h.getInfo().primal_solution_status != highspy.kSolutionStatusFeasible:
        return None, bound, False
    return np.flatnonzero(found > 0.5), bound, done  # noqa: PLR2004  (0 or 1)
