"""What can be asked of a run folder: ``tdome replay`` and ``tdome explain``."""

import shutil
from pathlib import Path

import pytest

from tdome.app.condense import MOST_ROWS, condensed
from tdome.score.story import Line

from .conftest import Tdome, is_one_line_of_complaint


def test_a_replay_is_equal(tdome: Tdome, finished: Path) -> None:
    said = tdome("replay", finished)
    assert said.code == 0
    assert said.out.startswith("Equal")
    found = tdome("replay", finished, "--json").json
    assert found["equal"]
    assert found["recorded"] == found["replayed"]


def test_a_replay_with_another_plan_differs(tdome: Tdome, finished: Path) -> None:
    plan = finished / "inputs" / "plan.toml"
    with plan.open("a", encoding="utf-8") as file:
        file.write('\n[doctrine]\nweapon_control = "hold"\n')
    said = tdome("replay", finished)
    assert said.code == 5
    assert said.out.startswith("Differs")
    assert not tdome("replay", finished, "--json").json["equal"]


def test_a_journal_that_was_cut_short_has_nothing_to_compare(tdome: Tdome, finished: Path) -> None:
    _cut(finished / "journal.mcap")
    said = tdome("replay", finished)
    assert said.code == 3
    assert is_one_line_of_complaint(said)


def test_a_cut_journal_is_explained_up_to_where_it_ends(tdome: Tdome, finished: Path) -> None:
    _cut(finished / "journal.mcap")
    shutil.rmtree(finished / "ledger")
    said = tdome("explain", finished, "T1")
    assert said.code == 0
    assert "cut short" in said.out
    assert "not on record" in said.out


def _cut(journal: Path) -> None:
    journal.write_bytes(journal.read_bytes()[:-64])


@pytest.mark.parametrize("command", [("replay",), ("explain", "T1")])
def test_what_is_not_a_run_is_told(tdome: Tdome, command: tuple[str, ...], finished: Path) -> None:
    name, *rest = command
    missing = tdome(name, finished.with_name("a-rum"), *rest)
    assert missing.code == 2
    assert is_one_line_of_complaint(missing)
    assert f"nearest run: {finished}" in missing.err
    other = tdome(name, finished / "inputs", *rest)
    assert other.code == 2
    assert is_one_line_of_complaint(other)
    assert "not a run folder" in other.err


def test_the_story_of_a_track_goes_from_plot_to_truth(tdome: Tdome, finished: Path) -> None:
    said = tdome("explain", finished, "T1")
    assert said.code == 0
    for topic in ("Plots", "track", "threat", "option", "recommended", "operator", "order"):
        assert topic in said.out
    for topic in ("report", "assessment", "warning", "Truth", "srbm", "impact in"):
        assert topic in said.out
    assert len(said.out) < len(tdome("explain", finished, "T1", "--full").out)


def test_an_engagement_can_be_asked_for(tdome: Tdome, finished: Path) -> None:
    story = tdome("explain", finished, "E1", "--json").json
    assert story["engagements"] == [1]
    assert story["complete"]
    assert [line["at"] for line in story["lines"]] == sorted(line["at"] for line in story["lines"])


@pytest.mark.parametrize("subject", ["T4711", "E4711", "missile"])
def test_an_unknown_subject_is_told(tdome: Tdome, finished: Path, subject: str) -> None:
    said = tdome("explain", finished, subject)
    assert said.code == 2
    assert is_one_line_of_complaint(said)


def lines(topic: str, *texts: str) -> list[Line]:
    return [Line(at=at, topic=topic, text=text) for at, text in enumerate(texts)]


def test_repetitions_are_thinned_out_but_changes_stay() -> None:
    texts = [f"confirmed, quality {n}" for n in range(50)]
    texts[30:] = [f"coasting, quality {n}" for n in range(20)]
    kept = condensed(lines("track", *texts))
    assert len(kept) == MOST_ROWS
    assert [kept[0].at, kept[-1].at] == [0, 49]
    assert any(line.at == 30 for line in kept)
    assert kept == sorted(kept, key=lambda line: line.at)


def test_rows_that_say_the_same_are_told_first_and_last() -> None:
    kept = condensed(lines("update", *["E1: predicted intercept point updated"] * 30))
    assert [line.at for line in kept] == [0, 29]


def test_a_refusal_does_not_repeat_the_option_that_it_stems_from() -> None:
    option = Line(at=1, topic="option", text="no engagement: HARMLESS")
    same, other = (Line(at=at, topic="refusal", text="all units: HARMLESS") for at in (1, 2))
    assert condensed([option, same, other]) == [option, other]


def test_what_happens_once_is_always_told() -> None:
    texts = [f"E{n}: ENGAGE to battery" for n in range(40)]
    assert condensed(lines("order", *texts)) == lines("order", *texts)


def test_units_refused_for_the_same_reason_are_told_together() -> None:
    told = [
        Line(at=1, topic="option", text="a: 1 round(s), pk 0.80, return 3: CHOSEN"),
        Line(at=1, topic="option", text="b: 0 round(s), pk 0.00, return 0: NO_ROUNDS"),
        *(Line(at=1, topic="option", text=f"{unit}: NO_ROUNDS") for unit in "cdefg"),
        Line(at=2, topic="option", text="no engagement: HARMLESS"),
    ]
    assert [line.text for line in condensed(told)] == [
        told[0].text,
        "NO_ROUNDS: b, c, d and 3 more",
        "no engagement: HARMLESS",
    ]
