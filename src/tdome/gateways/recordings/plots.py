"""The door of plots in Parquet: one row a plot, the unit in each column's name.

Columns (docs/concepts/tracking/formats.md): ``time`` (timestamp, or whole ns UTC), ``sensor``
(name of a site), ``azimuth_deg``, and where measured ``range_m``, ``elevation_deg``,
``range_rate_m_s``, ``snr_db``, ``address``, ``height_m``. Angles may be given as ``azimuth_rad``
and ``elevation_rad`` instead. A null says: not measured. Reports of places (cooperative sites) have
``lat_deg``, ``lon_deg`` and ``height_m``, or ``x_m``, ``y_m``, ``z_m`` in the frame of the tracks,
and may have ``sigma_m``, the standard error of each coordinate. ``received_at_ns``: when a
plot came in.
"""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tdome.earth.wgs84 import enu_to_polar, geodetic_to_ecef
from tdome.gateways.recordings.rows import Rows
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats, Ints, Longs
from tdome.messages.recording import Flags, TruthHistory
from tdome.plan.books.sites import SiteBook

_MISSING_TIME = np.iinfo(np.int64).max
_DEGREE = np.pi / 180.0


def read_plots(path: Path, sites: SiteBook) -> Rows:
    """Return the rows of a Parquet file of plots, unjudged. Raises ConfigError for its columns."""
    table = read_table(path)
    for needed in ("time", "sensor"):
        _column(table, path, needed)
    count = table.num_rows
    azimuth, elevation = _angle(table, path, "azimuth"), _angle(table, path, "elevation")
    if azimuth is None and sites.place_sigma is None:
        raise _missing(table, path, "azimuth_deg")
    sensor, far = _sensors(table, path, sites), _numbers(table, path, "range_m")
    polar = np.column_stack(
        [far, *(np.full(count, np.nan) if one is None else one for one in (azimuth, elevation))]
    )
    said = np.zeros(count, np.bool_)
    if sites.place_sigma is not None:
        said = (sensor >= 0) & np.isfinite(sites.place_sigma[sensor])
        polar[said] = _told_places(table, path, sites, sensor, said)
    address = _numbers(table, path, "address")
    whole = np.isfinite(address) & (np.abs(address) < 2.0**31)
    at, came = _times(table, path), None
    if "received_at_ns" in table.column_names:
        came = _times(table, path, "received_at_ns")
        came = np.where(came == _MISSING_TIME, at, came)
    return Rows(
        source=str(path),
        at=at,
        sensor=sensor,
        range_m=polar[:, 0],
        azimuth_rad=polar[:, 1],
        elevation_rad=polar[:, 2],
        range_rate_m_s=_numbers(table, path, "range_rate_m_s"),
        snr_db=_numbers(table, path, "snr_db").astype(np.float32),
        address=np.where(whole, np.where(whole, address, 0), -1).astype(np.int32),
        height_m=np.where(said, np.nan, _numbers(table, path, "height_m")),
        place_sigma_m=np.where(said, _numbers(table, path, "sigma_m"), np.nan),
        received_at=came,
    )


def _told_places(
    table: Any,  # noqa: ANN401  (pyarrow has no types)
    path: Path,
    sites: SiteBook,
    sensor: Ints,
    said: Flags,
) -> Floats:
    """Return range, azimuth and elevation of told places from their stations, (k, 3).

    Places are lat_deg, lon_deg, height_m (not in a flat frame), or x_m, y_m, z_m.
    """
    names = ("lat_deg", "lon_deg", "height_m")
    if sites.flat or "lat_deg" not in table.column_names:
        names = ("x_m", "y_m", "z_m")
    for name in names:
        _column(table, path, name)
    told = np.column_stack([_numbers(table, path, name)[said] for name in names])
    if names[0] == "lat_deg":
        lat, lon = told[:, 0] * _DEGREE, told[:, 1] * _DEGREE
        off = (np.abs(told[:, 0]) > 90.0) | (np.abs(told[:, 1]) > 360.0)  # noqa: PLR2004
        told = geodetic_to_ecef(np.where(off, np.nan, lat), lon, told[:, 2])
    return polar_from(told, sites, sensor[said])


def polar_from(places: Floats, sites: SiteBook, sensor: Ints) -> Floats:
    """Return range, azimuth, elevation (k, 3) of places (k, 3) in the frame, each from its site."""
    away = places - sites.origin[sensor]
    return enu_to_polar(np.einsum("kij,kj->ki", sites.axes[sensor], away))


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
