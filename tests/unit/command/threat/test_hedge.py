"""The aim of a level flyer: likelihood of its course, and probabilities that hold."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from tdome.command.threat.risk import _fit1, aim_weights
from tdome.earth.wgs84 import geodetic_to_ecef

ELSEWHERE = 0.3


@pytest.mark.parametrize("inside", [0.0, 0.02, 0.5])
@pytest.mark.parametrize("sigma", [0.01, 0.1, 0.3])
def test_the_likelihood_of_a_course_is_normalised(inside, sigma):
    """Over all courses, in units of any course: 2 pi."""
    tails, _ = quad(lambda x: _fit1(x, inside, sigma), 0.0, math.pi)
    assert 2.0 * tails + 2.0 * inside * _fit1(0.0, inside, sigma) == pytest.approx(math.tau)


def _scene(rng):
    """Ten assets and a flyer that aims at one of them: state, discs, worth, aim."""
    lat, lon = np.radians(rng.uniform(23.0, 25.0, 10)), np.radians(rng.uniform(120.3, 121.5, 10))
    near = np.radians(rng.uniform([22.5, 119.5], [25.5, 121.9]))
    disc = np.column_stack([geodetic_to_ecef(lat, lon, 0.0), rng.uniform(500.0, 6_000.0, 10)])
    place = geodetic_to_ecef(near[0], near[1], 500.0)
    worth = rng.uniform(0.2, 1.0, 10)
    away = np.linalg.norm(disc[:, :3] - place, axis=1)
    prior = np.sqrt(worth) / (1.0 + away / 50e3)
    aim = int(rng.choice(10, p=prior / prior.sum()))
    up = place / np.linalg.norm(place)
    towards = disc[aim, :3] - place
    towards -= towards @ up * up
    towards /= np.linalg.norm(towards)
    # Two kinds of flyers, neither as the model has them: a narrow box, a wide box.
    straight = rng.random() < 0.75
    turn = rng.uniform(-0.03, 0.03) if straight else rng.uniform(-0.8, 0.8)
    turn += math.atan2(rng.uniform(-1.0, 1.0) * disc[aim, 3], float(away[aim]))
    side = np.cross(up, towards)
    velocity = 200.0 * (math.cos(turn) * towards + math.sin(turn) * side)
    return np.concatenate([place, velocity]), disc, worth, aim


def test_probabilities_of_the_aim_hold():
    rng = np.random.default_rng(7)
    said, was, right = [], [], 0
    for _ in range(3_000):
        state, disc, worth, aim = _scene(rng)
        weight = np.empty(10)
        total, towards = aim_weights(state, np.array([200.0, 4.0, 100.0, 1e6]), disc, worth, weight)
        assert total == pytest.approx(weight.sum() + ELSEWHERE)
        assert 0.0 <= towards <= 1.0
        said.append(weight / total)
        was.append(np.arange(10) == aim)
        right += weight.argmax() == aim
    said, was = np.concatenate(said), np.concatenate(was)
    place = np.digitize(said, np.linspace(0.0, 1.0, 11))
    error = sum(
        (place == k).sum() * abs(said[place == k].mean() - was[place == k].mean())
        for k in np.unique(place)
    )
    assert error / len(said) < 0.03
    assert right > 0.6 * 3_000


def test_near_its_aim_a_straight_course_leaves_no_doubt():
    """10 km from a city: one 5 degrees off the course was as likely under one wide normal."""
    lat, lon = np.radians([24.0, 24.0]), np.radians([121.1, 121.1])
    lat[1] += math.radians(0.02)
    disc = np.column_stack([geodetic_to_ecef(lat, lon, 0.0), [500.0, 500.0]])
    place = geodetic_to_ecef(np.radians(24.0), np.radians(121.0), 80.0)
    towards = disc[0, :3] - place
    state = np.concatenate([place, 240.0 * towards / np.linalg.norm(towards)])
    weight = np.empty(2)
    total, _ = aim_weights(
        state, np.array([240.0, 2.0, 100.0, 1e6]), disc, np.array([0.25, 1.0]), weight
    )
    assert weight[0] / total > 0.85
    assert weight[1] < 0.1 * weight[0]
