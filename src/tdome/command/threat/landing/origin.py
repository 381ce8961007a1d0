"""Where a raid comes from, told only as shares of wide sectors and range bands.

For warning and for the watch of sensors it is enough to know the side from which things come and
how far they can have flown. No point is estimated: a track gives the bearing from which it moves,
seen at its impact, and the range that its energy allows (a vacuum arc of its present energy at 45
degrees on a flat Earth, v^2 / g with v the speed it would have at height 0: an upper bound to some
10 %, within the bands' width). Shares are over all falling tracks together, and a sector with fewer
than LEAST tracks is told as part of the rest.
Assumptions: falling tracks, no manoeuvre. Errors raised: none.
"""

import math

import numpy as np

from tdome.earth.wgs84 import MU, A, Floats, ecef_to_geodetic, enu_axes

SECTORS = 8  # of 45 degrees, the first about north
BANDS = (100e3, 300e3, 1_000e3)  # upper ends, m; the last band is open
LEAST = 3  # tracks in a cell
_GRAVITY = 9.81
_FASTEST = 8_000.0  # m/s


def origin_shares(state: Floats) -> tuple[Floats, float]:
    """Return shares of sectors and bands, shape (8, 4), and the share of tracks not told.

    Parameters
    ----------
    state
        Of falling tracks, shape (n, >= 6), ECEF, m and m/s. The rows' order does not matter.
    """
    count = np.zeros((SECTORS, len(BANDS) + 1))
    for row in state:
        if not np.isfinite(row[:6]).all():
            continue
        lat, lon, height = (float(v) for v in ecef_to_geodetic(row[:3]))
        east, north = (enu_axes(lat, lon)[:2] @ row[3:6]).tolist()
        bearing = math.atan2(-east, -north)
        sector = round(bearing / math.tau * SECTORS) % SECTORS
        energy = row[3:6] @ row[3:6] + 2.0 * MU * (1.0 / A - 1.0 / (A + max(height, 0.0)))
        reach = min(float(energy), _FASTEST**2) / _GRAVITY
        count[sector, int(np.searchsorted(BANDS, reach))] += 1.0
    total = max(float(count.sum()), 1.0)
    told = np.where(count >= LEAST, count, 0.0)
    return told / total, float((count - told).sum()) / total
