"""The tracker core as a whole: pictures, promises, faults."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from scipy.spatial import cKDTree

from tdome.command.tracking.engine import Engine, Settings, track
from tdome.messages.recording import PLOT_COLUMNS

from .conftest import Sky, flyers_of, sites_of, to_ecef

PRESETS = [Settings.gnn_ekf(), Settings.imm()]
NO_FALL = msgspec.structs.replace(Settings.imm(), fall=False)  # there is none in a flat frame
UKF = Settings.ukf()
COLUMNS = ("scan", "at", "number", "state", "covariance", "updated", "plot")


def last(history):
    return history.state[history.scan == history.scan.max()]


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in COLUMNS)


@pytest.mark.parametrize("settings", [*PRESETS, UKF])
def test_every_flyer_has_one_track_and_nothing_else_has(flat_sky, settings):
    history = track(flat_sky.recording(), flat_sky.sites, settings)
    states, place = last(history), flat_sky.place(len(flat_sky.at) - 1)
    away, nearest = cKDTree(place).query(states[:, :3])
    assert sorted(nearest[away < 1000.0]) == list(range(12))
    assert (away >= 1000.0).sum() <= 1  # a false track now and then
    assert np.median(away) < 200.0
    near = flat_sky.flyers[nearest, 3:]
    assert np.median(np.linalg.norm(states[:, 3:] - near, axis=1)) < 20.0


def test_four_asynchronous_radars_make_one_picture(ring_sky):
    history = track(ring_sky.recording(), ring_sky.sites, Settings.imm())
    found = set()
    for k in range(56, 60):  # missed by three radars in a row, a track may go untold for a moment
        states = history.state[history.scan == k]
        away, nearest = cKDTree(ring_sky.place(k)).query(states[:, :3])
        assert len(nearest) == len(set(nearest))
        assert away.max() < 400.0
        found |= set(nearest)
    assert found == set(range(12))
    assert np.median(away) < 60.0


@pytest.mark.parametrize("settings", [PRESETS[0], NO_FALL])
def test_the_frame_does_not_matter(flat_sky, settings):
    sky, axes, base = to_ecef(flat_sky)
    a = track(flat_sky.recording(), flat_sky.sites, settings)
    b = track(sky.recording(), sky.sites, settings)
    assert np.array_equal(a.scan, b.scan)
    assert np.array_equal(a.plot, b.plot)
    # Local up is that of each track in ECEF, not of the radar: some metres at 70 km.
    assert np.abs((b.state[:, :3] - base) @ axes.T - a.state[:, :3]).max() < 25.0


@pytest.mark.parametrize("settings", PRESETS)
def test_parts_give_the_bits_of_the_whole(ring_sky, settings):
    recording = ring_sky.recording()
    whole = track(recording, ring_sky.sites, settings)
    engine = Engine(ring_sky.sites, settings)
    cuts = [0, 1, 7, 8, 30, 30, 60]
    parts = [engine.fold(recording.part(a, b)) for a, b in pairwise(cuts)]
    for name in COLUMNS:
        assert np.array_equal(
            np.concatenate([getattr(p, name) for p in parts]), getattr(whole, name)
        )


@pytest.mark.parametrize("settings", PRESETS)
def test_the_order_of_plots_in_a_scan_does_not_matter(flat_sky, settings):
    before = track(flat_sky.recording(), flat_sky.sites, settings)
    rng = np.random.default_rng(4)
    order = np.arange(len(flat_sky.z))
    for a, b in pairwise(flat_sky.start):
        order[a:b] = rng.permutation(order[a:b])
    flat_sky.z = flat_sky.z[order]
    after = track(flat_sky.recording(), flat_sky.sites, settings)
    for name in ("scan", "number", "state", "covariance", "updated"):
        assert np.array_equal(getattr(before, name), getattr(after, name))
    fed = before.plot >= 0
    assert np.array_equal(order[after.plot[fed]], before.plot[fed])


def test_the_input_is_not_written_to_and_may_be_frozen(flat_sky):
    recording = flat_sky.recording()
    for name in (*PLOT_COLUMNS, "at", "sensor", "start"):
        getattr(recording, name).setflags(write=False)
    first = track(recording, flat_sky.sites, Settings.imm())
    assert same(first, track(recording, flat_sky.sites, Settings.imm()))


def test_a_copied_engine_goes_on_alone(flat_sky):
    recording = flat_sky.recording()
    engine = Engine(flat_sky.sites, Settings.imm())
    engine.fold(recording.part(0, 10))
    other = engine.copy()
    assert same(engine.fold(recording.part(10, 20)), other.fold(recording.part(10, 20)))


def test_covariances_are_symmetric_and_positive(ring_sky):
    for settings in (*PRESETS, UKF):
        p = track(ring_sky.recording(), ring_sky.sites, settings).covariance
        assert np.array_equal(p, p.transpose(0, 2, 1))
        d = np.sqrt(np.einsum("nii->ni", p))
        assert np.linalg.eigvalsh(p / (d[:, :, None] * d[:, None, :])).min() > 0.0


def test_a_miss_outside_coverage_is_no_evidence():
    # It leaves the reach of 60 km at 250 m/s in scan 5 or so and comes back never.
    flyer = [[0.0, 55e3, 6e3, 0.0, 250.0, 0.0]]
    sky = Sky(flyer, sites_of(np.zeros((1, 3)), np.eye(3)[None], reach=60e3), clutter=0.0, pd=1.0)
    kept = track(sky.recording(), sky.sites, Settings.imm())
    away = np.linalg.norm(sky.place(10))
    assert away > 60e3
    assert (kept.scan == 9).sum() == 1  # four scans outside, still told
    counted = track(sky.recording(), sky.sites, Settings.gnn_ekf())
    assert (counted.scan == 9).sum() == 0


def test_two_tracks_of_one_flyer_become_one():
    sky = Sky(flyers_of(3), sites_of(np.zeros((1, 3)), np.eye(3)[None]), clutter=0.0, pd=1.0)
    engine = Engine(sky.sites, Settings.imm())
    engine.fold(sky.recording().part(0, 10))
    assert engine.confirmed == 3
    # Double a track by hand, as a crossing may do: its twin fed by other scans.
    row, twin = engine._lists[0, 0], engine._lists[2, engine._counters[2] - 1]
    engine._counters[2] -= 1
    engine._rows[twin], engine._whole[twin] = engine._rows[row], engine._whole[row]
    engine._whole[twin, 0] = 99
    engine._whole[twin, 8:16] = -1
    engine._lists[0, 3] = twin
    engine._counters[0] += 1
    history = engine.fold(sky.recording().part(10, 12))
    assert engine.confirmed == 3
    assert engine.merged == 1
    assert set(history.number[history.scan == 11]) == {1, 2, 3}


def test_two_flyers_side_by_side_stay_two():
    pair = [[30e3, 20e3, 6e3, 200.0, 0.0, 0.0], [30e3, 20.5e3, 6e3, 200.0, 0.0, 0.0]]
    sky = Sky(pair, sites_of(np.zeros((1, 3)), np.eye(3)[None]), clutter=0.0, scans=30)
    history = track(sky.recording(), sky.sites, Settings.imm())
    assert (np.bincount(history.scan)[8:] == 2).mean() > 0.95


def test_heights_of_transponders_stand_in_for_elevation(flat_sky):
    d = flat_sky.z
    known = np.full(len(d), np.nan)
    height = d[:, 0] * np.sin(d[:, 2])
    recording = flat_sky.recording(elevation_rad=known, height_m=height)
    blind = flat_sky.recording(elevation_rad=known)
    place = flat_sky.place(len(flat_sky.at) - 1)
    up = []
    for feed in (recording, blind):
        states = last(track(feed, flat_sky.sites, Settings.imm()))
        away, near = cKDTree(place[:, :2]).query(states[:, :2])
        assert len(set(near[away < 1500.0])) >= 10
        up.append(np.median(np.abs(states[:, 2] - place[near, 2])))
    assert up[0] < 150.0 < up[1]
