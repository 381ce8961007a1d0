"""A radar that flies an orbit: it reports from where it is, and command converts from there."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest

from tdome.command.tracking.detection import Detection
from tdome.command.tracking.scan import convert
from tdome.earth.geodesy import great_circle_distance
from tdome.earth.orbit import on_circle
from tdome.earth.wgs84 import enu_to_ecef
from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.messages.base import Header
from tdome.messages.sensing import Plots
from tdome.plan.plan import read_plan
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.table import State
from tdome.world.scenario import read_scenario
from tdome.world.schema.conditions import Weather
from tdome.world.sensors.radars import Radars
from tdome.world.sensors.receivers.reach import Post

PLAN = """
name = "orbit"
threats = ["drone"]
[beliefs.sensors.airborne]
sigma_range_m = 1
sigma_azimuth_deg = 0.001
sigma_elevation_deg = 0.001
bias_range_m = 0
bias_azimuth_deg = 0
false_plots_per_scan = 0
{radius}
[[sensors]]
name = "Eye"
type = "airborne"
lat_deg = 25.0
lon_deg = 121.5
{site}
[[sensors]]
name = "Ground"
type = "long-range-3d"
lat_deg = 25.2
lon_deg = 121.5
[[assets]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.5
radius_km = 3
value = 10
"""
SCENARIO = """
name = "one airliner"
start = 2030-01-01T00:00:00Z
duration_s = 1500
[[places]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.5
[[flights]]
name = "airway"
count = 1
route = [[24.0, 121.0], [26.0, 122.0]]
first_s = 0
first_address = 7
"""


def plan_of(site="", radius=""):
    return read_plan(PLAN.format(site=site, radius=radius), "plan.toml")


@pytest.fixture(scope="module")
def scenario():
    return read_scenario(SCENARIO, "scenario.toml")


@pytest.fixture(scope="module")
def bodies(scenario):
    found = compile_bodies(scenario, Streams(1))
    found.state[:] = State.FLYING
    return found


def scanned(plan, scenario, bodies, t, seed=4):
    """Return the plots of the eye at t s, as they would be sent."""
    radars = Radars(plan.sensors, Weather(), Streams(seed))
    radars.start = scenario.start
    for number in range(20):
        seen = radars.look(0, bodies, t, number)
        if len(seen.rows):
            break
    at = scenario.start + round(t * 1e9)
    columns = {name: value for name, value in seen._asdict().items() if name != "rows"}
    return Plots(header=Header("Eye", 1, at, at), sensor="Eye", volume=True, **columns)


def test_it_circles_its_site_at_its_speed():
    book = plan_of("orbit_km = 40").sensors
    period = 2.0 * math.pi * 40e3 / book.orbit[0, 1]
    at = np.linspace(0.0, period, 9)
    posts = [book.at(round(t * 1e9)) for t in at]
    away = [
        float(great_circle_distance(book.lat[0], book.lon[0], one.lat[0], one.lon[0]))
        for one in posts
    ]
    assert np.allclose(away, 40e3, atol=1.0)
    legs = [np.linalg.norm(b.ecef[0] - a.ecef[0]) for a, b in itertools.pairwise(posts)]
    chord = 2.0 * 40e3 * math.sin(math.pi / 8.0)
    assert np.allclose(legs, chord, rtol=0.006)
    assert np.allclose(posts[0].ecef[0], posts[-1].ecef[0], atol=1.0)
    assert np.array_equal(posts[3].ecef[1], book.ecef[1])  # who stands, stands


def test_who_stands_costs_nothing():
    book = plan_of("orbit_km = 0").sensors
    assert book.at(123) is book


def test_the_law_is_a_pure_function_of_time():
    where = (np.array([0.4]), np.array([2.1]), np.array([[30e3, 180.0]]))
    year_2030 = 1_893_456_000_000_000_000
    assert on_circle(*where, year_2030) == on_circle(*where, year_2030)
    assert on_circle(*where, year_2030) != on_circle(*where, year_2030 + 1_000_000_000)


@pytest.mark.parametrize("t", [100.0, 400.0, 700.0])
def test_command_converts_from_where_the_radar_was(scenario, bodies, t):
    plan = plan_of("orbit_km = 60")
    plots = scanned(plan, scenario, bodies, t)
    truth = bodies.position_at(0, t)[:3]
    law = Detection(plan.sensors)
    got = convert(plots, plan.sensors, law).z[0]
    assert np.linalg.norm(got - truth) < 50.0
    standing = plan_of("orbit_km = 0")
    wrong = convert(plots, standing.sensors, Detection(standing.sensors)).z[0]
    assert np.linalg.norm(wrong - truth) > 20e3


def test_silence_is_judged_from_where_the_radar_was():
    """A low flyer beyond the horizon of one end of the orbit is within that of the other."""
    plan = plan_of("orbit_km = 150", "max_range_km = 300")
    book = plan.sensors
    law = Detection(book)
    north = enu_to_ecef(np.array([[0.0, 400e3, -11e3]]), book.ecef[0], book.axes[0])
    half = round(math.pi * 150e3 / book.orbit[0, 1] * 1e9)
    period = round(2e9 * math.pi * 150e3 / book.orbit[0, 1])
    near = law.probability(0, north, np.zeros(1), np.ones(1), 100 * period)[0]
    far = law.probability(0, north, np.zeros(1), np.ones(1), 100 * period + half)[0]
    assert near > 0.1
    assert far == 0.0


def test_a_post_of_any_kind_moves(scenario):
    plan = plan_of("orbit_km = 60")
    post = Post(plan.sensors, 0, scenario, Streams(1), None)
    assert np.linalg.norm(post.at(100.0).site - post.at(1_000.0).site) > 50e3
    ground = Post(plan.sensors, 1, scenario, Streams(1), None)
    assert ground.at(100.0) is ground


def test_only_what_flies_has_an_orbit():
    text = PLAN.replace('type = "long-range-3d"', 'type = "long-range-3d"\norbit_km = 5')
    with pytest.raises(ConfigError, match="does not fly"):
        read_plan(text.format(site="", radius=""), "plan.toml")


def test_its_skyline_is_that_of_the_nearest_place_on_the_orbit(scenario):
    """A mountain close by hides a flyer from one side of the orbit only."""
    radius = "antenna_height_m = 500\n"
    plan = plan_of("orbit_km = 60", radius)
    asked = []

    def ground(lat, lon):
        asked.append((float(np.mean(lat)), float(np.mean(lon))))
        return np.zeros(np.broadcast(lat, lon).shape)

    terrain = SimpleNamespace(height=ground)
    radars = Radars(plan.sensors, Weather(), Streams(4), terrain)
    radars.start = scenario.start
    asked.clear()
    for t in (0.0, 1.0, 1_000.0):
        radars._post(0, t)
    assert len(asked) == 2  # the first two are near one place
