"""Bias information from the plots of common targets, with the targets' states eliminated.

For each target a Kalman filter runs as if the biases b were exactly the present estimate, and
carries the slope V of its error against theirs: x = x~ + V (b - b^) + e. Then each innovation is a
measurement of the biases alone, r = (H V + B) (b - b^) + w, and the w are white with the filter's
own innovation variance s: B. Friedland, "Treatment of bias in recursive filtering", IEEE Trans.
Automatic Control 14(4), 1969. For a constant b this is the joint Kalman filter of all targets and
all biases, only arranged so that targets do not meet. It cancels the target's state from the
measurements of asynchronous sensors, as Lin, Bar-Shalom, Kirubarajan, "Multisensor-multitarget bias
estimation for general asynchronous sensors", IEEE T-AES 41(3), 2005, do from local tracks; multi-
radar use: van Doorn and Blom, "Systematic error estimation in multisensor fusion systems", SPIE
1954, 1993.

Information adds up as Lambda += g g' / s, eta += g r / s, one scalar at a time, g = H V + B. B is 1
for the bias of the coordinate measured, and -H v for a late stamp (the place is that of b_t s
before). The v of that is held for a segment: were it the newest estimate each time, its noise would
make a time offset that all sensors share look observable, which it is not (the fault of extended
filters with a gauge: Huang, Mourikis, Roumeliotis, Int. J. Robotics Research 29(5), 2010).
Near-constant velocity, white acceleration; extended Kalman filter, linearised once a plot.
"""

import math

import numpy as np

from tdome.command.tracking.registration.measuring import (
    MEASURED,
    elevation_of_height,
    locate,
    measure,
    wrapped,
)
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints, Longs

WIDE_PLACE = 5_000.0  # m: of a target that starts anew, where it is
WIDE_SPEED = 250.0  # m/s
FIRST_SPEED = 500.0  # m/s: of a target never seen before
GUESSED_HEIGHT = 6_000.0  # m, of a first plot without height; WIDE_PLACE is its error
MISFITS = 3  # in a row: the target has turned, or is another one
_NS = 1e-9
_T = 3  # row of the time offset


@kernel
def drift(x: Floats, p: Floats, slope: Floats, dt: float, noise: float) -> None:
    """Predict a target, (6,), (6, 6), and its slope (6, b), by dt s, in place."""
    q1, q2, q3 = noise * dt, noise * dt * dt / 2.0, noise * dt * dt * dt / 3.0
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
        for j in range(slope.shape[1]):
            slope[i, j] += dt * slope[i + 3, j]
    for i in range(3):
        for j in range(3):
            p[i + 3, j] = p[j, i + 3]


@kernel
def anew(p: Floats, slope: Floats, place: float, speed: float) -> None:
    """Forget what a target's filter knows but for where it is linearised, in place."""
    p[:] = 0.0
    slope[:] = 0.0
    for i in range(3):
        p[i, i] = place * place
        p[i + 3, i + 3] = speed * speed


@kernel
def take_scalar(  # noqa: C901, PLR0913, PLR0917 - flat columns
    x: Floats,
    p: Floats,
    slope: Floats,
    h: Floats,
    g: Floats,
    off: float,
    variance: float,
    counts: bool,
    information: Floats,
    vector: Floats,
) -> None:
    """Update a target with one scalar, and, where it counts, the biases' information, in place.

    h: (6,) gradient. g: (b,) is written: H V + B from B. off: innovation, variance: of its noise.
    """
    ph = np.empty(6)
    s = variance
    for i in range(6):
        total = 0.0
        for j in range(6):
            total += p[i, j] * h[j]
        ph[i] = total
    for i in range(6):
        s += h[i] * ph[i]
    for b in range(len(g)):
        for i in range(6):
            g[b] += h[i] * slope[i, b]
    if counts:
        for b in range(len(g)):
            if g[b] == 0.0:
                continue
            vector[b] += g[b] * (off / s)
            scaled = g[b] / s
            for c in range(len(g)):
                information[b, c] += scaled * g[c]
    for i in range(6):
        gain = ph[i] / s
        x[i] += gain * off
        for j in range(6):
            p[i, j] -= gain * ph[j]
        for b in range(len(g)):
            slope[i, b] -= gain * g[b]


