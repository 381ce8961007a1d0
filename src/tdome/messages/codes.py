"""Code lists of the messages: what the small integers in the columns mean.

Names are the field's own (STANAG-style identities, weapon control status, engagement states); the
numbers are ours and are frozen: a journal written today must read the same next year, so new
members are only ever appended.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.members import bound

_CODES = 256  # of an int8 column


def code_set(*members: IntEnum) -> NDArray[np.bool_]:
    """Return a set of codes: index it with a column of codes to see which rows are in it."""
    table = np.zeros(_CODES, np.bool_)
    table[list(members)] = True
    table.setflags(write=False)
    return table


@bound
class Family(IntEnum):
    """Motion family: which laws of motion a class obeys, and the column of an effector's SSPK."""

    BALLISTIC = 0
    CRUISE = 1
    DRONE = 2
    AIRCRAFT = 3
    GLIDE = 4


@bound
class Identity(IntEnum):
    """Identity of a system track."""

    UNKNOWN = 0
    HOSTILE = 1
    SUSPECT = 2
    NEUTRAL = 3
    ASSUMED_FRIEND = 4
    FRIEND = 5


@bound
class IdentityRule(IntEnum):
    """The rule that gave a system track its identity."""

    NOTHING_KNOWN = 0
    OWN_REPLY = 1
    FILED_ADDRESS = 2
    FALLS_ON_US = 3
    NO_CIVIL_FLIES_SO = 4
    TOO_SMALL_FOR_CIVIL = 5
    MAY_FALL_ON_US = 6
    SILENT_AND_WEAPON_LIKE = 7
    SILENT_AND_INBOUND = 8
    IN_A_CORRIDOR = 9
    IN_OUR_CORRIDOR = 10


@bound
class Evidence(IntEnum):
    """Sources of evidence for a class: the columns of ``Threats.evidence``."""

    SPEED = 0
    HEIGHT = 1
    PATH = 2
    LAW = 3
    ACCELERATION = 4
    CROSS_SECTION = 5
    DOPPLER_SPREAD = 6
    ANSWERS = 7


@bound
class TrackStatus(IntEnum):
    """Life of a system track. Tentative tracks stay inside the tracker."""

    CONFIRMED = 0
    COASTING = 1
    DROPPED = 2


@bound
class WeaponControl(IntEnum):
    """Weapon control status: HOLD none, TIGHT hostile only.

    FREE all that is not friend or neutral.
    """

    HOLD = 0
    TIGHT = 1
    FREE = 2


@bound
class Emission(IntEnum):
    """What a direction finder heard or saw of a body."""

    ACOUSTIC = 0
    RADIO = 1
    OPTICAL = 2
    JAMMER = 3


@bound
class EngagementState(IntEnum):
    """States of one engagement, from recommendation to close."""

    RECOMMENDED = 0
    AUTHORISED = 1
    REFUSED = 2
    LAUNCHED = 3
    IN_FLIGHT = 4
    TERMINAL = 5
    ASSESSED = 6
    CLOSED = 7


@bound
class Verdict(IntEnum):
    """Verdict of a kill assessment."""

    UNDETERMINED = 0
    KILL = 1
    MISS = 2


@bound
class Answer(IntEnum):
    """Answer of an operator to a recommendation."""

    APPROVE = 0
    DENY = 1


@bound
class OrderKind(IntEnum):
    """Fire control orders."""

    ENGAGE = 0
    CEASE_ENGAGEMENT = 1


@bound
class WarningKind(IntEnum):
    """Life of a civil warning (CAP msgType in spirit)."""

    ALERT = 0
    UPDATE = 1
    ALL_CLEAR = 2


@bound
class WarningStage(IntEnum):
    """What people are told to do: stay ready, take shelter, go back to normal."""

    EARLY = 0
    TAKE_SHELTER = 1
    ALL_CLEAR = 2


@bound
class WarningStatus(IntEnum):
    """CAP status. There is no ACTUAL on purpose: a warning leaves tdome marked exercise or test."""

    EXERCISE = 0
    TEST = 1


@bound
class Reason(IntEnum):
    """Why an option was taken or refused; every refusal in the system carries one of these."""

    CHOSEN = 0
    WEAPONS_HOLD = 1
    IDENTITY_PROTECTED = 2
    IDENTITY_NOT_HOSTILE = 3
    HARMLESS = 4
    OUT_OF_ENVELOPE = 5
    NO_LAUNCH_WINDOW = 6
    NO_ROUNDS = 7
    NO_CHANNEL = 8
    UNIT_NOT_SUITED = 9
    ALREADY_ENGAGED = 10
    AWAITING_ASSESSMENT = 11
    BETTER_OPTION = 12
    LOW_RETURN = 13
    OPERATOR_DENIED = 14
    NO_ANSWER_IN_TIME = 15
    LAUNCH_TIME_PASSED = 16
    TRACK_LOST = 17
    UNIT_REFUSED = 18
    SHOT_LIMIT = 19
    ASSESSED_KILLED = 20
    UNIT_DOWN = 21
    NO_SENSOR = 22
    UNIT_SILENT = 23
    RESERVED = 24  # it would pay, but the rounds are kept for what is worth more, or for later
    UNDECIDED = 25  # where it comes down is still open, and a later launch loses no chance
    FIRE_ZONE = 26  # zones of the plan alone forbid the intercept
