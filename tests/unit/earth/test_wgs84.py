"""Frames on the ellipsoid: published points, axes by hand, accuracy over the whole range."""

import numpy as np
import pymap3d
import pytest

from tdome.earth import wgs84

TAIPEI = (np.radians(25.04), np.radians(121.56), 10.0)


def test_constants_are_those_of_the_standard() -> None:
    semi_minor, eccentricity2 = wgs84.B, wgs84.E2
    assert semi_minor == pytest.approx(6356752.314245, abs=1e-6)  # TR8350.2 table 3.3
    assert eccentricity2 == pytest.approx(6.69437999014e-3, abs=1e-14)


@pytest.mark.parametrize("height", [-10e3, 0.0, 8.8e3, 100e3, 1000e3, 36_000e3])
def test_geodetic_latitude_and_height_hold_to_a_tenth_of_a_micrometre(height: float) -> None:
    lat = np.radians(np.linspace(-90.0, 90.0, 1441))
    lon = np.radians(np.linspace(-180.0, 179.0, 1441))
    ecef = wgs84.geodetic_to_ecef(lat, lon, height)
    back_lat, back_lon, back_height = wgs84.ecef_to_geodetic(ecef)
    assert np.abs(back_lat - lat).max() * wgs84.A < 1e-7
    # At a pole all longitudes are the same place.
    assert np.abs((back_lon - lon)[1:-1]).max() < 1e-12
    assert np.abs(back_height - height).max() < 1e-7


@pytest.mark.parametrize("z", [wgs84.B + 5.0, -wgs84.B - 5.0])
def test_poles_are_regular(z: float) -> None:
    lat, lon, height = wgs84.ecef_to_geodetic1(0.0, 0.0, z)
    assert lat == pytest.approx(np.copysign(np.pi / 2, z), abs=1e-15)
    assert lon == 0.0
    assert height == pytest.approx(5.0, abs=1e-8)


def test_rows_and_scalars_give_the_same_bits() -> None:
    points = wgs84.geodetic_to_ecef([0.1, -0.7, 1.2], [2.0, -3.0, 0.0], [0.0, 1e5, -300.0])
    for i, (lat, lon, height) in enumerate(zip(*wgs84.ecef_to_geodetic(points), strict=True)):
        assert wgs84.ecef_to_geodetic1(*points[i]) == (lat, lon, height)
        assert wgs84.geodetic_to_ecef1(lat, lon, height) == tuple(
            wgs84.geodetic_to_ecef(lat, lon, height)
        )


def test_shapes_follow_the_arguments() -> None:
    assert wgs84.geodetic_to_ecef(0.1, 0.2, 0.0).shape == (3,)
    assert wgs84.geodetic_to_ecef(np.zeros((2, 1)), np.zeros(4), 0.0).shape == (2, 4, 3)
    assert wgs84.geodetic_to_ecef([], [], []).shape == (0, 3)
    assert wgs84.ecef_to_geodetic(np.ones((2, 4, 3)) * 4e6)[0].shape == (2, 4)


def test_axes_at_a_place_where_they_are_known() -> None:
    east, north, up = wgs84.enu_axes(0.0, 0.0)
    assert east == pytest.approx([0.0, 1.0, 0.0])
    assert north == pytest.approx([0.0, 0.0, 1.0])
    assert up == pytest.approx([1.0, 0.0, 0.0])


def test_enu_and_polar_agree_with_pymap3d() -> None:
    lat, lon, height = TAIPEI
    origin, axes = wgs84.geodetic_to_ecef(*TAIPEI), wgs84.enu_axes(lat, lon)
    ecef = wgs84.geodetic_to_ecef([0.42, 0.45, 0.40], [2.1, 2.13, 2.15], [0.0, 9e3, 2e5])
    enu = wgs84.ecef_to_enu(ecef, origin, axes)
    expected = np.stack(pymap3d.ecef2enu(*ecef.T, lat, lon, height, deg=False), axis=1)
    assert enu == pytest.approx(expected, abs=1e-6)
    azimuth, elevation, distance = pymap3d.enu2aer(*enu.T, deg=False)
    polar = wgs84.enu_to_polar(enu)
    assert polar == pytest.approx(np.stack([distance, azimuth, elevation], axis=1), rel=1e-12)


def test_a_row_keeps_its_bits_in_a_batch_of_another_length() -> None:
    axes, origin = wgs84.enu_axes(0.43, 2.1), wgs84.geodetic_to_ecef(*TAIPEI)
    ecef = origin + np.arange(51.0).reshape(17, 3) ** 3
    alone = np.concatenate([wgs84.ecef_to_enu(row[None], origin, axes) for row in ecef])
    assert np.array_equal(wgs84.ecef_to_enu(ecef, origin, axes), alone)


@pytest.mark.parametrize(
    ("east", "north", "azimuth"),
    [(0.0, 1.0, 0), (1.0, 0.0, 90), (0.0, -1.0, 180), (-1.0, 0.0, 270)],
)
def test_azimuth_runs_clockwise_from_north(east: float, north: float, azimuth: float) -> None:
    polar = wgs84.enu_to_polar(np.array([[east, north, 0.0]]))
    assert polar[0] == pytest.approx([1.0, np.radians(azimuth), 0.0])


def test_azimuth_never_reaches_a_full_turn() -> None:
    assert wgs84.enu_to_polar(np.array([[-1e-20, 1.0, 0.0]]))[0, 1] == 0.0
