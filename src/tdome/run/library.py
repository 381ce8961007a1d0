"""Where scenarios come from: the bundled ones by name, or a folder or file of the user's."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from tdome.kernel.config import parse_toml
from tdome.kernel.errors import ConfigError
from tdome.plan.plan import Plan, read_plan
from tdome.world.scenario import Scenario, read_scenario
from tdome.world.schema import ScenarioFile


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """The texts a run is made of, and the names by which their errors are told."""

    name: str
    scenario_text: str
    scenario_source: str
    plan_text: str
    plan_source: str
    terrain: Path | None = None

    def scenario(self) -> Scenario:
        """Read the scenario; raises ConfigError."""
        return read_scenario(self.scenario_text, self.scenario_source)

    def plan(self) -> Plan:
        """Read the plan; raises ConfigError."""
        return read_plan(self.plan_text, self.plan_source)


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
    file = parse_toml(text, ScenarioFile, source)
    if plan is None:
        plan_source = f"{shown}{file.plan}"
        plan_text = _text_of(home.joinpath(file.plan), plan_source)
    else:
        plan_source = str(plan)
        plan_text = _text_of(Path(plan), plan_source)
    return Inputs(
        name=file.name,
        scenario_text=text,
        scenario_source=source,
        plan_text=plan_text,
        plan_source=plan_source,
        terrain=_terrain_of(home, file.terrain, source),
    )


def _terrain_of(home: Traversable, name: str | None, source: str) -> Path | None:
    if name is None:
        return None
    path = home / name if isinstance(home, Path) else None
    if path is None or not path.is_file():
        raise ConfigError(source, None, "terrain", f"key 'terrain': there is no file {name!r}")
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
        return file.read_text("utf-8")
    except OSError as fault:
        raise ConfigError(source, None, "", f"can not be read: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(source, None, "", "the text is not UTF-8") from None
