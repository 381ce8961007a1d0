"""Work and workers: a task is a chunk of replicates, workers take tasks and give back answers."""

import hashlib
import platform
import traceback
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
import pyarrow as pa

from tdome.kernel.errors import ConfigError, TdomeError
from tdome.run.library import Inputs
from tdome.studies.design.schema import Rare
from tdome.studies.engines.base import Columns, Engine, find_engine

KEYS = ("point", "replicate", "seed")
_VERSIONS_OF = ("tdome", "numpy", "numba", "scipy", "msgspec", "pyarrow")


class Piece(NamedTuple):
    """Replicates first..stop-1 of one point."""

    point: int
    first: int
    stop: int


class Task(msgspec.Struct, frozen=True, eq=False):
    """A chunk: pieces, and for each its inputs and seeds. ``number`` tells answers apart."""

    number: int
    engine: str
    pieces: tuple[Piece, ...]
    inputs: tuple[Inputs, ...]
    seeds: tuple[tuple[int, ...], ...]
    rare: Rare | None = None

    @property
    def replicates(self) -> int:
        """How many there are in all pieces."""
        return sum(piece.stop - piece.first for piece in self.pieces)


class Fault(msgspec.Struct, frozen=True):
    """Why a piece could not be run: a mistake in the inputs, or a bug with its traceback."""

    piece: Piece
    mistake: ConfigError | None
    trace: str


class Answer(msgspec.Struct, frozen=True, eq=False):
    """Rows of a task (point, replicate, seed, measures), the time it took, and by what code."""

    number: int
    rows: pa.Table | None
    seconds: float
    versions: dict[str, str]
    fault: Fault | None = None


class Workers(Protocol):
    """Who runs tasks: processes of this machine, or a cluster."""

    def free(self) -> int:
        """Return how many more tasks can be given now."""
        ...

    def busy(self) -> int:
        """Return how many tasks have not been answered."""
        ...

    def give(self, task: Task) -> None:
        """Begin a task; only if one is free."""
        ...

    def take(self, timeout: float) -> list[Answer]:
        """Wait for answers, ``timeout`` seconds at most; raises TdomeError where work is lost."""
        ...

    def close(self) -> None:
        """Let go of everything; what has not been answered is given up."""
        ...


class Inline:
    """No workers: the caller works itself, for debugging, and for engines that take no time."""

    def __init__(self) -> None:
        self._task: Task | None = None

    def free(self) -> int:
        """One at a time."""
        return 1 if self._task is None else 0

    def busy(self) -> int:
        """One at a time."""
        return 0 if self._task is None else 1

    def give(self, task: Task) -> None:
        """Keep the task until the answer is asked for."""
        self._task = task

    def take(self, timeout: float) -> list[Answer]:
        """Run the task, however long it takes."""
        del timeout
        task, self._task = self._task, None
        return [] if task is None else [run_task(task)]

    def close(self) -> None:
        """Nothing is held."""


def run_task(task: Task) -> Answer:
    """Run a task where it is: in a worker. Never raises: a fault is part of the answer."""
    began = perf_counter()
    tables: list[pa.Table] = []
    for piece, inputs, seeds in zip(task.pieces, task.inputs, task.seeds, strict=True):
        try:
            columns = _engine(task.engine, task.rare).rows(
                inputs, range(piece.first, piece.stop), seeds
            )
            tables.append(_table(piece, seeds, columns))
        except Exception as fault:  # whatever it is, the other side shows it
            mistake = fault if isinstance(fault, ConfigError) else None
            said = Fault(piece, mistake, traceback.format_exc())
            return Answer(task.number, None, perf_counter() - began, versions(), said)
    rows = pa.concat_tables(tables, promote_options="default")
    return Answer(task.number, rows, perf_counter() - began, versions())


@cache
def _engine(name: str, rare: Rare | None) -> Engine:
    return find_engine(name, rare)


def _table(piece: Piece, seeds: Sequence[int], columns: Columns) -> pa.Table:
    n = piece.stop - piece.first
    made: dict[str, Any] = {
        "point": pa.array(np.full(n, piece.point, np.int32)),
        "replicate": pa.array(np.arange(piece.first, piece.stop, dtype=np.int32)),
        "seed": pa.array(np.array(seeds, np.int64)),
    }
    for name in sorted(columns):
        if name in KEYS or len(columns[name]) != n:
            raise TdomeError(f"the engine gave a column {name!r} of {len(columns[name])} for {n}")
        made[name] = pa.array(columns[name], pa.float64(), from_pandas=True)  # nan: no such measure
    return pa.table(made)


@cache
def versions() -> dict[str, str]:
    """Return the versions of all that decides results; of tdome also a hash of its sources."""
    found = {name: version(name) for name in _VERSIONS_OF}
    found["python"] = platform.python_version()
    package = Path(__file__).resolve().parents[2]
    content = hashlib.blake2b(digest_size=8)
    for path in sorted(package.rglob("*.py")):
        content.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    found["tdome sources"] = content.hexdigest()
    return found
