"""Sets of rounds as columns in flat arrays, and the pricing of all threats."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tdome.run.assignment.exact.pricing import price_sets
from tdome.run.assignment.exact.search import DEPTH, Floats, Ints
from tdome.run.assignment.instance import Instance

_TOP = 192  # types of a threat that are sorted; the rest is read by price
_BLOCK = 256


@dataclass(frozen=True)
class Columns:
    """Sets of rounds: of threat ``owner[k]`` types ``types[start[k]:start[k + 1]]``, once a round.

    ``cost`` is the value that the threat keeps.
    """

    owner: Ints
    cost: Floats
    start: Ints
    types: Ints

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.owner)

    @classmethod
    def join(cls, parts: "list[Columns]") -> "Columns":
        """Put lists of columns behind one another."""
        sizes = np.concatenate([[0], *[np.diff(part.start) for part in parts]])
        return cls(
            np.concatenate([part.owner for part in parts] or [np.empty(0, np.int64)]),
            np.concatenate([part.cost for part in parts] or [np.empty(0)]),
            np.cumsum(sizes).astype(np.int64),
            np.concatenate([part.types for part in parts] or [np.empty(0, np.int64)]),
        )

    def take(self, which: Ints) -> "Columns":
        """Return the columns with these places."""
        sizes = np.diff(self.start)[which]
        start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        inside = np.arange(start[-1]) - np.repeat(start[:-1], sizes)
        types = self.types[np.repeat(self.start[which], sizes) + inside]
        return Columns(self.owner[which], self.cost[which], start, types)

    def paid(self, u: Floats) -> Floats:
        """Return the sum of prices of each column."""
        sums = np.concatenate([[0.0], np.cumsum(u[self.types])])
        many = np.diff(self.start)
        paid = sums[self.start[1:]] - sums[self.start[:-1]]
        one = many == 1
        paid[one] = u[self.types[self.start[:-1][one]]]
        return np.where(many == 0, 0.0, paid)

    def keys(self) -> NDArray[np.uint64]:
        """Return a number for each column by what it holds (sets in one order have one number)."""
        many = np.diff(self.start)
        column = np.repeat(np.arange(len(self)), many)
        order = np.lexsort((self.types, column))
        key = self.owner.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        place = np.arange(len(order)) - np.repeat(self.start[:-1], many)
        word = (self.types[order].astype(np.uint64) + np.uint64(1)) * np.uint64(0xBF58476D1CE4E5B9)
        word ^= word >> np.uint64(29)
        word *= np.uint64(2) * place.astype(np.uint64) + np.uint64(0x94D049BB133111EB)
        word ^= word >> np.uint64(32)
        np.add.at(key, column, word)
        return key


@dataclass(frozen=True)
class Priced:
    """What pricing found: phi and a lower bound of it by threat, sets, lists not complete."""

    phi: Floats
    bound: Floats
    columns: Columns
    cut: int


class Pricing:
    """An instance laid out for pricing: by threat, with its most probable types sorted."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        p = instance.kill_probability
        self.by_threat = np.ascontiguousarray(p.T)
        self.top = most_probable(self.by_threat, _TOP)

    def total(self, phi: Floats, u: Floats) -> float:
        """Return the bound sum phi - sum m u."""
        return float(np.sum(phi) - np.sum(self.instance.rounds * u))

    def __call__(
        self, u: Floats, known: Floats | None = None, slack: Floats | float = 0.0, cap: int = 1,
        most: int = 4_000_000, late: Callable[[], bool] | None = None,
    ) -> Priced:  # fmt: skip
        """Price all threats at prices u > 0; list up to ``cap`` sets within ``slack`` of the least.

        At most about ``most`` sets in all, and not beyond where it is ``late``; ``cut`` then counts
        the threats that were not reached.
        """
        v, m = self.instance.values, self.instance.rounds
        threats = len(v)
        by_price = np.argsort(u, kind="stable")
        rounds = np.repeat(u[by_price[: DEPTH + 1]], np.minimum(m[by_price[: DEPTH + 1]], DEPTH))
        cheapest = np.concatenate([[0.0], np.cumsum(rounds[:DEPTH])])
        known = np.full(threats, np.inf) if known is None else known
        slack = np.full(threats, slack) if isinstance(slack, float) else slack
        phi, bound = np.empty(threats), np.empty(threats)
        parts: list[Columns] = []
        at, cut, listed = 0, 0, 0
        room = max(cap, min(threats * min(cap, 8), 1_000_000)) + 1
        step = threats if late is None else _BLOCK
        while at < threats and listed < most and not (late is not None and late()):
            owner, cost = np.empty(room, np.int64), np.empty(room)
            start = np.empty(room + 1, np.int64)
            types = np.empty(room * 3 + cap * DEPTH, np.int64)
            at, count, missed, _ = price_sets(
                at, min(at + step, threats), v, self.by_threat, m, u, by_price, cheapest,
                self.top, known, slack, cap, phi, bound, owner, cost, start, types,
            )  # fmt: skip
            cut += missed
            listed += count
            found = Columns(owner[:count], cost[:count], start[: count + 1], types)
            parts.append(found.take(np.arange(count)))  # a copy: the arrays have room to spare
        return Priced(phi, bound, Columns.join(parts), cut + threats - at)


def most_probable(by_threat: Floats, most: int) -> NDArray[np.int32]:
    """Return of each threat the places of the most probable types, most probable first."""
    threats, types = by_threat.shape
    wide = min(types, most)
    top = np.empty((threats, wide), np.int32)
    for begin in range(0, threats, _BLOCK):
        some = by_threat[begin : begin + _BLOCK]
        if wide < types:
            picked = np.sort(np.argpartition(some, types - wide, axis=1)[:, types - wide :], axis=1)
        else:
            picked = np.broadcast_to(np.arange(types), some.shape)
        order = np.argsort(-np.take_along_axis(some, picked, 1), axis=1, kind="stable")
        top[begin : begin + _BLOCK] = np.take_along_axis(picked, order, 1)
    return top
