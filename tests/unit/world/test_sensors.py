import math

import numpy as np
import pytest
from scipy.stats import binom, chi2, poisson

from tdome.earth.geodesy import destination
from tdome.earth.horizon import radio_horizon
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.kernel.random import Streams
from tdome.plan.books.sensors import sensor_book
from tdome.plan.catalogue import bundled_catalogue, overridden
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.table import Kind, State
from tdome.world.schema.conditions import Weather
from tdome.world.sensors.radars import ANGLE_STEPS, RANGE_STEPS, Radars

SCANS = 4000


@pytest.fixture
def book(plan):
    off = ("clutter_height_m", "bias_range_m", "bias_azimuth_deg", "cell_range_m")
    plain = dict.fromkeys(off, 0.0) | {"error_floor": 1.0}
    truth = {"sensors": {"long-range-3d": plain, "multifunction": plain}}
    catalogue = overridden(bundled_catalogue(), truth, "test", "truth")
    return sensor_book(plan.file.sensors, catalogue, "test")


@pytest.fixture
def radars(book):
    return Radars(book, Weather(), Streams(9))


@pytest.fixture
def bodies(scenario):
    """All bodies, of which only row 0 flies: at rest, 1 m^2, where `put` says."""
    bodies = compile_bodies(scenario, Streams(3))
    bodies.rcs[:], bodies.broadside[:] = 1.0, 0.0
    bodies.start(0)
    return bodies


def put(bodies, ecef):
    first = bodies.offset[0]
    bodies.count[0] = 2
    bodies.knots[first : first + 2] = 0.0
    bodies.knots[first : first + 2, 0] = 0.0, 1e6
    bodies.knots[first : first + 2, 1:4] = ecef


def place(book, sensor, distance, elevation_deg=3.0, azimuth_deg=40.0):
    el, az = math.radians(elevation_deg), math.radians(azimuth_deg)
    enu = np.array([math.cos(el) * math.sin(az), math.cos(el) * math.cos(az), math.sin(el)])
    return book.ecef[sensor] + distance * enu @ book.axes[sensor]


def plots_of_row_0(radars, bodies, **how):
    looks = [radars.look(0, bodies, 10.0, number, **how) for number in range(SCANS)]
    return [(look, int(np.flatnonzero(look.rows == 0)[0])) for look in looks if 0 in look.rows]


def expected_pd(book, sensor, ratio):
    log_pfa = math.log(book.false_alarm[sensor])
    snr = (log_pfa / math.log(0.5) - 1.0) * ratio**-4
    return math.exp(log_pfa / (1.0 + snr))


@pytest.mark.parametrize(("ratio", "pd"), [(1.0, 0.5), (0.8, None), (0.5, None), (1.09, None)])
def test_detection_follows_the_law_and_is_one_half_at_the_reference_range(
    book, radars, bodies, ratio, pd
):
    put(bodies, place(book, 0, ratio * book.reference_range[0]))
    seen = len(plots_of_row_0(radars, bodies))
    low, high = binom.interval(0.9999, SCANS, pd or expected_pd(book, 0, ratio))
    assert low <= seen <= high


def test_weather_scales_the_range(book, bodies):
    put(bodies, place(book, 0, 0.7 * book.reference_range[0]))
    seen = len(plots_of_row_0(Radars(book, Weather(radar_range_factor=0.7), Streams(9)), bodies))
    low, high = binom.interval(0.9999, SCANS, 0.5)
    assert low <= seen <= high


def test_errors_have_the_books_spread_and_no_bias(book, radars, bodies):
    distance = 0.3 * book.reference_range[0]
    put(bodies, place(book, 0, distance, 4.0, 40.0))
    found = plots_of_row_0(radars, bodies)
    columns = ("range_m", "azimuth_rad", "elevation_rad")
    measured = np.array([[getattr(look, c)[i] for c in columns] for look, i in found])
    error = (measured - [distance, math.radians(40.0), math.radians(4.0)]) / book.sigma[0]
    n = len(error)
    assert n > 0.9 * SCANS
    assert np.abs(error.mean(axis=0)).max() < 4.5 / math.sqrt(n)
    low, high = np.array(chi2.interval(0.9999, n)) / n
    assert ((low < np.square(error).mean(axis=0)) & (np.square(error).mean(axis=0) < high)).all()
    assert np.abs(np.corrcoef(error.T) - np.eye(3)).max() < 4.5 / math.sqrt(n)


def test_limits_of_coverage(book, radars, bodies):
    for distance, elevation, seen in [
        (book.max_range[0] * 0.99, 5.0, True),
        (book.max_range[0] * 1.01, 5.0, False),
        (2e4, math.degrees(book.max_elevation[0]) - 0.1, True),
        (2e4, math.degrees(book.max_elevation[0]) + 0.1, False),
    ]:
        put(bodies, place(book, 0, distance, elevation))
        bodies.rcs[0] = 1e6
        assert any(0 in radars.look(0, bodies, 10.0, k).rows for k in range(50)) == seen


