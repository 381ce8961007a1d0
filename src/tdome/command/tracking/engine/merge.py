"""Duplicates: two confirmed tracks of one target are found and made one.

Two tracks are one if position and velocity agree within their errors (Blackman and Popoli 1999,
section 9.4, the test of similarity, with the errors taken as independent) and no scan of late fed
both of them: a scan in which each had a plot of its own has seen two targets. Nor are two with
different transponder addresses one; with ``strict_names`` not even one with an address and one
without. The older number stays; the state is that of the one that was fed last. Neighbours are
found through a hashed grid.
"""

import math

import numpy as np

from tdome.command.tracking.engine.layout import (
    ADDRESS,
    AT,
    BORN,
    COVARIANCE,
    FREE,
    HEAD,
    MERGED,
    NUMBER,
    OWN,
    RING,
    RING_SIZE,
    SEEN,
    SURE,
)
from tdome.command.tracking.engine.settings import K_MERGE, K_STRICT
from tdome.kernel.jit import kernel, kernel_bare
from tdome.messages.base import Floats, Ints, Longs

_CELL = 2_000.0  # m; duplicates lie closer along each axis
_ROUNDING = 1.0  # m, more than sums of places in another order differ by


@kernel_bare
def apart(rows: Floats, i: int, j: int, velocity: bool, d: tuple[float, float, float]) -> float:
    """Return d^2 of position or velocity differences d under the sum of both covariances."""
    at = HEAD + COVARIANCE
    if velocity:
        a, b = rows[i, at + 9] + rows[j, at + 9], rows[i, at + 13] + rows[j, at + 13]
        c, e = rows[i, at + 18] + rows[j, at + 18], rows[i, at + 14] + rows[j, at + 14]
        g, h = rows[i, at + 19] + rows[j, at + 19], rows[i, at + 20] + rows[j, at + 20]
    else:
        a, b = rows[i, at] + rows[j, at], rows[i, at + 1] + rows[j, at + 1]
        c, e = rows[i, at + 3] + rows[j, at + 3], rows[i, at + 2] + rows[j, at + 2]
        g, h = rows[i, at + 4] + rows[j, at + 4], rows[i, at + 5] + rows[j, at + 5]
    ia, ib, ic = e * h - g * g, c * g - b * h, b * g - c * e
    det = a * ia + b * ib + c * ic
    ie, ig, ih = a * h - c * c, b * c - a * g, a * e - b * b
    x, y, z = d
    return float(
        (ia * x * x + ie * y * y + ih * z * z + 2.0 * (ib * x * y + ic * x * z + ig * y * z)) / det
    )


@kernel_bare
def differ(whole: Longs, i: int, j: int, k: Floats) -> bool:
    """Tell whether tracks i and j are told to be two: by other addresses or, if so set, one."""
    a, b = whole[i, ADDRESS], whole[j, ADDRESS]
    if k[K_STRICT] != 0.0:
        return bool(a != b or whole[i, OWN] != whole[j, OWN])
    return bool(a > 0 and b > 0 and a != b)


@kernel_bare
def _same(rows: Floats, whole: Longs, i: int, j: int, t: float, k: Floats) -> bool:
    """Tell whether tracks i and j are one target, as far as their states and plots tell."""
    gate = k[K_MERGE]
    o = HEAD
    di, dj = t - rows[i, AT], t - rows[j, AT]
    vx, vy = rows[i, o + 3] - rows[j, o + 3], rows[i, o + 4] - rows[j, o + 4]
    vz = rows[i, o + 5] - rows[j, o + 5]
    x = rows[i, o] - rows[j, o] + di * rows[i, o + 3] - dj * rows[j, o + 3]
    y = rows[i, o + 1] - rows[j, o + 1] + di * rows[i, o + 4] - dj * rows[j, o + 4]
    z = rows[i, o + 2] - rows[j, o + 2] + di * rows[i, o + 5] - dj * rows[j, o + 5]
    if not max(abs(x), abs(y), abs(z)) < _CELL:
        return False
    if not apart(rows, i, j, False, (x, y, z)) < gate:
        return False
    if not apart(rows, i, j, True, (vx, vy, vz)) < gate:
        return False
    if differ(whole, i, j, k):
        return False
    for a in range(RING, RING + RING_SIZE):
        if whole[i, a] >= 0:
            for b in range(RING, RING + RING_SIZE):
                if whole[i, a] == whole[j, b]:
                    return False
    return True


@kernel_bare
def _bucket(x: int, y: int, z: int, mask: int) -> int:
    return ((x * 73856093) ^ (y * 19349663) ^ (z * 83492791)) & mask


@kernel
def merge(rows: Floats, whole: Longs, lists: Ints, counters: Longs, t: float, k: Floats) -> None:
    """Make one of each pair of confirmed tracks that are the same, oldest first."""
    count = counters[SURE]
    size = 64
    while size < 2 * count:
        size *= 2
    head, after = np.full(size, -1, np.int32), np.empty(count, np.int32)
    place = np.empty((count, 3))  # of the kept ones: close together in memory, unlike their rows
    kept = 0
    for a in range(count):
        i = int(lists[SURE, a])
        dt, o = t - rows[i, AT], HEAD
        x = rows[i, o] + dt * rows[i, o + 3]
        y = rows[i, o + 1] + dt * rows[i, o + 4]
        z = rows[i, o + 2] + dt * rows[i, o + 5]
        cx, cy, cz = math.floor(x / _CELL), math.floor(y / _CELL), math.floor(z / _CELL)
        twin = -1
        for n in range(27):
            b = head[_bucket(cx + n % 3 - 1, cy + n // 3 % 3 - 1, cz + n // 9 - 1, size - 1)]
            while b >= 0:
                near = max(abs(x - place[b, 0]), abs(y - place[b, 1]), abs(z - place[b, 2]))
                if near < _CELL + _ROUNDING and (twin < 0 or b < twin):
                    twin = b if _same(rows, whole, int(lists[SURE, b]), i, t, k) else twin
                b = after[b]
        if twin >= 0:
            j = int(lists[SURE, twin])
            number, born = (
                min(whole[i, NUMBER], whole[j, NUMBER]),
                min(rows[i, BORN], rows[j, BORN]),
            )
            new, old = (i, j) if rows[i, SEEN] > rows[j, SEEN] else (j, i)
            lists[SURE, twin] = new
            if new == i:
                place[twin, 0], place[twin, 1], place[twin, 2] = x, y, z
            # Nobody told is 0, and two that differ are not the same: the greater one is it.
            whole[new, ADDRESS] = max(whole[i, ADDRESS], whole[j, ADDRESS])
            whole[new, NUMBER], rows[new, BORN] = number, born
            lists[FREE, counters[FREE]] = old
            counters[FREE], counters[MERGED] = counters[FREE] + 1, counters[MERGED] + 1
            continue
        lists[SURE, kept] = i
        place[kept, 0], place[kept, 1], place[kept, 2] = x, y, z
        bucket = _bucket(cx, cy, cz, size - 1)
        after[kept] = head[bucket]
        head[bucket] = kept
        kept += 1
    counters[SURE] = kept
