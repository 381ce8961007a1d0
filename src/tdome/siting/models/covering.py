"""Where to put sensors: maximal k-fold covering, with a proven bound.

At most N_g sensors of group g at sites s, no more than ``most`` at one site; point j of weight w_j
is seen by b_j sensors that stay and by those of a_vj = 1 (v: group and site):

    max  sum_j w_j C(b_j + sum_v a_vj x_v) + sum_v e_v x_v,
         C(n) = sum_{i <= n} c_i,  c_1 >= c_2 >= ... >= 0.

e: what it is worth that a sensor stays where it is.

c = (1): maximal covering (Church and ReVelle 1974, Papers in Regional Science 32); more credits ask
for k-fold cover. Points that the same sensors can see count as one.

- *Greedy and swap* give a plan (Nemhauser, Wolsey and Fisher 1978).
- *Lagrangian bound*: any prices u >= 0 of points and t >= 0 of sites prove

      best <= sum_j [ sum_i max(0, w_j c_i - u_j) + u_j b_j ] + sum_s most_s t_s
              + sum_g (N_g largest positive of  sum_j a_vj u_j + e_v - t_s),

  minimised by Polyak's subgradient steps (Held, Wolfe and Crowder 1974, Mathematical Programming
  6); it is as good as the linear program, without one.
- *Fixing*: where the bound with x_v forced the other way is below the plan, x_v is settled. What is
  left, usually a small part, goes to HiGHS; its bound and the plan's are the proof.
"""

from dataclasses import dataclass
from time import perf_counter

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tdome.kernel.random import Streams
from tdome.messages.base import Floats, Longs
from tdome.run.assignment.exact.master import solver
from tdome.siting.models.decay import GAP, TIME, Found, Progress, relative

_INF = highspy.kHighsInf
_STEPS = 1200  # of the subgradient
_HALVE = 40  # steps in a row without a better bound, after which they are halved
_SMALLEST = 1e-4  # of the step's factor
_SWEEPS = 50
_KICKS, _PATIENCE, _KICKED = 400, 80, 3  # of the iterated search; kicks in vain; sensors at once
_FIRST = 1.5  # factor of the first steps
_TURN = 1.5


@dataclass(frozen=True, eq=False)
class Covering:
    """The problem: sees (v, j) CSR, ones; group, site, e (v,); w, b (j,); N (g,); most (s,); c."""

    sees: sparse.csr_matrix
    group: Longs
    site: Longs
    weight: Floats
    base: Longs
    number: Longs
    most: Longs
    credit: Floats
    stay: Floats

    def credits(self, seen: Longs) -> Floats:
        """Return C of numbers of sensors, same shape."""
        steps = np.concatenate([[0.0], np.cumsum(self.credit)])
        return np.asarray(steps[np.minimum(seen, len(self.credit))])

    def seen(self, chosen: NDArray[np.bool_]) -> Longs:
        """Return how many sensors see each point under a plan (v,), (j,)."""
        return np.asarray(self.base + self.sees.T @ chosen.astype(np.int64), np.int64)

    def value(self, chosen: NDArray[np.bool_]) -> float:
        """Return what a plan sees, and what it is worth that some stay."""
        return float(self.weight @ self.credits(self.seen(chosen)) + self.stay @ chosen)

    @property
    def most_value(self) -> float:
        """What no plan can be worth more than: all points as often as asked, all stay."""
        return float(self.weight.sum() * self.credit.sum() + self.stay.sum())

    def keeps(self, chosen: NDArray[np.bool_]) -> bool:
        """Whether a plan keeps to the numbers of groups and sites."""
        groups = np.bincount(self.group[chosen], minlength=len(self.number))
        sites = np.bincount(self.site[chosen], minlength=len(self.most))
        return bool((groups <= self.number).all() and (sites <= self.most).all())


def merged(problem: Covering) -> Covering:
    """Return the problem with points that the same sensors can see made one."""
    columns = problem.sees.tocsc()
    columns.sort_indices()
    names: dict[bytes, int] = {}
    owner = np.empty(columns.shape[1], np.int64)
    first: list[int] = []
    for j in range(columns.shape[1]):
        rows = columns.indices[columns.indptr[j] : columns.indptr[j + 1]]
        key = rows.tobytes() + int(problem.base[j]).to_bytes(4, "little")
        if key not in names:
            names[key] = len(first)
            first.append(j)
        owner[j] = names[key]
    return Covering(
        columns[:, first].tocsr(), problem.group, problem.site,
        np.asarray(np.bincount(owner, problem.weight, len(first)), np.float64),
        problem.base[first], problem.number, problem.most, problem.credit, problem.stay,
    )  # fmt: skip


