"""Fire units in layers, each effect in a small world: that it acts, and in the right direction."""

import numpy as np
import pytest

from tdome.kernel.clock import NS
from tdome.kernel.errors import ConfigError
from tdome.kernel.queue import EventQueue, Phase
from tdome.messages.base import Header
from tdome.messages.codes import EngagementState, OrderKind, Reason
from tdome.messages.fire import EngagementOrders, EngagementReports, UnitStatus
from tdome.plan.plan import read_plan
from tdome.world.scenario import read_scenario
from tdome.world.world import World

PLAN = """
name = "layers"
threats = ["drone"]
[[sensors]]
name = "Battery"
type = "gap-filler"
lat_deg = 25.0
lon_deg = 121.0
{before}
[[fire_units]]
name = "Unit"
type = "{type}"
lat_deg = 25.0
lon_deg = 121.0
{site}
[[assets]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.0
radius_km = 3
value = 10
"""
SCENARIO = """
name = "layers"
start = 2030-01-01T00:00:00Z
duration_s = 4000
{conditions}
[referee]
correlation = 0
battery_correlation = 0
raid_failure = 0
[[places]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.0
[[raids]]
name = "raid"
[[raids.salvos]]
type = "drone"
count = {count}
launch_lat_deg = {lat}
launch_lon_deg = 121.0
interval_s = 0.1
targets = ["Port"]
{truth}
"""


def truth(**numbers):
    """Return the overrides of an effector class, as its table in the scenario."""
    kind = numbers.pop("type")
    lines = [f"{key} = {value}" for key, value in numbers.items()]
    return "\n".join([f"[truth.effectors.{kind}]", *lines])


def make(  # noqa: PLR0913  (what the tests vary)
    kind="short-range", *, site="", before="", conditions="", count=1, lat=25.1, seed=1, **true
):
    """Return a world of one unit (and what stands ``before`` it), drones and the true numbers."""
    plan = read_plan(PLAN.format(type=kind, site=site, before=before), "plan.toml")
    told = truth(type=kind, **true) if true else ""
    text = SCENARIO.format(conditions=conditions, count=count, lat=lat, truth=told)
    return World(read_scenario(text, "scenario.toml"), plan, seed)


def order(  # noqa: PLR0913
    world, number, at, ahead, *, rows=(0,), unit=0, rounds=1
):
    """Order a unit at ``at`` s to meet bodies where they truly are ``ahead`` s later."""
    now, n = world.scenario.start + round(at * NS), len(rows)
    pips = [world._scene.bodies.position_at(row, at + ahead)[:3] for row in rows]
    return now, EngagementOrders(
        header=Header("command", number, now, now),
        engagement=(number + np.arange(n)).astype(np.int32),
        track_number=np.arange(n, dtype=np.int32),
        unit=np.full(n, unit, np.int32),
        rounds=np.full(n, rounds, np.int32),
        kind=np.full(n, OrderKind.ENGAGE, np.int8),
        launch_at=np.full(n, now, np.int64),
        intercept_at=np.full(n, now + round(ahead * NS), np.int64),
        intercept_ecef=np.array(pips),
    )


def fight(world, *orders):
    """Run a world with orders given at their times; return all messages with their time in s."""
    queue, told = EventQueue(), []
    for event in world.first_events():
        queue.push(*event)
    for now, message in orders:
        queue.push(now, Phase.DECIDE, message)
    while len(queue):
        due = queue.pop()
        if isinstance(due.payload, EngagementOrders):
            events = world.accept(due.payload, due.time)
        else:
            happening = world.handle(due.payload, due.time)
            events = happening.events
            told += [((due.time - world.scenario.start) / NS, m) for _, m in happening.messages]
        for event in events:
            queue.push(*event)
    return told


def reasons(told):
    """Return why engagements were refused, by number; those that were launched are CHOSEN."""
    found = {}
    for _, m in told:
        if isinstance(m, EngagementReports) and m.state[0] != EngagementState.TERMINAL:
            found[int(m.engagement[0])] = Reason(int(m.reason[0]))
    return found


def statuses(told):
    return [(at, m) for at, m in told if isinstance(m, UnitStatus)]


def test_an_empty_launcher_fires_again_after_its_reload():
    world = make(site="rounds = 1\nreloads = 1", reload_s=60)
    told = fight(
        world, order(world, 1, 20, 25), order(world, 2, 60, 25), order(world, 3, 110, 20),
        order(world, 4, 220, 0.1),
    )  # fmt: skip
    said = reasons(told)
    assert said[1] == Reason.CHOSEN
    assert said[2] == Reason.NO_ROUNDS
    assert said[3] == Reason.CHOSEN
    full = [(at, int(m.rounds_left[0])) for at, m in statuses(told)]
    assert full[0] == (0.0, 1)
    assert full[1][1] == 1
    assert full[1][0] == pytest.approx(20 + 0.1 + 3 + 60, abs=0.5)
    assert len(full) == 2  # the stock of one reload is used up


