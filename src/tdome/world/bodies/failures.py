"""Failures: a launch that does not work climbs, stops and falls back short.

Whether a launch fails (probability ``launch_failure`` of its class) or its terminal guidance does
(``guidance_failure``, of those that fly) is drawn in :mod:`tdome.world.bodies.launches`. A failed
launch follows its path for a share, drawn uniformly, of its powered start: the boost of ballistic
bodies, and the first POWERED_START s of the others; from there it falls freely, with its
own drag if it is ballistic and that of a broken airframe if it is not. A failed guidance moves the
aim point by GUIDANCE_MISS in a random direction: the body comes down there in good order.

Source: 15 % fail to launch or malfunction, 10 % terminal guidance failure, 8.7 % historical (CSIS
wargame; domain.md 4.1). Assumption: failures are independent from object to object. Limit: no
failure in cruise; what a failed launch does where it falls is not counted as damage unless it
falls on a defended asset.
"""

import math

import numpy as np

from tdome.messages.base import Floats
from tdome.messages.codes import Family
from tdome.world.bodies.ballistic import free_flight
from tdome.world.bodies.launches import Launch
from tdome.world.bodies.table import DEBRIS_BETA, state1

POWERED_START = 60.0  # s; notional
_BURNOUT = 1  # row of it in the knots of a ballistic path
_ROW_STEP = 0.1  # s


def broken_off(path: Floats, launch: Launch) -> Floats:
    """Return the knots (k, 7) of a launch that fails: its path, knots (k, 7), and then its fall."""
    ballistic = launch.family == Family.BALLISTIC
    start = path[0, 0]
    lasts = path[_BURNOUT, 0] - start if ballistic else min(POWERED_START, path[-1, 0] - start)
    at = start + launch.fails_after * lasts
    body = np.empty(6)
    state1(path, 0, len(path), at, body)
    drag = 1.0 / launch.beta if ballistic and math.isfinite(launch.beta) else 1.0 / DEBRIS_BETA
    fall = free_flight(body, drag, at, _ROW_STEP)
    return np.concatenate([path[path[:, 0] < at], fall])
