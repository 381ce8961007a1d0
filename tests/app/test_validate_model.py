"""``tdome validate-model`` as a person meets it; what it compares is tried in tests/analytic."""

from pathlib import Path

import pytest

from tdome.studies.validation import record
from tdome.studies.validation.forms.compare import Cell, Form
from tdome.studies.validation.rows import Estimate, Row

from .conftest import Tdome

HIT = Row(
    table="B", event="a kind", measure="intercepted", use="predicted", claimed="5 of 10",
    low=0.5, high=0.5, ours=Estimate(0.52, 0.4, 0.6, 30), of="referee",
)  # fmt: skip
MISS = Row(
    table="B", event="another", measure="intercepted", use="predicted", claimed="9 of 10",
    low=0.9, high=0.9, ours=Estimate(0.52, 0.4, 0.6, 30), of="referee", how="a bad model",
)  # fmt: skip


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [Cell("k .7, n 2", 0.91, 0.9, 0.88, 0.94), Cell("k .7, n 1", 0.7, 0.9, 0.68, 0.72)]
    form = Form(name="Barrage", section="5.1", code="referee", cells=cells)
    monkeypatch.setattr(record, "ukraine_rows", lambda _: [HIT, MISS])
    monkeypatch.setattr(record, "forms", lambda: [form])


def test_tables_with_words_for_hits_and_misses(tdome: Tdome) -> None:
    said = tdome("validate-model")
    assert said.code == 0
    for word in ("Table A", "Table B", "inside", "outside", "Closed forms", "1 of 2", "evidence"):
        assert word in said.out
    assert all(len(line) <= 100 for line in said.out.splitlines())


def test_one_part_alone(tdome: Tdome) -> None:
    said = tdome("validate-model", "--only", "a").out
    assert "Table A" in said
    assert "Table B" not in said
    assert "Closed forms" not in said


def test_json(tdome: Tdome) -> None:
    told = tdome("validate-model", "--json").json
    assert told["summary"]["predicted"]["inside"] >= 1
    verdicts = {row["event"]: row["verdict"] for row in told["rows"]}
    assert verdicts["a kind"] == "inside"
    assert verdicts["another"] == "outside"
    assert verdicts["Year 2020"] == "no case"
    assert told["forms"][0]["cells"][1]["ours"] == 0.9


def test_the_page_shows_misses_before_hits_and_other_code(
    tdome: Tdome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = record.recorded()
    old = record.msgspec.structs.replace(shipped.results[0], inputs="of something else")
    changed = record.Recorded(sources="other", results=[old, *shipped.results[1:]])
    monkeypatch.setattr(record, "recorded", lambda: changed)
    assert tdome("validate-model", "--out", tmp_path / "page.md").code == 0
    text = (tmp_path / "page.md").read_text("utf-8")
    assert f"**Stale:** recorded runs of {old.case}" in text
    assert "**Other code:**" in text
    misses, hits = text.index("**another, intercepted**"), text.index("| a kind | intercepted")
    assert misses < hits
    assert "A bad model." in text


def test_a_number_of_runs_that_there_is_not(tdome: Tdome) -> None:
    assert tdome("validate-model", "--replicates", "0").code == 2
