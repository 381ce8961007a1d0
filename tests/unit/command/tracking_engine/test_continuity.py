"""Tracks that a hard turn would lose: the second look, and numbers that go on in new tracks."""

import msgspec
import numpy as np
import pytest

from tdome.command.tracking.engine import Engine, Settings, track
from tdome.command.tracking.engine.continuity import go_on
from tdome.command.tracking.engine.layout import (
    AT,
    BORN,
    CONTINUED,
    COUNTERS,
    COVARIANCE,
    FREE,
    FULL,
    HEAD,
    LISTS,
    MISSED,
    NUMBER,
    SEEN,
    SURE,
    WHOLE,
)

from .conftest import Sky, sites_of

IMM = Settings.imm()
BLIND = msgspec.structs.replace(IMM, second_look=False, continue_pull=0.0)
STEP_S = 2.0


class Turner(Sky):
    """One flyer, 300 m/s: straight for 40 s, then 7 g for 8 s, then straight; a look every 2 s."""

    def __init__(self, *, seed, blind=()):
        self.blind = set(blind)
        sites = sites_of(np.zeros((1, 3)), np.eye(3)[None])
        super().__init__([[-10e3, 30e3, 5e3, 300.0, 0.0, 0.0]], sites, scans=40, seed=seed)
        self.at = np.arange(40) * STEP_S

    def place(self, k):
        t, rate = k * STEP_S, 7.0 * 9.80665 / 300.0
        x, y, height = self.flyers[0, :3]
        turned = np.clip(t - 40.0, 0.0, 8.0)
        x += 300.0 * (min(t, 40.0) + np.sin(rate * turned) / rate)
        y -= 300.0 * (1.0 - np.cos(rate * turned)) / rate
        after = max(t - 48.0, 0.0)
        x += 300.0 * after * np.cos(rate * turned)
        y -= 300.0 * after * np.sin(rate * turned)
        there = np.array([[x, y, height]])
        return there[:0] if k in self.blind else there

    def nearest(self, history):
        """Return the number of the track within 1.5 km of the flyer after each scan, or 0."""
        found = []
        for k in range(5, 40):
            self.blind.discard(k)
            rows = np.flatnonzero(history.scan == k)
            off = np.linalg.norm(history.state[rows, :3] - self.place(k), axis=1)
            best = int(off.argmin()) if len(rows) else 0
            found.append(int(history.number[rows[best]]) if len(rows) and off[best] < 1500 else 0)
        return found


def held(settings, seeds, **options):
    count = 0
    for seed in seeds:
        sky = Turner(seed=seed, **options)
        found = sky.nearest(track(sky.recording(), sky.sites, settings))
        count += len(set(found)) == 1 and found[0] > 0
    return count


def test_a_second_look_holds_a_turn_of_seven_g_whose_onset_was_missed():
    assert held(IMM, range(5), blind=[21]) >= 4  # of five skies; without it:
    assert held(BLIND, range(5), blind=[21]) <= 1


def test_a_number_goes_on_over_a_turn_that_nobody_saw():
    blind = range(21, 24)  # the turn; found again as a new track
    seen = msgspec.structs.replace(IMM, second_look=False)
    sky = Turner(seed=0, blind=blind)
    engine = Engine(sky.sites, seen)
    history = engine.fold(sky.recording())
    assert engine.continued == 1
    found = sky.nearest(history)
    assert set(found) == {0, found[0]}
    assert found[-1] > 0
    sky = Turner(seed=0, blind=blind)
    lost = sky.nearest(track(sky.recording(), sky.sites, BLIND))
    assert lost[0] != lost[-1] > 0


NOW, OFF = 20.0, np.diag([50.0, 50.0, 50.0, 20.0, 20.0, 20.0]) ** 2


