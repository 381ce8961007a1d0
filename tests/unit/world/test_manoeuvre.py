"""The late manoeuvre: bounded, smooth, off the predicted path, and still down at its aim point."""

import math

import numpy as np
import pytest

from tdome.earth.ballistics import impact1
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.kernel.random import Streams
from tdome.world.bodies.ballistic import Aim, ballistic_path, solve_launch
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.manoeuvre import SHORTEST, Manoeuvre, weave
from tdome.world.bodies.table import state1
from tdome.world.scenario import read_scenario

AIM = Aim(
    *np.radians([26.0, 118.0, 25.0, 121.5]),
    angle=math.radians(38.0),
    burnout_altitude=25e3,
    inv_beta=1.0 / 12_000.0,
)
SOLUTION = solve_launch(AIM)
assert SOLUTION is not None
STRAIGHT = ballistic_path(AIM, SOLUTION, 0.0)
BELOW = 30e3


def flown(peak, seed=0):
    luck = np.random.default_rng(seed).uniform(size=(2, 2, 2))
    return ballistic_path(AIM, SOLUTION, 0.0, Manoeuvre(peak, BELOW, luck))


def sampled(path, times):
    out = np.empty((len(times), 6))
    for row, t in enumerate(times):
        state1(path, 0, len(path), t, out[row])
    return out


def late(step=0.02):
    """Times from the descent through BELOW to the ground."""
    times = np.arange(STRAIGHT[1, 0], STRAIGHT[-1, 0], step)
    height = ecef_to_geodetic(sampled(STRAIGHT, times)[:, :3])[2]
    return times[(times > times[height.argmax()]) & (height < BELOW)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("peak", [20.0, 60.0, 100.0])
def test_added_acceleration_reaches_its_bound_and_stays_within(peak, seed):
    times = np.arange(0.0, 60.0, 0.05)
    table = np.zeros((len(times), 7))
    table[:, 0] = times
    table[:, 1] = 6.378137e6 + np.minimum(40e3 + 100.0 * times, 100e3 - 1.6e3 * times)
    table[:, 2] = 1e3 * times
    plain = table.copy()
    weave(table, Manoeuvre(peak, BELOW, np.random.default_rng(seed).uniform(size=(2, 2, 2))))
    added = np.gradient(table[:, 4:] - plain[:, 4:], 0.05, axis=0)
    size = np.linalg.norm(added, axis=1)
    assert 0.97 * peak < size.max() < 1.005 * peak
    moved = np.linalg.norm(table[:, 1:4] - plain[:, 1:4], axis=1)
    assert moved[-1] < 1e-6
    assert np.linalg.norm(table[-1, 4:] - plain[-1, 4:]) < 1e-6
    jumps = np.abs(np.diff(added, axis=0)).max()
    assert jumps < 0.2 * peak  # smooth: no step of acceleration from row to row


@pytest.mark.parametrize("seed", range(5))
def test_it_leaves_the_straight_path_only_late_and_comes_down_at_the_same_place(seed):
    path = flown(60.0, seed)
    assert np.allclose(path[-1, 1:4], STRAIGHT[-1, 1:4], atol=0.01)
    assert path[-1, 0] == STRAIGHT[-1, 0]
    times = late()
    early = np.linspace(0.0, times[0] - 2.0, 200)
    off = np.linalg.norm((sampled(path, early) - sampled(STRAIGHT, early))[:, :3], axis=1)
    assert off.max() < 2.5  # both are thinned to 1 m
    off = np.linalg.norm((sampled(path, times) - sampled(STRAIGHT, times))[:, :3], axis=1)
    assert 20.0 < off.max() < 60.0 * (12.0 / math.tau) ** 2 * 2.0
    assert ecef_to_geodetic(sampled(path, times)[:, :3])[2].min() > -0.5


def test_a_straight_line_prediction_misses_more_the_harder_it_turns():
    times = late(2.0)[:-3]
    misses = []
    for peak in (0.0, 20.0, 60.0, 100.0):
        path = flown(peak) if peak else STRAIGHT
        states = sampled(path, times)
        ends = np.array([impact1(state, AIM.inv_beta, 0.25, 400.0)[1:] for state in states])
        misses.append(np.linalg.norm(ends - path[-1, 1:4], axis=1).max())
    assert misses[0] < 20.0
    assert misses == sorted(misses)
    assert misses[1] > 100.0


def test_a_window_that_is_too_short_is_flown_straight():
    short = ballistic_path(AIM, SOLUTION, 0.0, Manoeuvre(60.0, 100.0, np.full((2, 2, 2), 0.5)))
    assert (short == STRAIGHT).all()
    assert SHORTEST > 100.0 / 500.0


def test_a_scenario_turns_it_on_and_it_changes_no_other_draw(scenario_text):
    on = scenario_text.replace("srbm = {", "srbm = { manoeuvre_m_s2 = 60,")
    plain, weaving = (
        compile_bodies(read_scenario(text, "scenario.toml"), Streams(3))
        for text in (scenario_text, on)
    )
    for name in ("key", "launches_at", "ends_at", "rcs", "aim_lat", "aim_lon"):
        assert (getattr(plain, name) == getattr(weaving, name)).all()
    changed = []
    for row in range(len(plain)):
        times = plain.ends_at[row] - np.linspace(4.0, 16.0, 7)
        one, other = ([b.position_at(row, t)[:3] for t in times] for b in (plain, weaving))
        changed.append(np.abs(np.array(one) - other).max() > 5.0)
    srbm = plain.threat_class == plain.threat_class[0]
    assert np.array_equal(changed, srbm)
