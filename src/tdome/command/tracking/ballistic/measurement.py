"""Update with one plot, in the frame in which the sensor measures.

Range r, azimuth a (clockwise from the site's north), elevation e and range rate of a body at
(east, north, up) = axes (position - origin), each with its own error and each optional (nan):

    r = |d|,  a = atan2(east, north),  e = atan2(up, hypot(east, north)),  r' = d v / r

plus, where the sensor has a slot in the state, the slot's errors of r, a, e. Errors of one plot are
independent, so the components are taken one after the other, all linearised at the prediction:
the same as the joint extended Kalman filter without an inverse (Bar-Shalom, Li and Kirubarajan,
2001, section 8.3.3, and Maybeck, "Stochastic Models, Estimation and Control", vol. 1, 1979, section
5.7 for the scalar updates). Covariance in Joseph's form, so that it stays positive.
Limits: the curvature of the measurement is left out: (range sigma_angle)^2 / 2 range should be
small against sigma_range; bodies on the site's vertical have no azimuth.
"""

import math

from tdome.command.tracking.ballistic.settings import BIASES
from tdome.earth.falling import PARTS
from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel

MEASURED = 4  # range, azimuth, elevation, range rate
UPDATE_WORK = 13  # rows of the scratch of `update1`, each as long as the state
_LEAST = 1.0  # m: nearer than this to the site or its vertical nothing is measured
_LOG_TURN = math.log(2.0 * math.pi)


@kernel
def expect1(x: Floats, origin: Floats, axes: Floats, expected: Floats, rows: Floats) -> bool:
    """Write what a sensor would measure of a state, and the derivatives; False if it can not.

    Parameters
    ----------
    x
        Shape (>= 6,).
    origin, axes
        Of the site, shapes (3,) m and (3, 3), in the frame of the state.
    expected
        Shape (4,): range m, azimuth rad (-pi, pi], elevation rad, range rate m/s.
    rows
        Shape (4, >= 6): derivatives by position and velocity; other columns are left alone.
    """
    dx, dy, dz = x[0] - origin[0], x[1] - origin[1], x[2] - origin[2]
    east = axes[0, 0] * dx + axes[0, 1] * dy + axes[0, 2] * dz
    north = axes[1, 0] * dx + axes[1, 1] * dy + axes[1, 2] * dz
    up = axes[2, 0] * dx + axes[2, 1] * dy + axes[2, 2] * dz
    level2 = east * east + north * north
    level = math.sqrt(level2)
    distance = math.sqrt(level2 + up * up)
    if level < _LEAST:
        return False
    rate = (dx * x[3] + dy * x[4] + dz * x[5]) / distance
    expected[0] = distance
    expected[1] = math.atan2(east, north)
    expected[2] = math.atan2(up, level)
    expected[3] = rate
    lift = 1.0 / (distance * distance)
    for i in range(3):
        unit = (x[i] - origin[i]) / distance
        rows[0, i] = unit
        rows[1, i] = (north * axes[0, i] - east * axes[1, i]) / level2
        rows[2, i] = lift * (
            level * axes[2, i] - up / level * (east * axes[0, i] + north * axes[1, i])
        )
        rows[3, i] = (x[i + 3] - rate * unit) / distance
        rows[0, i + 3] = rows[1, i + 3] = rows[2, i + 3] = 0.0
        rows[3, i + 3] = unit
    return True


@kernel
def residual1(measured: float, expected: float, component: int) -> float:
    """Difference of two measured values; an azimuth's within half a turn."""
    left = measured - expected
    if component == 1:
        left -= 2.0 * math.pi * math.floor(left / (2.0 * math.pi) + 0.5)
    return left


@kernel
def update1(  # noqa: C901, PLR0912, PLR0913, PLR0917 - one filter's columns
    x: Floats,
    p: Floats,
    z: Floats,
    origin: Floats,
    axes: Floats,
    sigma: Floats,
    slot: int,
    work: Floats,
) -> tuple[float, float, int]:
    """Update one filter with one plot in place.

    Parameters
    ----------
    x, p
        State (n,) and covariance (n, n).
    z, sigma
        Shape (4,): range m, azimuth rad, elevation rad, range rate m/s, and standard errors. A
        component with nan in either is not used.
    origin, axes
        Of the sensor: shapes (3,) and (3, 3), rows east, north, up.
    slot
        Which of the state's sensor errors are its own, -1 for none.
    work
        Scratch, shape (UPDATE_WORK, n).

    Returns
    -------
    Normalised innovation squared, log likelihood (natural, of the components used), and how many
    components were used.
    """
    n = len(x)
    rows, expected, drift = work[0:4], work[4], work[5]
    gain, column, taken = work[6], work[7], work[8]
    for k in range(MEASURED):
        for i in range(PARTS, n):
            rows[k, i] = 0.0
        rows[k, 6], rows[k, 7] = 0.0, 0.0
    if not expect1(x, origin, axes, expected, rows):
        return 0.0, 0.0, 0
    if slot >= 0:
        for k in range(BIASES):
            rows[k, PARTS + BIASES * slot + k] = 1.0
            expected[k] += x[PARTS + BIASES * slot + k]
    for i in range(n):
        drift[i] = 0.0  # what the components before have moved
    nis, log, used = 0.0, 0.0, 0
    for k in range(MEASURED):
        if math.isnan(z[k]) or math.isnan(sigma[k]):
            continue
        noise = sigma[k] * sigma[k]
        nu, spread = residual1(z[k], expected[k], k), noise
        for i in range(n):
            total = 0.0
            for j in range(n):
                total += p[i, j] * rows[k, j]
            column[i] = total
        for i in range(n):
            nu -= rows[k, i] * drift[i]
            spread += rows[k, i] * column[i]
        nis += nu * nu / spread
        log -= 0.5 * (nu * nu / spread + math.log(spread) + _LOG_TURN)
        used += 1
        for i in range(n):
            gain[i] = column[i] / spread
            drift[i] += gain[i] * nu
        _joseph(p, rows[k], gain, column, noise, taken)
    for i in range(n):
        x[i] += drift[i]
    return nis, log, used


@kernel
def _joseph(
    p: Floats, row: Floats, gain: Floats, column: Floats, noise: float, taken: Floats
) -> None:
    """Put (I - k h') P (I - k h')' + k r k' into p; column is P h, taken is scratch."""
    n = len(p)
    for i in range(n):
        for j in range(n):
            p[i, j] -= gain[i] * column[j]
    for i in range(n):
        total = 0.0
        for j in range(n):
            total += p[i, j] * row[j]
        taken[i] = total - noise * gain[i]
    for i in range(n):
        for j in range(i, n):
            p[i, j] -= taken[i] * gain[j]
            p[j, i] = p[i, j]
