"""2-D radars, told heights, addresses, cooperative reports and directions in the tracker core."""

import msgspec
import numpy as np
import pymap3d
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tdome.command.tracking.dense.engine import engine_for
from tdome.command.tracking.engine import Settings
from tdome.command.tracking.engine.admit import REASONS
from tdome.command.tracking.engine.filters.polar import sine_of_height
from tdome.command.tracking.engine.filters.sites import site_rows
from tdome.command.tracking.engine.layout import (
    ADDRESS,
    BEARING,
    FRIENDLY,
    HITS,
    KIND,
    OWN,
    SAID,
    WHOLE,
    Z,
)
from tdome.command.tracking.engine.merge import differ
from tdome.command.tracking.engine.pairing.addresses import ADDRESS_CREDIT, by_address, may_feed
from tdome.earth.wgs84 import ecef_to_geodetic, enu_axes, geodetic_to_ecef
from tdome.messages.recording import Recording
from tdome.plan.books.sites import SiteBook

JPDA = msgspec.structs.replace(Settings.imm(), association="jpda")
UKF = msgspec.structs.replace(Settings.imm(), filter="ukf")
EVERY = {"gnn": Settings.imm(), "ekf": Settings.gnn_ekf(), "ukf": UKF, "jpda": JPDA,
         "lmb": Settings.lmb()}  # fmt: skip
LAT, LON = 0.41, 2.1
NS = 1_000_000_000


def book(places, sigma, *, place_sigma=None, false_plots=5.0, period=4.0):
    """Return sites at ``places`` (east, north, up of a point on the Earth)."""
    places = np.asarray(places, float)
    n = len(places)
    origin = in_frame(places)
    lat, lon, _ = ecef_to_geodetic(origin)
    axes = np.array([enu_axes(a, o) for a, o in zip(lat, lon, strict=True)])
    return SiteBook(
        names=tuple(f"s{i}" for i in range(n)),
        flat=False,
        origin=origin,
        axes=axes,
        sigma=np.asarray(sigma, float),
        detection=np.full(n, 0.9),
        false_plots=np.full(n, false_plots),
        reach=np.tile([0.0, 250e3], (n, 1)),
        elevation=np.tile([-0.05, 1.2], (n, 1)),
        period=np.full(n, period),
        place_sigma=place_sigma,
    )


def in_frame(enu):
    """Return places (k, 3) east, north, up of the middle in ECEF."""
    return geodetic_to_ecef(LAT, LON, 0.0) + enu @ enu_axes(LAT, LON)


class Feed:
    """Flyers (n, 6) in a plane, seen by all kinds of sites in turn."""

    def __init__(self, flyers, sites, *, scans, step=1.0, clutter=3.0, heights=False):
        self.flyers, self.sites, self.step = np.asarray(flyers, float), sites, step
        self.rng = np.random.default_rng(1)
        n = len(sites)
        self.at = np.round(np.arange(scans) * step * NS).astype(np.int64)
        self.sensor = (np.arange(scans) % n).astype(np.int32)
        kinds = site_rows(sites)[:, KIND]
        rows = [self._scan(k, kinds[self.sensor[k]], clutter, heights) for k in range(scans)]
        self.start = np.r_[0, np.cumsum([len(r) for r in rows])].astype(np.int64)
        self.rows = np.concatenate(rows)

    def place(self, k):
        enu = self.flyers[:, :3] + k * self.step * self.flyers[:, 3:]
        return in_frame(enu)

    def velocity(self):
        return self.flyers[:, 3:] @ enu_axes(LAT, LON)

    def _scan(self, k, kind, clutter, heights):
        """Return (m, 6): range, azimuth, elevation, height, address, error of a place."""
        s, sites, rng = self.sensor[k], self.sites, self.rng
        there = self.place(k)
        seen = rng.uniform(size=len(there)) < 0.95
        doubt = np.nan
        if sites.place_sigma is not None and np.isfinite(sites.place_sigma[s]):
            doubt = sites.place_sigma[s] * rng.choice([0.5, 3.0])
            there = there + doubt * rng.normal(size=there.shape)
        d = (there - sites.origin[s]) @ sites.axes[s].T
        z = np.full((len(d), 6), np.nan)
        z[:, 0] = np.linalg.norm(d, axis=1)
        z[:, 1] = np.arctan2(d[:, 0], d[:, 1])
        z[:, 2] = np.arctan2(d[:, 2], np.hypot(d[:, 0], d[:, 1]))
        sigma = sites.sigma[s, :3]
        z[:, :3] += np.nan_to_num(sigma) * rng.normal(size=(len(d), 3))
        if np.isnan(doubt):
            z[:, :3] = np.where(np.isnan(sigma), np.nan, z[:, :3])
        z[:, 4], z[:, 5] = -1.0, doubt
        if heights:
            true = ecef_to_geodetic(there)[2]
            z[:, 3] = true + 30.0 * rng.normal(size=len(d))
        if heights or np.isfinite(doubt):
            z[:, 4] = 1000 + np.arange(len(d))
        z = z[seen]
        false = np.full((rng.poisson(clutter) if np.isnan(doubt) else 0, 6), np.nan)
        false[:, 0] = rng.uniform(2e3, sites.reach[s, 1], len(false))
        false[:, 1] = rng.uniform(-np.pi, np.pi, len(false))
        false[:, 2] = rng.uniform(0.0, 0.5, len(false))
        false[:, :3] = np.where(np.isnan(sigma), np.nan, false[:, :3])
        false[:, 4] = -1.0
        return rng.permutation(np.r_[z, false])

    def recording(self, **columns):
        m = len(self.rows)
        given = {
            "at": self.at,
            "sensor": self.sensor,
            "start": self.start,
            "volume": np.ones(len(self.at), bool),
            "range_m": self.rows[:, 0].copy(),
            "azimuth_rad": self.rows[:, 1].copy(),
            "elevation_rad": self.rows[:, 2].copy(),
            "range_rate_m_s": np.full(m, np.nan),
            "snr_db": np.full(m, np.nan, np.float32),
            "address": self.rows[:, 4].astype(np.int32),
            "height_m": self.rows[:, 3].copy(),
            "place_sigma_m": self.rows[:, 5].copy(),
        }
        return Recording(**{**given, **columns})


def straight(n, seed=0, spread=50e3):
    rng = np.random.default_rng(seed)
    a = rng.uniform(-np.pi, np.pi, n)
    place = np.c_[rng.uniform(-spread, spread, (n, 2)), rng.uniform(3e3, 11e3, n)]
    return np.c_[place, 200.0 * np.cos(a), 200.0 * np.sin(a), np.zeros(n)]


def errors(history, feed, scan):
    """Return the distance of each flyer to the nearest track after a scan, m."""
    told = history.state[history.scan == scan]
    if not len(told):
        return np.full(len(feed.flyers), np.inf)
    return np.linalg.norm(feed.place(scan)[:, None] - told[None, :, :3], axis=2).min(axis=1)


LEVEL = [25.0, 0.0026, np.nan, np.nan]
THREE = [[0, -40e3, 100], [40e3, 30e3, 50], [-40e3, 30e3, 10]]


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
