"""Zones from a file of the user's: they warn as the atlas does, and faults name their feature."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import shapely

from tdome.kernel.errors import ConfigError
from tdome.plan.geojson import AREAS, read_features
from tdome.plan.schema import Zones
from tdome.plan.zones import zone_book

SQUARE = [[[120.0, 24.0], [121.0, 24.0], [121.0, 25.0], [120.0, 25.0], [120.0, 24.0]]]
HOLE = [[120.4, 24.4], [120.6, 24.4], [120.6, 24.6], [120.4, 24.6], [120.4, 24.4]]
OTHER = [[[122.0, 24.0], [123.0, 24.0], [123.0, 25.0], [122.0, 24.0]]]


def there(zones: Any, lon: float, lat: float) -> list[int]:
    """Return the rows of the zones at a place."""
    return sorted(zones.index.query(shapely.Point(lon, lat), predicate="intersects").tolist())


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: Any, **more: Any) -> bytes:
    return msgspec.json.encode({"type": "FeatureCollection", "features": features, **more})


def polygon(coordinates: Any) -> bytes:
    return collection(feature("Polygon", SQUARE), feature("Polygon", coordinates))


@pytest.fixture
def book(tmp_path: Path) -> Any:
    def made(raw: bytes, **keys: Any) -> Any:
        tmp_path.joinpath("z.geojson").write_bytes(raw)
        return zone_book(Zones(geojson="z.geojson", **keys), str(tmp_path / "plan.toml"))

    return made


def test_zones_have_codes_names_people_and_holes(book: Any) -> None:
    raw = collection(
        feature("Polygon", [*SQUARE, HOLE], id=7, called="Ring", people=90),
        feature("MultiPolygon", [[OTHER[0]], SQUARE], id="b", called="Two parts", people=10.5),
    )
    zones = book(raw, geojson_code="id", geojson_name="called", geojson_population="people")
    assert zones.codes == ("7", "b")
    assert zones.names == ("Ring", "Two parts")
    assert zones.population.tolist() == [90.0, 10.5]
    assert there(zones, 120.5, 24.5) == [1]  # the hole of the first
    assert there(zones, 120.1, 24.1) == [0, 1]
    assert there(zones, 122.9, 24.5) == [1]
    assert np.isfinite(zones.density).all()


def test_without_keys_zones_are_numbered_and_nobody_is_counted(book: Any) -> None:
    zones = book(collection(feature("Polygon", SQUARE), feature("Polygon", OTHER)))
    assert zones.codes == zones.names == ("1", "2")
    assert np.isnan(zones.population).all()


def test_they_stand_beside_atlas_and_discs(book: Any) -> None:
    zones = book(collection(feature("Polygon", SQUARE)), atlas="taiwan-counties")
    assert len(zones) == 23


def test_codes_are_given_once(book: Any) -> None:
    raw = collection(feature("Polygon", SQUARE, id="x"), feature("Polygon", OTHER, id="x"))
    with pytest.raises(ConfigError, match="'x' is given twice"):
        book(raw, geojson_code="id")


@pytest.mark.parametrize(
    ("raw", "problem", "cure"),
    [
        (b"name = 3", "not JSON", "GeoJSON"),
        (b"\xff\xfe", "not JSON", "GeoJSON"),
        (b"[1, 2]", "not GeoJSON", "GeoJSON"),
        (b'{"type": "Topology"}', "TopoJSON", "GeoJSON"),
        (collection(), "no features", ""),
        (collection(feature("Point", [120.0, 24.0])), "feature 1: is a Point", "Polygon"),
        (collection({"type": "Feature", "geometry": None}), "feature 1: has no geometry", ""),
        (collection(feature("Polygon", SQUARE), 3), "feature 2: has no geometry", ""),
        (polygon([]), "feature 2: is empty", ""),
        (polygon([[[1.0, 2.0], [3.0, 4.0]]]), "feature 2: can not be drawn", ""),
        (polygon([[["a", 2.0], [3.0, 4.0], [1, 1], ["a", 2]]]), "feature 2: can not be drawn", ""),
        (
            polygon([[[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]]),
            "feature 2: is not valid: Self-intersection",
            "not cross",
        ),
        (
            polygon([[[24.0, 120.0], [24.0, 121.0], [25.0, 121.0], [24.0, 120.0]]]),
            "feature 2: has a latitude of 121",
            "swapped",
        ),
        (
            polygon([[[250000.0, 2.6e6], [260000.0, 2.6e6], [260000.0, 2.7e6], [250000.0, 2.6e6]]]),
            "feature 2: has coordinates",
            "metres",
        ),
        (
            polygon([[[179.0, 1.0], [-179.0, 1.0], [-179.0, 2.0], [179.0, 1.0]]]),
            "feature 2: reaches over the 180th meridian",
            "cut it",
        ),
        (polygon([[[1.0, 80.0], [9.0, 80.0], [9.0, 89.0], [1.0, 80.0]]]), "89.0 degrees", "85"),
        (
            collection(feature("Polygon", SQUARE), crs={"properties": {"name": "EPSG:3826"}}),
            "another reference system",
            "ogr2ogr",
        ),
    ],
)
def test_faults_name_the_feature_and_the_cure(raw: bytes, problem: str, cure: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_features(raw, "f.geojson", AREAS)
    assert problem in caught.value.problem
    assert cure in caught.value.hint
    assert caught.value.file == "f.geojson"


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"geojson_code": "idd"}, "feature 1: has no property 'idd'"),
        ({"geojson_name": "none"}, "feature 1: property 'none' is None"),
        ({"geojson_population": "id"}, "feature 1: property 'id' is 'x'"),
        ({"geojson_population": "less"}, "feature 1: property 'less' is -1"),
    ],
)
def test_faults_of_properties(book: Any, keys: dict[str, str], problem: str) -> None:
    raw = collection(feature("Polygon", SQUARE, id="x", none=None, less=-1))
    with pytest.raises(ConfigError) as caught:
        book(raw, **keys)
    assert problem in caught.value.problem


@pytest.mark.parametrize(
    ("name", "problem"), [("q.geojson", "no file"), ("../z.geojson", "beside")]
)
def test_the_file_lies_beside_the_plan(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        zone_book(Zones(geojson=name), str(tmp_path / "plan.toml"))


def test_the_old_member_that_names_wgs84_is_fine() -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert len(read_features(collection(feature("Polygon", SQUARE), crs=crs), "f", AREAS)) == 1
    bare = msgspec.json.encode({"type": "Polygon", "coordinates": SQUARE})
    assert read_features(bare, "f", AREAS)[0].properties == {}
