"""``tdome calibrate``: how far a screening agrees with full runs, outcome by outcome."""

from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.text import Text

from tdome.app.screen import BAD, GOOD, err, say, show, table, write_json
from tdome.kernel.errors import ConfigError
from tdome.run.library import find_inputs
from tdome.run.screening.pairs import MARGIN, Agreement, agreements, full_rows
from tdome.run.screening.screen import compile_screen

EXAMPLES = """Examples
  tdome calibrate first-steps
  tdome calibrate heavy-rocket-salvo --replicates 8
  tdome calibrate my-scenario/ --plan other.toml --json"""

command = App(name="calibrate", help_epilogue=EXAMPLES)

_MILLION, _LONG = 1e6, 1e4
_STYLE = {"equal": GOOD, "corrected": "", "refused": BAD}


@command.default
def calibrate(
    scenario: str,
    *,
    plan: str | None = None,
    replicates: Annotated[int, Parameter(validator=Number(gte=2, lte=10_000))] = 6,
    seed: Annotated[int, Parameter(validator=Number(gte=0))] = 1,
    margin: Annotated[float, Parameter(validator=Number(gt=0.0, lte=1.0))] = MARGIN,
    json: bool = False,
) -> None:
    """Run the same seeds in full and as a screening, and compare each outcome.

    A full run takes 5 to 70 s of CPU, a screening about a millisecond. Nothing is kept.

    Parameters
    ----------
    scenario
        Bundled name, folder or TOML file.
    plan
        Plan file instead of the one that the scenario names.
    replicates
        Pairs: so many full runs are made.
    seed
        Of the first pair; the others follow on.
    margin
        Share of the mean of full runs within which a bias counts as none.
    json
        Print one JSON object and nothing else.
    """
    inputs = find_inputs(scenario, plan)
    seeds = range(seed, seed + replicates)
    with err().status("compiling the screening (its kernels for the first time only)") as status:
        screen = compile_screen(inputs)
        quick = screen.replicates(seeds)
        full = full_rows(
            inputs,
            seeds,
            lambda done, all_: status.update(f"full run {done + 1} of {all_}"),
        )
    found = agreements(screen, full, quick, margin)
    if not found:
        raise ConfigError(inputs.scenario_source, None, "", "no outcome to compare")
    if json:
        rows = msgspec.to_builtins(found)
        told = {"scenario": inputs.name, "digest": screen.digest, "replicates": replicates}
        write_json({**told, "margin": margin, "limits": screen.limits, "outcomes": rows})
        return
    _print(found, replicates)
    say("What the screening leaves out:")
    for word in screen.limits:
        say(f"  {word}")


def _print(found: list[Agreement], pairs: int) -> None:
    columns = ("full", "screen", "bias, 95 %", "corr", "verdict")
    made = table(f"Full runs against screening, {pairs} pairs", "outcome", *columns)
    for one in found:
        made.add_row(
            one.outcome,
            _figure(one.full),
            _figure(one.screen),
            f"{_figure(one.bias)} ± {_figure((one.high - one.low) / 2.0)}",
            "" if one.correlation is None else f"{one.correlation:.2f}",
            Text(one.verdict, style=_STYLE[one.verdict]),
        )
    made.caption = (
        "bias: full - screen; equal: within the margin (--margin) by two one-sided tests at 5 %; "
        "corrected: the bias can be taken out; refused: ask full runs"
    )
    show(made)


def _figure(value: float) -> str:
    if abs(value) >= _MILLION / 10.0:
        return f"{value / _MILLION:,.1f} M"
    return f"{value:,.0f}" if abs(value) >= _LONG else f"{value:.2f}"
