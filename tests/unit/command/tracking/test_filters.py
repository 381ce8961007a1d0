"""Prediction and update, against closed forms, finer integration and the textbook."""

import numpy as np
import pytest

from tdome.command.tracking.filters import LEVEL_NOISE, expected1, predict, update

INV_BETA = 1.0 / 5000.0
NONE = np.zeros((6, 6))


def run(x, p, law, dt):
    x, p = np.array([x]), np.array([p])
    predict(x, p, np.array([law], np.int8), dt, INV_BETA)
    return x[0], p[0]


def wide(rng):
    a = rng.normal(size=(6, 6)) * np.repeat([300.0, 50.0], 3)[:, None]
    return a @ a.T + np.diag(np.repeat([100.0, 10.0], 3) ** 2)


def test_level_prediction_is_the_closed_form(rng):
    x, p, dt = rng.normal(size=6) * 1e3, wide(rng), 3.7
    f = np.eye(6) + dt * np.eye(6, k=3)
    q = LEVEL_NOISE * np.kron([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]], np.eye(3))
    got_x, got_p = run(x, p, 0, dt)
    np.testing.assert_allclose(got_x, f @ x, rtol=1e-13)
    np.testing.assert_allclose(got_p, f @ p @ f.T + q, rtol=1e-12)


def test_level_prediction_may_be_cut_in_pieces(rng):
    x, p = rng.normal(size=6) * 1e3, wide(rng)
    once = run(x, p, 0, 5.0)
    twice = run(*run(x, p, 0, 1.5), 0, 3.5)
    np.testing.assert_allclose(once[1], twice[1], rtol=1e-12)


@pytest.mark.parametrize("height", [3e3, 20e3, 80e3, 200e3])
def test_ballistic_state_follows_the_law_of_the_earth(side, height):
    flight = side.arc(side.plan(), [0, 50e3, height], [100, -1500, 300], INV_BETA)
    got, _ = run(flight[0, 1:], NONE, 1, 4.0)
    assert np.linalg.norm(got[:3] - flight[4, 1:4]) < 1.0
    assert np.linalg.norm(got[3:] - flight[4, 4:]) < 1.0


@pytest.mark.parametrize("height", [8e3, 20e3, 200e3])
def test_ballistic_jacobian_is_that_of_the_state(side, height):
    plan, dt = side.plan(), 4.0
    x = np.concatenate(
        [side.place(plan, [0, 50e3, height])[0], side.turn(plan, [100, -900, -300])[0]]
    )
    # A rank-one covariance d d' goes to (F d)(F d)' plus noise, which the same P = 0 gives alone.
    noise = run(x, NONE, 1, dt)[1]
    for axis, size in enumerate([10.0] * 3 + [1.0] * 3):
        d = np.zeros(6)
        d[axis] = size
        moved = run(x + d, NONE, 1, dt)[0] - run(x, NONE, 1, dt)[0]
        spread = run(x, np.outer(d, d), 1, dt)[1] - noise
        scale = np.repeat([40.0, 10.0], 3)
        assert np.max(np.abs(spread - np.outer(moved, moved)) / np.outer(scale, scale)) < 0.02


def test_ballistic_noise_grows_in_dense_air_and_stays_bounded(side):
    plan = side.plan()
    sigma = []
    for height in (200e3, 20e3, 5e3):
        start = np.concatenate(
            [side.place(plan, [0, 0, height])[0], side.turn(plan, [0, 900, 0])[0]]
        )
        sigma.append(np.sqrt(np.trace(run(start, NONE, 1, 2.0)[1][3:, 3:])))
    assert sigma[0] < sigma[1] < sigma[2]
    x, p = start, np.diag(np.repeat([300.0, 2500.0], 3) ** 2)
    for _ in range(20):
        x, p = run(x, p, 1, 4.0)
    assert np.all(np.isfinite(p))
    assert np.sqrt(np.trace(p)) < 1e6


def test_update_is_the_kalman_filter_of_the_textbook(rng):
    x, p = rng.normal(size=6) * 100.0 + 6.4e6, wide(rng)
    r = np.diag([30.0, 200.0, 300.0]) ** 2 + 50.0
    z, tau = x[:3] + 150.0, 1.5
    h = np.hstack([np.eye(3), -tau * np.eye(3)])
    x[3:] = [100.0, -50.0, 20.0]
    xs, ps = np.array([[x, x]]), np.array([[p, p]])
    fit = np.empty((1, 2, 2))
    row = np.zeros(1, np.int32)
    update(xs, ps, tau, INV_BETA, row, row, z[None], r[None], fit)
    s = h @ p @ h.T + r
    k = p @ h.T @ np.linalg.inv(s)
    nu = z - h @ x
    np.testing.assert_allclose(xs[0, 0], x + k @ nu, rtol=1e-12)
    np.testing.assert_allclose(ps[0, 0], p - k @ s @ k.T, rtol=1e-8, atol=1e-6 * p.max())
    assert fit[0, 0, 0] == pytest.approx(nu @ np.linalg.solve(s, nu))
    log_likelihood = -0.5 * (fit[0, 0, 0] + np.linalg.slogdet(2 * np.pi * s)[1])
    assert fit[0, 0, 1] == pytest.approx(log_likelihood)


def test_looking_back_undoes_prediction(side):
    flight = side.arc(side.plan(), [0, 50e3, 60e3], [100, -1500, 300], INV_BETA)
    back = expected1(np.ascontiguousarray(flight[2, 1:]), 1, 2.0, INV_BETA)
    assert np.linalg.norm(np.array(back) - flight[0, 1:4]) < 1.0


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_the_fastest_body_in_dense_air_keeps_a_covariance_of_its_own_size(side):
    plan = side.plan()
    velocity = side.turn(plan, [0, 4_000, -4_000])[0]
    x = np.concatenate([side.place(plan, [0, 0, 9_000])[0], velocity])
    p = np.diag(np.repeat([300.0, 400.0], 3) ** 2)
    before = np.sqrt(np.trace(p[3:, 3:]))
    for _ in range(5):
        x, p = run(x, p, 1, 2.0)
        # Drag only damps: whatever grows beyond the noise is the series of F, not physics.
        assert np.sqrt(np.trace(p[3:, 3:])) < before + 1_000.0
    assert np.linalg.norm(x[3:]) < 6_000.0
