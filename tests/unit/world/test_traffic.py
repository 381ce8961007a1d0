"""Airways, flights without a transponder, and birds."""

import numpy as np
import pytest

from tdome.earth.geodesy import great_circle_distance
from tdome.earth.terrain import SyntheticTerrain
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.table import Kind, State
from tdome.world.scenario import read_scenario

HEAD = 'name = "sky"\nstart = 2030-01-01T00:00:00Z\nduration_s = 1800\n'
AIRWAY = """
[[flights]]
name = "airway"
count = {count}
route = [[24.0, 120.5], [25.0, 121.0], [26.0, 122.0]]
interval_s = 20
first_address = 100
{keys}
"""
BIRDS = """
[[birds]]
name = "gulls"
count = {count}
lat_deg = 25.0
lon_deg = 121.0
radius_km = 8
{keys}
"""


def bodies_of(text, terrain=None, seed=3):
    return compile_bodies(read_scenario(HEAD + text, "sky.toml"), Streams(seed), terrain=terrain)


def test_the_share_without_a_transponder_never_answers():
    for share in (0.0, 0.25, 1.0):
        bodies = bodies_of(AIRWAY.format(count=400, keys=f"without_transponder = {share}"))
        silent = (bodies.address < 0) & (bodies.reply == 0.0)
        assert silent.mean() == pytest.approx(share, abs=0.07)
        assert len(set(bodies.address[~silent])) == (~silent).sum()
        assert ((bodies.reply == 0.0) == silent).all()


def test_opposite_directions_never_share_a_level():
    bodies = bodies_of(AIRWAY.format(count=60, keys="levels = 5\nlevel_separation_m = 300"))
    northward = bodies.aim_lat > np.radians(25.0)
    t = bodies.launches_at + 200.0
    height = ecef_to_geodetic([bodies.position_at(i, t[i])[:3] for i in range(60)])[2]
    level = np.rint((height - 10_000.0) / 300.0).astype(int)
    assert np.abs(height - 10_000.0 - 300.0 * level).max() < 10.0
    assert set(level[northward]) == {0, 2, 4}
    assert set(level[~northward]) == {1, 3}


def test_birds_stay_low_slow_small_and_near():
    bodies = bodies_of(BIRDS.format(count=50, keys=""))
    assert ((bodies.rcs >= 0.01) & (bodies.rcs <= 0.1)).all()
    assert (bodies.hostile == 0).all()
    assert (bodies.kind == Kind.BIRD).all()
    for row in range(50):
        t = np.linspace(0.0, 1800.0, 300)
        states = np.array([bodies.position_at(row, s) for s in t])
        lat, lon, height = ecef_to_geodetic(states[:, :3])
        speed = np.linalg.norm(states[:, 3:], axis=1)
        assert 7.0 < np.median(speed) < 21.0
        assert 25.0 < height.min() < height.max() < 1_005.0
        assert great_circle_distance(lat, lon, *np.radians([25.0, 121.0])).max() < 16e3
        turning = np.linalg.norm(np.diff(states[:, 3:], axis=0), axis=1) / (t[1] - t[0])
        assert turning.max() < 5.0  # smooth


def test_birds_fly_the_whole_run_and_come_to_no_harm():
    bodies = bodies_of(BIRDS.format(count=3, keys=""))
    assert (bodies.launches_at == 0.0).all()
    assert bodies.ends_at == pytest.approx([1800.0] * 3)
    bodies.start(0)
    assert bodies.end(0)
    assert bodies.state[0] == State.LANDED


def test_the_wind_carries_birds_along():
    still = bodies_of(BIRDS.format(count=30, keys=""))
    windy = bodies_of(BIRDS.format(count=30, keys="") + "[weather]\nwind_east_m_s = 12\n")

    def east(bodies):
        ends = [bodies.position_at(row, 1800.0)[:3] for row in range(30)]
        return np.mean(ecef_to_geodetic(ends)[1])

    assert east(windy) - east(still) > 1_000.0 / 6.4e6


def test_birds_keep_clear_of_hills():
    terrain = SyntheticTerrain(2)
    bodies = bodies_of(BIRDS.format(count=20, keys="altitude_m = [30, 60]"), terrain)
    for row in range(20):
        states = np.array([bodies.position_at(row, s) for s in np.linspace(0.0, 1800.0, 300)])
        lat, lon, height = ecef_to_geodetic(states[:, :3])
        assert (height - terrain.height(lat, lon)).min() > 20.0


def test_a_flock_more_changes_no_other():
    few, more = (bodies_of(BIRDS.format(count=n, keys="")) for n in (3, 6))
    assert (few.rcs == more.rcs[:3]).all()
    assert (few.knots == more.knots[: len(few.knots)]).all()


def test_bounds_the_wrong_way_round_are_told():
    with pytest.raises(ConfigError, match=r"birds\[0\]\.speed_m_s.*above the second"):
        bodies_of(BIRDS.format(count=3, keys="speed_m_s = [12.0, 9.0]"))
