"""The door out: system tracks as Parquet (all of it) and GeoJSON (lines on a map)."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats, Longs
from tdome.messages.recording import TrackHistory
from tdome.plan.books.sites import SiteBook

FLAT = "the frame is flat: it has no latitudes and longitudes"
_STATE = ("x_m", "y_m", "z_m", "vx_m_s", "vy_m_s", "vz_m_s")
_LOWER = np.tril_indices(6)
_LAW = ("ln_inv_beta", "ln_inv_beta_sigma", "thrust", "powered")  # null where not estimated
_DECIMALS = 6  # of a degree: 0.1 m


def write_parquet(path: Path, tracks: TrackHistory, sites: SiteBook) -> None:
    """Write one row per track and scan: frame, state, covariance; on the ellipsoid where it is one.

    ``covariance`` holds the lower triangle, row by row, 21 numbers; ``sigma_m`` is the root of the
    mean position variance; what a law of motion does not estimate is null. The frame of states is
    told in the file's metadata.
    """
    covariance = np.ascontiguousarray(tracks.covariance[:, _LOWER[0], _LOWER[1]])
    place = np.einsum("nii->ni", tracks.covariance)[:, :3]
    columns: dict[str, Any] = {
        "time": pa.array(tracks.at, pa.timestamp("ns", "UTC")),
        "number": tracks.number,
        "scan": tracks.scan,
        "updated": tracks.updated,
        "plot": tracks.plot,
        "address": pa.array(tracks.address, mask=tracks.address < 0),
        **{name: tracks.state[:, i] for i, name in enumerate(_STATE)},
        "sigma_m": np.sqrt(place.mean(axis=1)),
        "ballistic": tracks.ballistic != 0,
        **{name: pa.array(getattr(tracks, name), from_pandas=True) for name in _LAW},
    }
    if not sites.flat:
        lat, lon, height = ecef_to_geodetic(tracks.state[:, :3])
        columns |= {"lat_deg": np.degrees(lat), "lon_deg": np.degrees(lon), "height_m": height}
    columns["covariance"] = pa.FixedSizeListArray.from_arrays(covariance.ravel(), len(_LOWER[0]))
    frame = "flat: x east, y north, z up" if sites.flat else "ECEF WGS-84"
    table = pa.table(columns).replace_schema_metadata({"frame": frame})
    pq.write_table(table, path)


def write_geojson(path: Path, tracks: TrackHistory, sites: SiteBook) -> None:
    """Write one line per track: WGS-84 degrees and height m, with its number and times (RFC 7946).

    Raises ConfigError for a flat frame: it has no place on the Earth.
    """
    if sites.flat:
        raise ConfigError(str(path), None, "", FLAT, "write Parquet instead")
    lat, lon, height = ecef_to_geodetic(tracks.state[:, :3])
    places = np.column_stack(
        [np.degrees(lon).round(_DECIMALS), np.degrees(lat).round(_DECIMALS), height.round(1)]
    )
    order, starts = _by_number(tracks)
    bounds = [*starts.tolist(), len(order)]
    features = [_line(tracks, places, order[begin:end]) for begin, end in pairwise(bounds)]
    path.write_bytes(msgspec.json.encode({"type": "FeatureCollection", "features": features}))


def _by_number(tracks: TrackHistory) -> tuple[Longs, Longs]:
    """Return rows ordered by track and time, and where each track begins."""
    order = np.lexsort((tracks.at, tracks.number))
    _, starts = np.unique(tracks.number[order], return_index=True)
    return order, starts


def _line(tracks: TrackHistory, places: Floats, rows: Longs) -> dict[str, Any]:
    points = places[rows].tolist()
    times = np.datetime_as_string(tracks.at[rows].astype("datetime64[ns]"), unit="ms").tolist()
    line = {"type": "LineString", "coordinates": points}
    return {
        "type": "Feature",
        "geometry": line if len(points) > 1 else {"type": "Point", "coordinates": points[0]},
        "properties": {
            "number": int(tracks.number[rows[0]]),
            "first": f"{times[0]}Z",
            "last": f"{times[-1]}Z",
            "plots": int(tracks.updated[rows].sum()),
            "ballistic": bool(tracks.ballistic[rows].any()),
            "times": [f"{time}Z" for time in times],
        },
    }
