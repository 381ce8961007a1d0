"""Coverage: agrees with what command sees and with closed forms, and each effect points its way."""

import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import shapely

from tdome.command.sensing.coverage import seen_distances
from tdome.earth.geodesy import MEAN_RADIUS, great_circle_distance
from tdome.earth.horizon import radio_horizon
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.plan.plan import Plan, build_plan
from tdome.plan.schema import PlanFile
from tdome.run.library import find_inputs
from tdome.siting.arrivals import arrival_of
from tdome.siting.coverage import Coverage, cover, layers_of
from tdome.siting.drawing import draw
from tdome.siting.features import features
from tdome.siting.footprint import Defence, compass
from tdome.siting.outline import outline
from tdome.siting.radar import Eyes, radar_outline

KM_PER_DEGREE = math.radians(1.0) * MEAN_RADIUS / 1e3
BASE: dict[str, Any] = {
    "name": "p",
    "threats": ["cruise", "srbm", "drone"],
    "assets": [{"name": "A", "lat_deg": 24.2, "lon_deg": 121.0, "radius_km": 3.0, "value": 1.0}],
    "sensors": [{"name": "R", "type": "long-range-3d", "lat_deg": 24.0, "lon_deg": 121.0}],
    "fire_units": [{"name": "U", "type": "medium-range", "lat_deg": 24.0, "lon_deg": 121.0}],
}


def plan(**changes: Any) -> Plan:
    return build_plan(msgspec.convert({**BASE, **changes}, PlanFile), "p")


def sensor(**changes: Any) -> list[dict[str, Any]]:
    return [{**BASE["sensors"][0], **changes}]


def area_km2(shape: shapely.Geometry) -> float:
    if shapely.is_empty(shape):
        return 0.0
    squeeze = math.cos(math.radians(shapely.centroid(shape).y))
    return float(shapely.area(shape)) * squeeze * KM_PER_DEGREE**2


def slice_km2(of: Plan, altitude: float, rcs: float = 0.1, terrain: Any = None) -> float:
    return area_km2(radar_outline(Eyes(of.sensors, terrain), 0, altitude, rcs))


def footprint_km2(of: Plan, name: str) -> float:
    eyes = Eyes(of.sensors)
    row = of.threats.names.index(name)
    arrival = arrival_of(of.threats, row, math.radians(24.0), math.radians(121.0), 800e3)
    assert arrival is not None
    return area_km2(Defence(of, eyes).outline(arrival, 0))


def test_an_outline_of_all_cells_is_a_disc() -> None:
    lat, lon, reach = math.radians(24.0), math.radians(121.0), 100e3
    shape = outline(lat, lon, reach, np.ones((90, 50), dtype=np.bool_))
    assert shapely.is_valid(shape)
    assert area_km2(shape) == pytest.approx(math.pi * 100.0**2, rel=0.01)
    assert shapely.is_empty(outline(lat, lon, reach, np.zeros((90, 50), dtype=np.bool_)))


def test_an_outline_may_have_a_hole_and_lie_on_the_180th_meridian() -> None:
    inside = np.ones((60, 50), dtype=np.bool_)
    inside[:, :25] = False
    shape = outline(math.radians(10.0), math.radians(179.9), 100e3, inside)
    assert shapely.is_valid(shape)
    assert shape.geom_type == "Polygon"
    assert len(shape.interiors) == 1
    assert shape.bounds[2] > 180.0
    assert shape.bounds[2] - shape.bounds[0] < 3.0


@pytest.mark.parametrize("altitude", [100.0, 1000.0, 8000.0])
def test_a_slice_ends_at_the_horizon_or_the_range(altitude: float) -> None:
    of = plan()
    book = of.sensors
    law = min(float(book.reference_range[0]) * 0.1**0.25, float(book.max_range[0]))
    edge = min(float(radio_horizon(book.height[0], altitude)), law) / 1e3
    hole = (altitude - float(book.height[0])) / math.tan(float(book.max_elevation[0])) / 1e3
    expected = math.pi * (edge**2 - max(hole, 0.0) ** 2)
    assert slice_km2(of, altitude) == pytest.approx(expected, rel=0.02)


