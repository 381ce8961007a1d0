"""Intersection of many sources: the exact two, the best weights, never too sure, no order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar

from tdome.command.tracking.fusion.blending import intersect_many, moved, separations
from tdome.command.tracking.fusion.motion import predicted


def sources(seed, n, count):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(n, count, 6, 6)) * np.exp(rng.normal(size=(n, count, 1, 6)))
    p = np.einsum("ncij,nckj->ncik", root, root) + 0.05 * np.eye(6)
    return rng.normal(size=(n, count, 6)), p


def fused(x, p):
    return intersect_many(x, p, np.zeros(x.shape[:2]), np.ones(x.shape[:2], np.bool_), 0.0)


def test_two_sources_are_the_exact_intersection_to_one_per_cent():
    """Against the weight w of least ln det (w A^-1 + (1 - w) B^-1)^-1 by scipy."""
    x, p = sources(1, 60, 2)
    y, q = fused(x, p)
    known = np.linalg.inv(p)
    for n in range(60):

        def size(w, n=n):
            return -np.linalg.slogdet(w * known[n, 0] + (1 - w) * known[n, 1])[1]

        found = minimize_scalar(size, bounds=(0, 1), method="bounded", options={"xatol": 1e-10})
        assert -1e-8 < np.linalg.slogdet(q[n])[1] - found.fun < 0.06
        share = np.array([found.x, 1.0 - found.x])
        best = np.einsum("c,cij->ij", share, known[n])
        off = y[n] - np.linalg.solve(best, np.einsum("c,cij,cj->i", share, known[n], x[n]))
        assert off @ best @ off < 0.2


def test_who_is_better_in_all_decides_and_equals_are_averaged():
    x, p = sources(3, 20, 2)
    p[:, 1] = 4.0 * p[:, 0]
    for order in ([0, 1], [1, 0]):
        y, q = fused(x[:, order].copy(), p[:, order].copy())
        assert (np.linalg.slogdet(q)[1] - np.linalg.slogdet(p[:, 0])[1] < 0.06).all()
        off = y - x[:, 0]
        moved_by = np.einsum("ni,nij,nj->n", off, np.linalg.inv(p[:, 0]), off)
        away = x[:, 1] - x[:, 0]
        apart = np.einsum("ni,nij,nj->n", away, np.linalg.inv(p[:, 0]), away)
        assert (moved_by < 1e-4 * apart).all()
    p[:, 1] = p[:, 0]
    y, q = fused(x, p)
    np.testing.assert_allclose(q, p[:, 0], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(y, x.mean(axis=1), rtol=1e-6, atol=1e-9)


def test_three_sources_have_the_weights_of_least_determinant():
    x, p = sources(2, 12, 3)
    _, q = fused(x, p)
    known = np.linalg.inv(p)
    for n in range(12):

        def size(w, n=n):
            share = np.exp(w) / np.exp(w).sum()
            return -np.linalg.slogdet(np.einsum("c,cij->ij", share, known[n]))[1]

        best = min(minimize(size, start, method="Nelder-Mead").fun for start in np.eye(3))
        assert np.linalg.slogdet(q[n])[1] - best < 0.06


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_never_too_sure_whatever_the_sources_have_in_common(seed, count):
    """Errors e = L u with u of any joint covariance whose own blocks are 1: the claim holds."""
    x, p = sources(seed, 1, count)
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(6 * count, 6 * count)))[0][:, : 6 + seed % 6]
    joint = np.einsum("aik,bjk->aibj", *(turn.reshape(count, 6, -1),) * 2)
    half = [
        np.linalg.inv(np.linalg.cholesky(joint[c, :, c] + 1e-9 * np.eye(6))) for c in range(count)
    ]
    # Gains: found from the answer being linear in the states.
    gain = []
    for c in range(count):
        told = np.zeros((6, count, 6))
        told[:, c] = np.eye(6)
        moved_by, _ = fused(told, np.repeat(p, 6, axis=0))
        gain.append(moved_by.T)
    _, q = fused(x, p)
    low = [np.linalg.cholesky(p[0, c]) @ half[c] for c in range(count)]
    true = sum(
        gain[a] @ low[a] @ joint[a, :, b] @ low[b].T @ gain[b].T
        for a in range(count)
        for b in range(count)
    )
    scale = np.linalg.cholesky(np.linalg.inv(q[0]))
    assert np.linalg.eigvalsh(scale.T @ (q[0] - true) @ scale)[0] > -1e-6
    assert sum(gain) == pytest.approx(np.eye(6), abs=1e-8)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(4)))
def test_the_order_of_sources_changes_nothing(seed, order):
    x, p = sources(seed, 5, 4)
    y, q = fused(x, p)
    again, spread = fused(x[:, order].copy(), p[:, order].copy())
    assert again == pytest.approx(y, rel=1e-6, abs=1e-6)
    assert spread == pytest.approx(q, rel=1e-6, abs=1e-9)
    assert (q == np.swapaxes(q, 1, 2)).all()
    assert np.linalg.eigvalsh(q).min() > 0.0


def test_a_source_alone_is_predicted_and_the_untold_are_not_used():
    x, p = sources(4, 7, 3)
    told = np.zeros((7, 3), np.bool_)
    told[:, 1] = True
    dt = np.full((7, 3), 3.0)
    y, q = intersect_many(x, p, dt, told, 2.0)
    state, cov = predicted(x[:, 1], p[:, 1], dt[:, 1], 2.0)
    np.testing.assert_allclose(y, state, rtol=1e-12)
    np.testing.assert_allclose(q, cov, rtol=1e-12)
    np.testing.assert_allclose(
        moved(x[:, 1].copy(), p[:, 1].copy(), dt[:, 1], np.full(7, 2.0))[1], q
    )


def test_separations_are_those_of_numpy_and_nan_without_a_covariance():
    x, p = sources(5, 9, 2)
    p[3] = -p[3]
    d2, size = separations(x[:, 0].copy(), p[:, 0].copy(), x[:, 1].copy(), p[:, 1].copy())
    off, t = x[:, 0] - x[:, 1], p[:, 0] + p[:, 1]
    good = np.arange(9) != 3
    expected = np.einsum("ni,ni->n", off, np.linalg.solve(t, off[:, :, None])[:, :, 0])
    np.testing.assert_allclose(d2[good], expected[good], rtol=1e-9)
    np.testing.assert_allclose(size[good], np.linalg.slogdet(t[good])[1], rtol=1e-9, atol=1e-12)
    assert np.isnan(size[3])
