"""``tdome validate``: the same reading as ``tdome run`` does, for any number of files."""

from pathlib import Path
from typing import Any

from cyclopts import App

from tdome.app.screen import complain, counted, say, write_json
from tdome.command.chain import chain_for
from tdome.kernel.config import faults_located, json_schema, load_toml
from tdome.kernel.errors import ConfigError
from tdome.plan.plan import read_plan
from tdome.run.api import compiled
from tdome.run.doubts import doubts
from tdome.run.library import TYPES, Kind, bundled_scenarios, find_inputs, kind_of, terrain_of

EXAMPLES = """Examples
  tdome validate my/plan.toml my/scenario.toml
  tdome validate taiwan-layered             a bundled scenario and its plan
  tdome validate --schema plan > plan.schema.json     for your editor"""

command = App(name="validate", help_epilogue=EXAMPLES)


@command.default
def validate(*file: Path, json: bool = False, schema: Kind | None = None) -> int:
    """Check plan and scenario files: keys, units, ranges, and names that must exist.

    A scenario is built with its plan as for a run, so that flights that no class can fly are found
    too; nothing is simulated.

    Parameters
    ----------
    file
        TOML files (what they are is seen from their keys), folders or bundled scenario names.
    json
        Print a JSON list with one entry for each file, and nothing else.
    schema
        Print the JSON schema of plans or scenarios instead, with which editors check and complete.
    """
    if schema is not None:
        write_json(json_schema(TYPES[schema]))
        return 0
    if not file:
        raise ConfigError("validate", None, "", "name at least one file", "or --schema plan")
    checked = [_checked(one) for one in file]
    if json:
        write_json(checked)
    for one in checked if not json else []:
        if one["valid"]:
            say(f"ok  {one['file']}: {one['summary']}")
            for doubt in one["doubts"]:
                say(f"    doubtful: {doubt}")
        else:
            complain(one["error"])
    return 0 if all(one["valid"] for one in checked) else ConfigError.exit_code


def _checked(path: Path) -> dict[str, Any]:
    try:
        kind, summary, doubtful = _check(path)
    except ConfigError as fault:
        place = {"line": fault.line, "key": fault.key, "problem": fault.problem, "hint": fault.hint}
        return {"file": str(path), "valid": False, "error": str(fault), **place}
    found = {"kind": kind, "summary": summary, "doubts": doubtful}
    return {"file": str(path), "valid": True, **found}


def _check(path: Path) -> tuple[str, str, list[str]]:
    """Return what kind of file it is, a summary, and doubts; raises ConfigError at a fault."""
    if path.is_dir() or str(path) in bundled_scenarios():
        inputs = find_inputs(path)
        plan = _summary_of_plan(inputs.plan_text, inputs.plan_source)
        summary, doubtful = _summary_of_scenario(path)
        return "scenario and plan", f"{summary}; {plan}", doubtful
    kind = kind_of(load_toml(path, dict[str, Any]))
    if kind == "scenario":
        return kind, *_summary_of_scenario(path)
    return kind, _summary_of_plan(path.read_text("utf-8-sig"), str(path)), []


def _summary_of_scenario(path: Path) -> tuple[str, list[str]]:
    inputs = find_inputs(path)
    plan, _, world = compiled(inputs, seed=1)
    file = world.scenario.file
    threats = counted(sum(salvo.count for raid in file.raids for salvo in raid.salvos), "threat")
    summary = f"scenario {file.name}: {threats} in {counted(len(file.raids), 'raid')}"
    return summary, doubts(world.scenario, plan, terrain_of(inputs, world.scenario))


def _summary_of_plan(text: str, source: str) -> str:
    plan = read_plan(text, source)
    with faults_located(text):
        chain_for(plan)  # are the stages and the doctrine that it names there?
    parts = (
        counted(len(plan.sensors.names), "sensor"),
        counted(len(plan.units.names), "fire unit"),
        counted(len(plan.assets.names), "asset"),
        counted(len(plan.zones), "zone"),
    )
    return f"plan {plan.name}: {', '.join(parts)}"
