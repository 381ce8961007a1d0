"""Exact assignment on sparse candidate lists, where every track may go without.

Least total cost of a matching in which track k takes one of its candidates or pays miss[k], and
each plot is taken once at most: successive shortest augmenting paths (Ahuja, Magnanti, Orlin,
"Network Flows", 1993, section 12.4). Tracks come in one by one; each looks for the cheapest chain
of swaps that ends in a free plot or in some track going without. No dense matrix; a search stays
inside its cluster of overlapping gates. If a track's cheapest plot is free it is taken at once:
with the others matched at least cost, no swap can pay.
"""

import numpy as np

from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats, Ints

_TIE = 1e-12


@kernel_bare
def assign(  # noqa: PLR0913, PLR0917 - flat columns
    count: int, plots: int, start: Ints, column: Ints, cost: Floats, miss: Floats, chosen: Ints,
    scratch: Ints, lengths: Floats,
) -> None:  # fmt: skip
    """Choose: chosen[k] is the place in ``column`` of track k's plot, or -1.

    scratch: (3 m + 2 k + 2,) int32, lengths: (m + k,) float64, contents do not matter (m
    plots, k tracks).
    """
    owner = scratch[:plots]
    via = scratch[plots : 2 * plots]  # the candidate by which a plot was reached
    touched = scratch[2 * plots : 3 * plots]
    queue = scratch[3 * plots : 3 * plots + count + 1]
    queued = scratch[3 * plots + count + 1 : 3 * plots + 2 * count + 1]
    reach = lengths[:plots]
    owner[:] = -1
    queued[:] = 0
    reach[:] = np.inf
    for first in range(count):
        chosen[first] = -1
        least, cheapest = miss[first], -1
        for c in range(start[first], start[first + 1]):
            if cost[c] < least:
                least, cheapest = cost[c], c
        if cheapest < 0:
            continue
        if owner[column[cheapest]] < 0:
            chosen[first] = cheapest
            owner[column[cheapest]] = first
            continue
        found = _search(
            first, count, start, column, cost, chosen, owner, via, touched, queue, queued, reach,
            lengths[plots : plots + count],
        )  # fmt: skip
        best, plot = miss[first], -1
        for f in range(found):
            j = touched[f]
            other = owner[j]
            total = reach[j]
            if other >= 0:
                total += miss[other] - cost[chosen[other]]
            if total < best - _TIE or (plot >= 0 and total < best + _TIE and j < plot):
                best, plot = min(total, best), j
            reach[j] = np.inf
        if plot >= 0:
            _swap(first, count, plot, start, column, chosen, owner, via)


@kernel_bare
def _search(  # noqa: PLR0913, PLR0917 - flat columns
    first: int, count: int, start: Ints, column: Ints, cost: Floats, chosen: Ints, owner: Ints,
    via: Ints, touched: Ints, queue: Ints, queued: Ints, reach: Floats, track_reach: Floats,
) -> int:  # fmt: skip
    """Correct the lengths of the paths from a track to plots; return how many were reached."""
    found = 0
    track_reach[first] = 0.0
    queue[0] = first
    head, tail = 0, 1
    while head != tail:
        k = queue[head]
        head = head + 1 if head < count else 0
        queued[k] = 0
        for c in range(start[k], start[k + 1]):
            j = column[c]
            length = track_reach[k] + cost[c]
            if c == chosen[k] or length >= reach[j] - _TIE:
                continue
            if reach[j] == np.inf:
                touched[found] = j
                found += 1
            reach[j], via[j] = length, c
            other = owner[j]
            if other >= 0:
                track_reach[other] = length - cost[chosen[other]]
                if queued[other] == 0:
                    queued[other] = 1
                    queue[tail] = other
                    tail = tail + 1 if tail < count else 0
    return found


@kernel_bare
def _swap(  # noqa: PLR0913, PLR0917 - flat columns
    first: int, count: int, plot: int, start: Ints, column: Ints, chosen: Ints, owner: Ints,
    via: Ints,
) -> None:  # fmt: skip
    """Hand plots on along the path that ends in ``plot``; its owner goes without."""
    if owner[plot] >= 0:
        chosen[owner[plot]] = -1
    while plot >= 0:
        c = via[plot]
        low, high = 0, count - 1  # the track whose list holds c
        while low < high:
            middle = (low + high + 1) // 2
            if start[middle] <= c:
                low = middle
            else:
                high = middle - 1
        before = column[chosen[low]] if chosen[low] >= 0 else -1
        chosen[low] = c
        owner[plot] = low
        plot = -1 if low == first else before
