"""Prediction of packed states: near-constant velocity, and turns at a constant rate.

Near-constant velocity: white acceleration, exactly discretised (Bar-Shalom, Li, Kirubarajan,
"Estimation with Applications to Tracking and Navigation", 2001, section 6.2.2), with one spectral
density in the horizontal plane and another along local up: Q = q_h I + (q_v - q_h) u u'.

Coordinated turn: the horizontal velocity turns about local up at rate w, a random walk (the same,
section 11.7.1, written for any direction of up):

    p' = p + T u u'v + (sin wT / w) v_h + ((1 - cos wT) / w) u x v
    v' =     u u'v +  cos wT        v_h +   sin wT           u x v

with its analytic Jacobian; noise as above on position and velocity, and q_w T on w.
Assumption: up stands still within a step (in ECEF it turns by 5e-5 rad/s at 300 m/s).
"""

import math

from tdome.command.tracking.engine.layout import COVARIANCE, UP
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats

_SLOW_TURN = 1e-4  # rad in a step: below it the series are exact to rounding


@kernel_bare
def add_noise(rows: Floats, i: int, o: int, dt: float, level: float, climb: float) -> None:
    """Add white acceleration of densities ``level``, ``climb`` (m^2/s^3) to slot o of track i."""
    p = o + COVARIANCE
    e = climb - level
    ux, uy, uz = rows[i, UP], rows[i, UP + 1], rows[i, UP + 2]
    q00, q10, q11 = level + e * ux * ux, e * uy * ux, level + e * uy * uy
    q20, q21, q22 = e * uz * ux, e * uz * uy, level + e * uz * uz
    q2 = 0.5 * dt * dt
    q3 = dt * dt * dt / 3.0
    rows[i, p] += q3 * q00
    rows[i, p + 1] += q3 * q10
    rows[i, p + 2] += q3 * q11
    rows[i, p + 3] += q3 * q20
    rows[i, p + 4] += q3 * q21
    rows[i, p + 5] += q3 * q22
    rows[i, p + 6] += q2 * q00
    rows[i, p + 7] += q2 * q10
    rows[i, p + 8] += q2 * q20
    rows[i, p + 9] += dt * q00
    rows[i, p + 10] += q2 * q10
    rows[i, p + 11] += q2 * q11
    rows[i, p + 12] += q2 * q21
    rows[i, p + 13] += dt * q10
    rows[i, p + 14] += dt * q11
    rows[i, p + 15] += q2 * q20
    rows[i, p + 16] += q2 * q21
    rows[i, p + 17] += q2 * q22
    rows[i, p + 18] += dt * q20
    rows[i, p + 19] += dt * q21
    rows[i, p + 20] += dt * q22


@kernel_bare
def drift(rows: Floats, i: int, o: int, dt: float, level: float, climb: float) -> None:
    """Predict slot o of track i by dt s at constant velocity, in place (6 x 6)."""
    p = o + COVARIANCE
    rows[i, o] += dt * rows[i, o + 3]
    rows[i, o + 1] += dt * rows[i, o + 4]
    rows[i, o + 2] += dt * rows[i, o + 5]
    b00, b01, b02, c00 = rows[i, p + 6], rows[i, p + 7], rows[i, p + 8], rows[i, p + 9]
    b10, b11, b12, c10 = rows[i, p + 10], rows[i, p + 11], rows[i, p + 12], rows[i, p + 13]
    c11 = rows[i, p + 14]
    b20, b21, b22, c20 = rows[i, p + 15], rows[i, p + 16], rows[i, p + 17], rows[i, p + 18]
    c21, c22 = rows[i, p + 19], rows[i, p + 20]
    dt2 = dt * dt
    rows[i, p] += 2.0 * dt * b00 + dt2 * c00
    rows[i, p + 1] += dt * (b10 + b01) + dt2 * c10
    rows[i, p + 2] += 2.0 * dt * b11 + dt2 * c11
    rows[i, p + 3] += dt * (b20 + b02) + dt2 * c20
    rows[i, p + 4] += dt * (b21 + b12) + dt2 * c21
    rows[i, p + 5] += 2.0 * dt * b22 + dt2 * c22
    rows[i, p + 6] = b00 + dt * c00
    rows[i, p + 7] = b01 + dt * c10
    rows[i, p + 8] = b02 + dt * c20
    rows[i, p + 10] = b10 + dt * c10
    rows[i, p + 11] = b11 + dt * c11
    rows[i, p + 12] = b12 + dt * c21
    rows[i, p + 15] = b20 + dt * c20
    rows[i, p + 16] = b21 + dt * c21
    rows[i, p + 17] = b22 + dt * c22
    add_noise(rows, i, o, dt, level, climb)


