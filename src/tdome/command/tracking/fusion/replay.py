"""Bounded replay: late scans are put where they belong, and what came after is done again.

For a tracker whose state is a value (``fold(state, scan) -> state``, nothing written to) the last
states are kept beside their scans. A late scan takes up the state before it. The result equals that
of scans in order, association and all, bit for bit, as long as no scan is later than ``lag``; the
cost is the folds between. :mod:`.late` costs one update instead, and takes the association as it
was.
"""

from bisect import bisect_right
from collections.abc import Callable
from typing import Generic, NamedTuple, Self, TypeVar

S = TypeVar("S")
R = TypeVar("R")


class Past(NamedTuple, Generic[S, R]):
    """A scan, its key, and the state before it."""

    key: tuple[int, int]
    scan: R
    before: S


class Replay(NamedTuple, Generic[S, R]):
    """State of a folded tracker, and as much of its past as a late scan may reach.

    state: with all scans so far. past: ascending in key (int ns, sensor). refused: scans that came
    later than lag, int ns, after the newest.
    """

    state: S
    lag: int
    past: tuple[Past[S, R], ...] = ()
    refused: int = 0

    def fold(self, fold: Callable[[S, R], S], scan: R, at: int, sensor: int) -> Self:
        """Fold a scan of a time (int ns) and a sensor in where it belongs."""
        newest = max(self.past[-1].key[0], at) if self.past else at
        if newest - at > self.lag:
            return self._replace(refused=self.refused + 1)
        key = (at, sensor)
        place = bisect_right([past.key for past in self.past], key)
        later = self.past[place:]
        state = later[0].before if later else self.state
        redone = list(self.past[:place])
        for when, what in [(key, scan), *((past.key, past.scan) for past in later)]:
            redone.append(Past(when, what, state))
            state = fold(state, what)
        kept = tuple(past for past in redone if newest - past.key[0] <= self.lag)
        return self._replace(state=state, past=kept)
