"""Which threats may be engaged at all, and by whom: identity, control, open engagements, shots."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.earth.ballistics import height1
from tdome.earth.horizon import in_sight
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

_LEAST_HARM = 1e-9  # share below which nothing is known of the harm

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
    by_number = np.argsort(threats.track_number, kind="stable")
    numbers = threats.track_number[by_number]
    place = np.searchsorted(numbers, engagements.track_number)
    known = place < n
    known[known] = numbers[place[known]] == engagements.track_number[known]
    row = np.where(known, by_number[np.minimum(place, max(n - 1, 0))] if n else 0, -1)

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


def believed_sspk(plan: Plan, threats: Threats) -> Floats:
    """SSPK of each unit against each threat, shape (n, u): the mean over what the threat may be.

    The share that is "none of these classes" counts as the threat's most probable family.
    """
    return _mean_sspk(plan, threats, threats.class_probability.astype(np.float64))


def saving_sspk(plan: Plan, threats: Threats) -> Floats:
    """SSPK against what would do harm, shape (n, u): which share of the loss one round averts.

    The loss at stake is not spread over the classes as their probability is: a decoy has none of
    it, and who harms twice as much has twice the share,

        w_c ~ P(c) harm_c,    harm_c: damage share of the class, 0 of a decoy,

    with "none of these" at the mean harm of the others for what falls, and 0 for what flies (as in
    the value at risk). A round that only stops what would do no harm is worth nothing. To choose by
    the mean of this is to choose with the least expected regret over what the threat may be.
    """
    share = threats.class_probability.astype(np.float64)
    harm = np.where(plan.threats.decoy != 0, 0.0, plan.threats.damage_fraction)
    weight = np.column_stack([share[:, :-1] * harm, np.zeros(len(share))])
    real = (share[:, :-1] * (plan.threats.decoy == 0)).sum(axis=1)
    mean_harm = weight.sum(axis=1) / np.maximum(real, 1e-12)
    weight[:, -1] = np.where(threats.falls != 0, share[:, -1] * mean_harm, 0.0)
    total = weight.sum(axis=1)
    told = total > _LEAST_HARM
    weight = np.where(told[:, None], weight / np.where(told, total, 1.0)[:, None], share)
    return _mean_sspk(plan, threats, weight)


def _mean_sspk(plan: Plan, threats: Threats, weight: Floats) -> Floats:
    """Mean over the classes by weights (n, C + 1)."""
    known = plan.units.sspk_against(plan.threats.names, plan.threats.family)
    unknown = weight[:, -1:] * plan.units.sspk[:, threats.family].T
    return np.clip(weight[:, :-1] @ known.T + unknown, 0.0, 1.0)


def believed_limits(plan: Plan, threats: Threats, rows: NDArray[np.intp]) -> Floats:
    """Low and high of the same for some rows, (2, k, u): of the classes, their shares as believed.

    The bounds of all classes are taken at once: the interval is what the catalogue leaves open,
    and no more is claimed for it.
    """
    probability = threats.class_probability[rows].astype(np.float64)
    known = plan.units.sspk_limits_against(plan.threats.names, plan.threats.family)
    unknown = plan.units.sspk_limits[:, :, threats.family[rows]].transpose(0, 2, 1)
    mean = probability[:, :-1] @ known.transpose(0, 2, 1) + probability[:, -1:] * unknown
    return np.clip(mean, 0.0, 1.0)


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
