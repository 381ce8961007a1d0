"""The truth ledger: what the judge reads, and nobody else. Arrow tables, one Parquet file each.

objects: one row per object: what it was (kind: threat, decoy, debris, civil, friendly, bird), how
it ended and where (what still flies: now and here), when and where its path would have ended had
nothing met it (due), and the TRUE damage that it can do. plots: one row per row of a sensor's
message (Plots, Bearings, Cues, Cooperative): which object was behind it (-1 none), and whether the
message was lost on the way. shots: one row per round: when, at what, with what probability and
result. debris: where wrecks came down. paths: the knots of every flight (cubic Hermite), t in s
since ``start``. losses: one row per time that a site of the plan was put out of action: by what,
until when (-1 for good), and for how many s of the run. Times int ns UTC, angles rad, positions
ECEF, m.
"""

from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from tdome.kernel.errors import TdomeError

Table: TypeAlias = Any  # pyarrow has no type information

_I64, _I32, _F64, _TEXT, _BOOL = pa.int64(), pa.int32(), pa.float64(), pa.string(), pa.bool_()

SCHEMAS: dict[str, Any] = {
    "objects": pa.schema(
        [
            ("object_id", _I32),
            ("raid", _TEXT),
            ("threat_class", _TEXT),
            ("family", _TEXT),
            ("kind", _TEXT),
            ("address", _I32),
            ("launched_at", _I64),
            ("state", _TEXT),
            ("ended_at", _I64),
            ("end_lat", _F64),
            ("end_lon", _F64),
            ("aim", _TEXT),
            ("aim_lat", _F64),
            ("aim_lon", _F64),
            ("due_at", _I64),
            ("due_lat", _F64),
            ("due_lon", _F64),
            ("killed_by", _I32),
            ("cost", _F64),
            ("damage_radius", _F64),
            ("damage_fraction", _F64),
        ]
    ),
    "plots": pa.schema(
        [
            ("sensor", _TEXT),
            ("message", _TEXT),
            ("scan", _I32),
            ("row", _I32),
            ("object_id", _I32),
            ("lost", _BOOL),
        ]
    ),
    "shots": pa.schema(
        [
            ("engagement", _I32),
            ("round", _I32),
            ("unit", _TEXT),
            ("launched_at", _I64),
            ("intercept_at", _I64),
            ("object_id", _I32),
            ("miss_distance", _F64),
            ("sspk", _F64),
            ("hit", _BOOL),
            ("reason", _TEXT),
            ("cost", _F64),
        ]
    ),
    "debris": pa.schema([("object_id", _I32), ("lat", _F64), ("lon", _F64), ("at", _I64)]),
    "losses": pa.schema(
        [
            ("site", _TEXT),
            ("kind", _TEXT),
            ("at", _I64),
            ("object_id", _I32),
            ("until", _I64),
            ("down_s", _F64),
        ]
    ),
    "paths": pa.schema(
        [("object_id", _I32), *((name, _F64) for name in ("t", "x", "y", "z", "vx", "vy", "vz"))]
    ),
}


class Ledger(msgspec.Struct, frozen=True, eq=False):
    """The tables, and the start of the scenario (int ns UTC)."""

    start: int
    objects: Table
    plots: Table
    shots: Table
    debris: Table
    losses: Table
    paths: Table

    def write(self, folder: Path) -> None:
        """Write ``ledger/<table>.parquet`` below a run folder."""
        place = folder / "ledger"
        place.mkdir(parents=True, exist_ok=True)
        for name in SCHEMAS:
            table = getattr(self, name).replace_schema_metadata({"start": str(self.start)})
            pq.write_table(table, place / f"{name}.parquet")


def read_ledger(folder: Path) -> Ledger:
    """Read the ledger of a run folder. Raises TdomeError where it is not whole."""
    tables = {name: _read_table(folder / "ledger" / f"{name}.parquet", name) for name in SCHEMAS}
    start = (tables["objects"].schema.metadata or {}).get(b"start", b"")
    if not start.isdigit():
        raise TdomeError(f"{folder / 'ledger'}: damaged ledger: it does not say when it starts")
    return Ledger(start=int(start), **tables)


def _read_table(path: Path, name: str) -> Table:
    try:
        found = pq.read_table(path)
    except FileNotFoundError:
        raise TdomeError(f"{path}: damaged ledger: there is no such table") from None
    except (pa.ArrowException, OSError) as fault:
        raise TdomeError(f"{path}: damaged ledger: {fault}") from fault
    if not found.schema.equals(SCHEMAS[name]):
        raise TdomeError(f"{path}: damaged ledger: these are not the columns of {name!r}")
    return found


def table(name: str, columns: dict[str, Any]) -> Table:
    """Build one table from its columns, in the order of its schema."""
    schema = SCHEMAS[name]
    return pa.table({key: columns[key] for key in schema.names}, schema=schema)