# ---------------------------------------------------------------- greedy and swap


class _Search:
    """A plan on its way, with the gain of every sensor that is not in it."""

    def __init__(self, problem: Covering, chosen: NDArray[np.bool_]) -> None:
        self.problem = problem
        self.chosen = chosen.copy()
        self.seen = problem.seen(chosen)
        self.columns = problem.sees.tocsc()
        self.next = np.append(problem.credit, 0.0)
        self.worth = self._worth(np.arange(len(self.seen)), self.seen)
        self.gain = np.asarray(problem.sees @ self.worth + problem.stay)

    def _worth(self, points: Longs, seen: Longs) -> Floats:
        credit = self.next[np.minimum(seen, len(self.next) - 1)]
        return np.asarray(self.problem.weight[points] * credit)

    def flip(self, v: int) -> None:
        """Put a sensor in, or take it out."""
        sees = self.problem.sees
        points = sees.indices[sees.indptr[v] : sees.indptr[v + 1]].astype(np.int64)
        self.seen[points] += -1 if self.chosen[v] else 1
        self.chosen[v] = not self.chosen[v]
        worth = self._worth(points, self.seen[points])
        change = worth - self.worth[points]
        self.worth[points] = worth
        moved = change != 0.0
        self.gain += self.columns[:, points[moved]] @ change[moved]

    def best(self, group: int | None = None) -> tuple[int, float]:
        """Return the sensor that adds most among those that there is room for, and its gain."""
        problem = self.problem
        room = np.bincount(problem.site[self.chosen], minlength=len(problem.most)) < problem.most
        left = np.bincount(problem.group[self.chosen], minlength=len(problem.number))
        free = ~self.chosen & room[problem.site] & (left < problem.number)[problem.group]
        if group is not None:
            free &= problem.group == group
        gain = np.where(free, self.gain, -1.0)
        v = int(gain.argmax())
        return v, float(gain[v])


def greedy_and_swap(
    problem: Covering, chosen: NDArray[np.bool_] | None = None, until: float = np.inf
) -> NDArray[np.bool_]:
    """Put in what adds most, then replace sensors one by one as long as that adds something."""
    start = np.zeros(len(problem.group), np.bool_) if chosen is None else chosen
    search = _Search(problem, start)
    while True:
        v, gain = search.best()
        if gain <= 0.0:
            break
        search.flip(v)
    least = 1e-12 * float(problem.weight.sum())
    for _ in range(_SWEEPS):
        better = False
        for v in np.flatnonzero(search.chosen).tolist():
            if perf_counter() > until:
                return search.chosen
            search.flip(v)
            lost = float(search.gain[v])
            to, gain = search.best()
            better |= gain > lost + least
            search.flip(to if gain > lost + least else v)
        if not better:
            break
    return search.chosen


def kicked(
    problem: Covering, chosen: NDArray[np.bool_], until: float, kicks: int = _KICKS
) -> NDArray[np.bool_]:
    """Take some sensors out at random, fill up and swap, keep what is not worse."""
    chance = Streams(0)("siting", "covering").generator()
    best, value, vain = chosen, problem.value(chosen), 0
    for _ in range(kicks):
        inside = np.flatnonzero(best)
        if perf_counter() > until or vain > _PATIENCE or not len(inside):
            break
        tried = best.copy()
        tried[chance.choice(inside, min(_KICKED, len(inside)), replace=False)] = False
        outside = np.flatnonzero(~best)
        if len(outside):  # one comes in at random, so that the fill-up does not undo the kick
            one = tried.copy()
            one[chance.choice(outside)] = True
            tried = one if problem.keeps(one) else tried
        tried = greedy_and_swap(problem, tried, until)
        found = problem.value(tried)
        vain = 0 if found > value else vain + 1
        if found >= value:
            best, value = tried, found
    return best


# ---------------------------------------------------------------- Lagrangian bound


