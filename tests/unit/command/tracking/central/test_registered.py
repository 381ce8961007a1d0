"""Registration in the running path: biases are found; without any not a bit changes."""

import numpy as np
import pytest

from tdome.command.tracking.central import CentralTracker, Options
from tdome.command.tracking.central.pieces import told
from tdome.command.tracking.engine import Settings, track
from tdome.command.tracking.registration.state import Settings as Rules

IMM = Settings.imm()


def rest(tracker, flown, sites):
    """Return what is left of the biases (S, 3), in sigma."""
    found = tracker.registration.sites
    bias = np.array([[s.range_m, s.azimuth_rad, s.elevation_rad] for s in found])
    return (bias - flown.bias[:, :3]) / sites.sigma[:, :3]


def test_switched_off_and_in_order_it_is_the_engine(sky):
    sites = sky.ring(3)
    flown = sky.scene(sites, 4, 10, 40.0)
    tracker = CentralTracker(sites, IMM, Options(registration=False))
    assert sky.equal(tracker.track(flown.recording), track(flown.recording, sites, IMM))
    assert tracker.registration is None
    assert tracker.late == 0


@pytest.mark.parametrize("count", [2, 4])
def test_sensors_without_bias_keep_their_plots(sky, count):
    """Not a bit changes: the wide priors of the biases count against there being any."""
    sites = sky.ring(count)
    for seed in range(3):
        flown = sky.scene(sites, seed, 30, 80.0, given=np.zeros((count, 4)))
        tracker = CentralTracker(sites, IMM)
        assert sky.equal(tracker.track(flown.recording), track(flown.recording, sites, IMM))
        found = tracker.registration
        assert found.any < 1e-4
        sigma = np.array([[s.range_sigma_m, s.azimuth_sigma_rad] for s in found.sites])
        bias = np.array([[s.range_m, s.azimuth_rad] for s in found.sites])
        assert (np.abs(bias) < 4.5 * sigma).all()
        assert all(site.plots > 100 for site in found.sites)


def test_one_sensor_teaches_nothing(sky):
    sites = sky.ring(1)
    flown = sky.scene(sites, 0, 10, 40.0)
    tracker = CentralTracker(sites, IMM)
    assert sky.equal(tracker.track(flown.recording), track(flown.recording, sites, IMM))
    assert tracker.registration.sites[0].plots == 0


@pytest.mark.parametrize("earth", [False, True])
def test_biases_are_found_and_taken_off(sky, earth):
    sites = sky.on_earth(sky.ring(4)) if earth else sky.ring(4)
    for seed in range(2):
        flown = sky.scene(sites, seed, 50, 80.0)
        tracker = CentralTracker(sites, IMM)
        better, plain = tracker.track(flown.recording), track(flown.recording, sites, IMM)
        off = rest(tracker, flown, sites)
        assert np.sqrt(np.square(off).mean()) < 0.15
        assert np.abs(off).max() < 0.4
        assert tracker.registration.any > 0.999
        assert errors(better, flown) < 0.6 * errors(plain, flown)


@pytest.mark.parametrize("earth", [False, True])
def test_one_radar_learns_from_flyers_who_tell_where_they_are(sky, earth):
    sites = sky.on_earth(sky.ring(1)) if earth else sky.ring(1)
    flown, sites = sky.telling(sky.scene(sites, 2, 50, 80.0, late=0.1), sites, 25)
    tracker = CentralTracker(sites, IMM)
    tracker.track(flown.recording)
    assert np.nanmax(np.abs(rest(tracker, flown, sites))) < 0.4
    radar, stations = tracker.registration.sites
    assert radar.time_sigma_s < 0.03 < Options().rules.prior_time
    assert abs(radar.time_s - flown.bias[0, 3]) < 4.0 * radar.time_sigma_s
    assert stations.plots > 100
    assert stations.range_m == stations.time_s == stations.time_sigma_s == 0.0


def errors(history, flown):
    """Return the rms distance of the plots' targets from the tracks that they fed, at the end."""
    row = np.flatnonzero(history.updated & (history.at > 60e9))
    off = history.state[row, :3] - flown.truth[history.plot[row], :3]
    return float(np.sqrt(np.square(off).sum(axis=1).mean()))


def test_stamps_are_corrected_and_told_as_they_were(sky):
    sites = sky.ring(4)
    flown = sky.scene(sites, 3, 50, 100.0, late=0.3)
    tracker = CentralTracker(sites, IMM)
    history = tracker.track(flown.recording)
    late = np.array([site.time_s for site in tracker.registration.sites])
    off = late - flown.bias[:, 3]
    assert np.abs(off - off.mean()).max() < 0.05  # what all share can not be told
    assert np.isin(history.at, flown.recording.at).all()
    assert (history.at == flown.recording.at[history.scan]).all()
    assert len(np.unique(history.scan)) > len(flown.recording) - 8
    held = CentralTracker(sites, IMM, Options(rules=Rules(most=150)))
    assert errors(history, flown) < errors(held.track(flown.recording), flown)


@pytest.mark.parametrize("late", [0.0, 0.3])
def test_parts_give_the_same_bits(sky, late):
    sites = sky.ring(3)
    flown = sky.scene(sites, 7, 25, 60.0, late=late)
    recording, _ = sky.delayed(flown.recording, 0.2, 6.0, 1)
    whole = CentralTracker(sites, IMM).track(recording)
    for size in (1, 7):
        tracker = CentralTracker(sites, IMM)
        edges = range(0, len(recording), size)
        parts = [tracker.fold(recording.part(i, min(i + size, len(recording)))) for i in edges]
        assert sky.equal(told([*parts, tracker.finish()]), whole)


def test_a_copy_goes_on_alone(sky):
    sites = sky.ring(3)
    flown = sky.scene(sites, 8, 20, 60.0, late=0.2)
    recording, _ = sky.delayed(flown.recording, 0.2, 6.0, 2)
    half = len(recording) // 2
    tracker = CentralTracker(sites, IMM)
    first = tracker.fold(recording.part(0, half))
    other = tracker.copy()
    one = other.track(recording.part(half, len(recording)))
    two = tracker.track(recording.part(half, len(recording)))
    assert sky.equal(one, two)
    assert len(first)


def test_plots_of_scans_that_are_not_told_teach_too(sky):
    sites = sky.ring(4)
    flown = sky.scene(sites, 0, 50, 80.0)
    told_seldom = Settings(
        **{n: getattr(IMM, n) for n in IMM.__struct_fields__} | {"tell_every": 8.0}
    )
    tracker = CentralTracker(sites, told_seldom)
    history = tracker.track(flown.recording)
    assert len(np.unique(history.at)) < 14
    assert np.sqrt(np.square(rest(tracker, flown, sites)).mean()) < 0.15


def test_most_targets_bound_the_work(sky):
    sites = sky.ring(3)
    flown = sky.scene(sites, 0, 60, 60.0)
    few = CentralTracker(sites, IMM, Options(rules=Rules(most=5)))
    few.track(flown.recording)
    assert 0 < sum(site.plots for site in few.registration.sites) < 5 * 45
