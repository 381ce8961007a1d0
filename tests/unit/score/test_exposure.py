"""People underneath: density, hour of the day, warning and shelters each act, in the right way."""

import math
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tdome.kernel.errors import ConfigError
from tdome.plan.plan import Plan, read_plan
from tdome.score.exposure import (
    DEBRIS_RADIUS,
    INJURY,
    Exposure,
    exposures,
    local_hour,
    presence,
    sheltered_share,
)
from tdome.score.warned import Alert
from tdome.world.ledger import SCHEMAS, Ledger, table

S = 10**9
PEOPLE, RADIUS = 1_000_000, 10_000.0
DAMAGE_RADIUS = 100.0
NIGHT, DAY = 18 * 3600 * S, 6 * 3600 * S  # UTC; 121.5 degrees east is 8.1 h ahead
PLAN = """
name = "two zones"
threats = ["srbm"]
[zones]
shelters = 0.5
circles = [
  { code = "N", name = "n", lat_deg = 25.0, lon_deg = 121.5, radius_km = 10.0, population = 1e6 },
  { code = "S", name = "south", lat_deg = 22.6, lon_deg = 120.3, radius_km = 10.0, shelters = 1.0 },
]
[[sensors]]
name = "radar"
type = "multifunction"
lat_deg = 25.0
lon_deg = 121.5
[[assets]]
name = "port"
lat_deg = 22.6
lon_deg = 120.3
radius_km = 5.0
value = 100.0
population = 78_540
shelters = 0.25
""".replace("1e6", "1_000_000")
NORTH, PORT, SEA = (25.0, 121.5), (22.6, 120.3), (20.0, 119.0)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_plan(PLAN, "two-zones.toml")


def rows(name, columns):
    plain = {"string": "", "bool": False}
    n = len(next(iter(columns.values())))
    full = {f.name: [plain.get(str(f.type), 0)] * n for f in SCHEMAS[name]}
    return table(name, full | columns)


def ledger(*fallen, at=DAY, debris=()):
    """Impacts at places, and wrecks at others; all launched 1,000 s before."""
    places = [*fallen, *debris]
    ids = list(range(1, len(places) + 1))
    objects = {
        "object_id": ids,
        "kind": ["threat"] * len(ids),
        "state": ["impacted"] * len(fallen) + ["killed"] * len(debris),
        "end_lat": [math.radians(lat) for lat, _ in places],
        "end_lon": [math.radians(lon) for _, lon in places],
        "ended_at": [at] * len(places),
        "launched_at": [at - 1000 * S] * len(places),
        "damage_radius": [DAMAGE_RADIUS] * len(places),
    }
    wrecks = {
        "object_id": ids[len(fallen) :],
        "lat": [math.radians(lat) for lat, _ in debris],
        "lon": [math.radians(lon) for _, lon in debris],
        "at": [at] * len(debris),
    }
    empty = {name: table(name, {f.name: [] for f in SCHEMAS[name]}) for name in SCHEMAS}
    full = {"objects": rows("objects", objects), "debris": rows("debris", wrecks)}
    return Ledger(start=0, **(empty | full))


def alert(zone, begins):
    return Alert(warning=1, zone=zone, begins=begins, ends=10**18)


def score(plan, truth, *alerts) -> tuple[Exposure, Exposure]:
    impact, debris = exposures(truth, plan, list(alerts))
    assert (impact.cause, debris.cause) == ("impact", "debris")
    return impact, debris


def test_people_under_an_impact_are_density_times_presence_times_area(plan):
    impact, debris = score(plan, ledger(NORTH))
    hour = local_hour(DAY, math.radians(121.5))
    expected = PEOPLE * presence(hour) * (INJURY * DAMAGE_RADIUS / RADIUS) ** 2
    assert impact.exposed == pytest.approx(expected, rel=0.02)
    assert impact.unsheltered == impact.exposed
    assert (impact.events, debris.events, debris.exposed) == (1, 0, 0.0)


def test_debris_over_a_city_exposes_people_and_at_sea_nobody_is_known(plan):
    _, over_city = score(plan, ledger(debris=[NORTH]))
    assert over_city.exposed == pytest.approx(
        PEOPLE * presence(local_hour(DAY, math.radians(121.5))) * (DEBRIS_RADIUS / RADIUS) ** 2,
        rel=0.02,
    )
    _, at_sea = score(plan, ledger(debris=[SEA]))
    assert (at_sea.events, at_sea.exposed, at_sea.unknown) == (1, 0.0, 1)


