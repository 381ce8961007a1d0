"""Bounds by prices of rounds: Lagrangian (B2), path-wise (B3), and one that does not know (B5).

All treat a wave as a fluid: threats of class c follow plans (chances.py) in any shares, and shots
keep within the magazines and channels on average:

    W(a, m) = min sum y_p leak_p   over shares y_p >= 0 of plans,
              sum over plans of class c of y_p = a_c,  shots by layer <= m,  by look <= channels.

No policy leaks less on average from a wave of a_c threats on which it spends m rounds on average,
so bounds follow. B3 knows all arrivals: E min over sum of m_n <= M of sum W(a_n, m_n).
B5 does not know them: V_r(M) = E_a min over m <= M of W(a, m) + V_{r-1}(min(M - m + reload, full)).
By Jensen V_r is below the expected leak with r waves to come: V is convex and falls, and what is
spent is random around its mean. Learned by cuts from duals (Pereira and Pinto 1991, Mathematical
Programming 52, stochastic dual dynamic programming); each cut holds for any prices, and is computed
from prices and the exact R of chances.py, not from the linear program's optimum; so a tolerance of
the solver can not make a bound false. Arrivals are cut into cells of which only the mean counts:
V is convex in a too, so that this is below as well.
"""

from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

from tdome.command.assignment.doctrine.chances import price1, walk1
from tdome.run.assignment.exact.master import solver
from tdome.run.doctrine.instance import Floats, Instance

_INF = highspy.kHighsInf
CELLS = 16  # of a wave's size
VECTORS = 192  # of prices kept, for each number of waves to come
_SMALL = 1e-9


@dataclass(eq=False)
class Plans:
    """Plans of single threats found so far: class, leak, expected shots by look (K,)."""

    instance: Instance
    cls: list[int] = field(default_factory=list)
    leak: list[float] = field(default_factory=list)
    shots: list[Floats] = field(default_factory=list)
    _known: set[tuple[int, ...]] = field(default_factory=set)

    def cost(self, c: int, by_look: Floats) -> float:
        """Return R of a class at prices by look (K,), exactly."""
        it = self.instance
        errors = np.array([it.false_kill, it.false_live])
        own = np.ascontiguousarray(it.pk[:, c])
        return float(price1(0, 1.0, by_look, own, it.values[c], it.salvo, errors))

    def add(self, c: int, by_look: Floats) -> bool:
        """Add the best plan at these prices; tell whether it is new."""
        it, shots = self.instance, np.zeros(len(by_look))
        errors = np.array([it.false_kill, it.false_live])
        own = np.ascontiguousarray(it.pk[:, c])
        leak = float(walk1(by_look, own, it.values[c], it.salvo, errors, shots))
        name = (c, *np.rint(shots * 1e9).astype(int).tolist())
        if name in self._known:
            return False
        self._known.add(name)
        self.cls.append(c)
        self.leak.append(leak)
        self.shots.append(shots)
        return True

    def start(self) -> None:
        """Add plans for prices on a coarse grid, none at all among them."""
        it = self.instance
        for c, worth in enumerate(it.values):
            self.add(c, np.full(len(it.layer), 2.0 * worth))
            for share in (0.0, 0.1, 0.3, 0.6):
                for best in range(len(it.rounds)):
                    prices = np.where(it.layer == best, 0.5, 1.0) * share * worth
                    self.add(c, prices)


@dataclass(frozen=True)
class Priced:
    """A solved wave: prices by layer and by look, the weights of cuts, the rounds left over."""

    layer: Floats
    look: Floats
    weight: Floats
    left: Floats


