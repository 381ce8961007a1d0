"""What separates: appears in flight, falls short or aside, is nobody's launch."""

import numpy as np
import pytest

from tdome.earth.geodesy import great_circle_distance
from tdome.kernel.random import Streams
from tdome.plan.plan import read_plan
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.separation import DEBRIS_RADIUS, SEPARATES_AFTER
from tdome.world.bodies.table import Kind, State
from tdome.world.ledger import SCHEMAS
from tdome.world.scenario import read_scenario
from tdome.world.world import World

SALVO = """
[[raids.salvos]]
type = "mrbm"
count = 3
launch_lat_deg = 33.5
launch_lon_deg = 113.5
targets = ["Port"]
[[flights]]
name = "airway"
"""
FAR = """[truth.threats]
mrbm = { launch_failure = 0, guidance_failure = 0, spent_stage = 1, fragments = 5 }
"""


@pytest.fixture(scope="module")
def text(scenario_text):
    text = scenario_text.replace('[[flights]]\nname = "airway"\n', SALVO.strip() + "\n")
    return text.replace("[truth.threats]\n", FAR)


@pytest.fixture(scope="module")
def bodies(text):
    return compile_bodies(read_scenario(text, "scenario.toml"), Streams(4))


def shed_rows(bodies):
    return np.flatnonzero(bodies.kind == Kind.DEBRIS)


def test_each_missile_sheds_what_its_class_says(bodies):
    rows = shed_rows(bodies)
    parents, counts = np.unique(bodies.parent[rows], return_counts=True)
    assert counts.tolist() == [6, 6, 6]
    assert (bodies.kind[parents] == Kind.THREAT).all()
    assert (bodies.parent[bodies.kind != Kind.DEBRIS] == -1).all()
    assert len(set(bodies.key.tolist())) == len(bodies)
    assert not bodies.hostile[rows].any()


def test_pieces_begin_where_the_missile_is_and_leave_it_slowly(bodies):
    for row in shed_rows(bodies):
        parent, t = bodies.parent[row], bodies.launches_at[row]
        burnout = bodies.knots[bodies.offset[parent] + 1, 0]
        assert t == pytest.approx(burnout + SEPARATES_AFTER)
        apart = bodies.position_at(row, t) - bodies.position_at(parent, t)
        assert np.linalg.norm(apart[:3]) < 2.0
        assert 0.3 < np.linalg.norm(apart[3:]) < 11.0
        later = bodies.position_at(row, t + 60.0) - bodies.position_at(parent, t + 60.0)
        assert 10.0 < np.linalg.norm(later[:3]) < 1500.0


def test_pieces_fall_short_of_the_missile_and_later(bodies):
    for row in shed_rows(bodies):
        parent = bodies.parent[row]
        start = bodies.knots[bodies.offset[parent], 1:4]
        reach = [
            np.linalg.norm(bodies.knots[bodies.offset[r] + bodies.count[r] - 1, 1:4] - start)
            for r in (row, parent)
        ]
        assert reach[0] < reach[1] - 1_000.0
        assert bodies.ends_at[row] > bodies.ends_at[parent]


def test_heavier_pieces_fall_nearer_to_the_missile_than_light_ones(bodies):
    rows = shed_rows(bodies)
    stage = rows[bodies.rcs[rows] > 0.1]
    light = rows[bodies.rcs[rows] < 0.1]
    off = {}
    for row in rows:
        a, b = bodies.ground_point(row), bodies.ground_point(int(bodies.parent[row]))
        off[row] = float(great_circle_distance(*a, *b))
    assert np.mean([off[r] for r in stage]) < np.mean([off[r] for r in light])


def test_nothing_separates_from_a_missile_that_is_no_more(bodies, text):
    bodies = compile_bodies(read_scenario(text, "scenario.toml"), Streams(4))
    row = int(shed_rows(bodies)[0])
    parent = int(bodies.parent[row])
    bodies.start(row)
    assert bodies.state[row] == State.WAITING
    bodies.start(parent)
    bodies.break_up(parent, float(bodies.launches_at[parent]) + 30.0, 0.1)
    bodies.start(row)
    assert bodies.state[row] == State.WAITING
    assert not bodies.end(row)


def test_relabelling_keeps_pieces_with_their_missile(text):
    scenario = read_scenario(text, "scenario.toml")
    one, other = (compile_bodies(scenario, Streams(4), relabel) for relabel in (None, 9))
    a, b = np.argsort(one.key), np.argsort(other.key)
    for name in ("key", "kind", "launches_at", "ends_at", "rcs", "failure"):
        assert (getattr(one, name)[a] == getattr(other, name)[b]).all()

    def parents(bodies, order):
        return [
            bodies.key[bodies.parent[i]] if bodies.parent[i] >= 0 else -1 for i in order.tolist()
        ]

    assert parents(one, a) == parents(other, b)


def test_more_pieces_change_no_other_draw(bodies, text):
    more = text.replace("fragments = 5", "fragments = 9")
    more_bodies = compile_bodies(read_scenario(more, "scenario.toml"), Streams(4))
    row_of = {key: row for row, key in enumerate(more_bodies.key.tolist())}
    for row, key in enumerate(bodies.key.tolist()):
        assert bodies.ends_at[row] == more_bodies.ends_at[row_of[key]]
        assert bodies.rcs[row] == more_bodies.rcs[row_of[key]]


def test_the_ledger_tells_debris_from_launches(text, play):
    plan = read_plan(PLAN, "plan.toml")
    world = World(read_scenario(text, "scenario.toml"), plan, seed=4)
    play(world)
    objects = world.ledger().objects.to_pylist()
    assert {"kind"} <= set(SCHEMAS["objects"].names)
    debris = [row for row in objects if row["kind"] == "debris"]
    assert len(debris) == 18
    assert {row["state"] for row in debris} == {"impacted"}
    assert {row["damage_fraction"] for row in debris} == {0.0}
    assert {row["damage_radius"] for row in debris} == {DEBRIS_RADIUS}
    assert {row["cost"] for row in debris} == {0.0}
    assert sum(row["kind"] == "threat" for row in objects) == 15
    assert sum(row["kind"] == "civil" for row in objects) == 6
    assert sum(row["kind"] == "friendly" for row in objects) == 2


PLAN = """
name = "port"
threats = ["srbm", "mrbm"]
[[sensors]]
name = "North"
type = "long-range-3d"
lat_deg = 25.1
lon_deg = 121.5
[[assets]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.15
radius_km = 3
value = 10
"""
