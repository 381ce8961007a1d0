"""What a track can be: every class that the plan expects, and the bystanders that no plan names.

A hypothesis is a row of boxes (low..high of what it can show). The plan's classes take them from
``plan.threats``; the bystanders are ours, notional orders of magnitude: cross-sections after
Skolnik, Introduction to Radar Systems (3rd ed. 2001, table 2.2: bird 0.01, small single-engine
aircraft 1, four-passenger jet 2, large airliner 40, jumbo 100 m^2), Doppler spreads from the speeds
of wing beats, blade tips and fans (some m/s, 200 m/s and more, seen at all aspects), speeds and
heights of civil flying with room for a jet stream, shares of transponders from general knowledge.
All bystanders together are the message's "none of these". Civil ones keep below
:func:`civil_speed`.
"""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.earth.atmosphere import density
from tdome.earth.wgs84 import Floats
from tdome.messages.base import Codes
from tdome.messages.codes import Family
from tdome.plan.books.threats import ThreatBook

Flags = NDArray[np.bool_]

# Columns of the table of hypotheses.
(
    LOW,  # m/s over the ground, or for ballistic ones the energy speed at burn-out
    HIGH,
    LOWER,  # m
    UPPER,
    SINK,  # steepest climb rate downward over ground speed
    RISE,  # and upward
    STEEPER,  # share that obeys neither
    ANGLE_LOW,  # rad, path angle at burn-out
    ANGLE_HIGH,
    INV_BETA,
    SINE,
    BURNOUT,  # m
    BURNOUT_DENSITY,
    AGILITY,  # m/s^2, standard deviation of each axis while it manoeuvres
    RCS_LOW,  # dBsm
    RCS_HIGH,
    LOOKS,  # independent looks of the cross-section in one plot
    ANSWER,  # probability that it has answered an interrogation by now
    LEVEL,  # share of flight without climb or sink
    WEAVE,  # m/s^2, standard deviation of each axis of a manoeuvre on the way down; 0 where none
    WEAVE_BELOW,  # m, where air carries it
    SPREAD_LOW,  # ln of the Doppler spread in m/s, nan where nothing is known of it
    SPREAD_HIGH,
) = range(23)
COLUMNS = 23

OTHER = -1  # kind of a bystander that is no family: it obeys no box
HEIGHT_BLUR = 40.0  # m: terrain, geoid
STEEPEST = 0.25  # least sine of a path angle in the drag correction
_LEVEL = (-1.2, 0.8, 0.02)  # sink and climb of a powered class over its ground speed, outliers
_GLIDE = (-0.12, 0.05, 0.02)  # the same of a glide vehicle
_ANY_PATH = 0.5  # share of "anything" that takes any path, straight down too
_CRUISING = 0.6  # share of powered flight that is level, notional
_AGILITY = {  # m/s^2; notional
    Family.BALLISTIC: 40.0,  # thrust
    Family.CRUISE: 8.0,
    Family.DRONE: 6.0,
    Family.AIRCRAFT: 15.0,
    Family.GLIDE: 10.0,
}
WEAVE_SHARE = 0.15  # of the class's largest: of each axis, as looks some seconds apart show it
_ASPECT = 0.6  # share of the broadside excess that is met at the box's top: most come nose on
_SPOOFS = 3e-3  # share of threats that answer
ANY_SPREAD = (0.5, 500.0)  # m/s
_LEAST_WIDTH = 0.1  # of a box of ln(spread)
_LOOKS = {0: 50.0, 1: 1.0, 3: 2.0}  # Swerling case to degrees of freedom over 2

