"""The contract of a policy, for whoever writes one: ``check_policy(mine, inputs)``.

A study takes it for granted that a replicate depends on its seed alone. So a policy must answer
alike whenever it is asked, in whatever company and order, and leave what it is given as it is.
"""

from collections.abc import Sequence

import numpy as np

from tdome.messages.base import Floats, Longs
from tdome.run.library import Inputs
from tdome.run.screening.loop.options import Options
from tdome.run.screening.policy import Asked, Policy, asked
from tdome.run.screening.screen import Columns, compile_screen

SEEDS = (1, 2, 3, 4, 5, 6, 7, 8)
_KEPT = 64  # questions that are asked again


def check_policy(policy: Policy, inputs: Inputs, seeds: Sequence[int] = SEEDS) -> None:
    """Check a policy on replicates of a scenario. Raises AssertionError with what it breaks.

    Scores are numbers, rounds can be fired (else TdomeError, in a study too); the same answers
    again, in another order of options, and alone; the same replicates alone and in company; no
    option is changed.
    """
    screen, ask = compile_screen(inputs), asked(policy)
    questions: list[Options] = []

    def watched(options: Options) -> tuple[Floats, Longs]:
        before = options.copy()
        answer = ask(options)
        _expect(_untouched(options, before), "leaves its options as they are")
        if len(questions) < _KEPT:
            questions.append(before)
        return answer

    together = screen.answered(seeds, watched)
    _expect(questions, f"is asked at all: no option in {inputs.name!r} with seeds {seeds}")
    for question in questions:
        _check_answers(ask, question)
    _expect_same(screen.answered(seeds, ask), together, "answers alike when all is played again")
    turned = screen.answered(list(seeds)[::-1], ask)
    backward = {name: column[::-1] for name, column in turned.items()}
    _expect_same(backward, together, "knows no order of replicates")
    for k, seed in enumerate(seeds):
        alone = screen.answered([seed], ask)
        of = {name: column[k : k + 1] for name, column in together.items()}
        _expect_same(alone, of, "answers alike alone and in company")


def _check_answers(ask: Asked, question: Options) -> None:
    score, rounds = (np.array(part) for part in ask(question.copy()))
    again = ask(question.copy())
    _expect(np.array_equal(score, again[0]), "answers alike when it is asked again")
    _expect(np.array_equal(rounds, again[1]), "answers alike when it is asked again")
    turned = ask(question[::-1].copy())
    _expect(np.array_equal(turned[0][::-1], score), "knows no order of options")
    _expect(np.array_equal(turned[1][::-1], rounds), "knows no order of options")
    for s in np.unique(question["replicate"]).tolist():
        of = question["replicate"] == s
        alone = question[of].copy()
        alone["replicate"] = 0
        part = ask(alone)
        _expect(np.array_equal(part[0], score[of]), "answers a replicate by its own options")
        _expect(np.array_equal(part[1], rounds[of]), "answers a replicate by its own options")


def _untouched(options: Options, before: Options) -> bool:
    """Tell whether the options are the same; the loop over a compiled score sets two columns."""
    names = [name for name in before.dtype.names or () if name not in {"rounds", "kill"}]
    return all(np.array_equal(options[name], before[name]) for name in names)


def _expect_same(found: Columns, wanted: Columns, promise: str) -> None:
    for name, column in wanted.items():
        _expect(np.array_equal(found[name], column), f"{promise}: {name}")


def _expect(holds: object, promise: str) -> None:
    if not holds:
        raise AssertionError(f"a policy {promise}")
