"""What validate doubts: wrong clocks, moves that never end, sites under the ground."""

import math
from pathlib import Path

import pytest

from tdome.earth.terrain import FlatTerrain, SyntheticTerrain
from tdome.kernel.random import Streams
from tdome.plan.plan import read_plan
from tdome.run.doubts import doubts
from tdome.world.links import Links
from tdome.world.scenario import read_scenario
from tdome.world.succession import posts_of

PLAN = """
name = "one of each"
threats = ["drone"]
[[assets]]
name = "Port"
lat_deg = 35.0
lon_deg = -40.0
radius_km = 1.0
value = 1.0
[[sensors]]
name = "Radar"
type = "gap-filler"
lat_deg = 35.0
lon_deg = -40.0
height_m = 20
[[fire_units]]
name = "Gun"
type = "gun"
lat_deg = 35.0
lon_deg = -40.0
"""
SCENARIO = """
name = "quiet"
start = 2030-01-01T00:00:00Z
duration_s = 3600
[links]
delay_s = 0.5
"""


def asked(scenario: str = "", plan: str = "", terrain: object = None) -> list[str]:
    read = read_scenario(SCENARIO + scenario, "scenario.toml")
    return doubts(read, read_plan(PLAN + plan, "plan.toml"), terrain)


def test_nothing_is_doubted_in_good_files():
    move = "[[fire_units.moves]]\nat_s = 60\nlat_deg = 35.1\nlon_deg = -40.0"
    clock = '[[links.sites]]\nname = "Radar"\nclock_offset_s = 0.4'
    assert asked(clock, move, FlatTerrain(0.0)) == []


@pytest.mark.parametrize(
    ("offset", "jitter", "said"),
    [
        (0.6, 0.0, "refused at the door"),
        (0.6, 0.1, ""),
        (1.5, 0.1, "refused at the door"),
        (-9.0, 0.0, ""),
        (-11.0, 0.0, "not used"),
    ],
)
def test_clocks_that_make_their_site_dumb(offset, jitter, said):
    link = f'[[links.sites]]\nname = "Radar"\nclock_offset_s = {offset}\njitter_s = {jitter}'
    found = asked(link)
    assert len(found) == bool(said)
    assert all("Radar" in one and said in one for one in found)


def test_the_share_that_passes_is_that_of_the_links():
    """Of 4,000 messages exp(-(offset - delay) / jitter) arrive after the time that they bear."""
    offset, delay, jitter = 0.8, 0.5, 0.2
    text = f"jitter_s = {jitter}\n"
    scenario = read_scenario(SCENARIO + text, "scenario.toml")
    posts = posts_of(read_plan(PLAN, "plan.toml"))
    links = Links(scenario.file.links, posts, scenario.start, Streams(1))
    second = 1_000_000_000
    times = [scenario.start + i * second for i in range(4000)]
    arrivals = [links.up("Radar", "Plots", i, 1, now) for i, now in enumerate(times)]
    passed = sum(at >= now + int(offset * second) for at, now in zip(arrivals, times, strict=True))
    assert passed / 4000 == pytest.approx(math.exp(-(offset - delay) / jitter), abs=0.02)


def test_a_drive_to_the_other_shore_of_an_ocean():
    far = "[[fire_units.moves]]\nat_s = 60\nlat_deg = 35.0\nlon_deg = -6.0"
    (found,) = asked(plan=far)
    assert "'Gun' moves" in found
    assert "ends at 3600 s" in found


def test_a_move_waits_for_the_one_before():
    """45 minutes are enough for either move, not for both."""
    moves = "\n".join(
        f"[[fire_units.moves]]\nat_s = {at}\nlat_deg = {lat}\nlon_deg = -40.0"
        for at, lat in ((60, 35.2), (61, 35.0))
    )
    (found,) = asked(plan=moves)
    assert "from 61 s on" in found


def test_a_site_under_the_ground():
    found = asked(terrain=FlatTerrain(100.0))
    assert [one.split(":")[0] for one in found] == [
        "'Radar' stands 80 m under the ground",
        "'Gun' stands 100 m under the ground",
    ]


def test_bundled_scenarios_are_not_doubted():
    folder = Path(__file__).parents[3] / "src" / "tdome" / "scenarios"
    for home in sorted(folder.iterdir()):
        scenario = read_scenario((home / "scenario.toml").read_text(), f"{home.name}/scenario.toml")
        plan = read_plan((home / "plan.toml").read_text(), f"{home.name}/plan.toml")
        file = scenario.file
        ground = SyntheticTerrain(file.terrain_seed) if file.terrain == "synthetic" else None
        assert doubts(scenario, plan, ground) == [], home.name
