"""The clutter map: where a site's false plots come from, learned from plots that fed no track.

False plots are not spread evenly: coasts, wind farms and weather give most of them in a few places.
Per site, N = 24 x 32 cells of azimuth and range hold S_c, the plots of each volume scan that fed no
confirmed track, fading with (1 - a): an exponentially averaged count (Blackman and Popoli, "Design
and Analysis of Modern Tracking Systems", 1999, section 6.6: clutter maps). With a Gamma prior on
each cell's rate, of the site's mean and a weight of alpha plots, the mean of the posterior over
the site's mean is

    f_c = (alpha + S_c) / (alpha + sum_c S_c / N),

the factor of the density of false plots at that place. It sums up to N when weighed evenly: the
map tells the pattern alone, the level stays with :func:`..life.learn_density`. A plot carries
2 ln f_c (``EXTRA``), so that a pair, a track's score and a new track's score all count it: in a
patch of clutter a tentative track needs more evidence, elsewhere less.

A cell grows by a bounded share in a scan: a salvo that comes up in one cell is not taken for
clutter in the few scans that it takes to confirm it. Tasked looks teach nothing. Limits: no cells
of elevation; what moves through many cells (rain) is followed with the memory of 1 / a scans; the
unconfirmed plots of true targets count too.
"""

import math

from tdome.command.tracking.engine.layout import (
    AZIMUTH,
    EXTRA,
    FAR,
    MAP,
    MAP_SUM,
    NEAR,
    RANGE,
)
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Codes, Floats

BEARINGS, RINGS = 24, 32
CELLS = BEARINGS * RINGS
COLUMNS = 2 * CELLS  # of a site's row: counts, and how far each may grow in this scan
PRIOR = 8.0  # plots: the weight of "as anywhere else"
FADING = 0.04  # share of a count that a scan forgets
_BURST, _GROWTH = 2.0, 0.25  # plots, and share of the count, by which a scan may raise a cell
_TURN = 2.0 * math.pi


@kernel_bare
def cell(sites: Floats, s: int, r: float, azimuth: float) -> int:
    """Return the cell of a place; what lies beyond the reach belongs to the outermost ring."""
    bearing = min(max(int((azimuth + math.pi) * (BEARINGS / _TURN)), 0), BEARINGS - 1)
    share = (r - sites[s, NEAR]) / max(sites[s, FAR] - sites[s, NEAR], 1.0)
    return bearing * RINGS + min(max(int(share * RINGS), 0), RINGS - 1)


@kernel_bare
def shade(sites: Floats, s: int, z: Floats) -> None:
    """Write 2 ln of the map's factor to each plot of a scan of site s. azimuth: in [-pi, pi)."""
    mean = math.log(PRIOR + sites[s, MAP_SUM] / CELLS)
    for j in range(len(z)):
        count = sites[s, MAP + cell(sites, s, z[j, RANGE], z[j, AZIMUTH])]
        z[j, EXTRA] = 2.0 * (math.log(PRIOR + count) - mean)


@kernel_bare
def learn_map(sites: Floats, s: int, z: Floats, taken: Codes) -> None:
    """Count the plots of a volume scan that no confirmed track took."""
    for c in range(MAP, MAP + CELLS):
        sites[s, c] *= 1.0 - FADING
        sites[s, c + CELLS] = sites[s, c] * (1.0 + _GROWTH) + _BURST
    for j in range(len(z)):
        if taken[j] == 0:
            c = MAP + cell(sites, s, z[j, RANGE], z[j, AZIMUTH])
            sites[s, c] = min(sites[s, c] + 1.0, sites[s, c + CELLS])
    total = 0.0
    for c in range(MAP, MAP + CELLS):
        total += sites[s, c]
    sites[s, MAP_SUM] = total
