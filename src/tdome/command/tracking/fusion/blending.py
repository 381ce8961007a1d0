"""Covariance intersection of any number of estimates of one target, and distances, in kernels.

P^-1 = sum w_i P_i^-1, P^-1 x = sum w_i P_i^-1 x_i with w_i >= 0, sum w_i = 1 is consistent for any
correlation of the errors (Julier and Uhlmann 1997; Niehsen, "Information fusion based on fast
covariance intersection filtering", FUSION 2002, for more than two). The weights of least det P are
those of a D-optimal design: w_i <- w_i tr(P P_i^-1) / m keeps their sum at 1 and never raises det P
(Silvey, Titterington, Torsney, "An algorithm for optimal designs on a design space", Communications
in Statistics A7, 1978), and max_i tr(P P_i^-1) - m bounds how far ln det P is from its least. It
needs no order of the sources, as intersecting two by two does: relabelling them changes nothing
but rounding. Any weights are consistent, so that stopping early costs tightness only.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel
from tdome.messages.base import Floats

_ROUNDS = 40
_CLOSE = 0.06  # of ln det P above its least: 1 % in each variance
_M = 6


@kernel
def _factor(a: Floats, low: Floats) -> float:
    """Write the Cholesky factor of a (6, 6); return ln det a, or nan where there is none."""
    log = 0.0
    for i in range(_M):
        for j in range(i + 1):
            total = a[i, j]
            for k in range(j):
                total -= low[i, k] * low[j, k]
            if i > j:
                low[i, j] = total / low[j, j]
            elif total > 0.0:
                low[i, i] = math.sqrt(total)
                log += math.log(total)
            else:
                return math.nan
    return log


@kernel
def _invert(a: Floats, low: Floats, out: Floats) -> None:
    """Write the inverse of a (6, 6), exactly symmetric; nan where it is not positive definite."""
    if math.isnan(_factor(a, low)):
        out[:, :] = math.nan
        return
    for i in range(_M):  # the inverse of the factor takes its place
        low[i, i] = 1.0 / low[i, i]
        for j in range(i):
            total = 0.0
            for k in range(j, i):
                total -= low[i, k] * low[k, j]
            low[i, j] = total * low[i, i]
    for i in range(_M):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, _M):
                total += low[k, i] * low[k, j]
            out[i, j] = out[j, i] = total


@kernel
def _ahead(x: Floats, p: Floats, dt: float, noise: float, y: Floats, q: Floats) -> None:
    """Write the state (6,) and covariance (6, 6) dt s later, near-constant velocity."""
    for a in range(3):
        y[a], y[a + 3] = x[a] + dt * x[a + 3], x[a + 3]
        for b in range(3):
            q[a + 3, b + 3] = p[a + 3, b + 3]
            q[a, b + 3] = p[a, b + 3] + dt * p[a + 3, b + 3]
    for a in range(3):
        for b in range(a + 1):
            one = p[a, b] + dt * (p[a, b + 3] + p[b, a + 3]) + dt * dt * p[a + 3, b + 3]
            q[a, b] = q[b, a] = one
        for b in range(3):
            q[b + 3, a] = q[a, b + 3]
    step = abs(dt)
    for a in range(3):
        q[a, a] += noise * step * step * step / 3.0
        q[a, a + 3] += noise * step * step / 2.0
        q[a + 3, a] = q[a, a + 3]
        q[a + 3, a + 3] += noise * step


@kernel
def _move(x: Floats, p: Floats, dt: Floats, noise: Floats, y: Floats, q: Floats) -> None:
    for n in range(len(x)):
        _ahead(x[n], p[n], dt[n], noise[n], y[n], q[n])


@kernel
def _weights(known: Floats, w: Floats, low: Floats, total: Floats, q: Floats) -> None:
    """Write the weights (c,) of least det, and the covariance q (6, 6) that they give."""
    count = len(w)
    w[:] = 1.0 / count
    for _ in range(_ROUNDS):
        _weighed(known, w, total)
        _invert(total, low, q)
        most = 0.0
        for c in range(count):
            most = max(most, _trace(q, known[c]))
        if not most - _M > _CLOSE:  # nan ends it too
            return
        for c in range(count):
            w[c] *= _trace(q, known[c]) / _M
    _weighed(known, w, total)
    _invert(total, low, q)


@kernel
def _trace(a: Floats, b: Floats) -> float:
    """Return tr(a b) of symmetric matrices."""
    total = 0.0
    for i in range(_M):
        for j in range(_M):
            total += a[i, j] * b[i, j]
    return total


@kernel
def _blend(  # noqa: PLR0913, PLR0917 - flat columns
    x: Floats, p: Floats, dt: Floats, told: NDArray[np.bool_], noise: float, y: Floats, q: Floats
) -> None:
    """Write the intersection of each row's sources, as :func:`intersect_many`."""
    sources = x.shape[1]
    state, cov = np.empty((sources, _M)), np.empty((sources, _M, _M))
    known, w = np.empty((sources, _M, _M)), np.empty(sources)
    low, total, off = np.zeros((_M, _M)), np.empty((_M, _M)), np.empty(_M)
    for n in range(len(x)):
        count = 0
        for s in range(sources):
            if told[n, s]:
                _ahead(x[n, s], p[n, s], dt[n, s], noise, state[count], cov[count])
                count += 1
        y[n], q[n] = state[0], cov[0]
        if count == 1:
            continue
        for c in range(count):
            _invert(cov[c], low, known[c])
        _weights(known[:count], w[:count], low, total, q[n])
        _mean(known[:count], w, state, q[n], off, y[n])


