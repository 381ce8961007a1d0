"""The blend of weighted copies and the control of coalescence."""

import numpy as np

from tdome.command.tracking.engine.filters.imm import combine
from tdome.command.tracking.engine.layout import COVARIANCE, FULL, HEAD, MODES, SLOT, WEIGHT
from tdome.command.tracking.engine.shared.blend import blend
from tdome.command.tracking.engine.shared.coalescence import unmix

LOWER = np.tril_indices(6)


def put(row, slot, x, p):
    o = HEAD + slot * SLOT
    row[o : o + 6] = x
    row[o + COVARIANCE : o + COVARIANCE + 21] = p[LOWER]


def taken(row, slot):
    o = HEAD + slot * SLOT
    p = np.zeros((6, 6))
    p[LOWER] = row[o + COVARIANCE : o + COVARIANCE + 21]
    return row[o : o + 6], p + np.tril(p, -1).T


def states(seed, count):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(count, 6, 6))
    return rng.normal(size=(count, 6)), root @ root.transpose(0, 2, 1) + np.eye(6), rng


def moments(x, p, share):
    mean = share @ x
    return mean, np.einsum("c,cij->ij", share, p + np.einsum("ci,cj->cij", x - mean, x - mean))


def test_a_single_filter_gets_the_moments_of_the_mixture():
    for seed in range(20):
        x, p, rng = states(seed, 3)
        share = rng.dirichlet(np.ones(3))
        copies, rows = np.zeros((3, FULL)), np.zeros((1, FULL))
        for c in range(3):
            put(copies[c], 0, x[c], p[c])
        blend(rows, 0, copies, share, np.empty(3), 3, False)
        mean, whole = moments(x, p, share)
        got, cov = taken(rows[0], 0)
        assert np.allclose(got, mean)
        assert np.allclose(cov, whole)
        assert np.linalg.eigvalsh(cov).min() > 0.0


def test_the_blend_is_probabilistic_data_association():
    """Copies by Kalman updates with one gain: the closed form with the spread of innovations."""
    x, p, rng = states(4, 1)
    x, p = x[0], p[0]
    h, r = np.hstack([np.eye(3), np.zeros((3, 3))]), np.diag(rng.uniform(0.5, 2.0, 3))
    s = h @ p @ h.T + r
    gain = p @ h.T @ np.linalg.inv(s)
    nu, beta = rng.normal(size=(2, 3)), np.array([0.5, 0.3])
    copies, rows = np.zeros((3, FULL)), np.zeros((1, FULL))
    put(copies[0], 0, x, p)
    for c in range(2):
        put(copies[c + 1], 0, x + gain @ nu[c], p - gain @ s @ gain.T)
    blend(rows, 0, copies, np.array([0.2, *beta]), np.empty(3), 3, False)
    mean = beta @ nu
    spread = np.einsum("c,ci,cj->ij", beta, nu, nu) - np.outer(mean, mean)
    got, cov = taken(rows[0], 0)
    assert np.allclose(got, x + gain @ mean)
    assert np.allclose(cov, p - 0.8 * gain @ s @ gain.T + gain @ spread @ gain.T)


def test_modes_are_blended_mode_by_mode():
    """The told state is the same whether copies are combined first or modes are blended first."""
    rng = np.random.default_rng(7)
    copies, rows, share = np.zeros((3, FULL)), np.zeros((1, FULL)), rng.dirichlet(np.ones(3))
    for c in range(3):
        copies[c, WEIGHT : WEIGHT + MODES] = rng.dirichlet(np.ones(MODES))
        x, p, _ = states(10 + c, MODES)
        for m in range(MODES):
            put(copies[c], m + 1, x[m], p[m])
        combine(copies, c, 6)
    told = [taken(copy, 0) for copy in copies]
    mean, whole = moments(np.array([x for x, _ in told]), np.array([p for _, p in told]), share)
    blend(rows, 0, copies, share, np.empty(3), 3, True)
    got, cov = taken(rows[0], 0)
    assert np.allclose(got, mean)
    assert np.allclose(cov, whole)
    assert np.allclose(rows[0, WEIGHT : WEIGHT + MODES], share @ copies[:, WEIGHT : WEIGHT + MODES])


def test_owners_keep_their_plots():
    """Tracks 0 and 1 own plots 0 and 1; plot 2 is free; track 2 owns none and may claim all."""
    start = np.array([0, 3, 6, 8], np.int32)
    column = np.array([0, 1, 2, 0, 1, 2, 0, 1], np.int32)
    ratio = np.arange(1.0, 9.0)
    chosen, owner = np.array([0, 4, -1], np.int32), np.empty(3, np.int32)
    assert unmix(start, column, chosen, owner, ratio) == 2
    assert ratio.tolist() == [1.0, 0.0, 3.0, 0.0, 5.0, 6.0, 7.0, 8.0]
