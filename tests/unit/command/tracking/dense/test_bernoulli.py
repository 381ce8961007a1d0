"""Labelled multi-Bernoulli kernels against closed forms."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.command.tracking.dense.bernoulli import alike, branch, exist, pool
from tdome.command.tracking.engine.shared.belief import marginals

DENSITY = 2e-4


def update(  # noqa: PLR0913, PLR0917 - the kernels' own columns
    first, weight, start, column, cost, exists, detection, plots, most=50, least=0.0
):
    """One association of a set of labels; what comes out of each kernel."""
    labels, pairs = len(first) - 1, len(column)
    pooled, names = np.empty(labels + 1, np.int32), np.empty(pairs, np.int32)
    ratio, share, slot = np.empty(pairs), np.empty(pairs), np.empty(pairs, np.int32)
    row_of = np.repeat(np.arange(len(weight)), np.diff(start))
    pd = np.repeat(detection, np.diff(first))[row_of]
    odds = pd * normal(cost) / (DENSITY * (1.0 - pd))
    end = pool(
        first, weight, start, column, odds, exists, detection, plots, pooled, names, ratio, share,
        slot,
    )  # fmt: skip
    beta, missed = np.empty(end), np.empty(labels)
    marginals(pooled, names[:end], ratio[:end], plots, 1e-10, 10_000, beta, missed)
    after = exists.copy()
    exist(after, detection, missed)
    size = labels * most
    parent, plot = np.empty(size, np.int32), np.empty(size, np.int32)
    child, child_first = np.empty(size), np.empty(labels + 1, np.int32)
    count = branch(
        first, weight, after, missed, start, column, beta, share, slot, most, least, parent, plot,
        child, child_first,
    )  # fmt: skip
    return after, parent[:count], plot[:count], child[:count], child_first, ratio[:end]


def normal(cost):
    return (2.0 * np.pi) ** -1.5 * np.exp(-0.5 * cost)


def test_one_label_is_integrated_pda():
    """Musicki, Evans and Stankovic, "Integrated probabilistic data association", 1994."""
    cost, r, pd = np.array([-8.0, -3.0]), 0.4, 0.9
    after, _, plot, child, _, _ = update(
        np.array([0, 1], np.int32), np.ones(1), np.array([0, 2], np.int32),
        np.array([0, 1], np.int32), cost, np.array([r]), np.array([pd]), 2,
    )  # fmt: skip
    delta = pd - pd * normal(cost).sum() / DENSITY
    assert np.isclose(after[0], (1.0 - delta) * r / (1.0 - delta * r))
    share = dict(zip(plot.tolist(), child, strict=True))
    for j in range(2):
        assert np.isclose(share[j], pd * normal(cost[j]) / DENSITY / (1.0 - delta))
    assert np.isclose(share[-1], (1.0 - pd) / (1.0 - delta))


def test_rows_share_by_bayes():
    """Two rows of one label see one plot: weights follow their own likelihoods."""
    cost, weight, pd = np.array([-6.0, -2.0]), np.array([0.3, 0.7]), 0.9
    after, parent, plot, child, first, ratio = update(
        np.array([0, 2], np.int32), weight, np.array([0, 1, 2], np.int32),
        np.array([0, 0], np.int32), cost, np.ones(1), np.array([pd]), 1,
    )  # fmt: skip
    assert after[0] == 1.0
    assert len(ratio) == 1
    want = weight * pd * normal(cost) / DENSITY
    total = want.sum() + 1.0 - pd
    for row in range(2):
        got = child[(parent == row) & (plot == 0)]
        assert np.allclose(got, want[row] / total)
    assert first.tolist() == [0, 4]


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=60)
def test_weights_sum_to_one_and_stay_in_order(seed):
    rng = np.random.default_rng(seed)
    labels, plots = 4, 5
    rows = rng.integers(1, 4, labels)
    first = np.concatenate([[0], np.cumsum(rows)]).astype(np.int32)
    weight = np.concatenate([rng.dirichlet(np.ones(n)) for n in rows])
    lists = [np.flatnonzero(rng.uniform(size=plots) < 0.5) for _ in range(first[-1])]
    start = np.concatenate([[0], np.cumsum([len(x) for x in lists])]).astype(np.int32)
    column = np.concatenate(lists).astype(np.int32)
    cost = rng.normal(-6.0, 6.0, len(column))
    exists, detection = rng.uniform(0.01, 1.0, labels), rng.uniform(0.3, 0.95, labels)
    after, _, plot, child, child_first, _ = update(
        first, weight, start, column, cost, exists, detection, plots, most=3, least=1e-3
    )
    assert ((after > 0.0) & (after <= 1.0)).all()
    for i in range(labels):
        part = child[child_first[i] : child_first[i + 1]]
        assert 1 <= len(part) <= 3
        assert np.isclose(part.sum(), 1.0)
        assert (np.diff(part) <= 0.0).all()
    assert set(plot.tolist()) <= {-1, *range(plots)}


def test_a_missed_label_out_of_coverage_loses_nothing():
    exists, missed = np.array([0.7]), np.ones(1)
    exist(exists, np.zeros(1), missed)
    assert exists[0] == 0.7
    assert missed[0] == 1.0


def test_hypotheses_that_say_the_same_become_one():
    rows = np.zeros((3, 28))
    rows[:, :6] = np.array([0.0, 0.1, 5.0])[:, None]
    for m in range(6):
        rows[:, 7 + m * (m + 3) // 2] = 1.0
    weight = np.array([0.5, 0.3, 0.2])
    alike(rows, np.array([0, 1, 2], np.int32), weight, 3, 0, 0.25)
    assert np.allclose(weight, [0.8, 0.0, 0.2])