@kernel
def spread1(h: Floats, p: Floats, slope: Floats, g: Floats, covariance: Floats) -> float:
    """Return h P h' + g C g' with g = H V + B, written from B (in place)."""
    total = 0.0
    for i in range(6):
        for j in range(6):
            total += h[i] * p[i, j] * h[j]
        for b in range(len(g)):
            g[b] += h[i] * slope[i, b]
    for b in range(len(g)):
        if g[b] != 0.0:
            for c in range(len(g)):
                total += g[b] * covariance[b, c] * g[c]
    return total


@kernel
def own_bias(sensor: int, coordinate: int, h: Floats, v: Floats, g: Floats) -> None:
    """Write B (b,) of one coordinate of a sensor: 1 for its own bias, -H v for a late stamp."""
    g[:] = 0.0
    if coordinate < _T:
        g[4 * sensor + coordinate] = 1.0
    g[4 * sensor + _T] = -(h[0] * v[0] + h[1] * v[1] + h[2] * v[2])


@kernel
def begin_at(  # noqa: PLR0913, PLR0917 - flat columns
    z: Floats, sensor: int, bias: Floats, origin: Floats, axes: Floats, flat: bool, x: Floats
) -> None:
    """Write a target at rest where its first plot z (4,), nan where not measured, puts it."""
    e = z[2] - bias[4 * sensor + 2]
    if math.isnan(e):
        height = GUESSED_HEIGHT if math.isnan(z[3]) else z[3]
        e = elevation_of_height(z[0], height, flat)
    x[3:] = 0.0
    locate(z[0] - bias[4 * sensor], z[1] - bias[4 * sensor + 1], e, origin, axes, x[:3])


@kernel
def linearise(  # noqa: PLR0913, PLR0917 - flat columns
    x: Floats,
    z: Floats,
    sensor: int,
    bias: Floats,
    sigma: Floats,
    origin: Floats,
    axes: Floats,
    flat: bool,
    h: Floats,
    off: Floats,
    variance: Floats,
) -> None:
    """Write gradients h (4, 6), innovations off (4,) and noise variances (4,) of a plot.

    sigma: (4,) of range, azimuth, elevation, height; nan where not measured: off or variance is
    nan there, too.
    """
    expected, slope, place = np.empty(MEASURED), np.empty((MEASURED, 3)), np.empty(3)
    early = bias[4 * sensor + _T]
    for i in range(3):
        place[i] = x[i] - early * x[i + 3]
    measure(place, origin, axes, flat, expected, slope)
    for k in range(MEASURED):
        variance[k] = sigma[k] * sigma[k]
        off[k] = z[k] - expected[k]
        if k < _T:
            off[k] -= bias[4 * sensor + k]
        for i in range(3):
            h[k, i] = slope[k, i]
            h[k, i + 3] = -early * slope[k, i]
    off[1] = wrapped(off[1])


@kernel
def fits(  # noqa: PLR0913, PLR0917 - flat columns
    sensor: int,
    off: Floats,
    variance: Floats,
    h: Floats,
    velocity: Floats,
    p: Floats,
    slope: Floats,
    covariance: Floats,
    gate: float,
) -> bool:
    """Tell whether each coordinate of a plot is within the gate of target and biases."""
    g = np.empty(len(covariance))
    for c in range(MEASURED):
        if math.isnan(off[c]) or math.isnan(variance[c]):
            continue
        own_bias(sensor, c, h[c], velocity, g)
        total = variance[c] + spread1(h[c], p, slope, g, covariance)
        if off[c] * off[c] > gate * gate * total:
            return False
    return True


