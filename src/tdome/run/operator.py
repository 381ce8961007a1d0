"""The operator's seat of a run: a person decides, or a rule that stands in for one.

An operator is any callable ``(recommendations) -> one Answer or None per row``; None means no
answer, and with no answer in time the default is hold fire. In a simulated run the answer arrives
``plan.authority.answer_time_s`` later.
"""

from collections.abc import Callable, Sequence

import numpy as np

from tdome.messages.base import Header
from tdome.messages.codes import Answer
from tdome.messages.fire import OperatorDecisions, Recommendations

Operator = Callable[[Recommendations], Sequence[Answer | None]]


def approve_all(recommendations: Recommendations) -> Sequence[Answer | None]:
    """Approve every recommendation: the default seat of a simulated run, named in its manifest."""
    return [Answer.APPROVE] * len(recommendations)


def deny_all(recommendations: Recommendations) -> Sequence[Answer | None]:
    """Deny every recommendation."""
    return [Answer.DENY] * len(recommendations)


def no_answer(recommendations: Recommendations) -> Sequence[Answer | None]:
    """Never answer: every recommendation must end as hold fire."""
    return [None] * len(recommendations)


def decisions_of(
    operator: Operator, asked: Recommendations, seq: int, person: int = 1
) -> OperatorDecisions | None:
    """Ask the operator; None where nothing was answered. The door stamps the time of receipt.

    ``person``: which of those who must approve; a rule that stands in for one stands in for each.
    """
    answers = operator(asked)
    if len(answers) != len(asked):
        raise ValueError(f"the operator gave {len(answers)} answers to {len(asked)} questions")
    given = [row for row, answer in enumerate(answers) if answer is not None]
    if not given:
        return None
    seat = "operator" if person == 1 else f"operator-{person}"
    name = f"{seat}:{getattr(operator, '__name__', type(operator).__name__)}"
    codes = [answer.value for answer in answers if answer is not None]
    return OperatorDecisions(
        header=Header(name, seq, asked.header.valid_at, 0),
        operator=name,
        engagement=asked.engagement[given],
        answer=np.array(codes, np.int8),
    )
