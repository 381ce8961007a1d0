"""Kill probability of one round that meets its target: a nominal value times what wears it down.

    p = sspk(class of unit, class of threat) f_crossing f_edge f_manoeuvre f_jamming

f_crossing: 1 against a target that comes straight at the launcher, 1 - (1 - crossing) sin^2(a) at
the aspect a between its velocity and the line to the launcher, and crossing from the beam on and in
a tail chase. f_edge (quality of the track at the end): 1 while the predicted intercept point misses
by less than half of the basket, then linear down to edge at its rim. f_manoeuvre: 1 up to CALM of
acceleration across the flight (less gravity: a body in level flight has 1 g, a falling one 0),
then linear down to manoeuvre at HARD. f_jamming: linear in the share of jamming
against echo that a fire-control radar at the launcher would hear, from 1 to
jamming. Source: the form is the usual product of independent degradations of engagement-level
models; the four numbers are notional (catalogue, docs/concepts/models/single-shot.md). Units: m,
m/s, ECEF. Assumptions: no guidance, seeker or fuze; the factors do not know of one another.
Limits: the common mode of a raid or a battery is the referee's, on top. Errors raised: none.
"""

import math
from typing import NamedTuple

import numpy as np

from tdome.messages.base import Floats
from tdome.plan.books.units import UnitBook
from tdome.world.sensors.jamming import REFERENCE

CALM, HARD = 2.0, 10.0  # g across the flight: below it nothing is lost, above it no more
LOOK_BACK = 1.0  # s over which the acceleration of a target is taken
LOBE = math.radians(3.0)  # half the width of a fire-control beam; notional
EDGE_SNR = 20.0  # 13 dB: a 1 m^2 target at the greatest range, unjammed; notional
_GRAVITY = 9.80665  # m/s^2
_SOUND = 0.5  # share of the basket in which a miss of the prediction costs nothing


class Encounter(NamedTuple):
    """How a round meets its target.

    launcher: (3,) ECEF, m. now, before: states (6,) of the target at the intercept and LOOK_BACK s
    earlier. miss: m by which the predicted intercept point was off. jamming: share of full
    jamming, 0 to 1.
    """

    launcher: Floats
    now: Floats
    before: Floats
    miss: float
    jamming: float = 0.0


def single_shot(book: UnitBook, unit: int, nominal: float, met: Encounter) -> float:
    """Return the kill probability of one round of a unit (row) for a nominal SSPK."""
    crossing = 1.0 - (1.0 - float(book.crossing[unit])) * crossing_share(met)
    outer = met.miss / float(book.basket[unit]) - _SOUND
    edge = 1.0 - (1.0 - float(book.edge[unit])) * min(max(outer / (1.0 - _SOUND), 0.0), 1.0)
    hard = (load(met) - CALM) / (HARD - CALM)
    manoeuvre = 1.0 - (1.0 - float(book.manoeuvre[unit])) * min(max(hard, 0.0), 1.0)
    jamming = 1.0 - (1.0 - float(book.jamming[unit])) * min(max(met.jamming, 0.0), 1.0)
    return nominal * crossing * edge * manoeuvre * jamming


def jamming_share(met: Encounter, sources: Floats, rcs: float, far: float) -> float:
    """Return the share J / (J + S) of jamming against echo in the direction of a target.

    ``sources``: rows (ECEF, m; J/N at 100 km, as in world.sensors.jamming). Those within LOBE of
    the target count, falling with R^2; the echo of ``rcs`` m^2 falls with R^4 and has EDGE_SNR
    at ``far`` m for 1 m^2: near enough a target burns through.
    """
    if not len(sources):
        return 0.0
    to_target = met.now[:3] - met.launcher
    distance = max(float(np.linalg.norm(to_target)), 1.0)
    away = sources[:, :3] - met.launcher
    ranges = np.maximum(np.linalg.norm(away, axis=1), 1.0)
    in_lobe = away @ to_target / (ranges * distance) >= math.cos(LOBE)
    noise = float((in_lobe * sources[:, 3] * (REFERENCE / ranges) ** 2).sum())
    echo = EDGE_SNR * rcs * (far / distance) ** 4
    return noise / (noise + echo)


def crossing_share(met: Encounter) -> float:
    """Return 0 for a target that comes straight at the launcher, 1 for crossing and receding."""
    to_launcher, velocity = met.launcher - met.now[:3], met.now[3:]
    size = float(np.linalg.norm(to_launcher) * np.linalg.norm(velocity))
    cosine = float(to_launcher @ velocity) / size if size > 0.0 else 1.0
    return 1.0 - cosine * cosine if cosine > 0.0 else 1.0


def load(met: Encounter) -> float:
    """Return the acceleration across the flight that the target makes itself, g."""
    felt = (met.now[3:] - met.before[3:]) / LOOK_BACK
    felt += _GRAVITY * met.now[:3] / np.linalg.norm(met.now[:3])  # gravity is no effort
    speed = float(np.linalg.norm(met.now[3:]))
    if speed <= 0.0:
        return 0.0
    along = met.now[3:] / speed
    across = felt - (felt @ along) * along
    return math.sqrt(float(across @ across)) / _GRAVITY
