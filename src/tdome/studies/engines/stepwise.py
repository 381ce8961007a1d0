"""The stepwise engine: the real run, message by message, measured and thrown away.

Nothing is left out: each replicate is what ``tdome run`` does, journal and score included. Its
folder is in memory where the machine has room for it there (/dev/shm), and gone when it is
measured; what a killed process left behind is swept up by the next one.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from tdome.command.chain import Picture
from tdome.messages.base import Floats
from tdome.run.api import simulate
from tdome.run.library import Inputs
from tdome.run.loop import Loop
from tdome.studies.measures.measured import measured

_IN_MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of random name is made in it)
_ENOUGH = 1 << 30  # bytes: containers often have 64 MiB there, less than one journal
_PREFIX = "tdome-study-"


class Stepwise:
    """Simulates each replicate with :func:`tdome.run.api.simulate`."""

    name = "stepwise"

    def __init__(self) -> None:
        self._root = _root()
        _sweep(self._root)

    def rows(
        self, inputs: Inputs, replicates: Sequence[int], seeds: Sequence[int]
    ) -> dict[str, Floats]:
        """Return what :func:`tdome.studies.measures.measured.measured` finds in each run."""
        del replicates  # the seed says it all
        found = [self._measured(inputs, seed) for seed in seeds]
        names = sorted(set().union(*found))
        return {
            name: np.array([one.get(name, np.nan) for one in found], np.float64) for name in names
        }

    def _measured(self, inputs: Inputs, seed: int) -> dict[str, float]:
        return self._run(inputs, seed, Loop.run)

    def _run(self, inputs: Inputs, seed: int, drive: Callable[[Loop], Picture]) -> dict[str, float]:
        prefix = f"{_PREFIX}{os.getpid()}-"
        with tempfile.TemporaryDirectory(prefix=prefix, dir=self._root) as folder:
            done = simulate(inputs, Path(folder) / "run", seed=seed, drive=drive)
        return measured(done.outcome, inputs.plan())


def _root() -> Path:
    usable = _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK)
    if usable and shutil.disk_usage(_IN_MEMORY).free > _ENOUGH:
        return _IN_MEMORY
    return Path(tempfile.gettempdir())


def _sweep(root: Path) -> None:
    """Remove the folders of processes that are no more."""
    for folder in root.glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        with suppress(OSError):
            if owner.isdigit() and folder.stat().st_uid == os.getuid() and _is_gone(int(owner)):
                shutil.rmtree(folder, ignore_errors=True)


def _is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
