"""Range, azimuth and a told height: the place comes back, and errors are as claimed."""

import numpy as np
import pytest

from tdome.command.tracking.partial.height import with_height
from tdome.earth.wgs84 import (
    ecef_to_enu,
    ecef_to_geodetic,
    enu_axes,
    enu_to_polar,
    geodetic_to_ecef,
)

SIGMA = np.array([[80.0, 0.003, np.nan]])


def solve(distance, azimuth, height, *, flat):
    m = len(distance)
    if flat:
        origin, axes = np.array([[1e3, 2e3, 40.0]]), np.eye(3)[None]
    else:
        origin, axes = geodetic_to_ecef(0.42, 2.11, 40.0)[None], enu_axes(0.42, 2.11)[None]
    place, covariance, solved = np.empty((m, 3)), np.empty((m, 3, 3)), np.empty(m, np.int8)
    rows = np.zeros(m, np.int32)
    with_height(
        rows, distance, azimuth, height, SIGMA, origin, axes, flat, 30.0, place, covariance, solved
    )
    return place, covariance, solved


def scene(rng, n, *, flat):
    if flat:
        place = rng.uniform([-150e3, -150e3, 3e2], [150e3, 150e3, 12e3], (n, 3))
        polar = enu_to_polar(place - np.array([1e3, 2e3, 40.0]))
        return place, polar, place[:, 2].copy()
    lat, lon = 0.42 + rng.uniform(-0.03, 0.03, n), 2.11 + rng.uniform(-0.03, 0.03, n)
    place = geodetic_to_ecef(lat, lon, rng.uniform(3e2, 12e3, n))
    enu = ecef_to_enu(place, geodetic_to_ecef(0.42, 2.11, 40.0), enu_axes(0.42, 2.11))
    return place, enu_to_polar(enu), ecef_to_geodetic(place)[2]


@pytest.mark.parametrize("flat", [True, False])
def test_places_come_back_and_errors_are_as_claimed(flat):
    rng = np.random.default_rng(0)
    place, polar, height = scene(rng, 2_000, flat=flat)
    far = polar[:, 2] < 1.0
    place, polar, height = place[far], polar[far], height[far]
    found, _, solved = solve(polar[:, 0].copy(), polar[:, 1].copy(), height, flat=flat)
    assert solved.all()
    assert found == pytest.approx(place, abs=1e-2)
    n = len(place)
    noisy = polar[:, :2] + rng.normal(size=(n, 2)) * SIGMA[0, :2]
    told = height + 30.0 * rng.normal(size=n)
    found, covariance, solved = solve(noisy[:, 0].copy(), noisy[:, 1].copy(), told, flat=flat)
    good = (solved == 1) & (polar[:, 0] > 40e3)
    off = (found - place)[good]
    d2 = np.einsum("ni,nij,nj->n", off, np.linalg.inv(covariance[good]), off)
    assert d2.mean() == pytest.approx(3.0, abs=3.3 * np.sqrt(6.0 / good.sum()))


def test_what_has_no_place_is_said_to_have_none():
    distance = np.array([5e3, np.nan, 50e3, 50e3, -3.0, 5_010.0])
    height = np.array([9e3, 1e3, np.nan, 5e3, 1e3, 5_045.0])
    place, covariance, solved = solve(distance, np.ones(6), height, flat=True)
    assert solved.tolist() == [0, 0, 0, 1, 0, 0]
    assert np.isnan(place[solved == 0]).all()
    assert np.isfinite(covariance[3]).all()
