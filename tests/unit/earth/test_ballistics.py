"""Flight against an independent integration: inertial axes, SciPy's DOP853, full height."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tdome.earth import ballistics, wgs84
from tdome.earth.atmosphere import density1
from tdome.earth.wgs84 import Floats

SPIN = np.array([0.0, 0.0, wgs84.OMEGA])


def start(height: float, azimuth: float, elevation: float, speed: float) -> Floats:
    """State near Taiwan, velocity relative to the ground (deg, m, m/s)."""
    lat, lon = math.radians(24.0), math.radians(119.0)
    polar = np.array([speed, math.radians(azimuth), math.radians(elevation)])
    velocity = wgs84.enu_to_ecef(wgs84.polar_to_enu(polar), np.zeros(3), wgs84.enu_axes(lat, lon))
    return np.concatenate([wgs84.geodetic_to_ecef(lat, lon, height), velocity])


def inertial(state: Floats) -> Floats:
    """Velocity in axes that do not turn but coincide with ECEF now."""
    return state[3:] + np.cross(SPIN, state[:3])


def reference_impact(state: Floats, inv_beta: float) -> tuple[float, Floats]:
    def slope(_: float, s: Floats) -> Floats:
        r, v = s[:3], s[3:]
        radius = np.linalg.norm(r)
        oblate = 1.5 * wgs84.J2 * (wgs84.A / radius) ** 2
        turned = 5.0 * (r[2] / radius) ** 2
        gravity = -wgs84.MU / radius**3 * r * (1.0 + oblate * (np.array([1, 1, 3]) - turned))
        wind = v - np.cross(SPIN, r)
        rho = density1(wgs84.ecef_to_geodetic1(*r)[2])
        return np.concatenate([v, gravity - 0.5 * inv_beta * rho * np.linalg.norm(wind) * wind])

    def ground(_: float, s: Floats) -> float:
        return wgs84.ecef_to_geodetic1(*s[:3])[2]

    ground.terminal = True  # type: ignore[attr-defined]
    ground.direction = -1  # type: ignore[attr-defined]
    s0 = np.concatenate([state[:3], inertial(state)])
    path = solve_ivp(
        slope, (0.0, 3000.0), s0, method="DOP853", rtol=1e-11, atol=1e-6, events=ground, max_step=2
    )
    t = path.t_events[0][0]
    x, y, z = path.y_events[0][0][:3]
    c, s = math.cos(wgs84.OMEGA * t), math.sin(wgs84.OMEGA * t)
    return t, np.array([c * x + s * y, c * y - s * x, z])


FLIGHTS = {
    "rocket, 26 km": (start(1.0, 40.0, 45.0, 1400.0), 1 / 5000),
    "290 km": (start(25e3, 120.0, 43.0, 1650.0), 1 / 5000),
    "190 km, light": (start(25e3, 120.0, 43.0, 1650.0), 1 / 800),
    "1000 km": (start(60e3, 290.0, 41.0, 2950.0), 1 / 6000),
    "1000 km, light": (start(60e3, 110.0, 41.0, 2950.0), 1 / 1000),
    "1200 km, lofted": (start(60e3, 290.0, 69.0, 4000.0), 1 / 8000),
    "debris": (start(1.0, 290.0, 41.0, 1500.0), 1 / 100),
}


@pytest.mark.parametrize("name", FLIGHTS)
def test_impact_agrees_with_dop853_in_inertial_axes(name: str) -> None:
    state, inv_beta = FLIGHTS[name]
    before = state.copy()
    t, place = reference_impact(state, inv_beta)
    for dt, allowed in ((0.25, 0.05), (0.5, 0.4), (1.0, 0.4)):
        time, *where = ballistics.impact1(state, inv_beta, dt, 3000.0)
        assert np.linalg.norm(place - where) < allowed
        assert time == pytest.approx(t, abs=1e-3)
    table = np.empty((1200, 7))
    rows = ballistics.fly(state, inv_beta, 1.0, table)
    assert np.linalg.norm(table[rows - 1, 1:4] - place) < 0.1
    assert table[rows - 1, 0] == pytest.approx(t, abs=1e-3)
    assert np.array_equal(state, before)


def test_table_has_equal_steps_and_ends_on_the_ground() -> None:
    state = start(25e3, 120.0, 43.0, 1650.0)
    table = np.full((400, 7), -1.0)
    rows = ballistics.fly(state, 1 / 3000, 2.0, table)
    assert np.array_equal(table[0, 1:], state)
    assert np.array_equal(table[: rows - 1, 0], 2.0 * np.arange(rows - 1))
    assert 0.0 < table[rows - 1, 0] - table[rows - 2, 0] <= 2.0
    _, _, height = wgs84.ecef_to_geodetic(table[:rows, 1:4])
    assert np.all(height[:-1] > 0.0)
    assert height[-1] == pytest.approx(0.0, abs=2e-4)
    assert np.all(table[rows:] == -1.0)


def test_spacing_of_the_table_does_not_set_its_accuracy() -> None:
    state = start(60e3, 290.0, 41.0, 2950.0)
    fine, coarse = np.empty((4000, 7)), np.empty((100, 7))
    a = ballistics.fly(state, 1 / 6000, 0.25, fine)
    b = ballistics.fly(state, 1 / 6000, 10.0, coarse)
    assert fine[a - 1, 1:4] == pytest.approx(coarse[b - 1, 1:4], abs=0.5)


def test_a_full_table_says_so() -> None:
    table = np.empty((10, 7))
    assert ballistics.fly(start(60e3, 0.0, 41.0, 2950.0), 0.0, 1.0, table) == 10
    assert table[9, 0] == 9.0


def test_not_down_in_time_is_nan() -> None:
    state = start(60e3, 290.0, 41.0, 2950.0)
    t, *place = ballistics.impact1(state, 1 / 6000, 0.25, 100.0)
    assert math.isnan(t)
    table = np.empty((101, 7))
    ballistics.fly(state, 1 / 6000, 1.0, table)
    assert table[100, 1:4] == pytest.approx(place, abs=0.01)


@pytest.mark.parametrize("height", [0.0, -50.0])
def test_on_the_ground_is_down_at_once_unless_it_climbs(height: float) -> None:
    falling = start(height, 0.0, -30.0, 200.0)
    table = np.empty((50, 7))
    assert ballistics.impact1(falling, 1e-3, 0.25, 60.0) == (0.0, *falling[:3])
    assert ballistics.fly(falling, 1e-3, 1.0, table) == 1
    climbing = start(height, 0.0, 60.0, 300.0)
    t, *place = ballistics.impact1(climbing, 1e-3, 0.25, 60.0)
    assert 20.0 < t < 60.0
    assert wgs84.ecef_to_geodetic1(*place)[2] == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("climb", [0.0, 1.0, 4.0])
def test_a_hop_within_one_step_ends_on_the_ground(climb: float) -> None:
    t, *place = ballistics.impact1(start(0.3, 0.0, 90.0, climb), 0.0, 1.0, 60.0)
    assert wgs84.ecef_to_geodetic1(*place)[2] == pytest.approx(0.0, abs=2e-4)
    assert t == pytest.approx((climb + math.sqrt(climb**2 + 2.0 * 9.7889 * 0.3)) / 9.7889, rel=1e-3)


def test_a_short_throw_is_the_schoolbook_parabola() -> None:
    # To the north, because to the east the Earth's turn lengthens it by 0.1 %.
    t, *place = ballistics.impact1(start(0.0, 0.0, 45.0, 100.0), 0.0, 0.25, 60.0)
    felt = 9.7889  # normal gravity at 24 degrees north
    assert t == pytest.approx(2.0 * 100.0 * math.sin(math.pi / 4) / felt, rel=3e-4)
    origin = start(0.0, 0.0, 0.0, 0.0)[:3]
    assert np.linalg.norm(place - origin) == pytest.approx(100.0**2 / felt, rel=3e-4)


def test_a_shot_to_the_north_is_turned_to_the_right() -> None:
    state = start(60e3, 0.0, 41.0, 2000.0)
    _, *place = ballistics.impact1(state, 0.0, 0.25, 3000.0)
    axes = wgs84.enu_axes(math.radians(24.0), math.radians(119.0))
    assert wgs84.ecef_to_enu(np.array(place), state[:3], axes)[0] > 1000.0


def test_what_is_conserved_without_air_is_conserved() -> None:
    state = start(70e3, 250.0, 45.0, 3500.0)
    table = np.empty((700, 7))
    rows = ballistics.fly(state, 0.0, 1.0, table)
    assert rows > 500
    r, v = table[:rows, 1:4], table[:rows, 4:]
    radius = np.linalg.norm(r, axis=1)
    legendre = 0.5 * (3.0 * (r[:, 2] / radius) ** 2 - 1.0)
    potential = wgs84.MU / radius * (1.0 - wgs84.J2 * (wgs84.A / radius) ** 2 * legendre)
    still = v + np.cross(SPIN, r)
    spin = wgs84.OMEGA**2 * (r[:, 0] ** 2 + r[:, 1] ** 2)
    energy = 0.5 * np.sum(still**2, axis=1) - potential
    jacobi = 0.5 * np.sum(v**2, axis=1) - potential - 0.5 * spin
    momentum = r[:, 0] * still[:, 1] - r[:, 1] * still[:, 0]
    for constant in (energy, jacobi, momentum):
        assert np.ptp(constant) < 1e-9 * abs(constant[0])


def test_drag_is_along_the_relative_wind_and_as_large_as_stated() -> None:
    state = start(10e3, 30.0, 20.0, 600.0)
    with_air = np.array(ballistics.acceleration1(*state, 1e-3))
    without = np.array(ballistics.acceleration1(*state, 0.0))
    expected = -0.5 * 0.41351 * 600.0 * state[3:] * 1e-3  # density from US76 table I
    assert with_air - without == pytest.approx(expected, rel=1e-4)


def test_a_body_at_rest_on_the_ground_feels_normal_gravity() -> None:
    state = start(0.0, 0.0, 0.0, 0.0)
    felt = np.linalg.norm(ballistics.acceleration1(*state, 1e-3))
    somigliana = 9.7803253359 * (1.0 + 1.931852652e-3 * math.sin(math.radians(24.0)) ** 2)
    somigliana /= math.sqrt(1.0 - wgs84.E2 * math.sin(math.radians(24.0)) ** 2)
    assert felt == pytest.approx(somigliana, abs=1e-4)


def test_a_step_is_of_fourth_order() -> None:
    def error(dt: float) -> float:
        state = start(20e3, 100.0, -10.0, 1500.0)
        for _ in range(round(8.0 / dt)):
            ballistics.rk4_step(state, dt, 1 / 2000)
        return float(np.linalg.norm(state[:3] - exact[:3]))

    exact = start(20e3, 100.0, -10.0, 1500.0)
    for _ in range(512):
        ballistics.rk4_step(exact, 1 / 64, 1 / 2000)
    assert error(2.0) / error(1.0) == pytest.approx(16.0, rel=0.25)


@pytest.mark.parametrize(
    ("height", "allowed"), [(-1e4, 1e-3), (0.0, 1e-8), (1e4, 1e-3), (1e5, 1e-2), (1e6, 1.0)]
)
def test_height_is_as_near_as_it_claims(height: float, allowed: float) -> None:
    for lat in np.linspace(-np.pi / 2, np.pi / 2, 361):
        point = wgs84.geodetic_to_ecef(lat, 0.3, height)
        assert ballistics.height1(*point) == pytest.approx(height, abs=allowed)


def test_nothing_known_gives_nothing_known() -> None:
    assert math.isnan(ballistics.impact1(np.full(6, np.nan), 1e-3, 0.25, 60.0)[0])
