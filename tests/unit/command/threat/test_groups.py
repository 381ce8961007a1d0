"""Raid groups: what flies together is one, whatever its rows and numbers are."""

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tdome.command.assignment.check import reordered
from tdome.command.assignment.sample import EPOCH, sample_raid
from tdome.command.threat.groups import ALIKE, NEAR_M, NEAR_S, leaders

BASE = np.array([3.0e6, 4.9e6, 2.7e6])


def picture(places, velocities, first=None):
    """Return system tracks at places (n, 3) m from a point, of velocities (n, 3) m/s."""
    state = np.hstack([BASE + np.asarray(places, float), np.asarray(velocities, float)])
    tracks, _ = sample_raid(len(state))
    first = np.arange(len(state)) if first is None else np.asarray(first)
    return msgspec.structs.replace(
        tracks, state=state, first_at=(EPOCH + first * 10**9).astype(np.int64)
    )


def everyone(tracks):
    return leaders(tracks, np.ones(len(tracks), np.bool_)).tolist()


def test_a_stream_is_one_group_though_its_ends_are_far_apart():
    places = [[4_000.0 * k, 0.0, 0.0] for k in range(12)]
    assert everyone(picture(places, [[50.0, 0.0, 0.0]] * 12)) == [1] * 12


def test_who_flies_elsewhere_or_otherwise_is_another_group():
    near, far = [0.0, 0.0, 0.0], [NEAR_M + 1.0, 0.0, 0.0]
    along, back = [50.0, 0.0, 0.0], [-50.0, 0.0, 0.0]
    assert everyone(picture([near, far], [along, along])) == [1, 2]
    assert everyone(picture([near, near], [along, back])) == [1, 2]
    assert everyone(picture([near, near], [along, [50.0 * (1 - 0.9 * ALIKE), 0, 0]])) == [1, 1]


def test_fast_ones_may_be_seconds_apart():
    fast = [1_500.0, 0.0, 0.0]
    apart = 0.9 * NEAR_S * 1_500.0
    assert everyone(picture([[0, 0, 0], [apart, 0, 0]], [fast, fast])) == [1, 1]
    assert everyone(picture([[0, 0, 0], [1.2 * apart, 0, 0]], [fast, fast])) == [1, 2]


def test_the_leader_is_who_was_seen_first_and_no_threat_has_no_group():
    places = [[1_000.0 * k, 0.0, 0.0] for k in range(4)]
    tracks = picture(places, [[50.0, 0.0, 0.0]] * 4, first=[5, 3, 9, 4])
    assert everyone(tracks) == [2] * 4
    threatens = np.array([True, False, True, True])
    assert leaders(tracks, threatens).tolist() == [4, -1, 4, 4]
    assert leaders(tracks, np.zeros(4, np.bool_)).tolist() == [-1] * 4


@given(st.integers(0, 14), st.randoms(use_true_random=False))
def test_links_are_those_of_a_plain_search_whatever_the_order_of_rows(count, luck):
    rng = np.random.default_rng(luck.randrange(2**32))
    places = rng.uniform(-3e4, 3e4, (count, 3)) * [1.0, 1.0, 0.1]
    velocities = rng.choice([60.0, -60.0, 400.0], (count, 1)) * np.array([[1.0, 0.2, 0.0]])
    tracks = picture(places.reshape(count, 3), velocities.reshape(count, 3))
    told = everyone(tracks)
    assert told == _plainly(tracks)
    turned = rng.permutation(count)
    mixed = reordered(tracks, turned)
    assert leaders(mixed, np.ones(count, np.bool_)).tolist() == [told[k] for k in turned]


def _plainly(tracks):
    """Spread labels along links until nothing changes: slow, and shares nothing with the kernel."""
    state, n = tracks.state, len(tracks)
    speed = np.linalg.norm(state[:, 3:], axis=1)
    label = list(range(n))
    before = None
    while before != label:
        before = list(label)
        for i in range(n):
            for j in range(i):
                most = max(speed[i], speed[j])
                near = np.linalg.norm(state[i, :3] - state[j, :3]) <= max(NEAR_M, NEAR_S * most)
                alike = np.linalg.norm(state[i, 3:] - state[j, 3:]) <= ALIKE * most
                if near and alike:
                    label[i] = label[j] = min(label[i], label[j])
    return [int(tracks.track_number[label[i]]) for i in range(n)]  # seen in the order of rows
