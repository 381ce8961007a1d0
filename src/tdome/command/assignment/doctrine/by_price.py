"""Doctrines by the worth of a round: reserve prices by unit, and a look ahead at prices."""

import numpy as np
from numpy.typing import NDArray

from tdome.command.assignment.doctrine.base import NOT_NOW, Chances, Wishes, again, plain
from tdome.command.assignment.doctrine.chances import price1
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats, Ints
from tdome.plan.plan import Plan

Places = NDArray[np.intp]

AHEAD = 2  # later chances that are looked at
_SURE: Floats = np.zeros(2)  # errors of kill assessment: none


def curve_of(plan: Plan) -> Floats:
    """Return the plan's reserve prices by unit, (u, k): of the last, the second to last ... round.

    ``doctrine.reserve_prices`` may name a unit, a type of unit or a layer; the first of these that
    it names counts. Beyond the list a round has no price on top. Raises ConfigError for a name that
    is none of them, with the nearest one.
    """
    told, units = plan.doctrine.reserve_prices, plan.units
    known = [*units.names, *units.types, *units.layers]
    for name in told:
        if name not in known:
            key = "doctrine.reserve_prices"
            raise ConfigError.unknown(file=plan.source, key=key, name=name, valid=known)
    of_unit = zip(units.names, units.types, units.layers, strict=True)
    rows = [next((told[name] for name in names if name in told), []) for names in of_unit]
    out = np.zeros((len(rows), max((len(row) for row in rows), default=0)))
    for u, row in enumerate(rows):
        out[u, : len(row)] = row
    return out


class ReservePrices:
    """Shoot-look-shoot in which the last rounds of a unit have to earn what they are worth later.

    Approximate dynamic programming in the form of a table: the worth of a round by how many are
    left, learned offline (`tdome.run.doctrine.prices`) or set by the plan (`curve_of`).
    """

    def __init__(self, plan: Plan) -> None:
        self.last = plan.doctrine.last_chance_rounds
        self.curve = curve_of(plan)

    def wishes(self, chances: Chances) -> Wishes:
        """Return shoot-look-shoot with the curve."""
        return plain(chances, 1, self.last)._replace(curve=self.curve.copy())


class Lookahead:
    """The rounds, 0 to ``salvo_rounds``, that are best for a threat given its later chances.

    For a pair with R, the least expected loss and price over the chances that come after a miss is
    known (chances.py), the s with the least  s price + (1 - sspk)^s R  is wanted; 0 leaves the
    threat to them. Prices are the round's cost and the reserve price of the present magazine.
    Later chances: the AHEAD best units by sspk that could still launch then, one look each.
    Assumptions: they come one after the other, assessment does not err, no other threat takes their
    channels.
    """

    def __init__(self, plan: Plan) -> None:
        self.most = plan.doctrine.salvo_rounds
        self.curve = curve_of(plan)

    def wishes(self, chances: Chances) -> Wishes:
        """Return the best number for each pair."""
        said = plain(chances, 0, 0)
        price = chances.price + now_price(self.curve, chances.left)
        said.price[:] = price
        for u in range(len(price)):
            later = again(chances, u)
            for i in np.flatnonzero(np.isfinite(chances.intercept[:, u])):
                rest = self._rest(chances, price, int(i), np.flatnonzero(later[i]))
                s = np.arange(self.most + 1)
                cost = s * price[u] + (1.0 - chances.sspk[i, u]) ** s * rest
                best = int(np.argmin(cost))
                said.early[i, u] = said.late[i, u] = max(best, 1)
                if best == 0:
                    said.price[i, u] = NOT_NOW
        return said

    def _rest(self, chances: Chances, price: Floats, i: int, later: Places) -> float:
        """Return R over the best of the units ``later`` for threat i."""
        best = later[np.argsort(-chances.sspk[i, later], kind="stable")[:AHEAD]]
        if len(best) == 0:
            return float(chances.value[i])
        pk = np.ascontiguousarray(chances.sspk[i, best])
        return float(price1(0, 1.0, price[best], pk, chances.value[i], self.most, _SURE))


def now_price(curve: Floats, left: Ints) -> Floats:
    """Return the reserve price of the next round of each unit, 0 where there is none."""
    if curve.shape[1] == 0:
        return np.zeros(len(left))
    place = np.clip(left - 1, 0, curve.shape[1] - 1)
    beyond = (left < 1) | (left > curve.shape[1])
    return np.where(beyond, 0.0, curve[np.arange(len(left)), place])
