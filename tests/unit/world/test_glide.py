"""Glide vehicles: height, range, turns, energy, and what can not be flown."""

import math

import numpy as np
import pytest

from tdome.earth.geodesy import MEAN_RADIUS, destination, great_circle_distance
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.messages.codes import Family
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.glide import (
    MOST_BANK,
    SLOWEST,
    SPREAD,
    G,
    Glider,
    equilibrium_height,
    glide_path,
    ground_track,
    turn_radius,
)
from tdome.world.bodies.table import state1
from tdome.world.scenario import read_scenario

NOMINAL = Glider(3.0, 3000.0, 45_000.0)
HOME = np.radians([25.0, 121.5])


def track_of(*turns, leg=700e3):
    lat, lon, bearing = [math.radians(22.0)], [math.radians(105.0)], math.radians(75.0)
    for turn in (0.0, *turns):
        bearing += math.radians(turn)
        there = destination(lat[-1], lon[-1], bearing, leg)
        lat.append(float(there[0]))
        lon.append(float(there[1]))
    return ground_track(lat, lon, turn_radius(NOMINAL.speed))


def states(path, count=800):
    out = np.empty((count, 7))
    out[:, 0] = np.linspace(path[0, 0], path[-1, 0], count)
    for row in out:
        state1(path, 0, len(path), row[0], row[1:])
    return out


def profile(path, slow=1600.0):
    """Time, height and speed of the glide alone: from the fastest point to the dive."""
    row = states(path)
    height = ecef_to_geodetic(row[:, 1:4])[2]
    speed = np.linalg.norm(row[:, 4:], axis=1)
    first = int(speed.argmax())
    last = first + int((speed[first:] < slow).argmax())
    return row[first:last, 0], height[first:last], speed[first:last]


@pytest.mark.parametrize("slow", [SLOWEST, SLOWEST + SPREAD])
@pytest.mark.parametrize("turns", [(), (20.0,), (-25.0,), (15.0, -30.0)])
def test_the_glide_stays_between_25_and_60_km_and_above_mach_5(turns, slow):
    path = glide_path(track_of(*turns), NOMINAL, 0.0, slow)
    _, height, speed = profile(path, slow)
    assert 25e3 < height.min() < height.max() < 60e3
    assert speed.min() > 0.99 * slow
    assert len(height) > 200


def test_it_comes_down_at_the_end_of_its_route_and_starts_at_rest():
    track = track_of(20.0)
    path = glide_path(track, NOMINAL, 100.0, 1600.0)
    lat, lon, height = ecef_to_geodetic(path[:, 1:4])
    end = track.place[-1]
    aim = math.asin(end[2]), math.atan2(end[1], end[0])
    assert great_circle_distance(lat[-1], lon[-1], *aim) < 1.0
    assert height[[0, -1]] == pytest.approx([0.0, 0.0], abs=0.01)
    assert np.linalg.norm(path[0, 4:]) == 0.0
    assert path[0, 0] == 100.0
    assert 300.0 < np.linalg.norm(path[-1, 4:]) < 1500.0


def test_velocity_is_the_slope_of_the_path():
    row = states(glide_path(track_of(20.0), NOMINAL, 0.0, 1600.0), 4000)
    slope = np.gradient(row[:, 1:4], row[:, 0], axis=0)
    off = np.linalg.norm(slope - row[:, 4:], axis=1)[20:-20]
    assert off.max() < 0.02 * np.linalg.norm(row[:, 4:], axis=1).max()


def glide_range(glider, fast, slow):
    """Return the distance (m) of an unbanked glide from one speed to another, in closed form."""
    orbital = G * MEAN_RADIUS
    share = (1.0 - slow**2 / orbital) / (1.0 - fast**2 / orbital)
    return 0.5 * MEAN_RADIUS * glider.lift_to_drag * math.log(share)


@pytest.mark.parametrize("ratio", [2.0, 3.0, 4.0])
def test_unbanked_range_is_the_closed_form(ratio):
    glider = NOMINAL._replace(lift_to_drag=ratio)
    t, _, speed = profile(glide_path(track_of(leg=1400e3), glider, 0.0, 1600.0))
    flown = float(np.trapezoid(speed, t)) / (1.0 + 40e3 / MEAN_RADIUS)  # over the ground
    closed = glide_range(glider, float(speed[0]), float(speed[-1]))
    assert flown == pytest.approx(closed, rel=0.05)  # without the height that is given up
    assert flown > closed

    # The same law by quadrature: -ds = (L/D) (v dv + g dh) / (g - v^2 / r).
    v = np.linspace(speed[-1], speed[0], 3000)
    energy = 0.5 * v * v + G * equilibrium_height(glider, v)
    exact = float(np.trapezoid(ratio / (G - v * v / MEAN_RADIUS), energy))
    assert flown == pytest.approx(exact, rel=2e-3)


