"""2-D radars, told heights, addresses and cooperative reports in the tracker core."""

import msgspec
import numpy as np
import pymap3d
import pytest

from tdome.command.tracking.dense.engine import engine_for
from tdome.command.tracking.engine import Settings
from tdome.command.tracking.engine.filters.polar import sine_of_height
from tdome.command.tracking.engine.filters.sites import site_rows
from tdome.command.tracking.engine.layout import (
    ADDRESS,
    FRIENDLY,
    HITS,
    OWN,
    SAID,
    WHOLE,
    Z,
)
from tdome.command.tracking.engine.merge import differ
from tdome.command.tracking.engine.pairing.addresses import ADDRESS_CREDIT, by_address, may_feed
from tdome.earth.wgs84 import ecef_to_geodetic, enu_axes, geodetic_to_ecef

from .feeds import EVERY, LEVEL, THREE, Feed, book, errors, straight


@pytest.mark.parametrize("lat", [-1.2, 0.0, 0.41, 0.9])
def test_a_told_height_is_that_of_the_ellipsoid_over_the_curved_earth(lat):
    axes, origin = enu_axes(lat, 0.3), geodetic_to_ecef(lat, 0.3, 250.0)
    sites = book(np.zeros((1, 3)), [LEVEL])
    sites = msgspec.structs.replace(sites, origin=origin[None], axes=axes[None])
    rows = site_rows(sites)
    for far, azimuth, height in ((20e3, 0.4, 9e3), (120e3, 2.0, 12e3), (250e3, -1.0, 11e3)):
        sine = sine_of_height(rows, 0, far, azimuth, height)
        *_, found = pymap3d.aer2geodetic(azimuth, np.arcsin(sine), far, lat, 0.3, 250.0, deg=False)
        assert abs(found - height) < 4.0


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("heights", [True, False])
def test_radars_without_elevation_begin_and_keep_tracks_in_ecef(name, heights):
    sites = book(THREE, [LEVEL] * 3)
    feed = Feed(straight(10), sites, scans=60, heights=heights)
    engine = engine_for(sites, EVERY[name])
    history = engine.fold(feed.recording())
    off = errors(history, feed, 59)
    assert np.isfinite(history.state).all()
    assert np.median(off) < (150.0 if heights else 1200.0)
    assert (off < (500.0 if heights else 3000.0)).sum() >= 9
    assert (history.scan == 59).sum() <= 12
    assert engine.refused == {}
    told = history.address[history.scan == 59]
    assert (told >= 1000).sum() >= 9 if heights else (told == -1).all()


def test_a_told_height_sharpens_that_of_a_radar_with_elevation():
    sites = book([[0, 0, 0.0]], [[25.0, 0.0026, 0.0035, np.nan]])
    flyers = straight(10, spread=150e3)
    up = {}
    for heights in (False, True):
        feed = Feed(flyers, sites, scans=20, step=4.0, heights=heights, clutter=0.0)
        history = engine_for(sites, Settings.imm()).fold(feed.recording())
        last = history.state[history.scan == 19, :3]
        near = np.linalg.norm(feed.place(19)[:, None] - last[None], axis=2).argmin(axis=1)
        found, true = ecef_to_geodetic(last[near])[2], ecef_to_geodetic(feed.place(19))[2]
        up[heights] = np.median(np.abs(found - true))
    assert up[True] < 40.0
    assert up[False] > 2.0 * up[True]


def test_a_height_that_contradicts_the_elevation_is_left_out_and_counted():
    sites = book([[0, 0, 0.0]], [[25.0, 0.0026, 0.0035, np.nan]])
    feed = Feed(straight(5), sites, scans=8, step=4.0, heights=True, clutter=0.0)
    engine = engine_for(sites, Settings.imm())
    history = engine.fold(feed.recording(height_m=np.full(len(feed.rows), 60_000.0)))
    assert engine.refused == {"bad_height": len(feed.rows)}
    assert (errors(history, feed, 7) < 1500.0).all()


def test_pairs_of_different_addresses_are_taken_out_and_the_same_are_cheaper():
    whole, z = np.zeros((2, WHOLE), np.int64), np.zeros((3, Z))
    whole[0, ADDRESS], whole[1, ADDRESS] = 8, 0
    z[:, SAID] = 8.0, 9.0, 0.0
    start, column = np.array([0, 3, 6], np.int32), np.array([0, 1, 2, 0, 1, 2], np.int32)
    cost = np.arange(6, dtype=np.float64)
    by_address(True, whole, np.arange(2, dtype=np.int32), 2, z, True, start, column, cost)
    assert start.tolist() == [0, 2, 5]
    assert column[:5].tolist() == [0, 2, 0, 1, 2]
    assert cost[:5].tolist() == [0.0 - ADDRESS_CREDIT, 2.0, 3.0, 4.0, 5.0]


