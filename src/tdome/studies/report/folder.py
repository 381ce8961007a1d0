"""A study folder, read for its report: the question, the points, the replicates, the manifest."""

import sqlite3
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats, Longs
from tdome.studies.design.mixes import COLUMNS

HEADLINES = (
    *("leaked", "no_leaker", "value.lost", "value.protected", "value.saved"),
    *("rounds.fired", "cost.defence"),
    *("exchange.attack", "time.bought", "dry.any", "warning.missed", "warning.false"),
    *("warning.lead.median", "civil.unsheltered"),
)
"""Measures that every report shows, where the table has them, behind those that the study names."""

_NO_FACTORS = ("point", "label")
_MOST_MEASURES = 16


class StudyFolder(NamedTuple):
    """What a report is made from.

    file: study.toml. labels: of the points. factors: name -> value at each point. measures: shown,
    the first is what the question is about. columns: measure or control -> (n,) over all
    replicates, nan for null. point, replicate, seed: (n,). manifest: table -> rows. paid: of a
    budget, column -> USD at each point.
    """

    path: Path
    file: dict[str, Any]
    labels: list[str]
    factors: dict[str, list[Any]]
    measures: list[str]
    columns: dict[str, Floats]
    point: Longs
    replicate: Longs
    seed: Longs
    manifest: dict[str, list[dict[str, Any]]]
    paid: dict[str, list[float]]

    def values(self, measure: str, point: int) -> Floats:
        """Return a measure of the replicates of a point, in their order; nan for null."""
        first, stop = np.searchsorted(self.point, [point, point + 1])
        return self.columns[measure][first:stop]

    @property
    def engine(self) -> str:
        """What ran the replicates; empty where the folder does not say."""
        rows = self.manifest.get("about", [])
        told = [str(row["value"]) for row in rows if row.get("key") == "engine"]
        return told[0].strip('"') if told else str(self.file.get("engine", ""))

    @property
    def design(self) -> str:
        """Kind of the design."""
        return str(self.file.get("design", {}).get("kind", "full-factorial"))

    @property
    def reference(self) -> int:
        """Number of the point that differences are to: of ``[stop] against``, else the first."""
        against = self.file.get("stop", {}).get("against")
        return self.labels.index(against) if against in self.labels else 0

    def rows(self, point: int) -> slice:
        """Return where a point's replicates stand."""
        first, stop = np.searchsorted(self.point, [point, point + 1])
        return slice(int(first), int(stop))


def read_folder(path: Path) -> StudyFolder:
    """Read a study folder. Raises ConfigError where a file is missing or empty."""
    file = _toml(path / "study.toml")
    points = _parquet(path / "points.parquet").sort_by("point")
    table = _parquet(path / "table.parquet").sort_by(
        [("point", "ascending"), ("replicate", "ascending")]
    )
    if not table.num_rows:
        raise ConfigError(str(path / "table.parquet"), None, "", "holds no replicates")
    names = set(table.column_names)
    stop = file.get("stop", {}).get("measure")
    asked = [*file.get("measures", []), *([stop] if stop else []), *HEADLINES]
    measures = [name for name in dict.fromkeys(asked) if name in names][:_MOST_MEASURES]
    if not measures:
        measures = [n for n in table.column_names if n not in {"point", "replicate", "seed"}][:4]
    costs = COLUMNS if file.get("lines") else ()
    controls = [name for name in table.column_names if name.startswith(("control.", "rare"))]
    return StudyFolder(
        path=path,
        file=file,
        labels=[str(label) for label in points["label"].to_pylist()],
        factors={
            name: points[name].to_pylist()
            for name in points.column_names
            if name not in {*_NO_FACTORS, *costs}
        },
        measures=measures,
        columns={name: _floats(table[name]) for name in dict.fromkeys([*measures, *controls])},
        point=table["point"].to_numpy().astype(np.int64),
        replicate=table["replicate"].to_numpy().astype(np.int64),
        seed=table["seed"].to_numpy().astype(np.int64),
        manifest=_manifest(path / "manifest.sqlite"),
        paid={name: points[name].to_pylist() for name in costs},
    )


def _floats(column: Any) -> Floats:  # noqa: ANN401  (pyarrow has no type information)
    plain = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.asarray(plain, np.float64)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        hint = "is this the folder of a study?"
        raise ConfigError(str(path), None, "", "there is no such file", hint) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ConfigError(str(path), None, "", f"can not be read: {fault}") from None


def _parquet(path: Path) -> Any:  # noqa: ANN401  (pyarrow has no type information)
    try:
        return pq.read_table(path)
    except FileNotFoundError:
        hint = "let the study finish: tdome study ... --resume"
        raise ConfigError(str(path), None, "", "there is no such file", hint) from None
    except (pa.ArrowException, OSError) as fault:
        raise ConfigError(str(path), None, "", f"can not be read: {fault}") from None


def _manifest(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return all tables, those with the fewest columns first; nothing where there is no file."""
    if not path.is_file():
        return {}
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        db.row_factory = sqlite3.Row
        names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        tables = [str(row["name"]) for row in names if str(row["name"]).isidentifier()]
        return {name: [dict(row) for row in db.execute(f"SELECT * FROM {name}")] for name in tables}  # noqa: S608  (names from the file itself, checked above)
    except sqlite3.DatabaseError as fault:
        raise ConfigError(str(path), None, "", f"damaged manifest: {fault}") from None
    finally:
        db.close()
