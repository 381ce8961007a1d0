"""``authority-v1``: a person decides; with no answer in time the default is hold fire."""

from collections.abc import Sequence

import msgspec
import numpy as np

from tdome.command.engagement.base import FireOutput, FireState
from tdome.command.engagement.draft import Draft, Flags, Said, magazines_of, no_engagements
from tdome.command.engagement.inbound import (
    expire,
    miss_reports,
    take_answers,
    take_reports,
    take_verdicts,
)
from tdome.command.engagement.outbound import order, update, withdraw
from tdome.command.engagement.recommending import open_engagements, proposals, recommendations
from tdome.command.engagement.sight import Sight
from tdome.command.engagement.telling import considered, grounds, reasons_now, refusals
from tdome.messages.codes import EngagementState as State
from tdome.messages.codes import Reason, code_set
from tdome.messages.fire import (
    EngagementReports,
    FirePlan,
    KillAssessments,
    OperatorDecisions,
    UnitStatus,
)
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.plan.plan import Plan

_REMEMBERED = code_set(Reason.OPERATOR_DENIED, Reason.UNIT_REFUSED, Reason.UNIT_SILENT)


class AuthorityController:
    """Engagement control: recommend, wait for a person, order once, follow to the end.

    States: RECOMMENDED -> AUTHORISED (approved, and ordered in the same step) -> LAUNCHED ->
    IN_FLIGHT -> TERMINAL (-> ASSESSED) -> CLOSED; from the first two also REFUSED. Nothing leaves
    REFUSED and CLOSED. A row holds a channel and its unspent rounds until TERMINAL; a refusal or
    an order to cease gives both back.

    The table stays small: closed rows are kept while their track lives, because shots at it are
    counted there; refused rows likewise if an operator or a unit refused, so that they are not
    asked again at once; other refused rows, and those of tracks that are gone, go one step after
    they were put on record.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def start(self, now: int) -> FireState:
        """Return the state with full magazines."""
        nothing, codes = np.zeros(0, np.int32), np.zeros(0, np.int8)
        table = no_engagements(now)
        stock, channels = self.plan.units.rounds.copy(), self.plan.units.channels.copy()
        site = np.zeros(len(stock), np.int32)
        return FireState(
            engagements=table,
            magazines=magazines_of(
                self.plan.units, Said(stock, channels, site), table, nothing, now
            ),
            next_number=1,
            told_track=nothing,
            told_reason=codes,
            stock=stock,
            channels=channels,
            site=site,
            last_word=np.full((len(stock), 2, 2), -1, np.int64),
            ordered=codes,
            spent=nothing,
        )

    def fold(
        self,
        state: FireState,
        decisions: Sequence[OperatorDecisions],
        reports: Sequence[EngagementReports | UnitStatus],
        assessments: KillAssessments,
        now: int,
    ) -> FireState:
        """Take in what operators, units and kill assessment said, before fire is planned."""
        draft = Draft(state, now)
        take_answers(draft, decisions, self.plan.authority.persons)
        expire(draft)
        take_reports(draft, reports)
        miss_reports(draft)
        take_verdicts(draft, assessments)
        return draft.close(self.plan.units)

    def advance(
        self,
        state: FireState,
        fire_plan: FirePlan,
        tracks: SystemTracks,
        threats: Threats,
        now: int,
    ) -> tuple[FireState, FireOutput]:
        """Recommend what is chosen, order what is approved, update what flies, refuse the rest."""
        draft = Draft(state, now)
        sight = Sight(tracks, threats, state.engagements.track_number)
        withdraw(draft, self.plan, sight)
        orders = order(draft, sight)
        updates = update(draft, sight)
        found = proposals(draft, self.plan, fire_plan, tracks, threats)
        opened = open_engagements(self.plan, fire_plan, found.taken, state.next_number, now)
        told = reasons_now(state, fire_plan, found)
        said = FireOutput(
            considered=considered(fire_plan, told, found),
            recommendations=recommendations(opened),
            grounds=grounds(opened, tracks, threats),
            orders=orders,
            updates=updates,
            refusals=refusals(draft, told),
        )
        after = msgspec.structs.replace(
            draft.close(self.plan.units, keep=_kept(draft, sight), added=opened),
            next_number=state.next_number + len(opened),
            told_track=told.track,
            told_reason=told.reason,
        )
        return after, said


def _kept(draft: Draft, sight: Sight) -> Flags:
    """Rows that are still needed, or were not yet put on record as ended."""
    fresh = draft.state_at == draft.now
    remembered = (draft.state == State.REFUSED) & _REMEMBERED[draft.reason]
    ended = (draft.state == State.CLOSED) | remembered
    kept: Flags = ~draft.done | fresh | (ended & sight.alive)
    return kept