def test_where_the_zone_gives_no_population_the_assets_do(plan):
    impact, _ = score(plan, ledger(PORT))
    density = 78_540 / (math.pi * 5_000.0**2)
    area = math.pi * (INJURY * DAMAGE_RADIUS) ** 2
    hour = local_hour(DAY, math.radians(120.3))
    assert impact.exposed == pytest.approx(density * area * presence(hour), rel=1e-9)
    warned, _ = score(plan, ledger(PORT), alert(1, DAY - 900 * S))
    assert warned.sheltered / warned.exposed == pytest.approx(0.25, rel=0.01)


def test_more_warning_shelters_more(plan):
    shares = []
    for lead in (0, 15, 30, 60, 90, 600):
        impact, _ = score(plan, ledger(NORTH), alert(0, DAY - lead * S))
        shares.append(impact.sheltered / impact.exposed)
    assert shares[0] == 0.0
    assert all(a < b for a, b in pairwise(shares))
    assert shares[-1] == pytest.approx(0.5, rel=0.01)  # those with a shelter in reach


def test_an_alert_for_another_zone_or_after_the_impact_shelters_nobody(plan):
    for late in (alert(1, DAY - 90 * S), alert(0, DAY + S)):
        impact, _ = score(plan, ledger(NORTH), late)
        assert impact.sheltered == 0.0


def test_warning_does_not_begin_before_the_launch(plan):
    long, _ = score(plan, ledger(NORTH), alert(0, DAY - 90_000 * S))
    launch, _ = score(plan, ledger(NORTH), alert(0, DAY - 1000 * S))
    assert long.sheltered == launch.sheltered


def test_night_differs_from_day(plan):
    by_day, _ = score(plan, ledger(NORTH, at=DAY), alert(0, DAY - 30 * S))
    by_night, _ = score(plan, ledger(NORTH, at=NIGHT), alert(0, NIGHT - 30 * S))
    assert by_night.exposed < by_day.exposed
    assert by_night.sheltered / by_night.exposed < 0.6 * by_day.sheltered / by_day.exposed


def test_the_stated_points_of_the_curve():
    told = {lead: sheltered_share(lead, 14.0, 1.0) for lead in (15.0, 30.0, 45.0, 60.0, 90.0)}
    assert told == pytest.approx({15.0: 0.2, 30.0: 0.5, 45.0: 0.69, 60.0: 0.8, 90.0: 0.9}, abs=3e-3)
    assert sheltered_share(60.0, 2.0, 1.0) == pytest.approx(0.5)


@given(st.floats(0.0, 1e4), st.floats(0.0, 24.0), st.floats(0.0, 1.0))
def test_the_sheltered_are_a_share_of_those_with_a_shelter(lead, hour, shelters):
    assert 0.0 <= sheltered_share(lead, hour, shelters) <= shelters
    assert sheltered_share(lead, hour, shelters) <= sheltered_share(lead + 1.0, hour, shelters)


def test_local_noon_and_presence():
    noon = 4 * 3600 * S
    assert local_hour(noon, math.radians(120.0)) == pytest.approx(12.0)
    assert 0.0 <= local_hour(noon, math.radians(-179.0)) < 24.0
    assert presence(14.0) == pytest.approx(1.3)
    assert np.mean([presence(h) for h in range(24)]) == pytest.approx(1.0)


def test_populations_of_the_atlas_are_read_by_code_and_slips_are_named():
    known = read_plan(
        PLAN.replace(
            "[zones]", '[zones]\natlas = "taiwan-counties"\npopulations = { 09007 = 13_000 }'
        ),
        "p.toml",
    )
    row = known.zones.codes.index("09007")
    assert known.zones.population[row] == 13_000.0
    assert known.zones.density[row] > 0.0
    wrong = PLAN.replace("[zones]", "[zones]\npopulations = { 9 = 1 }")
    with pytest.raises(ConfigError, match=r"zones\.populations\.9"):
        _ = read_plan(wrong, "p.toml").zones


def test_what_a_missile_sheds_is_debris_and_a_failed_launch_an_impact(plan):
    truth = ledger(NORTH, NORTH)
    for name, column in (("kind", ["debris", "threat"]), ("state", ["impacted", "failed"])):
        place = truth.objects.schema.get_field_index(name)
        truth = msgspec.structs.replace(
            truth, objects=truth.objects.set_column(place, name, [column])
        )
    impact, debris = score(plan, truth)
    assert (impact.events, debris.events) == (1, 1)
    assert 0.0 < debris.exposed < impact.exposed
