"""Laydown of fire units against complete enumeration."""

import itertools

import numpy as np
import pytest

from tdome.siting.models.decay import relative
from tdome.siting.models.laydown import Laydown, Near, best_laydown, greedy, kicked, swap
from tdome.siting.models.risk import Risk, by_raid

JUDGED = ("mean", "worst", "cvar")


def tiny(seed: int, judged: str, *, near: bool = False) -> Laydown:
    chance = np.random.default_rng(seed)
    groups, sites, cells, raids = 2, 4, 7, 3
    shape = (groups, sites, cells)
    p = chance.uniform(0.0, 0.9, shape) * (chance.uniform(size=shape) < 0.6)
    side = None
    if near:
        distance = chance.uniform(1.0, 50.0, (3, groups, sites))
        distance[chance.uniform(size=distance.shape) < 0.2] = np.inf
        side = Near(distance, chance.uniform(0.0, 1.0, 3), np.full(3, 45.0), 0.05)
    return Laydown(
        p, chance.uniform(1.0, 10.0, cells), chance.uniform(0.5, 1.0, cells),
        chance.integers(0, raids, cells), Risk.of(raids, judged, 0.5), np.array([2, 1]),
        np.full(sites, 2), side,
    )  # fmt: skip


def plans_of(problem: Laydown) -> list[np.ndarray]:
    """Every plan there is, by complete enumeration."""
    sites = problem.p.shape[1]
    ways = [
        [way for way in itertools.product(range(n + 1), repeat=sites) if sum(way) == n]
        for n in problem.number
    ]
    plans = [np.array(rows) for rows in itertools.product(*ways)]
    return [plan for plan in plans if (plan.sum(axis=0) <= problem.most).all()]


@pytest.mark.parametrize("near", [False, True])
@pytest.mark.parametrize("judged", JUDGED)
@pytest.mark.parametrize("seed", range(4))
def test_the_best_of_all_plans_is_found_and_proven(seed: int, judged: str, near: bool) -> None:
    problem = tiny(seed, judged, near=near)
    counts, found = best_laydown(problem, gap=1e-5)
    least = min(problem.value(plan) for plan in plans_of(problem))
    assert found.value == pytest.approx(least, rel=2e-5)
    assert found.value == problem.value(counts)
    assert found.bound <= least * (1.0 + 1e-7)
    assert found.status == "optimal"
    assert (counts.sum(axis=1) == problem.number).all()
    assert (counts.sum(axis=0) <= problem.most).all()


def test_the_value_is_the_written_sum() -> None:
    problem = tiny(3, "mean")
    counts = np.array([[1, 0, 1, 0], [0, 1, 0, 0]])
    leak = 0.0
    for j in range(len(problem.weight)):
        through = 1.0
        for g, s in np.argwhere(counts):
            through *= 1.0 - problem.p[g, s, j]
        leak += problem.weight[j] * problem.base[j] * through / 3.0
    assert problem.value(counts) == pytest.approx(leak)


def test_no_bound_is_above_any_plan_even_without_time() -> None:
    for seed in range(6):
        problem = tiny(seed, JUDGED[seed % 3])
        _, found = best_laydown(problem, time=0.0)
        least = min(problem.value(plan) for plan in plans_of(problem))
        assert found.bound <= least * (1.0 + 1e-9)
        assert found.value >= least * (1.0 - 1e-12)


def test_relabelling_sites_and_cells_changes_nothing() -> None:
    problem = tiny(1, "cvar")
    sites, cells = np.array([2, 0, 3, 1]), np.array([6, 4, 2, 0, 1, 3, 5])
    other = Laydown(
        np.ascontiguousarray(problem.p[:, sites][:, :, cells]), problem.weight[cells],
        problem.base[cells], problem.raid[cells], problem.risk, problem.number, problem.most,
    )  # fmt: skip
    found, mirrored = (best_laydown(one, gap=1e-6)[1] for one in (problem, other))
    assert mirrored.value == pytest.approx(found.value, rel=1e-6)


def test_the_worst_raid_loses_least_under_the_robust_plan_and_never_less_than_the_mean() -> None:
    for seed in range(6):
        by_mean, by_worst = tiny(seed, "mean"), tiny(seed, "worst")
        plan_mean, found_mean = best_laydown(by_mean, gap=1e-6)
        plan_worst, found_worst = best_laydown(by_worst, gap=1e-6)
        assert found_worst.value <= by_worst.value(plan_mean) + 1e-9
        assert found_mean.value <= by_mean.value(plan_worst) + 1e-9
        assert found_mean.value <= found_worst.value + 1e-9  # the mean loss is below the worst


def test_a_plan_is_never_left_for_a_worse_one() -> None:
    problem = tiny(2, "mean")
    present = min(plans_of(problem), key=problem.value)
    _, found = best_laydown(problem, present, time=0.0)
    assert found.value == pytest.approx(problem.value(present))


def test_search_steps_only_improve() -> None:
    for seed in range(5):
        problem = tiny(seed, JUDGED[seed % 3], near=True)
        first = greedy(problem)
        second = swap(problem, first)
        third = kicked(problem, second, kicks=20)
        assert problem.value(second) <= problem.value(first)
        assert problem.value(third) <= problem.value(second)


def test_risk_of_equal_chances() -> None:
    losses = np.array([[5.0, 1.0, 3.0, 7.0], [2.0, 2.0, 2.0, 2.0]])
    assert Risk.of(4).of_losses(losses) == pytest.approx([4.0, 2.0])
    assert Risk.of(4, "worst").of_losses(losses) == pytest.approx([7.0, 2.0])
    assert Risk.of(4, "cvar", 0.5).of_losses(losses) == pytest.approx([6.0, 2.0])
    assert Risk.of(4, "cvar", 0.3).of_losses(losses[0]) == pytest.approx(
        (7 * 0.25 + 5 * 0.05) / 0.3
    )


def test_sums_by_raid() -> None:
    leaks = np.array([[1.0, 2.0, 4.0], [0.0, 1.0, 1.0]])
    assert by_raid(leaks, np.array([1, 0, 1]), 3).tolist() == [[2.0, 5.0, 0.0], [1.0, 1.0, 0.0]]


def test_relative_gap_of_rounding_is_none() -> None:
    assert relative(1.0, 1.0 - 1e-14) == 0.0
    assert relative(2.0, 1.0) == 0.5
