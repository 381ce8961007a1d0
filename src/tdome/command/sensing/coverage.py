"""Which radars are believed to see a point: range law, horizon and elevation limits.

Range R = reference_range * rcs^(1/4), the fourth-root law anchored at 1 m^2 and probability one
half, cut at max_range; radio horizon over a smooth Earth; elevation above the local horizontal of
the antenna; the sector. Assumptions: no terrain, no weather, no jamming. Shared law, believed
parameters.
"""

import math

import numpy as np

from tdome.earth.ballistics import height1
from tdome.earth.horizon import above_horizon1, within_sector1
from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel
from tdome.messages.base import Longs
from tdome.plan.books.sensors import SensorBook


@kernel
def _distances(  # noqa: PLR0913, PLR0917 - columns
    ecef: Floats,
    rcs: Floats,
    sensors: Longs,
    sensor_ecef: Floats,
    sensor_axes: Floats,
    limits: Floats,
    out: Floats,
) -> None:
    for row in range(len(ecef)):
        height = height1(ecef[row, 0], ecef[row, 1], ecef[row, 2])
        for k, s in enumerate(sensors):
            out[row, k] = math.inf
            dx = ecef[row, 0] - sensor_ecef[s, 0]
            dy = ecef[row, 1] - sensor_ecef[s, 1]
            dz = ecef[row, 2] - sensor_ecef[s, 2]
            distance = math.sqrt(dx * dx + dy * dy + dz * dz)
            axes = sensor_axes[s]
            east = dx * axes[0, 0] + dy * axes[0, 1] + dz * axes[0, 2]
            north = dx * axes[1, 0] + dy * axes[1, 1] + dz * axes[1, 2]
            up = dx * axes[2, 0] + dy * axes[2, 1] + dz * axes[2, 2]
            elevation = math.asin(min(max(up / max(distance, 1.0), -1.0), 1.0))
            reach = min(limits[s, 0] * math.sqrt(math.sqrt(rcs[row])), limits[s, 1])
            if (
                distance <= reach
                and limits[s, 2] <= elevation <= limits[s, 3]
                and above_horizon1(distance, limits[s, 4], height)
                and within_sector1(east, north, limits[s, 5], limits[s, 6])
            ):
                out[row, k] = distance


def seen_distances(ecef: Floats, rcs: Floats, sensors: Longs, book: SensorBook) -> Floats:
    """Distances in m, shape (n, k), from radars to the points that they see; inf where they do not.

    Parameters
    ----------
    ecef
        Points, shape (n, 3), ECEF, m. A nan point is seen by nobody.
    rcs
        Radar cross-sections, shape (n,), m^2.
    sensors
        Rows of ``book``, shape (k,).
    book
        Believed sites and performance.
    """
    limits = np.stack(
        [
            book.reference_range,
            book.max_range,
            book.min_elevation,
            book.max_elevation,
            book.height,
            book.bearing,
            book.half_sector,
        ],
        axis=1,
    )
    out = np.empty((len(ecef), len(sensors)))
    _distances(np.ascontiguousarray(ecef), rcs, sensors, book.ecef, book.axes, limits, out)
    return out
