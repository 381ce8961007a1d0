"""What comes in about engagements: answers of operators, reports of fire units, verdicts."""

from collections.abc import Sequence

import numpy as np

from tdome.command.engagement.draft import Draft, Flags
from tdome.messages.codes import Answer, Reason, Verdict
from tdome.messages.codes import EngagementState as State
from tdome.messages.fire import EngagementReports, KillAssessments, OperatorDecisions, UnitStatus

SILENT_AFTER = 10_000_000_000  # ns after a launch was due: its report should have come by then
_FLYING = (State.AUTHORISED, State.LAUNCHED, State.IN_FLIGHT)


def take_answers(draft: Draft, decisions: Sequence[OperatorDecisions], persons: int = 1) -> None:
    """Approve or refuse what is asked; too late an answer is none. A denial beats an approval.

    Approved is what ``persons`` different people have approved, each of them in time.
    """
    for message in sorted(decisions, key=lambda m: (m.header.received_at, m.operator)):
        for number, answer in zip(message.engagement, message.answer, strict=True):
            row = draft.row(number)
            if row < 0 or message.header.received_at > draft.table.answer_by[row]:
                continue
            asked = draft.state[row] == State.RECOMMENDED
            pending = draft.state[row] == State.AUTHORISED and draft.ordered[row] == 0
            if answer == Answer.DENY and (asked or pending):
                draft.move(row, State.REFUSED, Reason.OPERATOR_DENIED)
            elif answer == Answer.APPROVE and asked:
                draft.approvers[int(number)] = draft.approvers.get(int(number), frozenset()) | {
                    message.operator
                }
                if len(draft.approvers[int(number)]) >= persons:
                    draft.move(row, State.AUTHORISED)


def expire(draft: Draft) -> None:
    """Hold fire where nobody answered in time."""
    late = (draft.state == State.RECOMMENDED) & (draft.now > draft.table.answer_by)
    draft.move(late, State.REFUSED, Reason.NO_ANSWER_IN_TIME)


def take_reports(draft: Draft, reports: Sequence[EngagementReports | UnitStatus]) -> None:
    """Follow what fire units say, in the order in which they said it, not in which it came.

    Their last word on rounds left replaces what we believed, whatever else the report says; of
    words of one instant that of the status, which is told when all else is done. A launch, an end
    or a refusal counts, late or not, for an engagement that was ordered and has not ended.
    """
    flown = (draft.state == State.LAUNCHED) & (draft.state_at < draft.now)
    draft.move(flown, State.IN_FLIGHT)
    for message in sorted(
        reports, key=lambda m: (m.header.valid_at, m.header.source, m.header.seq)
    ):
        if isinstance(message, UnitStatus):
            _take_status(draft, message)
        else:
            _take_report(draft, message)


def _news(draft: Draft, message: EngagementReports | UnitStatus) -> Flags:
    """Tell which units had not said anything of this kind later; put it down as their last word.

    Sets what they say of their rounds, where no word of the other kind is later.
    """
    kind = int(isinstance(message, UnitStatus))
    heard = draft.last_word[message.unit]
    at, seq = message.header.valid_at, message.header.seq
    own, other = heard[:, kind], heard[:, 1 - kind, 0]
    news = (at > own[:, 0]) | ((at == own[:, 0]) & (seq >= own[:, 1]))
    draft.last_word[message.unit[news], kind] = at, seq
    latest: Flags = news & ((at >= other) if kind else (at > other))
    draft.stock[message.unit[latest]] = message.rounds_left[latest]
    return news


def _take_status(draft: Draft, status: UnitStatus) -> None:
    news = _news(draft, status)
    units, working = status.unit[news], np.where(status.operating, status.channels, 0)
    draft.channels[units] = working[news]
    draft.site[units] = status.site[news]
    _give_up(draft, status, news)


def _give_up(draft: Draft, status: UnitStatus, news: Flags) -> None:
    """Refuse what units that are down had not fired; without a channel nobody guides the rest."""
    down = news & (status.operating == 0)
    ordered = draft.ordered == 1
    waiting = ordered & np.isin(draft.table.unit, status.unit[down])
    waiting &= draft.state == State.AUTHORISED
    draft.move(waiting, State.REFUSED, Reason.UNIT_DOWN)
    flying = ordered & np.isin(draft.table.unit, status.unit[down & (status.channels == 0)])
    flying &= np.isin(draft.state, (State.LAUNCHED, State.IN_FLIGHT))
    draft.move(flying, State.CLOSED, Reason.UNIT_DOWN)


def miss_reports(draft: Draft) -> None:
    """Give up what was ordered of a unit that has not told of a launch when it was long due."""
    unheard = (draft.state == State.AUTHORISED) & (draft.ordered == 1)
    late = draft.now > draft.table.launch_at + SILENT_AFTER
    draft.move(unheard & late, State.REFUSED, Reason.UNIT_SILENT)


def _take_report(draft: Draft, message: EngagementReports) -> None:
    _news(draft, message)
    for k in range(len(message)):
        row = draft.row(message.engagement[k])
        if row < 0:
            continue
        draft.spent[row] += message.rounds[k]
        state = draft.state[row]
        if draft.ordered[row] == 0 or state not in _FLYING:
            continue
        if message.state[k] == State.TERMINAL:
            draft.move(row, State.TERMINAL)
        elif message.state[k] == State.LAUNCHED and state == State.AUTHORISED:
            draft.move(row, State.LAUNCHED)
        elif message.state[k] == State.REFUSED and state == State.AUTHORISED:
            draft.move(row, State.REFUSED, Reason.UNIT_REFUSED)


def take_verdicts(draft: Draft, assessments: KillAssessments) -> None:
    """Close what is judged; what is undetermined waits as ASSESSED for a later verdict."""
    for number, verdict in zip(assessments.engagement, assessments.verdict, strict=True):
        row = draft.row(number)
        if row < 0 or draft.ordered[row] == 0:
            continue
        if verdict != Verdict.UNDETERMINED:
            draft.move(row, State.CLOSED, verdict=Verdict(verdict))
        elif draft.state[row] != State.ASSESSED:
            draft.move(row, State.ASSESSED)
