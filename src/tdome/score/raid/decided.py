"""How many decisions a run took, and who took them: counts of engagements by what became of them.

recommended: put before the operator. approved, denied: answered so (by anybody). unanswered: no
answer came: the default is hold fire. ordered, ceased: orders to engage and to cease. refused:
orders that a fire unit did not carry out.
"""

import numpy as np

from tdome.messages.base import Message
from tdome.messages.codes import Answer, EngagementState, OrderKind
from tdome.messages.fire import (
    EngagementOrders,
    EngagementReports,
    OperatorDecisions,
    Recommendations,
)
from tdome.score.evidence import Evidence

READ: tuple[type[Message], ...] = (
    *(Recommendations, OperatorDecisions),
    *(EngagementOrders, EngagementReports),
)

COUNTS = ("recommended", "approved", "denied", "unanswered", "ordered", "ceased", "refused")


def decision_counts(evidence: Evidence) -> dict[str, int]:
    """Return the counts of a run."""

    def engagements(kind: type[Message], column: str = "", code: int = 0) -> set[int]:
        numbers = evidence.column(kind, "engagement")
        if column:
            numbers = numbers[evidence.column(kind, column) == code]
        return set(np.asarray(numbers, np.int64).tolist())

    asked = engagements(Recommendations)
    approved = engagements(OperatorDecisions, "answer", Answer.APPROVE)
    denied = engagements(OperatorDecisions, "answer", Answer.DENY)
    return {
        "recommended": len(asked),
        "approved": len(approved),
        "denied": len(denied),
        "unanswered": len(asked - approved - denied),
        "ordered": len(engagements(EngagementOrders, "kind", OrderKind.ENGAGE)),
        "ceased": len(engagements(EngagementOrders, "kind", OrderKind.CEASE_ENGAGEMENT)),
        "refused": len(engagements(EngagementReports, "state", EngagementState.REFUSED)),
    }
