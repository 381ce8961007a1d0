"""The exact method from end to end: plan and prices, column generation, complete enumeration."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from tdome.run.assignment.exact.columns import Columns, Priced, Pricing
from tdome.run.assignment.exact.master import Master, choose
from tdome.run.assignment.exact.search import Floats, Ints
from tdome.run.assignment.exact.start import Auction, mended, prices_of
from tdome.run.assignment.instance import Instance

ROUNDING = 1e-9  # relative: a gap below it is none
NOTHING = 1e-15  # of all value: a leak below it is none
_FLOOR = 1e-11  # of the mean price: what no price may fall below
_WHOLE = 1e-6  # part of a column or round: none
_BLIND = 3  # phases of the auction before its prices are tried
_POOR = 0.05  # gap after the auction at which prices are guessed from the plan
_ROUNDS = 500  # of column generation
_CAP = 6  # sets of one threat that a round of column generation adds
_GROPES, _STEP, _SHRINK = 100, 0.4, 0.96
_AGO, _LITTLE = 10, 0.03  # groping ends when so many steps close so little of the gap
_FIRST = 256.0  # part of the gap within which sets are listed first
_WIDER, _NARROWER = 5.0, 1.0  # the box after a better bound, and after a worse one
_MOST = 1_500_000  # sets that an enumeration may list
_CAP_ALL = 20_000  # of one threat

Progress = Callable[[str, float, float], None]


@dataclass
class State:
    """What is known while the method runs: best plan, best bound and its prices."""

    instance: Instance
    began: float
    seconds: float
    goal: float
    progress: Progress | None = None
    plan: Columns | None = None
    best: float = np.inf
    bound: float = 0.0  # proven by whatever means
    price_bound: float = -np.inf  # proven by prices alone
    prices: Floats = field(default_factory=lambda: np.zeros(0))
    steps: list[str] = field(default_factory=list)

    def offer(self, plan: Columns, where: str) -> None:
        """Keep a feasible plan (one set for each threat) if it is better."""
        leak = float(np.sum(plan.cost))
        if leak < self.best:
            self.plan, self.best = plan, leak
            self.tell(where)

    def prove(self, prices: Floats, bound: float, where: str) -> bool:
        """Keep prices if their bound is better; return whether it is."""
        if not bound > self.price_bound:
            return False
        self.price_bound, self.prices = bound, prices
        self.bound = max(self.bound, bound)
        self.tell(where)
        return True

    def tell(self, where: str) -> None:
        """Show progress."""
        if self.progress is not None:
            self.progress(where, self.best, self.bound)

    @property
    def gap(self) -> float:
        """Return the relative gap."""
        return relative(self.best, self.bound, float(np.sum(self.instance.values)))

    @property
    def done(self) -> bool:
        """Whether the gap is as small as was asked for."""
        return self.gap <= max(self.goal, ROUNDING)

    @property
    def left(self) -> float:
        """Return the seconds that are left."""
        return self.seconds - (perf_counter() - self.began)

    def over(self) -> bool:
        """Return whether there is nothing left to do, or no time to do it."""
        return self.done or self.left <= 0.0


def relative(leak: float, bound: float, value: float) -> float:
    """Return (leak - bound) / leak; 0 where the difference is rounding of ``value``."""
    return (leak - bound) / leak if leak - bound > NOTHING * value else 0.0


def solve(state: State) -> None:
    """Run the method on a reduced instance (every v > 0, m > 0, types that can hit something)."""
    instance = state.instance
    state.offer(mended(instance), "greedy")
    pricing = Pricing(instance)
    known = _bid(state, pricing)
    columns = None if state.over() else _generate(state, pricing, known)
    if columns is not None and not state.over():
        _enumerate(state, pricing, columns)


def _floored(u: Floats) -> Floats:
    mean = float(np.mean(u)) if len(u) else 0.0
    return np.maximum(u, max(_FLOOR * mean, 1e-300))


def _bid(state: State, pricing: Pricing) -> Columns:
    """Run the auction's phases; return sets worth to begin with."""
    instance = state.instance
    auction = Auction(pricing)
    eps = float(np.max(instance.values)) * 0.05
    phase, last = 0, np.inf
    parts: list[Columns] = []
    while state.left > 0.0:
        rest = auction.phase(eps, lambda: state.left <= 0.0)
        plan = auction.columns()
        parts.append(plan)
        state.offer(plan, "auction")
        if not rest:
            break
        phase += 1
        mean = state.best / instance.threats
        if eps < 0.3 * mean or phase > _BLIND:
            u = _floored(auction.prices())
            priced = pricing(u)
            state.prove(u, pricing.total(priced.bound, u), "auction")
            fresh = auction.widen(priced.columns)
            if state.done or (state.gap > 0.7 * last and not fresh) or eps < 1e-9 * mean:
                break
            last = state.gap
        eps /= 5.0
    if state.gap > _POOR and state.plan is not None:
        for u in (auction.prices(), prices_of(instance, state.plan)):
            state.prove(_floored(u), pricing.total(pricing(_floored(u)).bound, u), "guessed prices")
        _grope(state, pricing, state.prices)
    return Columns.join([*parts[-2:], *([state.plan] if state.plan is not None else [])])


