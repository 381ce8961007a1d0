"""Plots of range and azimuth whose height a transponder tells: whole places with their covariance.

A radar without elevation and a reply with the flyer's own height make three equations, r, a and h
of one place; solved by Newton steps with the analytic gradients of :mod:`..registration.measuring`.
With G their gradients at the solution, the covariance is G^-1 diag(s_r^2, s_a^2, s_h^2) G^-T.
Heights are above the ellipsoid: who converts a pressure altitude adds what the weather makes of it
to s_h.

Limits: near the zenith of a radar G is singular, and a height above the range has no solution: such
plots are told as not solved. Without any height see :mod:`.completion`.
"""

import math

import numpy as np

from tdome.command.tracking.laws.lines import inverse3
from tdome.command.tracking.registration.measuring import (
    MEASURED,
    elevation_of_height,
    locate,
    measure,
    wrapped,
)
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints

HEIGHT_SIGMA = 30.0  # m: 25 ft steps, and what the standard atmosphere leaves after correction
_ROUNDS = 8
_CLOSE = 1e-3  # m
_STEEPEST = 0.2  # least sine between the gradients of range and height


@kernel
def step_of(slope: Floats, off: Floats, step: Floats) -> float:
    """Solve G step = off for the rows range, azimuth, height of slope (4, 3); return det G."""
    r, a, h = slope[0], slope[1], slope[3]
    cx, cy, cz = a[1] * h[2] - a[2] * h[1], a[2] * h[0] - a[0] * h[2], a[0] * h[1] - a[1] * h[0]
    det = r[0] * cx + r[1] * cy + r[2] * cz
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        # Cramer's rule by columns: the inverse has cross products of the rows as its columns.
        step[i] = (
            off[0] * (a[j] * h[k] - a[k] * h[j])
            + off[1] * (h[j] * r[k] - h[k] * r[j])
            + off[2] * (r[j] * a[k] - r[k] * a[j])
        ) / det
    return float(det)


@kernel
def with_height(  # noqa: PLR0913, PLR0917 - flat columns
    sensor: Ints,
    range_m: Floats,
    azimuth: Floats,
    height: Floats,
    sigma: Floats,
    origin: Floats,
    axes: Floats,
    flat: bool,
    height_sigma: float,
    place: Floats,
    covariance: Floats,
    solved: Codes,
) -> None:
    """Write the places of plots of range, azimuth and height.

    Parameters
    ----------
    sensor, range_m, azimuth, height
        (m,) row in the sites; m; rad; m above the ellipsoid (flat: z).
    sigma, origin, axes
        Of the sites: (S, 3) or more columns, (S, 3), (S, 3, 3).
    place, covariance, solved
        Written: (m, 3), (m, 3, 3), and (m,) 1 where there is a solution; elsewhere nan.
    """
    z, slope, off, step = np.empty(MEASURED), np.empty((MEASURED, 3)), np.empty(3), np.empty(3)
    for k in range(len(sensor)):
        s, here = sensor[k], place[k]
        solved[k] = 0
        away, det = math.inf, 0.0
        if range_m[k] > 0.0 and math.isfinite(height[k]) and math.isfinite(azimuth[k]):
            measure(origin[s], origin[s], axes[s], flat, z, slope)
            e = elevation_of_height(range_m[k], height[k] - z[3], flat)
            locate(range_m[k], azimuth[k], e, origin[s], axes[s], here)
            for _ in range(_ROUNDS):
                measure(here, origin[s], axes[s], flat, z, slope)
                off[0], off[1] = range_m[k] - z[0], wrapped(azimuth[k] - z[1])
                off[2] = height[k] - z[3]
                det = step_of(slope, off, step)
                away = 0.0
                for i in range(3):
                    here[i] += step[i]
                    away = max(away, abs(step[i]))
                if not away > _CLOSE:
                    break
        # det times the level distance is the sine between the range's and the height's gradients.
        if away <= _CLOSE and abs(det) * z[0] * math.cos(z[2]) > _STEEPEST:
            _spread(slope, sigma[s], height_sigma, covariance[k])
            solved[k] = 1
        else:
            here[:] = math.nan
            covariance[k] = math.nan


@kernel
def _spread(slope: Floats, sigma: Floats, height_sigma: float, out: Floats) -> None:
    """Write (sum g g' / s^2)^-1 over range, azimuth and height."""
    a = np.zeros((3, 3))
    for row in range(3):
        c = 3 if row == 2 else row  # noqa: PLR2004 - the third is the height
        s = height_sigma if c == 3 else sigma[c]  # noqa: PLR2004
        for i in range(3):
            for j in range(3):
                a[i, j] += slope[c, i] * slope[c, j] / (s * s)
    c00, c01, c02, c11, c12, c22, _ = inverse3(a[0, 0], a[0, 1], a[0, 2], a[1, 1], a[1, 2], a[2, 2])
    out[0, 0], out[0, 1], out[0, 2] = c00, c01, c02
    out[1, 0], out[1, 1], out[1, 2] = c01, c11, c12
    out[2, 0], out[2, 1], out[2, 2] = c02, c12, c22
