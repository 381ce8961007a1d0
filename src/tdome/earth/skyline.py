"""The skyline of an antenna: how steeply it must look to clear the ground, in all directions.

Made once from a terrain; afterwards a target costs one look-up. For each azimuth, and for rings
whose spacing grows from 100 m to 0.5 % of their distance, it holds the largest slope (h - h0) / r
- r / (2 k R) of the ground out to there, k = 4/3: a ray that leaves the antenna more steeply
passes above. The slope of a target is the tangent of its geometric elevation plus the lift by
refraction, which bends the ray by (1 - 1/k) / R while it is under 10 km, as in
``earth.terrain.line_of_sight`` that this table replaces in loops.

Limits: azimuths every half degree (870 m at 100 km) and ground sampled at the rings only; narrower
peaks may be missed. The air is taken from the antenna's end.
"""

import math

import numpy as np

from tdome.earth.geodesy import MEAN_RADIUS, destination
from tdome.earth.horizon import EFFECTIVE_DIAMETER, EFFECTIVE_EARTH, radio_horizon
from tdome.earth.terrain import REFRACTING_HEIGHT, Terrain
from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel

AZIMUTHS = 720
_RING_SCALE = 20_000.0  # m
_RING_STEP = 0.005
_HIGHEST_GROUND = 9_000.0  # m
_BEND = (1.0 - 1.0 / EFFECTIVE_EARTH) / MEAN_RADIUS
OPEN: Floats = np.empty((0, 0))
"""The skyline where there is no terrain."""


def skyline(terrain: Terrain, lat: float, lon: float, height: float, reach: float) -> Floats:
    """Return the largest slope of the ground, shape (azimuths, rings).

    Parameters
    ----------
    terrain
        The ground.
    lat, lon, height
        The antenna, rad and m over the ellipsoid.
    reach
        As far as targets are looked for, m. Ground beyond the horizon of the highest mountain
        does not count.
    """
    reach = min(reach, float(radio_horizon(height, _HIGHEST_GROUND)))
    rings = max(math.ceil(math.log1p(reach / _RING_SCALE) / _RING_STEP), 1)
    distance = _RING_SCALE * np.expm1(_RING_STEP * np.arange(1, rings + 1))
    azimuth = np.arange(AZIMUTHS) * (2.0 * math.pi / AZIMUTHS)
    ground = terrain.height(*destination(lat, lon, azimuth[:, None], distance[None, :]))
    slope = (ground - height) / distance - distance / EFFECTIVE_DIAMETER
    return np.ascontiguousarray(np.maximum.accumulate(slope, axis=1))


@kernel
def cleared1(
    edge: Floats, azimuth: float, elevation: float, distance: float, height: float, antenna: float
) -> bool:
    """Whether a target clears a skyline.

    edge: see :func:`skyline`. azimuth, elevation: geometric, rad. distance: slant, m. height,
    antenna: of target and antenna over the ellipsoid, m.
    """
    level = distance * math.cos(elevation)
    ring = int(math.log1p(level / _RING_SCALE) / _RING_STEP) - 1
    if ring < 0:
        return True
    bent = distance
    if height > REFRACTING_HEIGHT:
        share = (REFRACTING_HEIGHT - antenna) / (height - antenna)
        bent *= min(max(share, 0.0), 1.0)
    slope = math.tan(elevation) + _BEND * bent * (1.0 - 0.5 * bent / distance)
    column = int(azimuth * (len(edge) / (2.0 * math.pi)) + 0.5 + len(edge)) % len(edge)
    return bool(slope > edge[column, min(ring, edge.shape[1] - 1)])
