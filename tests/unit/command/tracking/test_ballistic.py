"""The ballistic filters: derivatives, consistency of the matched model, covariances, modes."""

import math

import numpy as np
import pytest
from scipy.stats import chi2

from tdome.command.tracking.ballistic.columns import (
    predict_tracks,
    report_tracks,
    start_tracks,
    update_tracks,
)
from tdome.command.tracking.ballistic.measurement import UPDATE_WORK, expect1, update1
from tdome.command.tracking.ballistic.modes import chain
from tdome.command.tracking.ballistic.motion import predict1, scratch, transition
from tdome.command.tracking.ballistic.settings import BOOST, FALL, BallisticSettings, parts
from tdome.earth.falling import acceleration1, gradient1, leap1, unrest1
from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef

SETTINGS = BallisticSettings().columns()
ORIGIN = geodetic_to_ecef(0.42, 2.11, 20.0).reshape(3)
AXES = enu_axes(0.42, 2.11)
SIGMA = np.array([10.0, 1e-3, 1e-3, np.nan])
BIAS = np.array([5.0, 3e-4, 3e-4])


def body(height=40e3, speed=1_500.0, climb=-0.4, inv_beta=1.0 / 5_000.0, thrust=0.0):
    lat, lon = 0.43, 2.12
    level = math.sqrt(1.0 - climb * climb)
    local = np.array([-0.6 * level, -0.8 * level, climb])
    velocity = speed * local @ enu_axes(lat, lon)
    place = geodetic_to_ecef(lat, lon, height).reshape(3)
    return np.concatenate([place, velocity, [math.log(inv_beta), thrust]])


def measured(x, rng, sigma=SIGMA):
    expected, rows = np.empty(4), np.empty((4, 8))
    assert expect1(x, ORIGIN, AXES, expected, rows)
    expected[:3] += sigma[:3] * rng.standard_normal(3)
    expected[3] = np.nan
    return expected


@pytest.mark.parametrize("height", [3e3, 20e3, 60e3, 200e3])
@pytest.mark.parametrize("thrust", [0.0, 35.0])
def test_derivatives_of_the_acceleration(height, thrust):
    x = body(height, thrust=thrust)
    analytic = np.empty((3, 8))
    gradient1(x, math.exp(x[6]), thrust, analytic)
    nudge = np.array([10.0] * 3 + [0.1] * 3 + [1e-4, 1e-2])
    for k in range(8):
        after, before = x.copy(), x.copy()
        after[k] += nudge[k]
        before[k] -= nudge[k]
        slope = (_pull(after) - _pull(before)) / (2.0 * nudge[k])
        # The table's slope jumps from row to row by up to 1.5 %.
        assert np.abs(slope - analytic[:, k]).max() < 0.015 * np.abs(analytic).max(axis=0)[k] + 1e-8


def _pull(x):
    return np.array(acceleration1(*x[:6], math.exp(x[6]), x[7]))


@pytest.mark.parametrize("height", [10e3, 150e3])
def test_transition_is_the_derivative_of_the_flight(height):
    x, dt = body(height, thrust=20.0), 0.5
    f, middle = np.empty((6, 8)), x.copy()
    leap1(middle, 0.5 * dt, math.exp(x[6]), x[7])
    transition(middle, dt, math.exp(x[6]), x[7], np.empty((3, 8)), f)
    nudge = np.array([10.0] * 3 + [0.1] * 3 + [1e-3, 1e-2])
    for k in range(8):
        ends = []
        for sign in (1.0, -1.0):
            moved = x.copy()
            moved[k] += sign * nudge[k]
            leap1(moved, dt, math.exp(moved[6]), moved[7])
            ends.append(moved[:6])
        slope = (ends[0] - ends[1]) / (2.0 * nudge[k])
        scale = np.array([np.abs(slope[:3]).max()] * 3 + [np.abs(slope[3:]).max()] * 3)
        assert np.all(np.abs(slope - f[:, k]) < 0.02 * scale + 1e-6)


def test_derivatives_of_the_measurement():
    x, rows, expected = body(), np.empty((4, 8)), np.empty(4)
    expect1(x, ORIGIN, AXES, expected, rows)
    for k in range(6):
        ends = []
        for sign in (1.0, -1.0):
            moved, at, scrap = x.copy(), np.empty(4), np.empty((4, 8))
            moved[k] += sign * 0.5
            expect1(moved, ORIGIN, AXES, at, scrap)
            ends.append(at)
        assert ends[0] - ends[1] == pytest.approx(rows[:, k], rel=1e-5, abs=1e-12)


