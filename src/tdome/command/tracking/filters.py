"""Prediction and update of tracks under two laws of motion, as kernels on flat columns.

A track carries two filters side by side, ``x[:, law]`` and ``p[:, law]``: law 0 is level flight
(near-constant velocity in ECEF), law 1 is ballistic flight (:mod:`tdome.earth.ballistics`).

Level: dx = F x + w, white acceleration of spectral density LEVEL_NOISE, exactly discretised
(Bar-Shalom, Li, Kirubarajan, "Estimation with Applications to Tracking and Navigation", 2001,
section 6.2.2). Ballistic: the state by RK4, the covariance by an extended Kalman filter whose
transition matrix is I + A dt + A^2 dt^2 / 2 with the analytic A of point-mass gravity, Coriolis,
centrifugal and drag in an exponential atmosphere, at the middle of the step; noise grows with
drag, because the true ballistic coefficient is not known. Update: position measured in ECEF with
a full 3x3 covariance, Joseph's form.

Units m, m/s, s; states (x, y, z, vx, vy, vz), ECEF. Limits: no turn model; a turn is met by the
wider gate of :mod:`tdome.command.tracking.association`.
"""

import math

import numpy as np

from tdome.earth.atmosphere import density1
from tdome.earth.ballistics import acceleration1, copy1, height1, longest_step1, rk4_step
from tdome.earth.wgs84 import MU, OMEGA
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints

BELIEVED_INV_BETA = 1.0 / 5000.0  # m^2/kg, a compact re-entry body; the noise covers the rest
LEVEL_NOISE = 9.0  # m^2/s^3: 3 m/s^2 held for 1 s
_FREE_FALL_NOISE = 0.1  # m^2/s^3 in vacuum
_DRAG_NOISE = 1.0  # s: noise density over the squared drag acceleration
_DRAG_LIMIT = 200.0  # m/s^2 in that, or an uncertain speed would feed its own uncertainty
_SCALE_HEIGHT = 7_000.0  # of the air's density, for the Jacobian only, m
_COVARIANCE_STEP = 2.0  # longest step of the covariance, s,
_DRAG_STEP = 0.5  # and in units of 1 / (rho |v| inv_beta): beyond 1 the series of F diverges
_DENSE_STEP = 1.0  # of RK4, s: about 1 m in 4 s at 2 km/s in dense air
_FLOOR = -1_000.0  # under this height a ballistic filter stands still, m


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
def _level(x: Floats, p: Floats, dt: float) -> None:
    """Predict one level filter by dt in place."""
    q1, q2, q3 = LEVEL_NOISE * dt, LEVEL_NOISE * dt * dt / 2.0, LEVEL_NOISE * dt * dt * dt / 3.0
    for i in range(3):
        x[i] += dt * x[i + 3]
        for j in range(3):
            p[i, j] += dt * (p[i, j + 3] + p[i + 3, j]) + dt * dt * p[i + 3, j + 3]
    for i in range(3):
        for j in range(3):
            p[i, j + 3] += dt * p[i + 3, j + 3]
        p[i, i] += q3
        p[i, i + 3] += q2
        p[i + 3, i + 3] += q1
    for i in range(3):
        for j in range(3):
            p[i + 3, j] = p[j, i + 3]


@kernel
def _transition(x: Floats, dt: float, inv_beta: float, f: Floats, a: Floats) -> float:
    """Write F of a step with x at its middle into f (6, 6); a is scratch; return air density."""
    px, py, pz = x[0], x[1], x[2]
    r2 = px * px + py * py + pz * pz
    radius = math.sqrt(r2)
    fall = MU / (r2 * radius)
    speed = math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5])
    air = density1(height1(px, py, pz))
    drag = 0.5 * inv_beta * air
    a[:] = 0.0
    for i in range(3):
        a[i, i + 3] = 1.0
        for j in range(3):
            a[i + 3, j] = 3.0 * fall * x[i] * x[j] / r2 + drag * speed * x[i + 3] * x[j] / (
                radius * _SCALE_HEIGHT
            )
            a[i + 3, j + 3] = -drag * x[i + 3] * x[j + 3] / speed if speed > 0.0 else 0.0
        a[i + 3, i] -= fall
        a[i + 3, i + 3] -= drag * speed
    a[3, 0] += OMEGA * OMEGA
    a[4, 1] += OMEGA * OMEGA
    a[3, 4] += 2.0 * OMEGA
    a[4, 3] -= 2.0 * OMEGA
    half = 0.5 * dt * dt
    for i in range(3):
        for j in range(3):
            f[i, j] = half * a[i + 3, j]
            f[i, j + 3] = half * a[i + 3, j + 3]
            through, back = 0.0, 0.0
            for k in range(3, 6):
                through += a[i + 3, k] * a[k, j]
                back += a[i + 3, k] * a[k, j + 3]
            f[i + 3, j] = dt * a[i + 3, j] + half * through
            f[i + 3, j + 3] = dt * a[i + 3, j + 3] + half * (a[i + 3, j] + back)
        f[i, i] += 1.0
        f[i, i + 3] += dt
        f[i + 3, i + 3] += 1.0
    return air


@kernel
def _fall(x: Floats, dt: float, inv_beta: float) -> None:
    """Fly one ballistic state by dt in place; one far under the ground stands still."""
    left = dt
    while left > 0.0 and height1(x[0], x[1], x[2]) > _FLOOR:
        step = min(left, longest_step1(x, _DENSE_STEP, inv_beta))
        rk4_step(x, step, inv_beta)
        left -= step


