"""Track number continuity: a track that starts where another was lost goes on with its number.

A target that a tracker lost in a manoeuvre comes back as a new track. The new one takes the old
number, and the old one ends, if

1. the old one has not been fed since before the first plot of the new one, and was looked for in
   vain at least twice: no scan saw both, so nothing tells that they are two;
2. what a manoeuvre of ``pull`` m/s^2 at most since the old one's last plot can not explain of the
   differences, the vectors d (1 - min(1, pull dt^2 / 2 |d|)) in position and the like with pull dt
   in velocity, agrees within the errors of both (chi-square, as for duplicates);
3. no other pair that passes has the same old or the same new track: where it is not clear who is
   who, both keep what they have.

The idea is that of track segment association (Zhang and Bar-Shalom, "Track segment association for
GMTI tracks of evasive move-stop-move maneuvering targets", IEEE T-AES 47 (3), 2011); here, where
segments are seconds apart, it is a gate.
Limit: a track whose target ended, and another target that appears at the same place within the
coasting time, are taken for one.
"""

import math

import numpy as np

from tdome.command.tracking.engine.layout import (
    ADDRESS,
    AT,
    BORN,
    CONTINUED,
    FREE,
    HEAD,
    MISSED,
    NUMBER,
    SEEN,
    SURE,
)
from tdome.command.tracking.engine.life import sweep
from tdome.command.tracking.engine.merge import apart, differ
from tdome.command.tracking.engine.settings import K_CONTINUE, K_MERGE
from tdome.kernel.jit import kernel, kernel_bare
from tdome.messages.base import Floats, Ints, Longs

_VAIN = 2  # looks in vain of the old track
_SEVERAL = -2


@kernel_bare
def _unexplained(x: float, y: float, z: float, most: float) -> tuple[float, float, float]:
    """Shorten a vector by ``most``, to zero at least."""
    length = math.sqrt(x * x + y * y + z * z)
    if length <= most:
        return 0.0, 0.0, 0.0
    f = 1.0 - most / length
    return f * x, f * y, f * z


@kernel_bare
def follows(rows: Floats, old: int, new: int, t: float, k: Floats) -> bool:
    """Tell whether track ``new`` may be track ``old`` after a manoeuvre since its last plot."""
    pull, gate = k[K_CONTINUE], k[K_MERGE]
    since, o = t - rows[old, SEEN], HEAD
    di, dj = t - rows[old, AT], t - rows[new, AT]
    x = rows[new, o] - rows[old, o] + dj * rows[new, o + 3] - di * rows[old, o + 3]
    y = rows[new, o + 1] - rows[old, o + 1] + dj * rows[new, o + 4] - di * rows[old, o + 4]
    z = rows[new, o + 2] - rows[old, o + 2] + dj * rows[new, o + 5] - di * rows[old, o + 5]
    d = _unexplained(x, y, z, 0.5 * pull * since * since)
    if not apart(rows, old, new, False, d) < gate:
        return False
    x, y = rows[new, o + 3] - rows[old, o + 3], rows[new, o + 4] - rows[old, o + 4]
    d = _unexplained(x, y, rows[new, o + 5] - rows[old, o + 5], pull * since)
    return bool(apart(rows, old, new, True, d) < gate)


@kernel
def go_on(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, lists: Ints, counters: Longs, first: int, t: float, k: Floats
) -> None:
    """Let the tracks confirmed just now, from place ``first`` of the list, go on for lost ones.

    The new track takes the old one's number, birth and place in the list.
    """
    count = counters[SURE]
    lost, heir = np.empty(first, np.int32), np.full(first, -1, np.int32)
    many = 0
    for a in range(first):
        if whole[lists[SURE, a], MISSED] >= _VAIN:
            lost[many] = a
            many += 1
    if many == 0:
        return
    source = np.full(count - first, -1, np.int32)
    for b in range(first, count):
        new = int(lists[SURE, b])
        for c in range(many):
            old = int(lists[SURE, lost[c]])
            if differ(whole, old, new, k):
                continue
            if rows[old, SEEN] < rows[new, BORN] and follows(rows, old, new, t, k):
                heir[c] = b if heir[c] == -1 else _SEVERAL
                source[b - first] = c if source[b - first] == -1 else _SEVERAL
    kept = first
    for b in range(first, count):
        new, c = int(lists[SURE, b]), source[b - first]
        if c < 0 or heir[c] != b:
            lists[SURE, kept] = new
            kept += 1
            continue
        old = int(lists[SURE, lost[c]])
        whole[new, NUMBER], rows[new, BORN] = whole[old, NUMBER], rows[old, BORN]
        whole[new, ADDRESS] = max(whole[old, ADDRESS], whole[new, ADDRESS])
        lists[SURE, lost[c]] = new
        lists[FREE, counters[FREE]] = old
        counters[FREE] += 1
        counters[CONTINUED] += 1
    counters[SURE] = kept


@kernel
def sweep_on(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, lists: Ints, counters: Longs, which: int, t: float, k: Floats
) -> None:
    """Sweep a list; what was confirmed by it may go on for a track that was lost."""
    before = counters[SURE]
    sweep(rows, whole, lists, counters, which, t, k)
    if k[K_CONTINUE] > 0.0 and which != SURE and counters[SURE] > before:
        go_on(rows, whole, lists, counters, before, t, k)
