"""Unpowered flight to the ground: the law that the world and the decision side share.

Equation of motion in rotating ECEF axes, for a point mass with drag along the relative wind:

    a = g(r) + OMEGA^2 (x, y, 0) + 2 OMEGA (vy, -vx, 0) - rho(h) |v| v inv_beta / 2

with gravitation g to J2, air that turns with the Earth, and inv_beta = Cd A / m in m^2/kg, the
inverse of the ballistic coefficient. Source: Zarchan, "Tactical and Strategic Missile Guidance",
6th ed., ch. 12 and 17. Assumptions: inv_beta constant (no Mach dependence), no lift, no wind, no
tumbling, ground at height 0. What the body's inv_beta IS belongs to the world, what we BELIEVE it
to be to the plan: neither is written here.

States are arrays (x, y, z, vx, vy, vz) of shape (6,), ECEF, m and m/s; times in s.
"""

import math

import numpy as np

from tdome.earth.atmosphere import density1
from tdome.earth.gravity import gravitation1
from tdome.earth.wgs84 import OMEGA, A, B, F, Floats
from tdome.kernel.jit import kernel

# Above these heights (m) air varies slowly or does nothing, and steps may be longer.
_THIN_AIR = 60_000.0
_VACUUM = 120_000.0
_THIN_AIR_STEP = 1.0  # s
_VACUUM_STEP = 4.0  # s
_FLY_STEP = 0.25  # longest step in dense air that `fly` takes between two rows, s
_DRAG_SHARE = 0.1  # longest step below 60 km, in units of 1 / (rho |v| inv_beta)
_GROUND_ROUNDS = 12  # to find the time of impact; two or three do but for the flattest hop
_GROUND = 1e-4  # m: near enough


@kernel
def copy1(source: Floats, target: Floats) -> None:
    """Copy a vector; a slice assignment would do, but takes a second to compile."""
    for i in range(len(source)):
        target[i] = source[i]


@kernel
def height1(x: float, y: float, z: float) -> float:
    """Height in m over the ellipsoid, without the angles and rounds of the full conversion.

    Height along the line to the Earth's centre, times the cosine of the angle F sin(2 lat)
    between that line and the vertical, to second order. Exactly 0 on the ellipsoid; against the
    geodetic height off by less than 1 mm to 10 km, 1 cm to 100 km, 1 m to 1000 km (measured).
    """
    across2 = x * x + y * y
    z2 = z * z
    r2 = across2 + z2
    radial = math.sqrt(r2) * (1.0 - 1.0 / math.sqrt(across2 / (A * A) + z2 / (B * B)))
    return radial * (1.0 - 2.0 * F * F * (across2 / r2) * (z2 / r2))


@kernel
def acceleration1(  # noqa: PLR0913, PLR0917 - scalars are what a kernel inlines
    px: float, py: float, pz: float, vx: float, vy: float, vz: float, inv_beta: float
) -> tuple[float, float, float]:
    """Acceleration (ax, ay, az) in m/s^2 relative to the rotating Earth; see the module."""
    gx, gy, gz = gravitation1(px, py, pz)
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    drag = 0.5 * inv_beta * speed * density1(height1(px, py, pz))
    return (
        gx + OMEGA * (OMEGA * px + 2.0 * vy) - drag * vx,
        gy + OMEGA * (OMEGA * py - 2.0 * vx) - drag * vy,
        gz - drag * vz,
    )


@kernel
def rk4_step(state: Floats, dt: float, inv_beta: float) -> None:
    """Advance a state by dt in place, by the classical Runge-Kutta method of order 4."""
    px, py, pz, vx, vy, vz = state[0], state[1], state[2], state[3], state[4], state[5]
    # Sums of the four slopes, weighted 1, 2, 2, 1; the loop compiles the law once, not four times.
    sum_px = sum_py = sum_pz = sum_vx = sum_vy = sum_vz = 0.0
    ux, uy, uz = vx, vy, vz
    ax = ay = az = 0.0
    for stage in range(4):
        lead = 0.0 if stage == 0 else (dt if stage == 3 else 0.5 * dt)  # noqa: PLR2004
        weight = dt / 6.0 if stage in (0, 3) else dt / 3.0
        qx, qy, qz = px + lead * ux, py + lead * uy, pz + lead * uz
        ux, uy, uz = vx + lead * ax, vy + lead * ay, vz + lead * az
        ax, ay, az = acceleration1(qx, qy, qz, ux, uy, uz, inv_beta)
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
def longest_step1(state: Floats, dt: float, inv_beta: float) -> float:
    """Step in s to take from a state, where dt is the step wanted in dense air.

    Longer in thin air and vacuum; shorter where drag would change the speed much within dt, as
    for light debris, without which the integration is unstable.
    """
    height = height1(state[0], state[1], state[2])
    if height >= _VACUUM:
        return min(16.0 * dt, max(dt, _VACUUM_STEP))
    if height >= _THIN_AIR:
        return min(4.0 * dt, max(dt, _THIN_AIR_STEP))
    vx, vy, vz = state[3], state[4], state[5]
    rate = inv_beta * math.sqrt(vx * vx + vy * vy + vz * vz) * density1(height)
    return _DRAG_SHARE / rate if rate * dt > _DRAG_SHARE else dt


