"""Where and when it comes down, against an integration of our own."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tdome.command.threat import impact
from tdome.command.threat.kinematic import KinematicEvaluator
from tdome.earth.atmosphere import density
from tdome.earth.geodesy import great_circle_distance
from tdome.earth.wgs84 import J2, MU, OMEGA, A, ecef_to_geodetic, enu_axes, geodetic_to_ecef

NOW = 1_800_000_000 * 10**9


def _law(_t, y, inv_beta):
    """Own writing of the law: potential gradient by formula, air that turns with the Earth."""
    r, v = y[:3], y[3:]
    d = np.linalg.norm(r)
    z2 = 5.0 * (r[2] / d) ** 2
    k = 1.5 * J2 * (A / d) ** 2
    gravity = -MU / d**3 * r * (1.0 + k * (np.array([1.0, 1.0, 3.0]) - z2))
    spin = np.array([0.0, 0.0, OMEGA])
    turning = -2.0 * np.cross(spin, v) - np.cross(spin, np.cross(spin, r))
    height = ecef_to_geodetic(r)[2]
    drag = -0.5 * density(height) * np.linalg.norm(v) * inv_beta * v
    return np.concatenate([v, gravity + turning + drag])


def _landing(state, inv_beta):
    def ground(_t, y, _b):
        return float(ecef_to_geodetic(y[:3])[2])

    ground.terminal, ground.direction = True, -1
    flown = solve_ivp(
        _law, (0.0, 2000.0), state, "DOP853", events=ground, rtol=1e-9, atol=1e-3, args=(inv_beta,)
    )
    return flown.t_events[0][0], flown.y_events[0][0][:3]


def _predict(state, covariance, inv_beta, beta_sigma):
    out, jacobian = np.zeros((1, 6)), np.zeros((1, 2, 7))
    impact.predict_impacts(
        np.array([0]),
        state[None],
        covariance[None],
        np.array([inv_beta]),
        np.array([beta_sigma]),
        np.ones(1, np.int8),
        jacobian,
        out,
    )
    return out[0], jacobian[0]


@pytest.mark.parametrize("name", ["rocket", "srbm", "mrbm"])
def test_point_and_time_match_an_independent_integration(plan, fly_class, name):
    inv_beta = 1.0 / plan.threats.beta[plan.threats.names.index(name)]
    path = fly_class(name)
    state = path[len(path) // 3, 1:]
    out, _ = _predict(state, np.zeros((6, 6)), inv_beta, 0.0)
    seconds, point = _landing(state, inv_beta)
    lat, lon, _ = ecef_to_geodetic(point)
    assert great_circle_distance(out[impact.LAT], out[impact.LON], lat, lon) < 5.0
    assert out[impact.TIME] == pytest.approx(seconds, abs=0.02)


def test_derivatives_match_the_independent_integration(plan, fly_class):
    inv_beta = 1.0 / plan.threats.beta[plan.threats.names.index("srbm")]
    path = fly_class("srbm")
    state = path[len(path) // 3, 1:]
    out, jacobian = _predict(state, np.zeros((6, 6)), inv_beta, 0.0)
    axes = enu_axes(out[impact.LAT], out[impact.LON])[:2]
    wanted = np.zeros((2, 7))
    for k, nudge in enumerate([100.0] * 3 + [1.0] * 3 + [0.05]):
        ends = []
        for sign in (1.0, -1.0):
            moved, drag = state.copy(), inv_beta
            if k < 6:
                moved[k] += sign * nudge
            else:
                drag *= np.exp(sign * nudge)
            ends.append(_landing(moved, drag)[1])
        wanted[:, k] = axes @ (ends[0] - ends[1]) / (2.0 * nudge)
    scale = np.abs(wanted[:, [0, 0, 0, 3, 3, 3, 6]]).max(axis=0)
    assert (np.abs(jacobian - wanted) < 0.01 * np.maximum(scale, np.abs(wanted))).all()


def test_covariance_is_that_of_a_monte_carlo(plan, fly_class):
    rng = np.random.default_rng(7)
    inv_beta = 1.0 / plan.threats.beta[plan.threats.names.index("srbm")]
    path = fly_class("srbm")
    state = path[len(path) // 2, 1:]
    root = rng.normal(size=(6, 6)) * np.array([100.0] * 3 + [10.0] * 3)[:, None]
    covariance = root @ root.T / 6.0
    sigma = 0.2
    out, _ = _predict(state, covariance, inv_beta, sigma)
    draws = rng.multivariate_normal(state, covariance, 600)
    drags = inv_beta * np.exp(sigma * rng.normal(size=600))
    points = np.array(
        [_predict(s, np.zeros((6, 6)), b, 0.0)[0][:2] for s, b in zip(draws, drags, strict=True)]
    )
    east = (points[:, 1] - out[1]) * np.cos(out[0]) * 6.371e6
    north = (points[:, 0] - out[0]) * 6.371e6
    seen = np.cov(east, north)
    point = geodetic_to_ecef(out[impact.LAT], out[impact.LON], 0.0).reshape(3)
    away = impact.MODEL_SHARE * np.linalg.norm(point - state[:3])
    assert out[impact.EE] == pytest.approx(seen[0, 0] + away**2, rel=0.15)
    assert out[impact.NN] == pytest.approx(seen[1, 1] + away**2, rel=0.15)


def _covariance_of(plan, tracks_list):
    evaluator = KinematicEvaluator(plan)
    state = evaluator.start()
    for tracks in tracks_list:
        state, threats = evaluator.evaluate(state, tracks, tracks.header.valid_at)
    return threats


def test_a_climbing_track_waits_for_five_plots(plan, make, fly_class):
    path = fly_class("srbm")
    early = _covariance_of(plan, [make(path[2, 1:], ballistic=1, hits=4)])
    later = _covariance_of(plan, [make(path[2, 1:], ballistic=1, hits=5)])
    assert np.isnan(early.impact_lat[0])
    assert early.impact_at[0] == 0
    assert np.isfinite(later.impact_lat[0])


def test_thrust_widens_the_ellipse(plan, make, fly_class):
    state = fly_class("srbm")[2, 1:]
    slower = state.copy()
    slower[3:] *= 0.9
    coasting = [make(state, NOW + k * 10**9, ballistic=1) for k in range(2)]
    boosting = [make(slower, NOW, ballistic=1), coasting[1]]
    calm = _covariance_of(plan, coasting).impact_covariance[0]
    powered = _covariance_of(plan, boosting).impact_covariance[0]
    assert powered[0] > 10.0 * calm[0]


def test_an_old_track_is_predicted_again_every_three_seconds(plan, make, fly_class):
    path = fly_class("srbm")
    evaluator = KinematicEvaluator(plan)
    state, said = evaluator.start(), []
    for k in range(7):
        shift = np.array([0.0, 0.0, 0.0, 0.2 * k, 0.0, 0.0])
        tracks = make(path[100 + k, 1:] + shift, NOW + k * 10**9, ballistic=1)
        state, threats = evaluator.evaluate(state, tracks, tracks.header.valid_at)
        said.append(float(threats.impact_lon[0]))
    changes = [a != b for a, b in pairwise(said)]
    assert changes == [False, False, True, False, False, True]


def test_a_drag_that_the_tracker_estimates_is_used_with_its_error(plan, make, fly_class):
    """Draggier than the class: it comes down shorter; a sharper estimate, a smaller ellipse."""
    path = fly_class("srbm")
    state = path[len(path) // 3, 1:]
    judged = []
    for sigma, thicker in ((0.0, 1.0), (0.3, 1.0), (0.05, 1.0), (0.05, 4.0)):
        own = plan.threats.beta[plan.threats.names.index("srbm")]
        tracks = make(
            state, NOW, ballistic=1, ln_inv_beta=np.log(thicker / own), ln_inv_beta_sigma=sigma
        )
        evaluator = KinematicEvaluator(plan)
        judged.append(evaluator.evaluate(evaluator.start(), tracks, NOW)[1])
    ellipse = [float(t.impact_covariance[0, 0] + t.impact_covariance[0, 2]) for t in judged]
    point = [geodetic_to_ecef(t.impact_lat, t.impact_lon, np.zeros(1))[0] for t in judged]
    assert ellipse[2] < ellipse[1]
    assert np.linalg.norm(point[2] - point[0]) < 50.0  # the same drag, another kernel
    assert np.linalg.norm(point[3] - state[:3]) < np.linalg.norm(point[2] - state[:3])
    assert judged[3].inv_beta[0] == pytest.approx(4.0 * judged[2].inv_beta[0], rel=1e-6)
