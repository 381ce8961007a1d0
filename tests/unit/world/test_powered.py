"""What a raid's powered classes do: each key acts, and in the right direction."""

import math

import numpy as np
import pytest

from tdome.earth.geodesy import great_circle_distance
from tdome.earth.terrain import FlatTerrain
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.powered import SHORTEST_RAMP, Flight, WindError, route_path
from tdome.world.bodies.table import State
from tdome.world.routes.gliding import TooFarError
from tdome.world.scenario import read_scenario

EAST = np.radians([25.0, 25.0]), np.radians([120.0, 121.0])
BENT = np.radians([25.0, 25.4, 25.0]), np.radians([120.0, 120.5, 121.0])
HEAD = """
name = "few"
start = 2030-01-01T00:00:00Z
duration_s = 6000
[[places]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.15
"""
SALVO = """
[[raids]]
name = "one"
[[raids.salvos]]
type = "{type}"
count = {count}
launch_lat_deg = 25.6
launch_lon_deg = 120.7
targets = ["Port"]
{keys}
"""
WAYPOINTS = "waypoints = [[25.4, 120.7], [25.2, 121.0]]"


def raid(kind, keys="", count=1, head=HEAD):
    text = head + SALVO.format(type=kind, count=count, keys=keys)
    return read_scenario(text, "few.toml")


def bodies_of(*args, seed=3, terrain=None, **named):
    return compile_bodies(raid(*args, **named), Streams(seed), terrain=terrain)


def states(bodies, row, times):
    return np.array([bodies.position_at(row, t) for t in times])


def heights(bodies, row=0, samples=400):
    t = np.linspace(bodies.launches_at[row], bodies.ends_at[row], samples)
    return ecef_to_geodetic(states(bodies, row, t)[:, :3])[2]


# ---------------------------------------------------------------- wind


def took(speed, wind, points=EAST, level=True):
    flight = Flight(0.0, speed, 1000.0, level=level)
    return route_path(*points, flight, FlatTerrain(), wind)[-1, 0]


def test_a_head_wind_delays_by_the_right_time():
    still = took(50.0, (0.0, 0.0))
    assert took(50.0, (-10.0, 0.0)) == pytest.approx(still * 50.0 / 40.0, rel=1e-4)
    assert took(50.0, (10.0, 0.0)) == pytest.approx(still * 50.0 / 60.0, rel=1e-4)


def test_a_cross_wind_delays_by_the_wind_triangle():
    still = took(50.0, (0.0, 0.0))
    assert took(50.0, (0.0, 30.0)) == pytest.approx(still * 50.0 / 40.0, rel=1e-4)


def test_a_wind_above_the_air_speed_is_refused():
    with pytest.raises(WindError):
        took(30.0, (-30.5, 0.0))
    with pytest.raises(WindError):
        took(30.0, (0.0, 31.0))


def test_the_weather_of_the_scenario_moves_drones():
    still, against = (
        bodies_of("drone", head=HEAD + f"[weather]\nwind_north_m_s = {wind}\n") for wind in (0, 15)
    )
    assert against.ends_at[0] > still.ends_at[0] + 200.0
    storm = HEAD + "[weather]\nwind_north_m_s = 90\n"
    with pytest.raises(ConfigError, match=r"raids\[0\]\.salvos\[0\].*against 90 m/s"):
        bodies_of("drone", head=storm)


# ---------------------------------------------------------------- loiter


@pytest.mark.parametrize("wind", [(0.0, 0.0), (12.0, -9.0)])
@pytest.mark.parametrize(("speed", "hold"), [(50.0, 600.0), (50.0, 90.0), (240.0, 300.0)])
def test_loitering_delays_by_its_time(speed, hold, wind):
    plain = Flight(0.0, speed, 800.0)
    circling = plain._replace(hold_s=hold, hold_at=1)
    direct, held = (route_path(*BENT, f, FlatTerrain(), wind) for f in (plain, circling))
    assert held[-1, 0] - direct[-1, 0] == pytest.approx(hold, rel=2e-3, abs=0.2)