def test_without_stock_nothing_is_reloaded_until_supply_comes():
    supply = '[[resupply]]\nunit = "Unit"\nat_s = 100\nrounds = 3'
    for conditions, left in (("", []), (supply, [1])):
        world = make(site="rounds = 1", reload_s=50, conditions=conditions)
        told = statuses(fight(world, order(world, 1, 20, 25)))[1:]
        assert [int(m.rounds_left[0]) for _, m in told] == left
        assert [at for at, _ in told] == pytest.approx([150.0] * len(left), abs=0.5)


def test_a_supply_for_nobody_is_refused():
    supply = '[[resupply]]\nunit = "Unix"\nat_s = 100\nrounds = 3'
    with pytest.raises(ConfigError, match="Unit"):
        make(conditions=supply)


def test_a_laser_in_fog_reaches_less():
    said = {}
    for km in (30.0, 0.5):
        world = make("directed-energy", lat=25.04, conditions=f"[weather]\nvisibility_km = {km}")
        told = fight(world, order(world, 1, 80, 15))
        said[km] = reasons(told)[1]
    assert said == {30.0: Reason.CHOSEN, 0.5: Reason.OUT_OF_ENVELOPE}


def test_rain_lengthens_the_dwell():
    clear, wet = (
        make("directed-energy", conditions=f"[weather]\nrain_mm_h = {rain}")._firing._units
        for rain in (0.0, 10.0)
    )
    dwell = 5.0 * 1.3
    assert clear.reach(0, dwell, 0.1) > 1.3 * wet.reach(0, dwell, 0.1) > 0.0


def test_a_beam_gets_hot_and_cools_down_when_idle():
    world = make("directed-energy", lat=25.03, shots_before_cooling=2, cooling_s=30, sspk_drone=0)
    orders = [order(world, k, at, 10) for k, at in ((1, 80), (2, 84.5), (3, 97), (4, 140))]
    world._firing._units.channels[0] = 9
    told = fight(world, *orders)
    said = reasons(told)
    assert [said[k] for k in (1, 2, 3)] == [Reason.CHOSEN, Reason.CHOSEN, Reason.NO_ROUNDS]
    assert said[4] != Reason.NO_ROUNDS
    cooled = [at for at, m in statuses(told) if m.rounds_left[0] == 2 and at > 0]
    assert cooled[0] == pytest.approx(84.5 + 10 + 30, abs=0.5)


@pytest.mark.parametrize(
    ("limits", "apart", "reason"),
    [
        ({"illuminators": 1, "terminal_s": 4}, 1.0, Reason.NO_CHANNEL),
        ({"illuminators": 1, "terminal_s": 4}, 6.0, Reason.CHOSEN),
        ({"illuminators": 2, "terminal_s": 4}, 1.0, Reason.CHOSEN),
        ({"uplinks": 1}, 6.0, Reason.NO_CHANNEL),
        ({"uplinks": 1}, 32.0, Reason.CHOSEN),
        ({}, 0.0, Reason.CHOSEN),
    ],
)
def test_guidance_limits_simultaneous_intercepts(limits, apart, reason):
    world = make(count=2, sspk_drone=0, **limits)
    told = fight(world, order(world, 1, 20, 25), order(world, 2, 20 + apart, 25, rows=(1,)))
    assert reasons(told) == {1: Reason.CHOSEN, 2: reason}


MOVE = "[[fire_units.moves]]\nat_s = 50\nlat_deg = 25.03\nlon_deg = 121.0"


def test_a_unit_that_moves_is_silent_and_then_elsewhere():
    world = make(site=MOVE, pack_s=30, unpack_s=40, road_speed_m_s=100)
    units = world._firing._units
    first = units.place[0].copy()
    # The order at 49 s can not be fired before 52 s: the unit has begun to pack.
    told = fight(
        world, order(world, 1, 10, 28), order(world, 2, 49, 20), order(world, 3, 70, 20),
        order(world, 4, 160, 12),
    )  # fmt: skip
    said = reasons(told)
    assert said == {
        1: Reason.CHOSEN,
        2: Reason.UNIT_DOWN,
        3: Reason.UNIT_DOWN,
        4: Reason.CHOSEN,
    }
    moved = [(at, int(m.operating[0]), int(m.site[0])) for at, m in statuses(told)]
    drive = np.linalg.norm(units.place[0] - first) / 100
    assert drive == pytest.approx(33.2, abs=0.3)
    assert moved == [
        (0.0, 1, 0),
        (50.0, 0, 0),
        (pytest.approx(120 + drive, abs=0.01), 1, 1),
    ]


