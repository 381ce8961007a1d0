"""Quasi-ballistic classes: how much wider an impact gets, and what that is made of."""

import msgspec
import numpy as np
import pytest

from tdome.command.threat import motion, weaving
from tdome.command.threat.kinematic import KinematicEvaluator

NOW = 1_800_000_000 * 10**9
S = 10**9
TO_GO = np.array([30.0])


def moved(height, climb):
    row = np.zeros((1, motion.COLUMNS))
    row[0, [motion.HEIGHT, motion.CLIMB]] = height, climb
    return row


def test_variance_is_that_of_a_driven_first_order_markov_acceleration():
    """Against the exact covariance of the process, integrated in small steps."""
    sigma, dt, seconds = weaving._AXIS * 60.0, 0.01, 40.0
    a, q = -1.0 / weaving.TAU_S, 2.0 * sigma**2 / weaving.TAU_S
    step = np.eye(3) + dt * np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, a]])
    spread = np.diag([0.0, 0.0, sigma**2])
    for _ in range(round(seconds / dt)):
        spread = step @ spread @ step.T
        spread[2, 2] += q * dt
    far = moved(40e3, -200.0)
    found = weaving.widening(
        np.ones((1, 1)), np.array([60.0]), np.array([1e6]), far, np.array([seconds])
    )
    assert found[0] == pytest.approx(spread[0, 0], rel=0.1)


def test_only_what_manoeuvres_widens_by_its_share_and_only_in_the_air_below():
    peak, below = np.array([0.0, 60.0]), np.array([0.0, 35e3])
    high = moved(100e3, -800.0)

    def of(share, at=high, to_go=TO_GO):
        return weaving.widening(np.array([share]), peak, below, at, to_go)[0]

    assert of([1.0, 0.0]) == 0.0
    assert of([0.5, 0.5]) == pytest.approx(0.5 * of([0.0, 1.0]))
    assert of([0.0, 1.0], to_go=np.array([500.0])) == of([0.0, 1.0], to_go=np.array([100.0]))
    assert of([0.0, 1.0], to_go=np.array([5.0])) < of([0.0, 1.0])
    assert of([0.0, 1.0], to_go=np.array([np.nan])) == 0.0


def test_a_believed_manoeuvre_widens_the_ellipse_and_moves_no_point(plan, make, fly_class):
    path = fly_class("srbm")
    first = int(0.7 * len(path))
    pictures = [make(path[first + k, 1:], NOW + k * S, ballistic=1) for k in range(8)]
    weaves = np.where(np.array(plan.threats.names) == "srbm", 60.0, 0.0)
    said = {}
    for name, peak in (("straight", 0.0 * weaves), ("weaving", weaves)):
        evaluator = KinematicEvaluator(plan)
        book = msgspec.structs.replace(
            plan.threats, manoeuvre=peak, manoeuvre_below=np.full(len(peak), 35e3)
        )
        evaluator.plan = msgspec.structs.replace(plan, threats=book)
        memory = evaluator.start()
        for tracks in pictures:
            memory, said[name] = evaluator.evaluate(memory, tracks, tracks.header.valid_at)
    straight, weaving_ = said["straight"], said["weaving"]
    assert weaving_.impact_lat == pytest.approx(straight.impact_lat)
    extra = weaving_.impact_covariance - straight.impact_covariance
    assert extra[0, 0] > 1e4
    assert extra[0, 0] == pytest.approx(extra[0, 2], rel=1e-3)
    assert extra[0, 1] == pytest.approx(0.0)
