"""The engine ``splitting``: full runs, each of which grows a tree over the levels of a rare event.

The run of the row's seed is the root of its tree and goes on to its end as if it was alone: its
measures are bit by bit those of ``stepwise``. Beside them stand

- ``rare``: the tree's probability of the event, which has the right mean;
- ``rare.plain``: 1 where the root itself came to the event, which has the same mean;
- ``rare.cost``: decisions of the whole tree over those of the root: what the row cost, in runs;
- ``rare.branches``, and ``rare.passed.<k>``: the probability to come over the k-th level, which
  counts in part what was missed and still flies.

A branch is a snapshot that goes on with another seed (:mod:`tdome.run.branch`), without tape and
score, and no longer than the event can come. A row depends on (inputs, seed) alone.
"""

import math
import sys
from collections.abc import Callable, Iterator
from copy import copy
from functools import lru_cache
from typing import Any, ClassVar

from tdome.kernel.errors import ConfigError
from tdome.kernel.random import object_key
from tdome.run.branch import Snapshot
from tdome.run.library import Inputs
from tdome.run.loop import Loop
from tdome.score.raid.toll import Toll
from tdome.studies.design.schema import Rare
from tdome.studies.engines.pilot import levels_by_screening
from tdome.studies.engines.stepwise import Stepwise
from tdome.studies.estimators.splitting import grow
from tdome.studies.measures.names import NO_LEAKER, RARE

_ALL = sys.float_info.max  # over it: all raiders are gone and none leaked


class Splitting(Stepwise):
    """Full runs that are split on their way to a rare event."""

    name = "splitting"
    splits: ClassVar = True

    def __init__(self, rare: Rare | None = None) -> None:
        if rare is None:
            problem = "engine 'splitting' needs the event that it is to find"
            hint = '[rare] measure = "value.lost", above = 120'
            raise ConfigError("study", None, "rare", problem, hint)
        super().__init__()
        self._rare = rare

    def _measured(self, inputs: Inputs, seed: int) -> dict[str, float]:
        rare, told = self._rare, dict[str, float]()
        levels = _levels(inputs, rare)
        splits = [rare.branches] * (len(levels) - 1)

        def grown(loop: Loop) -> Any:  # noqa: ANN401  (one picture or several)
            root = Raid(loop, rare.measure, levels[-1], seed)
            tree = grow(root, levels, splits)
            told[RARE + "plain"] = float(root.finish())
            told[RARE + "cost"] = root.spent.steps / loop.steps
            told[RARE + "branches"] = float(tree.branches)
            passed = tree.passed.tolist()
            told["rare"] = passed.pop()
            told.update({f"{RARE}passed.{k}": p for k, p in enumerate(passed, 1)})
            return loop.picture

        return self._run(inputs, seed, grown) | told


class _Spent:
    """Decisions of all branches of a tree."""

    steps = 0


class Raid:
    """A run on its way to the event: a state that can be split. ``over``: it has come to its end.

    On the way what was missed and still flies counts in part (:mod:`tdome.score.raid.toll`): it is
    the shots that decide, and who waits for the impact comes too late to give others better luck.
    The event itself is counted as in the outcome. ``seed``: of its luck since it was split off.
    """

    def __init__(self, loop: Loop, measure: str, event: float, seed: int) -> None:
        self.loop, self.over, self.spent = loop, False, _Spent()
        scenario, plan = loop.world.scenario, loop.chain.plan
        self._toll, self._ends, self._shots = Toll(plan.assets, scenario.threats), 0, 0
        self._measure, self._event = measure, event
        self._seed, self._splits = seed, 0
        self._come, self._near = 0.0, 0.0

    def branches(self, count: int) -> Iterator["Raid"]:
        """Return copies of it as it is now, each with a seed of its own."""
        self._splits += 1
        at, here = Snapshot(self.loop), copy(self)
        here._toll = self._toll.copy()
        seeds = [object_key("branch", self._seed, self._splits, k) for k in range(count)]
        return (here._branch(at, seed) for seed in seeds)

    def _branch(self, at: Snapshot, seed: int) -> "Raid":
        other = copy(self)
        other.loop, other._toll = at.branch(seed), self._toll.copy()
        other._seed, other._splits = seed, 0
        return other

    def advance(self, level: float) -> bool:
        """Go on until it is over a level: True; False where it can not come there any more."""
        if not (self.over or self._over(level)):
            self._go_on(lambda: self._settled(level))
        return self._over(level)

    def finish(self) -> bool:
        """Go on to the end of the run, and tell whether it came to the event."""
        if not self.over:
            self._go_on(lambda: False)
        return self._over(self._event)

    def _go_on(self, until: Callable[[], bool]) -> None:
        before = self.loop.steps
        self.over = self.loop.go_on(until)
        self._look()
        self.spent.steps += self.loop.steps - before

    def _over(self, level: float) -> bool:
        return (self._come if level == self._event else self._near) > level

    def _settled(self, level: float) -> bool:
        """Tell whether it is known if it comes over a level."""
        self._look()
        return self._over(level) or self._come == -math.inf or self._none_left()

    def _none_left(self) -> bool:
        return self.loop.world.hostile_left() == 0

    def _look(self) -> None:
        """Bring the toll up to date."""
        world = self.loop.world
        missed, shots = world.misses(self._shots)
        ended, ends = world.endings(self._ends)
        if shots > self._shots or ends > self._ends:
            self._shots, self._ends = shots, ends
            self._toll.fear(missed)
            self._toll.take(ended)
            if self._measure != NO_LEAKER:
                self._come = self._toll.of(self._measure)
                self._near = self._toll.feared(self._measure)
        if self._measure == NO_LEAKER:
            self._look_for_none()

    def _look_for_none(self) -> None:
        if self._toll.leaked:
            self._come = self._near = -math.inf
        else:
            gone = self.over or self._none_left()
            self._come, self._near = (math.inf if gone else 0.0), float(self._toll.ended)


@lru_cache(maxsize=8)
def _levels(inputs: Inputs, rare: Rare) -> tuple[float, ...]:
    """Return the levels of a design point, the event last."""
    last = _ALL if rare.above is None else rare.above
    return (*(rare.levels or levels_by_screening(inputs, rare)), last)
