"""Reports that are no whole plots: they feed or name tracks that stand, and begin none."""

import math

import numpy as np
import pytest

from tdome.command.tracking.check import check_tracker, seen_from
from tdome.command.tracking.imm import NO_PLACE, NO_TRACK, ImmTracker
from tdome.earth.wgs84 import enu_to_ecef
from tdome.messages.base import Header
from tdome.messages.codes import Emission
from tdome.messages.sensing import Bearings, Cooperative, Plots
from tdome.plan.plan import read_plan

NS = 10**9
T0 = 1_700_000_000 * NS
SITE = '[[sensors]]\nname = "{0}"\ntype = "{1}"\nlat_deg = 24\nlon_deg = {2}\n'
PLAN = f"""
name = "mixed"
threats = ["drone"]
{SITE.format("radar", "gap-filler", 121.0)}
{SITE.format("flat", "surveillance-2d", 121.1)}
{SITE.format("sight", "optical", 121.0)}
{SITE.format("ears", "acoustic-node", 121.0)}
{SITE.format("station", "cooperative", 121.0)}
[[assets]]
name = "town"
lat_deg = 24.0
lon_deg = 121.0
radius_km = 1.0
value = 1.0
"""
START, SPEED = np.array([-4_000.0, 9_000.0, 1_500.0]), np.array([60.0, 0.0, 0.0])


@pytest.fixture(scope="module")
def plan():
    return read_plan(PLAN, "plan.toml")


def ns(t):
    return T0 + round(t * NS)


def flyer(plan, t, aside=(0.0, 0.0, 0.0)):
    book = plan.sensors
    return enu_to_ecef((START + aside + t * SPEED)[None], book.ecef[0], book.axes[0])


def polar(plan, name, t, ecef, rng):
    row = plan.sensors.names.index(name)
    errors = np.nan_to_num(plan.sensors.sigma[row]) * rng.normal(size=(len(ecef), 3))
    return seen_from(plan.sensors, row, ecef) + errors


def plots(plan, name, t, ecef, rng):
    where = polar(plan, name, t, ecef, rng)
    flat = name == "flat"
    return Plots(
        header=Header(name, round(t * 10), ns(t), ns(t)),
        sensor=name,
        volume=True,
        range_m=where[:, 0].copy(),
        azimuth_rad=where[:, 1] % math.tau,
        elevation_rad=np.full(len(ecef), np.nan) if flat else where[:, 2].copy(),
        range_rate_m_s=np.full(len(ecef), np.nan),
        doppler_spread_m_s=np.full(len(ecef), np.nan, np.float32),
        snr_db=np.full(len(ecef), 15.0, np.float32),
        address=np.full(len(ecef), -1, np.int32),
        friend=np.zeros(len(ecef), np.int8),
    )


def bearings(plan, name, t, ecef, rng, emission):
    where = polar(plan, name, t, ecef, rng)
    return Bearings(
        header=Header(name, round(t * 10), ns(t), ns(t)),
        sensor=name,
        volume=False,
        azimuth_rad=where[:, 1] % math.tau,
        elevation_rad=where[:, 2].copy(),
        snr_db=np.full(len(ecef), 15.0, np.float32),
        emission=np.full(len(ecef), emission, np.int8),
    )


def said(t, ecef, velocity, addresses=(77,), friend=0):
    n = len(ecef)
    return Cooperative(
        header=Header("station", round(t * 10), ns(t), ns(t)),
        sensor="station",
        address=np.array(addresses, np.int32),
        ecef=ecef,
        velocity=np.repeat(velocity, n, axis=0),
        friend=np.full(n, friend, np.int8),
        sigma_m=np.full(n, 50.0),
    )


def tracked(plan, rng, until=12.0, asides=((0.0, 0.0, 0.0),)):
    """A tracker and its state after some scans of one radar."""
    tracker = ImmTracker(plan)
    state = tracker.start()
    for t in np.arange(1.5, until + 0.1, 1.5):
        where = np.concatenate([flyer(plan, t, np.array(aside)) for aside in asides])
        state, tracks, _ = tracker.update(state, [plots(plan, "radar", t, where, rng)], ns(t))
    assert len(tracks) == len(asides)
    return tracker, state


def error(plan, tracks, t):
    return float(np.linalg.norm(tracks.state[0, :3] - flyer(plan, t)[0]))


def test_the_promises_hold_with_sensors_of_all_kinds(plan):
    check_tracker(ImmTracker, plan)


def test_plots_without_height_keep_a_track_alive_and_make_it_no_worse(plan):
    errors = {True: [], False: []}
    for seed in range(8):
        for flat in (True, False):
            rng = np.random.default_rng(seed)
            tracker, state = tracked(plan, rng)
            for t in np.arange(16.0, 56.0, 4.0):
                due = [plots(plan, "flat", t, flyer(plan, t), rng)] if flat else []
                state, tracks, used = tracker.update(state, due, ns(t))
                if len(tracks):
                    errors[flat].append(error(plan, tracks, t))
                if flat:
                    assert used.track_number.tolist() == [1]
                    assert used.sensor.tolist() == [1]
            assert (len(tracks) == 1) is flat  # silence ends a track after 30 s
    assert np.sqrt(np.mean(np.square(errors[True]))) < 600.0


