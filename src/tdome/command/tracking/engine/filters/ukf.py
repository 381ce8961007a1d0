"""Unscented update of a packed slot (6 numbers) with a plot of a site.

Julier and Uhlmann, "Unscented filtering and nonlinear estimation", Proc. IEEE 92(3), 2004: 13 sigma
points of the predicted state with kappa = 3 - 6 would give negative weights, so that the scaled
form with alpha = 1, beta = 2, kappa = 0 is taken (Wan and van der Merwe 2000): the weights of the
12 outer points are 1/12, that of the middle 0 for the mean and 2 for the covariance. Angles are
averaged as differences from the expected direction of the look, so they never wrap.
The motion is linear, so prediction needs no sigma points.
"""

import math

import numpy as np

from tdome.command.tracking.engine.filters.polar import measured
from tdome.command.tracking.engine.layout import COVARIANCE, HEIGHT_VARIANCE, L_Z, VARIANCE
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats

_TURN = 2.0 * math.pi
_SIZE = 6


@kernel
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
def absorb_sigma(  # noqa: C901, PLR0912, PLR0913, PLR0914, PLR0917 - flat columns, one update
    rows: Floats,
    i: int,
    o: int,
    looks: Floats,
    k: int,
    sites: Floats,
    s: int,
    z: Floats,
    j: int,
) -> float:
    """Update slot o of track i with plot j; return d^2 + ln |S|, as the extended update does."""
    root, points = np.zeros((_SIZE, _SIZE)), np.empty((2 * _SIZE + 1, 3))
    p = o + COVARIANCE
    if not factor(rows, p, i, root):
        return math.inf
    wide = math.sqrt(_SIZE)
    mean = np.zeros(3)
    for n in range(2 * _SIZE + 1):
        sign = 0.0 if n == 0 else (wide if n <= _SIZE else -wide)
        c = max((n - 1) % _SIZE, 0) if n > 0 else 0
        r, a, e = measured(
            rows[i, o] + sign * root[0, c],
            rows[i, o + 1] + sign * root[1, c],
            rows[i, o + 2] + sign * root[2, c],
            sites,
            s,
        )
        points[n, 0], points[n, 2] = r - looks[k, L_Z], e - looks[k, L_Z + 2]
        a -= looks[k, L_Z + 1]
        points[n, 1] = a - _TURN * math.floor(a / _TURN + 0.5)
        if n > 0:
            for m in range(3):
                mean[m] += points[n, m] / (2 * _SIZE)
    numbers = 2 if z[j, HEIGHT_VARIANCE] < 0.0 else 3
    cross, inner = np.zeros((_SIZE, 3)), np.zeros((3, 3))
    for n in range(2 * _SIZE + 1):
        weight = 2.0 if n == 0 else 1.0 / (2 * _SIZE)
        sign = 0.0 if n == 0 else (wide if n <= _SIZE else -wide)
        c = max((n - 1) % _SIZE, 0) if n > 0 else 0
        for m in range(numbers):
            d = weight * (points[n, m] - mean[m])
            for q in range(numbers):
                inner[m, q] += d * (points[n, q] - mean[q])
            for f in range(_SIZE):
                cross[f, m] += d * sign * root[f, c]
    innovation = np.zeros(3)
    for m in range(numbers):
        inner[m, m] += sites[s, VARIANCE + m]
        innovation[m] = z[j, m] - looks[k, L_Z + m] - mean[m]
    innovation[1] -= _TURN * math.floor(innovation[1] / _TURN + 0.5)
    if numbers == 3 and z[j, HEIGHT_VARIANCE] > 0.0:  # noqa: PLR2004
        inner[2, 2] += z[j, HEIGHT_VARIANCE] - sites[s, VARIANCE + 2]
    # S = L L', one number after the other: subtracting each row's share is the whole update.
    fit = 0.0
    for m in range(numbers):
        d = 1.0 / inner[m, m]
        fit += innovation[m] * innovation[m] * d + math.log(inner[m, m])
        at = p
        for f in range(_SIZE):
            rows[i, o + f] += cross[f, m] * innovation[m] * d
            for g in range(f + 1):
                rows[i, at] -= cross[f, m] * cross[g, m] * d
                at += 1
        for q in range(m + 1, numbers):
            share = inner[m, q] * d
            innovation[q] -= share * innovation[m]
            for f in range(_SIZE):
                cross[f, q] -= share * cross[f, m]
            for u in range(m + 1, numbers):
                inner[q, u] -= share * inner[m, u]
    return fit
