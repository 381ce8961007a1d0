"""Where an aircraft that circles over a place is: a pure function of time, so that all agree.

A circle of radius r over the ground, clockwise, at constant height and speed v. It is at its
northernmost point at the Unix epoch and every T = 2 pi r / v (whole ns) after it: bearing from the
middle = 2 pi (t mod T) / T. Assumptions and limits: spherical Earth for the circle (0.3 % of r), no
bank, no wind, no race-track.
"""

import math

import numpy as np

from tdome.earth.geodesy import destination
from tdome.earth.wgs84 import Floats


def on_circle(lat: Floats, lon: Floats, orbit: Floats, at: int) -> tuple[Floats, Floats]:
    """Return latitudes and longitudes (n,), rad, on circles at a time (int ns UTC).

    lat, lon: the middles, rad. orbit: radii, m, and speeds, m/s, (n, 2), above zero.
    """
    radius, speed = orbit.T
    periods = np.rint(2e9 * math.pi * radius / speed).astype(np.int64)
    turned = np.array([at % period / period for period in periods.tolist()])
    return destination(lat, lon, 2.0 * math.pi * turned, radius)
