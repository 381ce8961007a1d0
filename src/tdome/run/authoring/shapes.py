"""Zones and assets of a plan from the features of a GeoJSON file."""

import math
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import shapely

from tdome.earth.geodesy import great_circle_distance
from tdome.kernel.config import parse_toml
from tdome.kernel.errors import ConfigError
from tdome.plan.geojson import AREAS, Feature, fault, number_of, read_features, text_of
from tdome.plan.schema import Asset, PlanFile
from tdome.plan.zones import METRES_PER_DEGREE
from tdome.run.authoring.edit import Draft
from tdome.run.authoring.splice import is_written_out, with_block, with_value

_NEAR = 1_000e3  # m: shapes of a plan lie about this near its assets
_DIGITS = 5  # of degrees: a metre
_MOST_BYTES = 64 << 20


class Keys(NamedTuple):
    """Properties that say name, code, people and value; radius of points in km."""

    name: str | None = None
    code: str | None = None
    population: str | None = None
    value: str | None = None
    radius_km: float = 1.0


def with_zones(draft: Draft, file: Path, keys: Keys) -> Draft:
    """Return a plan that takes its zones from a file, which must then lie beside it."""
    if keys.value is not None:
        raise ConfigError("--value-key", None, "", "zones have no value", "assets have one")
    features = _read(draft, file, AREAS)
    _refuse_far(draft, features, str(file))
    copy = draft.path.parent / file.name
    if copy.exists() and copy.read_bytes() != file.read_bytes():
        raise ConfigError(str(copy), None, "", "there is another file of this name", "rename yours")
    text = draft.text
    said = {"": file.name, "_code": keys.code, "_name": keys.name, "_population": keys.population}
    present = draft.document().get("zones", {})
    for ending, value in said.items():
        if value is not None:
            text = with_value(text, ("zones", f"geojson{ending}"), _toml(value))
        elif f"geojson{ending}" in present:
            problem = f"key 'zones.geojson{ending}' is set, and nothing is given for it"
            raise ConfigError(draft.source, None, "", problem, "give it, or delete that line")
    return draft.changed(text)


def with_assets(draft: Draft, file: Path, keys: Keys) -> Draft:
    """Return a plan with an asset for each feature: its place, or middle and disc of equal area."""
    if keys.code is not None:
        raise ConfigError("--code-key", None, "", "assets have no code", "give --name-key")
    if not is_written_out(draft.text, "assets"):
        problem = "key 'assets' is written as a list in one piece"
        raise ConfigError(draft.source, None, "assets", problem, "write it as [[assets]] tables")
    features = _read(draft, file, (*AREAS, "Point"))
    _refuse_far(draft, features, str(file))
    blocks = [_asset(feature, keys, str(file)) for feature in features]
    return draft.changed(with_block(draft.text, "assets", "\n\n".join(blocks)))


def _read(draft: Draft, file: Path, kinds: tuple[str, ...]) -> list[Feature]:
    if draft.kind != "plan":
        raise ConfigError(
            draft.source, None, "", "this is a scenario", "zones and assets: the plan"
        )
    if not file.is_file():
        near = sorted(str(one) for one in file.parent.glob("*json"))[:3]
        hint = f"there is {', '.join(near)}" if near else ""
        raise ConfigError(str(file), None, "", "there is no such file", hint)
    if file.stat().st_size > _MOST_BYTES:
        raise ConfigError(str(file), None, "", "is larger than 64 MiB", "simplify its shapes")
    return read_features(file.read_bytes(), str(file), kinds)


def _asset(feature: Feature, keys: Keys, source: str) -> str:
    name = f"asset {feature.number}"
    if keys.name is not None:
        name = text_of(feature, keys.name, source)
    middle = shapely.centroid(feature.shape)
    lines = [
        "[[assets]]",
        f"name = {_toml(name)}",
        f"lat_deg = {round(middle.y, _DIGITS)}",
        f"lon_deg = {round(middle.x, _DIGITS)}",
        f"radius_km = {_radius_km(feature, keys)}",
    ]
    value = 1.0 if keys.value is None else number_of(feature, keys.value, source)
    if value == 0.0:
        raise fault(feature.number, source, f"property {keys.value!r} is 0", "a value over 0")
    lines.append(f"value = {value}")
    if keys.population is not None:
        lines.append(f"population = {round(number_of(feature, keys.population, source))}")
    return "\n".join(lines)


def _radius_km(feature: Feature, keys: Keys) -> float:
    """Return the radius of the disc of equal area; of a point, the one asked for."""
    area = shapely.area(feature.shape)
    if area == 0.0:
        return keys.radius_km
    squeeze = math.cos(math.radians(shapely.centroid(feature.shape).y))
    return round(math.sqrt(area * squeeze / math.pi) * METRES_PER_DEGREE / 1e3, 3)


def _refuse_far(draft: Draft, features: list[Feature], source: str) -> None:
    """Raise ConfigError where shapes lie far from the plan, and near it if turned round."""
    assets = parse_toml(draft.text, PlanFile, draft.source).assets
    middles = shapely.centroid(np.array([feature.shape for feature in features], dtype=object))
    lon, lat = shapely.get_x(middles), shapely.get_y(middles)
    if _away(assets, lat, lon) > _NEAR >= _away(assets, lon, lat):
        problem = "its shapes lie far from the plan's assets, and near them if turned round"
        hint = "GeoJSON is LONGITUDE, LATITUDE: are they swapped?"
        raise ConfigError(source, None, "", problem, hint)


def _away(assets: list[Asset], lat: Any, lon: Any) -> float:  # noqa: ANN401
    """Return the least distance in m of places, degrees, from any asset; inf off the globe."""
    good = np.abs(lat) <= 90.0  # noqa: PLR2004
    if not good.any():
        return math.inf
    here = np.radians([[asset.lat_deg, asset.lon_deg] for asset in assets])
    there = np.radians(lat[good]), np.radians(lon[good])
    return float(great_circle_distance(here[:, :1], here[:, 1:], *there).min())


def _toml(text: str) -> str:
    return msgspec.json.encode(text).decode()