@kernel_bare
def turn_jacobian(rows: Floats, i: int, o: int, dt: float, f: Floats) -> None:
    """Write into f (7, 7) the transition of a turn by dt at slot o, all but its unit entries.

    Written: f[0:3, 3:6], f[3:6, 3:6], f[0:6, 6] (see the module's equations); the state is moved.
    """
    ux, uy, uz = rows[i, UP], rows[i, UP + 1], rows[i, UP + 2]
    vx, vy, vz = rows[i, o + 3], rows[i, o + 4], rows[i, o + 5]
    w = rows[i, o + 6]
    angle = w * dt
    si, co = math.sin(angle), math.cos(angle)
    if abs(angle) < _SLOW_TURN:
        s, c = dt * (1.0 - angle * angle / 6.0), 0.5 * dt * angle
        ds, dc = -dt * dt * angle / 3.0, 0.5 * dt * dt
    else:
        s, c = si / w, (1.0 - co) / w
        ds, dc = (dt * co - s) / w, (dt * si - c) / w
    climb = ux * vx + uy * vy + uz * vz
    hx, hy, hz = vx - climb * ux, vy - climb * uy, vz - climb * uz
    kx, ky, kz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    rows[i, o] += dt * climb * ux + s * hx + c * kx
    rows[i, o + 1] += dt * climb * uy + s * hy + c * ky
    rows[i, o + 2] += dt * climb * uz + s * hz + c * kz
    rows[i, o + 3] = climb * ux + co * hx + si * kx
    rows[i, o + 4] = climb * uy + co * hy + si * ky
    rows[i, o + 5] = climb * uz + co * hz + si * kz
    a = dt - s
    f[0, 3], f[0, 4], f[0, 5] = s + a * ux * ux, a * ux * uy - c * uz, a * ux * uz + c * uy
    f[1, 3], f[1, 4], f[1, 5] = a * ux * uy + c * uz, s + a * uy * uy, a * uy * uz - c * ux
    f[2, 3], f[2, 4], f[2, 5] = a * ux * uz - c * uy, a * uy * uz + c * ux, s + a * uz * uz
    a = 1.0 - co
    f[3, 3], f[3, 4], f[3, 5] = co + a * ux * ux, a * ux * uy - si * uz, a * ux * uz + si * uy
    f[4, 3], f[4, 4], f[4, 5] = a * ux * uy + si * uz, co + a * uy * uy, a * uy * uz - si * ux
    f[5, 3], f[5, 4], f[5, 5] = a * ux * uz - si * uy, a * uy * uz + si * ux, co + a * uz * uz
    f[0, 6], f[1, 6], f[2, 6] = ds * hx + dc * kx, ds * hy + dc * ky, ds * hz + dc * kz
    f[3, 6] = dt * (co * kx - si * hx)
    f[4, 6] = dt * (co * ky - si * hy)
    f[5, 6] = dt * (co * kz - si * hz)


@kernel_bare
def turn(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, i: int, o: int, dt: float, noise: tuple[float, float, float], f: Floats, y: Floats
) -> None:
    """Predict slot o of track i by dt s in a turn, in place (7 x 7).

    noise: densities in the horizontal plane and along up, m^2/s^3, and of the rate, rad^2/s^3.
    f, y: scratch (7, 7).
    """
    turn_jacobian(rows, i, o, dt, f)
    p = o + COVARIANCE
    for b in range(7):  # y = P, unpacked
        at = p + b * (b + 1) // 2
        for a in range(b + 1):
            y[b, a] = rows[i, at + a]
            y[a, b] = rows[i, at + a]
    for b in range(7):  # y = F P: position rows first, they need the old velocity rows
        r3, r4, r5, r6 = y[3, b], y[4, b], y[5, b], y[6, b]
        for a in range(3):
            y[a, b] += f[a, 3] * r3 + f[a, 4] * r4 + f[a, 5] * r5 + f[a, 6] * r6
        for a in range(3, 6):
            y[a, b] = f[a, 3] * r3 + f[a, 4] * r4 + f[a, 5] * r5 + f[a, 6] * r6
    for a in range(7):  # P = y F', lower triangle
        at = p + a * (a + 1) // 2
        r3, r4, r5, r6 = y[a, 3], y[a, 4], y[a, 5], y[a, 6]
        for b in range(min(a + 1, 3)):
            rows[i, at + b] = y[a, b] + f[b, 3] * r3 + f[b, 4] * r4 + f[b, 5] * r5 + f[b, 6] * r6
        for b in range(3, min(a + 1, 6)):
            rows[i, at + b] = f[b, 3] * r3 + f[b, 4] * r4 + f[b, 5] * r5 + f[b, 6] * r6
    rows[i, p + 27] = y[6, 6] + noise[2] * dt
    add_noise(rows, i, o, dt, noise[0], noise[1])
