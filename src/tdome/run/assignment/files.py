"""Instances in files: the two public text forms, JSON, Parquet; see docs/concepts/assignment."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tdome.kernel.errors import ConfigError
from tdome.run.assignment.instance import PAIRS, Instance
from tdome.run.assignment.texts import listed_text, read_text, square_text

_COLUMNS = ("type", "threat", "kill_probability", "value", "rounds")
_WHOLE = ("type", "threat", "rounds")


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    values: list[float]
    kill_probability: list[list[float]]
    rounds: int | list[int] = 1


def read_instance(path: str | Path) -> Instance:
    """Read an instance: .json, .parquet, or (any other ending) one of the two text forms.

    Raises
    ------
    ConfigError
        If there is no such file, or it is none of these: says file, line, what was expected.
    """
    path = Path(path)
    name = str(path)
    try:
        if path.suffix == ".parquet":
            return _from_table(pq.read_table(path), name)
        read = path.read_bytes()
    except FileNotFoundError:
        problem = "there is no such file"
        raise ConfigError(name, None, "", problem, "or FAMILY:TYPESxTHREATSxROUNDS") from None
    except OSError as fault:
        raise ConfigError(name, None, "", f"can not be read: {fault.strerror or fault}") from None
    except pa.ArrowException as fault:
        raise ConfigError(name, None, "", f"is not Parquet: {fault}") from None
    return _from_json(read, name) if path.suffix == ".json" else read_text(read, name)


def write_instance(instance: Instance, path: str | Path, form: str = "") -> Path:
    """Write an instance; what is read again is equal to the last bit.

    Parameters
    ----------
    path : a new file: .json, .parquet or .txt.
    form : of a text: "square" (one round of each of as many types as threats), "listed" (as many
        rounds of each type); not given: the first that can hold it.

    Raises
    ------
    ConfigError
        If the file is there already, can not be written, or its form can not hold the instance.
    """
    path = Path(path)
    if path.suffix not in _WRITERS:
        problem = f"{path.suffix or 'no ending'} is not known"
        raise ConfigError(str(path), None, "out", problem, ", ".join(_WRITERS))
    if path.exists():
        raise ConfigError(str(path), None, "out", "is there already", "name another file")
    try:
        _WRITERS[path.suffix](instance, path, form)
    except OSError as fault:
        problem = f"can not be written: {fault.strerror or fault}"
        raise ConfigError(str(path), None, "out", problem) from None
    return path


def _from_json(read: bytes, name: str) -> Instance:
    try:
        told = msgspec.json.decode(read, type=_Written)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        expected = "values, kill_probability (a list for each type), rounds"
        problem = f"is not an instance as JSON: {fault}"
        raise ConfigError(name, None, "", problem, f"expected: {expected}") from None
    lengths = {len(row) for row in told.kill_probability} - {len(told.values)}
    if lengths:
        row = next(i for i, row in enumerate(told.kill_probability) if len(row) in lengths)
        found = len(told.kill_probability[row])
        problem = f"kill_probability[{row}] has {found} numbers"
        expected = f"one for each of the {len(told.values)} values"
        raise ConfigError(name, None, "kill_probability", problem, expected)
    p = np.array(told.kill_probability, np.float64).reshape(-1, len(told.values))
    return Instance.of(told.values, p, told.rounds, name)


def _to_json(instance: Instance, path: Path, _: str) -> None:
    told = {
        "values": instance.values.tolist(),
        "kill_probability": instance.kill_probability.tolist(),
        "rounds": instance.rounds.tolist(),
    }
    path.write_bytes(msgspec.json.encode(told))


def _from_table(table: pa.Table, name: str) -> Instance:
    """Build an instance from rows (type, threat, kill_probability, value, rounds)."""
    missing = [column for column in _COLUMNS if column not in table.column_names]
    if missing:
        problem = f"has no column {', '.join(missing)}"
        raise ConfigError(name, None, missing[0], problem, f"expected: {', '.join(_COLUMNS)}")
    column: dict[str, Any] = {}
    for key in _COLUMNS:
        try:
            column[key] = table[key].cast(pa.float64()).to_numpy()
        except pa.ArrowException as fault:
            raise ConfigError(name, None, key, f"column {key} holds no numbers: {fault}") from None
        bad = ~np.isfinite(column[key])
        if key in _WHOLE:
            bad |= (column[key] < 0) | (column[key] != np.floor(column[key]))
        if bad.any():
            row = int(np.argmax(bad))
            expected = "whole numbers >= 0" if key in _WHOLE else "finite numbers"
            problem = f"{key} of row {row} is {column[key][row]:g}"
            raise ConfigError(name, None, key, problem, f"expected: {expected}")
    return _from_rows(column, name)


def _from_rows(column: dict[str, Any], name: str) -> Instance:
    i, j = (_places(column[key], key, name) for key in ("type", "threat"))
    types, threats = int(i.max(initial=-1)) + 1, int(j.max(initial=-1)) + 1
    if types * threats > PAIRS:
        raise ConfigError(name, None, "", f"{types} types x {threats} threats are too many")
    if len(np.unique(i * max(threats, 1) + j)) < len(i):
        raise ConfigError(name, None, "", "a pair of type and threat is there twice")
    m, v, p = np.zeros(types), np.zeros(threats), np.zeros((types, threats))
    m[i], v[j] = column["rounds"], column["value"]
    p[i, j] = column["kill_probability"]
    for key, place, told in (("rounds", i, m), ("value", j, v)):
        other = column[key] != told[place]
        if other.any():
            row = int(np.argmax(other))
            problem = f"{key} of row {row} differs from another row of the same number"
            raise ConfigError(name, None, key, problem)
    return Instance.of(v, p, m, name)


def _places(numbers: Any, key: str, name: str) -> Any:  # noqa: ANN401  (arrow gives arrays)
    if numbers.max(initial=0.0) >= PAIRS:
        raise ConfigError(name, None, key, f"{key} {numbers.max():g} is too large")
    return numbers.astype(np.int64)


def _to_table(instance: Instance, path: Path, _: str) -> None:
    if not instance.kill_probability.size:
        raise ConfigError(str(path), None, "out", "an instance without pairs has no rows to write")
    i, j = np.indices(instance.kill_probability.shape).reshape(2, -1)
    p = instance.kill_probability.ravel()
    columns = (i, j, p, instance.values[j], instance.rounds[i])
    pq.write_table(pa.table(dict(zip(_COLUMNS, columns, strict=True))), path)


def _to_text(instance: Instance, path: Path, form: str) -> None:
    one = instance.types == instance.threats and bool(np.all(instance.rounds == 1))
    chosen = form or ("square" if one else "listed")
    same = len(np.unique(instance.rounds)) == 1
    if not {"square": one, "listed": same}.get(chosen, False):
        problem = f"the text form {chosen!r} can not hold this instance"
        raise ConfigError(str(path), None, "out", problem, "write .json or .parquet")
    path.write_text(square_text(instance) if chosen == "square" else listed_text(instance), "utf-8")


_WRITERS: dict[str, Callable[[Instance, Path, str], None]] = {
    ".json": _to_json,
    ".parquet": _to_table,
    ".txt": _to_text,
}
