"""``tdome run``: simulate a scenario and show what came of it."""

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter, Token
from cyclopts.validators import Number

from tdome.app.progress import SimulatedTime
from tdome.app.screen import complain, err, say, show, span, write_json
from tdome.app.tables import outcome_tables, summary
from tdome.kernel.errors import TdomeError
from tdome.kernel.jit import cache_folder
from tdome.run.api import LAST_SEED, simulate
from tdome.run.library import find_inputs
from tdome.run.record import Run, claim_folder

EXAMPLES = """Examples
  tdome run first-steps                      a bundled scenario
  tdome run taiwan-layered --seed 7          other weather, other luck
  tdome run my/scenario.toml --plan thin.toml --out results/thin
  tdome run drone-swarm --json | jq .outcome.totals"""


_MOST_DIGITS = 40


command = App(name="run", help_epilogue=EXAMPLES)


def _whole(_: type, tokens: Sequence[Token]) -> int:
    """Read digits only: by itself cyclopts rounds 1.5, so that two seeds are one."""
    digits = tokens[0].value
    if len(digits) > _MOST_DIGITS or not re.fullmatch(r"[-+]?[0-9]+", digits):
        raise ValueError(f"expected a whole number, got {digits[:_MOST_DIGITS]!r}")
    return int(digits)


@command.default
def run(
    scenario: str,
    /,
    *,
    plan: Path | None = None,
    seed: Annotated[int, Parameter(converter=_whole, validator=Number(gte=0, lte=LAST_SEED))] = 1,
    out: Path | None = None,
    json: bool = False,
    wire: bool = False,
) -> None:
    """Simulate a scenario from the first plot to the outcome, and keep the whole run in a folder.

    Parameters
    ----------
    scenario
        A bundled name (see `tdome scenarios`), a folder with scenario.toml, or a TOML file.
    plan
        Plan file to use instead of the one that the scenario names.
    seed
        Of all randomness, 1 if not given; the same seed is the same weather and luck for any plan.
    out
        Folder to write, new or empty; if not given, the next free runs/SCENARIO-SEED.
    json
        Print the outcome as one JSON object and nothing else.
    wire
        Encode and decode every message on its way; must change nothing.
    """
    with SimulatedTime(err(), "preparing") as progress:
        done = _simulated(scenario, plan, out, seed, progress, wire=wire)
    if json:
        write_json(_as_dict(done))
    else:
        _report(done)


def _simulated(
    scenario: str,
    plan: Path | None,
    out: Path | None,
    seed: int,
    progress: SimulatedTime,
    *,
    wire: bool,
) -> Run:
    inputs = find_inputs(scenario, plan)
    warm = next(cache_folder().rglob("*.nbc"), None) is not None
    progress.expect(
        inputs.scenario().file.duration_s,
        "preparing" if warm else "compiling kernels (first run only)",
    )
    folder = out or claim_folder(inputs.name, seed)
    try:
        return simulate(inputs, folder, seed=seed, wire=wire, progress=progress)
    except KeyboardInterrupt:
        if folder.joinpath("journal.mcap").is_file():
            complain(f"what was recorded so far is in {folder}; `tdome explain` can read it")
        raise
    except TdomeError:
        if out is None:
            with suppress(OSError):  # not empty: what the run left is evidence
                folder.rmdir()
        raise


def _report(done: Run) -> None:
    manifest = done.manifest
    say(
        f"{manifest.scenario}, seed {manifest.seed}: {span(manifest.simulated_s)} simulated", "bold"
    )
    say("")
    show(*outcome_tables(done.outcome))
    for line in summary(done.outcome, manifest):
        say(line)
    say("")
    say(f"Run folder: {done.folder}", "bold")
    subject, what = ("E1", "engagement") if done.outcome.totals["orders"] else ("T1", "track")
    looks = {
        f"tdome explain {done.folder} {subject}": f"the whole story of one {what}",
        f"tdome replay {done.folder}": "decide again from the tape: must be equal",
        f"{done.folder}/outcome.json": "these numbers; tables/ holds them as Parquet",
    }
    widest = max(map(len, looks))
    for look, shows in looks.items():
        say(f"  {look:<{widest}}   {shows}")


def _as_dict(done: Run) -> dict[str, Any]:
    manifest = done.manifest
    return {
        "folder": str(done.folder),
        "run_id": manifest.run_id,
        "scenario": manifest.scenario,
        "plan": manifest.plan,
        "seed": manifest.seed,
        "simulated_s": manifest.simulated_s,
        "wall_s": manifest.wall_s,
        "journal_hash": manifest.journal_hash,
        "quarantine": manifest.quarantine,
        "unused": manifest.unused,
        "outcome": done.outcome.as_dict(),
    }
