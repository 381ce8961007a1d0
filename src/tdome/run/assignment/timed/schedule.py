"""The tightest row of a unit: prices of its slots under which a wish list is too dear.

Let s_t >= 0 be prices of launch slots and h_t >= 0 of channel slots. A shot of pair k costs at
least w_k = min over its launch slots t of (s_t + ... over the spacing) + (h_t + ... while held). No
schedule of the unit uses more than it has, so for all plans

    sum_k z_k w_k <= sum_t s_t + sum_t h_t (channels - held in flight).

The linear program that schedules as much as possible of z has such prices as its dual: this is
Benders' feasibility cut of the unit's timetable (Benders 1962, Numerische Mathematik 4).
"""

import highspy
import numpy as np

from tdome.command.assignment.timed.problem import (
    AT,
    CHANNELS,
    FIRST,
    LAST,
    READY,
    SPACING,
    UNIT,
    Problem,
    Shorts,
)
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints
from tdome.run.assignment.exact.master import solver
from tdome.run.assignment.timed.cuts import Rows, held_in_flight

_INF = highspy.kHighsInf
_OVER = 1e-4  # shots that must stay out for a row to be told


@kernel
def launches(of: Ints, slots: int, pairs: Ints, busy: Shorts, units: Ints) -> Ints:
    """Return (m, 3): place in ``of``, launch slot and end of what may be launched."""
    out = np.empty((len(of) * slots, 3), np.int32)
    m = 0
    for i in range(len(of)):
        k = of[i]
        b = pairs[k, UNIT]
        for t in range(
            max(pairs[k, FIRST], units[b, READY], 0), min(pairs[k, LAST], slots - 1) + 1
        ):
            held = busy[pairs[k, AT] + t - pairs[k, FIRST]]
            if held > 0:
                out[m, 0], out[m, 1], out[m, 2] = i, t, t + held
                m += 1
    return out[:m].copy()


@kernel
def matrix(launch: Ints, wishes: int, width: int, spacing: int) -> tuple[Ints, Ints]:
    """Return start and index of columns: the wish, its launch slots, its channel slots."""
    many = 0
    for m in range(len(launch)):
        many += 1 + spacing + launch[m, 2] - launch[m, 1]
    start, index = np.empty(len(launch) + 1, np.int32), np.empty(many, np.int32)
    at = 0
    for m in range(len(launch)):
        start[m] = at
        index[at] = launch[m, 0]
        at += 1
        for s in range(launch[m, 1], min(launch[m, 1] + spacing, width)):
            index[at] = wishes + s
            at += 1
        for s in range(launch[m, 1], launch[m, 2]):
            index[at] = wishes + width + s
            at += 1
    start[len(launch)] = at
    return start, index[:at].copy()


def timetable_row(problem: Problem, b: int, z: Floats, used: Ints) -> tuple[Ints, Floats, float]:
    """Return (pairs, weights, right) of the row that wishes z, shape (k,), break most.

    No pairs where all of z fits. ``used`` (width,): channels of unit b held by what is in flight.
    """
    of = np.flatnonzero(problem.pairs[:, UNIT] == b).astype(np.int32)
    wished = of[z[of] > _OVER]
    width, spacing = problem.width, int(problem.units[b, SPACING])
    given = (problem.slots, problem.pairs, problem.busy, problem.units)
    launch = launches(wished, *given)
    nothing = np.zeros(0, np.int32), np.zeros(0), 0.0
    if len(launch) == 0:
        return nothing
    start, index = matrix(launch, len(wished), width, spacing)
    free = np.maximum(problem.units[b, CHANNELS] - used, 0).astype(np.float64)
    right = np.concatenate([z[wished], np.ones(width), free])
    h = solver()
    many, rows = len(launch), len(right)
    h.addRows(
        rows, np.full(rows, -_INF), right, 0, np.zeros(rows, np.int32), np.zeros(0, np.int32),
        np.zeros(0),
    )  # fmt: skip
    h.addCols(
        many, np.full(many, -1.0), np.zeros(many), np.full(many, _INF), len(index), start[:-1],
        index, np.ones(len(index)),
    )  # fmt: skip
    h.run()
    if h.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return nothing
    if -h.getInfo().objective_function_value > z[wished].sum() - _OVER:
        return nothing
    price = np.maximum(-np.array(h.getSolution().row_dual)[len(wished) :], 0.0)
    price[price < 1e-9] = 0.0  # noqa: PLR2004
    slot, hold = np.cumsum(np.r_[0.0, price[:width]]), np.cumsum(np.r_[0.0, price[width:]])
    every = launches(of, *given)
    t, end = every[:, 1], every[:, 2]
    cost = slot[np.minimum(t + spacing, width)] - slot[t] + hold[end] - hold[t]
    weight = np.full(len(of), np.inf)
    np.minimum.at(weight, every[:, 0], cost)
    counts = np.isfinite(weight) & (weight > 0.0)
    return of[counts], weight[counts], float(price[:width].sum() + price[width:] @ free)


def timetable_rows(problem: Problem, z: Floats) -> Rows:
    """Return the row that z breaks most, of every unit that can not keep it."""
    used = held_in_flight(problem)
    pair, weight, right, size = [], [], [], []
    for b in range(len(problem.units)):
        pairs, weights, limit = timetable_row(problem, b, z, used[b])
        if len(pairs):
            pair.append(pairs)
            weight.append(weights)
            right.append(limit)
            size.append(len(pairs))
    return Rows(
        np.repeat(np.arange(len(size), dtype=np.int32), size),
        np.concatenate([*pair, np.zeros(0, np.int32)]),
        np.concatenate([*weight, np.zeros(0)]),
        np.array(right),
    )
