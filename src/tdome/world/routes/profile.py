"""The height profile of a route over the ground: never below its clearance, gentle, and short.

What is demanded at each sample (ground + clearance, or the height of a pop-up) is turned into a
flyable profile by three steps that each only ever lift it:

1. running maximum over half a window to either side (grey dilation; Serra, "Image Analysis and
   Mathematical Morphology", 1982);
2. the lowest profile above it whose slope stays within the limit: dilation by a cone,
   h(s) = max over s' of (h1(s') - slope * |s - s'|), in two passes;
3. the mean over one window.

Step 3 lowers peaks, but never below what step 1 had raised: each value in the window round s is at
least the demand at s. The mean of profiles within a slope is within that slope, and its curvature
is at most 2 slope / window: with window = 2 slope speed^2 / a, the vertical acceleration stays
within a. Ground between two samples is bounded by half the largest second difference beside them,
which covers both a kink and a smooth crest; ground narrower than the sampling may be missed.

Heights and lengths in m; all arrays (n,), along the route.
"""

import numpy as np

from tdome.kernel.jit import kernel
from tdome.messages.base import Floats


@kernel
def crest_margin(ground: Floats, out: Floats) -> None:
    """Write how far the ground may rise above the line between neighbouring samples."""
    n = len(ground)
    bent = np.zeros(n)
    for i in range(1, n - 1):
        bent[i] = 0.5 * abs(ground[i - 1] - 2.0 * ground[i] + ground[i + 1])
    for i in range(n):
        out[i] = max(bent[max(i - 1, 0)], bent[i], bent[min(i + 1, n - 1)])


@kernel
def _dilate(along: Floats, demand: Floats, half: float, out: Floats) -> None:
    """Write the running maximum over ``half`` to either side and one sample beyond."""
    n = len(along)
    low, high = 0, 0
    for i in range(n):
        while along[low] < along[i] - half and along[low + 1] < along[i] - half:
            low += 1
        while high < n - 1 and along[high] < along[i] + half:
            high += 1
        best = demand[low]
        for k in range(low + 1, high + 1):
            best = max(best, demand[k])
        out[i] = best


@kernel
def _limit_slope(along: Floats, slope: float, height: Floats) -> None:
    """Raise a profile, in place, until no part of it is steeper than ``slope``."""
    for i in range(1, len(along)):
        height[i] = max(height[i], height[i - 1] - slope * (along[i] - along[i - 1]))
    for i in range(len(along) - 2, -1, -1):
        height[i] = max(height[i], height[i + 1] - slope * (along[i + 1] - along[i]))


@kernel
def _mean(along: Floats, height: Floats, window: float, out: Floats) -> None:
    """Exact mean of the broken line over a window; beyond its ends it goes on level."""
    n = len(along)
    area = np.zeros(n)
    for i in range(1, n):
        area[i] = area[i - 1] + 0.5 * (height[i] + height[i - 1]) * (along[i] - along[i - 1])
    low, high = 0, 0
    for i in range(n):
        total = 0.0
        for side in range(2):
            s = along[i] + (0.5 if side == 1 else -0.5) * window
            if s <= along[0]:
                part = height[0] * (s - along[0])
            elif s >= along[n - 1]:
                part = area[n - 1] + height[n - 1] * (s - along[n - 1])
            else:
                k = high if side == 1 else low
                while along[k + 1] < s:
                    k += 1
                if side == 1:
                    high = k
                else:
                    low = k
                step = s - along[k]
                slope = (height[k + 1] - height[k]) / (along[k + 1] - along[k])
                part = area[k] + step * (height[k] + 0.5 * slope * step)
            total += part if side == 1 else -part
        out[i] = total / window


@kernel
def smooth_above(along: Floats, demand: Floats, slope: float, window: float, out: Floats) -> None:
    """Write the flyable profile above what is demanded; see the equations above."""
    raised = np.empty(len(along))
    _dilate(along, demand, 0.5 * window, raised)
    _limit_slope(along, slope, raised)
    _mean(along, raised, window, out)


@kernel
def ramped(
    along: Floats, ground: Floats, altitude: float, climb: float, dive: float, height: Floats
) -> None:
    """Let a profile begin and end on the ground, in place.

    ``climb`` and ``dive`` are slopes; 0 leaves that end in the air. Ground in the way of either
    is passed at half the slope's height over it, at most at ``altitude``.
    """
    n = len(along)
    length = along[n - 1]
    for i in range(n):
        left, floor = length - along[i], altitude
        if climb > 0.0:
            height[i] = min(height[i], ground[0] + climb * along[i])
            floor = min(floor, 0.5 * climb * along[i])
        if dive > 0.0:
            height[i] = min(height[i], ground[n - 1] + dive * left)
            floor = min(floor, 0.5 * dive * left)
        height[i] = max(height[i], ground[i] + floor)
