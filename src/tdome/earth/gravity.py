"""Gravitation of the Earth: the central term and the oblateness J2."""

import math

from tdome.earth.wgs84 import J2, MU, A
from tdome.kernel.jit import kernel


@kernel
def gravitation1(x: float, y: float, z: float) -> tuple[float, float, float]:
    """Acceleration (gx, gy, gz) in m/s^2, ECEF axes, at one ECEF position in m.

    Gradient of U = (MU / r) (1 - J2 (A / r)^2 (3 (z / r)^2 - 1) / 2); Vallado, "Fundamentals of
    Astrodynamics and Applications", 4th ed., eq. 8-25 and section 8.7. Gravitation only: the
    centrifugal term belongs to the rotating frame, not to the field.
    Limit: the terms left out (J3, J4, tesserals, anomalies) stay below 1e-3 m/s^2 in all.
    """
    r2 = x * x + y * y + z * z
    central = -MU / (r2 * math.sqrt(r2))
    oblate = 1.5 * J2 * (A * A / r2)
    slope = 5.0 * z * z / r2
    across = central * (1.0 + oblate * (1.0 - slope))
    along = central * (1.0 + oblate * (3.0 - slope))
    return across * x, across * y, along * z
