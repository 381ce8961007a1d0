"""Where command searches: along the flight that a cue suggests, and where directions cross."""

import math

import numpy as np
import pytest
from tests.plan_texts import RADAR_AND_CITY

from tdome.command.sensing import search
from tdome.command.sensing.base import BEARING_KEPT, CUE_KEPT, Senses, remember
from tdome.command.sensing.priority import PriorityManager
from tdome.earth.geodesy import great_circle_distance
from tdome.earth.wgs84 import ecef_to_enu, ecef_to_geodetic, enu_to_polar, geodetic_to_ecef
from tdome.messages.base import Header
from tdome.messages.codes import Emission
from tdome.messages.sensing import Bearings, Cues
from tdome.plan.plan import read_plan

NOW = 1_800_000_000 * 10**9
S = 10**9
PLAN = """
name = "search"
threats = ["srbm", "drone"]
"""
PLAN += (
    RADAR_AND_CITY
    + """
[[sensors]]
name = "west"
type = "acoustic-node"
lat_deg = 25.0
lon_deg = 121.0
[[sensors]]
name = "east"
type = "acoustic-node"
lat_deg = 25.0
lon_deg = 121.03
[[sensors]]
name = "sight"
type = "optical"
lat_deg = 25.0
lon_deg = 121.02
"""
)
LAUNCH = math.radians(27.0), math.radians(119.5)


@pytest.fixture(scope="module")
def plan():
    return read_plan(PLAN, "plan.toml")


def cue(age_s=0.0):
    at = NOW - round(age_s * S)
    return Cues(
        header=Header("space", 1, at, at),
        sensor="space",
        ecef=geodetic_to_ecef(*LAUNCH, 0.0)[None, :],
        sigma_m=np.array([5e3]),
        launched_at=np.array([at]),
    )


def heard(plan, name, ecef, emission=Emission.ACOUSTIC, at=NOW):
    row = plan.sensors.names.index(name)
    enu = ecef_to_enu(np.atleast_2d(ecef), plan.sensors.ecef[row], plan.sensors.axes[row])
    polar = enu_to_polar(enu)
    return Bearings(
        header=Header(name, 1, at, at),
        sensor=name,
        volume=True,
        azimuth_rad=polar[:, 1] % math.tau,
        elevation_rad=polar[:, 2].copy(),
        snr_db=np.full(len(polar), 15.0, np.float32),
        emission=np.full(len(polar), emission, np.int8),
    )


def drone():
    return geodetic_to_ecef(math.radians(25.02), math.radians(121.012), 400.0)


def test_a_guessed_flight_starts_at_the_launch_climbs_and_comes_down_at_the_asset(plan):
    place = geodetic_to_ecef(*LAUNCH, 0.0)
    ages = np.arange(1.0, 400.0, 1.0)
    path = [search.guessed(plan, 0, place, age) for age in ages]
    flown = np.array([point for point in path if point is not None])
    assert np.linalg.norm(flown[0] - place) < 1e3
    lat, lon, height = ecef_to_geodetic(flown)
    assert height.max() > 50e3
    miss = great_circle_distance(lat[-1], lon[-1], plan.assets.lat[0], plan.assets.lon[0])
    whole = great_circle_distance(*LAUNCH, plan.assets.lat[0], plan.assets.lon[0])
    assert miss < 0.1 * whole
    assert search.guessed(plan, 1, place, 10.0) is None  # drones are not seen from space


def test_a_class_that_does_not_reach_is_not_looked_for(plan):
    far = geodetic_to_ecef(math.radians(45.0), math.radians(110.0), 0.0)
    assert search.guessed(plan, 0, far, 60.0) is None


def test_a_cue_has_the_radar_look_where_the_flight_is_guessed(plan, make):
    senses = Senses(cues=(cue(200.0),))
    tasks = PriorityManager(plan).task(*make(NOW, []), NOW, senses)
    assert tasks.track_number.tolist() == [-1]
    guess = search.guessed(plan, 0, geodetic_to_ecef(*LAUNCH, 0.0), 201.0)
    assert tasks.ecef[0] == pytest.approx(guess)
    assert tasks.look_at.tolist() == [NOW + S]
    assert len(PriorityManager(plan).task(*make(NOW, []), NOW)) == 0


def test_a_ballistic_track_there_answers_the_cue(plan, make):
    senses = Senses(cues=(cue(200.0),))
    lat, lon, height = ecef_to_geodetic(search.guessed(plan, 0, cue().ecef[0], 201.0))
    where = {"lat": math.degrees(lat), "lon": math.degrees(lon), "height": float(height)}
    for law, left in ((1, 0), (0, 1)):
        tracks, _, _ = make(NOW, [{"number": 1, "ballistic": law, **where}])
        assert len(search.places(plan, senses, tracks, NOW + S)) == left


def test_directions_cross_at_what_is_heard(plan, make):
    senses = Senses(bearings=(heard(plan, "west", drone()), heard(plan, "east", drone())))
    tracks, threats, engagements = make(NOW, [])
    (found,) = search.places(plan, senses, tracks, NOW + S)
    assert np.linalg.norm(found - drone()) < 30.0
    tasks = PriorityManager(plan).task(tracks, threats, engagements, NOW, senses)
    assert tasks.sensor.tolist() == [0]
    assert tasks.track_number.tolist() == [-1]


def test_directions_do_not_cross_behind_of_other_kinds_or_of_another_time(plan, make):
    tracks, _, _ = make(NOW, [])
    behind = geodetic_to_ecef(math.radians(24.98), math.radians(121.012), 400.0)
    west = heard(plan, "west", drone())
    for other in (
        heard(plan, "east", behind),
        heard(plan, "east", drone(), Emission.RADIO),
        heard(plan, "east", drone(), at=NOW - 3 * S),
    ):
        assert len(search.places(plan, Senses(bearings=(west, other)), tracks, NOW + S)) == 0
    assert len(search.places(plan, Senses(bearings=(west,)), tracks, NOW + S)) == 0


def test_a_track_there_answers_a_crossing(plan, make):
    senses = Senses(bearings=(heard(plan, "west", drone()), heard(plan, "east", drone())))
    tracks, _, _ = make(NOW, [{"number": 1, "lat": 25.02, "lon": 121.012, "height": 400.0}])
    assert len(search.places(plan, senses, tracks, NOW + S)) == 0


def test_a_sight_gets_the_tracks_in_its_reach(plan, make):
    near = {"number": 3, "lat": 25.03, "lon": 121.02, "height": 500.0}
    far = {"number": 4, "lat": 26.0, "lon": 121.5, "height": 9_000.0}
    tasks = PriorityManager(plan).task(*make(NOW, [near, far]), NOW)
    pairs = sorted(zip(tasks.sensor.tolist(), tasks.track_number.tolist(), strict=True))
    assert pairs == [(0, 3), (0, 4), (3, 3)]


def test_what_was_heard_is_forgotten_in_time(plan):
    told = (cue(), heard(plan, "west", drone()))
    assert remember((), told, NOW + 1) == (told[0], told[1])
    assert remember(told, (), NOW + BEARING_KEPT + 1) == (told[0],)
    assert remember(told, (), NOW + CUE_KEPT + 1) == ()