def test_loitering_stays_near_the_last_waypoint():
    near, far = bodies_of("drone", WAYPOINTS), bodies_of("drone", f"{WAYPOINTS}\nloiter_s = 900")
    assert far.ends_at[0] - near.ends_at[0] == pytest.approx(900.0, abs=2.0)
    t = np.linspace(far.launches_at[0], far.ends_at[0], 600)
    lat, lon, _ = ecef_to_geodetic(states(far, 0, t)[:, :3])
    away = great_circle_distance(lat, lon, *np.radians([25.2, 121.0]))
    assert (away < 12e3).mean() > 0.3


# ---------------------------------------------------------------- formation, height, profile


def test_a_formation_keeps_its_spacing_until_it_parts():
    keys = f"{WAYPOINTS}\nformation = {{ size = 4, spacing_m = 300 }}\ninterval_s = 60"
    bodies = bodies_of("drone", keys, count=8)
    assert len(set(bodies.launches_at)) == 2
    assert len(set(bodies.rcs)) == 8
    first = np.argsort(bodies.launches_at)[:4]
    for t in bodies.launches_at[first[0]] + np.array([60.0, 300.0, 600.0, 900.0]):
        place = np.array([bodies.position_at(row, t)[:3] for row in first])
        gaps = np.linalg.norm(np.diff(place, axis=0), axis=1)
        assert gaps == pytest.approx([300.0] * 3, abs=3.0)


def test_a_member_more_changes_no_other_draw():
    """Draws are keyed by group and member; only the middle of the last group moves."""
    keys = f"{WAYPOINTS}\nformation = {{ size = 4, spacing_m = 300 }}"
    few, more = (bodies_of("drone", keys, count=n) for n in (8, 12))
    assert (few.rcs == more.rcs[:8]).all()
    assert (few.ends_at == more.ends_at[:8]).all()


def test_the_salvo_chooses_its_height():
    for height in (300.0, 2500.0):
        bodies = bodies_of("drone", f"altitude_m = {height}")
        assert np.median(heights(bodies)) == pytest.approx(height, abs=1.0)


def test_low_comes_low_and_high_dives():
    low = heights(bodies_of("supersonic-cruise", 'profile = "low"'))
    high = heights(bodies_of("supersonic-cruise", 'profile = "high"'))
    assert low.max() <= 51.0
    assert high.max() > 1000.0
    assert (heights(bodies_of("supersonic-cruise")) == high).all()


def test_the_dive_has_the_angle_of_its_class():
    bodies = bodies_of("supersonic-cruise")
    t = np.linspace(bodies.ends_at[0] - 6.0, bodies.ends_at[0] - 1.0, 20)
    rows = states(bodies, 0, t)
    up = rows[:, :3] / np.linalg.norm(rows[:, :3], axis=1, keepdims=True)
    sine = -(rows[:, 3:] * up).sum(axis=1) / np.linalg.norm(rows[:, 3:], axis=1)
    assert np.degrees(np.arcsin(sine)) == pytest.approx(40.0, abs=1.5)


def test_a_pop_up_rises_before_the_target_and_nowhere_else():
    keys = "[truth.threats.cruise]\npopup_height_m = 600\npopup_at_km = 6\n"
    plain, popping = bodies_of("cruise"), bodies_of("cruise", head=HEAD + keys)
    assert heights(plain).max() < 105.0
    assert heights(popping).max() == pytest.approx(600.0, abs=30.0)
    t = popping.ends_at[0] - 60.0  # 14 km out
    assert ecef_to_geodetic(popping.position_at(0, t)[:3])[2] < 105.0


@pytest.mark.parametrize(
    ("kind", "keys", "said"),
    [
        ("drone", "altitude_m = 9000", "altitude_m.*50 to 4000 m"),
        ("srbm", "altitude_m = 900", "no height to choose"),
        ("drone", 'profile = "low"', "one profile only"),
        ("drone", "loiter_s = 60", "last waypoint"),
        ("rocket", "loiter_s = 60", "no engine"),
        ("glide-bomb", "formation = { size = 2, spacing_m = 50 }", "formation"),
        ("cruise", "egress = [[26, 120]]", "does not come back"),
        ("drone", "formation = { size = 1, spacing_m = 50 }", "size"),
    ],
)
def test_a_key_that_would_not_act_is_refused(kind, keys, said):
    with pytest.raises(ConfigError, match=said):
        raid(kind, keys)


