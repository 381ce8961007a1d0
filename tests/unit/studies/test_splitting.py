"""Splitting on chains with a closed form: the gambler's ruin."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from tdome.kernel.random import Stream, Streams
from tdome.studies.estimators.splitting import split

UP = 0.3  # of a birth-death chain that starts at 1 and dies at 0
RATIO = (1.0 - UP) / UP


def reached(top, of=1):
    """Return P(top before 0 | start at ``of``): the gambler's ruin."""
    return (RATIO**of - 1.0) / (RATIO**top - 1.0)


@dataclass
class Walk:
    """A chain step by step."""

    luck: np.random.Generator
    place: int = 1
    highest: int = 1

    def clone(self, luck: Stream) -> "Walk":
        return replace(self, luck=luck.generator())

    def advance(self, level: float) -> bool:
        while self.place > 0 and self.highest < level:
            self.place += 1 if self.luck.random() < UP else -1
            self.highest = max(self.highest, self.place)
        return self.highest >= level

    def level(self) -> float:
        return self.highest


@dataclass
class Leap:
    """The same chain, a level at a time: what it does between levels is known."""

    luck: Stream
    place: int = 1
    alive: bool = True

    def clone(self, luck: Stream) -> "Leap":
        return replace(self, luck=luck)

    def advance(self, level: float) -> bool:
        top = int(level)
        if self.place < top:
            chance = reached(top, self.place)
            self.alive = self.luck.draw(self.place)[0] < chance
            self.place = top if self.alive else 0
        return self.alive

    def level(self) -> float:
        return self.place


def test_a_walk_step_by_step():
    found = split(
        lambda luck: Walk(luck.generator()),
        [2, 3, 4, 5, 6],
        effort=60,
        runs=80,
        streams=Streams(1),
    )
    truth = reached(6)  # 8e-3
    assert found.interval.holds(truth)
    assert found.branches <= 60 * 80 * 5
    assert found.shares[0] == pytest.approx(UP, abs=0.05)


def test_unbiased_and_covering_for_one_in_ten_thousand():
    levels, studies = [2, 4, 6, 8, 10], 60
    truth = reached(10)
    found = [
        split(Leap, levels, effort=30, runs=12, streams=Streams(seed)) for seed in range(studies)
    ]
    estimates = np.array([one.interval.estimate for one in found])
    error = estimates.std(ddof=1) / math.sqrt(studies)
    assert truth < 3e-4
    assert abs(estimates.mean() - truth) < 3.0 * error
    coverage = np.mean([one.interval.holds(truth) for one in found])
    assert coverage >= 0.88  # 95 % less two standard errors of 60 studies, and some skew
    assert np.median([one.saved for one in found]) > 10.0


def test_an_event_that_never_comes_is_zero_and_levels_must_ascend():
    found = split(Leap, [400, 500], effort=5, runs=4, streams=Streams(1))
    assert found.interval.estimate == 0.0
    assert reached(500) < found.interval.high < 0.5
    with pytest.raises(ValueError, match="ascending"):
        split(Leap, [3, 2], effort=5, runs=4, streams=Streams(1))