def test_update_is_the_joint_kalman_update():
    rng = np.random.default_rng(0)
    n = parts(1)
    root = rng.standard_normal((n, n)) * np.array([300.0] * 3 + [30.0] * 3 + [0.4, 5.0, *BIAS])
    p = root.T @ root / n
    x = np.concatenate([body(), BIAS])
    z = measured(x[:8], rng)
    h, expected = np.zeros((4, n)), np.empty(4)
    expect1(x, ORIGIN, AXES, expected, h)
    h[0, 8] = h[1, 9] = h[2, 10] = 1.0
    h[:, 6:8] = 0.0
    h, r = h[:3], np.diag(SIGMA[:3] ** 2)
    nu = z[:3] - expected[:3] - BIAS
    s = h @ p @ h.T + r
    gain = p @ h.T @ np.linalg.inv(s)
    log = -0.5 * (nu @ np.linalg.solve(s, nu) + np.log(np.linalg.det(2.0 * np.pi * s)))
    after, q = x.copy(), p.copy()
    nis, said, used = update1(after, q, z, ORIGIN, AXES, SIGMA, 0, np.empty((UPDATE_WORK, n)))
    assert used == 3
    assert nis == pytest.approx(nu @ np.linalg.solve(s, nu), rel=1e-6)
    assert said == pytest.approx(log, rel=1e-8)
    assert after == pytest.approx(x + gain @ nu, rel=1e-9, abs=1e-6)
    assert q == pytest.approx(p - gain @ s @ gain.T, rel=1e-6, abs=1e-6)


def test_missing_components_are_left_out():
    x, p = body(), np.diag(np.array([100.0] * 3 + [10.0] * 3 + [0.3, 5.0]) ** 2)
    z = measured(x, np.random.default_rng(1))
    z[2] = np.nan
    work = np.empty((UPDATE_WORK, 8))
    before = AXES[2] @ p[:3, :3] @ AXES[2]
    *_, used = update1(x, p, z, ORIGIN, AXES, SIGMA, -1, work)
    assert used == 2
    assert np.all(np.linalg.eigvalsh(p) > 0.0)
    assert AXES[2] @ p[:3, :3] @ AXES[2] > 0.3 * before
    z[:] = np.nan
    assert update1(x, p, z, ORIGIN, AXES, SIGMA, -1, work) == (0.0, 0.0, 0)


def noisy_flight(rng, settings, count, dt):
    """States at the plots of a body that obeys the filter's own law, noise included."""
    inv_beta = math.exp(settings[8] + settings[9] * rng.standard_normal())
    x = body(60e3, 1_800.0, -0.3, inv_beta)
    states = [x.copy()]
    for _ in range(count - 1):
        for _ in range(8):
            step = dt / 8
            push, drag = unrest1(x, math.exp(x[6]), settings)
            leap1(x, step, math.exp(x[6]), 0.0)
            kick = rng.standard_normal((2, 3)) * math.sqrt(push * step)
            x[3:6] += kick[0]
            x[:3] += 0.5 * step * (kick[0] + kick[1] / math.sqrt(3.0))
            x[6] += math.sqrt(drag * step) * rng.standard_normal()
        states.append(x.copy())
    return states


def run(rng, settings, states, dt, boosting=0.0, shape=0.0):
    """Track one flight with a biased sensor; yield (x, p, weight) after the start and each plot."""
    n, used = parts(1), 4
    bias = BIAS * rng.standard_normal(3)
    z = np.array([measured(x, rng) for x in states])
    z[:, :3] += bias
    k = len(states)
    at, sigma, zero = dt * np.arange(k), np.tile(SIGMA, (k, 1)), np.zeros(k, np.int32)
    x, p, weight = np.zeros((1, 2, n)), np.zeros((1, 2, n, n)), np.zeros((1, 2))
    evidence, good, fit = np.zeros((1, 2)), np.zeros(1, np.int32), np.empty((1, 2))
    first = np.array([0, used])
    sites = ORIGIN[None], AXES[None]
    start_tracks(
        first, at, z, sigma, zero, *sites, zero, BIAS, boosting, settings, x, p, weight, good
    )
    assert good[0] == 1
    yield x, p, weight
    for i in range(used, k):
        predict_tracks(x, p, weight, np.array([dt]), settings)
        one = slice(i, i + 1)
        update_tracks(
            zero[:1], z[one], sigma[one], zero[:1], *sites, zero[:1], shape,
            x, p, weight, evidence, fit,
        )  # fmt: skip
        yield x, p, weight


def test_errors_are_as_large_as_believed_where_the_model_is_matched():
    """Bar 5: NEES of position, velocity and drag within its 95 % bounds, early and late."""
    settings = BallisticSettings(drag_sigma=0.3).columns()
    runs, nees = 150, {0: [], 10: [], 26: []}
    for k in range(runs):
        rng = np.random.default_rng([7, k])
        states = noisy_flight(rng, settings, 30, 1.0)
        for i, (x, p, _) in enumerate(run(rng, settings, states, 1.0)):
            if i in nees:
                error = x[0, FALL, :7] - states[i + 3][:7]
                nees[i].append(error @ np.linalg.solve(p[0, FALL, :7, :7], error))
    low, high = chi2.ppf([0.025, 0.975], 7 * runs) / runs
    for values in nees.values():
        assert low < np.mean(values) < high


