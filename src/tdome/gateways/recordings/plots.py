"""The door of plots in Parquet: one row a plot, the unit in each column's name.

Columns (docs/concepts/tracking/formats.md): ``time`` (timestamp, or whole ns UTC), ``sensor``
(name of a site), ``azimuth_deg``, and where measured ``range_m``, ``elevation_deg``,
``range_rate_m_s``, ``snr_db``, ``address``, ``height_m``. Angles may be given as ``azimuth_rad``
and ``elevation_rad`` instead. A null says: not measured. ``received_at_ns``: when a plot came in.
"""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tdome.gateways.recordings.rows import Rows
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats, Longs
from tdome.messages.recording import TruthHistory
from tdome.plan.books.sites import SiteBook

KNOWN = (
    *("time", "sensor", "range_m", "azimuth_deg", "azimuth_rad", "elevation_deg", "elevation_rad"),
    *("range_rate_m_s", "snr_db", "address", "height_m", "received_at_ns"),
)
_MISSING_TIME = np.iinfo(np.int64).max
_DEGREE = np.pi / 180.0


def read_plots(path: Path, sites: SiteBook) -> Rows:
    """Return the rows of a Parquet file of plots, unjudged. Raises ConfigError for its columns."""
    table = read_table(path)
    for needed in ("time", "sensor"):
        _column(table, path, needed)
    azimuth = _angle(table, path, "azimuth")
    if azimuth is None:
        raise _missing(table, path, "azimuth_deg")
    count = table.num_rows
    far, elevation = _numbers(table, path, "range_m"), _angle(table, path, "elevation")
    address = _numbers(table, path, "address")
    whole = np.isfinite(address) & (np.abs(address) < 2.0**31)
    at, came = _times(table, path), None
    if "received_at_ns" in table.column_names:
        came = _times(table, path, "received_at_ns")
        came = np.where(came == _MISSING_TIME, at, came)
    return Rows(
        source=str(path),
        at=at,
        sensor=_sensors(table, path, sites),
        range_m=far,
        azimuth_rad=azimuth,
        elevation_rad=np.full(count, np.nan) if elevation is None else elevation,
        range_rate_m_s=_numbers(table, path, "range_rate_m_s"),
        snr_db=_numbers(table, path, "snr_db").astype(np.float32),
        address=np.where(whole, np.where(whole, address, 0), -1).astype(np.int32),
        height_m=_numbers(table, path, "height_m"),
        received_at=came,
    )


def read_truth_table(path: Path, sites: SiteBook) -> TruthHistory:
    """Return truth from Parquet: ``time``, ``flyer`` and x_m .. vz_m_s in the frame of the tracks.

    Raises ConfigError for missing columns or rows that are not finite: truth is not quarantined.
    """
    table = read_table(path)
    names = ("x_m", "y_m", "z_m", "vx_m_s", "vy_m_s", "vz_m_s")
    for name in ("time", "flyer", *names):
        _column(table, path, name)
    state = np.column_stack([_numbers(table, path, name) for name in names])
    at = _times(table, path)
    if not np.isfinite(state).all() or (at == _MISSING_TIME).any():
        raise ConfigError(str(path), None, "", "a row of the truth is not finite or has no time")
    if len(at) and not sites.flat and np.linalg.norm(state[:, :3], axis=1).min() < _INSIDE_EARTH:
        problem = "truth lies inside the Earth: the sites are WGS-84, so x_m, y_m, z_m are ECEF"
        raise ConfigError(str(path), None, "x_m", problem)
    _, flyer = np.unique(table["flyer"].to_numpy(zero_copy_only=False), return_inverse=True)
    order = np.lexsort((flyer, at))
    return TruthHistory(at=at[order], flyer=flyer[order].astype(np.int32), state=state[order])


_INSIDE_EARTH = 6.3e6  # m


def read_table(path: Path) -> Any:  # noqa: ANN401  (pyarrow has no types)
    """Return a Parquet file's table. Raises ConfigError where it can not be read."""
    try:
        return pq.read_table(path)
    except FileNotFoundError:
        raise ConfigError(str(path), None, "", "there is no such file") from None
    except (pa.ArrowException, OSError) as fault:
        problem = "is not a readable Parquet file"
        raise ConfigError(str(path), None, "", problem, str(fault)[:120]) from None


def _column(table: Any, path: Path, name: str) -> Any:  # noqa: ANN401
    if name not in table.column_names:
        raise _missing(table, path, name)
    return table[name]


def _missing(table: Any, path: Path, name: str) -> ConfigError:  # noqa: ANN401
    near = get_close_matches(name, table.column_names, n=1)
    hint = f"nearest column: {near[0]!r}" if near else f"it has {', '.join(table.column_names)}"
    return ConfigError(str(path), None, name, f"has no column {name!r}", hint)


def _numbers(table: Any, path: Path, name: str) -> Floats:  # noqa: ANN401
    """Return a column as floats; nan where it is null, or there is no such column."""
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    column = table[name]
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        problem = f"column {name!r}: expected numbers, got {column.type}"
        raise ConfigError(str(path), None, name, problem)
    found: Floats = pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy()
    return found


def _angle(table: Any, path: Path, name: str) -> Floats | None:  # noqa: ANN401
    """Return an angle in rad from its column in degrees or radians; None without either."""
    given = [unit for unit in ("deg", "rad") if f"{name}_{unit}" in table.column_names]
    if len(given) == 2:  # noqa: PLR2004
        problem = f"has both {name}_deg and {name}_rad"
        raise ConfigError(str(path), None, f"{name}_deg", problem, "leave one out")
    if not given:
        return None
    return _numbers(table, path, f"{name}_{given[0]}") * (_DEGREE if given[0] == "deg" else 1.0)


def _times(table: Any, path: Path, name: str = "time") -> Longs:  # noqa: ANN401
    column = table[name]
    if pa.types.is_timestamp(column.type):
        column = pc.cast(column, pa.timestamp("ns", column.type.tz), safe=False).cast(pa.int64())
    elif not pa.types.is_integer(column.type):
        problem = f"column {name!r}: expected a timestamp or whole ns UTC, got {column.type}"
        raise ConfigError(str(path), None, name, problem)
    found: Longs = pc.fill_null(column.cast(pa.int64()), _MISSING_TIME).to_numpy()
    return found


def _sensors(table: Any, path: Path, sites: SiteBook) -> Any:  # noqa: ANN401
    column = table["sensor"]
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        problem = f"column 'sensor': expected names of sites, got {column.type}"
        raise ConfigError(str(path), None, "sensor", problem)
    found = pc.index_in(column, pa.array(sites.names, column.type))
    return pc.fill_null(found, -1).to_numpy().astype(np.int32)
