"""Run folders as people name them."""

from difflib import get_close_matches
from pathlib import Path

from tdome.kernel.errors import ConfigError


def run_folder(path: Path) -> Path:
    """Return ``path`` if it is a run folder; raises ConfigError with the nearest one that is."""
    if path.joinpath("manifest.json").is_file():
        return path
    runs = sorted(str(found.parent) for found in path.parent.glob("*/manifest.json"))
    near = get_close_matches(str(path), runs, n=1, cutoff=0.4)
    hint = f"nearest run: {near[0]}" if near else "`tdome run` makes one"
    if not path.exists():
        raise ConfigError(str(path), None, "run", "there is no such folder", hint)
    raise ConfigError(str(path), None, "run", "is not a run folder (it has no manifest.json)", hint)
