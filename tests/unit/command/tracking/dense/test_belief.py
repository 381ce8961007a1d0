"""Loopy belief propagation against the enumeration of all joint events."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.command.tracking.engine.shared.belief import SWEEPS, TOLERANCE, marginals
from tdome.command.tracking.engine.shared.jpda import weigh


def csr(psi):
    """Candidate lists of a dense table of ratios, 0 where there is none."""
    rows = [np.flatnonzero(row) for row in psi]
    start = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int32)
    column = np.concatenate(rows).astype(np.int32)
    return start, column, psi[psi > 0.0]


def propagate(psi, tolerance=1e-12, sweeps=100_000):
    start, column, ratio = csr(psi)
    beta, missed = np.empty(len(column)), np.empty(len(psi))
    used = marginals(start, column, ratio, psi.shape[1], tolerance, sweeps, beta, missed)
    table = np.zeros_like(psi)
    table[psi > 0.0] = beta
    return table, missed, used


def enumerated(psi):
    """Exact marginals: every joint event by recursion."""
    tracks, plots = psi.shape
    table, missed = np.zeros_like(psi), np.zeros(tracks)

    def go(i, free, weight, chosen):
        if i == tracks:
            for track, plot in enumerate(chosen):
                if plot < 0:
                    missed[track] += weight
                else:
                    table[track, plot] += weight
            return weight
        total = go(i + 1, free, weight, [*chosen, -1])
        for j in sorted(free):
            if psi[i, j] > 0.0:
                total += go(i + 1, free - {j}, weight * psi[i, j], [*chosen, j])
        return total

    total = go(0, frozenset(range(plots)), 1.0, [])
    return table / total, missed / total


tables = st.tuples(
    st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32 - 1), st.floats(0.2, 1.0)
)


def table_of(case):
    tracks, plots, seed, dense = case
    rng = np.random.default_rng(seed)
    psi = np.exp(rng.normal(1.0, 3.0, (tracks, plots)))
    return np.where(rng.uniform(size=psi.shape) < dense, psi, 0.0)


@given(tables)
@settings(deadline=None, max_examples=150)
def test_marginals_are_probabilities_near_the_exact_ones(case):
    psi = table_of(case)
    table, missed, _ = propagate(psi)
    assert np.allclose(table.sum(axis=1) + missed, 1.0, atol=1e-12)
    assert (table >= 0.0).all()
    assert (table.sum(axis=0) <= 1.0 + 1e-6).all()
    exact, none = enumerated(psi)
    # The bound is what Bethe's approximation shows on such tables; Williams and Lau report less.
    assert np.abs(table - exact).max() < 0.2
    assert np.abs(missed - none).max() < 0.2


@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
@settings(deadline=None, max_examples=60)
def test_chains_are_exact(seed, tracks):
    """Without a loop of candidates the marginals are those of the enumeration."""
    rng = np.random.default_rng(seed)
    psi = np.zeros((tracks, tracks + 1))
    for i in range(tracks):
        psi[i, i : i + 2] = np.exp(rng.normal(0.0, 4.0, 2))
    table, missed, _ = propagate(psi)
    exact, none = enumerated(psi)
    assert np.allclose(table, exact, atol=1e-9)
    assert np.allclose(missed, none, atol=1e-9)


@given(tables, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_order_does_not_matter(case, shuffle):
    psi = table_of(case)
    rows, columns = list(range(psi.shape[0])), list(range(psi.shape[1]))
    shuffle.shuffle(rows)
    shuffle.shuffle(columns)
    table, missed, used = propagate(psi, TOLERANCE, SWEEPS)
    other, missed_other, used_other = propagate(psi[rows][:, columns], TOLERANCE, SWEEPS)
    assert used == used_other
    assert np.allclose(other, table[rows][:, columns], atol=1e-9)
    assert np.allclose(missed_other, missed[rows], atol=1e-9)


def test_the_tolerance_of_the_tracker_is_enough():
    rng = np.random.default_rng(5)
    for _ in range(50):
        psi = np.exp(rng.normal(2.0, 3.0, (5, 5)))
        loose, _, _ = propagate(psi, TOLERANCE, SWEEPS)
        tight, _, _ = propagate(psi)
        assert np.abs(loose - tight).max() < 0.01


def test_a_single_track_is_probabilistic_data_association():
    psi = np.array([[3.0, 0.5, 12.0]])
    table, missed, used = propagate(psi)
    assert used == 0
    assert np.allclose(table[0], psi[0] / (1.0 + psi.sum()))
    assert missed[0] == pytest.approx(1.0 / (1.0 + psi.sum()))


def test_two_equal_tracks_share_two_equal_plots():
    """psi = w everywhere: nu solves w nu^2 + nu = 1, so p = w nu / (1 + 2 w nu)."""
    w = 1e6
    table, _, _ = propagate(np.full((2, 2), w))
    nu = (-1.0 + np.sqrt(1.0 + 4.0 * w)) / (2.0 * w)
    assert np.allclose(table, w * nu / (1.0 + 2.0 * w * nu), atol=1e-9)


def test_extreme_ratios_stay_finite():
    psi = np.array([[1e250, 1e-250], [1e250, 1e240]])
    table, missed, _ = propagate(psi, TOLERANCE, SWEEPS)
    assert np.isfinite(table).all()
    assert np.isfinite(missed).all()


def test_tempered_ratios():
    """The core's prices: a pair costs d^2 + ln |S|, a miss twice the log odds of Pd and density."""
    start, cost = np.array([0, 2], np.int32), np.array([-10.0, -4.0])
    miss = np.array([2.0 * np.log(0.9 / 0.1 / 1e-4) - 3.0 * np.log(2.0 * np.pi)])
    cold, warm = np.empty(2), np.empty(2)
    weigh(start, cost, miss, 1.0, warm)
    weigh(start, cost, miss, 0.5, cold)
    normal = (2.0 * np.pi) ** -1.5 * np.exp(-0.5 * cost)
    assert np.allclose(warm, 0.9 * normal / (1e-4 * 0.1))
    assert np.allclose(cold, warm**2)


def test_nothing_to_do():
    none = np.empty(0)
    assert (
        marginals(np.zeros(1, np.int32), np.empty(0, np.int32), none, 0, 1e-4, 60, none, none) == 0
    )
