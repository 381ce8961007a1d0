"""A grid over the plots of one scan, in the site's own range and azimuth.

The gate of a track is a box in measured numbers, thin in range and narrow in azimuth, so the cells
are made in these. Cells lie azimuth by azimuth, range by range: a box is one run of plots for each
column of azimuth. Within a cell plots are ordered by range, then azimuth: the order of the plots
in the recording does not matter.
"""

import math

import numpy as np

from tdome.command.tracking.engine.layout import AZIMUTH, ELEVATION, RANGE, Z
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats, Ints, Longs

_FEWEST, _MOST = 8, 256  # cells along each axis
_TURN = 2.0 * math.pi


@kernel_bare
def sides(plots: int) -> int:
    """Return the number of cells along each axis: about two cells a plot."""
    return int(min(max(math.sqrt(2.0 * plots), _FEWEST), _MOST))


@kernel_bare
def cell1(r: float, a: float, n: int, width: float) -> int:
    """Return the cell of a range and an azimuth; width: of the cells in range, m."""
    column = int((a + math.pi) * (n / _TURN))
    return min(max(column, 0), n - 1) * n + min(int(r / width), n - 1)


@kernel_bare
def sort_plots(  # noqa: C901 - one counting sort
    raw: Floats, source: Longs, cells: Ints, start: Ints, z: Floats, row: Longs
) -> float:
    """Sort plots into cells; return the width of a cell in range, m.

    raw (m, Z), source (m,): the plots of the scan and their rows in the recording, azimuth in
    [-pi, pi). cells (m,): scratch. start (n n + 1,), z (m, Z), row (m,): written.
    """
    m, n = len(raw), sides(len(raw))
    farthest = 1.0
    for j in range(m):
        farthest = max(farthest, raw[j, RANGE])
    width = farthest * (1.0 + 1e-9) / n
    start[: n * n + 1] = 0
    for j in range(m):
        c = cell1(raw[j, RANGE], raw[j, AZIMUTH], n, width)
        cells[j] = c
        start[c + 1] += 1
    for c in range(n * n):
        start[c + 1] += start[c]
    for j in range(m - 1, -1, -1):  # start[c + 1] runs down to the begin of cell c
        c = cells[j]
        start[c + 1] -= 1
        row[start[c + 1]] = j
    for c in range(n * n - 1):  # and is the begin of cell c: shift back
        start[c] = start[c + 1]
    start[n * n - 1] = start[n * n]
    start[n * n] = m
    for c in range(n * n):
        for a in range(start[c] + 1, start[c + 1]):
            j = row[a]
            b = a
            while b > start[c] and _after(raw, row[b - 1], j):
                row[b] = row[b - 1]
                b -= 1
            row[b] = j
    for a in range(m):
        j = row[a]
        for f in range(Z):
            z[a, f] = raw[j, f]
        row[a] = source[j]
    return width


@kernel_bare
def _after(raw: Floats, a: int, b: int) -> bool:
    if raw[a, RANGE] != raw[b, RANGE]:
        return bool(raw[a, RANGE] > raw[b, RANGE])
    if raw[a, AZIMUTH] != raw[b, AZIMUTH]:
        return bool(raw[a, AZIMUTH] > raw[b, AZIMUTH])
    return bool(raw[a, ELEVATION] > raw[b, ELEVATION])


def most_cells() -> int:
    """Return the length that ``start`` needs."""
    return _MOST * _MOST + 1


def empty_cells() -> Ints:
    """Return an array for ``start``."""
    return np.zeros(most_cells(), np.int32)
