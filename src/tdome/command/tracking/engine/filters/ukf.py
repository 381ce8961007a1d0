"""Unscented update of a packed slot (6 numbers) with a plot of a site.

Julier and Uhlmann, "Unscented filtering and nonlinear estimation", Proc. IEEE 92(3), 2004, with
kappa = 3 - n as they advise for Gaussian errors. What is measured depends on the n = 3 coordinates
of the place alone, so sigma points are laid in these only, and velocity follows by its regression
(Morelande and Moran, "An unscented transformation for conditionally linear models", ICASSP 2007):
with the lower Cholesky factor L of the covariance, place first, the six points are x +- sqrt(3) L
e_c, c < 3, of weight 1/6 each. So the variance of a square along an axis of L is exact, 2 sigma^4;
points in all six numbers (alpha = 1, beta = 2) made it 7 sigma^4, and kept tracks of false plots
near a site alive. Angles are averaged as differences from the expected direction of the look, so
they never wrap. The motion is linear, so prediction needs no sigma points. A range rate is no
business of the sigma points: it goes in before them, by its analytic row (:mod:`.rate`).
"""

import math

import numpy as np

from tdome.command.tracking.engine.filters.polar import measured
from tdome.command.tracking.engine.filters.rate import rate_row, take_whole
from tdome.command.tracking.engine.filters.update import first_measured, measures, row
from tdome.command.tracking.engine.layout import COVARIANCE, L_Z, RATE
from tdome.kernel.jit import kernel, kernel_bare
from tdome.messages.base import Floats

_TURN = 2.0 * math.pi
_SIZE = 6
_PLACE = 3
_POINTS = 2 * _PLACE
_WIDE = math.sqrt(_PLACE)


@kernel_bare
def factor(rows: Floats, at: int, i: int, root: Floats) -> bool:
    """Write the lower Cholesky factor of the packed 6 x 6 matrix at rows[i, at]; False if none."""
    for a in range(_SIZE):
        for b in range(a + 1):
            total = rows[i, at + a * (a + 1) // 2 + b]
            for c in range(b):
                total -= root[a, c] * root[b, c]
            if a == b:
                if not total > 0.0:
                    return False
                root[a, a] = math.sqrt(total)
            else:
                root[a, b] = total / root[b, b]
    return True


@kernel
def moments(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, i: int, o: int, sites: Floats, s: int, root: Floats, middle: Floats, out: Floats
) -> None:
    """Write what sigma points tell of slot o of track i as site s would measure it.

    root: Cholesky factor. middle (3,): an expectation near all points. out (10, 3): the mean less
    the middle in row 0, the covariance in rows 1-3, that with the state in rows 4-9.
    """
    points = np.empty((_POINTS, 3))
    out[:] = 0.0
    for n in range(_POINTS):
        sign, c = _point(n)
        x, y, z = rows[i, o], rows[i, o + 1], rows[i, o + 2]
        there = measured(
            x + sign * root[0, c], y + sign * root[1, c], z + sign * root[2, c], sites, s
        )
        points[n, 0], points[n, 2] = there[0] - middle[0], there[2] - middle[2]
        a = there[1] - middle[1]
        points[n, 1] = a - _TURN * math.floor(a / _TURN + 0.5)
        for m in range(3):
            out[0, m] += points[n, m] / _POINTS
    for n in range(_POINTS):
        sign, c = _point(n)
        for m in range(3):
            d = (points[n, m] - out[0, m]) / _POINTS
            for q in range(3):
                out[1 + q, m] += d * (points[n, q] - out[0, q])
            for f in range(_SIZE):
                out[4 + f, m] += d * sign * root[f, c]


@kernel_bare
def _point(n: int) -> tuple[float, int]:
    """Return along how many columns' lengths, and which column of the root, point n lies."""
    return (_WIDE if n < _PLACE else -_WIDE), n % _PLACE


@kernel
def absorb_sigma(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, i: int, o: int, looks: Floats, k: int, sites: Floats, s: int, z: Floats, j: int
) -> float:
    """Update slot o of track i with plot j; return d^2 + ln |S|, as the extended update does."""
    root, out = np.zeros((_SIZE, _SIZE)), np.empty((4 + _SIZE, 3))
    p = o + COVARIANCE
    fit = 0.0
    if not math.isnan(z[j, RATE]):
        place, velocity, beyond, noise = rate_row(rows, i, looks, k, z, j)
        fit, variance = take_whole(rows, i, o, _SIZE, place, velocity, beyond, noise)
        fit += math.log(variance)
    if not factor(rows, p, i, root):
        return math.inf
    moments(rows, i, o, sites, s, root, looks[k, L_Z : L_Z + 3], out)
    numbers = measures(z, j)
    innovation = np.zeros(3)
    begin = first_measured(z, j)
    for m in range(begin, numbers):
        out[1 + m, m] += row(looks, k, sites, s, z, j, m)[2]
        innovation[m] = z[j, m] - looks[k, L_Z + m] - out[0, m]
    innovation[1] -= _TURN * math.floor(innovation[1] / _TURN + 0.5)
    # S = L D L': one number after the other, each cleared of those before it.
    for m in range(begin, numbers):
        d = 1.0 / out[1 + m, m]
        fit += innovation[m] * innovation[m] * d - math.log(d)
        at = p
        for f in range(_SIZE):
            rows[i, o + f] += out[4 + f, m] * innovation[m] * d
            for g in range(f + 1):
                rows[i, at] -= out[4 + f, m] * out[4 + g, m] * d
                at += 1
        for q in range(m + 1, numbers):
            share = out[1 + m, q] * d
            innovation[q] -= share * innovation[m]
            for f in range(_SIZE):
                out[4 + f, q] -= share * out[4 + f, m]
            for u in range(m + 1, numbers):
                out[1 + q, u] -= share * out[1 + m, u]
    return fit