def test_lift_is_weight_less_centrifugal_force_all_along():
    _, height, speed = profile(glide_path(track_of(), NOMINAL, 0.0, 1600.0))
    assert height == pytest.approx(equilibrium_height(NOMINAL, speed), abs=60.0)
    assert equilibrium_height(NOMINAL, 3000.0) == pytest.approx(45e3, abs=20.0)


def test_more_lift_to_drag_needs_less_speed():
    fastest = []
    for ratio in (2.0, 2.5, 3.0, 4.0):
        path = glide_path(track_of(leg=1200e3), NOMINAL._replace(lift_to_drag=ratio), 0.0, 1600.0)
        fastest.append(float(np.linalg.norm(path[:, 4:], axis=1).max()))
    assert fastest == sorted(fastest, reverse=True)


def test_turns_cost_speed_and_stay_within_the_bank():
    track = track_of(25.0)
    bent = float(np.linalg.norm(glide_path(track, NOMINAL, 0.0, 1600.0)[:, 4:], axis=1).max())
    straight = ground_track(*straight_of(track.along[-1]), turn_radius(NOMINAL.speed))
    level = float(np.linalg.norm(glide_path(straight, NOMINAL, 0.0, 1600.0)[:, 4:], axis=1).max())
    assert bent > level + 50.0
    lift = NOMINAL.speed**2 * track.curvature.max()
    weight = G - NOMINAL.speed**2 / MEAN_RADIUS
    assert math.atan2(lift, weight) <= MOST_BANK + 0.01


def straight_of(length):
    lat, lon = math.radians(22.0), math.radians(105.0)
    there = destination(lat, lon, math.radians(75.0), length)
    return [lat, float(there[0])], [lon, float(there[1])]


@pytest.mark.parametrize("turn", [-35.0, -10.0, 0.001, 10.0, 35.0])
def test_the_track_bends_smoothly_with_the_turn_radius(turn):
    track = track_of(turn)
    radius = turn_radius(NOMINAL.speed)
    step = np.diff(track.place, axis=0)
    length = np.linalg.norm(step, axis=1)
    assert np.linalg.norm(track.place, axis=1) == pytest.approx(1.0, abs=1e-9)
    cosine = (step[1:] * step[:-1]).sum(axis=1) / (length[1:] * length[:-1])
    bend = np.arccos(np.clip(cosine, -1.0, 1.0)) / (0.5 * (length[1:] + length[:-1]) * MEAN_RADIUS)
    assert bend.max() < 1.01 / radius + 2e-7  # and that of the Earth itself
    assert float(bend @ length[1:]) * MEAN_RADIUS > 0.9 * math.radians(abs(turn))


def test_a_leg_too_short_for_its_turn_is_none():
    assert track_of(80.0, leg=400e3) is None
    assert ground_track([0.4, 0.4], [2.0, 2.0], 4e5) is None


SALVO = """
[[raids.salvos]]
type = "glide-vehicle"
count = 3
launch_lat_deg = 30.0
launch_lon_deg = 108.0
targets = ["Port"]
waypoints = [[28.0, 115.0]]
[[flights]]
name = "airway"
"""


@pytest.fixture
def with_salvo(scenario_text):
    text = scenario_text.replace('[[flights]]\nname = "airway"\n', SALVO.strip() + "\n")
    rates = "{ launch_failure = 0, guidance_failure = 0 }"
    return text.replace("[truth.threats]\n", f"[truth.threats]\nglide-vehicle = {rates}\n")


def test_a_salvo_flies_and_relabelling_changes_nothing(with_salvo):
    scenario = read_scenario(with_salvo, "scenario.toml")
    one, other = (compile_bodies(scenario, Streams(3), relabel) for relabel in (None, 5))
    a, b = np.argsort(one.key), np.argsort(other.key)
    assert (one.ends_at[a] == other.ends_at[b]).all()
    rows = np.flatnonzero(one.family == Family.GLIDE)
    assert len(rows) == 3
    for row in rows:
        lat, lon = one.ground_point(row)
        off = great_circle_distance(lat, lon, one.aim_lat[row], one.aim_lon[row])
        assert off < 5.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("launch_lon_deg = 108.0", "launch_lon_deg = 75.0", "can not glide so far"),
        ("waypoints = [[28.0, 115.0]]", "waypoints = [[35.0, 121.0]]", "longer legs"),
        ("waypoints = [[28.0, 115.0]]", "waypoints = [[30.01, 108.01]]", "longer legs"),
    ],
)
def test_what_can_not_be_flown_is_told(with_salvo, old, new, said):
    assert old in with_salvo
    text = with_salvo.replace(old, new)
    with pytest.raises(ConfigError, match=said):
        compile_bodies(read_scenario(text, "scenario.toml"), Streams(3))
