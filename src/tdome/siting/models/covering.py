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

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tdome.kernel.random import Streams
from tdome.messages.base import Floats, Longs

_SWEEPS = 50
_KICKS, _PATIENCE, _KICKED = 400, 80, 3  # of the iterated search; kicks in vain; sensors at once


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
