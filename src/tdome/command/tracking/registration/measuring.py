"""What a sensor should measure of a place, with gradients, and the place that a plot tells.

Range r, azimuth a clockwise from the site's north and elevation e of d = place - origin, in the
axes east, north, up of the site; their gradients in the frame are u, (cos a E - sin a N) / (r cos
e) and (-sin e sin a E - sin e cos a N + cos e U) / r, where u = d / r. Frame: any Cartesian one
(ECEF, or flat), m, rad.
"""

import math

from tdome.earth.wgs84 import ecef_to_geodetic1
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats

MEASURED = 4  # range m, azimuth rad, elevation rad, height m
EARTH_RADIUS = 6_371_000.0  # m; only for the first guess of a plot without height
_LEAST = 1e-6


@kernel
def measure(
    place: Floats, origin: Floats, axes: Floats, flat: bool, z: Floats, slope: Floats
) -> None:
    """Write range, azimuth, elevation, height above the ellipsoid (flat: z) and their gradients.

    Parameters
    ----------
    place, origin, axes
        (3,), (3,), (3, 3) rows east, north, up, in the frame.
    z, slope
        Written: (4,) and (4, 3).
    """
    e = n = u = 0.0
    for i in range(3):
        d = place[i] - origin[i]
        e += axes[0, i] * d
        n += axes[1, i] * d
        u += axes[2, i] * d
    level = max(math.sqrt(e * e + n * n), _LEAST)
    r = math.sqrt(level * level + u * u)
    sin_a, cos_a, sin_e, cos_e = e / level, n / level, u / r, level / r
    z[0], z[1], z[2] = r, math.atan2(e, n), math.atan2(u, level)
    for i in range(3):
        east, north, up = axes[0, i], axes[1, i], axes[2, i]
        ahead = sin_a * east + cos_a * north
        slope[0, i] = cos_e * ahead + sin_e * up
        slope[1, i] = (cos_a * east - sin_a * north) / level
        slope[2, i] = (cos_e * up - sin_e * ahead) / r
    if flat:
        z[3] = place[2]
        slope[3, 0], slope[3, 1], slope[3, 2] = 0.0, 0.0, 1.0
    else:
        lat, lon, z[3] = ecef_to_geodetic1(place[0], place[1], place[2])
        slope[3, 0] = math.cos(lat) * math.cos(lon)
        slope[3, 1] = math.cos(lat) * math.sin(lon)
        slope[3, 2] = math.sin(lat)


@kernel
def locate(r: float, a: float, e: float, origin: Floats, axes: Floats, place: Floats) -> None:
    """Write the place (3,) of a range, an azimuth and an elevation."""
    level = r * math.cos(e)
    east, north, up = level * math.sin(a), level * math.cos(a), r * math.sin(e)
    for i in range(3):
        place[i] = origin[i] + east * axes[0, i] + north * axes[1, i] + up * axes[2, i]


@kernel
def elevation_of_height(r: float, above: float, flat: bool) -> float:
    """Return the elevation at which a range r meets a height above the antenna, m (round Earth)."""
    drop = 0.0 if flat else r * r / (2.0 * EARTH_RADIUS)
    return math.asin(min(max((above - drop) / r, -1.0), 1.0))


@kernel
def wrapped(angle: float) -> float:
    """Return an angle in [-pi, pi)."""
    return angle - 2.0 * math.pi * math.floor((angle + math.pi) / (2.0 * math.pi))
