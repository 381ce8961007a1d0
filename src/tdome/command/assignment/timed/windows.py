"""Launch windows of the chain's firing solutions: which slot of which pair meets its threat, when.

The latest launch that meets a knot of a threat's predicted path is that of `firing_solution`; it is
tabulated once a pair, and read for all slots. A slot belongs to the window if a launch at its start
meets the threat without waiting for it.
"""

import math

import numpy as np

from tdome.command.assignment.firing_solution import latest_launch1
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs
from tdome.plan.books.fire_zones import KEEP_OUT, ONLY, barred1


@kernel
def window1(
    latest: Floats, step: float, end: float, slot_s: float, out: Ints
) -> tuple[int, int]:  # fmt: skip
    """Return first and last launch slot, (-1, -1) if none; ``out`` gets slots of flight, 0: none.

    ``latest`` (knots,): latest launch in s that meets each knot, nan outside the envelope.
    """
    first, last, k = -1, -1, 0
    for t in range(len(out)):
        out[t] = 0
        at = t * slot_s
        while k < len(latest) and not latest[k] >= at:
            k += 1
        if k == len(latest):
            continue
        meets = k * step
        if k > 0 and latest[k - 1] < at:
            meets -= step * (latest[k] - at) / (latest[k] - latest[k - 1])
        elif latest[k] > at + slot_s:
            continue  # not in reach yet: it would have to wait
        if meets > end:
            break
        if first < 0:
            first = t
        last = t
        out[t] = math.ceil((meets - at) / slot_s) + 1
    return first, last


@kernel
def launch_windows(  # noqa: PLR0913, PLR0917  (a kernel)
    paths: Floats, heights: Floats, masks: Longs, steps: Floats, ends: Floats, units: Floats,
    fly_out: Floats, barred: Longs, allowed: Codes, slots: int, slot_s: float, windows: Ints,
    held: Ints,
) -> int:  # fmt: skip
    """Fill ``windows`` (m, 4): threat, unit, first and last slot, and ``held`` (m, slots).

    In the order of threats, then units; returns how many pairs have a window. No slot meets a knot
    that fire zones close: where one would, 0 slots are held, and it is forbidden.
    """
    latest = np.empty(paths.shape[1])
    many = 0
    for i in range(allowed.shape[0]):
        for u in range(allowed.shape[1]):
            if allowed[i, u] == 0:
                continue
            for k in range(len(latest)):
                latest[k] = math.nan
                if barred1(masks[i, k], barred[u, KEEP_OUT], barred[u, ONLY]):
                    continue
                if k * steps[i] <= ends[i] and not math.isnan(heights[i, k]):
                    latest[k] = latest_launch1(
                        paths[i, k, 0], paths[i, k, 1], paths[i, k, 2], heights[i, k],
                        k * steps[i], units[u], fly_out[u],
                    )  # fmt: skip
            first, last = window1(latest, steps[i], ends[i], slot_s, held[many])
            if first >= 0:
                windows[many, 0], windows[many, 1] = i, u
                windows[many, 2], windows[many, 3] = first, last
                many += 1
    return many
