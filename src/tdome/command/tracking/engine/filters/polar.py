"""What a site measures of a state, and a first state from one plot.

Range r, azimuth a = atan2(east, north), elevation e = atan2(up, ground range) in the site's own
axes. The rows of the Jacobian are r^, a^ / rho, e^ / r with the orthonormal vectors of growing
range, azimuth and elevation and the ground range rho: analytic, no differences.
Sources: Bar-Shalom, Li, Kirubarajan (2001), section 10.3 (extended Kalman filter).
Limits: within 1 m of the site's vertical the azimuth's Jacobian is held at that of 1 m.
"""

import math

from tdome.command.tracking.engine.layout import (
    ALTITUDE,
    AZIMUTH,
    COVARIANCE,
    CURVE,
    EAST,
    ELEVATION,
    HEAD,
    HEIGHT_VARIANCE,
    L_A,
    L_E,
    L_HALF,
    L_I,
    L_IR,
    L_IRHO,
    L_LOG,
    L_R,
    L_S,
    L_X,
    L_Z,
    NORTH,
    ORIGIN,
    PLACE,
    RANGE,
    UP,
    VARIANCE,
    ZENITH,
)
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats

_ANY_HEIGHT = 5_000.0  # where a plot without height is begun, m above the ellipsoid,
_HEIGHT_DOUBT = 4_000.0  # and its standard error
_STEEPEST = 0.5  # sine of the elevation at which such a plot is begun at most
_FLATTENED = 1.0067394967422764  # (a / b)^2 of WGS-84


@kernel_bare
def set_up(rows: Floats, i: int, flat: bool) -> None:
    """Write local up of track i: z in a flat frame, else the normal of the ellipsoid."""
    if flat:
        rows[i, UP], rows[i, UP + 1], rows[i, UP + 2] = 0.0, 0.0, 1.0
        return
    o = HEAD
    x, y, z = rows[i, o], rows[i, o + 1], rows[i, o + 2] * _FLATTENED
    k = 1.0 / math.sqrt(x * x + y * y + z * z + 1.0)
    rows[i, UP], rows[i, UP + 1], rows[i, UP + 2] = k * x, k * y, k * z


@kernel_bare
def look(  # noqa: PLR0913, PLR0915, PLR0917 - flat columns, written out
    rows: Floats, i: int, o: int, sites: Floats, s: int, gate: float, looks: Floats, k: int
) -> None:
    """Write row k of ``looks``: what site s would see of slot o of track i, and the gate's box."""
    x, y, z = rows[i, o], rows[i, o + 1], rows[i, o + 2]
    dx, dy, dz = x - sites[s, ORIGIN], y - sites[s, ORIGIN + 1], z - sites[s, ORIGIN + 2]
    e = dx * sites[s, EAST] + dy * sites[s, EAST + 1] + dz * sites[s, EAST + 2]
    n = dx * sites[s, NORTH] + dy * sites[s, NORTH + 1] + dz * sites[s, NORTH + 2]
    u = dx * sites[s, ZENITH] + dy * sites[s, ZENITH + 1] + dz * sites[s, ZENITH + 2]
    rho = max(math.sqrt(e * e + n * n), 1.0)
    r = max(math.sqrt(rho * rho + u * u), 1.0)
    ir, irho = 1.0 / r, 1.0 / rho
    looks[k, L_Z], looks[k, L_Z + 1], looks[k, L_Z + 2] = r, math.atan2(e, n), math.atan2(u, rho)
    looks[k, L_IR], looks[k, L_IRHO] = ir, irho
    looks[k, L_X], looks[k, L_X + 1], looks[k, L_X + 2] = x, y, z
    se, ce = e * irho, n * irho
    rx, ry, rz = dx * ir, dy * ir, dz * ir
    ax = ce * sites[s, EAST] - se * sites[s, NORTH]
    ay = ce * sites[s, EAST + 1] - se * sites[s, NORTH + 1]
    az = ce * sites[s, EAST + 2] - se * sites[s, NORTH + 2]
    ex, ey, ez = ay * rz - az * ry, az * rx - ax * rz, ax * ry - ay * rx
    looks[k, L_R], looks[k, L_R + 1], looks[k, L_R + 2] = rx, ry, rz
    looks[k, L_A], looks[k, L_A + 1], looks[k, L_A + 2] = ax, ay, az
    looks[k, L_E], looks[k, L_E + 1], looks[k, L_E + 2] = ex, ey, ez
    p = o + COVARIANCE
    a00, a10, a11 = rows[i, p], rows[i, p + 1], rows[i, p + 2]
    a20, a21, a22 = rows[i, p + 3], rows[i, p + 4], rows[i, p + 5]
    gx, gy, gz = (
        a00 * rx + a10 * ry + a20 * rz,
        a10 * rx + a11 * ry + a21 * rz,
        (a20 * rx + a21 * ry + a22 * rz),
    )
    s00 = gx * rx + gy * ry + gz * rz + sites[s, VARIANCE]
    s10 = (gx * ax + gy * ay + gz * az) * irho
    s20 = (gx * ex + gy * ey + gz * ez) * ir
    gx, gy, gz = (
        a00 * ax + a10 * ay + a20 * az,
        a10 * ax + a11 * ay + a21 * az,
        (a20 * ax + a21 * ay + a22 * az),
    )
    s11 = (gx * ax + gy * ay + gz * az) * irho * irho + sites[s, VARIANCE + 1]
    s21 = (gx * ex + gy * ey + gz * ez) * irho * ir
    gx, gy, gz = (
        a00 * ex + a10 * ey + a20 * ez,
        a10 * ex + a11 * ey + a21 * ez,
        (a20 * ex + a21 * ey + a22 * ez),
    )
    s22 = (gx * ex + gy * ey + gz * ez) * ir * ir + sites[s, VARIANCE + 2]
    i00, i10, i11 = s11 * s22 - s21 * s21, s20 * s21 - s10 * s22, s00 * s22 - s20 * s20
    det = s00 * i00 + s10 * i10 + s20 * (s10 * s21 - s11 * s20)
    d = 1.0 / det
    looks[k, L_S], looks[k, L_S + 1], looks[k, L_S + 2] = s00, s10, s11
    looks[k, L_S + 3], looks[k, L_S + 4], looks[k, L_S + 5] = s20, s21, s22
    looks[k, L_I], looks[k, L_I + 1], looks[k, L_I + 2] = i00 * d, i10 * d, i11 * d
    looks[k, L_I + 3] = (s10 * s21 - s11 * s20) * d
    looks[k, L_I + 4] = (s10 * s20 - s00 * s21) * d
    looks[k, L_I + 5] = (s00 * s11 - s10 * s10) * d
    looks[k, L_LOG] = math.log(det)
    looks[k, L_HALF] = gate * math.sqrt(s00)
    looks[k, L_HALF + 1] = gate * math.sqrt(s11)
    looks[k, L_HALF + 2] = gate * math.sqrt(s22)


