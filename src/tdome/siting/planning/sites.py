"""Candidate sites: those of the plan, a list in a file, a seeded grid over land around the assets.

Land: the counties of the bundled atlas where the plan lies on it, else ground above the sea where
there is a terrain, else everywhere. A site without a height stands on the terrain; without one it
has the height of the nearest site of the plan.
"""

import csv
import io
import math
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import shapely

from tdome.earth.geodesy import great_circle_distance
from tdome.earth.terrain import Terrain
from tdome.kernel.config import decode_text
from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.messages.base import Floats
from tdome.plan.plan import Plan
from tdome.plan.schema import Site, Zones
from tdome.plan.zones import METRES_PER_DEGREE, zone_book

GRID, WITHIN_KM = 40, 25.0
_TAIWAN = (118.0, 21.5, 123.0, 26.5)  # degrees west, south, east, north
_SAME = 30.0  # m: nearer sites are one
_MOST = 5000
_TRIES = 12  # spacings until a grid has about as many sites as were asked for
_KEYS = ("name", "lat_deg", "lon_deg", "height_m")


class Spot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A candidate site; ``height_m`` over the ellipsoid, of the ground."""

    name: str
    lat_deg: float
    lon_deg: float
    height_m: float | None = None


class _SpotFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sites: list[Spot]


def spots_of(  # noqa: PLR0913  (what people may ask for)
    plan: Plan, present: Sequence[Site], terrain: Terrain | None, *, file: Path | None = None,
    grid: int | None = None, within_km: float = WITHIN_KM, seed: int = 1,
) -> list[Spot]:  # fmt: skip
    """Return the candidate sites, present ones first, each with a height.

    ``grid``: about how many sites to lay over the land; GRID if neither it nor a file is given.
    """
    found = [
        Spot(name=f"at {s.name}", lat_deg=s.lat_deg, lon_deg=s.lon_deg, height_m=s.height_m)
        for s in present
    ]
    if file is not None:
        found += read_spots(file)
    wanted = grid if grid is not None else (0 if file is not None else GRID)
    if wanted:
        found += _grid(plan, terrain, wanted, within_km, seed)
    known = [*plan.file.fire_units, *plan.file.sensors]
    return _with_heights(_apart(found), known, terrain)


def read_spots(file: Path) -> list[Spot]:
    """Read a list of sites: CSV with the columns name, lat_deg, lon_deg[, height_m], or TOML.

    Raises ConfigError with the line or key at fault.
    """
    if not file.is_file():
        near = sorted(str(one) for one in file.parent.glob("*") if one.suffix in {".csv", ".toml"})
        hint = f"there is {', '.join(near[:3])}" if near else "CSV or TOML"
        raise ConfigError(str(file), None, "sites", "there is no such file", hint)
    text = decode_text(file.read_bytes(), str(file))
    rows = _toml(text, str(file)) if file.suffix == ".toml" else _csv(text, str(file))
    for spot in rows:
        good = abs(spot.lat_deg) <= 90.0 and abs(spot.lon_deg) <= 180.0  # noqa: PLR2004
        if not good or not math.isfinite(spot.height_m or 0.0):
            problem = f"site {spot.name!r} is not on the Earth"
            raise ConfigError(str(file), None, "sites", problem, "degrees: latitude, longitude")
    if not rows:
        raise ConfigError(str(file), None, "sites", "has no site", f"columns: {', '.join(_KEYS)}")
    return rows


def _toml(text: str, source: str) -> list[Spot]:
    try:
        return msgspec.convert(tomllib.loads(text), _SpotFile).sites
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        hint = "[[sites]] tables with name, lat_deg, lon_deg and height_m, if known"
        raise ConfigError(source, None, "sites", str(fault), hint) from None


def _csv(text: str, source: str) -> list[Spot]:
    reader = csv.DictReader(io.StringIO(text))
    columns = [name.strip() for name in reader.fieldnames or []]
    for name in _KEYS[:3]:
        if name not in columns:
            problem = f"has no column {name!r}"
            raise ConfigError(source, 1, "sites", problem, f"columns: {', '.join(_KEYS)}")
    found = []
    for row in reader:
        cells: dict[str, Any] = {k.strip(): (v or "").strip() for k, v in row.items() if k}
        given = {name: cells[name] for name in _KEYS if cells.get(name)}
        try:
            found.append(msgspec.convert(given, Spot, strict=False))
        except msgspec.ValidationError as fault:
            raise ConfigError(source, reader.line_num, "sites", str(fault)) from None
    return found


# ---------------------------------------------------------------- grid


def _grid(
    plan: Plan, terrain: Terrain | None, wanted: int, within_km: float, seed: int
) -> list[Spot]:
    """Return a hexagonal grid with a seeded offset, about as many points as are wanted."""
    shift = Streams(seed)("siting", "grid").draw(0)
    land = _land(plan)
    area = len(plan.assets.lat) * math.pi * (within_km * 1e3) ** 2
    low, high = 0.0, math.sqrt(area)
    best: tuple[Floats, Floats] = np.zeros(0), np.zeros(0)
    for _ in range(_TRIES):  # by halving: the more spacing, the fewer points
        spacing = 0.5 * (low + high)
        points = _points(plan, spacing, within_km * 1e3, shift)
        if len(points[0]) <= _MOST:
            points = _on_land(points, land, terrain)
            if abs(len(points[0]) - wanted) < abs(len(best[0]) - wanted):
                best = points
        if len(points[0]) > wanted:
            low = spacing
        else:
            high = spacing
    lat, lon = np.degrees(best[0]), np.degrees(best[1])
    return [
        Spot(name=f"grid {k + 1}", lat_deg=round(float(a), 5), lon_deg=round(float(o), 5))
        for k, (a, o) in enumerate(zip(lat, lon, strict=True))
    ]


def _points(plan: Plan, spacing: float, within: float, shift: Floats) -> tuple[Floats, Floats]:
    """Return grid points (rad) no farther than ``within`` m from the edge of an asset."""
    book = plan.assets
    reach = (within + float(book.radius.max())) / METRES_PER_DEGREE
    lat, lon = np.degrees(book.lat), np.degrees(book.lon)
    squeeze = math.cos(math.radians(float(lat.mean())))
    high = spacing * math.sqrt(0.75) / METRES_PER_DEGREE
    wide = spacing / METRES_PER_DEGREE / squeeze
    south, west = lat.min() - reach, lon.min() - reach / squeeze
    rows = int((lat.max() + reach - south) / high) + 2
    columns = int((lon.max() + reach / squeeze - west) / wide) + 2
    if rows * columns > 100 * _MOST:
        return np.zeros(_MOST + 1), np.zeros(_MOST + 1)
    k, i = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    lats = np.radians(south + (k + shift[0] - 1.0) * high).ravel()
    lons = np.radians(west + (i + shift[1] - 1.0 + 0.5 * (k % 2)) * wide).ravel()
    away = great_circle_distance(lats[:, None], lons[:, None], book.lat[None], book.lon[None])
    near = (away <= within + book.radius[None]).any(axis=1)
    return lats[near], lons[near]


def _on_land(
    points: tuple[Floats, Floats], land: shapely.Geometry | None, terrain: Terrain | None
) -> tuple[Floats, Floats]:
    lat, lon = points
    if land is not None:
        keep = shapely.contains_xy(land, np.degrees(lon), np.degrees(lat))
    elif terrain is not None:
        keep = terrain.height(lat, lon) > 0.0
    else:
        return points
    return lat[keep], lon[keep]


def _land(plan: Plan) -> shapely.Geometry | None:
    """Return the land of the bundled atlas where the plan lies on it."""
    lon, lat = np.degrees(plan.assets.lon), np.degrees(plan.assets.lat)
    west, south, east, north = _TAIWAN
    if not ((west < lon) & (lon < east) & (south < lat) & (lat < north)).any():
        return None
    counties = zone_book(Zones(atlas="taiwan-counties"), "atlas").polygons
    land = shapely.union_all(shapely.coverage_simplify(counties, 0.005))
    shapely.prepare(land)
    return land


def _apart(spots: list[Spot]) -> list[Spot]:
    """Leave out what stands where another one stands already."""
    kept: list[Spot] = []
    lat, lon = (np.radians([getattr(s, key) for s in spots]) for key in ("lat_deg", "lon_deg"))
    rows: list[int] = []
    for k, spot in enumerate(spots):
        if not rows or np.min(great_circle_distance(lat[k], lon[k], lat[rows], lon[rows])) > _SAME:
            rows.append(k)
            kept.append(spot)
    return kept


def _with_heights(spots: list[Spot], known: Sequence[Site], terrain: Terrain | None) -> list[Spot]:
    lat, lon = (np.radians([getattr(s, key) for s in spots]) for key in ("lat_deg", "lon_deg"))
    if terrain is not None:
        ground = np.maximum(terrain.height(lat, lon), 0.0)
    else:
        there = [np.radians([getattr(s, k) for s in known]) for k in ("lat_deg", "lon_deg")]
        away = great_circle_distance(lat[:, None], lon[:, None], there[0][None], there[1][None])
        ground = np.array([s.height_m for s in known])[np.argmin(away, axis=1)]
    return [
        spot if spot.height_m is not None
        else msgspec.structs.replace(spot, height_m=round(float(height), 1))
        for spot, height in zip(spots, ground, strict=True)
    ]  # fmt: skip
