import numpy as np
import pytest

from tdome.earth.terrain import FlatTerrain
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.world.bodies.powered import KNOT_TOLERANCE, TURN_ACCELERATION, Flight, route_path
from tdome.world.bodies.table import state1

LAT, LON = np.radians([26.0, 25.5, 25.2, 24.8]), np.radians([119.0, 119.8, 120.9, 121.0])


class Hill:
    """A ridge of 1 km across the route."""

    grain = 100.0

    def height(self, lat, lon):
        return 1000.0 * np.exp(-np.square((np.asarray(lon) - np.radians(120.3)) / 0.002))


def sampled(knots, step):
    out = np.empty(6)
    times = np.arange(knots[0, 0], knots[-1, 0], step)
    rows = []
    for t in times:
        state1(knots, 0, len(knots), t, out)
        rows.append(out.copy())
    return times, np.array(rows)


@pytest.mark.parametrize(
    ("speed", "altitude", "level"),
    [(50.0, 1500.0, False), (240.0, 60.0, False), (700.0, 100.0, False), (230.0, 1e4, True)],
)
def test_speed_is_constant_and_turns_are_gentle(speed, altitude, level):
    knots = route_path(LAT, LON, Flight(5.0, speed, altitude, level), FlatTerrain())
    _, states = sampled(knots, 1.0)
    speeds = np.linalg.norm(states[:, 3:], axis=1)
    assert np.abs(speeds / speed - 1.0).max() < 0.06
    assert np.abs(speeds / speed - 1.0).mean() < 0.003
    turning = np.linalg.norm(np.diff(states[:, 3:], axis=0), axis=1)
    assert turning.max() < 2.0 * TURN_ACCELERATION


def test_ends_are_where_they_should_be():
    knots = route_path(LAT, LON, Flight(5.0, 240.0, 60.0, level=False), FlatTerrain())
    lat, lon, height = ecef_to_geodetic(knots[:, 1:4])
    assert knots[0, 0] == 5.0
    assert np.allclose([lat[0], lon[0], lat[-1], lon[-1]], [LAT[0], LON[0], LAT[-1], LON[-1]])
    assert np.allclose(height[[0, -1]], 0.0, atol=0.01)
    assert height[len(height) // 2] == pytest.approx(60.0, abs=0.01)


def test_level_flights_stay_level_between_knots():
    knots = route_path(LAT, LON, Flight(0.0, 230.0, 1e4, level=True), FlatTerrain())
    _, states = sampled(knots, 7.0)
    height = ecef_to_geodetic(states[:, :3])[2]
    assert np.abs(height - 1e4).max() < 5.0


def test_terrain_is_followed():
    knots = route_path(LAT, LON, Flight(0.0, 240.0, 80.0, level=False), Hill())
    _, states = sampled(knots, 5.0)
    lat, lon, height = ecef_to_geodetic(states[20:-60, :3])
    over = height - Hill().height(lat, lon)
    assert height.max() > 900.0
    assert over.min() > 80.0 - KNOT_TOLERANCE
    assert over.max() < 150.0  # climbs no steeper than it can, so it begins before the ridge


def test_a_route_to_itself_is_no_route():
    here = np.radians([25.0, 25.0])
    assert len(route_path(here, here, Flight(0.0, 50.0, 100.0, level=False), FlatTerrain())) == 0
