"""The runner: rounds of chunks over workers until every point has what it is to have.

Which worker runs what, and in chunks of what size, changes nothing: a row depends on its point and
seed, a round on the rows before it.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tdome.kernel.errors import ConfigError, TdomeError
from tdome.messages.base import Floats
from tdome.studies.design.definition import Definition
from tdome.studies.running.base import KEYS, Answer, Fault, Piece, Task, Workers, versions
from tdome.studies.running.manifest import Manifest, Part
from tdome.studies.running.parts import FOLDER, hash_of, write_part
from tdome.studies.running.stopping import Schedule

_CHUNK_S = 1.0  # engine.md, 9: at 0.5-2 s the way to and from a worker costs nothing to speak of
_GROWTH = 4  # how much larger a chunk may be than the last: one fast answer is no measurement
_MOST_POINTS = 64  # in a chunk, since each brings its inputs along
_LOOK_EVERY_S = 0.5


class Progress(NamedTuple):
    """How far a study is: replicates done, at most to do, and seconds left (nan: not known yet)."""

    done: int
    most: int
    seconds_left: float


class Runner:
    """Runs one study in its folder. ``told`` is called with a :class:`Progress` now and then."""

    def __init__(
        self,
        definition: Definition,
        folder: Path,
        manifest: Manifest,
        workers: Workers,
        told: Callable[[Progress], None] | None = None,
    ) -> None:
        self.definition, self.folder, self.manifest = definition, folder, manifest
        self.workers, self.told = workers, told
        about = manifest.about()
        self.engine = str(about["engine"])
        self.spent = float(about["seconds"])
        self.schedule = Schedule(definition.file, len(definition.points), definition.reference)
        self.began = perf_counter()
        self._numbers = 0
        self._chunk = 1
        self._done_here = 0
        self._done: list[list[tuple[int, int]]] = [[] for _ in definition.points]
        self._sample = _Sample(definition)
        self._parts = 0
        for part in _whole_parts(folder, manifest):
            self._parts = max(self._parts, part.part + 1)
            self._note(part.pieces, partial(_read, folder, part))

    def run(self) -> list[int]:
        """Run all rounds; return how many replicates each point has in the table."""
        for goals in self.schedule.rounds(self._sample.first):
            missing = deque(self._missing(goals))
            self._work(missing)
            if missing:  # the time is over
                self.schedule.cut(self._reached(goals))
                break
        return self.schedule.reached

    def _work(self, missing: deque[Piece]) -> None:
        while missing or self.workers.busy():
            while missing and self.workers.free() and not self._is_late():
                self.workers.give(self._task(missing))
            if not self.workers.busy():
                break
            for answer in self.workers.take(_LOOK_EVERY_S):
                self._keep(answer)
            self._tell()

    def _is_late(self) -> bool:
        most = self.definition.file.budget.seconds
        return most is not None and self._seconds() >= most

    def _seconds(self) -> float:
        return self.spent + perf_counter() - self.began

    def _missing(self, goals: list[int]) -> Iterable[Piece]:
        """Yield what is missing to the goals, point by point."""
        for point, goal in enumerate(goals):
            at = 0
            for first, stop in self._done[point]:
                if at < min(first, goal):
                    yield Piece(point, at, min(first, goal))
                at = max(at, stop)
            if at < goal:
                yield Piece(point, at, goal)

    def _reached(self, goals: list[int]) -> list[int]:
        """Return how many replicates without a gap each point has, no more than its goal."""
        ends = [done[0][1] if done and done[0][0] == 0 else 0 for done in self._done]
        return [min(end, goal) for end, goal in zip(ends, goals, strict=True)]

    def _task(self, missing: deque[Piece]) -> Task:
        """Take the next chunk off the list."""
        room, pieces = self._chunk, list[Piece]()
        while missing and room > 0 and len(pieces) < _MOST_POINTS:
            piece = missing.popleft()
            cut = min(piece.stop, piece.first + room)
            if cut < piece.stop:
                missing.appendleft(Piece(piece.point, cut, piece.stop))
            pieces.append(Piece(piece.point, piece.first, cut))
            room -= cut - piece.first
        self._numbers += 1
        return Task(
            number=self._numbers,
            engine=self.engine,
            pieces=tuple(pieces),
            inputs=tuple(self.definition.points[piece.point].inputs for piece in pieces),
            seeds=tuple(tuple(self.definition.seeds(*piece)) for piece in pieces),
            rare=self.definition.file.rare,
        )

    def _keep(self, answer: Answer) -> None:
        """Put an answer on disk, then into the manifest: a kill between them loses one part."""
        if answer.fault is not None:
            raise self._blame(answer.fault)
        if answer.versions != versions():
            others = {k for k, v in versions().items() if answer.versions.get(k) != v}
            raise TdomeError(f"a worker has another version of {', '.join(sorted(others))}")
        rows: Any = answer.rows
        pieces = _pieces_of(rows)
        name = f"{self._parts:06d}.parquet"
        content = write_part(self.folder, name, rows)
        part = Part(self._parts, name, content, len(rows), round(answer.seconds, 3), pieces)
        self.manifest.add(part)
        self.manifest.note(seconds=round(self._seconds(), 3))
        self._parts += 1
        self._done_here += len(rows)
        self._note(pieces, lambda: rows)
        pace = max(answer.seconds, 1e-6) / len(rows)
        self._chunk = max(1, min(round(_CHUNK_S / pace), _GROWTH * self._chunk))

    def _note(self, pieces: Iterable[Piece], rows: Callable[[], pa.Table]) -> None:
        for piece in pieces:
            self._done[piece.point] = _with(self._done[piece.point], piece.first, piece.stop)
        self._sample.add(rows)

    def _tell(self) -> None:
        if self.told is None:
            return
        points = len(self.definition.points)
        most = points * self.definition.file.design.replicates
        if self.definition.file.budget.replicates is not None:
            most = min(most, self.definition.file.budget.replicates)
        done = sum(stop - first for one in self._done for first, stop in one)
        left = math.nan
        if self._done_here:
            left = (most - done) * (perf_counter() - self.began) / self._done_here
        if self.definition.file.budget.seconds is not None:
            left = min(left, self.definition.file.budget.seconds - self._seconds())
        self.told(Progress(done, most, left))

    def _blame(self, fault: Fault) -> Exception:
        """Return the error that says which point and replicate failed, and how to see it again."""
        point = self.definition.points[fault.piece.point]
        where = f"design point {point.label!r}, replicate {fault.piece.first}"
        if fault.mistake is not None:
            told = fault.mistake
            problem = f"{where}: {told.file}: {told.problem}"
            return ConfigError(self.definition.source, None, "", problem, told.hint)
        seed = self.definition.seeds(*fault.piece)[0]
        return TdomeError(f"{where} or after (seed {seed}) failed:\n{fault.trace.rstrip()}")


class _Sample:
    """The values of the measure that decides when to stop, by point and replicate."""

    def __init__(self, definition: Definition) -> None:
        self._stop = definition.file.stop
        self._source = definition.source
        self._seen = False
        shape = len(definition.points), definition.file.design.replicates
        self._values = np.full(shape if self._stop is not None else (0, 0), np.nan)

    def first(self, point: int, n: int) -> Floats:
        """Return the first n values of a point."""
        return np.asarray(self._values[point, :n])

    def add(self, rows: Callable[[], pa.Table]) -> None:
        """Take in rows; nothing is read if nothing is to be decided."""
        if self._stop is None:
            return
        table = rows()
        name = self._stop.measure
        if name not in table.column_names:
            if self._seen:
                return  # these replicates have no such measure: nan
            valid = table.column_names[len(KEYS) :]
            raise ConfigError.unknown(file=self._source, key="stop.measure", name=name, valid=valid)
        self._seen = True
        at = table["point"].to_numpy(), table["replicate"].to_numpy()
        self._values[at] = table[name].to_numpy()


def _with(done: list[tuple[int, int]], first: int, stop: int) -> list[tuple[int, int]]:
    """Return disjoint ranges, in order, with one more; those that touch become one."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted([*done, (first, stop)]):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((begin, end))
    return merged


def _pieces_of(rows: pa.Table) -> tuple[Piece, ...]:
    """Return the runs of replicates in rows that came from one task."""
    point, replicate = rows["point"].to_numpy(), rows["replicate"].to_numpy()
    breaks = np.flatnonzero((np.diff(point) != 0) | (np.diff(replicate) != 1)) + 1
    edges = [0, *breaks.tolist(), len(point)]
    return tuple(
        Piece(int(point[a]), int(replicate[a]), int(replicate[b - 1]) + 1)
        for a, b in pairwise(edges)
    )


def _whole_parts(folder: Path, manifest: Manifest) -> list[Part]:
    """Return the parts that are there as they were written; drop all others, and leftovers."""
    kept = []
    for part in manifest.parts():
        if hash_of(folder / FOLDER / part.file) == part.hash:
            kept.append(part)
        else:
            manifest.forget(part.part)
    names = {part.file for part in kept}
    for path in (folder / FOLDER).iterdir():
        if path.name not in names:
            path.unlink()
    return kept


def _read(folder: Path, part: Part) -> pa.Table:
    return pq.read_table(folder / FOLDER / part.file)
