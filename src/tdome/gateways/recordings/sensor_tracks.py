"""The door of sensor tracks: what a tracker told of its tracks, as ``tdome track --out`` writes it.

Parquet, one row per track and time. Columns (docs/concepts/tracking/formats.md): ``time``,
``number``, ``x_m`` … ``vz_m_s``, ``covariance`` (lower triangle, row by row, 21 numbers), and if
they are there ``updated`` and ``scan``. All rows of one time are that tracker's list then. The
metadata of the file tell the frame; without any, places near the Earth's radius are ECEF.
"""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tdome.gateways.recordings.plots import _MISSING_TIME, _column, _numbers, _times, read_table
from tdome.gateways.recordings.refusals import Refusals
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats, Longs
from tdome.messages.recording import TrackHistory

_STATE = ("x_m", "y_m", "z_m", "vx_m_s", "vy_m_s", "vz_m_s")
_LOWER = np.tril_indices(6)
_FASTEST = 20e3  # m/s
_NEAR_EARTH = 6.0e6  # m
_MOST = 2**31 - 1


class SensorTracks(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Tracks of one source, L lists, n rows, ascending in time, then number.

    at: (L,) int ns. start: (L + 1,) the rows of list k are start[k] : start[k + 1]. number,
    updated: (n,); state: (n, 6), covariance: (n, 6, 6). flat: True for a plane frame, else ECEF.
    """

    source: str
    flat: bool
    at: Longs
    start: Longs
    number: Longs
    updated: NDArray[np.bool_]
    state: Floats
    covariance: Floats

    def __len__(self) -> int:
        """Return the number of lists."""
        return len(self.at)


def read_sensor_tracks(path: Path, refused: Refusals) -> SensorTracks:
    """Return the tracks of a file; rows that can not be meant are refused.

    Raises ConfigError for columns that are missing or of a wrong type, with the nearest name.
    """
    table = read_table(path)
    for name in ("time", "number", *_STATE, "covariance"):
        _column(table, path, name)
    state = np.column_stack([_numbers(table, path, name) for name in _STATE])
    number = _numbers(table, path, "number")
    scan = np.nan_to_num(_numbers(table, path, "scan"))
    at, covariance = _times(table, path), _covariance(table, path)
    whole = (number >= 0) & (number <= _MOST) & (np.floor(number) == number)
    history = {"at": at, "state": state, "covariance": covariance, "updated": _updated(table)}
    history |= {"number": np.where(whole, number, -1).astype(np.int64), "scan": scan}
    told = (table.schema.metadata or {}).get(b"frame", b"").decode(errors="replace")
    finite = state[np.isfinite(state).all(axis=1)]
    far = bool(len(finite)) and float(np.median(np.linalg.norm(finite[:, :3], axis=1)))
    flat = told.startswith("flat") if told else far < _NEAR_EARTH
    return _admitted(str(path), history, refused, flat=flat)


def lists_of(source: str, tracks: TrackHistory, refused: Refusals, *, flat: bool) -> SensorTracks:
    """Return a track history as the tracks of a source; the same rows are refused."""
    history = {name: getattr(tracks, name) for name in ("at", "state", "covariance", "updated")}
    history |= {"number": tracks.number.astype(np.int64), "scan": tracks.scan}
    return _admitted(source, history, refused, flat=flat)


def _admitted(
    source: str, history: dict[str, Any], refused: Refusals, *, flat: bool
) -> SensorTracks:
    at, number, state, covariance = (
        history[name] for name in ("at", "number", "state", "covariance")
    )
    rows: Longs = np.arange(len(at))
    fast: NDArray[np.bool_] = ~(np.linalg.norm(state[:, 3:], axis=1) < _FASTEST)
    faults: tuple[tuple[str, NDArray[np.bool_]], ...] = (
        ("has no time", at == _MISSING_TIME),
        ("number is no whole number from 0 on", number < 0),
        ("state is not finite, or faster than 20 km/s", ~np.isfinite(state).all(axis=1) | fast),
        ("covariance is not positive definite", ~_definite(covariance)),
    )
    for reason, bad in faults:
        wrong = bad[rows]
        refused.refuse(source, reason, rows[wrong])
        rows = rows[~wrong]
    rows = rows[np.lexsort((rows, history["scan"][rows], number[rows], at[rows]))]
    later = np.zeros(len(rows), np.bool_)
    later[:-1] = (np.diff(at[rows]) == 0) & (np.diff(number[rows]) == 0)
    refused.refuse(source, "the track is told again at that time", np.sort(rows[later]))
    rows = rows[~later]
    times, first = np.unique(at[rows], return_index=True)
    return SensorTracks(
        source=source,
        flat=flat,
        at=times,
        start=np.append(first, len(rows)).astype(np.int64),
        number=number[rows],
        updated=np.asarray(history["updated"], np.bool_)[rows],
        state=np.ascontiguousarray(state[rows]),
        covariance=np.ascontiguousarray(covariance[rows]),
    )


def _definite(covariance: Floats) -> NDArray[np.bool_]:
    """Return which are positive definite, scaled to ones on the diagonal: (n,)."""
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(covariance).all(axis=(1, 2)))
    sound = np.where(finite[:, None, None], covariance, -np.eye(6))
    size = np.sqrt(np.maximum(np.einsum("nii->ni", sound), 1e-12))
    least = np.linalg.eigvalsh(sound / (size[:, :, None] * size[:, None, :]))[:, 0]
    return np.asarray(least > _LEAST)


_LEAST = 1e-9  # eigenvalue of a correlation matrix: beyond this an inverse is noise


def _covariance(table: Any, path: Path) -> Floats:  # noqa: ANN401  (pyarrow has no types)
    column = table["covariance"].combine_chunks()
    kind, count = column.type, len(_LOWER[0])
    if not (pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind)):
        problem = f"column 'covariance': expected lists of {count} numbers, got {kind}"
        raise ConfigError(str(path), None, "covariance", problem)
    length = np.asarray(pc.fill_null(pc.list_value_length(column), 0))
    if (length != count).any():
        row = int(np.argmax(length != count))
        problem = f"column 'covariance': row {row} has {length[row]} numbers, not {count}"
        hint = "the lower triangle of a 6 x 6 matrix, row by row"
        raise ConfigError(str(path), None, "covariance", problem, hint)
    flat = pc.fill_null(column.flatten().cast(pa.float64()), float("nan")).to_numpy()
    out = np.empty((table.num_rows, 6, 6))
    out[:, _LOWER[0], _LOWER[1]] = out[:, _LOWER[1], _LOWER[0]] = flat.reshape(-1, count)
    return out


def _updated(table: Any) -> NDArray[np.bool_]:  # noqa: ANN401
    if "updated" not in table.column_names:
        return np.ones(table.num_rows, np.bool_)
    return np.asarray(
        pc.fill_null(table["updated"].cast(pa.bool_()), False),
        np.bool_,
    )
