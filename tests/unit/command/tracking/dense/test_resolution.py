"""Merged plots: the chance of one, what it changes, and the centroid."""

import numpy as np
import pytest

from tdome.command.tracking.dense.resolution import (
    centroids,
    hide,
    merge_into,
    neighbours,
    unresolved1,
)

CELL = np.array([150.0, 0.02, 0.03])


def expected(*ranges):
    return np.array([[r, 0.5, 0.05] for r in ranges])


def test_two_at_one_place_are_never_resolved():
    assert unresolved1(expected(1e4, 1e4), np.zeros((2, 3)), CELL, 0, 1) == 1.0


def test_the_chance_is_the_mean_over_what_is_not_known():
    rng = np.random.default_rng(1)
    variance = np.array([[900.0, 1e-5, 2e-5], [400.0, 2e-5, 1e-5]])
    z = np.array([[1e4, 0.5, 0.05], [1e4 + 40.0, 0.505, 0.052]])
    d = rng.normal(z[0] - z[1], np.sqrt(variance.sum(axis=0)), (200_000, 3))
    known = np.exp(-0.5 * (d**2 * 2.0 * np.pi / CELL**2).sum(axis=1)).mean()
    assert unresolved1(z, variance, CELL, 0, 1) == pytest.approx(known, abs=3e-3)


def test_over_all_distances_it_merges_as_often_as_a_grid_of_cells():
    d = np.linspace(-2000.0, 2000.0, 40_001)
    chance = [unresolved1(expected(1e4, 1e4 + x), np.zeros((2, 3)), CELL, 0, 1) for x in d]
    grid = np.maximum(0.0, 1.0 - np.abs(d) / CELL[0])
    assert np.trapezoid(chance, d) == pytest.approx(np.trapezoid(grid, d), rel=1e-3)


def test_azimuth_is_a_circle():
    z = np.array([[1e4, np.pi - 0.001, 0.0], [1e4, -np.pi + 0.001, 0.0]])
    same = np.array([[1e4, 0.001, 0.0], [1e4, -0.001, 0.0]])
    none = np.zeros((2, 3))
    assert unresolved1(z, none, CELL, 0, 1) == pytest.approx(unresolved1(same, none, CELL, 0, 1))


def near(z, exists):
    who, chance = np.empty((len(z), 4), np.int32), np.zeros((len(z), 4))
    neighbours(z, np.full(z.shape, 1e-9), CELL, exists, who, chance)
    return who, chance


def test_neighbours_are_mutual_and_likely_to_exist():
    who, chance = near(expected(1e4, 2e4, 1e4 + 30.0, 1e4 + 20.0), np.array([1.0, 1.0, 1.0, 0.1]))
    assert who[0].tolist() == [2, -1, -1, -1]
    assert who[2].tolist() == [0, -1, -1, -1]
    assert (who[[1, 3]] == -1).all()
    assert chance[0, 0] == chance[2, 0]


def test_no_cell_resolves_all():
    who, chance = np.empty((2, 4), np.int32), np.zeros((2, 4))
    neighbours(expected(1e4, 1e4), np.zeros((2, 3)), np.zeros(3), np.ones(2), who, chance)
    assert (who == -1).all()


def hidden(missed, exists=0.9):
    """Two tracks at one place; the first has no candidate, the second one of weight 1 - missed."""
    who, chance = near(expected(1e4, 1e4), np.ones(2))
    start, beta = np.array([0, 0, 1], np.int32), np.array([1.0 - missed])
    none, detection = np.array([1.0, missed]), np.full(2, 0.9)
    hide(who, chance, np.full(2, exists), start, beta, none, detection)
    return none, beta, detection


def test_a_track_behind_one_with_a_plot_loses_nothing():
    none, _, detection = hidden(0.0)
    assert detection[0] == pytest.approx(0.0, abs=1e-4)
    assert none[0] == 1.0


def test_two_that_miss_hide_nobody():
    none, beta, detection = hidden(1.0)
    assert detection.tolist() == [0.9, 0.9]
    assert none.tolist() == [1.0, 1.0]
    assert beta.tolist() == [0.0]


def test_marginals_still_sum_to_one():
    who, chance = near(expected(1e4, 1e4), np.ones(2))
    start, beta = np.array([0, 1, 2], np.int32), np.array([0.4, 0.7])
    none, detection = np.array([0.6, 0.3]), np.full(2, 0.9)
    hide(who, chance, np.ones(2), start, beta, none, detection)
    assert np.allclose(beta + none, 1.0)
    assert none[0] > 0.6


def test_a_group_shares_one_plot_and_its_centroid():
    z = expected(1e4, 1e4 + 20.0, 1e4 + 40.0, 3e4)
    who, chance = near(z, np.ones(4))
    taken = np.array([-1, 5, -1, -1], np.int32)
    none, leader = np.array([1.0, 0.0, 1.0, 1.0]), np.empty(4, np.int32)
    merge_into(who, chance, taken, none, np.full(4, 0.9), leader)
    assert leader.tolist() == [1, 1, 1, -1]
    mean, doubt = np.zeros((4, 3)), np.zeros((4, 3))
    size = centroids(leader, z, np.full((4, 3), 9.0), mean, doubt)
    assert size.tolist() == [0, 3, 0, 0]
    assert np.allclose(mean[1], [1e4 + 20.0, 0.5, 0.05])
    assert np.allclose(doubt[1], 3.0)
