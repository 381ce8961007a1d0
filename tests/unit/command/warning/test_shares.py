"""The share of an impact that falls into a zone."""

import numpy as np
import pytest
import shapely
from scipy.integrate import dblquad

from tdome.command.warning.shares import POINTS, zone_edges, zone_shares
from tdome.plan.zones import ZoneBook, disc

KM = 1e3


def _shares(polygons, impact):
    names = [str(k) for k in range(len(polygons))]
    edges = zone_edges(ZoneBook(names, names, names, polygons))
    out = np.zeros((1, len(polygons)))
    zone_shares(np.atleast_2d(impact), edges.edges, edges.first, edges.bounds, out)
    return out[0]


def _impact(lat, lon, ee, en, nn):
    return np.array([np.radians(lat), np.radians(lon), ee, en, nn])


@pytest.mark.parametrize("radius", [0.5, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("offset", [0.0, 1.0, 2.0])
def test_share_of_a_disc_matches_quadrature(radius, offset):
    sigma = 3 * KM
    zone = disc(24.0, 121.0, radius * sigma, points=256)
    lon = 121.0 + offset * sigma / (111.19 * KM * np.cos(np.radians(24.0)))
    share = _shares([zone], _impact(24.0, lon, sigma**2, 0.0, sigma**2))[0]

    def density(r, turn):
        return r * np.exp(-0.5 * (r * r - 2 * r * offset * np.cos(turn) + offset**2)) / 2 / np.pi

    wanted, _ = dblquad(density, 0.0, 2.0 * np.pi, 0.0, radius)
    assert share == pytest.approx(wanted, abs=0.02)


def test_zones_that_part_the_plane_share_all_of_it():
    west = shapely.box(120.0, 23.0, 121.0, 25.0)
    east = shapely.box(121.0, 23.0, 122.0, 25.0)
    shares = _shares([west, east], _impact(24.0, 121.0, 1e7, 3e6, 4e6))
    assert shares.sum() == pytest.approx(1.0)
    assert shares[0] == pytest.approx(0.5, abs=2.0 / POINTS)


def test_a_hole_is_not_in_the_zone():
    ring = shapely.box(120.0, 23.0, 122.0, 25.0) - shapely.box(120.5, 23.5, 121.5, 24.5)
    assert _shares([ring], _impact(24.0, 121.0, 1e6, 0.0, 1e6))[0] == 0.0


def test_a_tilted_ellipse_reaches_along_its_long_axis():
    north_east, north_west = disc(24.1, 121.11, 5 * KM), disc(24.1, 120.89, 5 * KM)
    shares = _shares([north_east, north_west], _impact(24.0, 121.0, 1e8, 9.5e7, 1e8))
    assert shares[0] > 0.1
    assert shares[1] == 0.0


def test_each_part_of_a_zone_of_islands_counts():
    islands = shapely.MultiPolygon(
        [shapely.box(120.0, 23.0, 120.2, 23.2), shapely.box(121.0, 24.0, 121.2, 24.2)]
    )
    for lat, lon in ((23.1, 120.1), (24.1, 121.1)):
        assert _shares([islands], _impact(lat, lon, 1e4, 0.0, 1e4))[0] == 1.0
    assert _shares([islands], _impact(23.6, 120.6, 1e4, 0.0, 1e4))[0] == 0.0
