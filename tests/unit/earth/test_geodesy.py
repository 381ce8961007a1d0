"""Great circles: cases by hand, and the claimed distance from the ellipsoid."""

import numpy as np
import pyproj
import pytest

from tdome.earth import geodesy, wgs84


def test_a_quarter_of_the_equator_and_the_antipodes() -> None:
    r = geodesy.MEAN_RADIUS
    assert r == pytest.approx(6371008.7714, abs=1e-4)
    assert geodesy.great_circle_distance(0.0, 0.0, 0.0, np.pi / 2) == pytest.approx(r * np.pi / 2)
    assert geodesy.great_circle_distance(0.3, 0.1, -0.3, 0.1 + np.pi) == pytest.approx(r * np.pi)


def test_a_millimetre_is_not_lost() -> None:
    step = 1e-3 / geodesy.MEAN_RADIUS
    assert geodesy.great_circle_distance(0.4, 2.1, 0.4 + step, 2.1) == pytest.approx(1e-3, rel=1e-5)


def test_bearings_in_the_four_directions() -> None:
    bearing = geodesy.initial_bearing(0.0, 0.0, [0.1, 0.0, -0.1, 0.0], [0.0, 0.1, 0.0, -0.1])
    assert np.degrees(bearing) == pytest.approx([0.0, 90.0, 180.0, 270.0])


def test_distance_is_within_its_claim_of_the_geodesic() -> None:
    rng = np.random.Generator(np.random.PCG64(5))
    lat1, lat2 = np.arcsin(rng.uniform(-1.0, 1.0, (2, 500)))
    lon1, lon2 = rng.uniform(-np.pi, np.pi, (2, 500))
    azimuth, _, distance = pyproj.Geod(ellps="WGS84").inv(lon1, lat1, lon2, lat2, radians=True)
    sphere = geodesy.great_circle_distance(lat1, lon1, lat2, lon2)
    assert np.abs(sphere / distance - 1.0).max() < 0.006
    near = np.asarray(distance) < 15_000e3  # near antipodes the two may leave in other directions
    turn = geodesy.initial_bearing(lat1, lon1, lat2, lon2) - azimuth
    assert np.degrees(np.abs((turn + np.pi) % (2 * np.pi) - np.pi)[near]).max() < 0.5


def test_slant_range_of_rows_and_of_one_point() -> None:
    a = np.array([[3.0, 4.0, 0.0], [0.0, 0.0, 2.0]])
    assert geodesy.slant_range(a, np.zeros(3)) == pytest.approx([5.0, 2.0])
    assert geodesy.slant_range(a[0], a[0]) == 0.0


def test_destination_crosses_the_date_line() -> None:
    lat, lon = geodesy.destination(0.0, np.radians(179.5), np.pi / 2, geodesy.MEAN_RADIUS * 0.02)
    assert lat == pytest.approx(0.0, abs=1e-15)
    assert lon == pytest.approx(np.radians(179.5) + 0.02 - 2.0 * np.pi)
    assert wgs84.geodetic_to_ecef(lat, lon, 0.0).shape == (3,)
