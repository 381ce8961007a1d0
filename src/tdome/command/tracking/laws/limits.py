"""What can fly: how fast, how low, and how fast is what is first seen at some height."""

import math
from typing import Final

from tdome.earth.wgs84 import ecef_to_geodetic1
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats

LEVEL: Final = 0
BALLISTIC: Final = 1
FASTEST: Final = 6_000.0  # m/s: more than a ballistic missile of 3,000 km range has anywhere
LEVEL_FASTEST: Final = 1_500.0  # m/s: more than any engine holds in level flight below
DENSE: Final = 10_000.0  # this height, m
_STEEP = 0.25  # sink over speed: 14 degrees
HIGH: Final = 20_000.0  # what is first seen above is taken for ballistic, m,
HIGH_EVIDENCE: Final = 4.0  # with these log odds
# Speed of what is first seen up to a height in m, one sigma in m/s: in dense air little is fast.
SPEED_HEIGHTS: Final = (DENSE, 30_000.0)
SPEED_SIGMA: Final = (400.0, 1_000.0, 1_500.0)


@kernel
def too_fast1(x: Floats) -> bool:
    """Tell whether a state is faster than FASTEST, or not finite."""
    return not (x[3] * x[3] + x[4] * x[4] + x[5] * x[5] <= FASTEST * FASTEST)


@kernel
def sigma_up1(x: Floats, p: Floats) -> float:
    """Return the error of height in m of a state (6,) with its covariance (6, 6)."""
    radius = math.sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2])
    total = 0.0
    for i in range(3):
        along = 0.0
        for j in range(3):
            along += p[i, j] * (x[j] / radius)
        total += along * (x[i] / radius)
    return math.sqrt(max(total, 0.0))


@kernel
def impossible1(x: Floats, p: Floats, law: int) -> bool:
    """Tell whether a track, x (6,), p (6, 6), is under the ground or too fast for its law.

    In dense air nothing flies faster than LEVEL_FASTEST by more than its own error, but for bodies
    that come down steeply.
    """
    if too_fast1(x):
        return True
    height = ecef_to_geodetic1(x[0], x[1], x[2])[2]
    if law == BALLISTIC and height < -sigma_up1(x, p):
        return True
    speed = math.sqrt(x[3] * x[3] + x[4] * x[4] + x[5] * x[5])
    sigma = math.sqrt(max(p[3, 3] + p[4, 4] + p[5, 5], 0.0))
    if height > DENSE or speed - sigma <= LEVEL_FASTEST:
        return False
    radius = math.sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2])
    sinking = -(x[0] * x[3] + x[1] * x[4] + x[2] * x[5]) / radius
    return law == LEVEL or sinking < _STEEP * speed
