"""The certified bound of the timed problem: above every plan, and a proof by its prices alone."""

import itertools

import msgspec
import numpy as np
import pytest

from tdome.command.assignment.timed.planner import Effort, plan
from tdome.run.assignment.timed.bound import upper_bound
from tdome.run.assignment.timed.coordination import expected_kills, simulated_kills
from tdome.run.assignment.timed.fuzz import small
from tdome.run.assignment.timed.raids import raid


def lagrange(problem, bound) -> float:
    """The bound again, from prices and rows, by complete enumeration of small sets."""
    cost = problem.price[problem.pairs[:, 0]].copy()
    np.add.at(cost, bound.rows.pair, bound.price[bound.rows.row] * bound.rows.weight)
    total = float(bound.price @ bound.rows.right)
    for j, v in enumerate(problem.value):
        pairs = range(problem.start[j], problem.start[j + 1])
        sets = itertools.chain.from_iterable(
            itertools.combinations_with_replacement(pairs, size)
            for size in range(problem.shots[j] + 1)
        )
        total += max(
            v * (1.0 - np.prod(1.0 - problem.kill[list(s)])) - cost[list(s)].sum() for s in sets
        )
    return total


def test_no_plan_is_worth_more_than_the_bound():
    for seed in range(150):
        problem = msgspec.structs.replace(small(np.random.default_rng(seed)), stay=0.0)
        made = plan(problem, Effort(10, 60))
        bound = upper_bound(problem, made.guide)
        assert made.worth <= bound.bound + 1e-6
        # What can not be launched at all is priced out by the bound, and not by this sum.
        assert bound.bound <= lagrange(problem, bound) + 1e-6


def test_the_bound_is_its_prices():
    problem = raid(40, 6, 2)
    bound = upper_bound(problem, np.zeros(6))
    assert np.all(bound.price >= 0.0)
    assert bound.bound == pytest.approx(lagrange(problem, bound), rel=1e-9)


def test_a_raid_is_planned_close_to_the_bound():
    problem = raid(100, 12, 1)
    made = plan(problem, Effort(24, 400))
    bound = upper_bound(problem, made.guide)
    assert 0.975 * bound.bound < made.worth <= bound.bound


def test_coordination_is_worth_what_the_closed_form_says():
    together, alone = expected_kills(10, 10, 0.7)
    assert together == pytest.approx(7.00, abs=0.005)
    assert alone == pytest.approx(5.16, abs=0.005)
    simulated = simulated_kills()
    # Four standard errors of 20,000 raids.
    assert simulated[0] == pytest.approx(together, abs=4 * np.sqrt(2.1 / 20_000))
    assert simulated[1] == pytest.approx(alone, abs=4 * np.sqrt(1.5 / 20_000))