def test_covariances_stay_positive_and_symmetric_and_nothing_is_left_to_chance():
    settings = BallisticSettings().columns()
    said = []
    for _ in range(2):
        rng = np.random.default_rng(9)
        states = noisy_flight(rng, settings, 45, 1.0)
        last = None
        for x, p, weight in run(rng, settings, states, 1.0, boosting=0.3, shape=20.0):
            for mode in (FALL, BOOST):
                assert np.array_equal(p[0, mode], p[0, mode].T)
                assert np.linalg.eigvalsh(p[0, mode] / _scale(p[0, mode])).min() > 0.0
            assert weight.sum() == pytest.approx(1.0)
            last = x.tobytes() + p.tobytes()
        said.append(last)
    assert said[0] == said[1]


def _scale(p):
    sigma = np.sqrt(np.diag(p))
    return np.outer(sigma, sigma)


def powered_flight(rng, burn, count, dt):
    """A climb under 40 m/s^2 for ``burn`` s, and then no more."""
    x = body(8e3, 500.0, 0.75, 1.0 / 9_000.0, 40.0)
    states = [x.copy()]
    for i in range(count - 1):
        left = min(max(burn - i * dt, 0.0), dt)
        for part, thrust in ((left, 40.0), (dt - left, 0.0)):
            steps = max(int(part / 0.25), 1)
            for _ in range(steps):
                leap1(x, part / steps, math.exp(x[6]), thrust)
        states.append(x.copy())
    return states, rng


def test_modes_tell_thrust_from_fall_and_see_burnout():
    settings = BallisticSettings().columns()
    states, rng = powered_flight(np.random.default_rng(2), 30.0, 70, 1.0)
    powered = [w[0, BOOST] for _, _, w in run(rng, settings, states, 1.0, boosting=0.5)]
    assert np.mean(powered[8:26]) > 0.9  # plots 11 to 29
    assert max(powered[36:]) < 0.1  # from 10 s after burn-out
    thrust = [x[0, BOOST, 7] for x, _, _ in run(rng, settings, states, 1.0, boosting=0.5)]
    assert thrust[24] == pytest.approx(40.0, abs=6.0)


def test_chain_of_modes_keeps_probability():
    moved = np.empty((2, 2))
    for dt in (0.1, 5.0, 1e4):
        chain(np.array([0.3, 0.7]), dt, SETTINGS, moved)
        assert moved.sum() == pytest.approx(1.0)
        assert np.all(moved > 0.0)
    on, off = 1.0 / SETTINGS[14], 1.0 / SETTINGS[15]
    chain(np.array([0.3, 0.7]), 1e6, SETTINGS, moved)
    assert moved[:, FALL].sum() == pytest.approx(on / (on + off))


def test_bad_starts_are_refused():
    n = parts(0)
    x, p, weight = np.zeros((3, 2, n)), np.zeros((3, 2, n, n)), np.zeros((3, 2))
    good = np.ones(3, np.int32)
    z = measured(body(), np.random.default_rng(0))
    z = np.tile(z, (5, 1))
    z[3, 2] = np.nan
    # One plot; two at the same time; one without an elevation.
    start_tracks(
        np.array([0, 1, 3, 5]), np.array([0.0, 1.0, 1.0, 0.0, 4.0]), z, np.tile(SIGMA, (5, 1)),
        np.zeros(5, np.int32), ORIGIN[None], AXES[None], np.full(5, -1, np.int32), np.zeros(0),
        0.1, SETTINGS, x, p, weight, good,
    )  # fmt: skip
    assert good.tolist() == [0, 0, 0]


def test_prediction_under_the_ground_ends_and_no_time_changes_nothing():
    x, p = body(-3e3), np.eye(8)
    before = x.copy()
    predict1(x, p, 10.0, BOOST, SETTINGS, scratch(8))
    assert np.array_equal(x, before)
    x, p = body(), np.eye(8)
    before = x.copy()
    predict1(x, p, 0.0, BOOST, SETTINGS, scratch(8))
    assert np.array_equal(x, before)


def test_report_is_the_mixture():
    rng = np.random.default_rng(4)
    x = rng.standard_normal((1, 2, 8))
    p = np.stack([np.eye(8), 2.0 * np.eye(8)])[None]
    weight = np.array([[0.25, 0.75]])
    out_x, out_p = np.empty((1, 8)), np.empty((1, 8, 8))
    report_tracks(x, p, weight, out_x, out_p)
    mean = 0.25 * x[0, 0] + 0.75 * x[0, 1]
    off = x[0] - mean
    wanted = 1.75 * np.eye(8) + 0.25 * np.outer(off[0], off[0]) + 0.75 * np.outer(off[1], off[1])
    assert out_x[0] == pytest.approx(mean)
    assert out_p[0] == pytest.approx(wanted)