class Stage:
    """The linear program of one wave, with cuts for what comes after it.

    Variables: rounds left to later waves by layer, their cost theta >= 0, then the plans. Rows:
    classes, layers, looks, then cuts theta + beta . left >= alpha.
    """

    def __init__(self, plans: Plans, *, last: bool) -> None:
        it = plans.instance
        self.plans, self.instance = plans, it
        self.classes, self.layers, self.looks = len(it.values), len(it.rounds), len(it.layer)
        self.columns = 0
        self.alpha: list[float] = [0.0]
        self.beta: list[Floats] = [np.zeros(self.layers)]
        self.h: Any = solver(presolve="off", solver="simplex", simplex_strategy=1)
        rows = self.classes + self.layers + self.looks
        low = np.concatenate([np.zeros(self.classes), np.full(rows - self.classes, -_INF)])
        caps = np.minimum(it.channels[it.layer], 1e6).astype(np.float64)
        high = np.concatenate([np.zeros(self.classes + self.layers), caps])
        none = np.zeros(0, np.int32)
        self.h.addRows(rows, low, high, 0, np.zeros(rows, np.int32), none, np.zeros(0))
        full = np.minimum(it.rounds, 1e6).astype(np.float64)
        for j in range(self.layers):
            # What arrives is never lost on paper: "left" counts after the reload.
            self.h.addCol(0.0, 0.0, full[j], 1, np.array([self.classes + j], np.int32), np.ones(1))
        self.h.addCol(1.0, 0.0, 0.0 if last else _INF, 0, none, np.zeros(0))
        self.last = last

    def cut(self, alpha: float, beta: Floats) -> None:
        """Add theta >= alpha - beta . left."""
        index = np.arange(self.layers + 1, dtype=np.int32)
        self.h.addRow(alpha, _INF, len(index), index, np.append(beta, 1.0))
        self.alpha.append(alpha)
        self.beta.append(beta)

    def _pull(self) -> None:
        """Take over plans that others found."""
        plans, c = self.plans, self.classes
        for p in range(self.columns, len(plans.cls)):
            by_layer = np.bincount(self.instance.layer, plans.shots[p], minlength=self.layers)
            index = np.concatenate([[plans.cls[p]], c + np.arange(self.layers + self.looks)])
            entry = np.concatenate([[1.0], by_layer, plans.shots[p]])
            kept = entry != 0.0
            self.h.addCol(
                plans.leak[p], 0.0, _INF, int(kept.sum()), index[kept].astype(np.int32),
                entry[kept],
            )  # fmt: skip
        self.columns = len(plans.cls)

    def solve(self, arrivals: Floats, rounds: Floats) -> tuple[float, Priced]:
        """Return (bound, prices) of a wave of ``arrivals`` (C,) with ``rounds`` (L,).

        The bound holds whatever the solver's tolerance: it is the dual's value at the prices.
        """
        supply = rounds + (0.0 if self.last else self.instance.reload)
        for c in range(self.classes):
            self.h.changeRowBounds(c, float(arrivals[c]), float(arrivals[c]))
        for j in range(self.layers):
            self.h.changeRowBounds(self.classes + j, -_INF, float(supply[j]))
        for _ in range(60):
            self._pull()
            self.h.run()
            solution = self.h.getSolution()
            dual = np.array(solution.row_dual)
            split = np.cumsum([self.classes, self.layers, self.looks])
            of_class, of_layer, of_look, weight = np.split(dual, split)
            of_layer, of_look = np.maximum(-of_layer, 0.0), np.maximum(-of_look, 0.0)
            by_look = of_layer[self.instance.layer] + of_look
            costs = np.array([self.plans.cost(c, by_look) for c in range(self.classes)])
            short = (arrivals > 0.0) & (costs < of_class - _SMALL * self.instance.values)
            added = [self.plans.add(int(c), by_look) for c in np.flatnonzero(short)]
            if not any(added):
                break
        left = np.array(solution.col_value[: self.layers])
        priced = Priced(of_layer, of_look, np.maximum(weight, 0.0), left)
        bound, _, _ = self.dual(arrivals, supply, priced, costs)
        return bound, priced

    def dual(
        self, arrivals: Floats, supply: Floats, priced: Priced, costs: Floats
    ) -> tuple[float, float, Floats]:
        """Return (bound, the cost of all later waves at these prices kappa, prices).

        kappa = min over what is left, 0 <= x <= full, of V(x) + price . x, from below by the
        weighted cuts: sum w alpha + min over x of (price - sum w beta) . x.
        """
        it = self.instance
        kappa = self.later(priced)
        caps = np.where(it.channels[it.layer] < 10**6, it.channels[it.layer], 0)
        held = np.where(it.channels[it.layer] < 10**6, priced.look, 0.0)
        bound = float(arrivals @ costs) - float(priced.layer @ supply) - float(held @ caps) + kappa
        return bound, kappa, priced.layer

    def later(self, priced: Priced) -> float:
        """Return kappa, see `dual`."""
        weight = priced.weight / max(float(priced.weight.sum()), 1.0)
        alpha, slope = 0.0, np.zeros(self.layers)
        for j in range(len(weight)):
            if weight[j] > 0.0:
                alpha += float(weight[j]) * self.alpha[j + 1]
                slope = slope + weight[j] * self.beta[j + 1]
        full = self.instance.rounds.astype(np.float64)
        return alpha + float(np.minimum(priced.layer - slope, 0.0) @ full)


def least_later(stage: Stage, prices: Floats) -> Floats:
    """Return kappa at prices (J, L) under all cuts of a stage, shape (J,): a linear program each.

    Prices found early had few cuts to weigh; this is what the same prices are worth at the end.
    """
    if stage.last:
        return np.zeros(len(prices))
    full = stage.instance.rounds.astype(np.float64)
    h = solver(presolve="off", solver="simplex")
    none, layers = np.zeros(0, np.int32), stage.layers
    for j in range(layers):
        h.addCol(0.0, 0.0, full[j], 0, none, np.zeros(0))
    h.addCol(1.0, 0.0, _INF, 0, none, np.zeros(0))
    index = np.arange(layers + 1, dtype=np.int32)
    for alpha, beta in zip(stage.alpha[1:], stage.beta[1:], strict=True):
        h.addRow(alpha, _INF, len(index), index, np.append(beta, 1.0))
    out = np.empty(len(prices))
    for row, price in enumerate(prices):
        h.changeColsCost(layers, index[:layers], price)
        h.run()
        out[row] = h.getInfo().objective_function_value
    return out


