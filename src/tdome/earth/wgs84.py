"""The WGS-84 ellipsoid and the frames on it: geodetic, ECEF, local east-north-up, polar.

Source of the constants: NIMA TR8350.2, "Department of Defense World Geodetic System 1984",
3rd ed., amendment 1 (2000). Latitudes, longitudes and angles in rad, lengths in m. Arrays carry
the components in their last axis; leading axes are free, so a single point is a ``(3,)`` array.
"""

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tdome.kernel.jit import kernel

Floats: TypeAlias = npt.NDArray[np.float64]

A = 6378137.0  # semi-major axis, m (TR8350.2 table 3.1)
F = 1.0 / 298.257223563  # flattening (TR8350.2 table 3.1)
OMEGA = 7.292115e-5  # Earth rotation, rad/s (TR8350.2 table 3.1)
MU = 3.986004418e14  # GM with the atmosphere, m^3/s^2 (TR8350.2 table 3.1)
J2 = 1.0826298213e-3  # -sqrt(5) C20, C20 = -0.484166774985e-3 (TR8350.2 table 3.3, ellipsoid)
B = A * (1.0 - F)  # semi-minor axis, m
E2 = F * (2.0 - F)  # first eccentricity squared
_EP2 = E2 / (1.0 - E2)  # second eccentricity squared
_BOWRING_ROUNDS = 2  # below 1e-8 m from -10 km to 40,000 km; measured in the tests


@kernel
def geodetic_to_ecef1(lat: float, lon: float, height: float) -> tuple[float, float, float]:
    """ECEF position (x, y, z) in m of one geodetic position (rad, rad, m over the ellipsoid)."""
    sin_lat = math.sin(lat)
    cos_lat = math.cos(lat)
    normal = A / math.sqrt(1.0 - E2 * sin_lat * sin_lat)
    across = (normal + height) * cos_lat
    return (
        across * math.cos(lon),
        across * math.sin(lon),
        (normal * (1.0 - E2) + height) * sin_lat,
    )


@kernel
def ecef_to_geodetic1(x: float, y: float, z: float) -> tuple[float, float, float]:
    """Geodetic (lat, lon, height) in rad, rad, m of one ECEF position in m.

    Bowring's formula (Survey Review 23, 1976) on the sine and cosine of the parametric latitude,
    with a fixed number of rounds, so that no angle is formed before the end. Longitude is in
    [-pi, pi] and 0 on the polar axis. Not meaningful within 43 km of the centre of the Earth
    (the evolute of the meridian), where several latitudes fit one point.
    """
    across = math.sqrt(x * x + y * y)
    radius = math.sqrt(across * across + z * z)
    s = z * (B / A) * (1.0 + _EP2 * B / radius)
    c = across
    for _ in range(_BOWRING_ROUNDS):
        scale = 1.0 / math.sqrt(s * s + c * c)
        sin_u = s * scale
        cos_u = c * scale
        north = z + _EP2 * B * sin_u * sin_u * sin_u
        out = across - E2 * A * cos_u * cos_u * cos_u
        s = north * (B / A)
        c = out
    scale = 1.0 / math.sqrt(north * north + out * out)
    sin_lat = north * scale
    cos_lat = out * scale
    height = across * cos_lat + z * sin_lat - A * math.sqrt(1.0 - E2 * sin_lat * sin_lat)
    return math.atan2(north, out), math.atan2(y, x), height


@kernel
def _geodetic_to_ecef_rows(lat: Floats, lon: Floats, height: Floats, out: Floats) -> None:
    for i in range(lat.size):
        out[i, 0], out[i, 1], out[i, 2] = geodetic_to_ecef1(lat[i], lon[i], height[i])


@kernel
def _ecef_to_geodetic_rows(ecef: Floats, lat: Floats, lon: Floats, height: Floats) -> None:
    for i in range(lat.size):
        lat[i], lon[i], height[i] = ecef_to_geodetic1(ecef[i, 0], ecef[i, 1], ecef[i, 2])


