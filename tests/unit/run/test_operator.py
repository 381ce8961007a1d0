"""The operator's seat: a person decides, and with no answer in time the default is hold fire."""

from pathlib import Path

import numpy as np
import pytest

import tdome as td
from tdome.messages.base import Header
from tdome.messages.codes import Answer
from tdome.messages.fire import Recommendations
from tdome.run.api import simulate
from tdome.run.library import find_inputs
from tdome.run.operator import Operator, approve_all, decisions_of, deny_all, no_answer


def asked(rows: int) -> Recommendations:
    ints, longs = np.arange(rows, dtype=np.int32), np.zeros(rows, np.int64)
    return Recommendations(
        header=Header("command", 1, 5, 5),
        engagement=ints,
        track_number=ints,
        unit=ints,
        rounds=ints,
        launch_at=longs,
        intercept_at=longs,
        pk=np.zeros(rows, np.float32),
        marginal_return=np.zeros(rows),
        answer_by=longs,
    )


def test_some_answers() -> None:
    said = decisions_of(lambda _: [Answer.APPROVE, None, Answer.DENY], asked(3), 4)
    assert said is not None
    assert said.engagement.tolist() == [0, 2]
    assert said.answer.tolist() == [Answer.APPROVE, Answer.DENY]
    assert said.header.seq == 4


def test_no_answer_is_no_message() -> None:
    assert decisions_of(no_answer, asked(2), 1) is None


def test_a_wrong_number_of_answers_is_an_error() -> None:
    with pytest.raises(ValueError, match="1 answers to 2"):
        decisions_of(lambda _: [Answer.DENY], asked(2), 1)


@pytest.mark.parametrize("operator", [no_answer, deny_all])
def test_without_approval_nobody_fires(operator: Operator, tmp_path: Path) -> None:
    run = simulate(find_inputs("first-steps"), tmp_path / "r", seed=2, operator=operator)
    assert run.manifest.messages["Recommendations"] >= 1
    assert "EngagementOrders" not in run.manifest.messages
    assert run.outcome.totals["rounds_fired"] == 0
    assert run.outcome.totals["leaked"] == 1


def test_with_approval_somebody_does(tmp_path: Path) -> None:
    run = simulate(find_inputs("first-steps"), tmp_path / "r", seed=2, operator=approve_all)
    assert run.outcome.totals["rounds_fired"] > 0
    assert run.manifest.operator == "approve_all"


def test_the_public_verb(tmp_path: Path) -> None:
    run = td.run("first-steps", seed=2, out=tmp_path / "kept")
    assert (tmp_path / "kept" / "outcome.json").is_file()
    gone = td.run("first-steps", seed=2)
    assert gone.journal_hash == run.journal_hash
    pytest.importorskip("pandas")
    assert run.outcome.by_class.to_pandas()["launched"].sum() == 1
