"""Warning zones: discs and the atlas."""

import numpy as np
import pytest
import shapely

from tdome.earth.geodesy import great_circle_distance
from tdome.plan.schema import ZoneCircle, Zones
from tdome.plan.zones import disc, zone_book


def there(zones, lon, lat):
    """Return the rows of the zones at a place."""
    return sorted(zones.index.query(shapely.Point(lon, lat), predicate="intersects").tolist())


def circle(code: str, lat: float, lon: float, radius: float) -> ZoneCircle:
    return ZoneCircle(code=code, name=f"zone {code}", lat_deg=lat, lon_deg=lon, radius_km=radius)


@pytest.mark.parametrize("lat", [0.0, 25.0, 60.0, -45.0])
def test_disc_has_its_radius_on_the_ground(lat):
    edge = np.radians(shapely.get_coordinates(disc(lat, 121.0, 50_000.0)))
    away = great_circle_distance(np.radians(lat), np.radians(121.0), edge[:, 1], edge[:, 0])
    assert away == pytest.approx(np.full(len(edge), 50_000.0), rel=0.01)


def test_the_index_finds_rows_in_the_order_of_the_plan():
    zones = zone_book(
        Zones(
            circles=[
                circle("b", 24.0, 121.0, 5),
                circle("x", 26.0, 121.0, 5),
                circle("a", 24.0, 121.06, 5),
            ]
        ),
        "f",
    )
    assert there(zones, 121.03, 24.0) == [0, 2]
    assert there(zones, 121.0, 26.0) == [1]
    assert there(zones, 0.0, 0.0) == []
    assert zones.codes == ("b", "x", "a")


def test_no_zones_are_nowhere():
    zones = zone_book(Zones(), "f")
    assert len(zones) == 0
    assert there(zones, 121.0, 24.0) == []


@pytest.mark.parametrize(("atlas", "count"), [("taiwan-towns", 368), ("taiwan-counties", 22)])
def test_atlas_and_discs_stand_together(atlas, count):
    zones = zone_book(Zones(atlas=atlas, circles=[circle("own", 24.15, 120.67, 1)]), "f")
    assert len(zones) == count + 1
    rows = there(zones, 120.67, 24.15)
    assert [zones.codes[row] for row in rows[1:]] == ["own"]


def test_atlas_knows_a_public_place():
    counties = zone_book(Zones(atlas="taiwan-counties"), "f")
    (row,) = there(counties, 120.67, 24.15)
    assert counties.names[row].startswith("Taichung")
    assert counties.names_zh[row] == "台中市"
