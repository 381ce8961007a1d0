"""Low routes over ground: never into it, no wilder than they can; synthetic ground; sight."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.earth.geodesy import MEAN_RADIUS
from tdome.earth.terrain import FlatTerrain, SyntheticTerrain
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.kernel.random import Streams
from tdome.plan.plan import read_plan
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.powered import (
    CLIMB_ANGLE,
    KNOT_TOLERANCE,
    TURN_ACCELERATION,
    Flight,
    heights,
    route_path,
)
from tdome.world.bodies.table import state1
from tdome.world.routes.profile import smooth_above
from tdome.world.scenario import read_scenario
from tdome.world.schema.conditions import Weather
from tdome.world.sensors.radars import Radars

LAT, LON = np.radians([25.6, 25.1, 24.7]), np.radians([120.1, 120.6, 121.2])


class Ridges:
    """Sharp ridges, 4 km apart and 500 m high: worse than any map."""

    grain = 50.0

    def height(self, lat, lon):
        way = (np.asarray(lat) + np.asarray(lon)) * MEAN_RADIUS
        return 500.0 * np.abs(np.mod(way / 4_000.0, 2.0) - 1.0)


def over_ground(knots, terrain, step=0.5):
    """Time, height over the ground and height, every half second."""
    times = np.arange(knots[0, 0], knots[-1, 0], step)
    rows = np.empty((len(times), 6))
    for t, row in zip(times, rows, strict=True):
        state1(knots, 0, len(knots), t, row)
    lat, lon, height = ecef_to_geodetic(rows[:, :3])
    return times, height - terrain.height(lat, lon), height


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    speed=st.sampled_from([51.0, 157.0, 240.0, 300.0, 667.0]),
    altitude=st.floats(20.0, 800.0),
    popup=st.sampled_from([0.0, 5_000.0]),
    place=st.tuples(st.floats(-0.8, 0.8), st.floats(-3.1, 3.1), st.floats(0.0, 6.28)),
)
def test_the_ground_is_never_met_and_the_clearance_is_kept(seed, speed, altitude, popup, place):
    lat, lon, course = place
    terrain = SyntheticTerrain(seed)
    lats = lat + np.array([0.0, 0.004, 0.01]) * np.cos(course)
    lons = lon + np.array([0.0, 0.007, 0.01]) * np.sin(course) / np.cos(lat)
    flight = Flight(0.0, speed, altitude, popup_height=400.0, popup_at=popup)
    knots = route_path(lats, lons, flight, terrain)
    times, over, _ = over_ground(knots, terrain)
    assert over.min() > -KNOT_TOLERANCE
    ramp = max(2_000.0, 3.0 * altitude) / speed * 2.5
    middle = (times > times[0] + ramp) & (times < times[-1] - ramp)
    assert (over[middle] > altitude - 2.0 * KNOT_TOLERANCE).all()


def test_sharp_ridges_are_cleared_too():
    knots = route_path(LAT, LON, Flight(0.0, 240.0, 60.0), Ridges())
    times, over, _ = over_ground(knots, Ridges())
    assert over.min() > -KNOT_TOLERANCE
    assert over[(times > 15.0) & (times < times[-1] - 15.0)].min() > 60.0 - 2.0 * KNOT_TOLERANCE


def test_climbs_and_crests_are_within_what_it_can_fly():
    along = np.arange(0.0, 60_000.0, 100.0)
    ground = np.where(np.abs(along - 30_000.0) < 2_000.0, 900.0, 0.0)
    flight = Flight(0.0, 240.0, 60.0, climbs=False, dive=0.0)
    height = heights(along, ground, flight)
    slope = np.diff(height) / 100.0
    assert np.abs(slope).max() <= np.tan(CLIMB_ANGLE) * 1.001
    crest = np.abs(np.diff(slope)) / 100.0 * 240.0**2
    assert crest.max() <= TURN_ACCELERATION * 1.01
    assert height[0] == pytest.approx(60.0)
    assert (height >= ground + 60.0).all()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0.0, 3_000.0), min_size=4, max_size=60), st.floats(100.0, 5_000.0))
def test_a_profile_is_above_what_is_demanded(demand, window):
    along = np.cumsum(np.full(len(demand), 150.0))
    out = np.empty(len(demand))
    smooth_above(along, np.array(demand), 0.3, window, out)
    assert (out >= np.array(demand) - 1e-6).all()
    assert out.max() <= max(demand) + 1e-6
    assert np.abs(np.diff(out)).max() <= 0.3 * 150.0 + 1e-6


# ---------------------------------------------------------------- synthetic ground


def test_synthetic_ground_is_a_formula_of_its_seed():
    lat, lon = np.meshgrid(np.linspace(0.3, 0.5, 40), np.linspace(2.0, 2.2, 40))
    one, again, other = (SyntheticTerrain(s).height(lat, lon) for s in (4, 4, 5))
    assert (one == again).all()
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] < 0.6
    assert (one >= 0.0).all()
    assert one.shape == lat.shape
    assert 300.0 < one.max() < 3_000.0
    assert 0.05 < (one == 0.0).mean() < 0.7


def test_synthetic_ground_has_no_seam_and_no_cliff():
    terrain = SyntheticTerrain(1)
    assert terrain.height(0.4, np.pi) == pytest.approx(terrain.height(0.4, -np.pi), abs=1e-6)
    along = np.arange(0.0, 0.02, terrain.grain / MEAN_RADIUS)
    height = terrain.height(0.4 + along, 2.1)
    assert np.abs(np.diff(height)).max() < 0.6 * terrain.grain
    bent = np.abs(np.diff(height[height > 0.0], 2))
    assert np.percentile(bent, 99) < 5.0  # the grain shows all there is


def test_it_hides_a_low_flyer_but_not_a_high_one():
    """With the radars as they are: the same route, low, is seen later; behind hills, less."""
    text = """
name = "low"
start = 2030-01-01T00:00:00Z
duration_s = 2000
[[places]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.0
[[raids]]
name = "one"
[[raids.salvos]]
type = "drone"
count = 1
launch_lat_deg = 25.0
launch_lon_deg = 120.2
launch_spread_km = 0
targets = ["Port"]
altitude_m = HEIGHT
[truth.threats.drone]
rcs_m2 = 100.0
"""
    plan = read_plan(
        """
name = "one radar"
threats = ["drone"]
[[sensors]]
name = "R"
type = "long-range-3d"
lat_deg = 25.0
lon_deg = 121.0
height_m = 20
[[assets]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.0
radius_km = 3
value = 10
""",
        "plan.toml",
    )

    def seen(height, terrain):
        scenario = read_scenario(text.replace("HEIGHT", str(height)), "low.toml")
        bodies = compile_bodies(scenario, Streams(1), terrain=terrain)
        bodies.start(0)
        radars = Radars(plan.sensors, Weather(), Streams(1), terrain)
        times = np.arange(bodies.launches_at[0] + 60.0, bodies.ends_at[0], 20.0)
        return [t for t in times if 0 in radars.look(0, bodies, float(t), int(t)).rows]

    low, high = seen(60, FlatTerrain()), seen(3_000, FlatTerrain())
    assert low[0] > high[0] + 300.0
    hidden = seen(60, SyntheticTerrain(2))
    assert len(hidden) < 0.9 * len(low)
