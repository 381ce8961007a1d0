"""The two laws of a track: measured lines, updates and weights, against the textbook."""

import numpy as np
import pytest

from tdome.command.tracking.detection import Detection
from tdome.command.tracking.engine.layout import COVARIANCE, HEAD, SLOT, WEIGHT
from tdome.command.tracking.laws import fall
from tdome.command.tracking.laws.lines import (
    BELIEVED_INV_BETA,
    expected1,
    lines1,
    take_line,
)
from tdome.command.tracking.scan import convert
from tdome.command.tracking.trial import air
from tdome.command.tracking.trial.pair import advance_laws, start_laws


def wide(rng, size):
    a = rng.normal(size=(size, size)) * np.resize([300.0, 50.0, 3.0], size)[:, None]
    return a @ a.T + 100.0 * np.eye(size)


@pytest.mark.parametrize("place", [[3e4, 4e4, 5e3], [0.0, 1e5, 2e4], [50.0, -60.0, 9e3]])
def test_a_plot_is_three_lines_with_its_own_errors(side, place):
    plan = side.plan()
    plots = side.scan(plan, side.place(plan, [place]), 1.0)
    scan = convert(plots, plan.sensors, Detection(plan.sensors))
    arms, noise = np.empty((3, 3)), np.empty(3)
    lines1(scan.z[0], scan.r[0], scan.origin, scan.up, arms, noise)
    np.testing.assert_allclose(arms @ arms.T, np.eye(3), atol=1e-12)
    again = sum(v * np.outer(a, a) for v, a in zip(noise, arms, strict=True))
    np.testing.assert_allclose(again, scan.r[0], atol=1e-6 * np.trace(scan.r[0]))


def test_straight_up_has_lines_too():
    arms, up = np.empty((3, 3)), np.array([0.0, 0.6, 0.8])
    lines1(1e4 * up, np.eye(3), np.zeros(3), up, arms, np.empty(3))
    np.testing.assert_allclose(arms @ arms.T, np.eye(3), atol=1e-9)


@pytest.mark.parametrize(("size", "tau"), [(6, 0.0), (8, 0.0), (7, 1.7)])
def test_three_lines_are_the_block_update_of_the_textbook(side, size, tau):
    rng = np.random.default_rng(size)
    x, p = rng.normal(size=size) * 1e3, wide(rng, size)
    arms = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    noise, z = np.array([400.0, 9e4, 1e5]), rng.normal(size=3) * 1e3
    h = np.zeros((3, size))
    h[:, :3], h[:, 3:6] = np.eye(3), -tau * np.eye(3)
    s = h @ p @ h.T + arms.T @ np.diag(noise) @ arms
    gain, nu = p @ h.T @ np.linalg.inv(s), z - h @ x
    want_x, want_p = x + gain @ nu, p - gain @ s @ gain.T
    want_fit = nu @ np.linalg.solve(s, nu) + np.linalg.slogdet(s)[1]
    fit = 0.0
    for arm, variance in zip(arms, noise, strict=True):
        left = arm @ (z - (x[:3] - tau * x[3:6]))
        fit += take_line(x, p, size, arm, tau, left, variance, np.empty((2, size)))
    np.testing.assert_allclose(x, want_x, rtol=1e-9)
    np.testing.assert_allclose(p, want_p, rtol=1e-6, atol=1e-6 * np.abs(want_p).max())
    assert fit == pytest.approx(want_fit)


def test_modes_in_the_air_are_weighed_by_bayes():
    rng = np.random.default_rng(3)
    modes, square, whole = air.scratch()
    rows = np.zeros((1, air.ROW))
    x = np.array([6.4e6, 0.0, 0.0, 30.0, 200.0, 10.0])
    air.start_air1(rows, 0, x, wide(rng, 6), air.NUMBERS, whole)
    air.predict_air1(rows, 0, 4.0, air.NUMBERS, modes)
    before, z, noise = rows.copy(), x[:3] + 4.0 * x[3:] + 40.0, np.array([400.0, 900.0, 1600.0])
    told = air.feed_air1(rows, 0, z, np.eye(3), noise, 0.0, square[0], np.empty((2, 8)))
    likelihood = np.empty(3)
    for mode in range(3):
        o = HEAD + (mode + 1) * SLOT
        p = np.zeros((6, 6))
        p[np.tril_indices(6)] = before[0, o + COVARIANCE : o + COVARIANCE + 21]
        s = p[:3, :3] + np.tril(p[:3, :3], -1).T + np.diag(noise)
        nu = z - before[0, o : o + 3]
        likelihood[mode] = np.exp(-0.5 * nu @ np.linalg.solve(s, nu)) / np.sqrt(np.linalg.det(s))
    joint = before[0, WEIGHT : WEIGHT + 3] * likelihood
    np.testing.assert_allclose(rows[0, WEIGHT : WEIGHT + 3], joint / joint.sum(), rtol=1e-6)
    assert told == pytest.approx(-2.0 * np.log(joint.sum()))


def started(side, place, velocity):
    """Both laws of one track: columns of start_laws, and the state."""
    plan = side.plan()
    x = np.empty((1, 2, 6))
    x[:] = np.concatenate([side.place(plan, [place])[0], side.turn(plan, [velocity])[0]])
    p = np.tile(np.diag(np.repeat([900.0, 25.0], 3)), (1, 2, 1, 1))
    bank = np.zeros((1, air.ROW)), np.empty((1, 2, 8)), np.empty((1, 2, 8, 8)), np.empty((1, 2))
    start_laws(x, p, *bank, air.NUMBERS, fall.NUMBERS, air.scratch()[2])
    return x, p, bank


def advance(x, p, bank, dt):
    scratch = np.zeros(1), air.scratch()[0], fall.scratch()
    advance_laws(x, p, *bank, dt, air.NUMBERS, fall.NUMBERS, *scratch)


def test_one_law_flies_on_and_the_other_falls(side):
    x, p, bank = started(side, [0.0, 1e5, 6e4], [0.0, -900.0, 0.0])
    first = x[0, 0].copy()
    advance(x, p, bank, 10.0)
    np.testing.assert_allclose(x[0, 0, :3], first[:3] + 10.0 * first[3:], atol=20.0)
    up = first[:3] / np.linalg.norm(first[:3])
    sunk = (x[0, 0, :3] - x[0, 1, :3]) @ up
    assert 300.0 < sunk < 600.0  # 490 m of free fall, less what thrust may yet do
    for law in range(2):
        assert np.linalg.eigvalsh(p[0, law]).min() > 0.0


def test_the_fall_alone_follows_the_law_of_the_earth(side):
    flight = side.arc(side.plan(), [0, 50e3, 80e3], [100, -1500, 300], 1.0 / 9000.0)
    x, p, weight = np.zeros((2, 8)), np.zeros((2, 8, 8)), np.empty(2)
    fall.start_fall1(x, p, weight, flight[0, 1:], np.zeros((6, 6)), fall.NUMBERS)
    fall.predict_fall1(x, p, weight, 8.0, fall.NUMBERS, fall.scratch())
    assert np.linalg.norm(x[0, :3] - flight[8, 1:4]) < 2.0
    assert weight[0] > 0.99


@pytest.mark.parametrize("law", [0, 1])
def test_looking_back_undoes_prediction(side, law):
    flight = side.arc(side.plan(), [0, 50e3, 80e3], [100, -1500, 300], BELIEVED_INV_BETA)
    then, now = flight[10, 1:], flight[12, 1:]
    back = np.array(expected1(now, law, 2.0, BELIEVED_INV_BETA))
    assert np.linalg.norm(back - then[:3]) < (30.0, 1.0)[law]
