"""Rows on disk: a part for each chunk that is done, and at the end one table of them all."""

import os
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tdome.studies.running.base import KEYS
from tdome.studies.running.manifest import Part

FOLDER = "parts"
TABLE = "table.parquet"
_ROWS_AT_ONCE = 200_000
_KEY_TYPES = (pa.int32(), pa.int32(), pa.int64())


def write_part(folder: Path, name: str, rows: pa.Table) -> str:
    """Write a part whole or not at all, also if the power fails; return its hash."""
    path = folder / FOLDER / name
    temporary = path.with_suffix(".new")
    with temporary.open("wb") as file:
        pq.write_table(rows, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    _settle(path.parent)
    return hash_of(path)


def hash_of(path: Path) -> str:
    """Return a hash of a file's bytes; empty if there is none."""
    try:
        return blake2b(path.read_bytes(), digest_size=16).hexdigest()
    except OSError:
        return ""


def write_table(folder: Path, parts: Sequence[Part], replicates: Sequence[int]) -> str:
    """Write ``table.parquet`` of each point's first replicates, sorted; return its content hash.

    The hash is of the values in their order (Parquet's bytes vary with the version that wrote
    them), column by column: it is the same however the rows were cut into parts.
    """
    names = sorted(
        {n for part in parts for n in pq.read_schema(folder / FOLDER / part.file).names} - {*KEYS}
    )
    types = [*_KEY_TYPES, *(pa.float64() for _ in names)]
    schema = pa.schema(list(zip([*KEYS, *names], types, strict=True)))
    columns = {name: blake2b(digest_size=16) for name in schema.names}
    temporary = folder / f"{TABLE}.new"
    with pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for block in _blocks(folder, parts, replicates, schema):
            for name, content in columns.items():
                _feed(content, block[name])
            writer.write_table(block)
    temporary.replace(folder / TABLE)
    _settle(folder)
    whole = blake2b(digest_size=16)
    for name, content in columns.items():
        whole.update(f"{len(name)}:{name}:{content.hexdigest()};".encode())
    return whole.hexdigest()


def _blocks(
    folder: Path, parts: Sequence[Part], replicates: Sequence[int], schema: pa.Schema
) -> Iterator[pa.Table]:
    """Yield the sorted rows of some points at a time."""
    of_point: dict[int, list[Part]] = {}
    for part in parts:
        for point in dict.fromkeys(piece.point for piece in part.pieces):
            of_point.setdefault(point, []).append(part)
    first = 0
    while first < len(replicates):
        last, rows = first, 0
        while last < len(replicates) and (
            last == first or rows + replicates[last] <= _ROWS_AT_ONCE
        ):
            rows += replicates[last]
            last += 1
        needed = {part.file: None for p in range(first, last) for part in of_point.get(p, [])}
        found = [_filled(pq.read_table(folder / FOLDER / file), schema) for file in needed]
        block = pa.concat_tables(found) if found else schema.empty_table()
        most = pa.array(np.asarray(replicates, np.int32))
        point = block["point"]
        wanted = pc.and_(pc.greater_equal(point, first), pc.less(point, last))
        wanted = pc.and_(wanted, pc.less(block["replicate"], most.take(point)))
        yield block.filter(wanted).sort_by([("point", "ascending"), ("replicate", "ascending")])
        first = last


def _filled(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return rows with all columns of the schema, null where a part has none."""
    columns: Mapping[str, Any] = {
        field.name: rows[field.name]
        if field.name in rows.column_names
        else pa.nulls(len(rows), field.type)
        for field in schema
    }
    return pa.table(columns, schema=schema)


def _feed(content: Any, column: pa.ChunkedArray) -> None:  # noqa: ANN401  (a hash)
    """Hash values, and apart from them which are null."""
    there = pc.is_valid(column).to_numpy()
    values = pc.fill_null(column, 0).to_numpy()
    row = np.zeros(len(there), [("there", "u1"), ("value", "<u8")])
    row["there"] = there
    row["value"] = values.astype(values.dtype.newbyteorder("<")).view(f"<u{values.itemsize}")
    content.update(row.tobytes())


def _settle(folder: Path) -> None:
    """Make sure that a renamed file is found under its new name after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
