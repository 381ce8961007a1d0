"""New scenarios: a copy of a template under a new name, with the template's comments."""

import re
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from tdome.kernel.errors import ConfigError
from tdome.plan.plan import read_plan
from tdome.run.authoring.splice import with_value
from tdome.run.library import bundled_scenarios
from tdome.world.scenario import read_scenario

FILES = ("scenario.toml", "plan.toml")
_NAME = re.compile(r"\w[\w.,+ -]{0,59}")


def small_templates() -> list[str]:
    """Return the names of the small commented templates, sorted."""
    return sorted(
        entry.name for entry in _shelf().iterdir() if entry.joinpath("scenario.toml").is_file()
    )


def templates() -> list[str]:
    """Return all that a scenario can be made from: small templates, then bundled scenarios."""
    return [*small_templates(), *bundled_scenarios()]


def from_template(name: str, template: str) -> dict[str, str]:
    """Return file name -> text of a new scenario and its plan. Raises ConfigError."""
    if not _NAME.fullmatch(name) or name != name.strip():
        problem = f"{name!r} can not be the name of a scenario and of its folder"
        raise ConfigError("scenario", None, "", problem, "use letters, digits, spaces, - and _")
    if template not in templates():
        raise ConfigError.unknown(file="template", key="", name=template, valid=templates())
    home = _shelf() if template in small_templates() else _bundled()
    written = msgspec.json.encode(name).decode()
    texts = {
        file: with_value(home.joinpath(template, file).read_text("utf-8"), ("name",), written)
        for file in FILES
    }
    read_scenario(texts["scenario.toml"], f"{template}/scenario.toml")
    read_plan(texts["plan.toml"], f"{template}/plan.toml")
    return texts


def refuse_overwriting(folder: Path) -> None:
    """Raise ConfigError where a scenario's file would be overwritten."""
    there = [file for file in FILES if folder.joinpath(file).exists()]
    if there:
        problem = f"holds {' and '.join(there)} already"
        raise ConfigError(str(folder), None, "", problem, "choose another name, or use --force")


def _shelf() -> Traversable:
    return resources.files("tdome").joinpath("templates")


def _bundled() -> Traversable:
    return resources.files("tdome").joinpath("scenarios")
