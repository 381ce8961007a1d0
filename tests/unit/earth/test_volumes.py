"""Volumes over the ground against closed forms and a dense search."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.earth.geodesy import MEAN_RADIUS, destination, great_circle_distance
from tdome.earth.volumes import COLUMNS, n_vectors, near, volumes_along, zones_of
from tdome.earth.wgs84 import geodetic_to_ecef

HEIGHTS = np.array([-400.0, 0.0, 12e3, 100e3, 1_000e3])
_LAT = st.floats(-1.4, 1.4)
_LON = st.floats(-3.1, 3.1)


@settings(max_examples=60, deadline=None)
@given(_LAT, _LON, st.floats(0.0, 2.0 * math.pi), st.floats(200.0, 900e3))
def test_a_disc_ends_at_its_radius_at_all_heights(
    lat: float, lon: float, bearing: float, radius: float
) -> None:
    disc = volumes_along(lat, lon, radius)
    assert disc.shape == (1, COLUMNS)
    for distance, holds in ((radius - 1.0, 1), (radius + 1.0, 0)):
        there = destination(lat, lon, bearing, distance)
        points = geodetic_to_ecef(*there, HEIGHTS)
        assert zones_of(points, disc).tolist() == [holds] * len(HEIGHTS)


def test_a_corridor_on_the_equator_is_a_band_with_round_ends() -> None:
    arc = np.radians([0.0, 2.0])
    band = volumes_along(np.zeros(2), arc, 10e3)
    one = 1.0 / MEAN_RADIUS
    cases = [
        (9_999.0 * one, 0.5 * arc[1], 1),
        (10_001.0 * one, 0.5 * arc[1], 0),
        (-9_999.0 * one, 0.01 * arc[1], 1),
        (0.0, -9_999.0 * one, 1),  # before its start, within the round end
        (0.0, -10_001.0 * one, 0),
        (7_000.0 * one, arc[1] + 7_000.0 * one, 1),  # 9.9 km from the end
        (8_000.0 * one, arc[1] + 8_000.0 * one, 0),  # 11.3 km: a square end would hold it
        (0.0, math.pi + 0.5 * arc[1], 0),  # on the same great circle, on the other side
    ]
    points = geodetic_to_ecef([c[0] for c in cases], [c[1] for c in cases], 5e3)
    assert zones_of(points, band).tolist() == [c[2] for c in cases]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-0.04, 0.04), st.floats(-0.04, 0.04)), min_size=2, max_size=4),
    st.tuples(st.floats(-0.06, 0.06), st.floats(-0.06, 0.06)),
    st.floats(1e3, 60e3),
)
def test_a_route_is_all_that_is_near_a_point_of_it(
    route: list[tuple[float, float]], place: tuple[float, float], reach: float
) -> None:
    lat, lon = (0.4 + np.array([p[0] for p in route])), (2.1 + np.array([p[1] for p in route]))
    at = n_vectors(np.array([0.4 + place[0]]), np.array([2.1 + place[1]]))
    nearest = math.inf
    for k in range(len(route) - 1):
        a, b = n_vectors(lat[k : k + 2], lon[k : k + 2])
        chord = a + np.linspace(0.0, 1.0, 4001)[:, None] * (b - a)
        chord /= np.linalg.norm(chord, axis=1)[:, None]
        gap = np.linalg.norm(np.cross(chord, at), axis=1).min()
        nearest = min(nearest, MEAN_RADIUS * math.asin(min(gap, 1.0)))
    found = any(near(at, leg)[0] for leg in volumes_along(lat, lon, reach))
    if abs(nearest - reach) > 20.0:  # half of the sampling's spacing, squared, over the reach
        assert found == (nearest < reach)


def test_floor_and_ceiling_belong_to_it() -> None:
    tall = volumes_along(0.4, 2.1, 5e3, floor=1_000.0, ceiling=2_000.0)
    points = geodetic_to_ecef(0.4, 2.1, np.array([999.9, 1_000.1, 1_999.9, 2_000.1]))
    assert zones_of(points, tall).tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("bits", [(0,), (3, 7), (62,), (0, 31, 32, 62)])
def test_each_zone_has_its_bit(bits: tuple[int, ...]) -> None:
    here = [volumes_along(0.4, 2.1, 5e3, zone=bit) for bit in bits]
    away = [volumes_along(0.5, 2.1, 5e3, zone=bit) for bit in (1, 40)]
    mask = zones_of(geodetic_to_ecef(0.4, 2.1, np.zeros(1)), np.concatenate([*away, *here]))
    assert mask.tolist() == [sum(1 << bit for bit in bits)]


def test_nowhere_is_in_no_zone() -> None:
    assert zones_of(np.full((2, 3), np.nan), volumes_along(0.4, 2.1, 5e3)).tolist() == [0, 0]
    assert zones_of(np.zeros((0, 3)), volumes_along(0.4, 2.1, 5e3)).tolist() == []
    assert zones_of(np.ones((2, 3)), np.zeros((0, COLUMNS))).tolist() == [0, 0]


def test_a_place_twice_is_a_disc() -> None:
    once, twice = volumes_along(0.4, 2.1, 5e3), volumes_along([0.4, 0.4], [2.1, 2.1], 5e3)
    assert np.array_equal(once, twice)
    assert great_circle_distance(0.4, 2.1, 0.4, 2.1) == 0.0