# ---------------------------------------------------------------- aircraft


def test_an_aircraft_passes_the_target_and_goes_home():
    bodies = bodies_of("fighter", WAYPOINTS)
    t = np.linspace(bodies.launches_at[0], bodies.ends_at[0], 2000)
    lat, lon, height = ecef_to_geodetic(states(bodies, 0, t)[:, :3])
    away = great_circle_distance(lat, lon, bodies.aim_lat[0], bodies.aim_lon[0])
    assert away.min() < 4_000.0
    assert 0.3 < away.argmin() / len(away) < 0.7
    assert great_circle_distance(lat[0], lon[0], lat[-1], lon[-1]) < 100.0
    assert height.min() > 90.0
    bodies.start(0)
    assert bodies.end(0)
    assert bodies.state[0] == State.LANDED


def test_an_aircraft_leaves_over_its_egress():
    bodies = bodies_of("fighter", "egress = [[24.6, 120.4]]")
    t = np.linspace(bodies.launches_at[0], bodies.ends_at[0], 2000)
    lat, lon, _ = ecef_to_geodetic(states(bodies, 0, t)[:, :3])
    assert great_circle_distance(lat, lon, *np.radians([24.6, 120.4])).min() < 8_000.0


# ---------------------------------------------------------------- glide bombs and decoys


def test_a_glide_bomb_falls_along_one_slope_and_loses_speed_at_its_reach():
    flight = Flight(0.0, 250.0, 11_000.0, glide_ratio=7.0)
    lon = np.radians([120.0, 120.0 + 0.70])  # 70.5 km of the 77 that it could glide
    knots = route_path(np.radians([25.0, 25.0]), lon, flight, FlatTerrain())
    height = ecef_to_geodetic(knots[:, 1:4])[2]
    along = np.cumsum(np.r_[0.0, np.linalg.norm(np.diff(knots[:, 1:4], axis=0), axis=1)])
    assert height == pytest.approx(11_000.0 * (1.0 - along / along[-1]), abs=30.0)
    speed = np.linalg.norm(knots[:, 4:], axis=1)
    assert speed[0] == pytest.approx(250.0, rel=0.02)
    assert 140.0 < speed[-1] < 215.0  # towards best glide at sea level, 250 sqrt(0.298) = 136
    steep = route_path(np.radians([25.0, 25.0]), np.radians([120.0, 120.3]), flight, FlatTerrain())
    assert np.linalg.norm(steep[-1, 4:]) > speed[-1]


def test_what_it_can_not_reach_is_refused():
    flight = Flight(0.0, 250.0, 11_000.0, glide_ratio=7.0)
    with pytest.raises(TooFarError, match="77 km at most"):
        route_path(*EAST, flight, FlatTerrain())
    with pytest.raises(ConfigError, match=r"raids\[0\]\.salvos\[0\].*glide"):
        bodies_of("glide-bomb")


def test_a_decoy_missile_begins_in_the_air_and_looks_larger():
    decoy, cruise = bodies_of("decoy-missile", count=40), bodies_of("cruise", count=40)
    assert ecef_to_geodetic(decoy.position_at(0, decoy.launches_at[0])[:3])[2] > 400.0
    assert ecef_to_geodetic(cruise.position_at(0, cruise.launches_at[0])[:3])[2] < 1.0
    assert np.median(decoy.rcs) > 2.0 * np.median(cruise.rcs)


def test_ramps_are_not_shorter_than_they_may():
    bodies = bodies_of("cruise")
    t = bodies.ends_at[0] - 0.8 * SHORTEST_RAMP / 240.0
    assert ecef_to_geodetic(bodies.position_at(0, t)[:3])[2] < 100.0
    assert math.isclose(heights(bodies)[-1], 0.0, abs_tol=0.1)
