"""Motion between lists: the integral of white noise, by van Loan's matrix exponential."""

import numpy as np
from scipy.linalg import expm

from tdome.command.tracking.fusion.motion import predicted, transition, white_acceleration


def test_a_step_is_the_integral_of_the_differential_equation():
    """exp of [[-A, L q L'], [0, A']] dt has F' below, and F^-1 Q beside it (van Loan 1978)."""
    noise = 7.0
    drift = np.kron([[0.0, 1.0], [0.0, 0.0]], np.eye(3))
    push = noise * np.kron([[0.0, 0.0], [0.0, 1.0]], np.eye(3))
    dt = np.array([0.0, 0.3, 4.0, 11.0])
    rng = np.random.default_rng(0)
    root = rng.normal(size=(4, 6, 6))
    x, p = rng.normal(size=(4, 6)), root @ root.transpose(0, 2, 1)
    y, q = predicted(x, p, dt, noise)
    for n, step in enumerate(dt):
        both = expm(np.block([[-drift, push], [np.zeros((6, 6)), drift.T]]) * step)
        f = both[6:, 6:].T
        np.testing.assert_allclose(y[n], f @ x[n], rtol=1e-12)
        np.testing.assert_allclose(q[n], f @ p[n] @ f.T + f @ both[:6, 6:], rtol=1e-9, atol=1e-9)


def test_two_steps_are_one_and_back_again_is_where_it_was():
    one, two = np.array([3.0]), np.array([5.5])
    f, q = transition(two)[0], white_acceleration(one, 4.0)[0]
    np.testing.assert_allclose(
        f @ q @ f.T + white_acceleration(two, 4.0)[0], white_acceleration(one + two, 4.0)[0]
    )
    np.testing.assert_allclose(transition(-two)[0] @ f, np.eye(6))