# name: share, speed, height, sink, rise, agility, RCS dBsm, P(answers), Doppler spread m/s
_BYSTANDERS = {
    "airliner": (
        0.30, (60.0, 300.0), (0.0, 13_500.0), (-0.15, 0.2), 5.0, (3.0, 23.0), 0.97, (20.0, 350.0)
    ),
    "light": (
        0.20, (25.0, 115.0), (0.0, 5_000.0), (-0.25, 0.25), 5.0, (-3.0, 10.0), 0.8, (10.0, 250.0)
    ),
    "helicopter": (
        0.10, (1.0, 85.0), (0.0, 4_000.0), (-1.0, 1.0), 5.0, (0.0, 13.0), 0.85, (50.0, 230.0)
    ),
    "bird": (
        0.20, (4.0, 28.0), (0.0, 3_000.0), (-0.4, 0.3), 4.0, (-25.0, -8.0), 1e-6, (1.0, 8.0)
    ),
    "anything": (
        0.20, (0.0, 8_000.0), (0.0, 100_000.0), (-1.2, 0.8), 25.0, (-40.0, 30.0), 0.02, ANY_SPREAD
    ),
}  # fmt: skip
CIVIL = ("airliner", "light", "helicopter")

_ENVELOPE_HEIGHTS = np.array([0.0, 500.0, 1_000.0, 3_000.0, 8_000.0])
_ENVELOPE_SPEEDS = np.array([160.0, 175.0, 205.0, 255.0, 380.0])


def civil_speed(height: Floats) -> Floats:
    """Return the ground speed in m/s, (n,), that no civil flight exceeds at a height in m.

    Notional: jets keep below 340-350 knots indicated (180 m/s), which is 185 m/s true at 1 km, 210
    at 3 km, with wind; the rules of the air say 250 knots below 10,000 ft (14 CFR 91.117), and who
    is lower than 500 m approaches or departs; at cruise 260 m/s and the strongest jet streams (100
    m/s). Nobody flies above CIVIL_CEILING: 0.
    """
    speed = np.interp(height, _ENVELOPE_HEIGHTS, _ENVELOPE_SPEEDS)
    return np.where(height > CIVIL_CEILING, 0.0, speed)


CIVIL_CEILING = 20_000.0  # m, with room for what flies research missions
SMALLEST_CIVIL_RCS = -3.0  # dBsm of a crewed aircraft from the nose


class Hypotheses(msgspec.Struct, frozen=True, eq=False):
    """All that a track can be, H rows: the plan's C classes first, then the bystanders.

    table: (H, COLUMNS). kind: (H,) Family, or OTHER. decoy: (C,). prior: (H,) log probability.
    civil: (H,). family: (C,).
    """

    table: Floats
    kind: Codes
    decoy: Codes
    prior: Floats
    civil: Flags
    family: Codes
    names: tuple[str, ...]

    @property
    def classes(self) -> int:
        """How many of the rows are classes of the plan."""
        return len(self.family)


def hypotheses(
    threats: ThreatBook, prior: Floats, doppler_cell: tuple[float, float] = (0.0, 0.0)
) -> Hypotheses:
    """Return the plan's classes and the bystanders as one table.

    prior: (C + 1,), of the classes and of none of them, which the bystanders share. doppler_cell:
    finest and coarsest resolution of the plan's radars, m/s: no spread is told below that.
    """
    ours = _of_plan(threats)
    others = np.array([_bystander(name) for name in _BYSTANDERS])
    share = np.array([_BYSTANDERS[name][0] for name in _BYSTANDERS])
    count = len(threats.names)
    table = np.concatenate([ours, others])
    table[:, [SPREAD_LOW, SPREAD_HIGH]] = _as_resolved(table, doppler_cell)
    kinds = [Family.AIRCRAFT] * (len(_BYSTANDERS) - 1) + [OTHER]
    return Hypotheses(
        table=table,
        kind=np.concatenate([threats.family, np.array(kinds)]).astype(np.int8),
        decoy=threats.decoy,
        prior=np.log(np.append(prior[:-1], prior[-1] * share)),
        civil=np.array([False] * count + [name in CIVIL for name in _BYSTANDERS]),
        family=threats.family,
        names=(*threats.names, *_BYSTANDERS),
    )


