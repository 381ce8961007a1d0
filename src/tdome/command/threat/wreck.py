"""Wreckage: what loses energy faster than anything that still flies.

The specific energy e = v^2 / 2 + the work of lifting it falls under drag by rho v^3 / (2 beta) per
second. Intact ballistic bodies have beta of thousands of kg/m^2, and engines hold the energy of
level flyers; broken airframes tumble at some tens to a hundred (notional order of magnitude). So a
track is wreckage where the energy lost since an anchor is more than a body of WRECK_BETA would have
lost, by more than two standard deviations; it is so no longer where it lost less. (Filters lag:
they show half of a sharp deceleration, hence the wide margin for fast ones.) Density is not taken
below that of THIN_AIR_M: in thinner air a loss is the jump at the kill, not drag. Anchors are
renewed every ANCHOR_NS.

Limits: seconds are needed, and a wreck with a new track number is a missile until then; a drone in
a dive steeper than about 80 degrees looks like its own wreck.
"""

import numpy as np
from numpy.typing import NDArray

from tdome.command.threat import motion
from tdome.command.threat.memory import ANCHOR_COLUMNS, Memory
from tdome.earth.atmosphere import density
from tdome.messages.base import Floats, Longs

Flags = NDArray[np.bool_]

WRECK_BETA = (150.0, 500.0)  # kg/m^2, of slow and fast tracks: heavier than wreckage is
_SLOW = 100.0  # m/s: slower things may glide or dive, and lose their height without much drag
INV_BETA = 1.0 / 80.0  # m^2/kg, believed drag of wreckage, notional
THIN_AIR_M = 45_000.0
ANCHOR_NS = 20_000_000_000
_LEAST_NS = 2_500_000_000  # shorter looks tell nothing
_SURE = 2.0  # standard deviations
_G = 9.8
ENERGY, SIGMA, SPEED = range(ANCHOR_COLUMNS)


def look(past: Memory, moved: Floats, new: Flags, now: int) -> tuple[Longs, Floats, Flags]:
    """Return the anchors, (n,) int ns and (n, 3), and which tracks are wreckage, (n,).

    ``moved`` from :func:`tdome.command.threat.motion.describe`; ``new`` marks tracks with plots
    that were not yet counted: only these are judged anew, at ``now`` (int ns).
    """
    speed, height = moved[:, motion.SPEED], np.maximum(moved[:, motion.HEIGHT], 0.0)
    energy = 0.5 * moved[:, motion.ENERGY_SPEED] ** 2
    sigma = np.hypot(speed * moved[:, motion.SPEED_SIGMA], _G * moved[:, motion.HEIGHT_SIGMA])
    known = past.anchor_at >= 0
    since = np.where(known, now - past.anchor_at, 0)
    before = past.anchor
    lost = before[:, ENERGY] - energy
    mean = 0.5 * (speed + before[:, SPEED])
    air = density(np.minimum(height, THIN_AIR_M))
    beta = np.where(mean < _SLOW, *WRECK_BETA)
    limit = 0.5 * air * mean**3 / beta * since * 1e-9
    judged = new & known & (since >= _LEAST_NS)
    error = np.hypot(sigma, before[:, SIGMA])
    wreck = past.wreck != 0
    wreck = np.where(judged & (lost < limit), False, wreck)
    wreck |= judged & (lost - _SURE * error > limit)
    renewed = new & (~known | (since >= ANCHOR_NS))
    anchor = np.where(renewed[:, None], np.stack([energy, sigma, speed], axis=1), before)
    return np.where(renewed, now, past.anchor_at), anchor, np.asarray(wreck, np.bool_)
