"""Identity of a track: an answer is believed, what falls is hostile, silent comers are suspect.

Rules, first that holds: a valid own-force reply makes a FRIEND and a filed civil address NEUTRAL,
for the rest of the track's life. A ballistic track that comes down nearer to what we defend than it
is now is HOSTILE. A level track that heads for a defended asset without any reply is HOSTILE when
it moves like a cruise missile, a drone or faster than any airliner and has been silent for
SILENT_HITS plots, and SUSPECT before; one that moves like an aircraft is at most SUSPECT. HOSTILE
is kept until a reply comes (a drone that turns at a waypoint is no less a drone). All others are
UNKNOWN. A reply that is not filed proves nothing, but keeps a level track from being suspected for
its silence.
"""

import numpy as np
from numpy.typing import NDArray

from tdome.messages.base import Codes, Ints
from tdome.messages.codes import Identity

Flags = NDArray[np.bool_]

SILENT_HITS = (
    5  # at a reply probability of 0.9 a cooperative aircraft is silent so long once in 10^5
)
FALLING_HITS = 4
LIKELY = 0.7  # class probability from which a family is believed


def filed(address: Ints, blocks: list[tuple[int, int]]) -> Flags:
    """Tell which transponder addresses, shape (n,), lie in a filed block [first, last]."""
    known = np.zeros(len(address), dtype=np.bool_)
    for first, last in blocks:
        known |= (address >= first) & (address <= last)
    return known


def identify(before: Codes, civil: Flags, friend: Flags, hostile: Flags, suspect: Flags) -> Codes:
    """Return the identities, shape (n,), from those before and from what holds now."""
    identity = np.where(suspect, Identity.SUSPECT, Identity.UNKNOWN)
    identity = np.where(hostile | (before == Identity.HOSTILE), Identity.HOSTILE, identity)
    identity = np.where(civil | (before == Identity.NEUTRAL), Identity.NEUTRAL, identity)
    identity = np.where(friend | (before == Identity.FRIEND), Identity.FRIEND, identity)
    return np.asarray(identity, dtype=np.int8)
