import numpy as np
import pytest
from scipy.stats import binom

from tdome.earth.geodesy import great_circle_distance
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.kernel.random import Streams
from tdome.messages.codes import Family
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.table import State
from tdome.world.chronicle import Chronicle
from tdome.world.scenario import read_scenario

COLUMNS = ["key", "threat_class", "family", "raid", "launches_at", "ends_at", "state", "address"]
COLUMNS += ["friendly", "reply", "rcs", "aim_lat", "aim_lon"]


def test_relabelling_permutes_rows_and_labels_and_nothing_else(scenario):
    one, other = (compile_bodies(scenario, Streams(3), relabel) for relabel in (None, 5))
    assert (one.key != other.key).any()
    assert (other.object_id == np.arange(1, len(one) + 1)).all()
    a, b = np.argsort(one.key), np.argsort(other.key)
    for name in COLUMNS:
        assert (getattr(one, name)[a] == getattr(other, name)[b]).all(), name
    for i, j in zip(a, b, strict=True):
        path = one.knots[one.offset[i] : one.offset[i] + one.count[i]]
        same = other.knots[other.offset[j] : other.offset[j] + other.count[j]]
        assert (path == same).all()


def test_what_is_drawn_lies_in_the_catalogue(scenario):
    bodies, book = compile_bodies(scenario, Streams(3)), scenario.threats
    for row in np.flatnonzero(bodies.hostile):
        low, high = book.rcs_range[bodies.threat_class[row]]
        assert low <= bodies.rcs[row] <= high
    cruise = bodies.family == Family.CRUISE
    speed = [np.linalg.norm(bodies.position_at(r, 400.0)[3:]) for r in np.flatnonzero(cruise)]
    low, high = book.speed_range[book.names.index("cruise")]
    assert all(0.94 * low <= v <= 1.06 * high for v in speed)
    assert len(set(speed)) == len(speed)


def test_half_of_the_shots_fall_within_the_cep(scenario_text):
    text = scenario_text.replace("count = 6", "count = 400", 1)
    scenario = read_scenario(text, "scenario.toml")
    bodies = compile_bodies(scenario, Streams(11))
    aimed = bodies.family == Family.BALLISTIC
    port, city = scenario.places["Port"], scenario.places["City"]
    miss = np.min(
        [
            great_circle_distance(
                bodies.aim_lat, bodies.aim_lon, np.radians(p.lat_deg), np.radians(p.lon_deg)
            )
            for p in (port, city)
        ],
        axis=0,
    )[aimed]
    within = int((miss <= scenario.threats.cep[0]).sum())
    low, high = binom.interval(0.999, 400, 0.5)
    assert low <= within <= high
    ends = np.array([bodies.ground_point(row) for row in np.flatnonzero(aimed)])
    off = great_circle_distance(
        ends[:, 0], ends[:, 1], bodies.aim_lat[aimed], bodies.aim_lon[aimed]
    )
    assert off.max() < 50.0


def test_open_ground_is_away_from_the_place(scenario_text):
    text = scenario_text.replace("open_ground = 0.3", "open_ground = 1.0\nopen_ground_km = 9")
    scenario = read_scenario(text, "scenario.toml")
    bodies = compile_bodies(scenario, Streams(11))
    city = scenario.places["City"]
    away = great_circle_distance(
        bodies.aim_lat, bodies.aim_lon, np.radians(city.lat_deg), np.radians(city.lon_deg)
    )[bodies.family == Family.CRUISE]
    assert np.abs(away - 9_000.0).max() < 500.0


def test_flights_go_both_ways_and_answer(scenario):
    bodies = compile_bodies(scenario, Streams(3))
    civil = np.flatnonzero((bodies.address >= 100) & (bodies.address < 900))
    north = [bodies.aim_lat[r] > np.radians(25.0) for r in civil]
    assert sorted(bodies.address[civil]) == list(range(100, 106))
    assert sum(north) == 3
    assert (bodies.friendly == (bodies.address >= 900)).all()


def test_nearest_sees_only_what_flies(scenario):
    bodies = compile_bodies(scenario, Streams(3))
    place = bodies.position_at(0, 200.0)[:3]
    assert bodies.nearest(200.0, place, 1e3)[0] == -1
    bodies.start(0)
    assert bodies.nearest(200.0, place + np.array([3.0, 4.0, 0.0]), 1e3) == (0, 5.0)
    assert bodies.nearest(200.0, place + 1e4, 1e3)[0] == -1


def test_debris_starts_at_the_kill_and_falls_to_the_ground(scenario):
    bodies = compile_bodies(scenario, Streams(3))
    bodies.start(0)
    before = bodies.position_at(0, 150.0)
    rcs = bodies.rcs[0]
    down = bodies.break_up(0, 150.0, 0.1)
    after = bodies.position_at(0, 150.0)
    assert bodies.state[0] == State.KILLED
    assert np.allclose(before[:3], after[:3])
    assert np.linalg.norm(after[3:]) < np.linalg.norm(before[3:])
    assert bodies.rcs[0] < rcs
    assert abs(ecef_to_geodetic(bodies.position_at(0, down)[:3])[2]) < 1.0
    assert bodies.ends_at[0] == down > 150.0
    assert not bodies.end(0)
    assert bodies.nearest(150.0, before[:3], 1e3)[0] == -1


def test_the_ledger_keeps_when_and_where_what_is_shot_down_was_due(scenario):
    bodies, chronicle = compile_bodies(scenario, Streams(3)), Chronicle(scenario)
    whole = chronicle.ledger(bodies, scenario.start).objects
    bodies.start(0)
    bodies.break_up(0, 150.0, 0.1)
    shot_down = chronicle.ledger(bodies, scenario.start).objects
    for name in ("due_at", "due_lat", "due_lon"):
        assert shot_down[name].equals(whole[name])
    unharmed = compile_bodies(scenario, Streams(3))
    assert whole["due_lat"][0].as_py() == pytest.approx(unharmed.ground_point(0)[0])
    due = (whole["due_at"][0].as_py() - scenario.start) / 1e9
    assert due == pytest.approx(unharmed.ends_at[0])


@pytest.mark.parametrize(("east", "north"), [(10.0, 0.0), (0.0, -10.0), (6.0, 8.0)])
def test_wind_takes_a_wreck_along(scenario, east, north):
    """The end moves by the wind times the fall, and the fall takes as long as in still air."""
    still, windy = (compile_bodies(scenario, Streams(3)) for _ in range(2))
    for bodies in (still, windy):
        bodies.start(0)
    used, kill = still.used, 150.0
    slow = still.position_at(0, kill)
    calm = still.break_up(0, kill, 0.1)
    blown = windy.break_up(0, kill, 0.1, (east, north))
    assert np.allclose(windy.position_at(0, kill)[:3], slow[:3])
    # Still air that moves along: the body is slower or faster in it, so times differ a little.
    assert abs(blown - calm) < 0.02 * (calm - kill)
    ends = [bodies.ground_point(0) for bodies in (still, windy)]
    moved = float(great_circle_distance(*ends[0], *ends[1]))
    assert 0.6 * 10.0 * (calm - kill) < moved < 1.1 * 10.0 * (calm - kill)
    assert windy.used == used + windy.count[0]  # counted once
