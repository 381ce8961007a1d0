"""The best covering: greedy and swap, a Lagrangian bound, and HiGHS for what it leaves open.

The problem: :mod:`tdome.siting.models.covering`; the bound: :mod:`tdome.siting.models.prices`.
"""

from time import perf_counter

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tdome.run.assignment.exact.master import solver
from tdome.siting.models.covering import Covering, greedy_and_swap, kicked, merged
from tdome.siting.models.decay import GAP, TIME, Found, Progress, relative
from tdome.siting.models.prices import Dual, settled, subgradient

_INF = highspy.kHighsInf


def best_covering(
    given: Covering, present: NDArray[np.bool_] | None = None, *, time: float = TIME,
    gap: float = GAP, progress: Progress | None = None,
) -> tuple[NDArray[np.bool_], Found]:  # fmt: skip
    """Return the best plan (v,) found; ``value`` and ``bound`` are of what is NOT seen.

    ``present``: a plan that is never left for a worse one.
    """
    began = perf_counter()
    until = began + time
    tell = progress or (lambda _what, _value, _bound: None)
    problem = merged(given)
    total = problem.most_value
    tries = [greedy_and_swap(problem, until=until)]
    if present is not None and problem.keeps(present):
        tries.append(greedy_and_swap(problem, present, until))
    best = kicked(problem, max(tries, key=problem.value), began + 0.3 * time)
    value = problem.value(best)
    # Before the integer program, time is left for it; a small gap is worth the wait.
    dual, plans = subgradient(problem, value, began + 0.6 * time, 0.1 * gap)
    for plan in plans[-6:]:
        tried = greedy_and_swap(problem, _trimmed(problem, plan, dual), until)
        if problem.value(tried) > value:
            best, value = tried, problem.value(tried)
    tell("Lagrangian bound", total - value, total - dual.bound)
    bound = max(dual.bound, value)
    if relative(bound, value) > gap and perf_counter() < until:
        best, value, bound = _rest(problem, dual, best, until, gap)
        tell("integer program", total - value, total - bound)
    found = Found(
        best.astype(np.float64), total - value, max(total - max(bound, value), 0.0),
        "optimal" if relative(bound, value) <= gap else "time", total, perf_counter() - began,
    )  # fmt: skip
    return best, found


def _trimmed(problem: Covering, plan: NDArray[np.bool_], dual: Dual) -> NDArray[np.bool_]:
    """Return a plan with the worst of what a site has no room for left out."""
    kept = np.zeros_like(plan)
    used = np.zeros(len(problem.most), np.int64)
    for v in np.flatnonzero(plan)[np.argsort(-dual.score[plan], kind="stable")]:
        if used[problem.site[v]] < problem.most[problem.site[v]]:
            kept[v] = True
            used[problem.site[v]] += 1
    return kept


def _rest(
    problem: Covering, dual: Dual, best: NDArray[np.bool_], until: float, gap: float
) -> tuple[NDArray[np.bool_], float, float]:
    """Let HiGHS decide what the prices leave open; return plan, value and bound."""
    value = problem.value(best)
    out, into = settled(problem, dual, value)
    open_ = np.flatnonzero(~out)
    small = merged(Covering(
        problem.sees[open_], problem.group[open_], problem.site[open_], problem.weight,
        problem.base, problem.number, problem.most, problem.credit, problem.stay[open_],
    ))  # fmt: skip
    chosen, bound = _integer(small, best[open_], into[open_], until, gap)
    # What was settled can not be better than the plan; the rest not better than HiGHS's bound.
    bound = min(dual.bound, max(bound, value))
    if chosen is not None:
        tried = np.zeros_like(best)
        tried[open_] = chosen
        tried = greedy_and_swap(problem, tried, until)
        if problem.value(tried) > value:
            best, value = tried, problem.value(tried)
    return best, value, max(bound, value)


def _integer(
    problem: Covering, start: NDArray[np.bool_], into: NDArray[np.bool_], until: float, gap: float
) -> tuple[NDArray[np.bool_] | None, float]:
    """Solve max covering by HiGHS: x whole, z_ji in [0, 1]; return the plan and the bound."""
    n, points = problem.sees.shape
    steps = len(problem.credit)
    scale = float(problem.weight.sum()) or 1.0
    base = np.minimum(problem.base, steps)
    j, i = np.nonzero(np.arange(steps)[None, :] >= base[:, None])  # credits that are not sure
    sure = float(problem.weight @ problem.credits(base))
    h = solver(mip_rel_gap=0.3 * gap, mip_feasibility_tolerance=1e-9)
    h.setOptionValue("time_limit", max(until - perf_counter(), 0.1))
    cost = np.concatenate([-problem.stay / scale, -problem.weight[j] * problem.credit[i] / scale])
    many = len(cost)
    lower = np.concatenate([into.astype(np.float64), np.zeros(len(j))])
    none = np.zeros(0, np.int32)
    h.addCols(many, cost, lower, np.ones(many), 0, np.zeros(many, np.int32), none, np.zeros(0))
    at = np.arange(n)
    link = sparse.csr_matrix((np.ones(len(j)), (j, np.arange(len(j)))), shape=(points, len(j)))
    fewer = sparse.csr_matrix((np.ones(n), (problem.group, at)), shape=(len(problem.number), n))
    room = sparse.csr_matrix((np.ones(n), (problem.site, at)), shape=(len(problem.most), n))
    sees = sparse.hstack([-problem.sees.T, link])
    limits = sparse.vstack([fewer, room])
    none_more = sparse.csr_matrix((limits.shape[0], len(j)))
    rows = sparse.vstack([sees, sparse.hstack([limits, none_more])], format="csr")
    upper = np.concatenate([np.zeros(points), problem.number, problem.most]).astype(np.float64)
    h.addRows(
        rows.shape[0], np.full(rows.shape[0], -_INF), upper, rows.nnz,
        rows.indptr[:-1].astype(np.int32), rows.indices.astype(np.int32),
        rows.data.astype(np.float64),
    )  # fmt: skip
    h.changeColsIntegrality(n, at.astype(np.int32), np.full(n, 1, np.uint8))
    told = highspy.HighsSolution()
    seen = problem.seen(start)
    z = (seen[j] > i).astype(np.float64)
    told.col_value = np.concatenate([start.astype(np.float64), z]).tolist()
    h.setSolution(told)
    h.run()
    info = h.getInfo()
    bound = sure - info.mip_dual_bound * scale if np.isfinite(info.mip_dual_bound) else np.inf
    found = np.array(h.getSolution().col_value)
    if len(found) != many or info.primal_solution_status != highspy.kSolutionStatusFeasible:
        return None, bound
    return found[:n] > 0.5, bound  # noqa: PLR2004  (0 or 1)