def geodetic_to_ecef(lat: npt.ArrayLike, lon: npt.ArrayLike, height: npt.ArrayLike) -> Floats:
    """ECEF positions, shape (n, 3) in m, of geodetic positions that broadcast to shape (n,)."""
    columns = np.broadcast_arrays(*(np.asarray(c, dtype=np.float64) for c in (lat, lon, height)))
    shape = columns[0].shape
    flat = [np.ascontiguousarray(c).reshape(-1) for c in columns]
    out = np.empty((flat[0].size, 3))
    _geodetic_to_ecef_rows(flat[0], flat[1], flat[2], out)
    return out.reshape((*shape, 3))


def ecef_to_geodetic(ecef: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Latitudes, longitudes (rad) and heights (m), shape (n,), of ECEF positions (n, 3) in m."""
    points = np.ascontiguousarray(ecef, dtype=np.float64)
    rows = points.reshape(-1, 3)
    lat, lon, height = np.empty(len(rows)), np.empty(len(rows)), np.empty(len(rows))
    _ecef_to_geodetic_rows(rows, lat, lon, height)
    shape = points.shape[:-1]
    return lat.reshape(shape), lon.reshape(shape), height.reshape(shape)


def enu_axes(lat: float, lon: float) -> Floats:
    """East, north and up unit vectors at one place: the rows of a (3, 3) array, ECEF."""
    sin_lat, cos_lat = math.sin(lat), math.cos(lat)
    sin_lon, cos_lon = math.sin(lon), math.cos(lon)
    return np.array(
        [
            [-sin_lon, cos_lon, 0.0],
            [-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat],
            [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat],
        ]
    )


def _rotate(matrix: Floats, vectors: Floats) -> Floats:
    # Written out, because BLAS may give a row other bits in a batch of another length.
    return np.asarray(
        vectors[..., 0, None] * matrix[:, 0]
        + vectors[..., 1, None] * matrix[:, 1]
        + vectors[..., 2, None] * matrix[:, 2]
    )


def ecef_to_enu(ecef: Floats, origin_ecef: Floats, axes: Floats) -> Floats:
    """East, north, up in m, shape (n, 3), of ECEF positions seen from one origin.

    Parameters
    ----------
    ecef
        Positions, shape (n, 3), ECEF, m.
    origin_ecef
        Origin of the local frame, shape (3,), ECEF, m. A zero origin rotates velocities.
    axes
        Rows from :func:`enu_axes` at the origin, shape (3, 3).
    """
    return _rotate(axes, np.asarray(ecef) - origin_ecef)


def enu_to_ecef(enu: Floats, origin_ecef: Floats, axes: Floats) -> Floats:
    """ECEF positions in m, shape (n, 3), of local ones: the inverse of :func:`ecef_to_enu`."""
    return _rotate(axes.T, np.asarray(enu)) + origin_ecef


def enu_to_polar(enu: Floats) -> Floats:
    """Range (m), azimuth (rad from north, clockwise, [0, 2 pi)) and elevation (rad), (n, 3)."""
    enu = np.asarray(enu, dtype=np.float64)
    east, north, up = enu[..., 0], enu[..., 1], enu[..., 2]
    level = np.hypot(east, north)
    azimuth = np.arctan2(east, north)
    azimuth = np.where(azimuth < 0.0, azimuth + 2.0 * np.pi, azimuth)
    azimuth = np.where(azimuth >= 2.0 * np.pi, 0.0, azimuth)  # -1e-20 + 2 pi rounds to 2 pi
    return np.stack([np.hypot(level, up), azimuth, np.arctan2(up, level)], axis=-1)


def polar_to_enu(polar: Floats) -> Floats:
    """East, north, up in m, shape (n, 3): the inverse of :func:`enu_to_polar`."""
    polar = np.asarray(polar, dtype=np.float64)
    distance, azimuth, elevation = polar[..., 0], polar[..., 1], polar[..., 2]
    level = distance * np.cos(elevation)
    return np.stack(
        [level * np.sin(azimuth), level * np.cos(azimuth), distance * np.sin(elevation)], axis=-1
    )
