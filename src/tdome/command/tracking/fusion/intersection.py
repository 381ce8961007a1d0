"""Fusion of two estimates of one target: covariance intersection, and information-matrix fusion.

Covariance intersection (Julier and Uhlmann, "A non-divergent estimation algorithm in the presence
of unknown correlations", American Control Conference 1997): P^-1 = w A^-1 + (1 - w) B^-1 and P^-1 x
= w A^-1 a + (1 - w) B^-1 b is consistent for whatever correlation of the two errors, if each is
itself. The weight w minimises det P or trace P: with A = T T' and B = T D T' (D diagonal) both are
sums over the axes of convex functions of s_i = w + (1 - w) / d_i,

    ln det P = const - sum ln s_i,     trace P = sum |T_i|^2 / s_i,

so that the least is where the derivative changes sign: exact by Newton steps within a bisection.

Information-matrix fusion (Chang, Saha, Bar-Shalom, "On optimal track-to-track fusion", IEEE T-AES
33(4), 1997): P^-1 = A^-1 + B^-1 - C^-1, with C what both have known since they last met, predicted.
Right when the process noise since then is small; too sure when it is not.
"""

import math

import numpy as np

from tdome.kernel.jit import kernel
from tdome.messages.base import Floats

_ROUNDS = 60
_CLOSE = 1e-13
_ALIKE = 1e-9  # axes on which both are as sure, but for rounding, decide nothing


@kernel
def _slope1(w: float, d: Floats, weight: Floats, trace: bool) -> tuple[float, float]:
    """Return first and second derivative of the aim at w."""
    first = second = 0.0
    for i in range(len(d)):
        rate = 1.0 - 1.0 / d[i]
        if abs(rate) < _ALIKE:
            continue
        s = w + (1.0 - w) / d[i]
        if trace:
            first -= weight[i] * rate / (s * s)
            second += 2.0 * weight[i] * rate * rate / (s * s * s)
        else:
            first -= rate / s
            second += rate * rate / (s * s)
    return first, second


@kernel
def _best_weights(d: Floats, weight: Floats, trace: bool, out: Floats) -> None:
    for k in range(len(d)):
        low, high = 0.0, 1.0
        if _slope1(0.0, d[k], weight[k], trace)[0] >= 0.0:
            out[k] = 0.5 if _slope1(1.0, d[k], weight[k], trace)[0] <= 0.0 else 0.0
            continue
        if _slope1(1.0, d[k], weight[k], trace)[0] <= 0.0:
            out[k] = 1.0
            continue
        w = 0.5
        for _ in range(_ROUNDS):
            first, second = _slope1(w, d[k], weight[k], trace)
            if first > 0.0:
                high = w
            else:
                low = w
            step = w - first / second if second > 0.0 else math.inf
            after = step if low < step < high else 0.5 * (low + high)
            if abs(after - w) < _CLOSE:
                w = after
                break
            w = after
        out[k] = w


def best_weights(a: Floats, b: Floats, aim: str = "det") -> Floats:
    """Return the weight w of the first of each pair of covariances, (n,), in [0, 1].

    a, b: (n, m, m), positive definite; raises numpy.linalg.LinAlgError where one is not. aim: "det"
    or "trace" (units mix in the trace: give positions only, or scale).
    """
    root = np.linalg.cholesky(a)
    white = np.linalg.solve(root, np.swapaxes(np.linalg.solve(root, b), -1, -2))
    d, axes = np.linalg.eigh(0.5 * (white + np.swapaxes(white, -1, -2)))
    turned = np.einsum("nij,njk->nik", root, axes)
    out = np.empty(len(d))
    reach = np.square(turned).sum(axis=1)
    _best_weights(np.maximum(d, 1e-300), reach, aim == "trace", out)
    return out


def intersect(
    x: Floats, a: Floats, y: Floats, b: Floats, aim: str = "det"
) -> tuple[Floats, Floats, Floats]:
    """Return covariance intersections of pairs of estimates: states, covariances, weights (n,).

    x, y: (n, m); a, b: (n, m, m); aim: as in :func:`best_weights`.
    """
    w = best_weights(a, b, aim)
    ia, ib = _inverse(a), _inverse(b)
    return *_combined((w[:, None, None] * ia, x), ((1.0 - w)[:, None, None] * ib, y)), w


def fuse_information(
    x: Floats, a: Floats, y: Floats, b: Floats, common: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return information-matrix fusions of pairs: states (n, m) and covariances (n, m, m).

    common: states and covariances of what both knew when they last met, predicted to now. Where
    the difference is not positive definite, the pair is intersected instead.
    """
    z, c = common
    ia, ib, ic = _inverse(a), _inverse(b), _inverse(c)
    total = ia + ib - ic
    lowest = np.linalg.eigvalsh(total)[:, 0]
    fused, spread, _ = intersect(x, a, y, b)
    sound = lowest > 0.0
    if sound.any():
        good = _inverse(total[sound])
        told = (_times(ia, x) + _times(ib, y) - _times(ic, z))[sound]
        fused[sound], spread[sound] = _times(good, told), good
    return fused, spread


def _combined(*parts: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    information = np.add.reduce([matrix for matrix, _ in parts])
    p = _inverse(information)
    return _times(p, np.add.reduce([_times(matrix, x) for matrix, x in parts])), p


def _inverse(a: Floats) -> Floats:
    """Return inverses of symmetric matrices, exactly symmetric."""
    inverse = np.linalg.inv(a)
    return np.asarray(0.5 * (inverse + np.swapaxes(inverse, -1, -2)), np.float64)


def _times(a: Floats, x: Floats) -> Floats:
    return np.asarray(np.einsum("nij,nj->ni", a, x))
