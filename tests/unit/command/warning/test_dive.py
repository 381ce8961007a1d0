"""Where a dive ends, and how sure it is that it is one."""

import numpy as np
import pytest
from msgspec import structs

from tdome.command.warning.dive import dive_landing, diving, motion
from tdome.earth.geodesy import great_circle_distance
from tdome.earth.wgs84 import enu_axes

from .conftest import NOW, sky


def flying(plan, place, velocity):
    """One level track at a place (east, north, up of asset 0, m) with a velocity, m/s."""
    tracks, _ = sky(NOW, [{"number": 1, "lat": 25.0, "lon": 121.5, "ballistic": 0}])
    axes = enu_axes(plan.assets.lat[0], plan.assets.lon[0])
    state = np.zeros((1, 6))
    state[0, :3] = plan.assets.ecef[0] + np.array(place) @ axes
    state[0, 3:] = np.array(velocity) @ axes
    return motion(structs.replace(tracks, state=state), np.arange(1))


def test_a_dive_ends_where_its_line_meets_the_ground(plan):
    moved = flying(plan, (-2_000.0, 500.0, 1_000.0), (80.0, -20.0, -40.0))
    landing = dive_landing(moved, NOW)
    lat, lon = landing.impact[0, :2]
    assert (landing.at[0] - NOW) / 1e9 == pytest.approx(25.0, rel=0.01)
    off = great_circle_distance(lat, lon, plan.assets.lat[0], plan.assets.lon[0])
    assert off < 30.0


def test_steeper_is_more_of_a_dive(plan):
    sinks = np.linspace(-20.0, 120.0, 29)
    said = [
        diving(flying(plan, (0.0, 0.0, 2_000.0), (60.0, 0.0, -sink)))[0] for sink in sinks.tolist()
    ]
    assert said == sorted(said)
    assert said[0] == pytest.approx(0.0, abs=1e-9)
    assert said[4] < 0.05  # level
    assert said[-1] > 0.99


def test_an_uncertain_sink_is_little_evidence(plan):
    moved = flying(plan, (0.0, 0.0, 2_000.0), (60.0, 0.0, -25.0))
    vague = moved._replace(path_sigma=np.array([1.0]))
    assert diving(vague)[0] < 0.5 < diving(moved)[0]


def test_ellipses_are_proper(plan):
    rng = np.random.default_rng(3)
    for _ in range(50):
        place = rng.normal(0.0, 8_000.0, 3) * (1.0, 1.0, 0.0) + (0.0, 0.0, 1_500.0)
        moved = flying(plan, place, rng.normal(0.0, 60.0, 3))
        landing = dive_landing(moved, NOW)
        ee, en, nn = landing.impact[0, 2:]
        assert ee > 0.0
        assert ee * nn - en * en > 0.0
        assert landing.early[0] <= landing.at[0]
