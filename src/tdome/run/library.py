"""Where scenarios come from: the bundled ones by name, or a folder or file of the user's."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

import msgspec

from tdome.earth.terrain import SYNTHETIC, GeoTiffTerrain, SyntheticTerrain, Terrain
from tdome.kernel.config import decode_text, faults_located, parse_toml
from tdome.kernel.errors import ConfigError
from tdome.plan.geojson import beside
from tdome.plan.plan import Plan, read_plan
from tdome.plan.schema import PlanFile
from tdome.world.scenario import Scenario, read_scenario
from tdome.world.schema.scenario import ScenarioFile

Kind = Literal["plan", "scenario"]

TYPES: dict[Kind, type[Any]] = {"plan": PlanFile, "scenario": ScenarioFile}


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """The texts a run is made of, and the names by which their errors are told.

    policy_text, policy_source: of a user's own doctrine (``file.py:function``), which screenings
    play; empty where the plan's decides.
    """

    name: str
    scenario_text: str
    scenario_source: str
    plan_text: str
    plan_source: str
    terrain: Path | None = None
    policy_text: str = ""
    policy_source: str = ""

    def scenario(self) -> Scenario:
        """Read the scenario; raises ConfigError."""
        return read_scenario(self.scenario_text, self.scenario_source)

    def plan(self) -> Plan:
        """Read the plan; raises ConfigError."""
        return read_plan(self.plan_text, self.plan_source)

    def zones_file(self) -> Path | None:
        """Return the GeoJSON file of zones beside the plan, if the plan names one."""
        zones = parse_toml(self.plan_text, dict[str, Any], self.plan_source).get("zones", {})
        name = zones.get("geojson")
        return None if name is None else beside(self.plan_source, name)


def _shelf() -> Traversable:
    return resources.files("tdome").joinpath("scenarios")


def bundled_scenarios() -> list[str]:
    """Return the names of the scenarios shipped inside the package, sorted."""
    return sorted(
        entry.name for entry in _shelf().iterdir() if entry.joinpath("scenario.toml").is_file()
    )


def find_inputs(scenario: str | Path, plan: str | Path | None = None) -> Inputs:
    """Find a scenario by bundled name or path (a folder or a TOML file) and its plan.

    The plan is ``plan`` if given, else the file that the scenario names, beside it. Raises
    ConfigError with the nearest valid name where there is none.
    """
    home, file_name, shown = _home_of(scenario)
    source = f"{shown}{file_name}"
    text = _text_of(home.joinpath(file_name), source)
    refuse_mix_up(text, "scenario", source)
    file = parse_toml(text, ScenarioFile, source)
    if plan is None:
        plan_source = f"{shown}{file.plan}"
        plan_text = _text_of(home.joinpath(file.plan), plan_source)
    else:
        plan_source = str(plan)
        plan_text = _text_of(Path(plan), plan_source)
    refuse_mix_up(plan_text, "plan", plan_source)
    with faults_located(text):
        terrain = _terrain_of(home, file.terrain, source)
    return Inputs(
        name=file.name,
        scenario_text=text,
        scenario_source=source,
        plan_text=plan_text,
        plan_source=plan_source,
        terrain=terrain,
    )


def terrain_of(inputs: Inputs, scenario: Scenario) -> Terrain | None:
    """Return the scenario's ground: synthetic, or its GeoTIFF with sea outside of it, or None.

    Raises ConfigError where a map can not be read.
    """
    if inputs.terrain is None:
        file = scenario.file
        return SyntheticTerrain(file.terrain_seed) if file.terrain == SYNTHETIC else None
    try:
        return GeoTiffTerrain(str(inputs.terrain), outside=0.0)
    except (ModuleNotFoundError, ValueError, OSError) as fault:
        raise ConfigError(str(inputs.terrain), None, "terrain", str(fault)) from None


def kind_of(document: dict[str, Any]) -> Kind:
    """Return the kind of file whose keys fit better; a plan where neither does."""
    fits = {
        kind: sum(key in type_.__struct_fields__ for key in document)
        for kind, type_ in TYPES.items()
    }
    return "scenario" if fits["scenario"] > fits["plan"] else "plan"


def refuse_mix_up(text: str, wanted: Kind, source: str) -> None:
    """Raise ConfigError where a plan is given for a scenario or the other way round."""
    document = parse_toml(text, dict[str, Any], source)
    found = kind_of(document)
    if found == wanted or not document:
        return
    hint = f"give the {wanted}; `tdome run SCENARIO --plan PLAN` takes both"
    raise ConfigError(source, None, "", f"this is a {found}, not a {wanted}", hint)


def _terrain_of(home: Traversable, name: str | None, source: str) -> Path | None:
    if name is None or name == SYNTHETIC:
        return None
    path = home / name if isinstance(home, Path) else None
    if path is None or not path.is_file():
        hint = f'put it beside the scenario, or write "{SYNTHETIC}" for ground by formula'
        problem = f"key 'terrain': there is no file {name!r}"
        raise ConfigError(source, None, "terrain", problem, hint)
    return path


def _home_of(scenario: str | Path) -> tuple[Traversable, str, str]:
    """Return the folder of a scenario, its file's name, and how to show the folder in errors."""
    path, name = Path(scenario), str(scenario)
    if path.is_file():
        return path.parent, path.name, name.removesuffix(path.name)
    if path.joinpath("scenario.toml").is_file():
        return path, "scenario.toml", f"{name.rstrip('/')}/"
    if name in bundled_scenarios():
        return _shelf().joinpath(name), "scenario.toml", f"{name}/"
    if path.is_dir():
        raise ConfigError(name, None, "scenario", "this folder has no scenario.toml")
    if path.suffix or len(path.parts) > 1:
        bundled = f"bundled scenarios: {', '.join(bundled_scenarios())}"
        raise ConfigError(name, None, "scenario", "there is no such file or folder", bundled)
    raise ConfigError.unknown(file="scenario", key="", name=name, valid=bundled_scenarios())


def _text_of(file: Traversable, source: str) -> str:
    try:
        raw = file.read_bytes()
    except ValueError:
        raise ConfigError(source, None, "", "this is not the name of a file") from None
    except OSError as fault:
        raise ConfigError(source, None, "", f"can not be read: {fault.strerror}") from None
    return decode_text(raw, source)