def test_plots_without_height_begin_no_track_and_are_counted(plan):
    rng = np.random.default_rng(1)
    tracker = ImmTracker(plan)
    state = tracker.start()
    for t in range(1, 20):
        state, tracks, _ = tracker.update(
            state, [plots(plan, "flat", t, flyer(plan, t), rng)], ns(t)
        )
    assert len(tracks) == 0
    assert len(state.tracks) == 0
    assert dict(tracker.unused(state)) == {("flat", NO_TRACK): 19}


def test_optical_directions_sharpen_a_track_across_the_line_of_sight(plan):
    across = {True: [], False: []}
    for seed in range(6):
        for sharp in (True, False):
            rng = np.random.default_rng(seed)
            tracker, state = tracked(plan, rng)
            for t in (12.5, 13.0, 13.5, 14.0, 14.5):
                due = [bearings(plan, "sight", t, flyer(plan, t), rng, Emission.OPTICAL)]
                state, tracks, _ = tracker.update(state, due if sharp else [], ns(t))
            off = tracks.state[0, :3] - flyer(plan, 14.5)[0]
            line = flyer(plan, 14.5)[0] - plan.sensors.ecef[2]
            line /= np.linalg.norm(line)
            across[sharp].append(np.linalg.norm(off - (off @ line) * line))
    assert np.mean(across[True]) < 0.5 * np.mean(across[False])
    assert np.mean(across[True]) < 15.0


def test_other_directions_and_strangers_are_counted_and_change_nothing(plan):
    rng = np.random.default_rng(2)
    tracker, state = tracked(plan, rng)
    before = state.tracks.x.copy()
    stranger = flyer(plan, 12.0, np.array([3_000.0, -2_000.0, 500.0]))
    due = [
        bearings(plan, "ears", 12.0, flyer(plan, 12.0), rng, Emission.ACOUSTIC),
        bearings(plan, "sight", 12.0, stranger, rng, Emission.OPTICAL),
    ]
    state, _, used = tracker.update(state, due, ns(12.0))
    assert len(used) == 0
    np.testing.assert_array_equal(state.tracks.x, before)
    assert dict(tracker.unused(state)) == {("ears", NO_PLACE): 1, ("sight", NO_TRACK): 1}


@pytest.mark.parametrize("friend", [0, 1])
def test_who_says_that_he_is_there_gives_the_track_his_address(plan, friend):
    rng = np.random.default_rng(3)
    tracker, state = tracked(plan, rng)
    velocity = (SPEED @ plan.sensors.axes[0])[None]
    report = said(13.0, flyer(plan, 13.0) + 40.0, velocity, friend=friend)
    state, tracks, used = tracker.update(state, [report], ns(13.0))
    assert tracks.address.tolist() == [77]
    assert tracks.friend.tolist() == [friend]
    assert len(used) == 0
    later, tracks, _ = tracker.update(
        state, [plots(plan, "radar", 13.5, flyer(plan, 13.5), rng)], ns(13.5)
    )
    assert tracks.address.tolist() == [77]
    assert not tracker.unused(later)


@pytest.mark.parametrize(
    ("aside", "turned"), [((0.0, 3_000.0, 0.0), 1.0), ((0.0, 0.0, 2_000.0), 1.0), ((0, 0, 0), -2.0)]
)
def test_who_is_elsewhere_or_flies_elsewhere_names_nobody(plan, aside, turned):
    rng = np.random.default_rng(4)
    tracker, state = tracked(plan, rng)
    velocity = (turned * SPEED @ plan.sensors.axes[0])[None]
    report = said(13.0, flyer(plan, 13.0, np.array(aside)), velocity)
    state, tracks, _ = tracker.update(state, [report], ns(13.0))
    assert tracks.address.tolist() == [-1]
    assert dict(tracker.unused(state)) == {("station", NO_TRACK): 1}


def test_in_doubt_between_two_nobody_gets_the_address(plan):
    rng = np.random.default_rng(5)
    tracker, state = tracked(plan, rng, asides=((0.0, 0.0, 0.0), (0.0, 160.0, 0.0)))
    velocity = (SPEED @ plan.sensors.axes[0])[None]
    between = said(13.0, flyer(plan, 13.0, np.array([0.0, 80.0, 0.0])), velocity)
    _, tracks, _ = tracker.update(state, [between], ns(13.0))
    assert tracks.address.tolist() == [-1, -1]


def test_a_track_keeps_its_address(plan):
    rng = np.random.default_rng(6)
    tracker, state = tracked(plan, rng)
    velocity = (SPEED @ plan.sensors.axes[0])[None]
    for t, address in ((13.0, 77), (13.2, 78)):
        report = said(t, flyer(plan, t), velocity, (address,))
        state, tracks, _ = tracker.update(state, [report], ns(t))
        assert tracks.address.tolist() == [77]
