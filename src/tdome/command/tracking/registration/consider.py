"""Tracking with what is left of the biases considered, not estimated: Schmidt-Kalman.

The covariance C of a track's error with all biases' errors is carried along: the same rest of a
bias is in all plots of a sensor, so that a hundred of them do not average it out, as they would if
its variance were only added to R. With H of the track, B of the biases, covariance Pb of these:

    S = H P H' + H C B' + B C' H' + B Pb B' + R,  K = (P H' + C B') / S,
    P <- P - K S K',  C <- C - K (H C + B Pb),  and over time P <- F P F' + Q, C <- F C.

Schmidt, "Application of state-space methods to navigation problems", Advances in Control Systems 3,
1966; for biases of radars Novoselov, Herman, Gadaleta, Poore, "Mitigating the effects of residual
biases with Schmidt-Kalman filtering", FUSION 2005. Scalars one by one (noises are independent).
Limit: Pb is taken as constant while the track lives; where Registration has moved its estimate by
d, call :func:`shifted`.
"""

import math

import numpy as np

from tdome.command.tracking.registration.absorb import drift, linearise, own_bias
from tdome.command.tracking.registration.measuring import MEASURED
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints, Longs

_NS = 1e-9


@kernel
def consider_scalar(  # noqa: C901, PLR0913, PLR0917 - flat columns
    x: Floats, p: Floats, c: Floats, pb: Floats, h: Floats, b: Floats, off: float, variance: float
) -> float:
    """Update a track with one scalar, in place; return its normalised innovation squared.

    x, p, c: (6,), (6, 6), (6, b); pb: (b, b); h: (6,), b: (b,); off, variance: innovation, noise.
    """
    gain, hc = np.zeros(6), np.zeros(len(b))
    for k in range(len(b)):
        for i in range(6):
            hc[k] += h[i] * c[i, k]
            gain[i] += c[i, k] * b[k]
        if b[k] != 0.0:
            for n in range(len(b)):
                hc[n] += b[k] * pb[k, n]
    s = variance
    for i in range(6):
        for j in range(6):
            gain[i] += p[i, j] * h[j]
    for i in range(6):
        s += h[i] * gain[i]
    for k in range(len(b)):
        s += b[k] * hc[k]
    for i in range(6):
        x[i] += gain[i] / s * off
        for j in range(6):
            p[i, j] -= gain[i] / s * gain[j]
        for k in range(len(b)):
            c[i, k] -= gain[i] / s * hc[k]
    return off * off / s


@kernel
def consider_plots(  # noqa: PLR0913, PLR0917 - flat columns
    row: Ints,
    at: Longs,
    sensor: Ints,
    z: Floats,
    sigma: Floats,
    origin: Floats,
    axes: Floats,
    flat: bool,
    bias: Floats,
    pb: Floats,
    noise: float,
    clock: Longs,
    x: Floats,
    p: Floats,
    c: Floats,
    nis: Floats,
) -> None:
    """Predict tracks to their plots and update them, in the order of the plots, in place.

    Parameters
    ----------
    row, at, sensor, z, sigma, origin, axes, bias
        As in :func:`.absorb.absorb`; all rows >= 0; z with its biases still in.
    pb, noise
        (4 S, 4 S) covariance of the biases' estimate; acceleration, m^2/s^3.
    clock, x, p, c
        Tracks: (n,) int ns, (n, 6), (n, 6, 6), (n, 6, 4 S).
    nis
        (m, 4), written: normalised innovation squared of each scalar, nan where not measured.
    """
    g, h, here = np.empty(len(bias)), np.empty((MEASURED, 6)), np.empty(6)
    off, variance = np.empty(MEASURED), np.empty(MEASURED)
    for k in range(len(row)):
        t, s = row[k], sensor[k]
        drift(x[t], p[t], c[t], (at[k] - clock[t]) * _NS, noise)
        clock[t] = at[k]
        linearise(x[t], z[k], s, bias, sigma[s], origin[s], axes[s], flat, h, off, variance)
        here[:] = x[t]
        for m in range(MEASURED):
            nis[k, m] = math.nan
            if math.isnan(off[m]) or math.isnan(variance[m]):
                continue
            moved = 0.0
            for i in range(6):
                moved += h[m, i] * (x[t, i] - here[i])
            own_bias(s, m, h[m], here[3:], g)
            nis[k, m] = consider_scalar(x[t], p[t], c[t], pb, h[m], g, off[m] - moved, variance[m])


def shifted(x: Floats, c: Floats, pb: Floats, step: Floats) -> Floats:
    """Return states (n, 6) as they are expected after the biases' estimate has moved by a step.

    E(x error | bias error) = C Pb^-1: what the biases' estimate has learned moves the tracks, too.
    c: (n, 6, b), pb: (b, b) before the move, step: (b,).
    """
    moved: Floats = x + np.einsum("nib,b->ni", c, np.linalg.pinv(pb, hermitian=True) @ step)
    return moved
