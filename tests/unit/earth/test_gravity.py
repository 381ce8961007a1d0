"""Gravitation against normal gravity, the potential's gradient and symmetry."""

import numpy as np
import pytest

from tdome.earth import wgs84
from tdome.earth.gravity import gravitation1


@pytest.mark.parametrize(
    ("lat", "normal"),
    [(0.0, 9.7803253359), (45.0, 9.8061977694), (90.0, 9.8321849378)],  # TR8350.2, Somigliana
)
def test_with_the_centrifugal_term_it_is_normal_gravity(lat: float, normal: float) -> None:
    x, y, z = wgs84.geodetic_to_ecef(np.radians(lat), 0.3, 0.0)
    gx, gy, gz = gravitation1(x, y, z)
    felt = np.array([gx + wgs84.OMEGA**2 * x, gy + wgs84.OMEGA**2 * y, gz])
    assert np.linalg.norm(felt) == pytest.approx(normal, abs=1.2e-4)  # J4 is left out
    up = wgs84.enu_axes(np.radians(lat), 0.3)[2]
    assert -felt / np.linalg.norm(felt) == pytest.approx(up, abs=1e-5)


def potential(r: np.ndarray) -> float:
    radius = float(np.linalg.norm(r))
    legendre = 0.5 * (3.0 * (r[2] / radius) ** 2 - 1.0)
    return wgs84.MU / radius * (1.0 - wgs84.J2 * (wgs84.A / radius) ** 2 * legendre)


def test_it_is_the_gradient_of_the_potential() -> None:
    r = np.array([-3.1e6, 5.0e6, 2.9e6])
    steps = 50.0 * np.eye(3)
    slope = [(potential(r + s) - potential(r - s)) / 100.0 for s in steps]
    assert gravitation1(*r) == pytest.approx(slope, rel=1e-7)
