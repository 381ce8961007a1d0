"""Firing solutions against closed forms and a dense search."""

import math

import numpy as np
import pytest

from tdome.command.assignment.firing_solution import (
    REACH_SHARE,
    REACH_TIME,
    points_at,
)
from tdome.command.assignment.firing_solution import solve1 as solve_in_zones1
from tdome.earth.flyout import missile_table
from tdome.earth.volumes import COLUMNS, volumes_along

TABLE = missile_table(900.0, 5.0, 0.0, 40e3, 20e3)  # powered: 900 m/s after a boost of 5 s
OPEN = np.zeros(2, np.int64), np.zeros((0, COLUMNS))


def solve1(path, height, step, end, unit, table, earliest):  # noqa: PLR0913, PLR0917
    """Solve without fire zones."""
    mask = np.zeros(len(height), np.int64)
    return solve_in_zones1(path, height, mask, step, end, unit, table, *OPEN, earliest)


def unit_row(**changes: float) -> np.ndarray:
    row = {
        "x": 6.378e6, "y": 0.0, "z": 0.0, "height": 0.0, "min_range": 1e3, "max_range": 40e3,
        "min_altitude": 0.0, "max_altitude": 20e3,
    }  # fmt: skip
    return np.array(list({**row, **changes}.values()))


def straight_path(far: float, speed: float, height: float, step: float, knots: int = 96):
    """Fly at constant height towards the unit and past it, along y."""
    t = step * np.arange(knots)
    path = np.column_stack([np.full(knots, 6.378e6 + height), far - speed * t, np.zeros(knots)])
    return path, np.full(knots, height)


@pytest.mark.parametrize("far", [30e3, 60e3, 90e3])
def test_the_earliest_intercept_is_that_of_a_dense_search(far):
    unit, earliest, speed = unit_row(), 9.0, 250.0
    path, height = straight_path(far, speed, 8e3, step=3.0)
    intercept, launch, _ = solve1(path, height, 3.0, math.inf, unit, TABLE, earliest)
    t = np.arange(0.0, 285.0, 0.001)
    y, x = far - speed * t, 8e3
    d = np.hypot(x, y)
    flight = np.where(d < 2250.0, np.sqrt(10.0 * d / 900.0), 2.5 + d / 900.0)
    launches = t - REACH_SHARE * flight - REACH_TIME
    good = (launches >= earliest) & (d >= 1e3) & (d <= 40e3)
    assert intercept == pytest.approx(t[good][0], abs=0.02)
    assert launch == pytest.approx(launches[good][0], abs=0.02)
    assert launch >= earliest


def test_a_faster_threat_is_met_in_a_smaller_footprint():
    """The same unit, the same warning: the faster the threat, the nearer it is met."""
    met = []
    for speed in (100.0, 300.0, 900.0):
        step = 400.0 / speed
        path, height = straight_path(40e3, speed, 8e3, step)
        meet = solve1(path, height, step, math.inf, unit_row(), TABLE, 9.0)[0]
        met.append(40e3 - speed * meet)
    assert met[0] > met[1] + 500.0
    assert met[1] > met[2] + 500.0


def test_low_down_the_reach_is_shorter():
    table = missile_table(900.0, 5.0, 6000.0, 40e3, 20e3)
    found = []
    for height in (200.0, 14e3):
        path, heights = straight_path(60e3, 250.0, height, step=2.0)
        meet = solve1(path, heights, 2.0, math.inf, unit_row(), table, 9.0)[0]
        found.append(60e3 - 250.0 * meet)
    assert found[0] < 0.8 * found[1]


def test_nothing_is_met_outside_the_envelope():
    path, height = straight_path(60e3, 250.0, 21e3, step=3.0)
    intercept, _, last = solve1(path, height, 3.0, math.inf, unit_row(), TABLE, 9.0)
    assert math.isnan(intercept)
    assert last == -math.inf


def test_a_window_that_is_too_soon_is_told_from_no_window_at_all():
    path, height = straight_path(20e3, 700.0, 8e3, step=0.5)
    intercept, _, last = solve1(path, height, 0.5, math.inf, unit_row(), TABLE, 200.0)
    assert math.isnan(intercept)
    assert 0.0 < last < 200.0


def test_nothing_is_met_after_the_impact():
    path, height = straight_path(60e3, 250.0, 8e3, step=3.0)
    free, _, _ = solve1(path, height, 3.0, math.inf, unit_row(), TABLE, 9.0)
    cut, _, _ = solve1(path, height, 3.0, free - 4.0, unit_row(), TABLE, 9.0)
    assert math.isnan(cut)


