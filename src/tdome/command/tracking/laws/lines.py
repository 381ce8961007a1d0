"""A place that a sensor measured, as three independent lines, and a filter's update with one.

The errors of a plot are independent along the line of sight, across it in azimuth and across it in
elevation. So a plot is three numbers a' (position) with a = these unit vectors, one after the
other: the same as the block update, without an inverse (Bar-Shalom, Li, Kirubarajan, "Estimation
with Applications to Tracking and Navigation", 2001, section 7.3). A plot that came tau s late is a
number of the state now: a' (p - tau v); the process noise over tau is in its variance.
"""

import math

from tdome.earth.ballistics import acceleration1
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats

BELIEVED_INV_BETA = 1.0 / 5000.0  # m^2/kg, a compact re-entry body, where a late scan looks back
_LEAST = 1.0  # m: nearer to the site's vertical than this, azimuth has no direction


@kernel
def variance1(arm: Floats, r: Floats) -> float:
    """Return a' R a."""
    total = 0.0
    for m in range(3):
        for n in range(3):
            total += arm[m] * r[m, n] * arm[n]
    return total


@kernel
def lines1(
    place: Floats, spread: Floats, origin: Floats, up: Floats, arms: Floats, noise: Floats
) -> None:
    """Write the unit vectors of range, azimuth and elevation at a place, arms (3, 3).

    And the variances of the place along them under its covariance ``spread``: noise (3,).
    """
    x, y, z = place[0] - origin[0], place[1] - origin[1], place[2] - origin[2]
    r = math.sqrt(x * x + y * y + z * z)
    if r < _LEAST:
        x, y, z, r = up[0], up[1], up[2], 1.0
    x, y, z = x / r, y / r, z / r
    a, b, c = y * up[2] - z * up[1], z * up[0] - x * up[2], x * up[1] - y * up[0]
    level = math.sqrt(a * a + b * b + c * c)
    if level * r < _LEAST:  # straight up: any direction across will do
        a, b, c = (-y, x, 0.0) if abs(z) < 0.9 else (0.0, -z, y)  # noqa: PLR2004
        level = math.sqrt(a * a + b * b + c * c)
    a, b, c = a / level, b / level, c / level
    arms[0, 0], arms[0, 1], arms[0, 2] = x, y, z
    arms[1, 0], arms[1, 1], arms[1, 2] = a, b, c
    arms[2, 0], arms[2, 1], arms[2, 2] = y * c - z * b, z * a - x * c, x * b - y * a
    for line in range(3):
        noise[line] = variance1(arms[line], spread)


@kernel
def take_line(  # noqa: PLR0913, PLR0917 - one filter
    x: Floats,
    p: Floats,
    size: int,
    arm: Floats,
    tau: float,
    innovation: float,
    noise: float,
    gain: Floats,
) -> float:
    """Update a filter with one number; return its normalised innovation squared + ln of variance.

    Parameters
    ----------
    x, p
        State and covariance, (>= size,) and (>= size, >= size), the first six position and
        velocity; updated in place, p exactly symmetric.
    arm, tau
        The row of the Jacobian is (arm, -tau arm, 0 ...).
    innovation, noise
        Measured less expected at x, and its variance.
    gain
        Scratch, (2, >= size).
    """
    spread = noise
    for m in range(size):
        total = 0.0
        for n in range(3):
            total += (p[m, n] - tau * p[m, n + 3]) * arm[n]
        gain[0, m] = total
    for n in range(3):
        spread += arm[n] * (gain[0, n] - tau * gain[0, n + 3])
    for m in range(size):
        gain[1, m] = gain[0, m] / spread
        x[m] += gain[1, m] * innovation
    for m in range(size):
        for n in range(m + 1):
            p[m, n] -= gain[1, m] * gain[0, n]
            p[n, m] = p[m, n]
    return innovation * innovation / spread + math.log(spread)


@kernel
def inverse3(
    a: float, b: float, c: float, d: float, e: float, f: float
) -> tuple[float, float, float, float, float, float, float]:
    """Inverse, upper triangle by rows, and determinant of symmetric [[a b c] [b d e] [c e f]]."""
    aa, bb, cc = d * f - e * e, c * e - b * f, b * e - c * d
    det = a * aa + b * bb + c * cc
    k = 1.0 / det
    return (
        aa * k, bb * k, cc * k, (a * f - c * c) * k, (b * c - a * e) * k, (a * d - b * b) * k, det
    )  # fmt: skip


@kernel
def expected1(x: Floats, law: int, tau: float, inv_beta: float) -> tuple[float, float, float]:
    """Position that a filter expects tau s before its own time (0 for a scan in order)."""
    ax = ay = az = 0.0
    if law == 1 and tau > 0.0:
        ax, ay, az = acceleration1(x[0], x[1], x[2], x[3], x[4], x[5], inv_beta)
    half = 0.5 * tau * tau
    return (
        x[0] - tau * x[3] + half * ax,
        x[1] - tau * x[4] + half * ay,
        x[2] - tau * x[5] + half * az,
    )
