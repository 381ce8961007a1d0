"""Rare events by splitting: P(loss > x), P(no leaker).

A rare event is reached over levels on the way to it: loss so far, raiders gone without a leaker. A
run that comes over a level is split into branches that have its past, and fresh luck each; every
branch then stands for its share of the run. With R_k branches at level k the tree of one run gives

    X = (branches that come over the last level) / (R_1 ... R_{m-1}),

and E X is the probability of the event exactly, for any levels and any R: given the state at which
a run comes over a level its branches are alike in law, so that the mean over them is the mean of
the one (Garvels, "The splitting method in rare event simulation", Twente, 2000, 2.3; L'Ecuyer,
Demers and Tuffin, ACM TOMACS 17(2), 2007). Trees are independent, so that their mean has Student's
interval. It is taken for the logarithm (delta method), since trees are skew: as it stands it
covered less in our simulations. Best are levels with P(next | this) about 1 / R: then there are as
many branches at the last level as runs at the first, while plain runs die out.

``saved``: as many plain runs as n trees cost would have the variance p (1 - p) / (n cost); that
over the variance of the trees. ``cost``: the mean of what a tree costs, in runs.

Limits: luck that a run has before its first level (the raid's failures and common mode) is not
split: where the event hangs on it, splitting saves little. Levels must be set beforehand, not from
the same trees.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, Self

import numpy as np

from tdome.messages.base import Floats
from tdome.studies.estimators.interval import (
    LEVEL,
    Interval,
    saved_by,
    student,
    variance_of_mean,
)


class State(Protocol):
    """A run at some moment that can be split, and go on."""

    def branches(self, count: int) -> Iterator[Self]:
        """Yield copies of it as it is now, with fresh luck each, however far it goes meanwhile."""

    def advance(self, level: float) -> bool:
        """Go on until it is over a level: True; False where it can not come there any more."""


class Tree(NamedTuple):
    """One tree. passed: (levels,) weight of branches over each level; branches: how many in all."""

    passed: Floats
    branches: int


class Rare(NamedTuple):
    """A probability from n trees. cost: of a tree, in plain runs; saved: see the module."""

    interval: Interval
    saved: float
    cost: float


def grow(root: State, levels: Sequence[float], splits: Sequence[int]) -> Tree:
    """Grow the tree of a run over ascending ``levels``, the last of which is the event.

    ``splits``: into how many branches a run is split at each level but the last. The root is one of
    the branches all the way, with the luck that it had; the others are let go as they end.
    """
    if not levels or list(levels) != sorted(set(levels)):
        raise ValueError(f"ascending levels expected, got {list(levels)}")
    if len(splits) != len(levels) - 1 or min(splits, default=1) < 1:
        raise ValueError(f"a number of branches for each level but the last, got {list(splits)}")
    passed, branches = np.zeros(len(levels)), 0
    waiting: list[tuple[Iterator[State], int, float]] = [(iter([root]), 0, 1.0)]
    while waiting:
        others, k, weight = waiting[-1]
        state = next(others, None)
        if state is None:
            waiting.pop()
            continue
        branches += 1
        while k < len(levels) and state.advance(levels[k]):
            passed[k] += weight
            if k + 1 < len(levels) and splits[k] > 1:
                weight /= splits[k]
                waiting.append((state.branches(splits[k] - 1), k + 1, weight))
            k += 1
    return Tree(passed, branches)


def probability(trees: Floats, cost: Floats, level: float = LEVEL) -> Rare:
    """Return the probability that independent trees (n,) of known costs (n,) found."""
    found, variance = float(trees.mean()), variance_of_mean(trees)
    interval = _interval(trees, found, variance, level)
    each = float(cost.mean())
    plain = found * (1.0 - found) / (each * len(trees))
    return Rare(interval, saved_by(plain, variance) if found > 0.0 else math.nan, each)


def _interval(trees: Floats, found: float, variance: float, level: float) -> Interval:
    """Return the interval of the mean of trees, on the scale of logarithms.

    Where none came to the event: each holds a plain run, so that p is at most what n plain runs
    without it allow (Clopper and Pearson); with one tree that is all that is known too.
    """
    n = len(trees)
    if found == 0.0 or n < 2:  # noqa: PLR2004
        most = -math.expm1(math.log(0.5 - 0.5 * level) / n) if found == 0.0 else 1.0
        return Interval(found, 0.0, most, level, n)
    if found == 1.0 and variance == 0.0:
        return Interval(1.0, (0.5 - 0.5 * level) ** (1.0 / n), 1.0, level, n)
    logs = student(math.log(found), variance / (found * found), n - 1, n, level)
    return Interval(found, math.exp(logs.low), min(math.exp(logs.high), 1.0), level, n)
