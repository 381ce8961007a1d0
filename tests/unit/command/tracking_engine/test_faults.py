"""Faulty feeds: the engine never raises, counts what it refuses, and keeps or finds its tracks."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.command.tracking.engine import Engine, Settings, track

from .conftest import Sky, flyers_of, sites_of

BAD = [np.nan, np.inf, -np.inf, -1.0, 0.0, 1e300, 7.0, -1e9]
NUMBERS = st.one_of(st.floats(), st.sampled_from(BAD))


def sky(**options):
    return Sky(flyers_of(8), sites_of(np.zeros((1, 3)), np.eye(3)[None]), **options)


def finite(history):
    return np.isfinite(history.state).all() and np.isfinite(history.covariance).all()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_numbers_in_any_column_are_survived_and_counted(data):
    scene = sky(scans=8)
    recording = scene.recording()
    bad = 0
    for _ in range(data.draw(st.integers(1, 10))):
        name = data.draw(st.sampled_from(["range_m", "azimuth_rad", "elevation_rad", "height_m"]))
        row = data.draw(st.integers(0, len(scene.z) - 1))
        value = data.draw(NUMBERS)
        getattr(recording, name)[row] = value
        bad += name == "range_m" and not 0.0 < value <= 160e3 * 1.2
    for preset in (Settings.gnn_ekf(), Settings.imm()):
        engine = Engine(scene.sites, preset)
        history = engine.fold(recording)
        assert finite(history)
        refused = engine.refused
        assert sum(refused.values()) >= (1 if bad else 0)
        told = {"no_range", "no_azimuth", "bad_range", "bad_elevation", "bad_azimuth", "bad_height"}
        assert set(refused) <= told


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-(2**62), 2**62), min_size=6, max_size=6),
    st.lists(st.integers(-3, 5), min_size=6, max_size=6),
)
def test_any_times_and_sensors_are_survived(at, sensor):
    scene = sky(scans=6)
    recording = scene.recording(at=np.array(at), sensor=np.array(sensor, np.int32))
    for preset in (Settings.gnn_ekf(), Settings.imm()):
        engine = Engine(scene.sites, preset)
        assert finite(engine.fold(recording))
        unknown = sum(s != 0 for s in sensor)
        assert engine.refused.get("unknown_site", 0) == unknown


@pytest.mark.parametrize("preset", [Settings.gnn_ekf(), Settings.imm()])
def test_repeated_and_late_scans_change_nothing(preset):
    scene = sky(scans=20)
    recording = scene.recording()
    clean = track(recording, scene.sites, preset)
    engine = Engine(scene.sites, preset)
    parts = [engine.fold(recording.part(0, 12)), engine.fold(recording.part(11, 12))]
    engine.fold(recording.part(0, 6))  # old ones once more
    parts.append(engine.fold(recording.part(12, 20)))
    assert engine.refused == {"repeated_scan": 1, "late_scan": 6}
    assert np.array_equal(np.concatenate([p.state for p in parts]), clean.state)


@pytest.mark.parametrize("preset", [Settings.gnn_ekf(), Settings.imm()])
def test_one_scan_from_the_future_is_refused_and_loses_no_track(preset):
    scene = sky(scans=20, clutter=0.0)
    at = np.round(scene.at * 1e9).astype(np.int64)
    at[10] += 86_400 * 10**9
    engine = Engine(scene.sites, preset)
    history = engine.fold(scene.recording(at=at))
    assert engine.refused == {"clock_jump": 1}
    assert set(history.number[history.scan == 19]) >= set(history.number[history.scan == 9])


@pytest.mark.parametrize("jump", [86_400, -86_400])
def test_a_feed_whose_clock_moved_for_good_is_believed_in_the_end(jump):
    scene = sky(scans=110, clutter=0.0)
    at = np.round(scene.at * 1e9).astype(np.int64)
    at[10:] += jump * 10**9
    engine = Engine(scene.sites, Settings.imm())
    history = engine.fold(scene.recording(at=at))
    assert (history.scan == 109).sum() >= 7
    assert set(engine.refused) == {"clock_jump" if jump > 0 else "late_scan"}


def test_ten_times_the_clutter_costs_few_false_tracks_and_loses_none():
    scene = sky(scans=30, clutter=200.0)  # the book says 20
    history = track(scene.recording(), scene.sites, Settings.imm())
    told = np.bincount(history.scan)[10:]
    assert told.min() >= 7
    assert told.mean() < 11.0


def test_a_jammed_minute_ends_and_the_picture_comes_back():
    scene = sky(scans=50, clutter=5.0)
    recording = scene.recording()
    engine = Engine(scene.sites, Settings.imm())
    engine.fold(recording.part(0, 20))
    history = engine.fold(recording.part(35, 50))  # a minute without any scan
    assert np.bincount(history.scan)[-1] >= 7


def test_nothing_in_nothing_out():
    scene = sky(scans=2)
    engine = Engine(scene.sites, Settings.imm())
    assert len(engine.fold(scene.recording().part(0, 0))) == 0
    assert engine.refused == {}


def test_a_site_without_a_pose_is_refused_not_believed():
    scene = sky(scans=4)
    broken = msgspec.structs.replace(scene.sites, origin=np.full((1, 3), np.nan))
    engine = Engine(broken, Settings.imm())
    assert len(engine.fold(scene.recording())) == 0
    assert engine.refused == {"unusable_site": 4}
