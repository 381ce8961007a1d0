"""Gates and the exact assignment, against brute force and SciPy."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from tdome.command.tracking.association import GATE, MISSED_COST, NEW_HITS, gate, twins
from tdome.command.tracking.engine.pairing.assignment import choose

INV_BETA = 1.0 / 5000.0


def sparse(dense):
    """Rows of finite costs as (start, column, cost)."""
    start, column, cost = [0], [], []
    for row in dense:
        (js,) = np.nonzero(np.isfinite(row))
        column += js.tolist()
        cost += row[js].tolist()
        start.append(len(column))
    return np.array(start, np.int32), np.array(column, np.int32), np.array(cost, float)


def solve(dense):
    return choose(*sparse(dense), dense.shape[1], MISSED_COST)


def total(dense, chosen):
    return sum(MISSED_COST if j < 0 else dense[i, j] for i, j in enumerate(chosen))


@pytest.mark.parametrize("seed", range(60))
def test_assignment_is_exact(seed):
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 13, 2)
    dense = rng.normal(40.0, 45.0, (n, m))  # also negative, and above the cost of a miss
    dense[rng.random((n, m)) < rng.choice([0.2, 0.5, 0.8])] = np.inf
    chosen = solve(dense)
    taken = chosen[chosen >= 0]
    assert len(np.unique(taken)) == len(taken)
    padded = np.full((n, m + n), 1e6)
    padded[:, :m] = np.where(np.isfinite(dense), dense, 1e6)
    padded[np.arange(n), m + np.arange(n)] = MISSED_COST
    best = padded[linear_sum_assignment(padded)].sum()
    assert total(dense, chosen) == pytest.approx(best)


def test_a_greedy_choice_is_given_up_for_a_better_total():
    dense = np.array([[10.0, 12.0], [11.0, np.inf]])
    assert solve(dense).tolist() == [1, 0]


def gated(**changes):
    """Candidates of one track at rest, of plots 0, 100 and 1e5 m off."""
    at = np.array([6.4e6, 0.0, 0.0])
    x = np.zeros((1, 2, 6))
    x[:, :, :3] = at
    columns = {
        "evidence": np.array([-9.0]),
        "hits": np.array([9], np.int32),
        "address": np.array([-1], np.int32),
        "friend": np.zeros(1, np.int8),
        "z": at + np.array([[0.0, 0, 0], [100.0, 0, 0], [1e5, 0, 0]]),
        "origin": at - np.array([3e5, 0.0, 0.0]),
        "free": np.ones(3, np.int8),
        "z_address": np.full(3, -1, np.int32),
        "z_friend": np.zeros(3, np.int8),
    } | {k: np.asarray(v) for k, v in changes.items()}
    p = np.tile(np.eye(6) * 50.0**2, (1, 2, 1, 1))
    r = np.tile(np.eye(3) * 50.0**2, (3, 1, 1))
    distance = np.linalg.norm(columns["z"] - columns["origin"], axis=1)
    distance = np.maximum.accumulate(distance)  # within rounding they rise
    start, column, cost = np.empty(2, np.int32), np.empty(3, np.int32), np.empty(3)
    gate(
        x, p, 0.0, INV_BETA, np.zeros(1, np.int32), np.zeros(1), columns["evidence"],
        columns["hits"], columns["address"], columns["friend"], columns["z"], r,
        columns["origin"], distance, columns["free"], columns["z_address"],
        columns["z_friend"], start, column, cost,
    )  # fmt: skip
    return column[: start[1]].tolist(), cost[: start[1]]


def test_gate_takes_what_chi_square_takes():
    found, cost = gated()
    assert found == [0, 1]
    log_s = 3 * np.log(2 * 50.0**2)
    np.testing.assert_allclose(cost, [log_s, log_s + 100.0**2 / (2 * 50.0**2)])
    edge = np.sqrt(GATE * 2.0) * 50.0
    at = np.array([6.4e6, 0.0, 0.0])
    near = at + np.array([[0, edge - 1e-3, 0], [0, edge + 1e-3, 0], [0, 0, -edge + 1e-3]])
    assert gated(z=near)[0] == [0, 2]
    assert gated(free=np.array([0, 1, 1], np.int8))[0] == [1]


def test_a_reply_with_an_address_feeds_only_its_own_or_a_new_track():
    reply = np.array([77, -1, -1], np.int32)
    assert gated(z_address=reply)[0] == [1]
    assert gated(z_address=reply, hits=np.array([NEW_HITS], np.int32))[0] == [0, 1]
    assert gated(z_address=reply, address=np.array([77], np.int32))[0] == [0, 1]
    other = gated(z_address=reply, address=np.array([78], np.int32), hits=np.array([1], np.int32))
    assert other[0] == [1]


def test_a_friend_reply_feeds_only_a_friend_or_a_new_track():
    reply = np.array([1, 0, 0], np.int8)
    assert gated(z_friend=reply)[0] == [1]
    assert gated(z_friend=reply, hits=np.array([NEW_HITS], np.int32))[0] == [0, 1]
    assert gated(z_friend=reply, friend=np.ones(1, np.int8))[0] == [0, 1]


def test_twins_agree_in_position_and_velocity():
    x = np.zeros((4, 6))
    x[1, 0] = 100.0  # near the first
    x[2, 3] = 90.0  # at the same place, but faster
    x[3, :3] = 5000.0
    p = np.tile(np.diag(np.repeat([60.0, 10.0], 3) ** 2), (4, 1, 1))
    pairs = np.empty((8, 2), np.int32)
    assert pairs[: twins(x, p, pairs)].tolist() == [[0, 1]]
