"""What rain, clutter and jammers do to a radar acts, and in the right direction."""

import math

import numpy as np
import pytest
from scipy.stats import binom, poisson
from tests.radar_site import radars_of

from tdome.earth.rain import rain_loss
from tdome.world.bodies.table import State
from tdome.world.schema.jammers import Jammer

from .plain_radar import SCANS, book_of, flyers, seen, state


def test_rain_shortens_the_range():
    book = book_of(frequency_ghz=9.0)
    bodies = flyers(state(book, 50e3, 1.0), rcs=1.0)
    counts = [seen(radars_of(book, rain_mm_h=r), bodies) for r in (0.0, 5.0, 20.0)]
    assert counts[0] > counts[1] > counts[2]
    assert seen(radars_of(book_of(frequency_ghz=0.5), rain_mm_h=20.0), bodies) == counts[0]
    # The loss of 50 km of 5 mm/h, both ways, is that of so much less cross-section.
    loss_db = 2.0 * 50e3 * rain_loss(9e9, 5.0)
    dry = flyers(state(book, 50e3, 1.0), rcs=10.0 ** (-loss_db / 10.0))
    assert counts[1] == seen(radars_of(book), dry)


def test_above_the_rain_nothing_is_lost():
    book = book_of({"height_m": 6000.0}, frequency_ghz=9.0)
    bodies = flyers(state(book, 90e3, 3.0), rcs=1.0)
    assert seen(radars_of(book, rain_mm_h=50.0), bodies) == seen(radars_of(book), bodies) > 0


def test_false_plots_stay_in_the_sector():
    book = book_of({"bearing_deg": 350.0}, sector_deg=60.0, false_plots_per_scan=20.0)
    looks = [radars_of(book).look(0, flyers([]), 0.0, k) for k in range(30)]
    turned = np.concatenate([look.azimuth_rad for look in looks]) - math.radians(350.0)
    off = np.abs((turned + math.pi) % math.tau - math.pi)
    assert len(off) > 400
    assert math.radians(25.0) < off.max() <= math.radians(30.001)


def test_ground_clutter_is_near_the_site_and_rain_clutter_goes_with_the_rain():
    book = book_of(
        clutter_plots_per_scan=5.0,
        clutter_range_km=20.0,
        rain_plots_per_mm_h=0.5,
        frequency_ghz=3.0,
    )
    nobody = flyers([])
    dry = [radars_of(book).look(0, nobody, 0.0, k) for k in range(SCANS)]
    counts = sum(len(look.rows) for look in dry)
    low, high = poisson.interval(0.9999, 5.0 * SCANS)
    assert low <= counts <= high
    assert max(look.range_m.max(initial=0.0) for look in dry) <= 20e3
    wet = radars_of(book, rain_mm_h=10.0)
    looks = [wet.look(0, nobody, 0.0, k) for k in range(SCANS)]
    low, high = poisson.interval(0.9999, 10.0 * SCANS)
    assert low <= sum(len(look.rows) for look in looks) <= high
    heights = np.concatenate([look.range_m * np.sin(look.elevation_rad) for look in looks])
    assert heights.max() <= 5_000.0
    assert all((look.rows == -1).all() for look in looks)


def test_spots_of_clutter_stay_where_they_are():
    book = book_of(clutter_spots=3.0, clutter_spot_probability=0.5, clutter_range_km=30.0)
    radars, nobody = radars_of(book), flyers([])
    looks = [radars.look(0, nobody, 0.0, k) for k in range(SCANS)]
    ranges = np.sort(np.concatenate([look.range_m for look in looks]))
    low, high = binom.interval(0.9999, 3 * SCANS, 0.5)
    assert low <= len(ranges) <= high
    groups = np.split(ranges, np.flatnonzero(np.diff(ranges) > 200.0) + 1)
    assert len(groups) == 3
    assert all(group.std() == pytest.approx(20.0, rel=0.3) for group in groups)
    elsewhere = radars_of(book_of({"name": "other"}, clutter_spots=3.0, clutter_range_km=30.0,
                                  clutter_spot_probability=1.0))  # fmt: skip
    assert np.abs(elsewhere.look(0, nobody, 0.0, 0).range_m - groups[0].mean()).min() > 1.0