def _of_plan(threats: ThreatBook) -> Floats:
    """Boxes of the plan's classes; ballistic ones hold energy speeds at burn-out."""
    table = np.zeros((len(threats.names), COLUMNS))
    ballistic = threats.family == Family.BALLISTIC
    burnout = np.where(ballistic, np.nan_to_num(threats.burnout_altitude), 0.0)
    lift = 2.0 * 9.8 * burnout
    # A box must have a width: what is written as one number is meant to 5 %.
    low = np.minimum(threats.speed_range[:, 0], 0.95 * threats.speed)
    high = np.maximum(threats.speed_range[:, 1], 1.05 * threats.speed)
    table[:, LOW] = np.sqrt(low * low + lift)
    table[:, HIGH] = np.sqrt(high * high + lift)
    table[:, LOWER] = np.nan_to_num(threats.heights[:, 0])
    table[:, UPPER] = np.nan_to_num(threats.heights[:, 1]) + HEIGHT_BLUR
    slopes = np.where((threats.family == Family.GLIDE)[:, None], _GLIDE, _LEVEL)
    table[:, [SINK, RISE, STEEPER]] = slopes
    table[:, LEVEL] = np.where(threats.family == Family.GLIDE, 0.0, _CRUISING)
    glides = np.isfinite(threats.glide_ratio)  # without an engine: it sinks all the time
    table[glides, SINK] = -2.0 / threats.glide_ratio[glides]
    table[glides, RISE], table[glides, LEVEL] = 0.02, 0.0
    angle = np.nan_to_num(threats.flight_path_angle, nan=math.pi / 4.0)
    table[:, ANGLE_LOW] = np.minimum(np.nan_to_num(threats.angle_range[:, 0]), angle - 0.05)
    table[:, ANGLE_HIGH] = np.maximum(np.nan_to_num(threats.angle_range[:, 1]), angle + 0.05)
    table[:, INV_BETA] = np.where(ballistic, 1.0 / np.nan_to_num(threats.beta, nan=np.inf), 0.0)
    table[:, SINE] = np.maximum(np.abs(np.sin(angle)), STEEPEST)
    table[:, BURNOUT] = burnout
    table[:, BURNOUT_DENSITY] = density(burnout)
    table[:, WEAVE] = np.where(ballistic, WEAVE_SHARE * threats.manoeuvre, 0.0)
    table[:, WEAVE_BELOW] = threats.manoeuvre_below
    table[:, AGILITY] = [_AGILITY[Family(f)] for f in threats.family.tolist()]
    rcs = 10.0 * np.log10(threats.rcs_range)
    nose = 10.0 * np.log10(threats.rcs)
    excess = _ASPECT * 10.0 / math.log(10.0) * np.nan_to_num(threats.broadside)
    table[:, RCS_LOW] = np.minimum(rcs[:, 0], nose - 1.0)
    table[:, RCS_HIGH] = np.maximum(rcs[:, 1], nose + 1.0) + excess
    table[:, LOOKS] = [_LOOKS[case] for case in threats.swerling.tolist()]
    table[:, ANSWER] = _SPOOFS
    table[:, [SPREAD_LOW, SPREAD_HIGH]] = threats.doppler_spread_range
    return table


def _as_resolved(table: Floats, doppler_cell: tuple[float, float]) -> Floats:
    """Return logarithms (H, 2) of spreads as radars tell them: nothing is finer than their cell."""
    spread = table[:, [SPREAD_LOW, SPREAD_HIGH]]
    known = np.where(spread[:, 1:] > 0.0, np.maximum(spread, 1e-3), np.nan)
    seen = np.log(np.maximum(known, np.maximum(doppler_cell, 1e-3)))
    slack = np.maximum(_LEAST_WIDTH - np.diff(seen), 0.0) / 2.0
    return np.asarray(seen + slack * np.array([-1.0, 1.0]))


def _bystander(name: str) -> Floats:
    _, speed, height, slope, agility, rcs, answers, spread = _BYSTANDERS[name]
    row = np.zeros(COLUMNS)
    row[[LOW, HIGH]], row[[LOWER, UPPER]] = speed, height
    row[[SINK, RISE, STEEPER]] = (*slope, _ANY_PATH if name == "anything" else 0.02)
    row[AGILITY], row[[RCS_LOW, RCS_HIGH]], row[[SPREAD_LOW, SPREAD_HIGH]] = agility, rcs, spread
    row[LOOKS], row[ANSWER], row[LEVEL] = 1.0, answers, _CRUISING
    return row
