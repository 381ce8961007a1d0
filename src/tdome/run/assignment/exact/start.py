"""Where the exact method starts: prices and a plan from the auction."""

from collections.abc import Callable

import numpy as np

from tdome.run.assignment.exact.auction import HOLD, begin, rounds_of_bids
from tdome.run.assignment.exact.columns import Columns, Pricing
from tdome.run.assignment.exact.greedy import fill, mend
from tdome.run.assignment.exact.pricing import LEAST_Q
from tdome.run.assignment.exact.search import DEPTH, Floats, Ints
from tdome.run.assignment.instance import Instance

_TOP = 96
_BIDS = 20  # a threat and phase
_SLICE = 2_000  # bids between two looks at the clock
_MANY = 2_000  # rounds that the first plan may use at least
_GREEDY, _MENDED, _PASSES = 4e6, 4e6, 4  # work that the first plan may take


class Auction:
    """The auction's state between its phases."""

    def __init__(self, pricing: Pricing) -> None:
        instance = pricing.instance
        self.pricing = pricing
        # More rounds of a type than threats could hold are of no use to it.
        many = np.minimum(instance.rounds, instance.threats * 4)
        self.first = np.concatenate([[0], np.cumsum(many)]).astype(np.int64)
        self.type_of = np.repeat(np.arange(instance.types), many)
        self.price = np.zeros(len(self.type_of))
        self.owner = np.full(len(self.type_of), -1, np.int64)
        self.low = np.where(many > 0, self.first[:-1], -1)
        self.held = np.full((instance.threats, HOLD), -1, np.int64)
        self.top = np.ascontiguousarray(pricing.top[:, :_TOP])
        self.lists = (
            np.zeros((2, len(self.type_of)), np.int64), np.zeros((2, instance.threats), np.int64),
            np.zeros(3, np.int64), np.empty(instance.threats),
        )  # fmt: skip

    def phase(self, eps: float, late: Callable[[], bool]) -> bool:
        """Bid with raises of at least eps; return whether it came to rest before it was late."""
        v, p, by_threat = *_arrays(self.pricing.instance), self.pricing.by_threat
        most = _BIDS * (len(v) + len(self.price))
        begin(v, by_threat, self.type_of, self.price, self.owner, self.held, *self.lists)
        for at in range(0, most, _SLICE):
            some = min(_SLICE, most - at)
            done = rounds_of_bids(
                eps, some, v, by_threat, p, self.top, self.first, self.type_of,
                self.price, self.owner, self.low, self.held, *self.lists,
            )  # fmt: skip
            if done < some:
                return True
            if late():
                break
        return False

    def widen(self, sets: Columns) -> int:
        """Let threats bid for the types of these sets too; return how many could not before.

        A threat bids for its most probable types; one that is not among them can become cheap.
        """
        p = self.pricing.by_threat
        owner = np.repeat(sets.owner, np.diff(sets.start))
        added = 0
        last = np.full(len(p), self.top.shape[1], np.int64)
        for j, i in zip(owner, sets.types, strict=True):
            if last[j] > self.top.shape[1] // 2 and i not in self.top[j]:
                last[j] -= 1
                self.top[j, last[j]] = i
                added += 1
        for j in np.flatnonzero(last < self.top.shape[1]):
            order = np.argsort(-p[j, self.top[j]], kind="stable")
            self.top[j] = self.top[j, order]
        return added

    def prices(self) -> Floats:
        """Return the price of each type: the lowest of its rounds."""
        u = np.zeros(len(self.first) - 1)
        some = self.low >= 0
        u[some] = self.price[self.low[some]]
        return u

    def columns(self) -> Columns:
        """Return what each threat holds, one set a threat."""
        instance = self.pricing.instance
        many = (self.held >= 0).sum(axis=1)
        types = self.type_of[self.held[self.held >= 0]]
        x = np.column_stack([types, np.repeat(np.arange(instance.threats), many)])
        return columns_of(instance, x)


def _arrays(instance: Instance) -> tuple[Floats, Floats]:
    return instance.values, instance.kill_probability


def mended(instance: Instance) -> Columns:
    """Return a plan by greatest gain first, mended by moves and exchanges where it is small."""
    v, p, m = instance.values, instance.kill_probability, instance.rounds
    left = v.copy()
    most = max(DEPTH * len(v), _MANY)
    total = int(min(np.sum(np.minimum(m, most)), most))
    x = np.empty((total, 2), np.int64)
    if total * (len(v) + len(m)) <= _GREEDY:
        x = x[: fill(left, p, m.copy(), x, np.zeros(1, np.int64), total)]
        if len(x) * (len(v) + len(x)) <= _MENDED:
            mend(v, p, x, left, _PASSES)
    else:
        x = x[:0]
    return columns_of(instance, x)


def columns_of(instance: Instance, x: Ints) -> Columns:
    """Return rows (type, threat), one for each round, as one set a threat."""
    order = np.lexsort((x[:, 0], x[:, 1]))
    types, threat = x[order, 0].copy(), x[order, 1].copy()
    many = np.bincount(threat, minlength=instance.threats)
    cost = instance.values.copy()
    np.multiply.at(cost, threat, 1.0 - instance.kill_probability[types, threat])
    start = np.concatenate([[0], np.cumsum(many)]).astype(np.int64)
    return Columns(np.arange(instance.threats), cost, start, types)


def prices_of(instance: Instance, plan: Columns) -> Floats:
    """Guess prices from a plan: between what a round saves and what it would save elsewhere."""
    p = instance.kill_probability
    owner = np.repeat(plan.owner, np.diff(plan.start))
    kind = plan.types
    left = np.maximum(plan.cost, 1e-300)
    with np.errstate(over="ignore"):
        saves = left[owner] * p[kind, owner] / np.maximum(1.0 - p[kind, owner], LEAST_Q)
    low = np.empty(instance.types)
    for i in range(instance.types):
        low[i] = np.max(left * p[i], initial=0.0)
    high = np.full(instance.types, np.inf)
    np.minimum.at(high, kind, saves)
    # A type that is not used up is worth nothing here, but its price must be able to rise.
    used = np.isfinite(high)
    high[~used] = low[~used]
    return np.asarray(np.sqrt(np.minimum(low, high)) * np.sqrt(high))