def test_slices_agree_with_what_command_would_ask() -> None:
    of = plan()
    shape = radar_outline(Eyes(of.sensors), 0, 300.0, 0.1)
    rng = np.random.Generator(np.random.Philox(5))
    lon, lat = rng.uniform(118.0, 124.0, 400), rng.uniform(21.5, 26.5, 400)
    ecef = geodetic_to_ecef(np.radians(lat), np.radians(lon), np.full(400, 300.0))
    seen = np.isfinite(seen_distances(ecef, np.full(400, 0.1), np.array([0]), of.sensors))[:, 0]
    edge = shapely.distance(shapely.boundary(shape), shapely.points(lon, lat)) < 0.02
    inside = shapely.contains_xy(shape, lon, lat)
    assert 20 < inside.sum() < 380
    assert np.array_equal(inside[~edge], seen[~edge])


def test_a_higher_mast_a_larger_cross_section_and_a_higher_slice_see_more() -> None:
    low, high = plan(), plan(sensors=sensor(height_m=800.0))
    assert slice_km2(high, 100.0) > 1.5 * slice_km2(low, 100.0)
    assert slice_km2(low, 1000.0) > 1.5 * slice_km2(low, 100.0)
    assert slice_km2(low, 8000.0, rcs=1.0) > 1.2 * slice_km2(low, 8000.0, rcs=0.01)


def test_a_sector_is_a_slice_of_the_circle() -> None:
    turned = plan(
        sensors=sensor(type="multifunction", bearing_deg=90.0),
        beliefs={"sensors": {"multifunction": {"sector_deg": 120.0}}},
    )
    around = plan(sensors=sensor(type="multifunction"))
    half = float(turned.sensors.half_sector[0])
    assert half < math.pi
    share = slice_km2(turned, 3000.0) / slice_km2(around, 3000.0)
    assert share == pytest.approx(half / math.pi, rel=0.03)
    shape = radar_outline(Eyes(turned.sensors), 0, 3000.0, 0.1)
    assert shapely.centroid(shape).x > 121.1


class Wall:
    """A ridge of 1,500 m, 30 to 32 km east of the radar; the sea elsewhere."""

    def height(self, lat: Any, lon: Any) -> Any:
        away = great_circle_distance(math.radians(24.0), math.radians(121.0), lat, lon)
        east = np.asarray(lon) > math.radians(121.0)
        return np.where(east & (away > 30e3) & (away < 32e3), 1500.0, 0.0)


def test_a_ridge_hides_what_is_low_behind_it_and_nothing_else() -> None:
    of = plan()
    eyes = Eyes(of.sensors, Wall())
    lat, east, west = np.radians([24.0]), np.radians([121.8]), np.radians([120.2])
    for lon, height, seen in ((east, 1000.0, False), (west, 1000.0, True), (east, 9000.0, True)):
        assert eyes.see(0, lat, lon, np.array([height]), 1.0)[0] == seen
        assert Eyes(of.sensors).see(0, lat, lon, np.array([height]), 1.0)[0]
    before = np.radians([121.25])
    assert eyes.see(0, lat, before, np.array([1000.0]), 1.0)[0]
    # Behind the ridge the line over its top sets the height: the same slope, on a 4/3 Earth.
    assert slice_km2(of, 1000.0, terrain=Wall()) < 0.7 * slice_km2(of, 1000.0)


def test_an_arrival_comes_down_at_its_place() -> None:
    of = plan()
    for row, name in enumerate(of.threats.names):
        arrival = arrival_of(of.threats, row, 0.4, 2.1, 800e3)
        assert arrival is not None
        assert arrival.away[-1] == pytest.approx(0.0, abs=1.0)
        assert np.all(np.diff(arrival.away) < 0.0)
        assert np.all(np.diff(arrival.time) > 0.0)
        speed = np.diff(-arrival.away) / np.diff(arrival.time)
        if name == "srbm":
            assert arrival.height[-1] == pytest.approx(0.0, abs=1.0)
            assert arrival.height.max() > 50e3
            assert 100e3 < arrival.away[0] < 600e3
        else:
            assert speed == pytest.approx(np.full(len(speed), of.threats.speed[row]), rel=1e-6)


def test_a_footprint_lies_within_the_envelope_and_needs_time() -> None:
    quick = plan()
    reach = float(quick.units.max_range[0]) / 1e3
    ground = footprint_km2(quick, "cruise")
    assert 0.2 * math.pi * reach**2 < ground < 1.01 * math.pi * reach**2
    slow = plan(beliefs={"effectors": {"medium-range": {"reaction_s": 90.0}}})
    assert footprint_km2(slow, "cruise") < ground
    blind = plan(sensors=sensor(type="gap-filler", lat_deg=30.0))
    assert footprint_km2(blind, "cruise") == 0.0


