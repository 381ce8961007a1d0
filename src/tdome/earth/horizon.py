"""Radio horizon over a smooth Earth, with the 4/3 radius for standard refraction.

d = sqrt(2 k R h1) + sqrt(2 k R h2), k = 4/3 (Skolnik, "Radar Handbook", 3rd ed., section 26.5;
ITU-R P.310): 4.12 km for each root of a metre. Assumptions: standard refractivity gradient, no
ducting, no terrain, no diffraction. Limit: heights to about 10 km; the formula goes on above, and
then somewhat flatters the range, as the air thins out.
"""

import math

import numpy as np
import numpy.typing as npt

from tdome.earth.geodesy import MEAN_RADIUS
from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel

EFFECTIVE_EARTH = 4.0 / 3.0  # k factor of the standard atmosphere (ITU-R P.310)
EFFECTIVE_DIAMETER = 2.0 * EFFECTIVE_EARTH * MEAN_RADIUS


def radio_horizon(height1: npt.ArrayLike, height2: npt.ArrayLike) -> Floats:
    """Range in m at which two heights in m over a smooth ground just see each other.

    Heights broadcast; below the ground counts as on the ground.
    """
    h1 = np.maximum(np.asarray(height1, dtype=np.float64), 0.0)
    h2 = np.maximum(np.asarray(height2, dtype=np.float64), 0.0)
    return np.asarray(np.sqrt(EFFECTIVE_DIAMETER * h1) + np.sqrt(EFFECTIVE_DIAMETER * h2))


@kernel
def above_horizon1(distance: float, antenna_height: float, target_height: float) -> bool:
    """Whether a target at a range in m is not behind the radio horizon; heights in m."""
    return distance <= math.sqrt(EFFECTIVE_DIAMETER * max(antenna_height, 0.0)) + math.sqrt(
        EFFECTIVE_DIAMETER * max(target_height, 0.0)
    )


def in_sight(  # noqa: PLR0913, PLR0917 - a radar in numbers
    points: Floats,
    heights: Floats,
    antenna: Floats,
    up: Floats,
    antenna_height: float,
    reach: Floats,
    elevation: tuple[float, float],
) -> npt.NDArray[np.bool_]:
    """Tell which points (n, 3), ECEF, m, of heights (n,) in m an antenna covers.

    ``reach``: (n,) range at which it would see each, m. ``elevation``: least and greatest, rad,
    over the horizontal of ``up``. No terrain, no sector.
    """
    offset = points - antenna
    distance = np.maximum(np.linalg.norm(offset, axis=1), 1.0)
    angle = np.arcsin(np.clip(offset @ up / distance, -1.0, 1.0))
    above = distance <= radio_horizon(antenna_height, heights)
    covered: npt.NDArray[np.bool_] = (
        above & (distance <= reach) & (angle >= elevation[0]) & (angle <= elevation[1])
    )
    return covered


@kernel
def within_sector1(east: float, north: float, bearing: float, half: float) -> bool:
    """Whether a direction over the ground is at most ``half`` from a bearing, rad; pi is all."""
    if half >= math.pi:
        return True
    along = east * math.sin(bearing) + north * math.cos(bearing)
    return along >= math.cos(half) * math.sqrt(east * east + north * north)
