import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tdome.earth.ballistics import acceleration1, fly, height1
from tdome.earth.geodesy import destination
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.plan.books.threats import threat_book
from tdome.plan.catalogue import bundled_catalogue
from tdome.world.bodies.ballistic import (
    KNOT_TOLERANCE,
    Aim,
    ballistic_path,
    burnout,
    free_flight,
    solve_launch,
)
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.table import state1
from tdome.world.scenario import read_scenario

CLASSES = ("rocket", "heavy-rocket", "srbm", "mrbm")
LAT, LON = math.radians(24.8), math.radians(121.0)


def aim_of(name, bearing_deg=300.0):
    book = threat_book([name], bundled_catalogue(), "test")
    lat, lon = destination(LAT, LON, math.radians(bearing_deg), book.range[0])
    angle, altitude = book.flight_path_angle[0], book.burnout_altitude[0]
    return Aim(float(lat), float(lon), LAT, LON, angle, altitude, 1.0 / book.beta[0]), book


def dop853(state, inv_beta):
    """The same law, integrated by SciPy to the ground: the solution, dense."""

    def law(_, y):
        return np.concatenate([y[3:], acceleration1(*y, inv_beta)])

    def ground(_, y):
        return height1(y[0], y[1], y[2])

    ground.terminal, ground.direction = True, -1.0
    return solve_ivp(
        law, (0, 4000), state, "DOP853", rtol=1e-10, atol=1e-6, events=ground, dense_output=True
    )


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("bearing", [0.0, 110.0, 300.0])
def test_launch_comes_down_at_the_aim_point(name, bearing):
    aim, book = aim_of(name, bearing)
    solution = solve_launch(aim)
    state, _ = burnout(aim, solution.speed, solution.azimuth)
    end = dop853(state, aim.inv_beta).y[:3, -1]
    assert np.linalg.norm(end - geodetic_to_ecef(LAT, LON, 0.0)) < 50.0
    assert 0.7 * book.speed_range[0, 0] < solution.speed < 1.3 * book.speed_range[0, 1]


@pytest.mark.parametrize("name", CLASSES)
def test_sampled_path_follows_the_law(name):
    aim, _ = aim_of(name)
    solution = solve_launch(aim)
    knots = ballistic_path(aim, solution, 100.0)
    state, boost = burnout(aim, solution.speed, solution.azimuth)
    truth = dop853(state, aim.inv_beta)
    times = np.linspace(0.0, truth.t[-1] - 0.05, 1500)
    sample, worst, fastest = np.empty(6), 0.0, 0.0
    for t, exact in zip(times, truth.sol(times).T, strict=True):
        state1(knots, 0, len(knots), 100.0 + boost + t, sample)
        worst = max(worst, np.linalg.norm(sample[:3] - exact[:3]))
        fastest = max(fastest, np.linalg.norm(sample[3:] - exact[3:]))
    assert worst < 5.0
    assert fastest < 10.0
    assert np.diff(knots[:, 0]).max() < max(4.01, boost + 0.01)


def test_boost_is_from_rest_and_straight():
    aim, _ = aim_of("srbm")
    solution = solve_launch(aim)
    knots = ballistic_path(aim, solution, 0.0)
    state, boost = burnout(aim, solution.speed, solution.azimuth)
    half = np.empty(6)
    state1(knots, 0, len(knots), boost / 2, half)
    start = geodetic_to_ecef(aim.from_lat, aim.from_lon, 0.0)
    assert np.allclose(half[:3], start + (state[:3] - start) / 4, atol=1e-5)
    assert np.allclose(half[3:], state[3:] / 2)


def test_thinning_keeps_to_its_tolerance_for_light_debris():
    aim, _ = aim_of("srbm")
    state, _ = burnout(aim, 1800.0, 2.0)
    table = np.empty((20_000, 7))
    rows = fly(state, 1.0 / 80.0, 0.1, table)
    knots = free_flight(state, 1.0 / 80.0, 0.0, 0.1)
    sample = np.empty(6)
    off = []
    for row in table[:rows]:
        state1(knots, 0, len(knots), row[0], sample)
        off.append(np.linalg.norm(sample[:3] - row[1:4]))
    assert max(off) <= KNOT_TOLERANCE
    assert len(knots) < rows / 4


def test_out_of_reach_is_told(scenario_text):
    far = scenario_text.replace("launch_lon_deg = 118.5", "launch_lon_deg = 100.5")
    scenario = read_scenario(far, "scenario.toml")
    with pytest.raises(ConfigError, match=r"raid 'first'.*srbm can not fly 20\d\d km") as fault:
        compile_bodies(scenario, Streams(1))
    assert fault.value.key == "raids[0].salvos[0]"
