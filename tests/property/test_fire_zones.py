"""What must hold for both assigners whatever the fire zones: nobody intercepts where he may not."""

import math
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tdome.command.assignment.check import check_fire_plan
from tdome.command.assignment.greedy import GreedyAssigner
from tdome.command.assignment.sample import (
    EPOCH,
    LAT,
    LON,
    full_magazines,
    no_engagements,
    sample_plan,
    sample_raid,
)
from tdome.command.assignment.timed.assigner import PriceAssigner
from tdome.earth.geodesy import great_circle_distance
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.messages.codes import Reason
from tdome.messages.fire import FirePlan
from tdome.messages.wire import encode
from tdome.plan.books.fire_zones import closed
from tdome.plan.plan import Plan, build_plan
from tdome.plan.schema import FireZone

ASSIGNERS = (GreedyAssigner, PriceAssigner)
UNITS = 12
SLACK = 2.0  # m: this test's own distances and heights against the kernel's
PLAN = sample_plan(UNITS)
NAMES = [*PLAN.units.names[:3], *sorted(set(PLAN.units.types)), *sorted(set(PLAN.units.layers))]

_PLACE = st.tuples(st.floats(LAT - 0.5, LAT + 0.5), st.floats(LON - 0.5, LON + 0.5))
_LEVEL = st.sampled_from([-500.0, 200.0, 800.0, 3e3, 9e3, 2e4, 5e4])


@st.composite
def fire_zones(draw: st.DrawFn) -> list[FireZone]:
    """Return up to four zones of all kinds near the sample's asset."""
    out = []
    for n in range(draw(st.integers(1, 4))):
        floor = draw(_LEVEL)
        common: dict[str, Any] = {
            "name": f"zone {n}",
            "rule": draw(st.sampled_from(["keep-out", "keep-out", "only"])),
            "units": draw(st.lists(st.sampled_from(NAMES), max_size=2)),
            "floor_m": floor,
            "ceiling_m": draw(st.sampled_from([floor + 500.0, floor + 8e3, 1e6])),
        }
        if draw(st.booleans()):
            lat, lon = draw(_PLACE)
            radius = draw(st.floats(0.5, 60.0))
            out.append(FireZone(lat_deg=lat, lon_deg=lon, radius_km=radius, **common))
        else:
            route = draw(st.lists(_PLACE, min_size=2, max_size=3))
            width = draw(st.floats(0.5, 30.0))
            out.append(FireZone(route=route, half_width_km=width, **common))
    return out


def plan_of(zones: list[FireZone]) -> Plan:
    return build_plan(msgspec.structs.replace(PLAN.file, fire_zones=zones), "fenced")


def assign(make: Any, plan: Plan, count: int, shift: float) -> FirePlan:
    raid = sample_raid(count, shift=shift)
    made = make(plan).assign(*raid, no_engagements(), full_magazines(plan), EPOCH)
    check_fire_plan(made, plan, raid[1], full_magazines(plan))
    return made


def depth(zone: FireZone, lat: float, lon: float, height: float) -> float:
    """How deep a point lies in a zone, m; below 0 outside. Arcs are searched densely."""
    if zone.route is None:
        beside = great_circle_distance(lat, lon, *np.radians([zone.lat_deg, zone.lon_deg]))
        level = 1e3 * float(zone.radius_km or 0.0) - float(beside)
    else:
        route, share = np.radians(np.array(zone.route)), np.linspace(0.0, 1.0, 8001)
        up = np.stack(
            [
                np.cos(route[:, 0]) * np.cos(route[:, 1]),
                np.cos(route[:, 0]) * np.sin(route[:, 1]),
                np.sin(route[:, 0]),
            ],
            axis=1,
        )
        level = -math.inf
        for a, b in pairwise(up):
            x, y, z = (a + share[:, None] * (b - a)).T
            far = great_circle_distance(lat, lon, np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x))
            level = max(level, 1e3 * float(zone.half_width_km or 0.0) - float(far.min()))
    return min(level, height - zone.floor_m, zone.ceiling_m - height)


def offence(plan: Plan, unit: int, point: np.ndarray) -> float:
    """How far, in m, a unit's intercept point is where it must not be; 0 or less if it may be."""
    own = {plan.units.names[unit], plan.units.types[unit], plan.units.layers[unit]}
    zones = [zone for zone in plan.file.fire_zones if not zone.units or own & {*zone.units}]
    lat, lon, height = (float(c[0]) for c in ecef_to_geodetic(point[None]))
    deep = {zone.name: depth(zone, lat, lon, height) for zone in zones}
    bad = max((deep[z.name] for z in zones if z.rule == "keep-out"), default=-math.inf)
    only = [deep[zone.name] for zone in zones if zone.rule == "only"]
    return max(bad, -max(only)) if only else bad