def cells(size: Floats, count: int) -> tuple[Floats, Floats]:
    """Return (probability, mean size) of cells of a wave's size, about equally likely.

    The tail is cut finer: half as likely a cell each time.
    """
    below = np.cumsum(size)
    usual = np.linspace(0.0, 1.0, count - 3)[1:-1]
    tail = 1.0 - (1.0 - usual[-1]) * 0.5 ** np.arange(1, 5)
    place = np.searchsorted(below, np.concatenate([usual, tail]))
    edges = np.unique(np.concatenate([[0], place + 1, [len(size)]]))
    edges = edges[edges <= len(size)]
    p = np.add.reduceat(size, edges[:-1])
    mean = np.add.reduceat(size * np.arange(len(size)), edges[:-1])
    keep = p > 0.0
    return p[keep], mean[keep] / p[keep]


@dataclass(frozen=True, eq=False)
class Fluid:
    """What is learned: the bound B5, and prices with their kappa by the number of waves to come.

    bound : expected leak that no policy beats. prices[r] : (J, L), kappa[r] : (J,) with r waves
    to come after the present one: for any a and M, and channels aside, the present and later waves
    leak at least sum_c a_c R_c(prices) - prices . (M + reload) + kappa.
    """

    bound: float
    prices: list[Floats]
    kappa: list[Floats]


def learn(instance: Instance, iterations: int, chance: np.random.Generator) -> Fluid:
    """Learn V by cuts: ``iterations`` forward passes along drawn arrivals, a pass back each."""
    plans = Plans(instance)
    plans.start()
    stages = [Stage(plans, last=r == 0) for r in range(instance.waves)]
    p, mean = cells(instance.size, CELLS)
    found: list[list[Floats]] = [[] for _ in stages]
    full = instance.rounds.astype(np.float64)
    bound = 0.0
    for _ in range(iterations):
        rounds, trail = full, []
        for stage in reversed(stages):
            trail.append(rounds)
            drawn = mean[chance.choice(len(p), p=p)] * instance.mix
            rounds = np.minimum(stage.solve(drawn, rounds)[1].left, full)
        for r, stage in enumerate(stages):
            at = trail[instance.waves - 1 - r]
            value, slope = _back(stage, at, p, mean, found[r])
            if r + 1 < len(stages):
                stages[r + 1].cut(value + float(slope @ at), slope)
            else:
                bound = max(bound, value)
    prices = [_spread(np.array(one)) for one in found]
    kappa = [least_later(stage, one) for stage, one in zip(stages, prices, strict=True)]
    return Fluid(bound, prices, kappa)


def _spread(points: Floats) -> Floats:
    """Return at most VECTORS points that lie far apart (farthest first), distinct."""
    scale = points.max(axis=0)
    unit = points / np.where(scale > 0.0, scale, 1.0)
    kept = [len(unit) - 1]
    away = np.abs(unit - unit[kept[0]]).sum(axis=1)
    while len(kept) < VECTORS and away.max() > 1e-6:  # noqa: PLR2004
        kept.append(int(np.argmax(away)))
        away = np.minimum(away, np.abs(unit - unit[kept[-1]]).sum(axis=1))
    return points[kept]


def _back(
    stage: Stage, at: Floats, p: Floats, mean: Floats, found: list[Floats]
) -> tuple[float, Floats]:
    """Return (value, slope) of the cut at some rounds, over all cells; note the prices."""
    value, slope = 0.0, np.zeros(stage.layers)
    for share, size in zip(p, mean, strict=True):
        bound, priced = stage.solve(size * stage.instance.mix, at)
        value += float(share) * bound
        slope += share * priced.layer
        found.append(priced.layer)
    return value, slope


def shadow_prices(instance: Instance) -> tuple[float, Floats]:
    """Return B2 and its prices by layer: only the mean of what comes is known, all at once."""
    expected = instance.waves * float(instance.size @ np.arange(instance.size.size))
    stage, supply = _one_for_all(instance)
    bound, priced = stage.solve(expected * instance.mix, supply)
    return bound, priced.layer


def _one_for_all(instance: Instance) -> tuple[Stage, Floats]:
    """Return the program of all waves in one, without channels, and the rounds of all times."""
    plans = Plans(instance)
    plans.start()
    stage = Stage(plans, last=True)
    for k in range(stage.looks):
        stage.h.changeRowBounds(stage.classes + stage.layers + k, -_INF, _INF)
    return stage, instance.rounds + (instance.waves - 1.0) * instance.reload


def path_bounds(instance: Instance, arrivals: Floats) -> Floats:
    """Return B3 of each path of arrivals, shape (n, C) (all waves added up); (n,).

    Channels are left out, and all reloads are there from the start: below is below.
    """
    stage, supply = _one_for_all(instance)
    return np.array([stage.solve(row, supply)[0] for row in arrivals])