@kernel
def _to_ground(before: Floats, state: Floats, dt: float, inv_beta: float) -> float:
    """Put into `state` the point of height 0 within the step dt from `before`; return its time.

    `before` is above the ground and `state` comes in as the end of the step, at or below it.
    Regula falsi in the Illinois form (Dowell and Jarratt, BIT 11, 1971), each round a step of
    its own from `before`, so that the point lies on the trajectory and not on a chord of it.
    """
    low, high = 0.0, dt
    above = height1(before[0], before[1], before[2])
    below = height1(state[0], state[1], state[2])
    tau = dt
    was_above = was_below = False
    for _ in range(_GROUND_ROUNDS):
        tau = low + (high - low) * above / (above - below)
        copy1(before, state)
        rk4_step(state, tau, inv_beta)
        height = height1(state[0], state[1], state[2])
        if height > 0.0:
            low, above = tau, height
            below = 0.5 * below if was_above else below
        else:
            high, below = tau, height
            above = 0.5 * above if was_below else above
        if abs(height) < _GROUND:
            break
        was_above = height > 0.0
        was_below = not was_above
    return tau


@kernel
def _advance(state: Floats, before: Floats, dt: float, inv_beta: float) -> tuple[float, bool]:
    """Step a state by dt or to the ground, whichever is first: (time flown, landed).

    `before` is scratch of shape (6,). A body that starts at or under the ground has landed at
    once, unless it climbs.
    """
    copy1(state, before)
    rk4_step(state, dt, inv_beta)
    end = height1(state[0], state[1], state[2])
    if end > 0.0:
        return dt, False
    start = height1(before[0], before[1], before[2])
    if end > start:
        return dt, False
    if start <= 0.0:
        copy1(before, state)
        return 0.0, True
    return _to_ground(before, state, dt, inv_beta), True


@kernel
def fly(state: Floats, inv_beta: float, dt: float, out: Floats) -> int:
    """Tabulate a flight every dt until the ground, and return the number of rows written.

    Parameters
    ----------
    state
        Start, shape (6,); not changed.
    inv_beta
        Cd A / m, m^2/kg.
    dt
        Time between rows, s, over 0. Inside, steps are at most 0.25 s long below 60 km, 1 s to
        120 km, 4 s above, so that the spacing of the table does not set its accuracy.
    out
        Shape (m, 7): rows (t, x, y, z, vx, vy, vz) with t = 0 at the start. The last row written
        is the point of height 0, at its own time; if the table is full first, the return is m.
    """
    before = np.empty(6)
    out[0, 0] = 0.0
    copy1(state, out[0, 1:])
    for row in range(1, out.shape[0]):
        copy1(out[row - 1], out[row])
        body = out[row, 1:]
        flown = 0.0
        while flown < dt:
            step = min(longest_step1(body, _FLY_STEP, inv_beta), dt - flown)
            lapse, landed = _advance(body, before, step, inv_beta)
            flown += lapse
            if landed:
                out[row, 0] += flown
                return row + 1 if out[row, 0] > 0.0 else row
        out[row, 0] = row * dt
    return int(out.shape[0])


@kernel
def impact1(
    state: Floats, inv_beta: float, dt: float, t_max: float
) -> tuple[float, float, float, float]:
    """Time and place (t, x, y, z) where a body meets height 0; t is nan if not by t_max.

    Parameters
    ----------
    state
        Start, shape (6,); not changed.
    inv_beta
        Cd A / m, m^2/kg.
    dt
        Step below 60 km, s, over 0; shorter where drag is strong. Above, steps are up to 4 times
        as long (at most 1 s, or dt), and above 120 km up to 16 times (at most 4 s, or dt).
    t_max
        Time at which to give up, s; the position returned then is the one at t_max.

    Notes
    -----
    Measured against SciPy's DOP853 in inertial axes (rtol 1e-11, the full geodetic height), from
    burn-out at 25 to 60 km to the ground, Cd A / m from 1/6000 to 1/800, one core of 2:

    ======================  ============  ============  ===========  ============
    range                   dt = 0.25 s   time          dt = 1 s     time
    ======================  ============  ============  ===========  ============
    190 to 290 km           0.004 m       0.13-0.20 ms  0.03 m       0.06-0.07 ms
    1000 km                 0.01 m        0.05-0.10 ms  0.03 m       0.03-0.05 ms
    1200 km, apex 890 km    0.005 m       0.05 ms       0.01 m       0.03 ms
    ======================  ============  ============  ===========  ============

    The largest error met at any dt up to 1 s was 0.3 m (190 km, 1/800, dt = 0.5 s: a step across
    the corner of a layer of the air).
    Debris with Cd A / m = 1/50 falling from 60 km for 500 s: 0.05 m at dt = 1 s, in 0.5 ms.
    """
    body, before = np.empty(6), np.empty(6)
    copy1(state, body)
    t = 0.0
    while t < t_max:
        step = longest_step1(body, dt, inv_beta)
        lapse, landed = _advance(body, before, min(step, t_max - t), inv_beta)
        t += lapse
        if landed:
            return t, body[0], body[1], body[2]
    return math.nan, body[0], body[1], body[2]
