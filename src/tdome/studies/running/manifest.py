"""The manifest of a study folder: SQLite, so that a kill leaves the last whole state.

about   key -> value: name, status, seed, engine, hashes of inputs, versions, digest, seconds spent
points  one row each: label, hashes of plan and scenario, why it has no more replicates, how many
parts   one row for each file in parts/: its hash, rows, seconds of work
pieces  which replicates (first .. stop - 1) of which point are in which part
"""

import fcntl
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from tdome.kernel.errors import ConfigError, TdomeError
from tdome.run.record import digest
from tdome.studies.design.definition import Definition
from tdome.studies.running.base import Piece

NAME = "manifest.sqlite"
_SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE points (point INTEGER PRIMARY KEY, label TEXT NOT NULL, plan TEXT NOT NULL,
    scenario TEXT NOT NULL, status TEXT NOT NULL DEFAULT '', replicates INTEGER NOT NULL DEFAULT 0);
CREATE TABLE parts (part INTEGER PRIMARY KEY, file TEXT NOT NULL, hash TEXT NOT NULL,
    rows INTEGER NOT NULL, seconds REAL NOT NULL);
CREATE TABLE pieces (part INTEGER NOT NULL REFERENCES parts, point INTEGER NOT NULL,
    first INTEGER NOT NULL, stop INTEGER NOT NULL);
CREATE INDEX pieces_of_part ON pieces (part);
"""


class Part(NamedTuple):
    """One file in parts/."""

    part: int
    file: str
    hash: str
    rows: int
    seconds: float
    pieces: tuple[Piece, ...]


class Manifest:
    """An open manifest. One process writes it at a time: see :func:`claim`."""

    def __init__(self, folder: Path) -> None:
        self._db = sqlite3.connect(folder / NAME)
        try:
            self._db.execute("SELECT key FROM about LIMIT 1")
        except sqlite3.DatabaseError as fault:
            raise TdomeError(f"{folder / NAME}: damaged manifest: {fault}") from None

    def about(self) -> dict[str, Any]:
        """Return all that is known of the study as a whole."""
        rows = self._db.execute("SELECT key, value FROM about ORDER BY key")
        return {key: msgspec.json.decode(value) for key, value in rows}

    def note(self, **known: object) -> None:
        """Keep values of the study as a whole."""
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", _encoded(known))

    def add(self, part: Part) -> None:
        """Keep that a part is in its place."""
        with self._db:
            self._db.execute("INSERT INTO parts VALUES (?, ?, ?, ?, ?)", part[:5])
            rows = [(part.part, *piece) for piece in part.pieces]
            self._db.executemany("INSERT INTO pieces VALUES (?, ?, ?, ?)", rows)

    def forget(self, part: int) -> None:
        """Drop a part whose file is gone or damaged."""
        with self._db:
            self._db.execute("DELETE FROM pieces WHERE part = ?", (part,))
            self._db.execute("DELETE FROM parts WHERE part = ?", (part,))

    def parts(self) -> list[Part]:
        """Return all parts, the oldest first."""
        pieces: dict[int, list[Piece]] = {}
        for part, *piece in self._db.execute("SELECT * FROM pieces ORDER BY rowid"):
            pieces.setdefault(part, []).append(Piece(*piece))
        rows = self._db.execute("SELECT part, file, hash, rows, seconds FROM parts ORDER BY part")
        return [
            Part(part, file, content, n, seconds, tuple(pieces.get(part, ())))
            for part, file, content, n, seconds in rows
        ]

    def end_points(self, why: list[str], replicates: list[int]) -> None:
        """Keep how many replicates each point got, and why no more."""
        rows = list(zip(why, replicates, range(len(why)), strict=True))
        with self._db:
            self._db.executemany(
                "UPDATE points SET status = ?, replicates = ? WHERE point = ?", rows
            )

    def points(self) -> list[tuple[str, str, int]]:
        """Return label, status and number of replicates of each point."""
        rows = self._db.execute("SELECT label, status, replicates FROM points ORDER BY point")
        return [(str(label), str(status), int(n)) for label, status, n in rows]

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def new_manifest(
    folder: Path, definition: Definition, engine: str, versions: Mapping[str, str]
) -> None:
    """Write the manifest of a study that begins: whole or not at all."""
    path = folder / f"{NAME}.new"
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    file = definition.file
    known = {
        "name": file.name,
        "question": file.question,
        "source": definition.source,
        "seed": file.design.seed,
        "common_random_numbers": file.design.common_random_numbers,
        "measures": file.measures,
        "engine": engine,
        "hashes": definition.hashes(),
        "versions": versions,
        "status": "running",
        "seconds": 0.0,
    }
    with db:
        db.executescript(_SCHEMA)
        db.executemany("INSERT INTO about VALUES (?, ?)", _encoded(known))
        rows = [
            (p.number, p.label, digest(p.inputs.plan_text), digest(p.inputs.scenario_text))
            for p in definition.points
        ]
        db.executemany(
            "INSERT INTO points (point, label, plan, scenario) VALUES (?, ?, ?, ?)", rows
        )
    db.close()
    path.replace(folder / NAME)


def refuse_other(
    about: Mapping[str, Any], definition: Definition, engine: str, versions: Mapping[str, str]
) -> None:
    """Raise ConfigError, naming what differs, if a folder was begun with something else."""
    differs = [*_differences(about["hashes"], definition.hashes())]
    differs += [
        f"version of {name} ({old} then, {new} now)"
        for name, old, new in _changes(about["versions"], versions)
    ]
    if about["engine"] != engine:
        differs.append(f"engine ({about['engine']} then, {engine} now)")
    if differs:
        problem = f"can not be resumed, something else would come out: other {', '.join(differs)}"
        hint = "take back the change, or begin a new study in another folder"
        raise ConfigError(definition.source, None, "resume", problem, hint)


def claim(folder: Path) -> IO[bytes]:
    """Lock a folder for this process until the file is closed; a kill frees it too."""
    lock = (folder / "lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        problem = "another process is at work on this study"
        raise ConfigError(str(folder), None, "out", problem) from None
    return lock


def _differences(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of what changed; derived things only if nothing explains them."""
    names = [name for name, _, _ in _changes(then, now)]
    causes = [name for name in names if name != "design points"]
    yield from causes or names


def _changes(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for name in sorted({*then, *now}):
        old, new = then.get(name, "none"), now.get(name, "none")
        if old != new:
            yield name, old, new


def _encoded(known: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(key, msgspec.json.encode(value).decode()) for key, value in known.items()]
