"""Covariance intersection: the least of its aim, never too sure, whatever the correlation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from tdome.command.tracking.fusion.intersection import best_weights, fuse_information, intersect


def covariances(seed, n, m=6):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(n, m, m)) * np.exp(rng.normal(size=(n, 1, m)))
    return np.einsum("nij,nkj->nik", a, a) + 1e-3 * np.eye(m)


@pytest.mark.parametrize("aim", ["det", "trace"])
def test_the_weight_is_the_best(aim):
    a, b = covariances(1, 40), covariances(2, 40)
    w = best_weights(a, b, aim)

    def size(w, k):
        p = np.linalg.inv(w * np.linalg.inv(a[k]) + (1 - w) * np.linalg.inv(b[k]))
        return np.linalg.slogdet(p)[1] if aim == "det" else np.trace(p)

    for k in range(40):
        found = minimize_scalar(
            size, bounds=(0, 1), args=(k,), method="bounded", options={"xatol": 1e-10}
        )
        assert size(w[k], k) <= found.fun + 1e-9 * abs(found.fun) + 1e-9


def test_who_is_better_in_all_gets_all():
    a = covariances(3, 5)
    assert best_weights(a, 4.0 * a) == pytest.approx(1.0)
    assert best_weights(4.0 * a, a) == pytest.approx(0.0)
    assert best_weights(a, a) == pytest.approx(0.5)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(-0.999, 0.999))
def test_never_too_sure(seed, correlation):
    """The fused error is within what is claimed, for any cross-covariance."""
    a, b = covariances(seed, 1), covariances(seed + 1, 1)
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    cross = correlation * np.linalg.cholesky(a[0]) @ turn @ np.linalg.cholesky(b[0]).T
    _, p, w = intersect(np.zeros((1, 6)), a, np.zeros((1, 6)), b)
    left = w[0] * p[0] @ np.linalg.inv(a[0])
    right = (1 - w[0]) * p[0] @ np.linalg.inv(b[0])
    true = (
        left @ a[0] @ left.T
        + right @ b[0] @ right.T
        + left @ cross @ right.T
        + right @ cross.T @ left.T
    )
    scale = np.linalg.cholesky(np.linalg.inv(p[0]))
    assert np.linalg.eigvalsh(scale.T @ (p[0] - true) @ scale)[0] > -1e-6


def test_order_of_the_two_does_not_matter():
    a, b = covariances(5, 10), covariances(6, 10)
    x, y = np.arange(60.0).reshape(10, 6), np.ones((10, 6))
    one, two = intersect(x, a, y, b), intersect(y, b, x, a)
    assert one[0] == pytest.approx(two[0], rel=1e-6, abs=1e-6)
    assert one[1] == pytest.approx(two[1], rel=1e-6, abs=1e-6)


def test_information_fusion_is_exact_without_noise_since():
    """Two that began alike and measured once each: the same as one that did both."""
    prior = covariances(7, 3)
    rng = np.random.default_rng(0)
    x0 = rng.normal(size=(3, 6))
    r, s = covariances(8, 3), covariances(9, 3)
    z, y = rng.normal(size=(3, 6)), rng.normal(size=(3, 6))

    def posterior(*told):
        information = np.linalg.inv(prior) + sum(np.linalg.inv(m) for _, m in told)
        vector = np.einsum("nij,nj->ni", np.linalg.inv(prior), x0) + sum(
            np.einsum("nij,nj->ni", np.linalg.inv(m), v) for v, m in told
        )
        p = np.linalg.inv(information)
        return np.einsum("nij,nj->ni", p, vector), p

    fused = fuse_information(*posterior((z, r)), *posterior((y, s)), (x0, prior))
    both = posterior((z, r), (y, s))
    assert fused[0] == pytest.approx(both[0], rel=1e-6, abs=1e-8)
    assert fused[1] == pytest.approx(both[1], rel=1e-6, abs=1e-8)
