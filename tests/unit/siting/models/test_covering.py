"""Covering by sensors against complete enumeration."""

import itertools

import numpy as np
import pytest
from scipy import sparse

from tdome.siting.models.best_covering import best_covering
from tdome.siting.models.covering import Covering, greedy_and_swap, merged
from tdome.siting.models.prices import bound_of, settled, subgradient


def tiny(seed: int, stay: float = 0.0) -> Covering:
    chance = np.random.default_rng(seed)
    sites, groups, points = 5, 2, 12
    fold = seed % 2
    stays = np.zeros(groups * sites)
    stays[:3] = stay
    return Covering(
        sparse.csr_matrix((chance.uniform(size=(groups * sites, points)) < 0.35).astype(float)),
        np.repeat(np.arange(groups), sites), np.tile(np.arange(sites), groups),
        chance.uniform(1.0, 10.0, points), chance.integers(0, 2, points), np.array([2, 1]),
        np.full(sites, 1 + fold), np.array([1.0, 0.5][: 1 + fold]), stays,
    )  # fmt: skip


def plans_of(problem: Covering) -> list[np.ndarray]:
    """Every plan that keeps to the numbers, by complete enumeration."""
    plans = []
    for many in range(int(problem.number.sum()) + 1):
        for rows in itertools.combinations(range(len(problem.group)), many):
            plan = np.zeros(len(problem.group), bool)
            plan[list(rows)] = True
            if problem.keeps(plan):
                plans.append(plan)
    return plans


@pytest.mark.parametrize("stay", [0.0, 2.0])
@pytest.mark.parametrize("seed", range(10))
def test_the_best_of_all_plans_is_found_and_proven(seed: int, stay: float) -> None:
    problem = tiny(seed, stay)
    plan, found = best_covering(problem, gap=1e-9)
    most = max(problem.value(one) for one in plans_of(problem))
    assert problem.keeps(plan)
    assert problem.value(plan) == pytest.approx(most)
    assert found.value == pytest.approx(problem.most_value - most)
    assert found.bound <= problem.most_value - most + 1e-7


def test_the_value_is_the_written_sum() -> None:
    problem = tiny(1, 2.0)
    plan = np.zeros(10, bool)
    plan[[0, 7]] = True
    total = 2.0
    for j in range(12):
        seen = problem.base[j] + problem.sees[0, j] + problem.sees[7, j]
        total += problem.weight[j] * sum((1.0, 0.5)[i] for i in range(min(int(seen), 2)))
    assert problem.value(plan) == pytest.approx(total)


def test_any_prices_prove_a_bound() -> None:
    for seed in range(8):
        problem = tiny(seed, 1.0)
        chance = np.random.default_rng(100 + seed)
        most = max(problem.value(one) for one in plans_of(problem))
        for _ in range(5):
            prices = chance.uniform(0.0, 12.0, 12)
            assert bound_of(problem, prices, chance.uniform(0.0, 3.0, 5)).bound >= most - 1e-9
        dual, _ = subgradient(problem, most, np.inf, 0.0, 200)
        assert dual.bound >= most - 1e-9


def test_what_is_settled_is_so_in_every_better_plan() -> None:
    for seed in range(8):
        problem = tiny(seed)
        plan = greedy_and_swap(problem)
        value = problem.value(plan)
        dual, _ = subgradient(problem, value, np.inf, 0.0, 200)
        out, into = settled(problem, dual, value)
        for better in (one for one in plans_of(problem) if problem.value(one) > value + 1e-9):
            assert not better[out].any()
            assert better[into].all()


def test_points_that_the_same_sensors_see_are_one() -> None:
    problem = tiny(1)
    twice = Covering(
        sparse.hstack([problem.sees, problem.sees], format="csr"), problem.group, problem.site,
        np.concatenate([problem.weight, problem.weight]), np.tile(problem.base, 2),
        problem.number, problem.most, problem.credit, problem.stay,
    )  # fmt: skip
    one = merged(twice)
    assert one.sees.shape[1] <= 12
    for plan in plans_of(problem)[::7]:
        assert one.value(plan) == pytest.approx(2.0 * problem.value(plan))


def test_relabelling_changes_nothing() -> None:
    problem = tiny(3)
    points = np.random.default_rng(0).permutation(12)
    other = Covering(
        problem.sees[:, points], problem.group, problem.site, problem.weight[points],
        problem.base[points], problem.number, problem.most, problem.credit, problem.stay,
    )  # fmt: skip
    assert best_covering(other, gap=1e-9)[1].value == pytest.approx(
        best_covering(problem, gap=1e-9)[1].value
    )


def test_a_plan_is_never_left_for_a_worse_one_nor_for_an_equal_one() -> None:
    problem = tiny(5, 0.01)
    best = max(plans_of(problem), key=problem.value)
    kept, found = best_covering(problem, best, time=0.0)
    assert problem.value(kept) == pytest.approx(problem.value(best))
    assert found.bound <= found.value
