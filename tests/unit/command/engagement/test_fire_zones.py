"""Engagement control and fire zones: what is not ordered yet is withdrawn, what flies is not."""

import math

import msgspec
import numpy as np
import pytest
from tests.unit.command.engagement.desk import Desk

from tdome.command.engagement.authority import AuthorityController
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.messages.codes import Answer, Reason
from tdome.messages.codes import EngagementState as State
from tdome.plan.plan import build_plan
from tdome.plan.schema import FireZone


def fence(desk: Desk, **more) -> None:
    """Close the place of the desk's first chosen intercept from now on."""
    row = np.flatnonzero(desk.fire_plan.reason == Reason.CHOSEN)[0]
    lat, lon, _ = (float(c[0]) for c in ecef_to_geodetic(desk.fire_plan.intercept_ecef[row, None]))
    disc = {"lat_deg": math.degrees(lat), "lon_deg": math.degrees(lon), "radius_km": 0.5}
    zone = FireZone(name="here", **(disc | more))
    desk.plan = build_plan(msgspec.structs.replace(desk.plan.file, fire_zones=[zone]), "fenced")
    desk.controller = AuthorityController(desk.plan)


@pytest.fixture
def desk() -> Desk:
    return Desk(raid_size=1, units=1)


def test_a_choice_inside_a_zone_is_not_put_before_the_operator(desk):
    fence(desk)
    said = desk.step(0, fire=True)
    assert len(said.recommendations) == 0
    assert Reason.FIRE_ZONE in said.refusals.reason


@pytest.mark.parametrize("answers", [(), ((1, Answer.APPROVE),)])
def test_an_intercept_that_is_in_a_zone_now_is_withdrawn_before_the_order(desk, answers):
    assert len(desk.step(0, fire=True).recommendations) == 1
    fence(desk)
    said = desk.step(answers=answers)
    assert len(said.orders) == 0
    assert desk.state_of(1) == State.REFUSED
    assert desk.reason_of(1) == Reason.FIRE_ZONE
    assert Reason.FIRE_ZONE in said.refusals.reason


def test_a_track_that_moves_into_a_zone_takes_its_engagement_there(desk):
    fence(desk, ceiling_m=1e6)
    here = desk.plan
    # The zone as it was drawn lies off the path: 3 km aside.
    zone = here.file.fire_zones[0]
    aside = msgspec.structs.replace(zone, lat_deg=zone.lat_deg + 3.0 / 111.2)
    desk.plan = build_plan(msgspec.structs.replace(here.file, fire_zones=[aside]), "fenced")
    desk.controller = AuthorityController(desk.plan)
    assert len(desk.step(0, fire=True).recommendations) == 1
    state = desk.tracks.state.copy()
    point = ecef_to_geodetic(state[:, :3])
    north = np.array([-math.sin(point[0][0]), 0.0, math.cos(point[0][0])])
    east = np.array([-math.sin(point[1][0]), math.cos(point[1][0]), 0.0])
    north[:2] = -math.sin(point[0][0]) * np.array([math.cos(point[1][0]), math.sin(point[1][0])])
    assert abs(north @ east) < 1e-12
    state[:, :3] += 3e3 * north
    desk.tracks = msgspec.structs.replace(desk.tracks, state=state)
    said = desk.step(0.0, answers=[(1, Answer.APPROVE)])
    assert len(said.orders) == 0
    assert desk.reason_of(1) == Reason.FIRE_ZONE


def test_what_flies_is_not_recalled_for_a_zone(desk):
    desk.fly()
    fence(desk)
    said = desk.step()
    assert len(said.orders) == 0
    assert desk.state_of(1) in {State.LAUNCHED, State.IN_FLIGHT}


def test_an_only_zone_elsewhere_withdraws(desk):
    assert len(desk.step(0, fire=True).recommendations) == 1
    fence(desk, rule="only", lat_deg=20.0)
    desk.step()
    assert desk.reason_of(1) == Reason.FIRE_ZONE


def test_a_zone_of_another_unit_does_not():
    desk = Desk(raid_size=1, units=2)
    assert len(desk.step(0, fire=True).recommendations) == 1
    other = desk.plan.units.names[1 - desk.unit]
    fence(desk, units=[other])
    assert len(desk.step(answers=[(1, Answer.APPROVE)]).orders) == 1
