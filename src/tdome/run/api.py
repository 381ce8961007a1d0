"""The public verb: run a scenario.

``import tdome as td; td.run("first-steps", seed=1).outcome``.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any
from weakref import finalize

import msgspec

from tdome.command.federation import Command, command_for
from tdome.gateways.simulated import SimulatedDoor
from tdome.kernel.clock import nanoseconds
from tdome.kernel.config import faults_located
from tdome.kernel.errors import ConfigError
from tdome.plan.plan import Plan
from tdome.run.library import Inputs, find_inputs, terrain_of
from tdome.run.loop import Loop
from tdome.run.operator import Operator, approve_all
from tdome.run.record import (
    Run,
    new_manifest,
    open_folder,
    write_inputs,
    write_manifest,
)
from tdome.run.tape import Tape
from tdome.score.outcome import score_run
from tdome.world.scenario import Scenario
from tdome.world.world import World

LAST_SEED = 2**63 - 1  # what the manifest can hold

Progress = Callable[[float, int], None]


def run(  # noqa: PLR0913  (the public verb)
    scenario: str | Path,
    *,
    seed: int = 1,
    plan: str | Path | None = None,
    out: str | Path | None = None,
    wire: bool = False,
    operator: Operator | None = None,
    progress: Progress | None = None,
) -> Run:
    """Simulate a scenario from the first plot to the outcome.

    Parameters
    ----------
    scenario : bundled name, folder or TOML file.
    seed : of all randomness; the same seed is the same weather and luck for any plan.
    plan : plan file instead of the one that the scenario names.
    out : folder to write (must not hold anything yet). Without it the folder lives as long as the
    result.
    wire : encode and decode every message on its way; must change nothing.
    operator : who answers recommendations; by default all are approved after the plan's answer
    time.
    progress : called with (simulated seconds, hostile objects left) at every step.

    Raises
    ------
    ConfigError : for a fault in scenario or plan, with file, line and nearest valid name.
    """
    inputs = find_inputs(scenario, plan)
    folder = Path(out) if out is not None else Path(tempfile.mkdtemp(prefix="tdome-"))
    done = simulate(
        inputs,
        folder,
        seed=seed,
        wire=wire,
        operator=operator or approve_all,
        progress=progress,
    )
    if out is None:
        finalize(done, shutil.rmtree, folder, ignore_errors=True)
    return done


def _check_seed(seed: int) -> None:
    if not 0 <= seed <= LAST_SEED:
        problem = f"the seed must be a whole number from 0 to {LAST_SEED}, got {seed}"
        raise ConfigError("seed", None, "seed", problem)


def _check_pace(inputs: Inputs, scenario: Scenario, plan: Plan) -> None:
    """Refuse a plan that would decide only once, before anything can have been seen."""
    pace = plan.clock.decide_s
    if pace > scenario.duration:
        key = "clock.decide_s"
        problem = f"key {key!r}: {pace:g} s, but the scenario lasts {scenario.duration:g} s"
        hint = "command would never decide: lower it or raise the scenario's duration_s"
        with faults_located(inputs.plan_text):
            raise ConfigError(inputs.plan_source, None, key, problem, hint)


def _unused(
    chain: Command,
    last: Any,  # noqa: ANN401  (one picture or several)
    world: World,
) -> list[dict[str, str | int]]:
    """Return rows (source, reason, count) of what was of no use, too much or never arrived."""
    counts = {("sensors", "looks beyond what they can do"): world.refused_tasks}
    counts |= {("links", f"{kind} undelivered"): n for kind, n in world.undelivered.items()}
    rows = chain.unused(last)
    rows += [{"source": s, "reason": r, "count": n} for (s, r), n in counts.items() if n]
    return rows


def compiled(inputs: Inputs, seed: int, relabel: int | None = None) -> tuple[Plan, Command, World]:
    """Read, check and build all that a run is made of; raises ConfigError at the first fault."""
    _check_seed(seed)
    scenario, plan = inputs.scenario(), inputs.plan()
    _check_pace(inputs, scenario, plan)
    with faults_located(inputs.plan_text):
        chain = command_for(plan)
    terrain = terrain_of(inputs, scenario)
    with faults_located(inputs.scenario_text):
        return plan, chain, World(scenario, plan, seed, relabel=relabel, terrain=terrain)


def simulate(  # noqa: PLR0913  (the composition root plugs everything together)
    inputs: Inputs,
    folder: Path,
    *,
    seed: int,
    wire: bool = False,
    operator: Operator = approve_all,
    progress: Progress | None = None,
    relabel: int | None = None,
    drive: Callable[[Loop], Any] = Loop.run,
) -> Run:
    """Run ``inputs`` into ``folder``.

    ``relabel`` permutes the truth objects' rows and ids: must change nothing. ``drive`` carries the
    loop to its end, and may branch off copies on the way.
    """
    began = perf_counter()
    plan, chain, world = compiled(inputs, seed, relabel)
    scenario = world.scenario
    door = SimulatedDoor(plan, wire=wire)
    folder = open_folder(folder)  # all inputs are good: what fails before leaves nothing behind
    write_inputs(folder, inputs)
    name = getattr(operator, "__name__", type(operator).__name__)
    manifest = new_manifest(inputs, seed=seed, operator=name, wire=wire, start=scenario.start)
    write_manifest(folder, manifest)
    with Tape(folder / "journal.mcap", wire=wire) as tape:
        loop = Loop(
            world=world,
            chain=chain,
            door=door,
            tape=tape,
            operator=operator,
            start=scenario.start,
            limit=scenario.start + nanoseconds(scenario.duration),
            progress=progress,
        )
        last = drive(loop)
    world.ledger().write(folder)
    outcome = score_run(folder, plan)
    manifest = msgspec.structs.replace(
        manifest,
        status="finished",
        steps=loop.steps,
        simulated_s=(last.now - scenario.start) / 1e9,
        wall_s=round(perf_counter() - began, 3),
        journal_hash=tape.hexdigest(),
        messages={kind: count for kind, count in tape.counts.items() if count},
        quarantine=door.quarantine.table(),
        unused=_unused(chain, last, world),
        jumps=loop.jumps,
    )
    write_manifest(folder, manifest)
    return Run(folder=folder, manifest=manifest, outcome=outcome)
