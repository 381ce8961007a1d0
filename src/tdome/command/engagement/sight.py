"""What the picture says now about the tracks that are engaged or are to be."""

import numpy as np
from numpy.typing import NDArray

from tdome.earth.motion import extrapolate
from tdome.kernel.ids import rows_of
from tdome.messages.base import Codes, Floats, Ints, Longs
from tdome.messages.codes import Identity, Reason, TrackStatus, code_set
from tdome.messages.codes import WeaponControl as Control
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.plan.books.fire_zones import closed
from tdome.plan.plan import Plan

Flags = NDArray[np.bool_]

_PROTECTED = code_set(Identity.NEUTRAL, Identity.ASSUMED_FRIEND, Identity.FRIEND)


class Sight:
    """Tracks looked up by number. Rows of ``tracks`` and ``threats`` agree, in any order.

    Attributes
    ----------
    alive : (n,) the track is in the picture and not dropped.
    protected : (n,) its identity is neutral, assumed friend or friend.
    """

    def __init__(self, tracks: SystemTracks, threats: Threats, numbers: Ints) -> None:
        self._tracks, self._threats = tracks, threats
        row = rows_of(tracks.track_number, numbers)
        found = row >= 0
        self._row = np.maximum(row, 0)
        self.alive: Flags = found.copy()
        self.alive[found] = tracks.status[self._row[found]] != TrackStatus.DROPPED
        identity = np.full(len(numbers), Identity.UNKNOWN, np.int8)
        identity[found] = threats.identity[self._row[found]]
        self.identity: Codes = identity
        self.protected: Flags = _PROTECTED[identity]
        self.harmless: Flags = np.zeros(len(numbers), np.bool_)
        self.harmless[found] = threats.harmless[self._row[found]] != 0

    def points(self, rows: NDArray[np.intp], at: Longs) -> Floats:
        """Where the tracks of some rows will be at times (m,) int ns: (m, 3) ECEF, m.

        nan where that is after the ground, and for times that are past.
        """
        tracks = self._row[rows]
        ahead = (at - self._tracks.header.valid_at) / 1e9
        out = np.empty((len(rows), 6))
        extrapolate(
            self._tracks.state[tracks],
            self._threats.falls[tracks],
            self._threats.inv_beta[tracks],
            np.maximum(ahead, 0.0),
            out,
        )
        out[ahead < 0.0] = np.nan
        return out[:, :3]


def objections(
    plan: Plan, sight: Sight, unit: Ints, launch_at: Longs, aim: Floats, now: int
) -> Codes:
    """Why fire that has not been ordered yet must not be; CHOSEN where nothing forbids it.

    ``aim`` (m, 3): where it would intercept, ECEF, m.
    """
    control = np.array(plan.weapon_control, np.int8)[unit]
    reaction = np.rint(plan.units.reaction[unit] * 1e9).astype(np.int64)
    out = np.full(len(unit), Reason.CHOSEN, np.int8)
    # Later lines prevail: from the weakest objection to the strongest.
    out[closed(plan.fire_zones, unit, aim)] = Reason.FIRE_ZONE
    out[now > launch_at - reaction] = Reason.LAUNCH_TIME_PASSED
    out[sight.harmless] = Reason.HARMLESS
    out[(sight.identity != Identity.HOSTILE) & (control != Control.FREE)] = (
        Reason.IDENTITY_NOT_HOSTILE
    )
    out[sight.protected] = Reason.IDENTITY_PROTECTED
    out[control == Control.HOLD] = Reason.WEAPONS_HOLD
    out[~sight.alive] = Reason.TRACK_LOST
    return out
