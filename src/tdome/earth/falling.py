"""Flight under gravity, drag and thrust with its derivatives, quick enough to be used in bulk.

The law of :mod:`tdome.earth.ballistics` with a thrust along the velocity, in rotating ECEF axes:

    a = g(r) + OMEGA^2 (x, y, 0) + 2 OMEGA (vy, -vx, 0) - rho(h) |v| v exp(b) / 2 + u v / |v|

b = ln(Cd A / m), the logarithm of the inverse ballistic coefficient; u the specific thrust, m/s^2.
Differences to that module: density comes from a table of the same atmosphere, linear between rows
100 m apart (off by below 4e-4 of itself, at the tropopause; 0 from 150 km), and the derivatives are
at hand.

State vectors are (x, y, z, vx, vy, vz, b, u), ECEF, m, m/s, 1, m/s^2; b and u are constant over a
step. Source: Zarchan, "Tactical and Strategic Missile Guidance", 6th ed., ch. 12 and 17;
Farina, Ristic and Benvenuti, "Tracking a ballistic target: comparison of several nonlinear
filters", IEEE Trans. AES 38(3), 2002 (drag in the state). Assumptions and limits: see there.
"""

import math

import numpy as np

from tdome.earth.atmosphere import AIR_END_HEIGHT, density
from tdome.earth.wgs84 import J2, MU, OMEGA, A, F, Floats
from tdome.kernel.jit import kernel

MOVING = 6  # of the state: position and velocity
DRAG, THRUST = 6, 7  # places of b and u
PARTS = 8  # of the state

# Parameters of `unrest1`: what the law does not know of the air and of the body.
FREE, AIR_SIGMA, AIR_LENGTH, SHAPE_SIGMA, WIND_SIGMA, WIND_LENGTH, TRIM_SHARE, TRIM_TIME = range(8)

_FLOOR, _ROW = -2_000.0, 100.0  # the table's first height and the spacing of its rows, m
_DENSITY: Floats = density(np.arange(_FLOOR, AIR_END_HEIGHT + 1.5 * _ROW, _ROW))
_LEAST_CLIMB = 100.0  # m/s: a level path stays in one layer of air, though not for ever
_SLOWEST = 1.0  # m/s


@kernel
def air1(height: float) -> tuple[float, float]:
    """Density in kg/m^3 and its slope by height in kg/m^4; the lowest row reaches down for ever."""
    if height >= AIR_END_HEIGHT:
        return 0.0, 0.0
    place = (height - _FLOOR) * (1.0 / _ROW)
    row = max(int(place), 0)
    low = _DENSITY[row]
    rise = _DENSITY[row + 1] - low
    return low + max(place - row, 0.0) * rise, rise * (1.0 / _ROW)


@kernel
def height1(z: float, radius: float) -> float:
    """Height in m over the ellipsoid of a point at a distance from the Earth's centre and a z.

    The ellipsoid's radius along the line to the centre to second order of F, and the slant of that
    line: against the geodetic height off by less than 0.1 m at the ground, 0.8 m to 1,000 km.
    """
    s2 = (z / radius) ** 2
    slant = F * F * s2 * (1.0 - s2)
    return (radius - A * (1.0 - F * s2 - 1.5 * slant)) * (1.0 - 2.0 * slant)


@kernel
def acceleration1(  # noqa: PLR0913, PLR0917 - scalars are what a kernel inlines
    px: float, py: float, pz: float, vx: float, vy: float, vz: float, inv_beta: float, thrust: float
) -> tuple[float, float, float]:
    """Acceleration (ax, ay, az) in m/s^2 relative to the rotating Earth; see the module."""
    # Gravitation as in earth.gravity, written out to share the root and the quotient.
    radius = math.sqrt(px * px + py * py + pz * pz)
    inverse = 1.0 / radius
    square = inverse * inverse
    central = -MU * square * inverse
    oblate = 1.5 * J2 * A * A * square
    s2 = pz * pz * square
    slant = F * F * s2 * (1.0 - s2)
    height = (radius - A * (1.0 - F * s2 - 1.5 * slant)) * (1.0 - 2.0 * slant)
    across = central * (1.0 + oblate * (1.0 - 5.0 * s2))
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    rho, _ = air1(height)
    push = -0.5 * inv_beta * speed * rho
    if thrust != 0.0:
        push += thrust / max(speed, _SLOWEST)
    return (
        across * px + OMEGA * (OMEGA * px + 2.0 * vy) + push * vx,
        across * py + OMEGA * (OMEGA * py - 2.0 * vx) + push * vy,
        (across + 2.0 * central * oblate) * pz + push * vz,
    )


