"""Fire zones of a plan file: whom they hold for, and what is refused."""

import re
from pathlib import Path

import numpy as np
import pytest
from tests.plan_texts import RADAR_AND_CITY

from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.kernel.errors import ConfigError
from tdome.plan.books.fire_zones import KEEP_OUT, ONLY, closed, inside
from tdome.plan.plan import Plan, read_plan
from tdome.siting.planning.chances import with_units

UNITS = "".join(
    f"""
[[fire_units]]
name = "{name}"
type = "{kind}"
lat_deg = 25.0
lon_deg = 121.5
"""
    for name, kind in (("north", "gun"), ("south", "gun"), ("east", "short-range"))
)
DISC = "lat_deg = 25.0\nlon_deg = 121.5\nradius_km = 10.0\n"


def plan_of(*zones: str) -> Plan:
    blocks = "".join(f"[[fire_zones]]\n{zone}\n" for zone in zones)
    text = f'name = "fenced"\nthreats = ["cruise"]\n{RADAR_AND_CITY}{UNITS}{blocks}'
    return read_plan(text, "fenced.toml")


def named(name: str, more: str = DISC) -> str:
    return f'name = "{name}"\n{more}'


def test_no_zones_close_nothing() -> None:
    book = plan_of().fire_zones
    assert len(book) == 0
    assert not book.barred.any()
    points = geodetic_to_ecef(*np.radians([25.0, 121.5]), np.array([0.0, 5e3, 9e4]))
    assert inside(book, points).tolist() == [0, 0, 0]
    assert not closed(book, np.array([0, 1, 2], np.int32), points).any()


def test_zones_hold_for_names_types_and_layers() -> None:
    plan = plan_of(
        named("all"),
        named("one", DISC + 'units = ["south"]'),
        named("type", DISC + 'units = ["gun"]\nrule = "only"'),
        named("layer", DISC + f'units = ["{plan_of().units.layers[2]}"]'),
    )
    layers = plan.units.layers
    same = [8 if layer == layers[2] else 0 for layer in layers]
    book = plan.fire_zones
    assert book.names == ("all", "one", "type", "layer")
    assert book.barred[:, KEEP_OUT].tolist() == [1 | same[0], 3 | same[1], 1 | same[2]]
    assert book.barred[:, ONLY].tolist() == [4, 4, 0]


def test_only_zones_join_and_keep_out_prevails() -> None:
    lane = "route = [[25.0, 121.8], [25.0, 122.8]]\nhalf_width_km = 5.0\n"
    plan = plan_of(
        named("here", DISC + 'rule = "only"'),
        named("lane", lane + 'rule = "only"'),
        named("middle", DISC.replace("10.0", "2.0") + "floor_m = 1000.0\nceiling_m = 3000.0"),
    )
    places = [(25.0, 121.55, 2e3), (25.0, 121.5, 2e3), (25.0, 121.5, 4e3), (25.02, 122.3, 2e3)]
    places += [(25.0, 121.5, 500.0), (25.2, 122.3, 2e3)]
    lat, lon, height = np.array(places).T
    points = geodetic_to_ecef(np.radians(lat), np.radians(lon), height)
    shut = closed(plan.fire_zones, np.zeros(len(points), np.int32), points)
    assert shut.tolist() == [False, True, False, False, False, True]


@pytest.mark.parametrize(
    ("zone", "key", "says"),
    [
        (named("a", ""), "fire_zones[0]", "expected a disc or a route, got neither"),
        (named("a", "lat_deg = 25.0\nlon_deg = 121.5"), "fire_zones[0]", "got lat_deg, lon_deg"),
        (named("a", DISC + "half_width_km = 3.0"), "fire_zones[0]", "radius_km, half_width_km"),
        (
            named("a", "route = [[25.0, 121.0], [25.0, 122.0]]"),
            "fire_zones[0]",
            "expected a disc or a route, got route",
        ),
        (
            named("a", "route = [[0.0, 0.0], [0.0, 100.0]]\nhalf_width_km = 5.0"),
            "fire_zones[0].route",
            "longer than a quarter",
        ),
        (
            named("a", DISC + "floor_m = 500.0\nceiling_m = 400.0"),
            "fire_zones[0].ceiling_m",
            "is not above the floor",
        ),
        (
            named("a", DISC + 'units = ["nort"]'),
            "fire_zones[0].units[0]",
            "nearest valid name: 'north'",
        ),
    ],
)
def test_what_can_not_be_meant_is_refused(zone: str, key: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_of(zone)
    assert caught.value.key == key
    assert says in str(caught.value)
    assert caught.value.line is not None


@pytest.mark.parametrize(
    "more",
    [
        DISC.replace("10.0", "-1.0"),
        DISC + 'rule = "keepout"',
        "route = [[25.0, 121.0]]\nhalf_width_km = 5.0",
        DISC + "top_m = 4.0",
        DISC.replace("25.0", "95.0"),
    ],
)
def test_slips_of_the_pen_are_refused(more: str) -> None:
    with pytest.raises(ConfigError, match=r"fire_zones"):
        plan_of(named("a", more))


def test_names_tell_zones_apart() -> None:
    with pytest.raises(ConfigError, match="given twice"):
        plan_of(named("a"), named("a"))


def test_no_more_zones_than_bits() -> None:
    plan_of(*(named(f"zone {n}") for n in range(63)))
    with pytest.raises(ConfigError, match="64 zones, 63 at most"):
        plan_of(*(named(f"zone {n}") for n in range(64)))


def test_the_example_of_the_page_can_be_read() -> None:
    page = Path(__file__).parents[3] / "docs" / "concepts" / "assignment" / "fire-zones.md"
    blocks = re.findall(r"^```toml\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    head = f'name = "page"\nthreats = ["cruise"]\n{RADAR_AND_CITY}{UNITS}'
    book = read_plan(head + blocks[0], "page.toml").fire_zones
    assert len(book) == 3
    assert book.barred[:, ONLY].tolist() == [4, 4, 0]


def test_the_planning_aid_renames_units_that_a_zone_names() -> None:
    plan = plan_of(named("one", DISC + 'units = ["south"]'))
    assert len(with_units(plan, plan.file.fire_units[:2]).units.names) == 2