@kernel_bare
def sine_of_height(sites: Floats, s: int, r: float, a: float, height: float) -> float:
    """Return the sine of the elevation at which a place in range r, azimuth a has a height.

    height: m above the ellipsoid (flat frame: z). With the radius R of the ellipsoid's curvature at
    the site along the azimuth (Euler's theorem: cos^2 a / M + sin^2 a / N) and its altitude h_s,

        (R + h)^2 = (R + h_s)^2 + r^2 + 2 r (R + h_s) sin e.

    Beyond -1 … 1 there is no such place. Limit: the curvature is that at the site: 5 m at 300 km.
    """
    north, east = math.cos(a), math.sin(a)
    k = sites[s, CURVE] * north * north + sites[s, CURVE + 1] * east * east
    own = sites[s, ALTITUDE]
    rise = (height - own) * (2.0 + k * (height + own)) - k * r * r
    return float(rise / (2.0 * r * (1.0 + k * own)))


@kernel_bare
def begin(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, i: int, o: int, sites: Floats, s: int, z: Floats, j: int
) -> None:
    """Put the position of plot j, and its errors, into slot o of track i (velocity untouched)."""
    r, a, e = z[j, RANGE], z[j, AZIMUTH], z[j, ELEVATION]
    ve = sites[s, VARIANCE + 2]
    if z[j, HEIGHT_VARIANCE] > 0.0:
        ve = z[j, HEIGHT_VARIANCE]
    elif z[j, HEIGHT_VARIANCE] < 0.0:
        e = math.asin(max(min(sine_of_height(sites, s, r, a, _ANY_HEIGHT), _STEEPEST), -_STEEPEST))
        ve = (_HEIGHT_DOUBT / r) ** 2
    se, ce, sa, ca = math.sin(e), math.cos(e), math.sin(a), math.cos(a)
    va = sites[s, VARIANCE + 1] * (r * ce) ** 2
    ve *= r * r
    vr = sites[s, VARIANCE]
    if z[j, PLACE] > 0.0:
        vr = va = ve = z[j, PLACE]
    p = o + COVARIANCE
    at = p
    for m in range(3):
        east, north, up = sites[s, EAST + m], sites[s, NORTH + m], sites[s, ZENITH + m]
        g = sa * east + ca * north
        rm, am, em = ce * g + se * up, ca * east - sa * north, ce * up - se * g
        rows[i, o + m] = sites[s, ORIGIN + m] + r * rm
        for n in range(m + 1):
            east, north, up = sites[s, EAST + n], sites[s, NORTH + n], sites[s, ZENITH + n]
            g = sa * east + ca * north
            rn, an, en = ce * g + se * up, ca * east - sa * north, ce * up - se * g
            rows[i, at] = vr * rm * rn + va * am * an + ve * em * en
            at += 1


@kernel_bare
def measured(x: float, y: float, z: float, sites: Floats, s: int) -> tuple[float, float, float]:
    """Return range, azimuth and elevation of a position from site s."""
    dx, dy, dz = x - sites[s, ORIGIN], y - sites[s, ORIGIN + 1], z - sites[s, ORIGIN + 2]
    e = dx * sites[s, EAST] + dy * sites[s, EAST + 1] + dz * sites[s, EAST + 2]
    n = dx * sites[s, NORTH] + dy * sites[s, NORTH + 1] + dz * sites[s, NORTH + 2]
    u = dx * sites[s, ZENITH] + dy * sites[s, ZENITH + 1] + dz * sites[s, ZENITH + 2]
    rho = max(math.sqrt(e * e + n * n), 1.0)
    return max(math.sqrt(rho * rho + u * u), 1.0), math.atan2(e, n), math.atan2(u, rho)