@kernel
def _sandwich(f: Floats, p: Floats, fp: Floats) -> None:
    """Put F P F' into p, exactly symmetric; fp is scratch (6, 6)."""
    for i in range(6):
        for j in range(6):
            total = 0.0
            for k in range(6):
                total += f[i, k] * p[k, j]
            fp[i, j] = total
    for i in range(6):
        for j in range(i, 6):
            total = 0.0
            for k in range(6):
                total += fp[i, k] * f[j, k]
            p[i, j] = total
            p[j, i] = total


@kernel
def _drag_rate1(x: Floats, inv_beta: float) -> float:
    """Return rho |v| inv_beta in 1/s, not below 1e-9: how fast drag changes a velocity."""
    speed = math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5])
    return float(max(inv_beta * density1(height1(x[0], x[1], x[2])) * speed, 1e-9))


@kernel
def predict(x: Floats, p: Floats, law: Codes, dt: float, inv_beta: float) -> None:
    """Predict filters by dt >= 0 s in place.

    Parameters
    ----------
    x, p
        States (m, 6) and covariances (m, 6, 6), one row per filter.
    law
        Shape (m,): 0 level, 1 ballistic.
    dt, inv_beta
        Time, s, and believed drag term Cd A / m, m^2/kg.
    """
    f, a, middle = np.empty((6, 6)), np.empty((6, 6)), np.empty(6)
    for row in range(len(x)):
        if law[row] == 0:
            _level(x[row], p[row], dt)
            continue
        left = dt
        while left > 0.0:
            step = min(left, _COVARIANCE_STEP, _DRAG_STEP / _drag_rate1(x[row], inv_beta))
            left -= step
            copy1(x[row], middle)
            _fall(x[row], step, inv_beta)
            for i in range(6):
                middle[i] = 0.5 * (middle[i] + x[row, i])
            air = _transition(middle, step, inv_beta, f, a)
            speed2 = 0.0
            for i in range(3, 6):
                speed2 += x[row, i] * x[row, i] + p[row, i, i]
            drag = min(0.5 * inv_beta * air * speed2, _DRAG_LIMIT)
            noise = _FREE_FALL_NOISE + _DRAG_NOISE * drag * drag
            _sandwich(f, p[row], a)
            for i in range(3):
                p[row, i, i] += noise * step * step * step / 3.0
                p[row, i, i + 3] += noise * step * step / 2.0
                p[row, i + 3, i] += noise * step * step / 2.0
                p[row, i + 3, i + 3] += noise * step


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


@kernel
def update(  # noqa: C901, PLR0913, PLR0917 - flat columns
    x: Floats,
    p: Floats,
    tau: float,
    inv_beta: float,
    tracks: Ints,
    plots: Ints,
    z: Floats,
    r: Floats,
    fit: Floats,
) -> None:
    """Update both filters of tracks with one plot each, in place.

    The measurement is z = H x + noise with H = [I, -tau I], so that a scan that arrives tau s
    late is used where it belongs; the correlation of the process noise over tau is left out (its
    variance is in r).

    Parameters
    ----------
    x, p
        (n, 2, 6) and (n, 2, 6, 6).
    tracks, plots
        (k,) rows of x, and the rows of z (m, 3) and r (m, 3, 3) that they take.
    fit
        (k, 2, 2), written: normalised innovation squared and log-likelihood for each law.
    """
    ph, gain, a, work = np.empty((6, 3)), np.empty((6, 3)), np.empty((6, 6)), np.empty((6, 6))
    nu = np.empty(3)
    for k in range(len(tracks)):
        i, j = tracks[k], plots[k]
        for law in range(2):
            xi, pi = x[i, law], p[i, law]
            ex, ey, ez = expected1(xi, law, tau, inv_beta)
            nu[0], nu[1], nu[2] = z[j, 0] - ex, z[j, 1] - ey, z[j, 2] - ez
            for m in range(6):
                for n in range(3):
                    ph[m, n] = pi[m, n] - tau * pi[m, n + 3]
            ia, ib, ic, id_, ie, if_, det = inverse3(
                ph[0, 0] - tau * ph[3, 0] + r[j, 0, 0],
                ph[0, 1] - tau * ph[3, 1] + r[j, 0, 1],
                ph[0, 2] - tau * ph[3, 2] + r[j, 0, 2],
                ph[1, 1] - tau * ph[4, 1] + r[j, 1, 1],
                ph[1, 2] - tau * ph[4, 2] + r[j, 1, 2],
                ph[2, 2] - tau * ph[5, 2] + r[j, 2, 2],
            )
            d2 = (
                ia * nu[0] * nu[0] + id_ * nu[1] * nu[1] + if_ * nu[2] * nu[2]
                + 2.0 * (ib * nu[0] * nu[1] + ic * nu[0] * nu[2] + ie * nu[1] * nu[2])
            )  # fmt: skip
            fit[k, law, 0] = d2
            fit[k, law, 1] = -0.5 * (d2 + math.log(det) + 3.0 * math.log(2.0 * math.pi))
            for m in range(6):
                gain[m, 0] = ph[m, 0] * ia + ph[m, 1] * ib + ph[m, 2] * ic
                gain[m, 1] = ph[m, 0] * ib + ph[m, 1] * id_ + ph[m, 2] * ie
                gain[m, 2] = ph[m, 0] * ic + ph[m, 1] * ie + ph[m, 2] * if_
                xi[m] += gain[m, 0] * nu[0] + gain[m, 1] * nu[1] + gain[m, 2] * nu[2]
                for n in range(3):
                    a[m, n] = -gain[m, n]
                    a[m, n + 3] = tau * gain[m, n]
                a[m, m] += 1.0
            _sandwich(a, pi, work)
            for m in range(6):
                for n in range(m, 6):
                    total = 0.0
                    for s in range(3):
                        for t in range(3):
                            total += gain[m, s] * r[j, s, t] * gain[n, t]
                    pi[m, n] += total
                    if n > m:
                        pi[n, m] += total
