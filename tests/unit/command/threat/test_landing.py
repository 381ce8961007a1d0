"""Impact prediction in long steps: against DOP853, finite differences and chance."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tdome.command.threat.landing.flight import MOST_STEPS, descend, descend1
from tdome.command.threat.landing.prediction import COLUMNS, predict_landings, trace_back
from tdome.earth.atmosphere import density1
from tdome.earth.falling import air1, height1
from tdome.earth.wgs84 import (
    J2,
    MU,
    OMEGA,
    A,
    ecef_to_geodetic,
    ecef_to_geodetic1,
    enu_axes,
    geodetic_to_ecef,
)
from tdome.plan.books.unrest import Unrest

UNREST = Unrest().columns()
STILL = Unrest(free=0.0, air_sigma=0.0, shape_sigma=0.0, wind_sigma=0.0, trim_share=0.0).columns()
# Speed m/s, angle, height m at burn-out, beta: 40, 70, 200, 300, 560 and 1,000 km or so.
FLIGHTS = [
    (1_050.0, 45.0, 1e3, 10_000.0),
    (800.0, 52.0, 1e3, 2_000.0),
    (1_500.0, 40.0, 12e3, 15_000.0),
    (1_800.0, 38.0, 25e3, 7_000.0),
    (2_300.0, 38.0, 25e3, 12_000.0),
    (2_750.0, 36.0, 70e3, 10_000.0),
    (2_900.0, 24.0, 40e3, 12_000.0),
    (2_750.0, 40.0, 70e3, 1_500.0),
]


def start(speed, angle, height, course=1.0, lat=0.42, lon=2.1):
    place = geodetic_to_ecef(lat, lon, height).reshape(3)
    level, climb = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    local = np.array([level * math.sin(course), level * math.cos(course), climb])
    return np.concatenate([place, speed * local @ enu_axes(lat, lon)])


def law(_t, y, inv_beta):
    """Own writing in inertial axes, with the exact atmosphere."""
    r = math.sqrt(y[0] ** 2 + y[1] ** 2 + y[2] ** 2)
    k, z2 = 1.5 * J2 * (A / r) ** 2, 5.0 * (y[2] / r) ** 2
    g = -MU / r**3 * y[:3] * (1.0 + k * (np.array([1.0, 1.0, 3.0]) - z2))
    w = y[3:] - np.array([-OMEGA * y[1], OMEGA * y[0], 0.0])
    drag = 0.5 * density1(ecef_to_geodetic1(y[0], y[1], y[2])[2]) * inv_beta
    return np.concatenate([y[3:], g - drag * math.sqrt(w @ w) * w])


def landing(state, inv_beta):
    y0 = state.copy()
    y0[3], y0[4] = state[3] - OMEGA * state[1], state[4] + OMEGA * state[0]

    def ground(_t, y, _b):
        return ecef_to_geodetic1(y[0], y[1], y[2])[2]

    ground.terminal, ground.direction = True, -1
    flown = solve_ivp(
        law, (0.0, 3e3), y0, "DOP853", events=ground, rtol=1e-8, atol=1e-3, args=(inv_beta,)
    )
    t, y = flown.t_events[0][0], flown.y_events[0][0]
    c, s = math.cos(OMEGA * t), math.sin(OMEGA * t)
    return t, np.array([c * y[0] + s * y[1], c * y[1] - s * y[0], y[2]])


def predict(state, covariance, powered=0.0, unrest=STILL, burn=0.0):
    out = np.zeros((1, COLUMNS))
    rows = np.array([0])
    predict_landings(rows, state[None], covariance[None], np.array([powered]), burn, unrest, out)
    return out[0]


def full(state, inv_beta, thrust=0.0):
    return np.concatenate([state, [math.log(inv_beta), thrust]])


@pytest.mark.parametrize(("speed", "angle", "height", "beta"), FLIGHTS)
def test_point_is_within_50_m_of_dop853(speed, angle, height, beta):
    for course in (0.3, 4.0):
        state = start(speed, angle, height, course)
        path = np.empty((MOST_STEPS + 1, 7))
        count, time = descend1(state, 1.0 / beta, path)
        t, point = landing(state, 1.0 / beta)
        assert np.linalg.norm(path[count - 1, 1:4] - point) < 50.0
        assert abs(time - t) < 0.02
        assert count < 90


def test_table_of_air_and_height_are_those_of_the_exact_ones():
    for h in np.linspace(-500.0, 140e3, 1_777):
        rho, slope = air1(h)
        assert abs(rho / density1(h) - 1.0) < 4e-4
        assert slope < 0.0
        r = geodetic_to_ecef(0.7, 1.0, h).reshape(3)
        assert abs(height1(r[2], float(np.linalg.norm(r))) - h) < 0.5
    assert air1(150e3) == (0.0, 0.0)


def test_a_body_on_the_ground_lands_at_once_and_one_that_escapes_does_not():
    lying = start(100.0, -40.0, -1.0)
    out = np.zeros((2, 7))
    descend(np.arange(2), np.array([lying, start(12_000.0, 60.0, 1e5)]), np.full(2, 1e-4), out)
    assert out[0, 0] == 0.0
    assert np.isnan(out[1]).all()
    assert np.isnan(predict(full(start(12_000.0, 60.0, 1e5), 1e-4), np.eye(8))).all()


@pytest.mark.parametrize(("speed", "angle", "height", "beta"), FLIGHTS[::2])
def test_derivatives_match_finite_differences_of_dop853(speed, angle, height, beta):
    state = full(start(speed, angle, height), 1.0 / beta)
    middle = predict(state, np.zeros((8, 8)))
    axes = enu_axes(middle[0], middle[1])
    nudge = np.array([50.0] * 3 + [0.5] * 3 + [0.01])
    for k in range(7):
        shift = []
        for sign in (1.0, -1.0):
            moved = state.copy()
            moved[k] += sign * nudge[k]
            t, point = landing(moved[:6], math.exp(moved[6]))
            shift.append(np.append(axes[:2] @ (point - geodetic_to_ecef(*middle[:2], 0.0)), t))
        slope = (shift[0] - shift[1]) / (2.0 * nudge[k])
        covariance = np.zeros((8, 8))
        covariance[k, k] = nudge[k] ** 2
        ee, en, nn, time = predict(state, covariance)[3:]
        ground = 20.0**2
        wanted = np.array([slope[0] ** 2, slope[0] * slope[1], slope[1] ** 2]) * nudge[k] ** 2
        got = np.array([ee - ground, en, nn - ground])
        assert np.abs(got - wanted).max() < 0.12 * np.abs(wanted).max() + 4.0
        assert time == pytest.approx(abs(slope[2]) * nudge[k], rel=0.06, abs=0.02)


def test_noise_on_the_way_is_that_of_random_flights():
    """Kicks drawn along the flight spread the landings as the adjoint says."""
    state, inv_beta, push = start(1_500.0, 40.0, 12e3), 1.0 / 15_000.0, 4.0
    unrest = STILL.copy()
    unrest[0] = push
    path = np.empty((MOST_STEPS + 1, 7))
    count, _ = descend1(state, inv_beta, path)
    out = predict(full(state, inv_beta), np.zeros((8, 8)), unrest=unrest)
    axes = enu_axes(out[0], out[1])
    rng = np.random.default_rng(5)
    ends = []
    body, end = np.empty(6), np.empty((1, 7))
    for _ in range(400):
        off = np.zeros(2)
        for row in range(count - 1):
            dt = path[row + 1, 0] - path[row, 0]
            body[:] = path[row, 1:]
            body[3:] += math.sqrt(push * dt) * rng.standard_normal(3)
            body[:3] -= 0.5 * dt * (body[3:] - path[row, 4:])  # a kick in the middle of the step
            descend1(body, inv_beta, end)
            off += axes[:2] @ (end[0, 1:4] - path[count - 1, 1:4])
        ends.append(off)
    spread = np.cov(np.array(ends).T)
    assert spread[0, 0] == pytest.approx(out[3], rel=0.25)
    assert spread[1, 1] == pytest.approx(out[5], rel=0.25)


def test_a_motor_that_still_burns_moves_the_point_and_widens_the_ellipse():
    state = full(start(1_500.0, 40.0, 12e3), 1.0 / 15_000.0, thrust=30.0)
    out = predict(state, np.zeros((8, 8)))
    burning = predict(state, np.zeros((8, 8)), powered=1.0, burn=2.0)
    point = geodetic_to_ecef(*burning[:2], 0.0) - geodetic_to_ecef(*out[:2], 0.0)
    faster = state.copy()
    faster[3:6] *= 1.0 + 60.0 / np.linalg.norm(state[3:6])
    further = geodetic_to_ecef(*predict(faster, np.zeros((8, 8)))[:2], 0.0)
    further = further - geodetic_to_ecef(*out[:2], 0.0)
    assert np.linalg.norm(point - further) < 0.1 * np.linalg.norm(further)
    # An exponential time spreads as much as its mean.
    widened = math.sqrt(burning[3] + burning[5] - 800.0)
    assert widened == pytest.approx(np.linalg.norm(point), rel=0.02)


def test_covariances_are_positive_and_the_same_every_time():
    rng = np.random.default_rng(3)
    for speed, angle, height, beta in FLIGHTS:
        root = rng.standard_normal((8, 8)) * np.array([300.0] * 3 + [20.0] * 3 + [0.3, 0.0])
        state = full(start(speed, angle, height), 1.0 / beta)
        out = predict(state, root.T @ root, unrest=UNREST)
        assert out[3] * out[5] > out[4] ** 2
        assert out[6] > 0.0
        again = predict(state, root.T @ root, unrest=UNREST)
        assert out.tobytes() == again.tobytes()


def test_adjoint_over_no_time_changes_nothing():
    path = np.zeros((3, 7))
    path[:, 1:] = start(1_500.0, 40.0, 12e3)
    rows, noise = np.arange(24.0).reshape(3, 8), np.zeros((3, 3))
    trace_back(path, 3, 1e-4, UNREST, rows, noise)
    assert np.array_equal(rows, np.arange(24.0).reshape(3, 8))
    assert not noise.any()
    assert ecef_to_geodetic(path[0, 1:4])[2] == pytest.approx(12e3)