def test_jamming_comes_into_the_main_lobe_only():
    book = book_of(beam_deg=1.0)
    bodies = {az: flyers(state(book, 60e3, 1.0, az), rcs=1.0) for az in (0.0, 0.9, 3.0)}
    far = {"lat_deg": 25.0, "lon_deg": 121.0, "altitude_m": 2_500.0}
    jammer = Jammer(name="j", j_n_db=30.0, **far)
    clear = seen(radars_of(book), bodies[0.0])
    counts = {az: seen(radars_of(book, jammers=[jammer]), one) for az, one in bodies.items()}
    assert counts[0.0] < 0.1 * clear
    assert counts[0.9] < 0.1 * clear
    assert counts[3.0] == pytest.approx(clear, abs=0.1 * SCANS)


def test_a_jammer_below_the_horizon_or_not_yet_on_is_not_heard():
    book = book_of()
    bodies = flyers(state(book, 60e3, 1.0), rcs=1.0)
    clear = seen(radars_of(book), bodies)
    where = {"name": "j", "lat_deg": 25.0, "lon_deg": 121.0, "j_n_db": 40.0}
    assert seen(radars_of(book, jammers=[Jammer(**where, altitude_m=2500.0)]), bodies) < clear
    for silent in ({"altitude_m": 100.0}, {"altitude_m": 2500.0, "start_s": 5.0}):
        assert seen(radars_of(book, jammers=[Jammer(**where | silent)]), bodies) == clear


def test_a_circling_jammer_comes_round():
    book = book_of()
    circle = {"lat_deg": 25.0, "lon_deg": 121.0, "altitude_m": 9000.0, "circle_km": 20.0}
    jammer = Jammer(name="j", j_n_db=10.0, speed_m_s=200.0, **circle)
    jamming = radars_of(book, jammers=[jammer])._jamming
    nobody = flyers([])
    turn = math.tau * 20e3 / 200.0
    places = [jamming.sources(nobody, t).place[0, :3] for t in (0.0, turn / 2.0, turn)]
    assert np.linalg.norm(places[1] - places[0]) == pytest.approx(40e3, rel=1e-6)
    assert np.linalg.norm(places[2] - places[0]) < 1.0


def test_a_screen_hides_its_neighbours_too():
    book = book_of(beam_deg=1.0)
    pair = [state(book, 60e3, 3.0, 0.0), state(book, 60e3, 3.0, 0.5)]
    alone = seen(radars_of(book), flyers(pair[1], rcs=1.0))
    bodies = flyers(pair, rcs=1.0)
    bodies.jammer[np.flatnonzero(bodies.state == State.FLYING)[0]] = 1000.0
    looks = [radars_of(book).look(0, bodies, 0.0, k) for k in range(SCANS)]
    assert sum(len(look.rows) for look in looks) < 0.1 * alone


def test_a_jammed_radar_tells_the_bearing_of_its_jammer():
    book = book_of({"bearing_deg": 0.0}, sector_deg=120.0, bias_azimuth_deg=0.0)
    bodies = flyers(state(book, 60e3, 3.0, 40.0))
    row = int(np.flatnonzero(bodies.state == State.FLYING)[0])
    assert len(radars_of(book).strobes(0, bodies, 0.0, 1).rows) == 0
    bodies.jammer[row] = 10.0
    far = {"lat_deg": 25.0, "lon_deg": 121.0, "altitude_m": 9000.0}
    behind = far | {"lat_deg": 23.0}
    jammers = [Jammer(name="a", j_n_db=20.0, **far), Jammer(name="b", j_n_db=20.0, **behind)]
    jammers.append(Jammer(name="faint", j_n_db=-10.0, **far))
    radars = radars_of(book, jammers=jammers)
    lines = [radars.strobes(0, bodies, 0.0, number) for number in range(200)]
    assert all(sorted(one.rows.tolist()) == [-1, row] for one in lines), "not from behind"
    own = np.array([one.azimuth_rad[one.rows == row][0] for one in lines])
    assert own.mean() == pytest.approx(math.radians(40.0), abs=5.0 * book.sigma[0, 1] / 14.0)
    assert own.std() == pytest.approx(book.sigma[0, 1], rel=0.25)
    # 10 dB at 100 km is 14.4 dB at 60 km.
    assert lines[0].snr_db[lines[0].rows == row][0] == pytest.approx(14.44, abs=0.01)