def test_a_later_launch_never_meets_earlier():
    path, height = straight_path(50e3, 250.0, 8e3, step=2.0)
    met = [
        solve1(path, height, 2.0, math.inf, unit_row(), TABLE, e)[0]
        for e in np.arange(5.0, 90.0, 5.0)
    ]
    assert np.all(np.diff(met) >= 0.0)


def test_a_parabola_is_interpolated_exactly():
    t = 2.0 * np.arange(20)
    paths = np.stack([np.column_stack([t, 100.0 * t - 4.9 * t**2, np.ones(20)])])
    times = np.array([0.3, 7.7, 38.0, np.nan])
    points = points_at(paths, np.array([2.0]), np.zeros(4, np.intp), times)
    assert points[:3, 1] == pytest.approx(100.0 * times[:3] - 4.9 * times[:3] ** 2)
    assert np.isnan(points[3]).all()


def test_a_path_of_two_knots_is_interpolated_by_a_line():
    paths = np.full((1, 5, 3), np.nan)
    paths[0, :2] = [[0.0, 0.0, 0.0], [4.0, 2.0, 0.0]]
    points = points_at(paths, np.array([2.0]), np.zeros(1, np.intp), np.array([1.0]))
    assert points[0] == pytest.approx([2.0, 1.0, 0.0])


def solve_fenced(mask, path, height, step, *, volumes=OPEN[1], **barred):
    """Solve with the masks of a unit; a knot's zones are given."""
    two = np.array([barred.get("keep_out", 0), barred.get("only", 0)], np.int64)
    return solve_in_zones1(path, height, mask, step, math.inf, unit_row(), TABLE, two, volumes, 9.0)


def test_the_first_open_knot_after_a_closed_one_is_the_intercept():
    path, height = straight_path(60e3, 250.0, 8e3, step=3.0)
    free, *_ = solve1(path, height, 3.0, math.inf, unit_row(), TABLE, 9.0)
    mask = np.where(np.arange(96) < math.ceil(free / 3.0) + 5, 2, 0)
    meets, launch, last = solve_fenced(mask, path, height, 3.0, keep_out=2)
    assert meets == 3.0 * (math.ceil(free / 3.0) + 5)
    # Met at a knot, not between two: the launch is that of the knot, and may wait.
    flight = (meets - launch - REACH_TIME) / REACH_SHARE
    d = math.hypot(60e3 - 250.0 * meets, 8e3)
    assert flight == pytest.approx(2.5 + d / 900.0, abs=0.02)
    assert last == solve1(path, height, 3.0, math.inf, unit_row(), TABLE, 9.0)[2]
    assert solve_fenced(mask, path, height, 3.0, keep_out=1)[0] == free
    assert solve_fenced(mask, path, height, 3.0, only=4)[2] == -math.inf


def test_only_zones_close_all_other_knots():
    path, height = straight_path(60e3, 250.0, 8e3, step=3.0)
    wide = volumes_along(0.0, 0.0, 500e3, zone=2)
    everywhere = solve_fenced(np.full(96, 4), path, height, 3.0, only=4, volumes=wide)
    assert everywhere == solve1(path, height, 3.0, math.inf, unit_row(), TABLE, 9.0)
    one = np.where(np.arange(96) == 60, 4, 0)
    meets, launch, last = solve_fenced(one, path, height, 3.0, only=4)
    assert meets == 180.0
    assert launch == last
    assert all(map(math.isnan, solve_fenced(one, path, height, 3.0, only=4, keep_out=4)[:2]))


def test_a_zone_between_two_knots_moves_the_intercept_to_the_second():
    step, speed = 12.0, 250.0
    path, height = straight_path(60e3, speed, 8e3, step)
    free, *_ = solve1(path, height, step, math.inf, unit_row(), TABLE, 9.0)
    y = 60e3 - speed * free
    # On the sphere x is up at (0, 0) and y runs east: a thin disc around the free intercept.
    thin = volumes_along(0.0, math.atan2(y, 6.378e6 + 8e3), 200.0)
    open_knots = np.zeros(96, np.int64)
    meets, *_ = solve_fenced(open_knots, path, height, step, keep_out=1, volumes=thin)
    assert meets == step * math.ceil(free / step)
    assert solve_fenced(open_knots, path, height, step, keep_out=2, volumes=thin)[0] == free
