"""Separation: what a missile sheds after burn-out flies on by itself, ballistically.

Spent stages and fragments leave SEPARATES_AFTER s after burn-out with the body's velocity and a
small one of their own: stages backwards, fragments in any direction. From then on they obey
:mod:`tdome.earth.ballistics` with a drag far above the body's, so that they fall short of it or
aside, and tumble, so that their RCS and the spread of their echo are drawn once within bounds
(log-uniform, m^2 and m/s). A body that was killed before, or failed, sheds nothing.

Source: order of magnitude only. A broken or empty airframe has a ballistic coefficient of tens to
some hundreds of kg/m^2 (as DEBRIS_BETA of :mod:`tdome.world.bodies.table`), springs and pushers
give metres per second; all numbers here are notional. Limits: drag constant, no break-up on
re-entry, no residual thrust; falling pieces do no damage beyond DEBRIS_RADIUS and none to an
asset's value.
"""

import math
from typing import NamedTuple

import numpy as np

from tdome.kernel.random import object_key
from tdome.messages.base import Floats
from tdome.world.bodies.ballistic import free_flight
from tdome.world.bodies.launches import SEPARATION, Luck, log_uniform
from tdome.world.bodies.table import state1

DEBRIS_RADIUS = 5.0  # m: the airframe alone
SEPARATES_AFTER = 5.0  # s after burn-out
_BURNOUT = 1  # row of it in the knots of a ballistic path
_ROW_STEP = 0.5  # s, of the table that is thinned


class _Sort(NamedTuple):
    """What a sort of debris may be: low and high of each draw."""

    name: str
    beta: tuple[float, float]  # kg/m^2
    rcs: tuple[float, float]  # m^2
    spread: tuple[float, float]  # m/s: half a length times the rate of its tumbling
    speed: tuple[float, float]  # m/s of separation
    backwards: bool


STAGE = _Sort("stage", (200.0, 450.0), (0.3, 3.0), (1.0, 15.0), (2.0, 8.0), True)
FRAGMENT = _Sort("fragment", (80.0, 300.0), (1e-3, 3e-2), (0.5, 10.0), (0.5, 10.0), False)


class Piece(NamedTuple):
    """One piece: its key, RCS (m^2), spread of its echo (m/s) and path, knots (k, 7)."""

    key: int
    rcs: float
    spread: float
    path: Floats


def shed(path: Floats, luck: Luck, stages: int, fragments: int) -> list[Piece]:
    """Return what a ballistic body (knots (k, 7)) leaves behind; draws keyed by the body."""
    at = path[_BURNOUT, 0] + SEPARATES_AFTER
    if at >= path[-1, 0]:
        return []
    body = np.empty(6)
    state1(path, 0, len(path), at, body)
    sorts = [STAGE] * stages + [FRAGMENT] * fragments
    return [_piece(sort, n, body, float(at), luck) for n, sort in enumerate(sorts)]


def _piece(sort: _Sort, number: int, body: Floats, at: float, luck: Luck) -> Piece:
    key = object_key("shed", luck.key, sort.name, number)
    heavy, bright, fast, tumbles = luck.uniforms(SEPARATION + 2 * number)
    state = body.copy()
    speed = sort.speed[0] + fast * (sort.speed[1] - sort.speed[0])
    if sort.backwards:
        direction = -body[3:] / np.linalg.norm(body[3:])
    else:
        across, around, *_ = luck.uniforms(SEPARATION + 2 * number + 1)
        z, angle = 2.0 * across - 1.0, math.tau * around
        rim = math.sqrt(1.0 - z * z)
        direction = np.array([rim * math.cos(angle), rim * math.sin(angle), z])
    state[3:] += speed * direction
    fall = free_flight(state, 1.0 / log_uniform(sort.beta, heavy), at, _ROW_STEP)
    spread = log_uniform(sort.spread, tumbles)
    return Piece(key, log_uniform(sort.rcs, bright), spread, fall)