def _grope(state: State, pricing: Pricing, u: Floats) -> None:
    """Raise prices of what is wanted more often than it is there, lower the others.

    Steps by factors that shrink (tatonnement: a subgradient method in log prices). It is for
    instances in which the auction circles: many rounds for each threat.
    """
    m, known, reached = state.instance.rounds, None, [state.price_bound]
    for k in range(_GROPES):
        priced = pricing(u, known)
        state.prove(u, pricing.total(priced.bound, u), "groping")
        reached.append(state.price_bound)
        slow = k > _AGO and reached[-1] - reached[-_AGO] < _LITTLE * (state.best - reached[-1])
        if state.over() or slow:
            return
        wanted = np.bincount(priced.columns.types, minlength=len(u)) - m
        u = _floored(u * np.exp(_STEP * _SHRINK**k * np.clip(wanted / m, -1.0, 2.0)))
        known = np.full(len(priced.phi), np.inf)
        known[priced.columns.owner] = priced.columns.cost + priced.columns.paid(u)


def _generate(state: State, pricing: Pricing, first: Columns) -> Columns | None:
    """Generate columns near the best prices; return all, or None if the time ran out."""
    instance = state.instance
    scale = instance.threats / state.best
    master = Master(instance, scale)
    known: set[int] = set()
    centre = state.prices
    share = (state.best - state.price_bound) / float(np.sum(instance.rounds))
    width = np.full(len(centre), max(3.0 * share, 1e-9 * float(np.mean(centre))))
    width = np.minimum(width, np.maximum(centre, 0.1 * float(np.mean(centre))))
    least = 1e-9 * float(np.mean(centre))
    priced = pricing(centre, slack=3.0 * float(np.max(width)), cap=_CAP + 2)
    _feed(master, known, first)
    _feed(master, known, priced.columns)
    _feed(master, known, _empty(instance))
    for _ in range(_ROUNDS):
        master.box(centre, width)
        found = master.solve(state.left)
        if found is None or state.left <= 0.0:
            return None
        u, y, value, used = found
        u = _floored(u)
        _round_plan(state, master, value, used)
        priced = pricing(u, slack=float(np.median(width)), cap=_CAP)
        serious = state.prove(u, pricing.total(priced.bound, u), "prices")
        if state.done:
            break
        active = np.abs(used) > ROUNDING
        reduced = priced.columns.cost + priced.columns.paid(u) - y[priced.columns.owner]
        fresh = 0
        if np.min(reduced, initial=0.0) * scale < -ROUNDING:
            fresh = _feed(master, known, priced.columns)
        if fresh == 0 and not active.any():
            break
        if serious or fresh == 0:
            centre = u
            width = np.where(active, _WIDER * width, width)
        else:
            width = np.where(active, np.maximum(_NARROWER * width, least), width)
    return Columns.join(master.columns)


def _empty(instance: Instance) -> Columns:
    """Return the empty set of every threat: a plan is always possible."""
    nothing = np.zeros(instance.threats + 1, np.int64)
    return Columns(
        np.arange(instance.threats), instance.values.copy(), nothing, np.empty(0, np.int64)
    )


def _feed(master: Master, known: set[int], columns: Columns) -> int:
    """Add the columns that are not in the program; return how many."""
    keys = columns.keys()
    _, once = np.unique(keys, return_index=True)
    which = np.array([k for k in np.sort(once) if int(keys[k]) not in known], np.int64)
    if len(which):
        known.update(int(key) for key in keys[which])
        master.add(columns.take(which))
    return len(which)


def _round_plan(state: State, master: Master, value: Floats, used: Floats) -> None:
    """Take the program's plan if it is whole and buys nothing."""
    if np.any(used > _WHOLE) or np.any(np.abs(value - np.round(value)) > _WHOLE):
        return
    columns = Columns.join(master.columns)
    _offer(state, columns, np.flatnonzero(np.round(value)))


def _offer(state: State, columns: Columns, which: Ints) -> None:
    """Offer a choice of columns, if it is one a threat and within the rounds."""
    plan = columns.take(which[np.argsort(columns.owner[which], kind="stable")])
    instance = state.instance
    spent = np.bincount(plan.types, minlength=instance.types)
    whole = np.array_equal(plan.owner, np.arange(instance.threats))
    if whole and np.all(spent <= instance.rounds):
        state.offer(plan, "integer program")


def _enumerate(state: State, pricing: Pricing, columns: Columns) -> None:
    """List all sets within delta of the least at the best prices, and choose among them.

    A plan that uses a set dearer than delta leaks bound + delta at least; so the optimum of the
    sets listed, or bound + delta, whichever is less, is a bound. Delta grows to the gap.
    """
    instance, u = state.instance, state.prices
    scale = instance.threats / state.best
    base = state.price_bound
    priced = pricing(u)
    near = columns.cost + columns.paid(u) - priced.phi[columns.owner]
    some = np.argsort(near, kind="stable")[: 6 * instance.threats]
    some = some[near[some] <= state.best - base]
    which, _, _ = choose(instance, columns.take(np.sort(some)), scale, state.left * 0.3, state.best)
    if which is not None:
        _offer(state, columns.take(np.sort(some)), which)
    delta = (state.best - base) / _FIRST
    while not state.done and state.left > 0.0:
        delta = min(delta, (state.best - base) * (1.0 + 1e-9))
        listed: Priced = pricing(
            u, priced.phi, delta, _CAP_ALL, _MOST, late=lambda: state.left <= 0.0
        )  # fmt: skip
        if listed.cut or len(listed.columns) > _MOST:
            return
        state.tell(f"{len(listed.columns):,} sets")
        which, low, done = choose(instance, listed.columns, scale, state.left, state.best)
        if which is not None:
            _offer(state, listed.columns, which)
        state.bound = max(state.bound, min(low, base + delta, state.best))
        if not done:
            return
        delta *= 4.0
