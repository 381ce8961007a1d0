"""Split of rounds against complete enumeration, with scipy as judge of each split."""

import numpy as np
import pytest
from scipy.optimize import linprog

from tdome.siting.models.decay import knots
from tdome.siting.models.inventory import Inventory, best_split, judged, program_of
from tdome.siting.models.risk import Risk

JUDGED = ("mean", "worst", "cvar")


def tiny(seed: int, how: str = "mean") -> Inventory:
    chance = np.random.default_rng(seed)
    batteries, cells, raids = 3, 6, 3
    p = chance.uniform(0.3, 0.9, (batteries, 1)) * (chance.uniform(size=(batteries, cells)) < 0.7)
    return Inventory(
        p, chance.uniform(1.0, 20.0, cells), chance.integers(1, 4, cells).astype(float),
        chance.integers(0, raids, cells), Risk.of(raids, how, 0.5), np.array([0, 0, 1]),
        np.array([6, 3]), np.zeros(3, int), np.array([6, 6, 6]),
    )  # fmt: skip


def by_scipy(problem: Inventory, rounds: np.ndarray) -> float:
    """The mean leak of a split with its best use, written out piece by piece for scipy."""
    _, pairs = program_of(problem)
    a = -np.log1p(-problem.p)
    cells, n = len(problem.weight), len(pairs)
    raids = len(problem.risk.chance)
    cost = np.concatenate([np.zeros(n), problem.weight / raids])
    rows, right = [], []
    for j in range(cells):
        mine = np.flatnonzero(pairs[:, 1] == j)
        step = float(np.mean(a[pairs[mine, 0], j])) if len(mine) else 1.0
        for k in range(int(knots(np.array([step]))[0])):
            low, high = np.exp(-k * step), np.exp(-(k + 1) * step)
            slope = (low - high) / step
            row = np.zeros(n + cells)
            row[mine] = -slope * a[pairs[mine, 0], j] / problem.arrivals[j]
            row[n + j] = -1.0
            rows.append(row), right.append(-(low + slope * k * step))
    for b in range(len(rounds)):
        for r in range(raids):
            row = np.zeros(n + cells)
            row[:n] = (pairs[:, 0] == b) & (problem.raid[pairs[:, 1]] == r)
            rows.append(row), right.append(float(rounds[b]))
    done = linprog(cost, A_ub=np.array(rows), b_ub=np.array(right), method="highs")
    return float(done.fun)


@pytest.mark.parametrize("seed", range(6))
def test_the_best_of_all_splits_is_found_and_proven(seed: int) -> None:
    problem = tiny(seed)
    split, found = best_split(problem, np.array([3, 3, 3]), gap=1e-5)
    every = [by_scipy(problem, np.array([n, 6 - n, 3])) for n in range(7)]
    assert found.value == pytest.approx(min(every), rel=1e-4, abs=1e-9)
    assert found.bound <= min(every) + 1e-7
    assert split.rounds.tolist() == [split.rounds[0], 6 - split.rounds[0], 3]


@pytest.mark.parametrize("how", JUDGED)
def test_one_more_round_saves_no_more_than_its_price(how: str) -> None:
    for seed in range(4):
        problem = tiny(seed, how)
        rounds = np.array([2, 4, 3])
        split, found = judged(problem, rounds)
        for b in range(3):
            more = rounds.copy()
            more[b] += 1
            saved = found.value - judged(problem, more)[1].value
            assert -1e-7 <= saved <= split.prices[b] + 1e-6


def test_the_robust_split_bounds_the_worst_raid() -> None:
    for seed in range(4):
        split_mean, found_mean = best_split(tiny(seed), np.array([3, 3, 3]), gap=1e-5)
        split_worst, found_worst = best_split(tiny(seed, "worst"), np.array([3, 3, 3]), gap=1e-5)
        of_mean = judged(tiny(seed, "worst"), split_mean.rounds)[1].value
        assert found_worst.value <= of_mean * (1.0 + 1e-4) + 1e-9
        assert found_mean.value <= found_worst.value * (1.0 + 1e-4) + 1e-9
        assert split_worst.losses.max() == pytest.approx(found_worst.value, rel=1e-3)


def test_a_split_that_can_not_be_bettered_is_kept() -> None:
    problem = tiny(0)
    best, found = best_split(problem, np.array([3, 3, 3]), gap=1e-5)
    _, again = best_split(problem, best.rounds, gap=1e-5)
    assert again.value <= found.value * (1.0 + 1e-5)


def test_limits_of_batteries_are_kept() -> None:
    whole = tiny(1)
    problem = Inventory(
        whole.p, whole.weight, whole.arrivals, whole.raid, whole.risk, whole.kind, whole.total,
        np.array([1, 1, 0]), np.array([4, 4, 3]),
    )  # fmt: skip
    split, _ = best_split(problem, np.array([3, 3, 3]))
    assert (split.rounds >= [1, 1, 0]).all()
    assert (split.rounds <= [4, 4, 3]).all()
    assert split.rounds[:2].sum() == 6