def test_who_replies_feeds_no_old_track_that_was_never_named():
    whole, z = np.zeros((4, WHOLE), np.int64), np.zeros((3, Z))
    whole[:, HITS] = 3, 4, 4, 4
    whole[2, OWN], whole[3, ADDRESS] = 1, 8
    z[:, SAID], z[:, FRIENDLY] = [8.0, 0.0, 0.0], [0.0, 1.0, 0.0]
    may = [[may_feed(whole, i, z, j) for j in range(3)] for i in range(4)]
    assert may == [
        [True, True, True],  # new: may be anyone's
        [False, False, True],  # old and silent: only of plots that say nothing
        [False, True, True],  # own force
        [True, False, True],  # of this address
    ]


def test_an_old_track_without_a_name_gets_none_from_reports_near_it():
    radar, station = [25.0, 0.0026, 0.0035, np.nan], [np.nan] * 4
    sites = book([[0, 0, 0.0]] * 2, [radar, station], place_sigma=np.array([np.nan, 40.0]))
    feed = Feed(straight(6), sites, scans=60, step=1.0, clutter=0.0)
    recording = feed.recording()
    scan = np.repeat(np.arange(len(feed.sensor)), np.diff(feed.start))
    recording.range_m[(feed.sensor[scan] == 1) & (scan < 30)] = np.nan  # they say nothing at first
    for settings in EVERY.values():
        strict = msgspec.structs.replace(settings, strict_names=True)
        history = engine_for(sites, strict).fold(recording)
        old = np.isin(history.number, history.number[history.scan == 25])
        assert len(np.unique(history.number[old])) == 6
        assert (old & (history.scan > 30)).any()
        assert (history.address[old] == -1).all()


def test_one_with_a_name_and_one_without_are_one_only_where_that_may_be():
    whole = np.zeros((4, WHOLE), np.int64)
    whole[:, ADDRESS], whole[3, OWN] = [0, 8, 9, 0], 1
    for strict in (False, True):
        k = msgspec.structs.replace(Settings.imm(), strict_names=strict).numbers(flat=False)
        assert [differ(whole, 0, j, k) for j in range(4)] == [False, strict, strict, strict]
        assert differ(whole, 1, 2, k)


@pytest.mark.parametrize("name", EVERY)
def test_no_plot_of_another_address_feeds_a_track(name):
    side = np.c_[np.zeros((6, 1)), np.arange(6)[:, None] * 300.0, np.full((6, 1), 8e3)]
    close = np.c_[side, np.full((6, 1), 220.0), np.zeros((6, 2))]
    sites = book([[0, -60e3, 0.0]], [[25.0, 0.0052, 0.0035, np.nan]])
    feed = Feed(close, sites, scans=40, step=4.0, heights=True, clutter=5.0)
    recording = feed.recording()
    history = engine_for(sites, EVERY[name]).fold(recording)
    fed = history.plot >= 0
    said = recording.address[history.plot[fed]]
    named = history.address[fed]
    assert len(np.unique(history.number)) >= 5
    assert ((said == named) | (said == -1) | (named == -1)).all()
    for number in np.unique(history.number):
        names = history.address[history.number == number]
        assert len(np.unique(names[names >= 0])) <= 1


@pytest.mark.parametrize("name", EVERY)
def test_reports_of_flyers_alone_make_tracks_with_their_errors_and_addresses(name):
    place = np.array([40.0])
    sites = book([[0, 0, 20.0]], [[np.nan] * 4], place_sigma=place, false_plots=0.01, period=2.0)
    feed = Feed(straight(10), sites, scans=40, step=2.0)
    engine = engine_for(sites, EVERY[name])
    history = engine.fold(feed.recording())
    assert (errors(history, feed, 39) < 200.0).all()
    last = history.scan == 39
    assert sorted(history.address[last].tolist()) == list(range(1000, 1010))
    owner = history.address[last] - 1000
    off = history.state[last] - np.c_[feed.place(39), feed.velocity()][owner]
    nees = np.einsum("ni,nij,nj->n", off, np.linalg.inv(history.covariance[last]), off)
    assert 1.0 < np.median(nees) < 12.0


def test_the_silence_of_a_station_about_others_ends_no_track():
    radar, station = [25.0, 0.0026, 0.0035, np.nan], [np.nan] * 4
    sites = book([[0, 0, 0.0]] * 2, [radar, station], place_sigma=np.array([np.nan, 40.0]))
    feed = Feed(straight(8), sites, scans=60, step=1.0, clutter=0.0)
    recording = feed.recording()
    quiet = np.flatnonzero(feed.sensor[np.searchsorted(feed.start, np.arange(recording.plots),
                                                       side="right") - 1] == 1)  # fmt: skip
    recording.range_m[quiet] = np.where(recording.address[quiet] == 1003,
                                        recording.range_m[quiet], np.nan)  # fmt: skip
    for settings in (Settings.imm(), Settings.gnn_ekf()):
        history = engine_for(sites, settings).fold(recording)
        assert len(np.unique(history.number)) == 8
        assert (history.scan == 59).sum() == 8
        assert set(history.address[history.scan == 59].tolist()) == {-1, 1003}
