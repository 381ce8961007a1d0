"""``tdome study``: vary plan and scenario, many replicates each, and say how sure the answer is."""

import math
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from tdome.app.progress import Counting
from tdome.app.screen import complain, counted, err, say, show, span, table, write_json
from tdome.kernel.errors import ConfigError
from tdome.run.record import claim_study, last_study
from tdome.studies.api import OVER, run_study
from tdome.studies.design.definition import Definition, read_study
from tdome.studies.design.shelf import shipped_studies
from tdome.studies.report.paper import find_browser, print_report
from tdome.studies.running.manifest import NAME
from tdome.studies.study import Study

EXAMPLES = """Examples
  tdome study --list                            the shipped studies
  tdome study magazine-depth --out studies/depth
  tdome study my-study.toml --workers 8
  tdome study my-study.toml --out studies/mine --resume
  tdome study my-study.toml --cluster tcp://10.0.0.1:8786
  tdome study my-study.toml --json | jq .means
  tdome study my-study.toml --out studies/mine --resume --pdf

STUDY is a shipped name or a TOML file: docs/concepts/studies/studies.md.
Ctrl-C or a crash loses what is being run at that moment, no more: the same
command with --resume goes on. Results are the same for any number of workers."""

_STARTING = "starting (a first run compiles kernels, some 20 s)"
_MOST_POINTS = 24

command = App(name="study", help_epilogue=EXAMPLES)


@command.default
def study(  # noqa: PLR0913  (a command's options)
    study: str | None = None,
    /,
    *,
    workers: Annotated[int | None, Parameter(validator=Number(gte=0, lte=4096))] = None,
    cluster: str | None = None,
    out: Path | None = None,
    resume: bool = False,
    pdf: bool = False,
    list: bool = False,  # noqa: A002  (the option's name)
    json: bool = False,
) -> None:
    """Run a study: design points, replicates of each, and intervals of what came out.

    Parameters
    ----------
    study
        A shipped name (see --list) or a TOML file.
    workers
        Processes on this machine; one for each core if not given, 0: none of its own.
    cluster
        Address of a Dask scheduler whose workers do it instead.
    out
        Folder to write, new or empty; if not given, the next free studies/NAME-SEED.
    resume
        Go on with a study that was stopped; in --out, or the last studies/NAME-SEED.
    pdf
        Print the report as report.pdf too, by a browser of this machine (Chromium, Chrome, Edge).
    list
        List the shipped studies.
    json
        Print one JSON object and nothing else.
    """
    if list:
        _list(json=json)
        return
    if study is None:
        raise ConfigError("study", None, "", "which study?", "tdome study --list shows some")
    browser = find_browser() if pdf else None  # asked before a long study, not after
    with err().status("reading (a first run compiles kernels)"):
        definition = read_study(study)
    folder = out or _folder(definition, resume=resume)
    try:
        with Counting(err(), _STARTING, "replicates") as counting:
            done = run_study(
                definition,
                folder,
                workers=workers,
                cluster=cluster,
                resume=resume,
                progress=lambda at: counting(*at),
            )
    except KeyboardInterrupt:
        if (folder / NAME).is_file():
            complain(f"what is done is kept: tdome study {study} --out {folder} --resume goes on")
        raise
    if browser is not None:
        print_report(done.folder, browser)
    if json:
        write_json(done.as_dict())
    else:
        _report(done, pdf=pdf)


def _folder(definition: Definition, *, resume: bool) -> Path:
    find = last_study if resume else claim_study
    return find(definition.file.name, definition.file.design.seed)


def _report(done: Study, *, pdf: bool) -> None:
    say(f"{done.name}: {done.file.question}".rstrip(": "), "bold")
    say("")
    for measure in done.main_measures:
        made = table(measure, "point", "n", "mean", "95 % from", "to")
        for row in done.mean(measure).slice(0, _MOST_POINTS).to_pylist():
            numbers = (_short(row[key]) for key in ("mean", "low", "high"))
            made.add_row(row["label"], str(row["n"]), *numbers)
        if len(done.labels) > _MOST_POINTS:
            made.caption = f"the first {_MOST_POINTS} of {len(done.labels)} points"
        show(made)
    _extras(done)
    loose = sum(status != "tight" for _, status, _ in done.ends)
    if done.file.stop is not None and loose:
        say(f"Not tight  {counted(loose, 'point')} ended before the interval was as asked")
    if done.about["status"] == OVER:
        say("Budget     used up: fewer replicates than the design asks for")
    say(f"Replicates {len(done.table):,} of {counted(len(done.labels), 'design point')}")
    say(f"Time       {span(done.about['seconds'])}, all sessions together")
    say(f"Digest     {done.digest}: the same for any number of workers")
    say("")
    say(f"Study folder: {done.folder}", "bold")
    say(f"  {done.folder}/report.html     what came out, what drives it, what to doubt")
    if pdf:
        say(f"  {done.folder}/report.pdf      the same on paper")
    say(f"  {done.folder}/table.parquet   one row for each replicate; points.parquet its factors")


def _extras(done: Study) -> None:
    """Show what only some studies have: rare events, costs of mixes, differences, Sobol indices."""
    if "rare" in done.measures:
        _rare(done)
    if done.file.lines:
        _mixes(done)
    against = None if done.file.stop is None else done.file.stop.against
    for measure in () if against is None else done.main_measures:
        made = table(f"{measure}, less {against}", "point", "n", "mean", "95 % from", "to")
        for row in done.differences(measure).slice(0, _MOST_POINTS).to_pylist():
            numbers = (_short(row[key]) for key in ("mean", "low", "high"))
            made.add_row(row["label"], str(row["n"]), *numbers)
        show(made)
    for measure in done.main_measures if done.file.design.kind == "saltelli" else ():
        heads = ("factor", "first", "95 % from", "to", "total", "95 % from", "to")
        made = table(f"What drives the mean of {measure} (Sobol indices)", *heads)
        for row in done.sobol(measure).to_pylist():
            name, *numbers = row.values()
            made.add_row(name, *(f"{share:.3f}" for share in numbers))
        show(made)


def _mixes(done: Study) -> None:
    made = table("Same money, million USD", "point", "spent", "left", "at low prices", "at high")
    for row in done.points.slice(0, _MOST_POINTS).to_pylist():
        keys = ("spent", "left", "spent.low", "spent.high")
        made.add_row(row["label"], *(_short(row[key] / 1e6) for key in keys))
    show(made)


def _rare(done: Study) -> None:
    asked = done.file.rare
    above = "" if asked is None or asked.above is None else f" above {asked.above:g}"
    title = f"P({asked.measure}{above}), by splitting" if asked is not None else "rare"
    made = table(
        title, "point", "trees", "probability", "95 % from", "to", "plain", "cost", "saved"
    )
    for row in done.rare().slice(0, _MOST_POINTS).to_pylist():
        numbers = (_short(row[key]) for key in ("probability", "low", "high"))
        factors = (_short(row[key]) for key in ("cost", "saved"))
        made.add_row(row["label"], str(row["n"]), *numbers, str(row["plain"]), *factors)
    made.caption = "plain: runs that came to it; cost of a tree in runs; saved against plain runs"
    show(made)


def _short(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "-"


def _list(*, json: bool) -> None:
    studies = shipped_studies()
    rows = [
        {"name": name, "scenario": file.scenario, "question": file.question}
        for name, file in studies.items()
    ]
    if json:
        write_json(rows)
        return
    made = table("Shipped studies", "name", "scenario", "question", texts=3)
    for row in rows:
        made.add_row(*row.values())
    show(made)
