"""Scans that come late: the same tracks as in order, and nothing that data can do raises."""

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.command.tracking.central import CentralTracker, Options
from tdome.command.tracking.central.core import Core
from tdome.command.tracking.engine import Settings
from tdome.command.tracking.registration.state import Settings as Rules

IMM = Settings.imm()
NS = 1_000_000_000


def numbers(tracker):
    """Return all that the tracker's engine remembers."""
    engine = tracker._core.engine
    return engine._rows[:-1], engine._whole, engine._lists, engine._counters, engine._tally


def test_late_scans_give_the_tracks_of_order(sky):
    sites = sky.ring(4)
    for seed, registration in ((0, False), (1, True), (2, True)):
        flown = sky.scene(sites, seed, 30, 80.0, late=0.2 * (seed == 2))
        recording, order = sky.delayed(flown.recording, 0.3, 8.0, seed)
        rules = Rules(prior_time=0.1 * (seed == 2))
        options = Options(registration=registration, rules=rules)
        right, late = CentralTracker(sites, IMM, options), CentralTracker(sites, IMM, options)
        known, found = right.track(flown.recording), late.track(recording)
        assert late.late > 10
        assert not late.refused
        for one, other in zip(numbers(right), numbers(late), strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(right._core.state.bias, late._core.state.bias)
        if seed == 2:  # stamps are put in order too: a picture may wait for a scan after it
            continue
        newest = np.maximum.accumulate(recording.at)
        for row, scan in enumerate(order):  # pictures of which nothing was still under way
            if row and set(range(scan)) <= set(order[:row]) and newest[row] == recording.at[row]:
                mine, own = found.scan == row, known.scan == scan
                np.testing.assert_array_equal(found.state[mine], known.state[own])
                np.testing.assert_array_equal(found.number[mine], known.number[own])
        plots = recording.range_m[found.plot[found.plot >= 0]]
        scans = np.searchsorted(recording.start, found.plot, side="right") - 1
        assert (scans[found.plot >= 0] == found.scan[found.plot >= 0]).all()
        assert len(plots)


def test_what_is_too_late_is_refused_and_counted(sky):
    sites = sky.ring(3)
    flown = sky.scene(sites, 0, 10, 40.0)
    scans = np.arange(len(flown.recording))
    scans = np.concatenate([np.delete(scans, [3, 20]), [3, 20]])
    recording, _ = flown.recording.taken(scans)
    tracker = CentralTracker(sites, IMM, Options(late=15.0))
    tracker.track(recording)
    assert tracker.late == 1
    assert tracker.refused == {"late_scan": 1}
    none = CentralTracker(sites, IMM, Options(late=0.0))
    none.track(recording)
    assert none.late == 0
    assert none.refused == {"late_scan": 2}


def test_a_scan_that_comes_twice_is_used_once(sky):
    sites = sky.ring(3)
    flown = sky.scene(sites, 0, 10, 40.0)
    scans = np.sort(np.concatenate([np.arange(len(flown.recording)), [4, 9, 9, 20]]))
    again = np.concatenate([scans[:12], [8], scans[12:]])
    once, twice = CentralTracker(sites, IMM), CentralTracker(sites, IMM)
    once.track(flown.recording)
    twice.track(flown.recording.taken(again)[0])
    assert twice.refused == {"repeated_scan": 5}
    assert twice.confirmed == once.confirmed
    np.testing.assert_array_equal(once._core.engine._rows[:-1], twice._core.engine._rows[:-1])


def test_old_copies_are_forgotten(sky):
    sites = sky.ring(3)
    flown = sky.scene(sites, 0, 5, 200.0)
    tracker = CentralTracker(sites, IMM)
    for n in range(len(flown.recording)):
        tracker.fold(flown.recording.part(n, n + 1))
        assert len(tracker._replayed._marks) <= 4
        assert len(tracker._replayed._past) <= 16
    assert isinstance(tracker._core, Core)


@st.composite
def disorders(draw):
    """Rows of scans in any order, some twice, with jumps of the clock and sensors of nowhere."""
    scans = draw(st.lists(st.integers(0, 44), min_size=20, max_size=70))
    jump = draw(
        st.lists(st.sampled_from([0, 0, 0, 0, 90, 3600, -600, -3]), min_size=70, max_size=70)
    )
    sensor = draw(st.lists(st.sampled_from([0, 0, 0, 0, 0, 7, -2]), min_size=70, max_size=70))
    return np.array(scans), np.array(jump[: len(scans)]), np.array(sensor[: len(scans)])


@settings(max_examples=25, deadline=None)
@given(disorders(), st.sampled_from([0.0, 4.0, 20.0]), st.integers(1, 9))
def test_no_disorder_makes_it_raise(sky, disorder, late, size):
    """... and what comes of it does not hang on how it was cut, and stays finite."""
    sites = sky.ring(3)
    flown = sky.scene(sites, 1, 6, 60.0, late=0.2)
    scans, jump, sensor = disorder
    broken = flown.recording.taken(scans)[0]
    plots = broken.range_m.copy()
    plots[::17] = np.nan
    broken = msgspec.structs.replace(
        broken,
        at=broken.at + jump * NS,
        sensor=broken.sensor + sensor.astype(np.int32),
        range_m=plots,
    )
    options = Options(late=late)
    whole, cut = CentralTracker(sites, IMM, options), CentralTracker(sites, IMM, options)
    history = whole.track(broken)
    assert np.isfinite(history.state).all()
    assert np.isfinite(history.covariance).all()
    for first in range(0, len(broken), size):
        cut.fold(broken.part(first, min(first + size, len(broken))))
    cut.finish()
    assert cut.refused == whole.refused
    assert cut.late == whole.late
    for one, other in zip(numbers(cut), numbers(whole), strict=True):
        np.testing.assert_array_equal(one, other)
