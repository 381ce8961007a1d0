"""Sensor tracks to system tracks: pairs, numbers that last, stitches."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from tdome.command.tracking.fusion.motion import predicted
from tdome.command.tracking.fusion.pairing import distances, near_pairs, pair_tracks
from tdome.command.tracking.fusion.stitching import stitch
from tdome.command.tracking.fusion.system import Fused, TrackFusion

S = 1_000_000_000


def tracks(rng, n, spread=50e3, sigma=150.0):
    truth = np.column_stack([rng.uniform(-spread, spread, (n, 3)), rng.normal(0, 200, (n, 3))])
    truth[:, 2] = rng.uniform(1e3, 10e3, n)
    root = rng.normal(size=(2, n, 6, 6)) * np.array([sigma] * 3 + [10.0] * 3)[:, None] / 2.5
    p = np.einsum("snij,snkj->snik", root, root) + np.diag([100.0] * 3 + [4.0] * 3)
    x = truth + np.einsum("snij,snj->sni", np.linalg.cholesky(p), rng.normal(size=(2, n, 6)))
    return truth, x, p


def test_pairs_are_found_and_relabelling_changes_nothing():
    rng = np.random.default_rng(0)
    _, x, p = tracks(rng, 200)
    order = rng.permutation(150)
    chosen = pair_tracks(x[0], p[0], x[1][order], p[1][order])
    expected = np.full(200, -1)
    expected[order] = np.arange(150)
    assert (chosen == expected).mean() > 0.97
    other = rng.permutation(200)
    again = pair_tracks(x[0][other], p[0][other], x[1][order], p[1][order])
    assert (again == chosen[other]).all()


def test_the_assignment_is_the_best_of_all():
    rng = np.random.default_rng(2)
    _, x, p = tracks(rng, 30, spread=600.0)
    chosen = pair_tracks(x[0], p[0], x[1], p[1])
    i, j = np.repeat(np.arange(30), 30), np.tile(np.arange(30), 30)
    d2, size = distances(x[0][i], p[0][i], x[1][j], p[1][j])
    inside = d2 <= 22.5
    top = (d2 + size)[inside].max() + 1.0
    cost = np.where(inside, d2 + size - top, 0.0).reshape(30, 30)
    rows, columns = linear_sum_assignment(cost)
    ours = cost[np.flatnonzero(chosen >= 0), chosen[chosen >= 0]].sum()
    assert ours == pytest.approx(cost[rows, columns].sum(), abs=1e-6)


def test_no_pair_in_the_gate_is_left_out():
    rng = np.random.default_rng(3)
    _, x, p = tracks(rng, 60, spread=3e3)
    near = {tuple(pair) for pair in near_pairs(x[0], p[0], x[1], p[1]).tolist()}
    i, j = np.repeat(np.arange(60), 60), np.tile(np.arange(60), 60)
    d2, _ = distances(x[0][i], p[0][i], x[1][j], p[1][j])
    assert {(a, b) for a, b, d in zip(i.tolist(), j.tolist(), d2, strict=True) if d <= 22.5} <= near


def test_correlation_makes_the_distance_larger():
    rng = np.random.default_rng(4)
    _, x, p = tracks(rng, 20)
    plain, _ = distances(x[0], p[0], x[0] + 10.0, p[0])
    known, _ = distances(x[0], p[0], x[0] + 10.0, p[0], correlation=0.4)
    assert known == pytest.approx(plain / 0.6)


def test_empty_lists():
    rng = np.random.default_rng(5)
    _, x, p = tracks(rng, 3)
    none = np.empty((0, 6)), np.empty((0, 6, 6))
    assert pair_tracks(x[0], p[0], *none).tolist() == [-1] * 3
    assert len(pair_tracks(*none, x[0], p[0])) == 0
    at = np.zeros(3, np.int64)
    assert len(stitch((at, x[0], p[0]), (np.empty(0, np.int64), *none))) == 0


def test_a_broken_track_is_taken_up():
    rng = np.random.default_rng(6)
    truth, x, p = tracks(rng, 100)
    gap = rng.uniform(8.0, 40.0, 100)
    later, spread = predicted(truth, np.zeros((100, 6, 6)), gap, 9.0)
    later = later + np.einsum(
        "nij,nj->ni", np.linalg.cholesky(spread + p[1]), rng.normal(size=(100, 6))
    )
    order = rng.permutation(100)
    ended = np.zeros(100, np.int64), x[0], p[0]
    begun = (gap[order] * S).astype(np.int64), later[order], p[1][order]
    taken = stitch(ended, begun)
    assert (taken == order).mean() > 0.9
    assert (taken[taken >= 0] == order[taken >= 0]).mean() > 0.95


def test_what_begins_before_the_end_or_far_away_is_new():
    rng = np.random.default_rng(7)
    truth, x, p = tracks(rng, 10)
    ended = np.full(10, 20 * S), x[0], p[0]
    assert (stitch(ended, (np.full(10, 10 * S), truth, p[1])) == -1).all()
    assert (stitch(ended, (np.full(10, 90 * S), truth, p[1])) == -1).all()
    assert (stitch(ended, (np.full(10, 30 * S), truth + 90e3, p[1])) == -1).all()


def told(rng, truth, source):
    p = np.tile(np.diag([1e4] * 3 + [25.0] * 3) * (1 + source), (len(truth), 1, 1))
    return truth + np.einsum("nij,nj->ni", np.linalg.cholesky(p), rng.normal(size=truth.shape)), p


def test_numbers_last_and_fusion_is_consistent():
    """Three sources with numbers of their own, one drops out and comes back with new numbers."""
    rng = np.random.default_rng(8)
    truth, _, _ = tracks(rng, 40)
    fusion, fused = TrackFusion(), Fused.start(3)
    first, nees = None, []
    for k in range(24):
        at = k * 4 * S
        truth, _ = predicted(truth, np.zeros((40, 6, 6)), np.full(40, 4.0 if k else 0.0), 0.0)
        for source in range(3):
            if source == 1 and 6 <= k < 12:
                fused = fusion.fold(
                    fused, at, 1, np.empty(0, np.int64), (truth[:0], np.empty((0, 6, 6)))
                )
                continue
            number = np.arange(40) + 100 * source + (1000 if source == 1 and k >= 12 else 0)
            fused = fusion.fold(fused, at, source, number, told(rng, truth, source))
        if k == 3:
            first = fused.number.copy()
        near = np.argmin(np.abs(fused.state[:, None, :3] - truth[None, :, :3]).sum(axis=2), axis=1)
        off = fused.state - truth[near]
        nees.append(np.einsum("ni,nij,nj->n", off, np.linalg.inv(fused.covariance), off).mean())
    assert len(first) == 40
    assert fused.number.tolist() == first.tolist()
    assert np.mean(nees) < 6.3
    assert (fused.covariance == np.swapaxes(fused.covariance, 1, 2)).all()


def test_a_target_lost_by_all_keeps_its_number_for_a_while():
    rng = np.random.default_rng(9)
    truth, _, _ = tracks(rng, 5)
    fusion, none = TrackFusion(), (np.empty((0, 6)), np.empty((0, 6, 6)))
    fused = fusion.fold(Fused.start(1), 0, 0, np.arange(5), told(rng, truth, 0))
    fused = fusion.fold(fused, 4 * S, 0, np.empty(0, np.int64), none)
    assert len(fused.number) == 5
    truth, _ = predicted(truth, np.zeros((5, 6, 6)), np.full(5, 20.0), 0.0)
    back = fusion.fold(fused, 20 * S, 0, np.arange(50, 55), told(rng, truth, 0))
    assert back.number.tolist() == [1, 2, 3, 4, 5]
    assert len(fusion.fold(fused, 60 * S, 0, np.empty(0, np.int64), none).number) == 0
    assert fused.local.tolist() == [[-1]] * 5
