"""Lagrangian bound of a covering: prices of points and sites, and what they settle.

Any prices u >= 0 of points and t >= 0 of sites prove that no plan is worth more than

    sum_j [ sum_i max(0, w_j c_i - u_j) + u_j b_j ] + sum_s most_s t_s
    + sum_g (N_g largest positive of  sum_j a_vj u_j + e_v - t_s).

The problem: :mod:`tdome.siting.models.covering`.
"""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from tdome.messages.base import Floats
from tdome.siting.models.covering import Covering
from tdome.siting.models.decay import relative

_STEPS = 1200  # of the subgradient
_HALVE = 40  # steps in a row without a better bound, after which they are halved
_SMALLEST = 1e-4  # of the step's factor
_FIRST = 1.5  # factor of the first steps
_TURN = 1.5


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
