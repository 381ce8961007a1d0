"""Contract of the engagement room: what is recommended, approved, ordered and closed."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from tdome.messages.base import Codes, Ints, Longs
from tdome.messages.fire import (
    EngagementOrders,
    EngagementReports,
    Engagements,
    FirePlan,
    Grounds,
    InterceptUpdates,
    KillAssessments,
    Magazines,
    OperatorDecisions,
    Recommendations,
    Refusals,
    UnitStatus,
)
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks


class FireState(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """State of fire: engagements, magazines, the next number, and the reason last told per track.

    told_track, told_reason: (t,) sorted by track number. stock: (u,) rounds believed in the
    launchers, promised ones included. channels: (u,) that work, 0 where a unit is down.
    site: (u,) where it stands (see UnitStatus). last_word: (u, 2, 2) valid_at and number of
    the last report on an engagement and of the last status that were heard of each unit: older
    words that come later change neither rounds nor channels.
    ordered, spent: (n,) as the rows of engagements: 1 once the
    order to engage was sent; rounds reported away. approvers: who has approved an engagement that
    waits for another person.
    """

    engagements: Engagements
    magazines: Magazines
    next_number: int
    told_track: Ints
    told_reason: Codes
    stock: Ints
    channels: Ints
    site: Ints
    last_word: Longs
    ordered: Codes
    spent: Ints
    approvers: dict[int, frozenset[str]] = {}


class FireOutput(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What the engagement room says in one step; empty batches where it has nothing to say.

    considered: the rows of the fire plan for tracks that got a recommendation, and for tracks
    whose reason changed: what ``tdome explain`` shows. The rest of the plan repeats what was told
    before and is not put on record. grounds: what the recommendations rest on.
    """

    considered: FirePlan
    recommendations: Recommendations
    grounds: Grounds
    orders: EngagementOrders
    updates: InterceptUpdates
    refusals: Refusals


class EngagementController(Protocol):
    """Engagement control, built as ``Implementation(plan)``.

    Promises: pure; no order without approvals, younger than the time-out, by as many different
    operators as ``authority.persons`` says (the default is hold fire); no order on HOLD, on a
    protected identity or on a lost track; rounds never go negative; an engagement that is closed
    stays closed; every refusal has a reason.
    """

    def start(self, now: int) -> FireState:
        """Return the state with full magazines."""

    def fold(
        self,
        state: FireState,
        decisions: Sequence[OperatorDecisions],
        reports: Sequence[EngagementReports | UnitStatus],
        assessments: KillAssessments,
        now: int,
    ) -> FireState:
        """Take in what operators, fire units and kill assessment said.

        Before new fire is planned.
        """

    def advance(
        self,
        state: FireState,
        fire_plan: FirePlan,
        tracks: SystemTracks,
        threats: Threats,
        now: int,
    ) -> tuple[FireState, FireOutput]:
        """Recommend the chosen options, order what is approved, update what flies.

        Refuse the rest with a reason.
        """
