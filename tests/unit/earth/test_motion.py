"""Paths in steps and paths at once are the same paths."""

import numpy as np
import pytest

from tdome.earth.motion import CLIMB_LIMIT, extrapolate, tabulate_paths
from tdome.earth.wgs84 import ecef_to_geodetic, enu_axes, geodetic_to_ecef

KNOTS, STEP = 40, 4.0


def starts(climb):
    """Return a level flyer and a falling body at 20 km, 24 N 120 E."""
    lat, lon = np.radians(24.0), np.radians(120.0)
    axes, place = enu_axes(lat, lon), geodetic_to_ecef(lat, lon, 20_000.0)
    level = np.concatenate([place, np.array([200.0, 50.0, climb]) @ axes])
    falling = np.concatenate([place, np.array([600.0, 0.0, 300.0]) @ axes])
    return np.array([level, falling]), np.array([0, 1], np.int8), np.array([0.0, 1.0 / 4_000.0])


@pytest.mark.parametrize("climb", [-20.0, 0.0, 150.0])
def test_knots_are_where_extrapolation_is(climb):
    states, ballistic, inv_beta = starts(climb)
    paths = np.empty((2, KNOTS, 3))
    tabulate_paths(states, ballistic, inv_beta, np.full(2, STEP), paths)
    for k in range(KNOTS):
        out = np.empty((2, 6))
        extrapolate(states, ballistic, inv_beta, np.full(2, (k + 1) * STEP), out)
        np.testing.assert_allclose(paths[0, k], out[0, :3], atol=1e-6)
        if np.isfinite(paths[1, k]).all() and np.isfinite(out[1]).all():
            np.testing.assert_allclose(paths[1, k], out[1, :3], atol=1.0)


def test_a_climb_ends_and_does_not_begin_anew_with_each_knot():
    states, ballistic, inv_beta = starts(150.0)
    paths = np.empty((2, KNOTS, 3))
    tabulate_paths(states, ballistic, inv_beta, np.full(2, STEP), paths)
    height = ecef_to_geodetic(paths[0])[2]
    top = 20_000.0 + 150.0 * CLIMB_LIMIT
    assert height[-1] == pytest.approx(top, abs=50.0)
    assert height.max() < top + 50.0