def test_twice_the_answer_time_never_gains_ground() -> None:
    areas = [
        footprint_km2(plan(authority={"answer_time_s": wait, "time_out_s": 600.0}), "cruise")
        for wait in (1.0, 60.0, 120.0, 240.0)
    ]
    assert areas == sorted(areas, reverse=True)
    assert areas[-1] < areas[0]


def test_a_unit_without_kill_probability_covers_nothing() -> None:
    of = plan(beliefs={"effectors": {"medium-range": {"sspk_cruise": 0.0}}})
    found = cover(of, altitudes=(100.0,), classes=["cruise"], rcs=0.1)
    assert found.footprints == []
    assert found.assets[0].layers["cruise"] == []
    assert found.gaps() == ["A: no layer covers cruise"]


def test_margins_are_seconds_before_the_last_launch() -> None:
    of = plan()
    eyes = Eyes(of.sensors)
    defence = Defence(of, eyes)
    arrival = arrival_of(of.threats, 0, 0.4, 2.1, 800e3)
    assert arrival is not None
    place = of.assets.lat, of.assets.lon
    first = defence.margins(arrival, *place, compass(4), np.array([0]))
    waiting = plan(authority={"answer_time_s": 11.0, "time_out_s": 600.0})
    later = Defence(waiting, eyes).margins(arrival, *place, compass(4), np.array([0]))
    assert first - later == pytest.approx(np.full(first.shape, 10.0))


@pytest.fixture(scope="module")
def flagship() -> Coverage:
    return cover(
        find_inputs("taiwan-layered").plan(),
        altitudes=(100.0, 5000.0),
        classes=["cruise", "srbm"],
        rcs=0.1,
    )


def test_tables_and_shapes_tell_the_same(flagship: Coverage) -> None:
    book = flagship.plan.assets
    for row, asset in enumerate(flagship.assets):
        point = shapely.Point(math.degrees(book.lon[row]), math.degrees(book.lat[row]))
        for one in flagship.slices:
            names = asset.seen[f"{one.altitude_m:g}"]
            drawn = {n for n, shape in one.by_sensor.items() if shapely.contains(shape, point)}
            near = {
                n
                for n, shape in one.by_sensor.items()
                if shapely.distance(shapely.boundary(shape), point) < 0.03
            }
            assert set(names) - near == drawn - near
        for one in flagship.footprints:
            if shapely.contains(shapely.buffer(one.ground, -0.05), point):
                assert one.layer in asset.full(one.threat_class)


def test_geojson_is_valid_and_ordered(flagship: Coverage, tmp_path: Path) -> None:
    document = msgspec.json.decode(msgspec.json.encode(features(flagship)))
    kinds = [feature["properties"]["kind"] for feature in document["features"]]
    assert {"radar", "layer", "asset"} == set(kinds)
    for feature in document["features"]:
        shape = shapely.from_geojson(msgspec.json.encode(feature["geometry"]))
        assert shape.is_valid
        west, south, east, north = shape.bounds
        assert 110.0 < west <= east < 130.0
        assert 15.0 < south <= north < 35.0


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_picture_is_drawn_the_same_twice(
    flagship: Coverage, tmp_path: Path, suffix: str
) -> None:
    files = [tmp_path / f"{n}.{suffix}" for n in range(2)]
    for file in files:
        draw(flagship, file)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].stat().st_size > 50_000
    if suffix == "svg":
        text = files[0].read_text("utf-8")
        for word in ("Against cruise", "layer terminal", "seen at 100 m", "one unit alone"):
            assert word in text


def test_layers_stand_from_high_to_low(flagship: Coverage) -> None:
    assert layers_of(flagship.plan) == ["upper", "terminal", "long", "medium", "short"]


def test_what_is_no_radar_is_left_out_and_said() -> None:
    ears = {"name": "E", "type": "acoustic-node", "lat_deg": 24.0, "lon_deg": 121.0}
    found = cover(
        plan(sensors=[*BASE["sensors"], ears]), altitudes=(100.0,), classes=["drone"], rcs=0.1
    )
    assert found.left_out == ("sensor E",)
    assert found.assets[0].seen == {"100": ["R"]}
