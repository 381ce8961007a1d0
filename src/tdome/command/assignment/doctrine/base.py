"""Contract of a firing doctrine: from the chances that threats leave to rounds and prices."""

from typing import NamedTuple, Protocol

import numpy as np

from tdome.messages.base import Codes, Floats, Ints

NOT_NOW = np.inf  # a price that no return pays: this pair is left alone in this step


class Chances(NamedTuple):
    """What a doctrine is shown: n threats that may be engaged, u fire units.

    value : (n,) value at risk. spent, shots : (n,) rounds that were fired at a threat or promised,
    and how many more its shot limit allows. allowed : (n, u) 1 where no gate stands in the way.
    sspk : (n, u) believed. intercept, last : (n, u) s from now: earliest intercept (nan: none) and
    latest launch (-inf: none). lead : (u,) s that a unit needs from a decision to its launch.
    look : s until a miss is known. left : (u,) rounds. price : (u,) what a round costs, in value.
    """

    value: Floats
    spent: Ints
    shots: Ints
    allowed: Codes
    sspk: Floats
    intercept: Floats
    last: Floats
    lead: Floats
    look: float
    left: Ints
    price: Floats


class Wishes(NamedTuple):
    """What a doctrine asks for, pair by pair.

    early, late : (n, u) rounds wanted where some unit could shoot again after a miss is known, and
    where none could; 0: none. price : (n, u) that a round has to earn, in value; NOT_NOW holds the
    pair back. keep : (n, u) rounds of the unit that this threat may not touch. curve : (u, k) price
    on top for the last, the second to last ... round of a unit; (u, 0) for none.
    """

    early: Ints
    late: Ints
    price: Floats
    keep: Ints
    curve: Floats


class Doctrine(Protocol):
    """A firing doctrine, built as ``Implementation(plan)``; ``doctrine.firing`` names it.

    Promises: pure; wishes of the shapes and types above, none negative or nan; threats in another
    order get the same wishes in that order. It can not break a hard rule: gates, magazines,
    channels, windows and the shot limit are the assigner's.
    """

    def wishes(self, chances: Chances) -> Wishes:
        """Return what is wanted from these chances."""


def plain(chances: Chances, early: int, late: int) -> Wishes:
    """Return wishes that are the same for all pairs, at the price of a round."""
    shape = chances.sspk.shape
    return Wishes(
        early=np.full(shape, early, np.int32),
        late=np.full(shape, late, np.int32),
        price=np.broadcast_to(chances.price, shape).copy(),
        keep=np.zeros(shape, np.int32),
        curve=np.zeros((shape[1], 0)),
    )


def again(chances: Chances, u: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Tell which units could shoot at which threats after a miss of unit u is known, (n, u)."""
    known = chances.intercept[:, u, None] + chances.look
    spare = chances.left - (np.arange(len(chances.left)) == u)
    in_time = chances.last >= known + chances.lead[None, :]
    return np.asarray(in_time & (chances.allowed > 0) & (spare > 0)[None, :])