@kernel
def take_plot(  # noqa: PLR0913, PLR0917 - flat columns
    sensor: int,
    off: Floats,
    variance: Floats,
    h: Floats,
    velocity: Floats,
    counts: bool,
    x: Floats,
    p: Floats,
    slope: Floats,
    information: Floats,
    vector: Floats,
) -> None:
    """Update a target with the coordinates of a plot, one by one, all linearised where it was."""
    g, here = np.empty(len(vector)), x.copy()
    for c in range(MEASURED):
        if math.isnan(off[c]) or math.isnan(variance[c]):
            continue
        moved = 0.0
        for i in range(6):
            moved += h[c, i] * (x[i] - here[i])
        own_bias(sensor, c, h[c], velocity, g)
        rest = off[c] - moved
        take_scalar(x, p, slope, h[c], g, rest, variance[c], counts, information, vector)


@kernel
def ready(  # noqa: PLR0913, PLR0917 - flat columns
    t: int,
    at: int,
    rules: Floats,
    clock: Longs,
    began: Longs,
    plots: Ints,
    state: Floats,
    velocity: Floats,
    p: Floats,
    slope: Floats,
) -> None:
    """Bring target t to a time (int ns), anew where its segment is over, in place."""
    if plots[t] == rules[2] or (at - began[t]) * _NS > rules[3]:
        anew(p[t], slope[t], WIDE_PLACE, WIDE_SPEED)
        began[t] = at
        velocity[t] = state[t, 3:]
    drift(state[t], p[t], slope[t], (at - clock[t]) * _NS, rules[0])
    clock[t] = at


@kernel
def absorb(  # noqa: PLR0913, PLR0917 - flat columns
    row: Ints,
    at: Longs,
    sensor: Ints,
    z: Floats,
    sigma: Floats,
    origin: Floats,
    axes: Floats,
    flat: bool,
    bias: Floats,
    covariance: Floats,
    rules: Floats,
    clock: Longs,
    began: Longs,
    plots: Ints,
    misfits: Ints,
    state: Floats,
    velocity: Floats,
    p: Floats,
    slope: Floats,
    information: Floats,
    vector: Floats,
) -> tuple[int, int]:
    """Take plots in, in order of time; return how many counted, and how many the gate kept out.

    Parameters
    ----------
    row, at, sensor, z
        (m,) target of each plot, or -1; int ns; row in the sites; (m, 4) range, azimuth,
        elevation, height, nan where not measured.
    sigma
        (m, 4) standard errors of z.
    origin, axes
        Of the sites: (S, 3), (S, 3, 3).
    bias, covariance
        (4 S,), (4 S, 4 S): the present estimate, and linearisation point.
    rules
        noise, gate, warm, segment of the settings.
    clock, began, plots, misfits, state, velocity, p, slope
        Columns of the targets (see BiasState), written.
    information, vector
        (4 S, 4 S), (4 S,): added to.
    """
    used, refused = 0, 0
    h, off, variance = np.empty((MEASURED, 6)), np.empty(MEASURED), np.empty(MEASURED)
    for k in range(len(row)):
        t, s = row[k], sensor[k]
        if t < 0 or (plots[t] > 0 and at[k] < clock[t]) or not (z[k, 0] > 0.0):
            continue
        if not math.isfinite(z[k, 1]) or not math.isfinite(z[k, 0]):
            continue
        if plots[t] == 0:
            begin_at(z[k], s, bias, origin[s], axes[s], flat, state[t])
            anew(p[t], slope[t], WIDE_PLACE, FIRST_SPEED)
            clock[t], began[t] = at[k], at[k]
            velocity[t] = 0.0
        ready(t, at[k], rules, clock, began, plots, state, velocity, p, slope)
        linearise(state[t], z[k], s, bias, sigma[k], origin[s], axes[s], flat, h, off, variance)
        if fits(s, off, variance, h, velocity[t], p[t], slope[t], covariance, rules[1]):
            counts = plots[t] >= rules[2]
            take_plot(
                s, off, variance, h, velocity[t], counts, state[t], p[t], slope[t], information,
                vector,
            )  # fmt: skip
            plots[t] += 1
            misfits[t] = 0
            used += counts
        else:
            refused += 1
            misfits[t] += 1
            if misfits[t] >= MISFITS:
                plots[t], misfits[t] = 0, 0
    return used, refused
