"""What holds in the world whatever is ordered, drawn or listed first."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.kernel.clock import NS
from tdome.kernel.random import Streams, object_key
from tdome.messages.codes import OrderKind, Reason
from tdome.plan.books.threats import threat_book
from tdome.plan.books.units import unit_book
from tdome.plan.catalogue import bundled_catalogue
from tdome.plan.schema import FireUnitSite
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.table import State
from tdome.world.effectors.referee import Referee
from tdome.world.effectors.units import Obey, Redirect, Units
from tdome.world.links import Links
from tdome.world.scenario import Scenario, read_scenario
from tdome.world.schema.conditions import Links as LinksFile
from tdome.world.schema.conditions import Referee as Rules
from tdome.world.succession import Posts

SCENARIO = """
name = "few"
start = 2030-01-01T00:00:00Z
duration_s = 600
[[places]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.15
[[raids]]
name = "one"
[[raids.salvos]]
type = "rocket"
count = 4
launch_lat_deg = 25.2
launch_lon_deg = 121.15
targets = ["Port"]
[[raids.salvos]]
type = "drone"
count = 4
launch_lat_deg = 25.3
launch_lon_deg = 121.0
targets = ["Port"]
waypoints = [[25.15, 121.1]]
[[flights]]
name = "airway"
count = 2
route = [[24.8, 121.0], [25.2, 121.3]]
first_address = 7
"""

SRBM = threat_book(["srbm"], bundled_catalogue(), "test")


@pytest.fixture(scope="module")
def few() -> Scenario:
    return read_scenario(SCENARIO, "few.toml")


steps = st.lists(
    st.tuples(
        st.sampled_from(["order", "cease", "fire", "redirect", "arrive"]),
        st.integers(0, 12),
        st.integers(0, 4),
        st.floats(-5.0, 60.0),
        st.floats(0.0, 30.0),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(steps)
def test_rounds_are_conserved_whatever_is_ordered(story):
    """In the magazine + fired = the magazine at the start; nothing is claimed twice."""
    site = FireUnitSite(name="u", type="terminal-ballistic", lat_deg=25, lon_deg=121, rounds=7)
    units = Units(unit_book([site], bundled_catalogue(), "test"))
    up = units.book.ecef[0] / np.linalg.norm(units.book.ecef[0])
    now, fired = 10**18, 0
    for what, number, rounds, ahead, height in story:
        now += NS // 2
        pip = tuple(float(x) for x in units.book.ecef[0] + up * height * 1e3)
        due = now + int(ahead * NS)
        engagement = units.open.get(number)
        if what == "order":
            order = Obey(number, 0, rounds, OrderKind.ENGAGE, now, due, pip)
            before = units.ready(0)
            if units.obey(order, now) != Reason.CHOSEN:
                assert units.ready(0) == before
        elif what == "cease":
            units.cease(number)
        elif what == "fire" and engagement is not None and not engagement.fired:
            assert len(units.fire(number)) == engagement.rounds
            fired += engagement.rounds
        elif what == "redirect":
            units.redirect(Redirect(number, due, pip), now)
        elif what == "arrive" and engagement is not None and engagement.fired:
            shot = next(shot for shot in engagement.fired if not shot.done)
            units.gets_there(engagement, shot, engagement.pip)
            assert np.isfinite(shot.place).all()
            units.ended(engagement, shot)
        assert 0 <= units.ready(0) <= units.rounds_left[0]
        assert units.rounds_left[0] + fired == 7
        assert len(units.open) <= units.book.channels[0]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_relabelling_is_a_permutation(few, seed, relabel):
    one, other = (compile_bodies(few, Streams(seed), r) for r in (None, relabel))
    a, b = np.argsort(one.key), np.argsort(other.key)
    for name in ("key", "launches_at", "ends_at", "rcs", "aim_lat", "raid", "address"):
        assert (getattr(one, name)[a] == getattr(other, name)[b]).all()
    assert sorted(other.object_id) == list(range(1, len(one) + 1))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.01, 0.99))
def test_a_wreck_joins_the_path_and_comes_down_once(few, seed, share):
    bodies = compile_bodies(few, Streams(seed))
    for row in range(len(bodies)):
        bodies.start(row)
        t = bodies.launches_at[row] + share * (bodies.ends_at[row] - bodies.launches_at[row])
        before = bodies.position_at(row, t)[:3]
        down = bodies.break_up(row, t, 0.1)
        assert np.linalg.norm(bodies.position_at(row, t)[:3] - before) < 1e-3
        assert t < down < t + 4000.0
        assert not bodies.end(row)
    assert (bodies.state == State.KILLED).all()


@given(st.floats(0.01, 0.99), st.floats(0.0, 0.9), st.integers(0, 100))
def test_common_mode_is_a_probability_and_grows_with_skill(sspk, rho, seed):
    referee = Referee(Rules(correlation=rho), ["one"], SRBM, ["unit"], Streams(seed))
    low, high = (referee.kill_probability(p, 0, 0, 0, 1) for p in (0.9 * sspk, sspk))
    assert 0.0 <= low <= high <= 1.0


@given(st.integers(0, 100), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_better_interceptor_never_turns_a_hit_into_a_miss(seed, worse, better):
    """Common random numbers: the same shot has the same luck under either."""
    worse, better = sorted([worse, better])
    one, other = (Referee(Rules(), [], SRBM, [], Streams(seed)) for _ in range(2))
    keys = [object_key("o", i) for i in range(8)]
    assert all(one.hits(k, worse) <= other.hits(k, better) for k in keys)


@given(st.floats(0.0, 5.0), st.floats(0.0, 5.0), st.integers(1, 10**6))
def test_no_message_arrives_before_it_left(delay, jitter, seq):
    links = Links(
        LinksFile(delay_s=delay, jitter_s=jitter), Posts(("a",), {}, [], 0), 0, Streams(1)
    )
    assert links.up("a", "Plots", seq, 1, 0) >= max(1, int(delay * NS) - 1)
