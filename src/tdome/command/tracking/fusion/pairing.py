"""Which tracks of two lists are one target: gated pairs, and exact sparse assignment.

The squared distance of two states is d^2 = e' T^-1 e with T = P + Q - X - X', where X is the
covariance of the two errors that the common process noise makes (Bar-Shalom, "On the track-to-track
correlation problem", IEEE Trans. Automatic Control 26(2), 1981). It is not known between sensors
that tell only their tracks; it is taken as rho L M' with P = L L', Q = M M' (T stays positive
definite for every rho < 1; Chen, Kirubarajan, Bar-Shalom, Signal and Data Processing of Small
Targets 2003, found about 0.4 in position for like sensors), or neglected, rho = 0, which makes T
too large: too few pairs are refused. The sum of d^2 + ln |T| over the pairs is least, where going
without a partner costs more than any pair in the gate (Bar-Shalom and Li, "Multitarget-Multisensor
Tracking", 1995, section 8.4).
"""

import math

import numpy as np

from tdome.command.tracking.association import MISSED_COST
from tdome.command.tracking.engine.pairing.assignment import choose
from tdome.command.tracking.fusion.blending import separations
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints

GATE = 22.5  # chi-square with 6 degrees of freedom, 99.9 %


@kernel
def _near(x: Floats, reach: Floats, y: Floats, other: Floats, start: Ints, pairs: Ints) -> int:
    """List pairs whose places are within reach of each other; y ascends in its first coordinate.

    Returns how many there are; those past the end of ``pairs`` (m, 2) are not written.
    """
    widest = 0.0
    for j in range(len(other)):
        widest = max(widest, other[j])
    found = 0
    for i in range(len(x)):
        far = reach[i] + widest
        for j in range(np.searchsorted(y[:, 0], x[i, 0] - far), len(y)):
            if y[j, 0] > x[i, 0] + far:
                break
            total = 0.0
            for m in range(3):
                total += (x[i, m] - y[j, m]) * (x[i, m] - y[j, m])
            if total <= (reach[i] + other[j]) * (reach[i] + other[j]):
                if found < len(pairs):
                    pairs[found, 0], pairs[found, 1] = i, j
                found += 1
        start[i + 1] = found
    return found


def near_pairs(x: Floats, p: Floats, y: Floats, q: Floats, gate: float = GATE) -> Ints:
    """Return the pairs (k, 2) of rows that the gate may keep, by their places alone."""
    order = np.argsort(y[:, 0], kind="stable")
    reach = math.sqrt(gate) * np.sqrt(np.trace(p[:, :3, :3], axis1=1, axis2=2))
    other = math.sqrt(gate) * np.sqrt(np.trace(q[order][:, :3, :3], axis1=1, axis2=2))
    start = np.zeros(len(x) + 1, np.int32)
    pairs = np.empty((4 * (len(x) + len(y)), 2), np.int32)
    found = _near(x, reach, y[order], other, start, pairs)
    if found > len(pairs):
        pairs = np.empty((found, 2), np.int32)
        _near(x, reach, y[order], other, start, pairs)
    pairs = pairs[:found]
    pairs[:, 1] = order[pairs[:, 1]]
    return pairs


def distances(
    x: Floats, p: Floats, y: Floats, q: Floats, correlation: float = 0.0
) -> tuple[Floats, Floats]:
    """Return d^2 and ln |T| of pairs of estimates, (k,) each; x, y (k, m), p, q (k, m, m)."""
    if correlation == 0.0 and x.shape[1:] == (6,):
        return separations(x, p, y, q)
    t = p + q
    if correlation > 0.0:
        cross = np.einsum("nij,nkj->nik", np.linalg.cholesky(p), np.linalg.cholesky(q))
        t = t - correlation * (cross + np.swapaxes(cross, -1, -2))
    off = x - y
    d2 = (off * np.linalg.solve(t, off[:, :, None])[:, :, 0]).sum(axis=1)
    return d2, np.linalg.slogdet(t)[1]


def shifted(cost: Floats) -> Floats:
    """Return costs so that each is just below what the assignment takes for going without."""
    return cost - float(cost.max()) + MISSED_COST - 1.0


def pair_tracks(
    x: Floats, p: Floats, y: Floats, q: Floats, *, correlation: float = 0.0, gate: float = GATE
) -> Ints:
    """Return the row of y that is the same target as each row of x, (n,), or -1.

    x, y: (n, m), (k, m) states of one time and frame; p, q: covariances; m = 6 (place, velocity),
    or 3. gate: on d^2.
    """
    chosen = np.full(len(x), -1, np.int32)
    if not len(x) or not len(y):
        return chosen
    pairs = near_pairs(x, p, y, q, gate)
    i, j = pairs[:, 0], pairs[:, 1]
    d2, size = distances(x[i], p[i], y[j], q[j], correlation)
    kept = np.flatnonzero(d2 <= gate)
    if not len(kept):
        return chosen
    kept = kept[np.lexsort((j[kept], i[kept]))]
    cost = shifted(d2[kept] + size[kept])
    start = np.searchsorted(i[kept], np.arange(len(x) + 1)).astype(np.int32)
    return choose(start, j[kept].astype(np.int32), cost, len(y), MISSED_COST)
