"""What is put on record of a fire plan: refusals that are news, and the rows that explain them."""

import msgspec
import numpy as np

from tdome.command.engagement.base import FireState
from tdome.command.engagement.draft import Draft
from tdome.command.engagement.recommending import Proposals
from tdome.kernel.ids import among, rows_of
from tdome.messages.base import Codes, Header, Ints
from tdome.messages.codes import Reason
from tdome.messages.fire import Engagements, FirePlan, Grounds, Refusals
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks

_BELIEVED = tuple(
    name
    for name in Threats.__struct_fields__
    if name in Grounds.__struct_fields__ and name not in {"header", "track_number"}
)


class Told(msgspec.Struct, frozen=True, eq=False):
    """The reason of each track now, sorted by track number. news: tracks where it changed."""

    track: Ints
    reason: Codes
    unit: Ints
    news: Ints


def reasons_now(before: FireState, fire_plan: FirePlan, proposals: Proposals) -> Told:
    """One reason for each track of the plan: CHOSEN if an option is taken, else why not.

    A row about the threat as a whole (unit -1) speaks before rows about single units.
    """
    reason = fire_plan.reason.copy()
    reason[proposals.blocked] = proposals.why
    whole = np.where(fire_plan.unit < 0, 1, 2)
    whole[proposals.blocked] = 0
    whole[proposals.taken] = 0
    order = np.lexsort((whole, fire_plan.track_number))
    ordered = fire_plan.track_number[order]
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    track, speaking = ordered[first], order[first]
    place = rows_of(before.told_track, track)
    known = place >= 0
    same = known.copy()
    same[known] = before.told_reason[place[known]] == reason[speaking[known]]
    return Told(
        track=track, reason=reason[speaking], unit=fire_plan.unit[speaking], news=track[~same]
    )


def considered(fire_plan: FirePlan, told: Told, proposals: Proposals) -> FirePlan:
    """Return the rows of the plan about tracks that got a recommendation or another reason."""
    recommended = fire_plan.track_number[proposals.taken]
    rows = among(fire_plan.track_number, np.concatenate([recommended, told.news]))
    columns = [name for name in fire_plan.__struct_fields__ if name != "header"]
    which = rows if rows.any() else slice(0)  # most steps bring no news, and a slice is cheap
    return FirePlan(
        header=fire_plan.header, **{name: getattr(fire_plan, name)[which] for name in columns}
    )


def grounds(opened: Engagements, tracks: SystemTracks, threats: Threats) -> Grounds:
    """Return what is believed of the tracks of new engagements, in their order."""
    rows = rows_of(threats.track_number, opened.track_number)
    return Grounds(
        header=opened.header,
        engagement=opened.engagement,
        track_number=opened.track_number,
        state=tracks.state[rows],
        **{name: getattr(threats, name)[rows] for name in _BELIEVED},
    )


def refusals(draft: Draft, told: Told) -> Refusals:
    """Tracks that are not engaged for a new reason; engagements refused or ceased in this step.

    Columns of the former: engagement 0, and unit -1 unless one unit was blocked.
    """
    fresh = among(told.track, told.news) & (told.reason != Reason.CHOSEN)
    table = draft.table
    ended = draft.done & (draft.state_at == draft.now) & (draft.reason != Reason.CHOSEN)
    none = np.zeros(np.count_nonzero(fresh), np.int32)
    return Refusals(
        header=Header("engagement", 0, draft.now, draft.now),
        track_number=np.concatenate([table.track_number[ended], told.track[fresh]]),
        unit=np.concatenate([table.unit[ended], told.unit[fresh]]),
        engagement=np.concatenate([table.engagement[ended], none]),
        reason=np.concatenate([draft.reason[ended], told.reason[fresh]]),
    )
