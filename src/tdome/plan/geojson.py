"""Shapes from a GeoJSON file of the user's (RFC 7946): WGS-84 degrees, longitude first.

Holes and multipolygons are kept. Refused, with the number of the feature: what is not valid by
shapely (a ring that crosses itself, too few points), another reference system, projected metres,
latitude and longitude the wrong way round where that can be seen, and shapes over the 180th
meridian or beyond 85 degrees of latitude, where a map in degrees ends.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
import shapely

from tdome.kernel.errors import ConfigError
from tdome.plan.schema import Zones

AREAS = ("Polygon", "MultiPolygon")
_FARTHEST_NORTH = 85.0
_HALF_TURN = 180.0
_QUARTER_TURN = 90.0
_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")
_WIDEST_NAME = 80


class Feature(msgspec.Struct, frozen=True, eq=False):
    """One feature: its number from 1, its shape in degrees (lon, lat), and what is said of it."""

    number: int
    shape: Any
    properties: dict[str, Any]


class OwnZone(msgspec.Struct, frozen=True, eq=False):
    """One zone of a file; ``population`` is nan where it is not given."""

    code: str
    name: str
    shape: Any
    population: float


def own_zones(zones: Zones, plan: str) -> Iterator[OwnZone]:
    """Yield the zones of the file that a plan names, beside it. Raises ConfigError."""
    if zones.geojson is None:
        return
    path = beside(plan, zones.geojson)
    source = str(path)
    if not path.is_file():
        problem = f"key 'zones.geojson': there is no file {source!r}"
        raise ConfigError(plan, None, "zones.geojson", problem, "put it beside the plan")
    for feature in read_features(path.read_bytes(), source, AREAS):
        code = str(feature.number)
        if zones.geojson_code is not None:
            code = text_of(feature, zones.geojson_code, source)
        name = code
        if zones.geojson_name is not None:
            name = text_of(feature, zones.geojson_name, source)
        people = math.nan
        if zones.geojson_population is not None:
            people = number_of(feature, zones.geojson_population, source)
        yield OwnZone(code, name, feature.shape, people)


def beside(plan: str, name: str) -> Path:
    """Return the path of a file beside a plan; raises ConfigError for one elsewhere."""
    if Path(name).name != name:
        problem = f"key 'zones.geojson': {name!r} is not the name of a file beside the plan"
        raise ConfigError(plan, None, "zones.geojson", problem, "put it into the plan's folder")
    return Path(plan).parent / name


def read_features(raw: bytes, source: str, kinds: Sequence[str]) -> list[Feature]:
    """Read a file whose features all have a geometry of these kinds. Raises ConfigError."""
    document = _document(raw, source)
    _refuse_other_system(document, source)
    found = document.get("features")
    entries = found if document.get("type") == "FeatureCollection" else [document]
    if not isinstance(entries, list) or not entries:
        raise ConfigError(source, None, "", "there are no features in it", "")
    return [_feature(number, entry, source, kinds) for number, entry in enumerate(entries, start=1)]


def text_of(feature: Feature, key: str, source: str) -> str:
    """Return a property as a name. Raises ConfigError with the nearest property there is."""
    value = property_of(feature, key, source)
    text = str(value).strip() if isinstance(value, str | int) else ""
    if not text or len(text) > _WIDEST_NAME or not text.isprintable():
        problem = f"property {key!r} is {value!r}"
        raise fault(feature.number, source, problem, f"a text of 1 to {_WIDEST_NAME} letters")
    return text


def number_of(feature: Feature, key: str, source: str) -> float:
    """Return a property as a number, 0 or greater. Raises ConfigError."""
    value = property_of(feature, key, source)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value < math.inf:
        return float(value)
    raise fault(feature.number, source, f"property {key!r} is {value!r}", "a number from 0")


def property_of(feature: Feature, key: str, source: str) -> object:
    """Return a property. Raises ConfigError with the nearest one there is."""
    if key not in feature.properties:
        near = get_close_matches(key, feature.properties, n=1, cutoff=0.4)
        there = ", ".join(map(repr, feature.properties)) or "none"
        hint = f"nearest: {near[0]!r}" if near else f"there are: {there}"
        raise fault(feature.number, source, f"has no property {key!r}", hint)
    return feature.properties[key]


def fault(number: int, source: str, problem: str, hint: str) -> ConfigError:
    """Return the error for one feature."""
    return ConfigError(source, None, "", f"feature {number}: {problem}", hint)


def _document(raw: bytes, source: str) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(source, None, "", f"is not JSON: {error}", "expected GeoJSON") from None
    kinds = {"FeatureCollection", "Feature", *AREAS, "Point"}
    if not isinstance(document, dict) or document.get("type") not in kinds:
        problem = "is JSON, but not GeoJSON: it has no type FeatureCollection"
        if isinstance(document, dict) and document.get("type") == "Topology":
            problem = "is TopoJSON, not GeoJSON"
        raise ConfigError(source, None, "", problem, "export it as GeoJSON")
    if document["type"] not in {"FeatureCollection", "Feature"}:
        return {"type": "Feature", "properties": {}, "geometry": document}
    return document


def _refuse_other_system(document: Mapping[str, Any], source: str) -> None:
    """Raise ConfigError for the old member ``crs``, unless it names WGS-84."""
    named = document.get("crs")
    if named is not None and not any(good in str(named) for good in _WGS84):
        problem = f"is in another reference system: {str(named)[:80]}"
        hint = "ogr2ogr -t_srs EPSG:4326 makes WGS-84 degrees"
        raise ConfigError(source, None, "", problem, hint)


def _feature(number: int, entry: object, source: str, kinds: Sequence[str]) -> Feature:
    geometry = entry.get("geometry") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(geometry, dict):
        raise fault(number, source, "has no geometry", f"expected {' or '.join(kinds)}")
    kind = geometry.get("type")
    if kind not in kinds:
        raise fault(number, source, f"is a {kind}", f"expected {' or '.join(kinds)}")
    try:
        shape = shapely.from_geojson(msgspec.json.encode(geometry))
    except shapely.GEOSException as error:
        why = str(error).removeprefix("ParseException: ")[:120]
        raise fault(number, source, f"can not be drawn: {why}", "check its rings") from None
    shape = shapely.force_2d(shape)
    _check(number, shape, source)
    properties = entry.get("properties")
    return Feature(number, shape, properties if isinstance(properties, dict) else {})


def _check(number: int, shape: Any, source: str) -> None:  # noqa: ANN401  (shapely's own)
    if shape.is_empty:
        raise fault(number, source, "is empty", "give it coordinates")
    west, south, east, north = shape.bounds
    across, along = max(abs(west), abs(east)), max(abs(south), abs(north))
    if not (math.isfinite(across) and math.isfinite(along)):
        raise fault(number, source, "has a coordinate that is no number", "")
    if along > _QUARTER_TURN >= across and along <= _HALF_TURN:
        problem = f"has a latitude of {along:g} degrees"
        raise fault(number, source, problem, "GeoJSON is LONGITUDE, LATITUDE: are they swapped?")
    if across > _HALF_TURN or along > _QUARTER_TURN:
        problem = f"has coordinates such as {east:.6g}, {north:.6g}"
        raise fault(number, source, problem, "WGS-84 degrees expected, are these metres?")
    if along > _FARTHEST_NORTH:
        problem = f"reaches to {along:.1f} degrees of latitude"
        raise fault(number, source, problem, f"{_FARTHEST_NORTH:g} is the last")
    if east - west > _HALF_TURN:
        raise fault(number, source, "reaches over the 180th meridian", "cut it there in two")
    if not shape.is_valid:
        problem = f"is not valid: {shapely.is_valid_reason(shape)}"
        raise fault(number, source, problem, "its rings must be closed and not cross")
