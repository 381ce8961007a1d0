"""System tracks over time: hysteresis, duplicates, late lists, relabelled sources."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.command.tracking.fusion.system import Fused, TrackFusion

S = 1_000_000_000
SPREAD = np.diag([100.0**2] * 3 + [5.0**2] * 3)


def flyers(n, apart=20e3):
    place = np.column_stack([np.arange(n) * apart, np.zeros(n), np.full(n, 8e3)])
    return np.hstack([place, np.tile([0.0, 200.0, 0.0], (n, 1))])


def at(truth, seconds):
    out = truth.copy()
    out[:, :3] += seconds * truth[:, 3:]
    return out


def told(rng, state, bias=0.0):
    x = state + rng.normal(size=state.shape) * np.sqrt(np.diag(SPREAD))
    x[:, 0] += bias
    return x, np.tile(SPREAD, (len(state), 1, 1))


def lists(truth, sources=3, rounds=15, seed=0, bias=0.0):
    """Return (time ns, source, numbers, tracks) of sources that take turns, 4 s a round."""
    rng = np.random.default_rng(seed)
    out = []
    for k in range(rounds):
        for s in range(sources):
            t = 4.0 * k + 1.3 * s
            number = np.arange(len(truth)) + 1000 * s
            out.append((int(t * S), s, number, told(rng, at(truth, t), bias * (s - 1))))
    return out


def folded(feed, sources=3, fusion=None):
    fusion, fused = fusion or TrackFusion(), Fused.start(sources)
    seen = []
    for one in feed:
        fused = fusion.fold(fused, *one)
        seen.append(fused)
    return seen


def test_each_target_has_one_number_from_first_to_last():
    seen = folded(lists(flyers(30)))
    assert seen[-1].number.tolist() == list(range(1, 31))
    assert seen[-1].shared.all()
    assert seen[-1].last == 30


def test_biased_sources_still_make_one_picture():
    """150 m either way, at 100 m claimed: tolerated in pairing; consistent where it is told."""
    truth = flyers(30)
    last = folded(lists(truth, bias=150.0), fusion=TrackFusion(bias=150.0))[-1]
    assert len(last.number) == 30
    off = last.state - at(truth, last.at / S)
    nees = np.einsum("ni,nij,nj->n", off, np.linalg.inv(last.covariance), off)
    assert nees.mean() < 6.0
    assert len(folded(lists(truth, bias=150.0))[-1].number) == 30


def test_one_list_that_strays_takes_no_track_away_but_a_lasting_one_does():
    truth = flyers(2)
    feed = lists(truth, sources=2, rounds=20, seed=3)
    stray = list(feed)
    k = 12
    x, p = stray[k][3]
    stray[k] = (*stray[k][:3], (x + np.array([900.0, 0, 0, 0, 0, 0]), p))
    seen = folded(stray, 2)
    assert all(set(one.number.tolist()) == {1, 2} for one in seen)
    swapped = [
        (t, s, number[::-1].copy() if s == 1 and t > 40 * S else number, tracks)
        for t, s, number, tracks in feed
    ]
    last = folded(swapped, 2)[-1]
    assert last.number.tolist() == [1, 2]  # the source confused its two numbers: the system not
    off = np.linalg.norm(last.state[:, :3] - at(truth, last.at / S)[:, :3], axis=1)
    assert off.max() < 500.0


def test_duplicates_become_one_with_the_older_number_after_a_while():
    truth = flyers(1)
    feed = []
    for t, s, number, (x, p) in lists(truth, sources=2, rounds=14, seed=5):
        away = 5e3 if s == 1 and t < 24 * S else 0.0  # the second source errs at first
        feed.append((t, s, number, (x + np.array([away, 0, 0, 0, 0, 0]), p)))
    seen = folded(feed, 2)
    assert len(seen[8].number) == 2
    assert seen[-1].number.tolist() == [1]
    assert seen[-1].merged == 1
    first = next(i for i, one in enumerate(seen) if one.merged)
    assert seen[first].at - 24 * S >= TrackFusion().settle * S


def test_two_flyers_of_one_source_are_never_made_one():
    truth = flyers(2, apart=150.0)
    last = folded(lists(truth, sources=2, rounds=20))[-1]
    assert len(last.number) == 2
    assert last.merged == 0


def test_a_track_of_one_source_waits_before_it_is_told():
    truth = flyers(3)
    seen = folded([one for one in lists(truth) if one[1] == 0])
    waited = [one.told(5.0, 8.0).any() for one in seen]
    assert waited[:3] == [False, False, True]
    both = folded(lists(truth))
    assert both[1].told(5.0, 8.0).all()


def test_late_lists_are_used_and_superseded_ones_are_counted():
    truth = flyers(10)
    feed = lists(truth)
    # One list of source 2 comes 2.6 s late.
    late = [*feed[:20], feed[21], feed[22], feed[20], *feed[23:]]
    seen, plain = folded(late), folded(feed)
    assert seen[-1].superseded == 0
    assert seen[22].at == plain[22].at
    assert seen[-1].number.tolist() == plain[-1].number.tolist()
    assert np.abs(seen[22].state - plain[22].state).max() < 60.0
    again = folded([*feed, feed[-3]])[-1]
    assert again.superseded == 1
    assert (again.state == plain[-1].state).all()


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(3)), st.integers(0, 1000))
def test_relabelling_sources_and_their_numbers_changes_nothing(order, seed):
    rng = np.random.default_rng(seed)
    truth, other = flyers(8, apart=3e3), np.arange(3000)
    rng.shuffle(other)
    feed = lists(truth, rounds=6, seed=seed)
    changed = []
    for t, s, number, (x, p) in feed:
        mixed = rng.permutation(len(x))
        changed.append((t, order[s], other[number][mixed], (x[mixed], p[mixed])))
    plain, relabelled = folded(feed)[-1], folded(changed)[-1]
    assert len(plain.number) == len(relabelled.number)
    mine, theirs = (one.state[np.argsort(one.state[:, 0])] for one in (plain, relabelled))
    assert theirs == pytest.approx(mine, rel=1e-5, abs=1e-3)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_whatever_sources_tell_numbers_are_unique_and_covariances_sound(seed):
    """Lists of random lengths, times and places: tracks appear, vanish and jump."""
    rng = np.random.default_rng(seed)
    fusion, fused, numbers = TrackFusion(), Fused.start(3), set()
    now = 0
    for _ in range(25):
        now += int(rng.integers(-3, 8)) * S
        count = int(rng.integers(0, 7))
        state = rng.normal(size=(count, 6)) * ([3e3] * 3 + [100.0] * 3)
        number = rng.choice(10, count, replace=False)
        before = {name: getattr(fused, name).copy() for name in ("state", "local", "number")}
        new = fusion.fold(fused, now, int(rng.integers(3)), number, told(rng, state))
        for name, column in before.items():
            assert (getattr(fused, name) == column).all()  # the old state is as it was
        fused = new
        numbers |= set(fused.number.tolist())
        assert len(set(fused.number.tolist())) == len(fused.number)
        assert np.isfinite(fused.state).all()
        assert (fused.covariance == np.swapaxes(fused.covariance, 1, 2)).all()
        if len(fused.number):
            assert np.linalg.eigvalsh(fused.covariance).min() > 0.0
        for source in range(3):
            mine = fused.local[:, source]
            assert len(set(mine[mine >= 0].tolist())) == (mine >= 0).sum()
    assert max(numbers, default=0) == fused.last