def some_tracks(old, new):
    """Return the arrays with old tracks (unfed for 6 s) and new ones (4 s old) at places (n, 2)."""
    n = len(old) + len(new)
    rows, whole = np.zeros((n + 1, FULL)), np.zeros((n, WHOLE), np.int64)
    for i, (x, y) in enumerate([*old, *new]):
        rows[i, HEAD : HEAD + 6] = x, y, 5e3, 200.0, 0.0, 0.0
        rows[i, HEAD + COVARIANCE : HEAD + COVARIANCE + 21] = OFF[np.tril_indices(6)]
        rows[i, AT], rows[i, SEEN], rows[i, BORN] = NOW, NOW, NOW - 4.0
        whole[i, NUMBER] = i + 1
        if i < len(old):
            rows[i, SEEN], rows[i, BORN], whole[i, MISSED] = NOW - 6.0, 0.0, 3
    lists, counters = np.zeros((LISTS, n), np.int32), np.zeros(COUNTERS, np.int64)
    lists[SURE], counters[SURE] = np.arange(n), n
    return rows, whole, lists, counters


def numbers_after(tracks, olds):
    rows, whole, lists, counters = tracks
    go_on(rows, whole, lists, counters, olds, NOW, IMM.numbers(flat=True))
    assert counters[FREE] == counters[CONTINUED] == len(whole) - counters[SURE]
    living = lists[SURE, : counters[SURE]]
    assert len(set(living) | set(lists[FREE, : counters[FREE]])) == len(whole)
    return {int(i): int(whole[i, NUMBER]) for i in living}


def test_a_new_track_within_reach_of_a_manoeuvre_takes_the_number_and_the_place():
    # 70 m/s^2 for 6 s: 1260 m.
    tracks = some_tracks([(0, 0), (50e3, 0)], [(900, 600)])
    assert numbers_after(tracks, 2) == {2: 1, 1: 2}
    assert list(tracks[2][SURE, :2]) == [2, 1]
    assert tracks[0][2, BORN] == 0.0
    assert numbers_after(some_tracks([(0, 0)], [(1260 + 8 * 75, 0)]), 1) == {0: 1, 1: 2}


@pytest.mark.parametrize(
    ("column", "field", "value"),
    [(0, SEEN, NOW - 4.0), (0, SEEN, NOW - 2.0), (1, MISSED, 1), (0, HEAD + 3, -400.0)],
)
def test_tracks_that_may_be_two_targets_keep_their_numbers(column, field, value):
    # Fed by a scan that the new one was fed by, or after; missed once alone; flying elsewhere.
    tracks = some_tracks([(0, 0)], [(300, 0)])
    tracks[column][0, field] = value
    assert numbers_after(tracks, 1) == {0: 1, 1: 2}


def test_where_it_is_not_clear_who_is_who_all_keep_their_numbers():
    assert numbers_after(some_tracks([(0, 0)], [(300, 0), (0, 300)]), 1) == {0: 1, 1: 2, 2: 3}
    assert numbers_after(some_tracks([(0, 0), (300, 0)], [(0, 300)]), 2) == {0: 1, 1: 2, 2: 3}
    far = some_tracks([(0, 0), (30e3, 0)], [(30e3, 300), (300, 0)])
    assert numbers_after(far, 2) == {3: 1, 2: 2}
    # Crosswise: each new one may be either old one.
    cross = some_tracks([(0, 0), (300, 0)], [(0, 300), (300, 300)])
    assert numbers_after(cross, 2) == {0: 1, 1: 2, 2: 3, 3: 4}


def test_the_peers_tracker_stays_what_it_was(flat_sky):
    history = track(flat_sky.recording(), flat_sky.sites, Settings.gnn_ekf())
    assert (len(history), int(history.number.max()), int(history.plot.sum())) == GOLDEN_COUNTS
    assert np.isclose(history.state.sum(), GOLDEN_STATE, rtol=1e-9)
    assert np.isclose(np.log(np.einsum("nii->ni", history.covariance)).sum(), GOLDEN_LOG, rtol=1e-9)


GOLDEN_COUNTS = (214, 12, 62617)
GOLDEN_STATE, GOLDEN_LOG = 4622146.298785342, 8105.230682559657
