"""The bundled catalogue: complete, sourced, generic, and in agreement with the law of flight."""

import math
import re

import msgspec
import pytest

from tdome.earth.geodesy import destination
from tdome.plan.catalogue import bundled_catalogue
from tdome.plan.classes.effectors import BEAMS
from tdome.plan.classes.quantity import Quantity
from tdome.plan.classes.sensors import KINDS
from tdome.plan.classes.threats import ThreatClass
from tdome.world.bodies.ballistic import Aim, solve_launch

CATALOGUE = bundled_catalogue()
BOOKS = {
    "threats": CATALOGUE.threats,
    "sensors": CATALOGUE.sensors,
    "effectors": CATALOGUE.effectors,
}
QUANTITIES = [
    pytest.param(key, quantity, id=f"{kind}.{name}.{key}")
    for kind, book in BOOKS.items()
    for name, entry in book.items()
    for key in entry.__struct_fields__
    if isinstance(quantity := getattr(entry, key), Quantity)
]
QUANTITIES += [
    pytest.param(f"sspk_{threat}", quantity, id=f"effectors.{name}.sspk_by_class.{threat}")
    for name, entry in CATALOGUE.effectors.items()
    for threat, quantity in entry.sspk_by_class.items()
]
BALLISTIC = [name for name, entry in CATALOGUE.threats.items() if entry.family == "ballistic"]
BALLISTIC_KEYS = {"flight_path_angle_deg", "ballistic_coefficient_kg_m2", "burnout_altitude_km"}
PRODUCTS = (
    "9m7|agm|aim-|arrow|buk|chiang|df-|gepard|geran|grad|himars|iris|iron|iskander|kalibr|kh-"
    "|kinzhal|kn-|nasams|oniks|pac-|patriot|pch|qassam|rim-|s-300|shahed|sm-|stinger|strong bow"
    "|tamir|tc-|thaad|tien"
)


@pytest.mark.parametrize(("key", "quantity"), QUANTITIES)
def test_quantity_is_ordered_finite_and_sourced(key, quantity):
    assert -math.inf < quantity.low <= quantity.nominal <= quantity.high < math.inf
    assert re.match(r"domain\.md \d|own choice", quantity.source)
    if "elevation_deg" not in key:
        assert quantity.low >= 0.0
    if key.startswith("sspk_") or key in {"damage_fraction", "false_alarm_probability"}:
        assert quantity.high <= 1.0


@pytest.mark.parametrize(("key", "quantity"), QUANTITIES)
def test_published_means_that_a_named_source_gives_it(key, quantity):
    if quantity.status == "published":
        assert re.match(r"domain\.md \d.*\(.+\)", quantity.source), key
        assert not re.search(r"own choice|unverified|not labelled|notional", quantity.source), key


def test_some_figures_are_published():
    assert sum(param.values[1].status == "published" for param in QUANTITIES) >= 5


@pytest.mark.parametrize("kind", BOOKS)
def test_classes_are_generic(kind):
    for name, entry in BOOKS[kind].items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        assert not re.search(rf"\b({PRODUCTS})", f"{name} {entry.title}".lower())


@pytest.mark.parametrize("name", CATALOGUE.threats)
def test_threat_class_is_complete_for_its_family(name):
    entry = CATALOGUE.threats[name]
    given = {key for key in BALLISTIC_KEYS | {"altitude_m"} if getattr(entry, key) is not None}
    assert given == (BALLISTIC_KEYS if entry.family == "ballistic" else {"altitude_m"})


@pytest.mark.parametrize("name", BALLISTIC)
def test_burnout_speeds_cover_the_ranges(name):
    entry = CATALOGUE.threats[name]
    needed = [burnout_speed(entry, km) for km in (entry.range_km.low, entry.range_km.high)]
    assert (
        entry.speed_m_s.low < needed[0] < entry.speed_m_s.nominal < needed[1] < entry.speed_m_s.high
    )


