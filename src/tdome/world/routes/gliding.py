"""Unpowered glide from a release point to a place on the ground, along one slope.

A glider whose best lift-to-drag ratio is E comes E metres far for each metre of height (Anderson,
"Introduction to Flight", 8th ed., section 6.9), so the slope to the target must be at least 1 / E.
Drag follows a parabolic polar: with r the dynamic pressure over that of best glide,

    d(v^2 / 2) / dx = g (slope - (r + 1 / r) / (2 E)),    r = rho v^2 / (rho0 v0^2),

where v0 and rho0 are speed and density at the release, which is at best glide. On the flattest
slope the speed falls as the air thickens; on a steeper one gravity outdoes drag and it grows.

Lengths in m, speeds in m/s. Assumptions: straight slope over the ground, no wind in the balance
(wind moves the glider, see :mod:`tdome.world.bodies.powered`), no carrier. Limit: drag rises
steeply towards the speed of sound, which stands here as a wall at Mach 0.95.
"""

import numpy as np

from tdome.earth.atmosphere import density1, speed_of_sound
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats

WALL_MACH = 0.95
_GRAVITY = 9.80665  # m/s^2, standard


class TooFarError(ValueError):
    """The target lies beyond the glide; the message says by how much."""


def glide(
    along: Floats, ground: Floats, release: float, speed: float, ratio: float
) -> tuple[Floats, Floats]:
    """Return heights and speeds at the samples; both end early where a hill is in the way.

    along, ground: (n,) way and height of the ground there. release: height over the ellipsoid.
    Raises TooFarError.
    """
    fall = release - ground[-1]
    reach = max(ratio * fall, 0.0)
    if along[-1] > reach:
        raise TooFarError(
            f"it glides {reach / 1e3:.0f} km at most from {release / 1e3:.1f} km, "
            f"and the target is {along[-1] / 1e3:.0f} km away"
        )
    height = release - fall * along / along[-1]
    hit = np.flatnonzero(height[1:-1] < ground[1:-1])
    rows = hit[0] + 2 if len(hit) else len(along)
    height = np.maximum(height[:rows], ground[:rows])
    speeds = np.empty(rows)
    _speeds(along[:rows], height, speed, ratio, WALL_MACH * speed_of_sound(height), speeds)
    return height, speeds


@kernel
def _gain1(height: float, square: float, slope: float, ratio: float, best: float) -> float:
    """Return d(v^2)/dx; ``best`` is rho v^2 of best glide."""
    r = density1(height) * square / best
    return 2.0 * _GRAVITY * (slope - 0.5 * (r + 1.0 / r) / ratio)


@kernel
def _speeds(
    along: Floats, height: Floats, speed: float, ratio: float, wall: Floats, out: Floats
) -> None:
    """Integrate the speed along the slope (Heun)."""
    square = speed * speed
    best = density1(height[0]) * square
    out[0] = min(speed, wall[0])
    for i in range(1, len(along)):
        step = along[i] - along[i - 1]
        slope = (height[i - 1] - height[i]) / step
        first = _gain1(height[i - 1], square, slope, ratio, best)
        second = _gain1(height[i], square + first * step, slope, ratio, best)
        square = min(square + 0.5 * (first + second) * step, wall[i] * wall[i])
        out[i] = np.sqrt(square)
