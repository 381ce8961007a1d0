"""The weighted update and the control of coalescence."""

import numpy as np

from tdome.command.tracking.dense.blend import blend
from tdome.command.tracking.dense.coalescence import unmix

H = np.hstack([np.eye(3), np.zeros((3, 3))])


def case(seed, plots):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(6, 6))
    p, r = root @ root.T + np.eye(6), np.diag(rng.uniform(0.5, 2.0, 3))
    s = H @ p @ H.T + r
    gain = p @ H.T @ np.linalg.inv(s)
    return rng.normal(size=6), p, gain, s, rng.normal(size=(plots, 3)), rng


def blended(x, p, gain, s, nu, beta):
    x, p = x[None].copy(), p[None].copy()
    blend(x, p, gain[None], s[None], np.array([0, len(nu)], np.int32), beta, nu)
    return x[0], p[0]


def test_one_sure_plot_is_the_kalman_update():
    x, p, gain, s, nu, _ = case(1, 1)
    got, cov = blended(x, p, gain, s, nu, np.ones(1))
    assert np.allclose(got, x + gain @ nu[0])
    assert np.allclose(cov, (np.eye(6) - gain @ H) @ p)


def test_moments_are_those_of_the_mixture():
    for seed in range(20):
        x, p, gain, s, nu, rng = case(seed, 3)
        share = rng.dirichlet(np.ones(4))
        got, cov = blended(x, p, gain, s, nu, share[1:])
        means = np.vstack([x, x + nu @ gain.T])
        updated = (np.eye(6) - gain @ H) @ p
        mean = share @ means
        whole = share[0] * p + (1.0 - share[0]) * updated
        whole += np.einsum("c,ci,cj->ij", share, means - mean, means - mean)
        assert np.allclose(got, mean)
        assert np.allclose(cov, whole)
        assert np.array_equal(cov, cov.T)
        assert np.linalg.eigvalsh(cov).min() > 0.0


def test_no_plot_changes_nothing():
    x, p, gain, s, _, _ = case(3, 0)
    got, cov = blended(x, p, gain, s, np.empty((0, 3)), np.empty(0))
    assert np.array_equal(got, x)
    assert np.array_equal(cov, p)


def test_owners_keep_their_plots():
    """Tracks 0 and 1 own plots 0 and 1; plot 2 is free; track 2 owns none and may claim all."""
    start = np.array([0, 3, 6, 8], np.int32)
    column = np.array([0, 1, 2, 0, 1, 2, 0, 1], np.int32)
    ratio = np.arange(1.0, 9.0)
    chosen, owner = np.array([0, 1, -1], np.int32), np.empty(3, np.int32)
    assert unmix(start, column, chosen, owner, ratio) == 2
    assert ratio.tolist() == [1.0, 0.0, 3.0, 0.0, 5.0, 6.0, 7.0, 8.0]
