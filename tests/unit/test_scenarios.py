"""The bundled scenarios: they load, hold what their texts promise, and can be flown."""

import functools
import itertools
from collections import Counter
from importlib import resources

import numpy as np
import pytest
import shapely

from tdome.earth.geodesy import great_circle_distance
from tdome.earth.terrain import FlatTerrain, SyntheticTerrain, line_of_sight
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.kernel.random import Streams
from tdome.plan.catalogue import bundled_catalogue
from tdome.plan.plan import Plan, read_plan
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.table import Failure
from tdome.world.scenario import Scenario, read_scenario
from tdome.world.schema.raids import Salvo

NAMES = (
    "civil-traffic-peak",
    "drone-swarm",
    "first-steps",
    "heavy-rocket-salvo",
    "jammed-approach",
    "mixed-raid-2024",
    "mixed-week",
    "radar-loss",
    "short-range-rockets",
    "taiwan-layered",
)
CATALOGUE = bundled_catalogue()
FOLDER = resources.files("tdome").joinpath("scenarios")
ADDRESSES_24_BIT = 1 << 24
ALL_CLEAR_S = 30.0
FAMILIES = ("ballistic", "cruise", "drone", "aircraft")


@functools.cache
def scenario(name: str) -> Scenario:
    text = FOLDER.joinpath(name, "scenario.toml").read_text("utf-8")
    return read_scenario(text, f"{name}/scenario.toml")


@functools.cache
def plan(name: str) -> Plan:
    file = scenario(name).file.plan
    return read_plan(FOLDER.joinpath(name, file).read_text("utf-8"), f"{name}/{file}")


def salvos(name: str) -> list[tuple[float, Salvo]]:
    return [(raid.start_s, salvo) for raid in scenario(name).file.raids for salvo in raid.salvos]


def counts(name: str) -> Counter:
    total = Counter()
    for _, salvo in salvos(name):
        total[salvo.type] += salvo.count
    return total


