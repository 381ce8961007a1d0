"""Directions alone, and bad numbers in any column, in the tracker core."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tdome.command.tracking.dense.engine import engine_for
from tdome.command.tracking.engine import Settings
from tdome.command.tracking.engine.admit import REASONS
from tdome.command.tracking.engine.filters.sites import site_rows
from tdome.command.tracking.engine.layout import BEARING, KIND
from tdome.earth.wgs84 import enu_axes
from tdome.messages.recording import Recording

from .feeds import EVERY, LAT, LEVEL, LON, Feed, book, errors, straight


def finders(n=3):
    spots = [[0, -60e3, 50], [70e3, 20e3, 50], [-70e3, 30e3, 50], [10e3, 80e3, 50]]
    azimuth = [np.nan, np.radians(0.3), np.nan, np.nan]
    return book(spots[:n], [azimuth] * n, false_plots=0.2, period=3.0)


JAMMERS = np.array([[-20e3, 10e3, 8e3, 180, 60, 0], [25e3, -5e3, 7e3, -150, 120, 0.0]])


def test_three_direction_finders_find_two_jammers_and_no_ghost():
    sites = finders()
    feed = Feed(JAMMERS, sites, scans=90, step=1.0, clutter=0.2)
    engine = engine_for(sites, Settings.imm())
    history = engine.fold(feed.recording())
    assert len(np.unique(history.number)) == 2
    assert history.scan[0] < 30
    for scan in (40, 89):
        told = history.state[history.scan == scan, :3]
        off = (told[None] - feed.place(scan)[:, None]) @ enu_axes(LAT, LON).T
        assert (np.hypot(off[..., 0], off[..., 1]).min(axis=1) < 1500.0).all()
        assert (np.abs(off[..., 2]).min(axis=1) < 4000.0).all()  # nobody measures heights


def test_one_direction_finder_confirms_nothing_and_its_directions_are_counted():
    sites = finders(1)
    feed = Feed(JAMMERS, sites, scans=40, step=1.0, clutter=0.0)
    engine = engine_for(sites, Settings.imm())
    assert len(engine.fold(feed.recording())) == 0
    refused = engine.refused
    assert set(refused) == {"lone_direction"}
    assert refused["lone_direction"] >= len(feed.rows) - 2


@pytest.mark.parametrize("name", EVERY)
def test_strobes_carry_a_track_through_a_minute_of_jamming(name):
    radar, strobe = [25.0, 0.0026, 0.0035, np.nan], [np.nan, 0.005, np.nan, np.nan]
    sites = book([[0, -60e3, 0], [0, -60e3, 0], [60e3, 0, 0.0]], [radar, strobe, strobe])
    turn = np.array([[-30e3, 0, 8e3, 200, 0, 0.0]])
    feed = Feed(turn, sites, scans=150, step=1.0, clutter=0.0)
    recording = feed.recording()
    blind = (feed.sensor == 0) & (np.arange(150) >= 60)
    known = feed.sensor != 0
    without = engine_for(sites, EVERY[name])
    keep = np.repeat(blind, np.diff(feed.start))
    recording.range_m[keep] = np.nan  # jammed: refused
    history = without.fold(recording)
    assert len(np.unique(history.number)) == 1
    assert (history.scan == 149).sum() == 1
    assert errors(history, feed, 149)[0] < 1500.0
    fed = history.updated[np.isin(history.scan, np.flatnonzero(known & (np.arange(150) > 60)))]
    assert fed.mean() > 0.8


def test_the_same_feed_in_parts_and_in_one_gives_the_same_bits_and_copies_go_their_own_way():
    sites = finders()
    feed = Feed(JAMMERS, sites, scans=60, step=1.0)
    recording = feed.recording()
    whole = engine_for(sites, Settings.imm()).fold(recording)
    engine = engine_for(sites, Settings.imm())
    first = engine.fold(recording.part(0, 17))
    other = engine.copy()
    rest = engine.fold(recording.part(17, 60))
    again = other.fold(recording.part(17, 60))
    assert np.array_equal(np.r_[first.state, rest.state], whole.state)
    assert np.array_equal(np.r_[first.plot, rest.plot], whole.plot)
    assert np.array_equal(rest.state, again.state)


BAD = st.sampled_from([np.nan, np.inf, -np.inf, -1.0, 0.0, 1e300, 50.0, 1e9, -1e9, 7.0])


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.data())
def test_bad_numbers_in_any_column_of_any_kind_of_site_are_counted_never_raised(data):
    radar, level = [25.0, 0.0026, 0.0035, 1.0], LEVEL
    strobe, both = [np.nan, 0.005, np.nan, np.nan], [np.nan, 0.005, 0.005, np.nan]
    places = [[0, 0, 0], [9e3, 0, 0], [0, 9e3, 0], [0, -9e3, 0], [-9e3, 0, 0.0]]
    told = np.array([np.nan, np.nan, np.nan, np.nan, 50.0])
    sites = book(places, [radar, level, strobe, both, [np.nan] * 4], place_sigma=told)
    feed = Feed(straight(5), sites, scans=20, heights=True)
    recording = feed.recording()
    names = ("range_m", "azimuth_rad", "elevation_rad", "height_m", "range_rate_m_s",
             "place_sigma_m")  # fmt: skip
    for _ in range(data.draw(st.integers(1, 12))):
        row = data.draw(st.integers(0, recording.plots - 1))
        getattr(recording, data.draw(st.sampled_from(names)))[row] = data.draw(BAD)
        recording.address[row] = data.draw(st.sampled_from([-1, -7, 5, 2**24, 2**31 - 1]))
    for settings in (Settings.imm(), Settings.gnn_ekf()):
        engine = engine_for(sites, settings)
        history = engine.fold(recording)
        assert np.isfinite(history.state).all()
        assert np.isfinite(history.covariance).all()
        assert set(engine.refused) <= set(REASONS)


def test_each_fault_is_counted_by_its_own_reason():
    sigma = [[25.0, 0.0026, 0.0035, 1.0], [np.nan, 0.01, np.nan, np.nan], [np.nan] * 4]
    sites = book([[0, 0, 0]] * 3, sigma, place_sigma=np.array([np.nan, np.nan, 50.0]))
    assert site_rows(sites)[1, KIND] == BEARING
    one = np.array([1e4])

    def refused(sensor, **columns):
        nothing = np.full(1, np.nan)
        given_columns = {
            "range_m": one, "azimuth_rad": one * 0, "elevation_rad": one * 0 + 0.1,
            "range_rate_m_s": nothing, "height_m": nothing, "place_sigma_m": nothing,
            "address": np.array([-1], np.int32), **columns,
        }  # fmt: skip
        engine = engine_for(sites, Settings.imm())
        engine.fold(Recording(at=np.zeros(1, np.int64), sensor=np.array([sensor], np.int32),
                              start=np.array([0, 1]), volume=np.ones(1, bool),
                              snr_db=nothing.astype(np.float32), **given_columns))  # fmt: skip
        return engine.refused

    assert refused(0) == {}
    assert refused(0, azimuth_rad=one * 50) == {"bad_azimuth": 1}
    assert refused(1, azimuth_rad=np.full(1, 50.0)) == {"bad_azimuth": 1}
    assert refused(1, azimuth_rad=np.full(1, np.nan)) == {"no_azimuth": 1}
    assert refused(0, height_m=one * 1e5) == {"bad_height": 1}
    assert refused(0, range_rate_m_s=one * 1e5) == {"bad_rate": 1}
    assert refused(0, address=np.array([-9], np.int32)) == {"bad_address": 1}
    assert refused(2, place_sigma_m=np.array([-3.0])) == {"bad_place": 1}
    assert refused(2, elevation_rad=np.full(1, np.nan)) == {"bad_place": 1}
