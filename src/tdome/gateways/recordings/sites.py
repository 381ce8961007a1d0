"""The door of sensor sites: a file of sites, or the sensors of a plan, as a book of sites.

A site file (docs/concepts/tracking/formats.md) has one table ``[[sensors]]`` per sensor, with the
unit in each key's name. A plan has ``[[sensors]]`` too, of classes (key ``type``): those that stand
still are taken with what the plan believes of them: radars, the strobes that each of these sends of
what jams it (a site of its own, "NAME strobes"), passive receivers, optical sights, acoustic
arrays, and stations that pass on what transponders tell.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef
from tdome.kernel.config import decode_text, faults_located, load_toml, parse_toml
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats
from tdome.plan.books.sensors import SensorBook
from tdome.plan.books.sites import SiteBook
from tdome.plan.classes.sensors import Kind
from tdome.plan.names import refuse_doubles
from tdome.plan.plan import read_plan
from tdome.plan.schema import Height, Latitude, Longitude, Name

DETECTION = 0.3
"""Of a plan's radar, whose catalogue tells at what range it is one half on 1 m^2: what can be told
of any body anywhere in its reach. Told too high, tracks end at silence that means nothing (0.8:
completeness 0.77 on the flagship's run, 0.5: 0.87, 0.3: 0.89)."""

STROBE_REACH = 500_000.0
"""m: how far a jammer is heard: the horizon of an antenna on a hill and a body at 12 km."""

FALSE_REPORTS = 0.01
"""False reports of a station in a scan, where a plan tells none: our own choice."""

_Positive = Annotated[float, msgspec.Meta(gt=0.0, le=1e7)]
_Angle = Annotated[float, msgspec.Meta(gt=0.0, le=45.0)]
_Elevation = Annotated[float, msgspec.Meta(ge=-90.0, le=90.0)]
_Metres = Annotated[float, msgspec.Meta(ge=-1e7, le=1e7)]
_Cell = Annotated[float, msgspec.Meta(ge=0.0, le=1e5)]
_CellAngle = Annotated[float, msgspec.Meta(ge=0.0, le=90.0)]
_Count = Annotated[float, msgspec.Meta(ge=0.0, le=1e6)]


class SiteEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One sensor of a site file: where it stands, what it measures and how well.

    A place is lat_deg, lon_deg and height_m (of the antenna over the ellipsoid), or in a flat frame
    east_m, north_m and up_m. A quantity without a sigma is not measured: without a range it is a
    direction finder, without an elevation a 2-D radar. sigma_place_m makes it a cooperative site,
    which measures nothing itself: of the places that flyers tell, where they tell no error. sound:
    a direction finder that hears sound, which is late. cell: of the resolution, all three or none;
    0: all targets are told apart.
    """

    name: Name
    sigma_azimuth_deg: _Angle | None = None
    sigma_place_m: _Positive | None = None
    period_s: Annotated[float, msgspec.Meta(gt=0.0, le=3600.0)]
    sigma_range_m: _Positive | None = None
    sigma_elevation_deg: _Angle | None = None
    sigma_range_rate_m_s: _Positive | None = None
    lat_deg: Latitude | None = None
    lon_deg: Longitude | None = None
    height_m: Height = 0.0
    east_m: _Metres | None = None
    north_m: _Metres | None = None
    up_m: _Metres = 0.0
    detection_probability: Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)] = 0.9
    false_plots_per_scan: _Count = 10.0
    min_range_km: Annotated[float, msgspec.Meta(ge=0.0, le=10_000.0)] = 0.0
    max_range_km: Annotated[float, msgspec.Meta(gt=0.0, le=10_000.0)] = 500.0
    min_elevation_deg: _Elevation = -2.0
    max_elevation_deg: _Elevation = 90.0
    sound: bool = False
    cell_range_m: _Cell = 0.0
    cell_azimuth_deg: _CellAngle = 0.0
    cell_elevation_deg: _CellAngle = 0.0


class SiteFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A site file; ``frame`` says how places are given."""

    sensors: Annotated[list[SiteEntry], msgspec.Meta(min_length=1)]
    frame: Literal["wgs84", "flat"] = "wgs84"


def read_sites(path: Path) -> SiteBook:
    """Return the sites of a site file or plan. Raises ConfigError: file, line, key and cure."""
    found = load_toml(path, dict[str, Any]).get("sensors", [])
    text = decode_text(path.read_bytes(), str(path))
    if isinstance(found, list) and any("type" in one for one in found if isinstance(one, dict)):
        return sites_of_plan(read_plan(text, str(path)).sensors, str(path))
    file = parse_toml(text, SiteFile, str(path))
    with faults_located(text):
        _check(file, str(path))
    return _book(file)


def sites_of_plan(sensors: SensorBook, source: str) -> SiteBook:
    """Return a plan's sensors that stand still as sites. Raises ConfigError where it has none.

    Others send nothing that a tracker of plots can use, or from places that a site can not tell.
    """
    radars = _still(sensors, "radar", "radar-2d")
    others = _still(sensors, "passive-rf", "optical")
    arrays = _still(sensors, "acoustic")
    stations = _still(sensors, "cooperative")
    rows = [*radars, *radars, *others, *arrays, *stations]
    if not rows:
        raise ConfigError(source, None, "sensors", "the plan has no radar that stands still")
    count, strobes = len(rows), slice(len(radars), 2 * len(radars))
    detection, sigma = sensors.detection[rows], sensors.sigma[rows]
    sigma[strobes, 0] = sigma[strobes, 2] = np.nan
    rate = sensors.physics.sigma_range_rate[rows]
    rate[strobes] = np.nan
    place = np.full(count, np.nan)
    if stations:
        place[-len(stations) :] = sensors.sigma_place[stations]
        sigma[-len(stations) :] = np.nan
    reach = sensors.max_range[rows]
    reach[strobes] = np.maximum(reach[strobes], STROBE_REACH)
    names = [sensors.names[row] for row in rows]
    names[strobes] = [strobes_of(name) for name in names[strobes]]
    return SiteBook(
        names=tuple(names),
        flat=False,
        origin=sensors.ecef[rows],
        axes=sensors.axes[rows],
        sigma=np.column_stack([sigma, rate]),
        detection=np.where(np.isfinite(detection), detection, DETECTION),
        false_plots=np.nan_to_num(sensors.false_plots[rows], nan=FALSE_REPORTS),
        reach=np.column_stack([np.zeros(count), reach]),
        elevation=np.column_stack([sensors.min_elevation[rows], sensors.max_elevation[rows]]),
        period=sensors.period[rows],
        place_sigma=place if stations else None,
        cell=sensors.physics.cell[rows],
        sound=np.isin(rows, arrays) if arrays else None,
    )


def strobes_of(radar: str) -> str:
    """Return the name of the site that a radar's strobes come from."""
    return f"{radar} strobes"


def _still(sensors: SensorBook, *kinds: Kind) -> list[int]:
    return [int(row) for row in sensors.of_kind(*kinds) if row not in sensors.moving]


def _check(file: SiteFile, source: str) -> None:
    """Refuse what can be read but can not be meant. Raises ConfigError."""
    refuse_doubles([one.name for one in file.sensors], "sensors", "name", source)
    wanted = ("lat_deg", "lon_deg") if file.frame == "wgs84" else ("east_m", "north_m")
    others = ("east_m", "north_m") if file.frame == "wgs84" else ("lat_deg", "lon_deg")
    for i, one in enumerate(file.sensors):
        _check_measures(one, i, source)
        for key in wanted:
            if getattr(one, key) is None:
                where = f"sensors[{i}].{key}"
                problem = f"key {where!r} is missing: the frame is {file.frame!r}"
                raise ConfigError(source, None, where, problem)
        for key in others:
            if getattr(one, key) is not None:
                where = f"sensors[{i}].{key}"
                problem = f"key {where!r} has no meaning: the frame is {file.frame!r}"
                raise ConfigError(source, None, where, problem, f"give {' and '.join(wanted)}")
        for low, high in (("min_range_km", "max_range_km"), _ELEVATIONS):
            if getattr(one, low) >= getattr(one, high):
                where = f"sensors[{i}].{low}"
                problem = f"key {where!r}: {getattr(one, low):g} is not below {high}"
                raise ConfigError(source, None, where, f"{problem} ({getattr(one, high):g})")
        told = [key for key in _CELLS if getattr(one, key) > 0.0]
        if 0 < len(told) < len(_CELLS):
            missing = next(key for key in _CELLS if key not in told)
            where = f"sensors[{i}].{missing}"
            problem = f"key {where!r} is missing: {told[0]} is given"
            raise ConfigError(source, None, where, problem, f"give {', '.join(_CELLS)}, or none")


def _check_measures(one: SiteEntry, i: int, source: str) -> None:
    """Refuse a sensor that measures nothing, or that measures and is told places. Raises."""
    measures = [key for key in _MEASURES if getattr(one, key) is not None]
    if one.sigma_place_m is None and one.sigma_azimuth_deg is None:
        where = f"sensors[{i}].sigma_azimuth_deg"
        hint = "a station that passes on what flyers tell has sigma_place_m instead"
        raise ConfigError(source, None, where, f"key {where!r} is missing", hint)
    if one.sigma_place_m is not None and measures:
        where = f"sensors[{i}].{measures[0]}"
        problem = f"key {where!r} has no meaning beside sigma_place_m"
        raise ConfigError(source, None, where, problem, "make two sensors of it")
    if one.sound and (one.sigma_range_m is not None or one.sigma_azimuth_deg is None):
        where = f"sensors[{i}].sound"
        problem = f"key {where!r} is of direction finders: an azimuth and no range"
        raise ConfigError(source, None, where, problem)
    if one.sigma_range_rate_m_s is not None and one.sigma_range_m is None:
        where = f"sensors[{i}].sigma_range_rate_m_s"
        raise ConfigError(source, None, where, f"key {where!r} needs sigma_range_m beside it")


_MEASURES = (
    "sigma_range_m",
    "sigma_azimuth_deg",
    "sigma_elevation_deg",
    "sigma_range_rate_m_s",
)
_CELLS = ("cell_range_m", "cell_azimuth_deg", "cell_elevation_deg")
_ELEVATIONS = ("min_elevation_deg", "max_elevation_deg")


def _book(file: SiteFile) -> SiteBook:
    flat = file.frame == "flat"
    entries = file.sensors

    def column(key: str, scale: float = 1.0) -> Floats:
        found = [getattr(one, key) for one in entries]
        return np.array([np.nan if one is None else one * scale for one in found], np.float64)

    degree = np.pi / 180.0
    if flat:
        origin = np.column_stack([column("east_m"), column("north_m"), column("up_m")])
        axes = np.tile(np.eye(3), (len(entries), 1, 1))
    else:
        lat, lon = column("lat_deg", degree), column("lon_deg", degree)
        origin = geodetic_to_ecef(lat, lon, column("height_m"))
        axes = np.array([enu_axes(a, o) for a, o in zip(lat, lon, strict=True)])
    sigma = [
        column("sigma_range_m"),
        column("sigma_azimuth_deg", degree),
        column("sigma_elevation_deg", degree),
        column("sigma_range_rate_m_s"),
    ]
    place = column("sigma_place_m")
    return SiteBook(
        names=tuple(one.name for one in entries),
        flat=flat,
        origin=origin,
        axes=axes,
        sigma=np.column_stack(sigma),
        detection=column("detection_probability"),
        false_plots=column("false_plots_per_scan"),
        reach=np.column_stack([column("min_range_km", 1e3), column("max_range_km", 1e3)]),
        elevation=np.column_stack([column(key, degree) for key in _ELEVATIONS]),
        period=column("period_s"),
        place_sigma=place if np.isfinite(place).any() else None,
        sound=np.array([one.sound for one in entries]) if any(o.sound for o in entries) else None,
        cell=np.column_stack(
            [column(key, scale) for key, scale in zip(_CELLS, (1.0, degree, degree), strict=True)]
        ),
    )