def km(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(great_circle_distance(*np.radians([*a, *b]))) / 1e3


def paths_km(name: str, salvo: Salvo) -> list[float]:
    """Length of the way to each target of a salvo, over its waypoints."""
    places = {place.name: (place.lat_deg, place.lon_deg) for place in scenario(name).file.places}
    start = [(salvo.launch_lat_deg, salvo.launch_lon_deg), *salvo.waypoints]
    return [
        sum(itertools.starmap(km, itertools.pairwise([*start, places[target]])))
        for target in salvo.targets
    ]


def test_bundled_folders_are_the_scenarios_named_here():
    found = sorted(
        entry.name for entry in FOLDER.iterdir() if entry.joinpath("plan.toml").is_file()
    )
    assert tuple(found) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_scenario_and_plan_agree_in_name_and_classes(name):
    assert scenario(name).file.name == plan(name).name == name
    assert scenario(name).file.description
    assert set(counts(name)) <= set(CATALOGUE.threats)
    assert set(counts(name)) <= set(plan(name).file.threats)


@pytest.mark.parametrize("name", NAMES)
def test_targets_are_places_and_names_are_unique(name):
    places = [place.name for place in scenario(name).file.places]
    aimed = {target for _, salvo in salvos(name) for target in salvo.targets}
    file = plan(name).file
    assert set(places) >= aimed
    for group in (
        places,
        *([x.name for x in g] for g in (file.assets, file.sensors, file.fire_units)),
    ):
        assert len(set(group)) == len(group)
    codes = plan(name).zones.codes
    assert len(set(codes)) == len(codes) > 0


@pytest.mark.parametrize("name", NAMES)
def test_places_lie_where_the_assets_and_sites_lie(name):
    file = plan(name).file
    ours = [*file.assets, *file.sensors, *file.fire_units, *file.command_posts]
    assets = {asset.name: (asset.lat_deg, asset.lon_deg) for asset in file.assets}
    for place in scenario(name).file.places:
        here = place.lat_deg, place.lon_deg
        assert here in {(one.lat_deg, one.lon_deg) for one in ours}
        assert assets.get(place.name, here) == here


@pytest.mark.parametrize("name", NAMES)
def test_ranges_are_feasible(name):
    for _, salvo in salvos(name):
        entry = CATALOGUE.threats[salvo.type]
        aside = salvo.open_ground_km if salvo.open_ground > 0.0 else 0.0
        margin = aside + 3.0 * salvo.scatter_km + 2.0 * salvo.launch_spread_km
        for length in paths_km(name, salvo):
            assert length + margin < entry.range_km.high
            if entry.family == "ballistic":
                assert not salvo.waypoints
                assert length - margin > entry.range_km.low


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_everything_flies_and_comes_down_within_the_run(name, seed):
    bodies = compile_bodies(scenario(name), Streams(seed))
    hostile = bodies.hostile > 0
    assert hostile.sum() == counts(name).total()
    assert bodies.ends_at[hostile].max() + ALL_CLEAR_S < scenario(name).file.duration_s


def test_first_wave_of_taiwan_layered_arrives_within_minutes():
    bodies = compile_bodies(scenario("taiwan-layered"), Streams(1))
    flown = (bodies.hostile > 0) & (bodies.failure != Failure.LAUNCH)
    arrivals = bodies.ends_at[(bodies.raid == 0) & flown]
    assert arrivals.max() - arrivals.min() < 180.0


def test_about_544_rockets_come_down_outside_the_towns():
    bodies = compile_bodies(scenario("short-range-rockets"), Streams(1))
    towns = plan("short-range-rockets").assets
    outside = 0
    for row in range(len(bodies)):
        away = great_circle_distance(*bodies.ground_point(row), towns.lat, towns.lon)
        outside += bool((away > towns.radius).all())
    assert outside == pytest.approx(544, rel=0.06)


@pytest.mark.parametrize("name", NAMES)
def test_every_asset_is_in_reach_of_a_unit_that_suits_each_family(name):
    book, file = plan(name).units, plan(name).file
    launched = {CATALOGUE.threats[c].family for c in counts(name)}
    for asset in file.assets:
        near = [
            i
            for i, unit in enumerate(file.fire_units)
            if km((unit.lat_deg, unit.lon_deg), (asset.lat_deg, asset.lon_deg)) * 1e3
            < book.max_range[i]
        ]
        suited = {f for col, f in enumerate(FAMILIES) if (book.sspk[near, col] > 0.0).any()}
        assert launched <= suited, asset.name


@pytest.mark.parametrize("name", NAMES)
def test_filed_addresses_cover_civil_flights_and_no_friendly_one(name):
    blocks = plan(name).traffic.civil_addresses
    given = []
    for flights in scenario(name).file.flights:
        addresses = range(flights.first_address, flights.first_address + flights.count)
        filed = [any(a <= address <= b for a, b in blocks) for address in addresses]
        assert not any(filed) if flights.friendly else all(filed)
        assert addresses.stop <= ADDRESSES_24_BIT
        given += addresses
    assert len(set(given)) == len(given)


def test_taiwan_layered_is_what_it_says():
    name, book = "taiwan-layered", plan("taiwan-layered")
    assert 280 <= counts(name).total() <= 320
    assert set(counts(name)) >= {"srbm", "mrbm", "cruise", "drone", "decoy-drone", "heavy-rocket"}
    assert len(scenario(name).file.raids) == 3
    assert len(book.assets.names) == 12
    assert 9 <= len(book.sensors.names) <= 11
    assert 23 <= len(book.units.names) <= 27
    assert set(book.units.layers) == {"upper", "terminal", "long", "medium", "short"}
    civil = [flights for flights in scenario(name).file.flights if not flights.friendly]
    assert sum(flights.count for flights in civil) == 60
    assert 4 <= len(civil) <= 6
    assert scenario(name).file.duration_s <= 2400.0
    assert 0.1 <= scenario(name).file.referee.correlation <= 0.2


def test_taiwan_sites_and_assets_are_on_land():
    book = plan("taiwan-layered")
    land = shapely.union_all(list(book.zones.polygons))
    for site in (*book.file.sensors, *book.file.fire_units, *book.file.assets):
        assert land.contains(shapely.Point(site.lon_deg, site.lat_deg)), site.name


def test_taiwan_sites_are_coarse_and_mrbm_come_from_far():
    file = plan("taiwan-layered").file
    for site in (*file.sensors, *file.fire_units):
        for angle in (site.lat_deg, site.lon_deg):
            assert abs(angle / 0.05 - round(angle / 0.05)) < 1e-6, site.name
    far = [s for _, s in salvos("taiwan-layered") if s.type == "mrbm"]
    assert min(min(paths_km("taiwan-layered", salvo)) for salvo in far) > 1000.0


def test_mixed_raid_has_the_published_composition():
    assert counts("mixed-raid-2024") == {"drone": 170, "cruise": 30, "mrbm": 120}
    assert scenario("mixed-raid-2024").file.duration_s <= 2400.0


def test_rockets_are_the_published_846_of_which_most_fall_in_open_ground():
    assert counts("short-range-rockets") == {"rocket": 846}
    aside = sum(s.count * s.open_ground for _, s in salvos("short-range-rockets"))
    assert aside == pytest.approx(544, rel=0.02)


def test_open_ground_beside_a_town_is_outside_every_town():
    towns = plan("short-range-rockets").file.assets
    places = {place.name: (place.lat_deg, place.lon_deg) for place in towns}
    for _, salvo in salvos("short-range-rockets"):
        for town in towns:
            if town.name in salvo.targets:
                assert salvo.open_ground_km > town.radius_km + 3.0 * salvo.scatter_km
    gaps = [km(a, b) for a, b in itertools.combinations(places.values(), 2)]
    assert min(gaps) > 8.0 + max(town.radius_km for town in towns)


def test_swarm_is_600_of_which_38_percent_are_decoys():
    swarm = counts("drone-swarm")
    assert swarm.total() == 600
    assert swarm["decoy-drone"] / 600 == pytest.approx(0.38, abs=0.005)


def test_hills_hide_low_flyers_from_the_radars_of_radar_loss():
    """Of the last 40 km of low routes less than half is seen of what flat ground lets be seen."""
    file, book = scenario("radar-loss").file, plan("radar-loss").sensors
    ground = SyntheticTerrain(file.terrain_seed)
    seen = {"hills": 0, "flat": 0}
    for _, salvo in salvos("radar-loss"):
        if salvo.type not in {"cruise", "drone"}:
            continue
        port = next(place for place in file.places if place.name == salvo.targets[0])
        for share in np.linspace(0.3, 0.9, 13):
            lat = np.radians(salvo.launch_lat_deg + share * (port.lat_deg - salvo.launch_lat_deg))
            lon = np.radians(salvo.launch_lon_deg + share * (port.lon_deg - salvo.launch_lon_deg))
            for name, terrain in (("hills", ground), ("flat", FlatTerrain())):
                at = geodetic_to_ecef(lat, lon, float(terrain.height(lat, lon)) + 60.0)
                seen[name] += sum(line_of_sight(terrain, eye, at) for eye in book.ecef)
    assert 0 < seen["hills"] < 0.5 * seen["flat"]


def test_first_steps_is_one_of_everything_and_short():
    book = plan("first-steps")
    assert counts("first-steps") == {"srbm": 1}
    assert len(book.sensors.names) == len(book.units.names) == len(book.assets.names) == 1
    assert scenario("first-steps").file.duration_s <= 400.0


def test_heavy_rocket_salvo_comes_in_five_with_a_pause_for_reloading():
    assert counts("heavy-rocket-salvo") == {"heavy-rocket": 180}
    starts = [raid.start_s for raid in scenario("heavy-rocket-salvo").file.raids]
    assert len(starts) == 5
    assert starts[3] - starts[2] > 600.0
    assert all(unit.reloads for unit in plan("heavy-rocket-salvo").file.fire_units)


def test_jammed_approach_has_jammers_that_stand_off_and_that_fly_along():
    file = scenario("jammed-approach").file
    assert len(file.jammers) == 2
    assert any(salvo.jammer_j_n_db is not None for _, salvo in salvos("jammed-approach"))
    kinds = {CATALOGUE.sensors[site.type].kind for site in plan("jammed-approach").file.sensors}
    assert kinds >= {"radar", "passive-rf", "optical", "acoustic"}


def test_civil_traffic_peak_has_400_civil_flights():
    civil = scenario("civil-traffic-peak").file.flights
    assert sum(flights.count for flights in civil if not flights.friendly) == 400
    assert any(flights.without_transponder > 0.0 for flights in civil)


def test_mixed_week_is_seven_nights_with_supply_between():
    file = scenario("mixed-week").file
    assert [raid.start_s // 86_400.0 for raid in file.raids] == [0, 1, 2, 3, 4, 5, 6]
    units = {unit.name for unit in plan("mixed-week").file.fire_units}
    assert {one.unit for one in file.resupply} <= units
    assert file.skip_quiet_s > 0.0
