"""Each effect on a radar acts, and in the right direction."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.radar_site import radars_of

from tdome.earth.geodesy import destination
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.plan.books.sensors import sensor_book
from tdome.plan.catalogue import bundled_catalogue, overridden
from tdome.plan.schema import SensorSite
from tdome.world.bodies.table import State
from tdome.world.sensors.echoes import resolved
from tdome.world.sensors.limits import CELL

from .plain_radar import PLAIN, SCANS, book_of, flyers, seen, state


def test_a_lower_mast_sees_a_low_flyer_later():
    reach = {}
    for mast in (10.0, 100.0):
        book = book_of(antenna_height_m=mast)
        for km in range(5, 120):
            lat, lon = destination(book.lat[0], book.lon[0], 0.5, km * 1e3)
            bodies = flyers(np.append(geodetic_to_ecef(lat, lon, 60.0), np.zeros(3)))
            if seen(radars_of(book), bodies, 1):
                reach[mast] = km
    assert reach[10.0] + 20 < reach[100.0]
    assert reach[10.0] == pytest.approx(4.122 * (10**0.5 + 60**0.5), abs=1.0)


def test_the_side_is_seen_farther_than_the_nose():
    book = book_of()
    across, towards = (200.0, 0.0, 0.0), (0.0, -200.0, 0.0)
    counts = []
    for velocity in (across, towards):
        bodies = flyers(state(book, 150e3, velocity=velocity), rcs=1.0)
        bodies.broadside[:] = math.log(10.0)  # 10 dB
        counts.append(seen(radars_of(book), bodies))
    nose = flyers(state(book, 150e3, velocity=towards), rcs=1.0)
    assert counts[1] == pytest.approx(seen(radars_of(book), nose), abs=3)
    side = flyers(state(book, 150e3, velocity=across), rcs=10.0)
    assert counts[0] == seen(radars_of(book), side) > 2 * counts[1]


def test_a_wreck_tumbles_and_jams_no_more():
    book = book_of()
    bodies = flyers(state(book, 50e3))
    bodies.broadside[:], bodies.swerling[:], bodies.jammer[:] = 2.0, 3, 5.0
    row = int(np.flatnonzero(bodies.state == State.FLYING)[0])
    bodies.break_up(row, 0.0, 0.1)
    assert (bodies.broadside[row], bodies.swerling[row], bodies.jammer[row]) == (0.0, 1, 0.0)


def test_two_close_targets_merge_and_two_distant_ones_do_not():
    cells = {"cell_range_m": 100.0, "cell_azimuth_deg": 1.0, "cell_elevation_deg": 1.0}
    book = book_of(**cells)
    near = [state(book, 50_020.0, 3.2, 40.2), state(book, 50_080.0, 3.4, 40.6)]
    bodies = flyers(near)
    rows = np.flatnonzero(bodies.state == State.FLYING)
    strong = int(rows[1])
    bodies.rcs[strong] *= 3.0
    look = radars_of(book).look(0, bodies, 0.0, 1)
    assert look.rows.tolist() == [strong], "the ledger names the strongest"
    first, second = (state(book, 50_020.0, 3.2, 40.2), state(book, 50_080.0, 3.4, 40.6))
    assert not np.allclose(first, second)
    for far in (state(book, 50_180.0, 3.2, 40.2), state(book, 50_020.0, 3.2, 41.6)):
        assert len(radars_of(book).look(0, flyers([near[0], far]), 0.0, 1).rows) == 2
    assert len(radars_of(book_of()).look(0, bodies, 0.0, 1).rows) == 2


def test_a_merged_plot_lies_at_the_centroid_of_power():
    cells = {"cell_range_m": 1000.0, "cell_azimuth_deg": 1.0, "cell_elevation_deg": 1.0}
    book = book_of(**cells)
    bodies = flyers([state(book, 50_100.0, 3.5, 40.5), state(book, 50_900.0, 3.5, 40.5)])
    bodies.rcs[np.flatnonzero(bodies.state == State.FLYING)[0]] *= 3.0
    looks = [radars_of(book).look(0, bodies, 0.0, k).range_m for k in range(SCANS)]
    middle = np.concatenate(looks).mean()
    weights = {0: np.array([3.0, 1.0]), 1: np.array([1.0, 3.0])}
    places = np.array([50_100.0, 50_900.0])
    expected = [float(np.average(places, weights=w / places**4)) for w in weights.values()]
    assert min(abs(middle - e) for e in expected) < 5.0 * 20.0 / math.sqrt(SCANS)


def test_echoes_of_a_cell_add_up():
    book = book_of(cell_range_m=1000.0, cell_azimuth_deg=1.0, cell_elevation_deg=1.0)
    one = flyers(state(book, 150_400.0, 3.5, 40.5), rcs=1.0)
    six = flyers([state(book, 150_400.0 + k, 3.5, 40.5) for k in range(6)], rcs=1.0)
    assert seen(radars_of(book), six) > 2 * seen(radars_of(book), one)


echo = st.tuples(
    st.floats(1e3, 1.05e3), st.floats(-0.05, 0.05), st.floats(0.0, 0.05), st.floats(0.1, 100.0)
)


@settings(max_examples=200)
@given(st.lists(echo, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_merging_depends_on_no_order_and_keeps_the_power(made, chance):
    echoes = np.array([[*one, 500.0] for one in made])
    keys, rows = np.arange(len(made)) + 100, np.arange(len(made))
    limits = np.zeros(40)
    limits[CELL : CELL + 3] = 20.0, 0.02, 0.02
    merged, of = resolved(echoes, rows, keys, limits)
    turn = np.array(chance.sample(range(len(made)), len(made)))
    again, other = resolved(echoes[turn], rows, keys[turn], limits)
    once, twice = np.argsort(keys[of]), np.argsort(keys[turn][other])
    assert (keys[of][once] == keys[turn][other][twice]).all()
    assert (merged[once] == again[twice]).all()
    assert merged[:, 3].sum() == pytest.approx(echoes[:, 3].sum())
    assert len(np.unique(np.floor(echoes[:, :3] / limits[CELL : CELL + 3]), axis=0)) == len(merged)


def test_a_tangential_low_flyer_vanishes():
    book = book_of(clutter_height_m=2000.0, min_radial_speed_m_s=15.0)
    for velocity, height_deg, there in [
        ((200.0, 0.0, 0.0), 2.0, False),  # across the line of sight
        ((0.0, -200.0, 0.0), 2.0, True),  # towards the radar
        ((200.0, 0.0, 0.0), 8.0, True),  # across, but above the clutter
        ((200.0, -20.0, 0.0), 2.0, True),
        ((200.0, -10.0, 0.0), 2.0, False),
    ]:
        bodies = flyers(state(book, 30e3, height_deg, velocity=velocity))
        assert bool(seen(radars_of(book), bodies, 3)) == there, (velocity, height_deg)


@pytest.mark.parametrize(
    ("speed", "there"), [(100.0, False), (112.0, True), (209.0, False), (250.0, True), (6.0, False)]
)
def test_blind_speeds_hide_their_multiples(speed, there):
    book = book_of(clutter_height_m=2000.0, min_radial_speed_m_s=10.0, blind_speed_m_s=100.0)
    el = math.radians(2.0)
    line = np.array([0.0, math.cos(el), math.sin(el)])
    bodies = flyers(state(book, 30e3, 2.0, velocity=tuple(-speed * line)))
    assert bool(seen(radars_of(book), bodies, 3)) == there


def test_a_sector_hides_what_is_outside_it():
    for bearing, azimuth, there in [
        (90.0, 35.0, True),
        (90.0, 25.0, False),
        (0.0, -55.0, True),
        (0.0, 65.0, False),
        (350.0, 45.0, True),
        (-120.0, 190.0, True),
        (None, 190.0, True),
    ]:
        site = {} if bearing is None else {"bearing_deg": bearing}
        book = book_of(site, sector_deg=120.0)
        bodies = flyers(state(book, 30e3, 5.0, azimuth))
        assert bool(seen(radars_of(book), bodies, 2)) == there, (bearing, azimuth)


def test_a_bias_shifts_the_mean_of_the_plots_for_good():
    book = book_of(bias_range_m=500.0, bias_azimuth_deg=0.5)
    errors = []
    for seed in range(30):
        bodies = flyers(state(book, 50e3, 3.0, 40.0))
        radars = radars_of(book, seed)
        looks = [radars.look(0, bodies, 0.0, k) for k in range(40)]
        ranges = np.concatenate([look.range_m for look in looks]) - 50e3
        turns = np.concatenate([look.azimuth_rad for look in looks]) - math.radians(40.0)
        assert ranges.std() < 40.0, "constant within a run"
        errors.append((ranges.mean(), math.degrees(turns.mean())))
    spread = np.sqrt(np.square(errors).mean(axis=0)) / [500.0, 0.5]
    assert (spread > 0.6).all()
    assert (spread < 1.5).all()


def test_errors_shrink_with_the_echo_down_to_the_floor():
    spread = {}
    for floor in (1.0, 0.4):
        book = book_of(error_floor=floor)
        for rcs in (1.0, 1e6):
            bodies = flyers(state(book, 80e3), rcs)
            radars = radars_of(book)
            looks = [radars.look(0, bodies, 0.0, k).range_m for k in range(4 * SCANS)]
            spread[floor, rcs] = np.concatenate(looks).std() / 20.0
    assert spread[1.0, 1.0] == pytest.approx(1.0, abs=0.08)
    assert spread[1.0, 1e6] == pytest.approx(1.0, abs=0.08)
    assert spread[0.4, 1e6] == pytest.approx(0.4, abs=0.05)
    assert 0.5 < spread[0.4, 1.0] < 1.0


def test_adding_a_radar_leaves_every_other_draw_unchanged():
    changes = PLAIN | {
        "false_plots_per_scan": 3.0,
        "clutter_spots": 2.0,
        "clutter_spot_probability": 0.5,
        "bias_range_m": 10.0,
        "bias_azimuth_deg": 0.1,
    }
    catalogue = overridden(bundled_catalogue(), {"sensors": {"multifunction": changes}}, "t", "t")
    sites = [
        SensorSite(name=name, type="multifunction", lat_deg=24.0, lon_deg=lon)
        for name, lon in (("new", 120.5), ("old", 121.0))
    ]
    alone, both = (sensor_book(some, catalogue, "t") for some in (sites[1:], sites))
    bodies = flyers([state(alone, 50e3, 3.0, a) for a in (10.0, 20.0, 30.0)], rcs=3.0)
    for number in range(20):
        one = radars_of(alone).look(0, bodies, 0.0, number)
        other = radars_of(both).look(1, bodies, 0.0, number)
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


def test_relabelling_changes_nothing_in_a_crowd():
    cells = {"cell_range_m": 500.0, "cell_azimuth_deg": 2.0, "cell_elevation_deg": 2.0}
    book = book_of(**cells, error_floor=0.5)
    crowd = [state(book, 90_000.0 + 170.0 * k, 3.1, 40.1 + 0.4 * k) for k in range(6)]
    plain, turned = flyers(crowd, 1.0), flyers(crowd, 1.0, relabel=5)
    for bodies in (plain, turned):
        bodies.swerling[:] = np.where(bodies.key % 2 == 0, 0, 3)
    assert plain.key.tolist() != turned.key.tolist()
    for number in range(30):
        one, other = (radars_of(book).look(0, b, 0.0, number) for b in (plain, turned))
        assert all(
            np.array_equal(a, b, equal_nan=True) for a, b in zip(one[:-1], other[:-1], strict=True)
        )
        assert plain.key[one.rows].tolist() == turned.key[other.rows].tolist()