@dataclass(eq=False)
class Dual:
    """Prices of points and sites, their bound, and scores (v,) and chosen ones of that bound."""

    points: Floats
    sites: Floats
    bound: float
    score: Floats
    chosen: NDArray[np.bool_]


def bound_of(problem: Covering, points: Floats, sites: Floats) -> Dual:
    """Return the bound that prices prove: for any u, t >= 0."""
    score = np.asarray(problem.sees @ points) + problem.stay - sites[problem.site]
    chosen = np.zeros(len(score), np.bool_)
    for g, number in enumerate(problem.number):
        mine = np.flatnonzero(problem.group == g)
        best = mine[np.argsort(-score[mine], kind="stable")[: int(number)]]
        chosen[best[score[best] > 0.0]] = True
    covered = np.maximum(problem.weight[:, None] * problem.credit - points[:, None], 0.0).sum()
    bound = covered + points @ problem.base + sites @ problem.most + score[chosen].sum()
    return Dual(points, sites, float(bound), score, chosen)


def subgradient(
    problem: Covering, value: float, until: float, gap: float, steps: int = _STEPS
) -> tuple[Dual, list[NDArray[np.bool_]]]:
    """Minimise the bound; return the best prices, and some of the plans that they chose."""
    weight, credit = problem.weight, problem.credit
    points, sites = weight * credit[0] * 0.5, np.zeros(len(problem.most))
    transposed = problem.sees.T.tocsr()
    best = bound_of(problem, points, sites)
    now, factor, vain = best, _FIRST, 0
    plans = []
    last = np.zeros(len(points)), np.zeros(len(sites))
    for step in range(steps):
        if relative(best.bound, value) <= gap or perf_counter() > until or factor < _SMALLEST:
            break
        used = (weight[:, None] * credit > now.points[:, None]).sum(axis=1)
        seen = problem.base + transposed @ now.chosen.astype(np.float64)
        slope = seen - used
        room = problem.most - np.bincount(problem.site[now.chosen], minlength=len(problem.most))
        slope = np.where((now.points <= 0.0) & (slope > 0.0), 0.0, slope)
        tight = np.where((now.sites <= 0.0) & (room > 0.0), 0.0, room)
        slope, tight = _deflected(slope, tight, last)
        last = slope, tight
        size = float(slope @ slope + tight @ tight)
        if size <= 0.0:
            break
        length = factor * (now.bound - value) / size
        now = bound_of(
            problem, np.maximum(now.points - length * slope, 0.0),
            np.maximum(now.sites - length * tight, 0.0),
        )  # fmt: skip
        if step % 50 == 0:
            plans.append(now.chosen)
        vain += 1
        if now.bound < best.bound:
            vain = 0 if now.bound < best.bound - 1e-6 * best.bound else vain
            best = now
        if vain >= _HALVE:
            factor, vain, now = 0.5 * factor, 0, best
            last = np.zeros(len(points)), np.zeros(len(sites))
    return best, plans


def _deflected(slope: Floats, tight: Floats, last: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Turn a step away from the one before it, where they are against one another.

    Camerini, Fratta and Maffioli 1975 (Mathematical Programming Study 3).
    """
    size = float(last[0] @ last[0] + last[1] @ last[1])
    along = float(slope @ last[0] + tight @ last[1])
    turn = -_TURN * along / size if size > 0.0 and along < 0.0 else 0.0
    return slope + turn * last[0], tight + turn * last[1]


def settled(problem: Covering, dual: Dual, value: float) -> tuple[NDArray[np.bool_], ...]:
    """Return what no better plan has, and what every better plan has, (v,) each."""
    out, into = np.zeros_like(dual.chosen), np.zeros_like(dual.chosen)
    slack = dual.bound - value
    for g, number in enumerate(problem.number):
        mine = np.flatnonzero(problem.group == g)
        ranked = np.sort(np.maximum(dual.score[mine], 0.0))[::-1]
        n = int(number)
        last = ranked[n - 1] if 0 < n <= len(ranked) else 0.0
        after = ranked[n] if n < len(ranked) else 0.0
        # Forced in, it takes the place of the last; forced out, the next one takes its place.
        out[mine] = ~dual.chosen[mine] & (last - dual.score[mine] > slack)
        into[mine] = dual.chosen[mine] & (dual.score[mine] - after > slack)
    return out, into


# ---------------------------------------------------------------- what is left, by HiGHS


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