def test_a_move_that_is_due_under_way_follows_at_once():
    second = "\n[[fire_units.moves]]\nat_s = 60\nlat_deg = 25.0\nlon_deg = 121.0"
    world = make(site=MOVE + second, pack_s=30, unpack_s=40, road_speed_m_s=100)
    first = world._firing._units.place[0].copy()
    moved = [(int(m.operating[0]), int(m.site[0])) for _, m in statuses(fight(world))]
    assert moved == [(1, 0), (0, 0), (1, 1), (0, 1), (1, 2)]
    assert world._firing._units.place[0] == pytest.approx(first)


def test_moves_go_in_the_order_of_time():
    again = "\n[[fire_units.moves]]\nat_s = 40\nlat_deg = 25.0\nlon_deg = 121.0"
    with pytest.raises(ConfigError, match="not after the move before it"):
        make(site=MOVE + again)


def test_too_near_is_out_of_the_envelope():
    for nearest, reason in ((0.5, Reason.CHOSEN), (9.0, Reason.OUT_OF_ENVELOPE)):
        world = make(min_range_km=nearest)
        assert reasons(fight(world, order(world, 1, 80, 25)))[1] == reason


OWN = 'sensor = "Battery"'


@pytest.mark.parametrize(
    ("site", "blind", "reason"),
    [
        (OWN, False, Reason.CHOSEN),
        (OWN, True, Reason.NO_SENSOR),
        (OWN + "\nengage_on_remote = true", True, Reason.CHOSEN),
    ],
)
def test_a_unit_bound_to_its_radar_fires_at_what_that_sees(site, blind, reason):
    world = make(site=site, needs_own_sensor=1)
    if blind:
        sensors = world._firing._sensors
        sensors.max_range[:] = 1e3
    told = fight(world, order(world, 1, 20, 25))
    assert reasons(told) == {1: reason}
    assert world._firing._units.rounds_left[0] == 60 - (reason == Reason.CHOSEN)


def test_a_unit_that_needs_a_radar_must_name_one():
    with pytest.raises(ConfigError, match="needs its own sensor"):
        make(needs_own_sensor=1)
    with pytest.raises(ConfigError, match="Battery"):
        make(site='sensor = "Batery"')


def test_soft_kill_leads_the_right_share_astray_and_no_more_when_it_tries_again():
    n, share = 300, 0.35
    world = make("soft-kill", count=n, channels=1000, basket_m=1.5, edge_factor=1)
    orders = [order(world, 1000 * (1 + k), 30 + 60 * k, 30, rows=range(n)) for k in range(2)]
    fight(world, *orders)
    shots = world.ledger().shots.to_pylist()
    astray = [s["engagement"] for s in shots if s["reason"] == "led astray"]
    assert {s["reason"] for s in shots} <= {"led astray", "missed", "debris", "outside basket"}
    spread = 4.0 * np.sqrt(share * (1.0 - share) / n)
    assert len(astray) / n == pytest.approx(share, abs=spread)
    # The second try moves nobody: a drone is open to it or is not.
    resisted = {s["object_id"] for s in shots if s["engagement"] < 2000 and s["reason"] == "missed"}
    assert len(resisted) > n // 3
    assert not resisted & {s["object_id"] for s in shots if s["reason"] == "led astray"}
    states = world.ledger().objects["state"].to_pylist()
    assert states.count("killed") == len(astray)


EXTRA = """[[fire_units]]
name = "Extra"
type = "gun"
lat_deg = 25.0
lon_deg = 121.02
"""


def test_another_fire_unit_changes_no_draw():
    """Bar 5: the same orders to the same unit hit the same objects, wherever its row is."""
    results = []
    for before, unit in (("", 0), (EXTRA, 1)):
        world = make(before=before, count=12, sspk_drone=0.5, channels=99, seed=3)
        orders = [
            order(world, 100 * (1 + k), 20 + 40 * k, 25, rows=range(12), unit=unit)
            for k in range(2)
        ]
        fight(world, *orders)
        shots = world.ledger().shots.to_pylist()
        results.append([(s["engagement"], s["object_id"], s["hit"], s["reason"]) for s in shots])
    assert results[0] == results[1]
    hits = [hit for _, _, hit, _ in results[0]]
    assert 0 < sum(hits) < len(hits)


def test_twice_the_reaction_time_costs_engagements():
    fired = []
    for reaction in (4, 8, 16):
        world = make(count=6, reaction_s=reaction, sspk_drone=0)
        orders = [
            order(world, 10 * (k + 1), 20 + 10 * k, ahead, rows=range(6))
            for k, ahead in enumerate((16, 18, 20, 22, 24, 28))
        ]
        said = reasons(fight(world, *orders))
        fired.append(sum(reason == Reason.CHOSEN for reason in said.values()))
    assert fired[0] > fired[1] > fired[2]
