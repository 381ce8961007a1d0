"""What the round Earth hides: places behind the horizon of a site."""

import math
from typing import Final

from tdome.command.tracking.engine.layout import ALTITUDE, L_S, L_Z, VARIANCE
from tdome.earth.geodesy import MEAN_RADIUS
from tdome.earth.horizon import above_horizon1
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats

LOW_DOWN: Final = 0.05  # rad: what is expected higher up is behind no horizon


@kernel_bare
def in_sight(looks: Floats, n: int, sites: Floats, s: int) -> float:
    """Return 1 where what look n expects is above the horizon of site s, else 0.

    Smooth Earth, 4/3 radius (:mod:`tdome.earth.horizon`). The expected height is put lower by its
    standard error, so that silence near the horizon is no evidence.
    """
    r, e = looks[n, L_Z], looks[n, L_Z + 2]
    doubt = r * math.sqrt(max(looks[n, L_S + 5] - sites[s, VARIANCE + 2], 0.0))
    height = sites[s, ALTITUDE] + r * math.sin(e) + 0.5 * r * r / MEAN_RADIUS - doubt
    return 1.0 if above_horizon1(r, sites[s, ALTITUDE], height) else 0.0