@kernel
def leap1(state: Floats, dt: float, inv_beta: float, thrust: float) -> None:
    """Advance position and velocity by dt in place, by the classical Runge-Kutta method."""
    px, py, pz, vx, vy, vz = state[0], state[1], state[2], state[3], state[4], state[5]
    sum_px = sum_py = sum_pz = sum_vx = sum_vy = sum_vz = 0.0
    ux, uy, uz = vx, vy, vz
    ax = ay = az = 0.0
    for stage in range(4):
        lead = 0.0 if stage == 0 else (dt if stage == 3 else 0.5 * dt)  # noqa: PLR2004
        weight = dt / 6.0 if stage in (0, 3) else dt / 3.0
        qx, qy, qz = px + lead * ux, py + lead * uy, pz + lead * uz
        ux, uy, uz = vx + lead * ax, vy + lead * ay, vz + lead * az
        ax, ay, az = acceleration1(qx, qy, qz, ux, uy, uz, inv_beta, thrust)
        sum_px += weight * ux
        sum_py += weight * uy
        sum_pz += weight * uz
        sum_vx += weight * ax
        sum_vy += weight * ay
        sum_vz += weight * az
    state[0] += sum_px
    state[1] += sum_py
    state[2] += sum_pz
    state[3] += sum_vx
    state[4] += sum_vy
    state[5] += sum_vz


@kernel
def gradient1(state: Floats, inv_beta: float, thrust: float, out: Floats) -> None:
    """Write the derivatives of the acceleration by the state to ``out``, shape (3, 8).

    Gravity is that of a point mass here: J2 changes its gradient by 2e-3 of itself at most. The
    height grows along the line from the Earth's centre (vertical to 0.2 degrees).
    """
    px, py, pz, vx, vy, vz = state[0], state[1], state[2], state[3], state[4], state[5]
    r2 = px * px + py * py + pz * pz
    radius = math.sqrt(r2)
    fall = MU / (r2 * radius)
    speed = max(math.sqrt(vx * vx + vy * vy + vz * vz), _SLOWEST)
    rho, slope = air1(height1(pz, radius))
    drag = 0.5 * inv_beta * rho
    thin = 0.5 * inv_beta * slope * speed / radius
    gain = thrust / speed
    along = (-drag * speed - gain) / (speed * speed)
    for i in range(3):
        v = state[i + 3]
        for j in range(3):
            out[i, j] = 3.0 * fall * state[i] * state[j] / r2 - thin * v * state[j]
            out[i, j + 3] = along * v * state[j + 3]
        out[i, i] -= fall
        out[i, i + 3] += gain - drag * speed
        out[i, DRAG] = -drag * speed * v
        out[i, THRUST] = v / speed
    out[0, 0] += OMEGA * OMEGA
    out[1, 1] += OMEGA * OMEGA
    out[0, 4] += 2.0 * OMEGA
    out[1, 3] -= 2.0 * OMEGA


@kernel
def unrest1(state: Floats, inv_beta: float, unrest: Floats) -> tuple[float, float]:
    """Noise densities that stand for what the law leaves out: (m^2/s^3 each axis, 1/s of b).

    Along a path that crosses the air at |climb| m/s an error that is correlated over L metres of
    height and has standard deviation s is white noise of density 2 s^2 L / |climb| in time; of b,
    which is itself an integral in the filter, the random walk with the same spread over L has
    2 s^2 |climb| / L. Both follow from an Ornstein-Uhlenbeck process in height (Gelb, "Applied
    Optimal Estimation", 1974, section 3.5).

    Parameters
    ----------
    state
        Shape (>= 6,).
    inv_beta
        Believed drag, m^2/kg.
    unrest
        Shape (8,), columns FREE (m^2/s^3, always there), AIR_SIGMA and AIR_LENGTH (share of the
        density, m), SHAPE_SIGMA (of ln drag per e-fold of speed lost: Mach number, tumbling),
        WIND_SIGMA and WIND_LENGTH (m/s, m), TRIM_SHARE and TRIM_TIME (side force as a share of
        drag, and how long it points one way, s).
    """
    px, py, pz, vx, vy, vz = state[0], state[1], state[2], state[3], state[4], state[5]
    radius = math.sqrt(px * px + py * py + pz * pz)
    climb = math.fabs(px * vx + py * vy + pz * vz) / radius
    speed = max(math.sqrt(vx * vx + vy * vy + vz * vz), _SLOWEST)
    rho, _ = air1(height1(pz, radius))
    rate = 0.5 * inv_beta * rho * speed  # drag over speed
    wind = rate * unrest[WIND_SIGMA]
    trim = rate * speed * unrest[TRIM_SHARE]
    crossing = unrest[WIND_LENGTH] / max(climb, _LEAST_CLIMB)
    push = unrest[FREE] + 2.0 * (wind * wind * crossing + trim * trim * unrest[TRIM_TIME])
    layers = 2.0 * unrest[AIR_SIGMA] ** 2 * climb / unrest[AIR_LENGTH]
    # Where there is no drag its error is not felt: it would only hide what is known of the body.
    felt = min(rate * speed, 1.0)
    return push, felt * layers + unrest[SHAPE_SIGMA] ** 2 * rate
