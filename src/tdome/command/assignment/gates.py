"""Which threats may be engaged at all, and by whom: identity, control, open engagements, shots."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.earth.ballistics import height1
from tdome.earth.horizon import in_sight
from tdome.kernel.ids import rows_of
from tdome.messages.base import Codes, Floats, Ints
from tdome.messages.codes import (
    EngagementState,
    Identity,
    Reason,
    TrackStatus,
    Verdict,
    code_set,
)
from tdome.messages.codes import WeaponControl as Control
from tdome.messages.fire import Engagements
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.plan.plan import Plan

Flags = NDArray[np.bool_]

DENIAL_HOLDS_S = 60.0  # s for which an operator's "no" to a track is not asked again
RISEN_AFTER_S = 2.0  # s after a verdict of kill from which a plot says that the track lives on
SILENCE_HOLDS_S = 30.0  # s for which a unit that did not answer an order is asked nothing
REFUSAL_HOLDS_S = 20.0  # s for which a unit that refused a track is not asked again


_PROTECTED = code_set(Identity.NEUTRAL, Identity.ASSUMED_FRIEND, Identity.FRIEND)
_UNDER_WAY = code_set(
    EngagementState.RECOMMENDED,
    EngagementState.AUTHORISED,
    EngagementState.LAUNCHED,
    EngagementState.IN_FLIGHT,
)
_AWAITED = code_set(EngagementState.TERMINAL, EngagementState.ASSESSED)


class Gates(msgspec.Struct, frozen=True, eq=False):
    """What stands in the way of each threat before geometry is asked.

    reason: (n,) CHOSEN where nothing does. shots: (n,) rounds already spent on it or promised.
    refused: (n, u) pairs in which the unit said no a short while ago, or that of a silent unit.
    """

    reason: Codes
    shots: Ints
    refused: Flags


def gates(
    plan: Plan, tracks: SystemTracks, threats: Threats, engagements: Engagements, now: int
) -> Gates:
    """Look at every threat (rows of tracks and threats agree); see :class:`Gates`."""
    n = len(threats)
    row = rows_of(threats.track_number, engagements.track_number)
    known = row >= 0

    state, reason = engagements.state, engagements.reason
    age = (now - engagements.state_at) / 1e9
    refused = state == EngagementState.REFUSED
    denied = refused & (reason == Reason.OPERATOR_DENIED) & (age < DENIAL_HOLDS_S)
    silent = refused & (reason == Reason.UNIT_SILENT) & (age < SILENCE_HOLDS_S)
    by_unit = refused & (reason == Reason.UNIT_REFUSED) & (age < REFUSAL_HOLDS_S) & known

    # A track that was judged killed coasts on for a while: only a new plot brings it back.
    risen_at = engagements.state_at + round(RISEN_AFTER_S * 1e9)
    plotted_at = tracks.updated_at[row] if n else np.zeros(len(row), np.int64)
    killed = (engagements.verdict == Verdict.KILL) & (plotted_at <= risen_at)

    shots = np.zeros(n, np.int32)
    fired = known & ~refused
    np.add.at(shots, row[fired], engagements.rounds[fired])
    pairs = np.zeros((n, len(plan.units.names)), np.bool_)
    pairs[row[by_unit], engagements.unit[by_unit]] = True
    pairs[:, engagements.unit[silent]] = True

    def has(which: Flags) -> Flags:
        flags = np.zeros(n, np.bool_)
        flags[row[known & which]] = True
        return flags

    out = np.full(n, Reason.CHOSEN, np.int8)
    # Later lines prevail: from the weakest obstacle to the strongest.
    out[has(denied)] = Reason.OPERATOR_DENIED
    out[shots >= plan.doctrine.max_shots_per_threat] = Reason.SHOT_LIMIT
    out[has(killed)] = Reason.ASSESSED_KILLED
    out[has(_AWAITED[state])] = Reason.AWAITING_ASSESSMENT
    out[has(_UNDER_WAY[state])] = Reason.ALREADY_ENGAGED
    out[(threats.harmless != 0) | ~(threats.value_at_risk > 0.0)] = Reason.HARMLESS
    out[_PROTECTED[threats.identity]] = Reason.IDENTITY_PROTECTED
    out[tracks.status == TrackStatus.DROPPED] = Reason.TRACK_LOST
    return Gates(reason=out, shots=shots, refused=pairs)


def pair_obstacles(
    plan: Plan, identity: Codes, sspk: Floats, refused: Flags, channels: Ints
) -> Codes:
    """Why a unit may not fire at a threat, shape (n, u); CHOSEN where it may.

    ``channels``: (u,) those that work; a unit without one is down.
    """
    control = np.array(plan.weapon_control, np.int8)
    hostile = (identity == Identity.HOSTILE)[:, None]
    out = np.full(sspk.shape, Reason.CHOSEN, np.int8)
    out[refused] = Reason.UNIT_REFUSED
    out[:, channels <= 0] = Reason.UNIT_DOWN
    out[~(sspk > 0.0)] = Reason.UNIT_NOT_SUITED
    out[~hostile & (control != Control.FREE)[None, :]] = Reason.IDENTITY_NOT_HOSTILE
    out[:, control == Control.HOLD] = Reason.WEAPONS_HOLD
    return out


def unseen(plan: Plan, tracks: SystemTracks, rows: NDArray[np.intp], code: Codes) -> None:
    """Mark, in ``code`` (n, u), pairs of units that need their own radar and tracks it can not see.

    Believed: the radar's range law with the track's radar cross-section, horizon, elevation.
    """
    book = plan.sensors.at(tracks.header.valid_at)
    for u, name in enumerate(plan.units.own_sensor):
        if not name:
            continue
        s = book.names.index(name)
        points = tracks.state[rows, :3]
        height = np.array([height1(*point) for point in points.tolist()])
        rcs = 10.0 ** (tracks.rcs_dbsm[rows].astype(np.float64) / 10.0)
        reach = np.minimum(book.reference_range[s] * rcs**0.25, book.max_range[s])
        elevation = float(book.min_elevation[s]), float(book.max_elevation[s])
        up, antenna = book.axes[s, 2], book.ecef[s]
        seen = in_sight(points, height, antenna, up, float(book.height[s]), reach, elevation)
        code[~seen & (code[:, u] == Reason.CHOSEN), u] = Reason.NO_SENSOR
