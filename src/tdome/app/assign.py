"""``tdome assign``: rounds to threats, with a proof of how good the plan is."""

from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.table import Table

from tdome.app.screen import counted, err, say, show, table, write_json
from tdome.kernel.errors import ConfigError
from tdome.run.assignment.api import TIME, Assignment, assign_instance
from tdome.run.assignment.families import named
from tdome.run.assignment.files import read_instance
from tdome.run.assignment.instance import Instance

EXAMPLES = """Examples
  tdome assign instance.txt
  tdome assign instance.parquet --time 60 --gap 0.001
  tdome assign ranges:12x40x4
  tdome assign instance.json --out plan.json --json | jq .objective

INSTANCE is a file: one of the two public text forms, .json or .parquet; or
FAMILY:TYPESxTHREATS[xROUNDS][:SEED], which makes one: ahuja, uniform,
andersen, clustered, ranges. --out writes the plan: .json with the dual prices
that prove the bound, .parquet with its rows alone.
See docs/concepts/assignment/exact.md."""

_MOST_ROWS = 20

command = App(name="assign", help_epilogue=EXAMPLES)


@command.default
def assign(
    instance: str,
    *,
    time: Annotated[float, Parameter(validator=Number(gte=0.0, lte=1e6))] = TIME,
    gap: Annotated[float, Parameter(validator=Number(gte=0.0, lt=1.0))] = 0.0,
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Assign rounds to threats so that the least value leaks, and prove it.

    Parameters
    ----------
    instance
        A file, or a family with sizes; see below.
    time
        Seconds after which the best plan so far is returned; 10 if not given.
    gap
        Relative gap between plan and bound at which to stop; 0 if not given.
    out
        A new .json or .parquet file for the plan.
    json
        Print one JSON object and nothing else.
    """
    if out is not None:
        _free(out)
    with err().status("assigning (kernels are compiled in a first run)"):
        problem = named(instance) or read_instance(instance)
        found = assign_instance(problem, time=time, gap=gap)
    if out is not None:
        _write(found, out)
    if json:
        write_json(found.as_dict())
        return
    _report(problem, found)
    if out is not None:
        say(f"Written    {out}")


def _report(problem: Instance, found: Assignment) -> None:
    rounds = int(found.plan[:, 2].sum())
    say(
        f"{counted(problem.types, 'type')}, {counted(int(problem.rounds.sum()), 'round')}, "
        f"{counted(problem.threats, 'threat')}: {rounds:,} rounds assigned, {found.status}",
        "bold",
    )
    say("")
    value = float(problem.values.sum())
    saved = 100.0 * (1.0 - found.objective / value) if value > 0.0 else 0.0
    say(f"Leaks      {found.objective:.9g} of {value:.9g} ({saved:.4g} % saved)")
    say(f"Bound      {found.bound:.9g}: no plan leaks less (gap {found.gap:.2g})")
    say(f"Time       {found.seconds:.3g} s")
    say("")
    if len(found.plan):
        show(_plan(problem, found))


def _plan(problem: Instance, found: Assignment) -> Table:
    """Return the threats that cost most, with their rounds and what is left of them."""
    kept = problem.values.copy()
    kind, threat, rounds = found.plan.T
    np.multiply.at(kept, threat, (1.0 - problem.kill_probability[kind, threat]) ** rounds)
    made = table("Plan", "threat", "value", "leaks", "rounds x type")
    for j in np.argsort(-problem.values, kind="stable")[:_MOST_ROWS]:
        given = ", ".join(f"{n} x {i}" for i, t, n in found.plan if t == j)
        made.add_row(str(j), f"{problem.values[j]:g}", f"{kept[j]:.4g}", given or "none")
    if problem.threats > _MOST_ROWS:
        made.caption = f"the dearest {_MOST_ROWS} threats; --json and --out have the whole plan"
    return made


def _free(out: Path) -> None:
    if out.suffix not in {".json", ".parquet"}:
        problem = f"{out.suffix or 'no ending'} is not known"
        raise ConfigError(str(out), None, "out", problem, ".json or .parquet")
    if out.exists():
        raise ConfigError(str(out), None, "out", "is there already", "name another file")


def _write(found: Assignment, out: Path) -> None:
    try:
        if out.suffix == ".json":
            told = found.as_dict(certificate=True)
            out.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
        else:
            columns = dict(zip(("type", "threat", "rounds"), found.plan.T, strict=True))
            pq.write_table(pa.table(columns), out)
    except OSError as fault:
        problem = f"can not be written: {fault.strerror or fault}"
        raise ConfigError(str(out), None, "out", problem) from None
