"""Where studies come from: the shipped ones by name, or a file of the user's."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

from tdome.kernel.config import parse_toml
from tdome.kernel.errors import ConfigError
from tdome.studies.design.schema import StudyFile


class Found(NamedTuple):
    """A study file: its bytes, its name for errors, and the folder that its paths start from."""

    raw: bytes
    source: str
    home: Path


def shipped_studies() -> dict[str, StudyFile]:
    """Return the studies that are shipped inside the package, by name."""
    return {
        entry.name.removesuffix(".toml"): parse_toml(
            entry.read_text("utf-8"), StudyFile, entry.name
        )
        for entry in sorted(_shelf().iterdir(), key=lambda one: one.name)
        if entry.name.endswith(".toml")
    }


def find_study(what: str | Path) -> Found:
    """Find a study by shipped name or path. Raises ConfigError with the nearest name."""
    path, name = Path(what), str(what)
    if path.is_file():
        return Found(path.read_bytes(), name, path.parent)
    shipped = _shelf().joinpath(f"{name}.toml")
    if len(path.parts) == 1 and not path.suffix and shipped.is_file():
        return Found(shipped.read_bytes(), f"{name}.toml", Path())
    if path.is_dir():
        raise ConfigError(name, None, "", "this is a folder, not a study file")
    if path.suffix or len(path.parts) > 1:
        hint = f"shipped studies: {', '.join(shipped_studies())}"
        raise ConfigError(name, None, "", "there is no such file", hint)
    raise ConfigError.unknown(file="study", key="", name=name, valid=list(shipped_studies()))


def _shelf() -> Traversable:
    return resources.files("tdome.studies").joinpath("shipped")
