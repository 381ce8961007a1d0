"""Splitting on chains with a closed form: the gambler's ruin."""

import math
from collections.abc import Iterator
from copy import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.kernel.random import Streams
from tdome.studies.estimators.splitting import grow, probability

UP = 0.3  # of a birth-death chain that starts at 1 and dies at 0
RATIO = (1.0 - UP) / UP


def reached(top, of=1):
    """Return P(top before 0 | start at ``of``): the gambler's ruin."""
    return (RATIO**of - 1.0) / (RATIO**top - 1.0)


class Walk:
    """A chain step by step, above a level as soon as it was at the next whole number."""

    def __init__(self, *names) -> None:
        self.names, self.luck = names, Streams(1)("walk", *names).generator()
        self.place = self.highest = 1
        self.splits = self.steps = 0

    def branches(self, count) -> Iterator["Walk"]:
        self.splits += 1
        here, split = copy(self), self.splits
        return (here.named(split, k) for k in range(count))

    def named(self, *branch) -> "Walk":
        other = copy(self)
        other.names, other.splits = (*self.names, *branch), 0
        other.luck = Streams(1)("walk", *other.names).generator()
        return other

    def advance(self, level) -> bool:
        while self.place > 0 and self.highest <= level:
            self.place += 1 if self.luck.random() < UP else -1
            self.highest = max(self.highest, self.place)
            self.steps += 1
        return self.highest > level


class Leap(Walk):
    """The same chain, a level at a time: what it does between levels is known."""

    def advance(self, level) -> bool:
        top = int(level) + 1
        if 0 < self.place < top:
            self.steps += 1
            self.place = top if self.luck.random() < reached(top, self.place) else 0
        return self.place >= top


def trees(kind, levels, splits, count, *names):
    return [grow(kind(*names, k), levels, splits) for k in range(count)]


@settings(max_examples=15, deadline=None)
@given(
    levels=st.lists(st.integers(1, 6), min_size=1, max_size=4, unique=True).map(sorted),
    branches=st.integers(1, 4),
    kind=st.sampled_from([Walk, Leap]),
)
def test_any_levels_and_any_number_of_branches_have_the_right_mean(levels, branches, kind):
    grown = trees(kind, levels, [branches] * (len(levels) - 1), 400, "mean", branches)
    passed = np.array([tree.passed for tree in grown])
    for level, column in zip(levels, passed.T, strict=True):
        truth = reached(level + 1)
        # At most the spread of plain runs: splitting only ever lowers it.
        error = math.sqrt(truth * (1.0 - truth) / len(column))
        assert abs(column.mean() - truth) < 4.5 * error + 1e-12


def test_one_in_ten_thousand_with_intervals_that_cover():
    levels, studies, each = [1, 2, 3, 4, 5, 6, 7, 8, 9], 100, 60
    truth = reached(10)
    found = []
    for study in range(studies):
        grown = trees(Leap, levels, [2] * 8, each, "rare", study)
        cost = np.array([1.0 + tree.branches for tree in grown])  # no more than that
        found.append(probability(np.array([tree.passed[-1] for tree in grown]), cost))
    assert truth < 3e-4
    estimates = np.array([one.interval.estimate for one in found])
    error = estimates.std(ddof=1) / math.sqrt(studies)
    assert abs(estimates.mean() - truth) < 3.0 * error
    seen = [one for one in found if one.interval.estimate > 0.0]
    assert np.mean([one.interval.holds(truth) for one in found]) >= 0.88
    assert np.median([one.saved for one in seen]) > 5.0


def test_the_root_is_one_of_the_branches_and_its_luck_is_its_own():
    plain, root = Walk("root", 3), Walk("root", 3)
    plain.advance(9)
    grow(root, [1, 2, 9], [3, 3])
    assert (root.place, root.highest, root.steps) == (plain.place, plain.highest, plain.steps)


def test_what_never_and_what_always_comes_has_an_honest_interval():
    never = probability(np.zeros(20), np.ones(20))
    assert never.interval.estimate == 0.0
    assert 0.15 < never.interval.high < 0.2
    assert math.isnan(never.saved)
    always = probability(np.ones(20), np.ones(20))
    assert 0.8 < always.interval.low < 0.9
    one = probability(np.array([0.25]), np.ones(1))
    assert (one.interval.low, one.interval.high) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("levels", "splits"), [([], []), ([3, 2], [2]), ([1, 1], [2]), ([1, 2], []), ([1, 2], [0])]
)
def test_levels_must_ascend_and_have_their_branches(levels, splits):
    with pytest.raises(ValueError, match=r"expected|for each level"):
        grow(Walk("none"), levels, splits)
