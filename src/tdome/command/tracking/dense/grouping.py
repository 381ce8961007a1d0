"""The resolution model at work in a scan: who is hidden behind whom, and the shift of a group."""

import math

import numpy as np

from tdome.command.tracking.dense.resolution import centroids, hide, merge_into, neighbours
from tdome.command.tracking.engine.filters.imm import combine
from tdome.command.tracking.engine.filters.update import take_row
from tdome.command.tracking.engine.layout import (
    HEAD,
    HEIGHT_VARIANCE,
    L_IR,
    L_IRHO,
    L_R,
    L_S,
    L_X,
    L_Z,
    MODES,
    PLACE,
    SLOT,
    VARIANCE,
)
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints

_MOST = 8  # neighbours of a track
_LIKELY = 0.5
_GATE = 16.0
_TURN = 2.0 * math.pi


@kernel
def group(  # noqa: PLR0913, PLR0917 - flat columns
    cell: Floats,
    looks: Floats,
    first: Ints,
    sites: Floats,
    s: int,
    exists: Floats,
    start: Ints,
    column: Ints,
    beta: Floats,
    none: Floats,
    detection: Floats,
) -> tuple[Ints, Ints, Ints, Floats, Floats]:
    """Correct the marginals for merged plots; return who is merged into whose plot.

    looks[first[q]]: of the heaviest row of label q. The rest as in
    :func:`tdome.command.tracking.dense.resolution.hide`. Returns leader (l,), the plot that a label
    most likely has (l,), members of each leader (l,), and their centroid and its variance (l, 3).
    """
    count = len(exists)
    leader, plot_of = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    mean, doubt = np.empty((count, 3)), np.empty((count, 3))
    if not (cell[0] > 0.0 and cell[1] > 0.0 and cell[2] > 0.0):
        return leader, plot_of, np.zeros(count, np.int32), mean, doubt
    z, variance = np.empty((count, 3)), np.empty((count, 3))
    for q in range(count):
        n = first[q]
        for m in range(3):
            z[q, m] = looks[n, L_Z + m]
            noise = looks[n, L_S + m * (m + 3) // 2] - sites[s, VARIANCE + m]
            variance[q, m] = max(noise, 0.0)
        for e in range(start[q], start[q + 1]):
            if beta[e] > _LIKELY:
                plot_of[q] = column[e]
    who, near = np.empty((count, _MOST), np.int32), np.empty((count, _MOST))
    neighbours(z, variance, cell, exists, who, near)
    hide(who, near, exists, start, beta, none, detection)
    merge_into(who, near, plot_of, none, detection, leader)
    members = centroids(leader, z, variance, mean, doubt)
    return leader, plot_of, members, mean, doubt


@kernel
def shift(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats,
    i: int,
    modes: bool,
    looks: Floats,
    n: int,
    sites: Floats,
    s: int,
    z: Floats,
    j: int,
    members: int,
    mean: Floats,
    doubt: Floats,
) -> int:
    """Update row i with plot j as a measurement of its group's centroid; return 1, 0 if too far.

    z_j = sum_g h(x_g) / members + noise: the row explains 1 / members of it, the other members'
    doubt is noise.
    """
    d2 = 0.0
    for m in range(3):
        d = z[j, m] - mean[m]
        d -= _TURN * math.floor(d / _TURN + 0.5) if m == 1 else 0.0
        d2 += d * d / (doubt[m] + sites[s, VARIANCE + m])
    near = d2 < _GATE and z[j, HEIGHT_VARIANCE] == 0.0 and z[j, PLACE] == 0.0
    for slot in range(MODES + 1):
        if not near or (slot == 0) == modes:
            continue
        o = HEAD + slot * SLOT
        for m in range(3):
            part = 1.0 / members
            scale = part * (1.0 if m == 0 else looks[n, L_IRHO if m == 1 else L_IR])
            at = L_R + 3 * m
            hx, hy, hz = looks[n, at] * scale, looks[n, at + 1] * scale, looks[n, at + 2] * scale
            d = z[j, m] - mean[m]
            d -= _TURN * math.floor(d / _TURN + 0.5) if m == 1 else 0.0
            d -= (
                hx * (rows[i, o] - looks[n, L_X])
                + hy * (rows[i, o + 1] - looks[n, L_X + 1])
                + hz * (rows[i, o + 2] - looks[n, L_X + 2])
            )
            own = (looks[n, L_S + m * (m + 3) // 2] - sites[s, VARIANCE + m]) * part * part
            noise = sites[s, VARIANCE + m] + max(doubt[m] - own, 0.0)
            take_row(rows, i, o, 7 if slot == MODES else 6, (hx, hy, hz), d, noise)
        if not modes:
            break
    if modes:
        combine(rows, i, 6)
    return 1 if near else 0