@kernel
def _mean(known: Floats, w: Floats, state: Floats, q: Floats, off: Floats, y: Floats) -> None:
    """Add to y, the first state, what the others make of it: so nothing large cancels."""
    off[:] = 0.0
    for c in range(1, len(known)):
        for i in range(_M):
            for j in range(_M):
                off[i] += w[c] * known[c, i, j] * (state[c, j] - state[0, j])
    for i in range(_M):
        for j in range(_M):
            y[i] += q[i, j] * off[j]


@kernel
def _weighed(known: Floats, w: Floats, total: Floats) -> None:
    for i in range(_M):
        for j in range(_M):
            one = 0.0
            for c in range(len(w)):
                one += w[c] * known[c, i, j]
            total[i, j] = one


@kernel
def _apart(x: Floats, p: Floats, y: Floats, q: Floats, d2: Floats, size: Floats) -> None:
    low, total, off = np.zeros((_M, _M)), np.empty((_M, _M)), np.empty(_M)
    for n in range(len(x)):
        for i in range(_M):
            for j in range(_M):
                total[i, j] = p[n, i, j] + q[n, i, j]
        size[n] = _factor(total, low)
        d2[n] = 0.0 if math.isfinite(size[n]) else math.nan
        for i in range(_M):
            off[i] = x[n, i] - y[n, i]
            for k in range(i):
                off[i] -= low[i, k] * off[k]
            off[i] /= low[i, i]
            d2[n] += off[i] * off[i]


def moved(x: Floats, p: Floats, dt: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Return states (n, 6) and covariances (n, 6, 6) dt (n,) s later; noise (n,) in m^2/s^3.

    dt may be negative: the state is told for an earlier time, and is no surer for it.
    """
    y, q = np.empty(x.shape), np.empty(p.shape)
    _move(x, p, np.ascontiguousarray(dt, np.float64), noise, y, q)
    return y, q


def intersect_many(
    x: Floats, p: Floats, dt: Floats, told: NDArray[np.bool_], noise: float
) -> tuple[Floats, Floats]:
    """Return covariance intersections (n, 6), (n, 6, 6) of what several sources tell of n targets.

    x (n, S, 6), p (n, S, 6, 6): the sources' states, dt (n, S) s before the time wanted; told
    (n, S): which to use, at least one a row; noise: m^2/s^3 of the prediction. nan where a
    covariance is not positive definite.
    """
    y, q = np.empty((len(x), _M)), np.empty((len(x), _M, _M))
    _blend(x, p, np.ascontiguousarray(dt, np.float64), told, noise, y, q)
    return y, q


def separations(x: Floats, p: Floats, y: Floats, q: Floats) -> tuple[Floats, Floats]:
    """Return d^2 = e' T^-1 e and ln |T| with T = p + q of pairs of estimates, (n,) each."""
    d2, size = np.empty(len(x)), np.empty(len(x))
    _apart(x, p, y, q, d2, size)
    return d2, size
