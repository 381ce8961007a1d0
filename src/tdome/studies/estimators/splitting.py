"""Rare events by fixed-effort splitting: P(no leaker), P(loss > x).

A rare event is reached through levels on the way: time without a leaker, loss so far. At each level
``effort`` states go on, drawn with replacement from those that reached it, each with fresh luck;
the share that reaches the next level is noted. The product of the shares has the right mean for
any effort and any levels (L'Ecuyer, Demers and Tuffin, ACM TOMACS 17(2), 2007). Runs are
independent, so their mean has a Student interval. It is taken for the logarithm (delta method),
since products are skew: as it stands it covered less in our simulations. Where no state came to
some level, the interval's upper end is what that level's share may be at most. Levels must be set
beforehand, not from the same runs; best are those with shares of about 0.2.

``saved``: crude Monte Carlo with as many starts as all branches of ours would have the variance
p (1 - p) / branches. A branch costs at most one raid, so the factor is a lower bound.

Limits: the states of the real engine can not be cloned yet (its luck is keyed, its state lies in
many objects), so this is tested on models with a known answer, and no study of tdome uses it so
far. A raid with keyed draws needs another seed for each clone from there on, not another position
in one stream.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, Self

import numpy as np

from tdome.kernel.random import Stream, Streams
from tdome.messages.base import Floats
from tdome.studies.estimators.interval import (
    LEVEL,
    Interval,
    saved_by,
    student,
    variance_of_mean,
)


class State(Protocol):
    """A raid at some moment, which can be copied and go on."""

    def clone(self, luck: Stream) -> Self:
        """Return a copy that goes on with fresh luck, and shares nothing with this one."""

    def advance(self, level: float) -> bool:
        """Go on until ``level()`` is at or over a level: True; False where it ended before."""

    def level(self) -> float:
        """Return how far on the way to the event it has ever been."""


class Split(NamedTuple):
    """P of the last level. shares: mean share that reached each level; branches: of all runs."""

    interval: Interval
    saved: float
    shares: Floats
    branches: int


def split(
    start: Callable[[Stream], State],
    levels: Sequence[float],
    *,
    effort: int,
    runs: int,
    streams: Streams,
    level: float = LEVEL,
) -> Split:
    """Return the probability to reach the last of ascending ``levels`` from ``start``."""
    if list(levels) != sorted(set(levels)) or not levels:
        raise ValueError(f"ascending levels expected, got {list(levels)}")
    shares = np.zeros((runs, len(levels)))
    branches = 0
    for run in range(runs):
        states = [start(streams("split", run, 0, i)) for i in range(effort)]
        for k, height in enumerate(levels):
            arrived = [state for state in states if state.advance(height)]
            branches += len(states)
            shares[run, k] = len(arrived) / effort
            if not arrived or k + 1 == len(levels):
                break
            states = _drawn(arrived, effort, streams, run, k + 1)
    p = shares.prod(axis=1)
    found, variance = float(p.mean()), variance_of_mean(p)
    interval = _interval(shares, effort, level)
    crude = found * (1.0 - found) / branches
    return Split(interval, saved_by(crude, variance), shares.mean(axis=0), branches)


def _interval(shares: Floats, effort: int, level: float) -> Interval:
    """Return the interval of the mean of runs (runs, levels), on the scale of logarithms."""
    p = shares.prod(axis=1)
    found, runs = float(p.mean()), len(p)
    if found == 0.0:  # nobody came further than some level: what its share may be at most
        means = shares.mean(axis=0)
        stop = int(np.argmin(means > 0.0))
        tried = effort * max(int((shares[:, :stop].prod(axis=1) > 0.0).sum()), 1)
        most = float(means[:stop].prod()) * -math.expm1(math.log(0.5 - 0.5 * level) / tried)
        return Interval(0.0, 0.0, most, level, runs)
    relative = variance_of_mean(p) / (found * found)
    logs = student(math.log(found), relative, runs - 1, runs, level)
    return Interval(found, math.exp(logs.low), min(math.exp(logs.high), 1.0), level, runs)


def _drawn(
    arrived: list[State], effort: int, streams: Streams, run: int, stage: int
) -> list[State]:
    """Return ``effort`` clones of states drawn with replacement."""
    pick = streams("split", run, stage).generator().integers(len(arrived), size=effort)
    return [
        arrived[row].clone(streams("split", run, stage, i)) for i, row in enumerate(pick.tolist())
    ]