@pytest.mark.parametrize("make", ASSIGNERS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(zones=fire_zones(), shift=st.floats(0.0, 6.0))
def test_no_intercept_is_where_a_zone_forbids_it(
    make: Any, zones: list[FireZone], shift: float
) -> None:
    plan = plan_of(zones)
    made = assign(make, plan, 24, shift)
    for row in np.flatnonzero(made.reason == Reason.CHOSEN):
        assert offence(plan, int(made.unit[row]), made.intercept_ecef[row]) <= SLACK


@pytest.mark.parametrize("make", ASSIGNERS)
@settings(max_examples=15, deadline=None)
@given(zones=fire_zones(), shift=st.floats(0.0, 6.0))
def test_zones_elsewhere_change_nothing(make: Any, zones: list[FireZone], shift: float) -> None:
    """Keep-out zones a thousand km away, and "only" zones that hold everything: equal bits."""
    far = [
        msgspec.structs.replace(
            zone,
            rule="keep-out",
            route=None,
            half_width_km=None,
            lat_deg=LAT - 20.0,
            lon_deg=LON,
            radius_km=500.0,
        )
        for zone in zones
    ]
    wide = [
        FireZone(name=f"{zone.name} wide", rule="only", units=zone.units, lat_deg=LAT, lon_deg=LON,
                 radius_km=1000.0)
        for zone in zones
    ]  # fmt: skip
    plain = assign(make, PLAN, 24, shift)
    assert encode(assign(make, plan_of(far), 24, shift)) == encode(plain)
    assert encode(assign(make, plan_of([*far, *wide]), 24, shift)) == encode(plain)


@pytest.mark.parametrize("make", ASSIGNERS)
def test_the_order_of_zones_and_joined_zones_change_nothing(make: Any) -> None:
    disc = {"lat_deg": LAT, "lon_deg": LON, "radius_km": 12.0}
    low = FireZone(name="low", ceiling_m=5e3, **disc)
    mid = FireZone(name="mid", floor_m=5e3, ceiling_m=9e3, **disc)
    both = FireZone(name="both", ceiling_m=9e3, **disc)
    made = [assign(make, plan_of(zones), 24, 0.3) for zones in ([low, mid], [mid, low], [both])]
    assert encode(made[0]) == encode(made[1]) == encode(made[2])
    assert encode(made[0]) != encode(assign(make, PLAN, 24, 0.3))


@pytest.mark.parametrize("make", ASSIGNERS)
def test_a_zone_of_one_unit_leaves_the_others_alone(make: Any) -> None:
    plain = assign(make, PLAN, 24, 0.3)
    busy = int(plain.unit[plain.reason == Reason.CHOSEN][0])
    everywhere = {"lat_deg": LAT, "lon_deg": LON, "radius_km": 1000.0}
    zone = FireZone(name="all", units=[PLAN.units.names[busy]], **everywhere)
    made = assign(make, plan_of([zone]), 24, 0.3)
    assert not (made.unit[made.reason == Reason.CHOSEN] == busy).any()
    assert (made.reason[made.unit == busy] == Reason.FIRE_ZONE).any()
    assert (made.reason == Reason.CHOSEN).sum() > 0
    others = made.reason[(made.unit != busy) & (made.unit >= 0)]
    assert not (others == Reason.FIRE_ZONE).any()


@pytest.mark.parametrize("make", ASSIGNERS)
def test_only_in_a_place_where_nothing_comes_is_never(make: Any) -> None:
    away = FireZone(name="away", rule="only", lat_deg=LAT - 20.0, lon_deg=LON, radius_km=50.0)
    made = assign(make, plan_of([away]), 24, 0.3)
    assert (made.unit == -1).all()
    assert not (made.reason == Reason.CHOSEN).any()
    assert (made.reason == Reason.FIRE_ZONE).any()


@pytest.mark.parametrize("make", ASSIGNERS)
def test_a_layer_between_a_chord_and_the_fall_holds_the_choice_back(make: Any) -> None:
    """Solutions lie on chords between knots, points are told by the law of motion."""
    plain = assign(make, PLAN, 24, 0.3)
    held = 0
    for row in np.flatnonzero(plain.reason == Reason.CHOSEN):
        height = float(ecef_to_geodetic(plain.intercept_ecef[row, None])[2][0])
        layer = {"floor_m": height - 0.02, "ceiling_m": height + 0.02}
        thin = FireZone(name="thin", lat_deg=LAT, lon_deg=LON, radius_km=1000.0, **layer)
        plan = plan_of([thin])
        made = assign(make, plan, 24, 0.3)
        taken = made.reason == Reason.CHOSEN
        left = made.reason[(made.track_number == plain.track_number[row]) & (made.unit == -1)]
        held += Reason.FIRE_ZONE in left
        assert not closed(plan.fire_zones, made.unit[taken], made.intercept_ecef[taken]).any()
    assert held
