"""``tdome validate-model``: our cases against public claims and closed forms, misses and all."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.table import Table
from rich.text import Text

from tdome.app.screen import BAD, GOOD, QUIET, err, say, show, table, write_json
from tdome.kernel.errors import ConfigError
from tdome.studies.validation.page import ours, page, public
from tdome.studies.validation.record import Record, validate
from tdome.studies.validation.recorded import Recorded
from tdome.studies.validation.rows import INSIDE, NO_CASE, NOT_RUN

EXAMPLES = """Examples
  tdome validate-model                       what is on record, nothing simulated
  tdome validate-model --out validation.md   the same as a page
  tdome validate-model --only a              engagements over Israel, at once
  tdome validate-model --replicates 8 --workers 2
  tdome validate-model --json | jq .summary"""

command = App(name="validate-model", help_epilogue=EXAMPLES)

_STYLES = {INSIDE: GOOD, NO_CASE: QUIET, NOT_RUN: QUIET}


@command.default
def validate_model(  # noqa: PLR0913  (the options of a command)
    *,
    out: Path | None = None,
    replicates: Annotated[int | None, Parameter(validator=Number(gte=1, lte=1000))] = None,
    workers: Annotated[int, Parameter(validator=Number(gte=1, lte=256))] = 1,
    runs: Path = Path("runs/validation"),
    record: Path | None = None,
    only: Literal["a", "b", "forms"] | None = None,
    json: bool = False,
) -> None:
    """Hold our cases against published engagements and closed forms, and say where we miss.

    Parameters
    ----------
    out
        Write the whole record as a page (Markdown), with sources and reasons.
    replicates
        Simulate so many runs of each case (CPU minutes each), beside what this code has on record
        or in --runs; without it nothing is simulated, and runs of other code are shown.
    workers
        Processes that simulate; the results are the same for any number.
    runs
        Folder of results, one file a run and one folder for each code: a call that was stopped
        goes on from there.
    record
        Write the results as one file, to be shipped as recorded.json.
    only
        One part: table A (a second), table B, or the closed forms.
    json
        Print one JSON object and nothing else.
    """
    if only is not None and (out is not None or record is not None):
        asked = "out" if record is None else "record"
        raise ConfigError("only", None, asked, "it holds all parts", "leave --only away")
    with err().status("loading") as status:
        made, found = validate(replicates, workers, runs, status.update, only or "")
    if record is not None:
        told = Recorded(sources=made.recorded_by, predicted=made.summary(), results=found)
        kept = msgspec.json.encode(told)
        record.write_bytes(msgspec.json.format(kept, indent=1) + b"\n")
    if out is not None:
        out.write_text(page(made), "utf-8")
    if json:
        write_json(_told(made))
        return
    parts = {"a": _claims(made, "A"), "b": _claims(made, "B"), "forms": _forms(made)}
    show(*(part for name, part in parts.items() if only in {None, name}))
    for use in ("predicted", "calibrated", "control"):
        inside, rows = made.of(use)
        if rows:
            say(f"{use}: {inside} of {rows} rows inside{_MEANS[use]}")
    for line in _doubts(made):
        say(line, BAD)


_MEANS = {
    "predicted": ", the evidence for and against",
    "calibrated": ", which is no evidence",
    "control": ": independent rounds of one kill probability must fail",
}


def _doubts(made: Record) -> list[str]:
    told = []
    if made.stale:
        told.append(f"stale, left out: {', '.join(made.stale)} (other inputs than recorded)")
    if made.sources != made.recorded_by:
        told.append(f"runs on record are of other code ({made.recorded_by}): --replicates renews")
    return told


def _claims(made: Record, name: str) -> Table:
    title = {"A": "Table A: engagements over Israel", "B": "Table B: Ukraine"}[name]
    shown = table(title, "row", "use", "public", "ours (95 %)", "verdict", texts=2)
    for row in made.rows:
        if row.table != name or row.verdict == NO_CASE:
            continue
        verdict = Text(row.verdict, style=_STYLES.get(row.verdict, BAD))
        shown.add_row(
            *(f"{row.event}: {row.measure}", row.use, public(row), ours(row.ours, row.of)), verdict
        )
    shown.caption = "calibrated rows went into parameters: being inside is no evidence"
    return shown


def _forms(made: Record) -> Table:
    shown = table(
        "Closed forms", "benchmark", "our code", "inside", "formula", "ours", texts=2
    )  # fmt: skip
    for form in made.forms:
        inside = f"{len(form.cells) - len(form.missed)} of {len(form.cells)}"
        worst = form.worst
        style = BAD if form.missed else GOOD
        shown.add_row(
            *(form.name, form.code, Text(inside, style=style)),
            *(f"{worst.reference:.4g}", f"{worst.ours:.4g}"),
        )
    shown.caption = "formula, ours: of the cell that is farthest off, for its width"
    return shown


def _told(made: Record) -> dict[str, object]:
    rows = [
        {**msgspec.to_builtins(row), "verdict": row.verdict, "why": made.note(row)}
        for row in made.rows
    ]
    counts = {use: dict(zip(("inside", "of"), made.of(use), strict=True)) for use in _MEANS}
    about = {"stale": made.stale, "sources": made.sources, "recorded_by": made.recorded_by}
    forms = msgspec.to_builtins(made.forms)
    return {"summary": counts | about, "rows": rows, "forms": forms, "inputs": made.inputs}
