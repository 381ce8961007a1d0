"""The timed weapon assignment problem in flat columns: what may be launched at what, and when.

Time is cut into slots. A pair (threat, unit) has a window of launch slots; a launch in slot t
holds one channel of fire for ``busy`` slots from t on (flight and assessment; it may differ by
slot, and 0 forbids the slot: a no-fire zone, a keep-out zone under the intercept). A plan is a set
of shots (pair, slot). It is feasible if

- a unit launches at most once in any ``spacing`` slots, and not before ``ready``;
- at no slot more of a unit's channels are held than it has, shots in flight included;
- no more rounds leave than are ready: ``rounds`` before ``reload_at``, ``reload_rounds`` more from
  there on;
- no threat gets more than ``shots`` shots.

It is worth  sum_j v_j (1 - prod (1 - p)) - sum price + stay x (shots that the last plan had, too),
with v_j what is still at stake: its value times the chance that all shots in flight miss.

Assumptions: shots are independent; the kill probability of a pair is one number over its window;
all planned shots count, as if no look came between (plans are made anew as outcomes are known).
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.messages.base import Floats, Ints, Longs

Shorts = NDArray[np.int16]

# Columns of `pairs`, shape (k, 5), and of `units`, shape (u, 6); all int32.
UNIT, FIRST, LAST, AT, KEPT = range(5)
ROUNDS, RELOADED, RELOAD_AT, CHANNELS, SPACING, READY = range(6)
MOST_SHOTS = 16  # of one threat in one plan


class Problem(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One snapshot.

    slots: launch slots 0 … slots - 1. value: (n,) at stake. shots: (n,) that may still be fired at
    it. start: (n + 1,) first pair of each threat; pairs of a threat are in the order of units.
    pairs: (k, 5) UNIT, FIRST and LAST launch slot, AT (place in ``busy`` of the first slot), KEPT
    (shots that the last plan gave this pair). kill: (k,) probability. busy: slots for which a
    channel is held, 0 forbids. units: (u, 6) ROUNDS ready, RELOADED rounds that come at RELOAD_AT,
    CHANNELS, SPACING in slots (1 or more), READY (first slot allowed). price: (u,) of a round
    (reserve), in units of value. flying: (f, 3) unit, launch slot (may be negative), slots busy:
    what is in flight or promised; its rounds are not in ROUNDS any more. stay: worth of a shot that
    the last plan had.
    """

    slots: int
    value: Floats
    shots: Ints
    start: Longs
    pairs: Ints
    kill: Floats
    busy: Shorts
    units: Ints
    price: Floats
    flying: Ints
    stay: float = 0.0

    @property
    def width(self) -> int:
        """Slots in which a channel can be held: beyond the last launch, too."""
        flying = int((self.flying[:, 1] + self.flying[:, 2]).max(initial=0))
        return max(self.slots + int(self.busy.max(initial=0)), flying) + 1


class Plan(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Shots of a plan, in the order of threats: threat, pair, unit, slot, each (s,); its worth.

    guide: (u,) prices of scarce rounds that led to it: a start for the next plan.
    """

    threat: Ints
    pair: Ints
    unit: Ints
    slot: Ints
    worth: float
    guide: Floats


def saved(problem: Problem, threat: Ints, pair: Ints) -> float:
    """Value saved by shots, v (1 - prod (1 - p)) summed over threats; no prices."""
    missed = np.ones(len(problem.value))
    np.multiply.at(missed, threat, 1.0 - problem.kill[pair])
    return float(np.sum(problem.value * (1.0 - missed)))
