"""Singer's model in the hard mode: against dense nine-state algebra."""

import msgspec
import numpy as np
import pytest
from scipy.linalg import expm

from tdome.command.tracking.engine import Engine, Settings, track
from tdome.command.tracking.engine.filters.pull import (
    mix_pull,
    predict_pull,
    singer,
    split_pull,
    take_pull,
)
from tdome.command.tracking.engine.filters.update import take_row
from tdome.command.tracking.engine.layout import (
    COVARIANCE,
    HEAD,
    PULL,
    PULL_CROSS,
    PULL_SPREAD,
    PULLED,
    SLOT,
    UP,
)

from .conftest import Sky, flyers_of, sites_of

HARD = HEAD + 2 * SLOT
SETTINGS = msgspec.structs.replace(Settings.imm(), pull=(20.0, 5.0, 10.0), hard=(50.0, 5.0))
K = SETTINGS.numbers(flat=True)
LOWER6, LOWER3 = np.tril_indices(6), np.tril_indices(3)


def some(seed):
    """Return a row with the nine-state Gaussian (x, P) in it, and D."""
    rng = np.random.default_rng(seed)
    scale = np.array([200.0] * 3 + [30.0] * 3 + [10.0] * 3)
    a = rng.normal(size=(9, 9))
    p = (a @ a.T + np.eye(9)) * np.outer(scale, scale)
    x = rng.normal(size=9) * scale
    row = np.zeros((1, PULLED))
    up = rng.normal(size=3)
    up /= np.linalg.norm(up)
    row[0, UP : UP + 3] = up
    put(row[0], x, p)
    return row, x, p, 20.0**2 * np.eye(3) + (5.0**2 - 20.0**2) * np.outer(up, up)


def put(row, x, p):
    row[HARD : HARD + 6], row[PULL : PULL + 3] = x[:6], x[6:]
    row[HARD + COVARIANCE : HARD + COVARIANCE + 21] = p[:6, :6][LOWER6]
    row[PULL_CROSS : PULL_CROSS + 18] = p[6:, :6].ravel()
    row[PULL_SPREAD : PULL_SPREAD + 6] = p[6:, 6:][LOWER3]


def got(row):
    p = np.zeros((9, 9))
    p[:6, :6][LOWER6] = row[HARD + COVARIANCE : HARD + COVARIANCE + 21]
    p[6:, :6] = row[PULL_CROSS : PULL_CROSS + 18].reshape(3, 6)
    p[6:, 6:][LOWER3] = row[PULL_SPREAD : PULL_SPREAD + 6]
    return np.r_[row[HARD : HARD + 6], row[PULL : PULL + 3]], p + np.tril(p, -1).T


def van_loan(tau, dt):
    """Return transition and noise of one axis, sigma = 1 (Van Loan 1978)."""
    f = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0 / tau]])
    big = np.zeros((6, 6))
    big[:3, :3], big[3:, 3:], big[2, 5] = -f, f.T, 2.0 / tau
    e = expm(big * dt)
    step = e[3:, 3:].T
    return step, step @ e[:3, 3:]


@pytest.mark.parametrize(
    ("tau", "dt", "rel"), [(10.0, 4.0, 1e-9), (10, 0.3, 1e-6), (20, 0.1, 0.02)]
)
def test_the_step_is_that_of_van_loan(tau, dt, rel):
    step, q = van_loan(tau, dt)
    found = singer(tau, dt)
    expected = [step[2, 2], step[0, 2], step[1, 2], *q[np.triu_indices(3)]]
    assert np.allclose(found, expected, rtol=rel)


@pytest.mark.parametrize("seed", range(3))
def test_prediction_is_the_dense_one(seed):
    rows, x, p, d = some(seed)
    step, q = van_loan(10.0, 4.0)
    f, noise = np.kron(step, np.eye(3)), np.kron(q, d)
    white = np.array([[4.0**3 / 3, 8.0], [8.0, 4.0]])
    up = rows[0, UP : UP + 3]
    noise[:6, :6] += np.kron(white, 50.0 * np.eye(3) + (5.0 - 50.0) * np.outer(up, up))
    predict_pull(rows, 0, 4.0, 50.0, 5.0, K)
    mean, spread = got(rows[0])
    assert np.allclose(mean, f @ x, rtol=1e-10)
    assert np.allclose(spread, f @ p @ f.T + noise, rtol=1e-8)


def test_an_update_is_the_dense_one():
    rows, x, p, _ = some(5)
    h = np.array([0.6, -0.3, 0.74])
    full = np.r_[h, np.zeros(6)]
    s = full @ p @ full + 625.0
    gain = p @ full / s
    take_pull(rows, 0, tuple(h), 80.0, 625.0)
    fit, variance = take_row(rows, 0, HARD, 6, tuple(h), 80.0, 625.0)
    mean, spread = got(rows[0])
    assert np.isclose(variance, s)
    assert np.isclose(fit, (80.0 - full @ x) ** 2 / s)
    assert np.allclose(mean, x + gain * (80.0 - full @ x), rtol=1e-9)
    assert np.allclose(spread, p - np.outer(gain, full @ p), rtol=1e-8, atol=1e-8)


def test_mixing_is_the_sum_of_two_gaussians_one_with_the_prior_of_the_acceleration():
    rows, x, p, d = some(7)
    w, rng = 0.3, np.random.default_rng(8)
    other, wide = x[:6] + rng.normal(size=6) * 20.0, p[:6, :6] * 0.5
    augmented = np.zeros((9, 9))
    augmented[:6, :6], augmented[6:, 6:] = wide, d
    both = [(w, x, p), (1.0 - w, np.r_[other, 0.0, 0.0, 0.0], augmented)]
    mean = sum(q * m for q, m, _ in both)
    spread = sum(q * (c + np.outer(m - mean, m - mean)) for q, m, c in both)
    rows[0, HARD : HARD + 6] = mean[:6]
    rows[0, HARD + COVARIANCE : HARD + COVARIANCE + 21] = spread[:6, :6][LOWER6]
    mix_pull(rows, 0, x[:6].copy(), w, K)
    found = got(rows[0])
    assert np.allclose(found[0], mean)
    assert np.allclose(found[1], spread, rtol=1e-9)
    split_pull(rows, 0, K)
    assert np.allclose(got(rows[0])[1][6:], np.c_[np.zeros((3, 6)), d])


def test_flyers_are_tracked_with_it_and_covariances_stay_positive():
    sky = Sky(flyers_of(6), sites_of(np.zeros((1, 3)), np.eye(3)[None]))
    history = track(sky.recording(), sky.sites, SETTINGS)
    assert (history.scan == 19).sum() == 6
    scale = np.sqrt(np.einsum("nii->ni", history.covariance))
    unit = history.covariance / (scale[:, :, None] * scale[:, None, :])
    assert np.linalg.eigvalsh(unit).min() > 0.0
    other = track(sky.recording(), sky.sites, Settings.imm())
    assert not np.array_equal(other.state, history.state)


def test_other_associations_refuse_it():
    sites = sites_of(np.zeros((1, 3)), np.eye(3)[None])
    with pytest.raises(ValueError, match="pull"):
        Engine(sites, msgspec.structs.replace(SETTINGS, association="jpda"))