def test_low_flyers_hide_behind_the_horizon(book, radars, bodies):
    bodies.rcs[0] = 1e6
    for share, seen in [(0.98, True), (1.02, False)]:
        far = float(radio_horizon(book.height[1], 200.0)) * share
        lat, lon = destination(book.lat[1], book.lon[1], 1.0, far)
        put(bodies, geodetic_to_ecef(lat, lon, 200.0))
        looks = [radars.look(1, bodies, 10.0, k) for k in range(20)]
        assert any(0 in look.rows for look in looks) == seen


def test_plots_are_quantised_and_in_canonical_order(scenario, radars):
    bodies = compile_bodies(scenario, Streams(3))
    bodies.state[:] = State.FLYING
    for number in range(50):
        look = radars.look(0, bodies, 380.0, number)
        keys = list(zip(look.range_m, look.azimuth_rad, look.elevation_rad, strict=True))
        assert keys == sorted(keys)
        assert (look.range_m * RANGE_STEPS == np.rint(look.range_m * RANGE_STEPS)).all()
        turns = look.azimuth_rad / math.tau * ANGLE_STEPS
        assert np.abs(turns - np.rint(turns)).max() < 1e-6
        assert ((look.azimuth_rad >= 0.0) & (look.azimuth_rad < math.tau)).all()
        assert np.isfinite(look.snr_db).all()


def test_false_plots_are_poisson_and_near_the_threshold(book, radars, bodies):
    bodies.state[:] = State.WAITING
    looks = [radars.look(0, bodies, 10.0, number) for number in range(SCANS)]
    counts = np.array([len(look.rows) for look in looks])
    low, high = poisson.interval(0.9999, SCANS * book.false_plots[0])
    assert low <= counts.sum() <= high
    assert counts.var() / counts.mean() == pytest.approx(1.0, abs=0.1)
    assert all((look.rows == -1).all() and (look.address == -1).all() for look in looks)
    ranges = np.concatenate([look.range_m for look in looks]) / book.max_range[0]
    assert np.square(ranges).mean() == pytest.approx(0.5, abs=0.02)
    threshold = 10 * math.log10(-math.log(book.false_alarm[0]) - 1.0)
    snr = np.concatenate([look.snr_db for look in looks])
    assert snr.min() >= threshold - 0.01
    assert np.median(snr) < threshold + 1.0


def test_cooperative_replies(book, radars, bodies):
    put(bodies, place(book, 0, 5e4))
    bodies.address[0], bodies.reply[0], bodies.kind[0] = 77, 0.8, Kind.FRIENDLY
    found = plots_of_row_0(radars, bodies)
    answered = [look.friend[i] for look, i in found if look.address[i] == 77]
    low, high = binom.interval(0.9999, len(found), 0.8)
    assert low <= len(answered) <= high
    assert all(answered)
    assert not any(look.friend[i] for look, i in found if look.address[i] == -1)
    bodies.state[0] = State.KILLED
    bodies.ends_at[0] = 1e6
    wrecks = plots_of_row_0(radars, bodies)
    assert wrecks
    assert all(look.address[i] == -1 for look, i in wrecks)


def test_a_tasked_look_sees_its_cone_only(book, radars, bodies):
    bodies.rcs[0] = 100.0
    put(bodies, place(book, 1, 4e4, 10.0, 50.0))
    for azimuth, seen in [(50.5, True), (51.8, True), (53.0, False)]:
        toward = place(book, 1, 3e4, 10.0, azimuth)
        looks = [radars.look(1, bodies, 10.0, k, toward) for k in range(200)]
        assert any(0 in look.rows for look in looks) == seen
        assert all(set(look.rows) <= {0} for look in looks)
    away, near = place(book, 1, 3e4, 30.0, 200.0), place(book, 1, 3e4, 10.0, 50.5)
    looks = [radars.look(1, bodies, 10.0, k, np.array([away, near])) for k in range(200)]
    assert any(0 in look.rows for look in looks)
    assert all((look.rows == 0).sum() <= 1 for look in looks)


def test_luck_is_keyed_by_meaning(scenario, book):
    """Other bodies, other radars and other scans do not change what is measured of one body."""
    bodies = compile_bodies(scenario, Streams(3))
    bodies.state[:] = State.FLYING
    all_seen = Radars(book, Weather(), Streams(9)).look(0, bodies, 380.0, 4)
    row = int(all_seen.rows[all_seen.rows >= 0][0])
    bodies.state[:] = State.WAITING
    bodies.state[row] = State.FLYING
    alone = Radars(book, Weather(), Streams(9)).look(0, bodies, 380.0, 4)
    for name in ("range_m", "azimuth_rad", "elevation_rad", "snr_db"):
        both = [getattr(look, name)[look.rows == row][0] for look in (all_seen, alone)]
        assert both[0] == both[1]