def burnout_speed(entry: ThreatClass, range_km: float) -> float:
    """Speed (m/s) that the world needs at burn-out for a flight eastward over the mid-latitudes."""
    lat, lon, east = math.radians(25.0), math.radians(117.0), math.radians(90.0)
    aim = Aim(
        lat,
        lon,
        *map(float, destination(lat, lon, east, range_km * 1e3)),
        angle=math.radians(entry.flight_path_angle_deg.nominal),
        burnout_altitude=entry.burnout_altitude_km.nominal * 1e3,
        inv_beta=1.0 / entry.ballistic_coefficient_kg_m2.nominal,
    )
    solution = solve_launch(aim)
    assert solution is not None
    return solution.speed


def test_every_family_has_a_threat_and_an_effector_that_suits_it():
    for family in ("ballistic", "cruise", "drone", "aircraft"):
        assert any(entry.family == family for entry in CATALOGUE.threats.values())
        suited = [getattr(e, f"sspk_{family}").nominal for e in CATALOGUE.effectors.values()]
        assert max(suited) > 0.5


@pytest.mark.parametrize("name", CATALOGUE.effectors)
def test_effector_envelope_has_an_inside(name):
    entry = CATALOGUE.effectors[name]
    assert entry.min_range_km.nominal < entry.max_range_km.nominal
    assert entry.min_altitude_km.nominal < entry.max_altitude_km.nominal
    assert entry.channels.low >= 1.0
    assert entry.rounds.low >= 1.0
    for key in ("channels", "rounds"):
        assert getattr(entry, key).nominal == int(getattr(entry, key).nominal)


RADARS = [name for name, entry in CATALOGUE.sensors.items() if entry.kind.startswith("radar")]


def test_every_kind_of_sensor_is_there():
    assert {entry.kind for entry in CATALOGUE.sensors.values()} == set(KINDS)


@pytest.mark.parametrize("name", RADARS)
def test_radar_sees_something(name):
    entry = CATALOGUE.sensors[name]
    assert entry.min_elevation_deg.nominal < entry.max_elevation_deg.nominal <= 90.0
    assert 0.0 < entry.reference_range_km.nominal <= entry.max_range_km.nominal
    for key in ("period_s", "sigma_range_m", "sigma_azimuth_deg"):
        assert getattr(entry, key).low > 0.0


@pytest.mark.parametrize("name", CATALOGUE.sensors)
def test_sensor_without_a_key_of_its_kind_is_refused(name):
    entry = CATALOGUE.sensors[name]
    with pytest.raises(ValueError, match="needs latency_s"):
        msgspec.structs.replace(entry, latency_s=None)


def test_sensor_with_a_key_of_another_kind_is_refused():
    some = CATALOGUE.sensors["long-range-3d"].period_s
    with pytest.raises(ValueError, match="'radar' does not use heard_above_db"):
        msgspec.structs.replace(CATALOGUE.sensors["long-range-3d"], heard_above_db=some)


def test_decoys_do_next_to_nothing_and_fly_as_what_they_imitate():
    decoy, drone = CATALOGUE.threats["decoy-drone"], CATALOGUE.threats["drone"]
    assert decoy.decoy
    assert not drone.decoy
    assert decoy.damage_fraction.nominal == 0.0
    for key in ("speed_m_s", "altitude_m"):
        assert getattr(decoy, key).nominal == getattr(drone, key).nominal


def test_sspk_by_class_is_of_threats_that_exist():
    named = {name for entry in CATALOGUE.effectors.values() for name in entry.sspk_by_class}
    assert named
    assert named <= set(CATALOGUE.threats)


@pytest.mark.parametrize("name", CATALOGUE.effectors)
def test_effector_class_is_complete_for_its_effect(name):
    entry = CATALOGUE.effectors[name]
    beam = entry.effect in BEAMS
    for key in ("dwell_s", "shots_before_cooling", "cooling_s"):
        assert (getattr(entry, key) is not None) == beam
    if beam:
        assert entry.ballistic_coefficient_kg_m2 is None
