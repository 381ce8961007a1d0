"""The skyline of an antenna against the line of sight that it replaces."""

import math

import numpy as np
import pytest

from tdome.earth import geodesy, wgs84
from tdome.earth.horizon import radio_horizon
from tdome.earth.skyline import AZIMUTHS, cleared1, skyline
from tdome.earth.terrain import FlatTerrain, line_of_sight

LAT, LON, MAST = 0.42, 2.1, 30.0


class Hills:
    """Smooth hills of some km, and a wall 20.0 to 20.5 km from the antenna in the east."""

    def __init__(self, height: float, wall: float = 0.0) -> None:
        self.hills, self.wall = height, wall

    def height(self, lat, lon):
        away = geodesy.great_circle_distance(LAT, LON, lat, lon)
        east, north = (lon - LON) * 6.371e6 * math.cos(LAT), (lat - LAT) * 6.371e6
        waves = np.sin(east / 4e3) * np.cos(north / 5e3) * np.minimum(away / 5e3, 1.0)
        wall = np.where((np.abs(away - 20_250.0) < 250.0) & (east > 0.0), self.wall, 0.0)
        return self.hills * np.maximum(waves, 0.0) + wall


def seen(edge, bearing, distance, height):
    """Whether the skyline clears a target, and the two ends for the line of sight."""
    lat, lon = geodesy.destination(LAT, LON, bearing, distance)
    antenna = wgs84.geodetic_to_ecef(LAT, LON, MAST)
    target = wgs84.geodetic_to_ecef(lat, lon, height)
    axes = wgs84.enu_axes(LAT, LON)
    east, north, up = axes @ (target - antenna)
    slant = float(np.linalg.norm(target - antenna))
    azimuth, elevation = math.atan2(east, north), math.asin(up / slant)
    return cleared1(edge, azimuth, elevation, slant, height, MAST), antenna, target


@pytest.mark.parametrize("height", [30.0, 300.0, 3000.0])
def test_over_the_sea_it_ends_at_the_radio_horizon(height):
    edge = skyline(FlatTerrain(), LAT, LON, MAST, 400e3)
    far = float(radio_horizon(MAST, height))
    for bearing in (0.3, 2.0, 5.0):
        assert seen(edge, bearing, 0.98 * far, height)[0]
        assert not seen(edge, bearing, 1.02 * far, height)[0]


def test_it_agrees_with_the_line_of_sight():
    hills = Hills(600.0)
    edge = skyline(hills, LAT, LON, MAST, 150e3)
    rng = np.random.default_rng(3)
    agree, hidden = 0, 0
    for _ in range(400):
        bearing = rng.integers(AZIMUTHS) * 2.0 * math.pi / AZIMUTHS
        distance, height = rng.uniform(2e3, 120e3), 10.0 ** rng.uniform(2.7, 4.7)
        clear, antenna, target = seen(edge, bearing, distance, height)
        truth = line_of_sight(hills, antenna, target)
        agree += clear == truth
        hidden += not truth
    assert 50 < hidden < 350
    assert agree >= 392  # 98 %: between rings and samples


def test_a_wall_hides_what_is_low_behind_it_and_only_there():
    edge = skyline(Hills(0.0, wall=800.0), LAT, LON, MAST, 100e3)
    assert not seen(edge, math.pi / 2, 40e3, 800.0)[0]
    assert seen(edge, math.pi / 2, 40e3, 2500.0)[0]
    assert seen(edge, math.pi / 2, 19e3, 100.0)[0]
    assert seen(edge, 1.5 * math.pi, 40e3, 800.0)[0]


def test_refraction_does_not_carry_a_high_ray_over_a_mountain():
    # 300 km up and 1000 km away is 12 degrees up; a ray bent all the way would leave a degree more.
    for top, clear in ((4_000.0, True), (4_450.0, False)):
        edge = skyline(Hills(0.0, wall=top), LAT, LON, MAST, 400e3)
        found, antenna, target = seen(edge, math.pi / 2, 1000e3, 300e3)
        assert found == line_of_sight(Hills(0.0, wall=top), antenna, target) == clear


def test_nothing_hides_what_is_nearer_than_the_first_ring():
    edge = skyline(Hills(0.0, wall=800.0), LAT, LON, MAST, 100e3)
    assert cleared1(edge, 1.0, -0.5, 60.0, 0.0, MAST)
