"""Salvos and flights that can not fly are told with raid, class and range."""

import pytest

from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.world.bodies.flights import compile_bodies
from tdome.world.scenario import read_scenario


def compiled(text):
    return compile_bodies(read_scenario(text, "scenario.toml"), Streams(1))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("launch_lat_deg = 26.5", "launch_lat_deg = 60", ("raid 'first'", "srbm", "600 km")),
        ("launch_lon_deg = 119.5", "launch_lon_deg = -60", ("raid 'first'", "cruise", "3250 km")),
        (
            "route = [[25.2, 120.7], [24.7, 120.4]]",
            "route = [[90.0, 0.0], [-90.0, 0.0]]",
            ("flights[1]", "far side of the Earth"),
        ),
        (
            "route = [[25.2, 120.7], [24.7, 120.4]]",
            "route = [[25.2, 120.7], [25.2, 120.7]]\nroute_spread_km = 0",
            ("flights[1]", "shorter than 100 m"),
        ),
    ],
)
def test_the_message_says_who_and_how_far(scenario_text, old, new, said):
    assert old in scenario_text
    with pytest.raises(ConfigError) as caught:
        compiled(scenario_text.replace(old, new))
    for word in said:
        assert word in str(caught.value)


def test_the_same_waypoint_twice_is_one(scenario_text):
    waypoints = "waypoints = [[25.6, 120.3], [25.2, 120.7]]"
    doubled = "route_spread_km = 0\nwaypoints = [[25.6, 120.3], [25.6, 120.3], [25.2, 120.7]]"
    single = scenario_text.replace(waypoints, f"route_spread_km = 0\n{waypoints}")
    again = compiled(scenario_text.replace(waypoints, doubled))
    assert again.ends_at.tolist() == pytest.approx(compiled(single).ends_at.tolist())


@pytest.mark.parametrize("shift", [58.85, 59.1, 60.0])  # the port comes to lie about 180 degrees
def test_the_180th_meridian_is_no_border(scenario_text, shift):
    here = compiled(scenario_text)
    text = scenario_text
    for lon in ("121.15", "121.0", "118.5", "119.5", "120.3", "120.7", "120.5", "122.0", "120.4"):
        moved = (float(lon) + shift + 180.0) % 360.0 - 180.0
        text = text.replace(f" {lon}", f" {moved:.6f}")
    there = compiled(text)
    assert there.ends_at.tolist() == pytest.approx(here.ends_at.tolist(), abs=0.05)
