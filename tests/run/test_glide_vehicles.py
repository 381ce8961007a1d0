"""Glide vehicles end to end: held to the ground, known for what they are, engaged by two layers.

What is not held: none is shot down. Command predicts neither the dive nor the loss of speed in it,
so that rounds of both layers arrive out of reach.
"""

import numpy as np
import pytest

import tdome as td
from tdome.messages.fire import EngagementOrders
from tdome.messages.threats import Threats
from tdome.score.evidence import Evidence, objects_of_tracks
from tdome.world.ledger import read_ledger

PLAN = """\
name = "glide"
threats = ["srbm", "mrbm", "glide-vehicle"]
[[command_posts]]
name = "Post"
lat_deg = 25.0
lon_deg = 121.0
[[sensors]]
name = "Early"
type = "early-warning"
lat_deg = 25.0
lon_deg = 121.1
height_m = 500
[[sensors]]
name = "X"
type = "x-band"
lat_deg = 25.05
lon_deg = 121.0
[[sensors]]
name = "Battery"
type = "multifunction"
lat_deg = 25.0
lon_deg = 121.05
[[fire_units]]
name = "Upper"
type = "upper-tier"
lat_deg = 25.0
lon_deg = 121.0
weapon_control = "free"
[[fire_units]]
name = "Terminal"
type = "terminal-ballistic"
lat_deg = 25.02
lon_deg = 121.02
weapon_control = "free"
[[fire_units]]
name = "Long"
type = "long-range"
lat_deg = 24.98
lon_deg = 121.0
weapon_control = "free"
[[assets]]
name = "City"
lat_deg = 25.0
lon_deg = 121.0
radius_km = 5
value = 100
kind = "city"
"""
SCENARIO = """\
name = "glide vehicles at a city"
start = 2030-01-01T00:00:00Z
duration_s = 1500
[truth.threats]
glide-vehicle = { launch_failure = 0, guidance_failure = 0 }
[[places]]
name = "City"
lat_deg = 25.0
lon_deg = 121.0
[[raids]]
name = "r"
[[raids.salvos]]
type = "glide-vehicle"
count = 4
interval_s = 10
launch_lat_deg = 29.0
launch_lon_deg = 111.0
launch_spread_km = 5
targets = ["City"]
"""
GLIDE = (200.0, 450.0)  # s of the run in which all four glide
DIVES_S = 30.0  # s before the impact in which it comes down steeply
CLASS, UPPER, TERMINAL = 2, 0, 1  # rows in the plan


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("glide")
    (place / "plan.toml").write_text(PLAN)
    (place / "scenario.toml").write_text(SCENARIO)
    td.run(place / "scenario.toml", out=place / "run")
    return place / "run"


@pytest.fixture(scope="module")
def glides(folder):
    """Return of each object the tracks and the class probabilities while it glides."""
    evidence, ledger = Evidence(folder), read_ledger(folder)
    truth = objects_of_tracks(evidence, ledger, ("Early", "X", "Battery"))
    found = {item: [] for item in (1, 2, 3, 4)}
    for message in evidence.all(Threats):
        t = (message.header.valid_at - ledger.start) / 1e9
        if GLIDE[0] <= t <= GLIDE[1]:
            for row, number in enumerate(message.track_number.tolist()):
                item = truth.get(number, -1)
                if item in found:
                    found[item].append((number, message.class_probability[row]))
    return truth, found


def test_each_is_one_track_and_known_for_what_it_is(glides):
    for seen in glides[1].values():
        assert len({number for number, _ in seen}) == 1
        believed = np.array([int(np.argmax(chance)) for _, chance in seen])
        assert len(believed) > 50
        assert (believed == CLASS).mean() > 0.9


def test_each_is_held_and_known_in_the_dive_too(folder, glides):
    evidence, ledger = Evidence(folder), read_ledger(folder)
    assert sorted(glides[0].values()) == [1, 2, 3, 4]  # one track each, from boost to impact
    rows = zip(
        *(ledger.objects[name].to_pylist() for name in ("object_id", "ended_at")), strict=True
    )
    end = dict(rows)
    called = {item: [] for item in (1, 2, 3, 4)}
    for message in evidence.all(Threats):
        for row, number in enumerate(message.track_number.tolist()):
            item = glides[0][number]
            left = (end[item] - message.header.valid_at) / 1e9
            if 0.0 < left < DIVES_S:
                called[item].append(message.threat_class[row] == CLASS)
    for seen in called.values():
        assert len(seen) > 3
        assert np.mean(seen) > 0.9


def test_each_is_engaged_by_the_upper_and_the_terminal_layer(folder, glides):
    evidence, truth = Evidence(folder, [EngagementOrders]), glides[0]
    tracks, units = (evidence.column(EngagementOrders, name) for name in ("track_number", "unit"))
    at = np.array([truth.get(int(track), -1) for track in tracks])
    assert set(at[units == UPPER]) >= {1, 2, 3, 4}
    assert set(at[units == TERMINAL]) >= {1, 2, 3, 4}
