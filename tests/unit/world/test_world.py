from collections import Counter

import numpy as np
import pytest

from tdome.kernel.clock import NS
from tdome.messages.base import Header
from tdome.messages.codes import EngagementState, OrderKind, Reason
from tdome.messages.fire import (
    EngagementOrders,
    EngagementReports,
    InterceptUpdates,
    Magazines,
    UnitStatus,
)
from tdome.messages.sensing import Plots, SensorStatus, SensorTasks
from tdome.messages.wire import encode
from tdome.world.bodies.table import State
from tdome.world.ledger import SCHEMAS, read_ledger
from tdome.world.sensors.radars import Look
from tdome.world.world import World


def orders_at(world, now, rows, unit=0, rounds=2, ahead=45.0):
    """Orders at the true places of bodies: a command that knows all, for tests only."""
    t = (now - world.scenario.start) / NS + ahead
    n = len(rows)
    pips = np.array([world._scene.bodies.position_at(row, t)[:3] for row in rows])
    return EngagementOrders(
        header=Header("command", 1 + now % 1_000_003, now, now),
        engagement=(10 * ((now - world.scenario.start) // NS) + np.arange(n)).astype(np.int32),
        track_number=np.arange(n, dtype=np.int32),
        unit=np.full(n, unit, np.int32),
        rounds=np.full(n, rounds, np.int32),
        kind=np.full(n, OrderKind.ENGAGE, np.int8),
        launch_at=np.full(n, now, np.int64),
        intercept_at=np.full(n, now + int(ahead * NS), np.int64),
        intercept_ecef=pips,
    )


def shoot_all(world, message, now):
    """Engage what will be near a unit in 45 s, at each scan of the battery, by units in turn."""
    if not isinstance(message, Plots) or message.sensor != "Battery":
        return None
    bodies, t = world._scene.bodies, (now - world.scenario.start) / NS + 45.0
    unit = message.header.seq % 2
    site = world._firing._units.book.ecef[unit]
    rows = [
        r
        for r in range(len(bodies))
        if bodies.state[r] == State.FLYING
        and bodies.threat_class[r] >= 0
        and np.linalg.norm(bodies.position_at(r, t)[:3] - site) < 15e3
    ][:2]
    return orders_at(world, now, rows, unit) if rows else None


def said(log, kind):
    return [m for _, _, messages in log for m in messages if isinstance(m, kind)]


@pytest.fixture(scope="module")
def fought(scenario, plan, play):
    world = World(scenario, plan, 6)
    return world, play(world, shoot_all)


def test_a_quiet_run_ends_every_body_once(scenario, plan, play):
    world = World(scenario, plan, 4)
    log = play(world)
    ends = Counter(action.row for _, action, _ in log if type(action).__name__ == "End")
    assert set(ends.values()) == {1}
    assert world.quiet(log[-1][0])
    assert world.hostile_left() == 0
    states = world.ledger().objects["state"].to_pylist()
    assert Counter(states) == {"impacted": 12, "landed": 8}


def test_seq_counts_per_source_and_received_at_is_for_the_door(fought):
    _, log = fought
    for name in ("North", "Battery"):
        seq = [m.header.seq for m in said(log, Plots) if m.sensor == name]
        assert seq == sorted(set(seq))
        assert seq[-1] - len(seq) < 0.1 * len(seq)  # what is missing was lost on the way
    assert all(m.header.received_at == 0 for _, _, ms in log for m in ms)
    assert sorted(m.sensor for m in said(log, SensorStatus)) == ["Battery", "North"]


def test_scans_keep_their_period_from_a_phase_of_their_own(fought):
    world, log = fought
    times = [m.header.valid_at for m in said(log, Plots) if m.sensor == "North"]
    steps = np.diff(times) / NS / world._watch._radars.book.period[0]
    assert np.array_equal(steps, np.rint(steps))
    first = (times[0] - world.scenario.start) / NS
    assert 0.0 < first < world._watch._radars.book.period[0] * 3
    assert times[-1] <= world.scenario.start + int(world.scenario.duration * NS)


def test_truth_is_conserved_in_a_fight(fought):
    world, log = fought
    ledger = world.ledger()
    objects, shots = ledger.objects.to_pylist(), ledger.shots.to_pylist()
    states = Counter(o["state"] for o in objects)
    assert states["killed"] > 0
    assert states["killed"] + states["impacted"] == 12
    assert states["killed"] == sum(s["hit"] for s in shots) == ledger.debris.num_rows
    killed_by = {o["object_id"]: o["killed_by"] for o in objects if o["state"] == "killed"}
    assert killed_by == {s["object_id"]: s["engagement"] for s in shots if s["hit"]}
    reasons = {"hit", "missed", "outside basket", "out of reach", "debris"}
    assert {s["reason"] for s in shots} <= reasons
    assert world.quiet(log[-1][0])


def test_rounds_are_conserved_and_never_negative(fought):
    world, log = fought
    reports = said(log, EngagementReports)
    spent, left = Counter(), {}
    for report in reports:
        assert report.rounds_left[0] >= 0
        spent[int(report.unit[0])] += int(report.rounds[0])
        left[int(report.unit[0])] = int(report.rounds_left[0])
    assert sum(spent.values()) == world.ledger().shots.num_rows
    for unit, rounds in spent.items():
        assert (
            rounds + world._firing._units.rounds_left[unit]
            == world._firing._units.book.rounds[unit]
        )
    states = Counter(int(r.state[0]) for r in reports)
    assert states[EngagementState.LAUNCHED] == states[EngagementState.TERMINAL] > 0
    refused = [r for r in reports if r.state[0] == EngagementState.REFUSED]
    assert refused
    assert all(Reason(int(r.reason[0])) != Reason.CHOSEN for r in refused)


def test_a_report_of_the_end_does_not_tell_whether_it_hit(fought):
    _, log = fought
    terminal = [r for r in said(log, EngagementReports) if r.state[0] == EngagementState.TERMINAL]
    assert {int(r.reason[0]) for r in terminal} == {Reason.CHOSEN}
    assert {int(r.rounds[0]) for r in terminal} == {0}


def test_debris_is_seen_until_it_lies(fought):
    world, _ = fought
    ledger = world.ledger()
    ended = {o["object_id"]: o["ended_at"] for o in ledger.objects.to_pylist()}
    at = {d["object_id"]: d["at"] for d in ledger.debris.to_pylist()}
    assert all(at[i] > ended[i] for i in at)
    paths = ledger.paths.to_pandas()
    for i, down in at.items():
        path = paths[paths.object_id == i]
        assert path.t.is_monotonic_increasing
        assert path.t.iloc[-1] == pytest.approx((down - ledger.start) / NS, abs=1e-6)
        killed = (ended[i] - ledger.start) / NS
        twice = path[np.isclose(path.t, killed, atol=1e-7)]
        assert len(twice) == 2
        assert np.allclose(twice.x.iloc[0], twice.x.iloc[1], atol=1e-3)


def test_plots_of_the_ledger_are_those_that_left(fought):
    world, log = fought
    plots = world.ledger().plots.to_pandas()
    arrived = plots[~plots.lost].groupby(["sensor", "scan"]).size()
    for message in said(log, Plots):
        if len(message):
            assert arrived[message.sensor, message.header.seq] == len(message)
    assert 0 < plots.lost.mean() < 0.1
    assert (plots.object_id == -1).any()


@pytest.mark.parametrize("relabel", [1, 2])
def test_relabelling_changes_no_message(scenario, plan, play, relabel):
    """The same luck, the same plots, the same bytes, whatever the order of the truth."""
    runs = [play(World(scenario, plan, 4, relabel=r)) for r in (None, relabel)]
    journals = [[(t, encode(m)) for t, _, ms in log for m in ms] for log in runs]
    assert journals[0] == journals[1]
    assert len(journals[0]) > 500


def test_another_seed_changes_the_plots(scenario, plan, play):
    one, other = (said(play(World(scenario, plan, s)), Plots) for s in (4, 5))
    assert encode(one[5]) != encode(other[5])


def tasks_for(now, sensor, count):
    return SensorTasks(
        header=Header("command", 1, now, now),
        sensor=np.full(count, sensor, np.int32),
        track_number=np.arange(count, dtype=np.int32),
        look_at=np.full(count, now + NS, np.int64),
        ecef=np.tile([-3e6, 4.9e6, 2.7e6], (count, 1)),
    )


def test_tasks_beyond_the_rate_are_counted(scenario, plan):
    world = World(scenario, plan, 4)
    start = scenario.start
    rate = int(world._watch._radars.book.task_rate[1])
    events = world.accept(tasks_for(start, 1, rate + 4), start)
    assert sum(len(event.action.places) for event in events) == rate + 1
    assert len(events) == 1, "the looks of one instant are one message"
    assert world.refused_tasks + world.undelivered.get("SensorTasks", 0) == 3
    assert all(isinstance(e.action, Look) and e.at >= start + NS for e in events)
    assert world.accept(tasks_for(start, 0, 2), start) == []
    assert world.refused_tasks + world.undelivered.get("SensorTasks", 0) == 5
    happening = world.handle(events[0].action, events[0].at)
    assert [m.volume for _, m in happening.messages if isinstance(m, Plots)] in ([False], [])


@pytest.fixture
def launched(scenario, plan):
    """A world in which one round is on its way to 15 km above its unit, where nothing is."""
    world = World(scenario, plan, 4)
    now = scenario.start + 100 * NS
    for event in world.first_events():
        if event.at <= now and type(event.action).__name__ == "Start":
            world.handle(event.action, event.at)
    site = world._firing._units.book.ecef[0]
    orders = orders_at(world, now, [0], rounds=1)
    up = site / np.linalg.norm(site)
    orders = EngagementOrders(
        **{
            name: getattr(orders, name)
            for name in orders.__struct_fields__
            if name != "intercept_ecef"
        },
        intercept_ecef=(site + up * 15e3)[None, :],
    )
    (obey,) = world.accept(orders, now)
    (fire,) = world.handle(obey.action, obey.at).events
    flying = world.handle(fire.action, fire.at)
    assert flying.messages[0][1].state[0] == EngagementState.LAUNCHED
    return world, orders, fire.at, flying.events[0]


def test_an_update_moves_the_intercept(launched):
    world, orders, now, first_due = launched
    update = InterceptUpdates(
        header=Header("command", 1, now, now),
        engagement=orders.engagement,
        intercept_at=orders.intercept_at + NS,
        intercept_ecef=orders.intercept_ecef * 1.0001,
    )
    (redirect,) = world.accept(update, now)
    (due,) = world.handle(redirect.action, redirect.at).events
    assert due.at == orders.intercept_at[0] + NS
    assert world.handle(first_due.action, first_due.at) == ([], [])
    assert not world.quiet(now)
    terminal = world.handle(due.action, due.at).messages[0][1]
    assert terminal.state[0] == EngagementState.TERMINAL
    assert world.ledger().shots["reason"].to_pylist() == ["outside basket"]


def test_cease_in_flight_gives_the_rounds_up(launched):
    world, orders, now, due = launched
    fields = {name: getattr(orders, name) for name in orders.__struct_fields__}
    cease = EngagementOrders(**fields | {"kind": np.array([OrderKind.CEASE_ENGAGEMENT], np.int8)})
    (obey,) = world.accept(cease, now)
    (report,) = world.handle(obey.action, obey.at).messages
    assert report[1].state[0] == EngagementState.TERMINAL
    assert world.ledger().shots["reason"].to_pylist() == ["ceased"]
    assert world.handle(due.action, due.at) == ([], [])
    assert world.handle(obey.action, obey.at) == ([], [])


def test_the_world_takes_no_other_message(scenario, plan):
    magazines = Magazines(
        header=Header("x", 1, 0, 0),
        rounds_left=np.zeros(1, np.int32),
        channels_busy=np.zeros(1, np.int32),
        channels=np.ones(1, np.int32),
        next_launch_at=np.zeros(1, np.int64),
        site=np.zeros(1, np.int32),
    )
    with pytest.raises(TypeError, match="Magazines"):
        World(scenario, plan, 1).accept(magazines, 0)


def test_ledger_comes_back_from_disk(fought, tmp_path):
    world, _ = fought
    ledger = world.ledger()
    ledger.write(tmp_path)
    back = read_ledger(tmp_path)
    assert back.start == ledger.start
    for name in SCHEMAS:
        assert getattr(back, name).to_pylist() == getattr(ledger, name).to_pylist()


def test_each_unit_tells_its_state_at_the_start_and_when_it_goes_down(scenario, plan, play):
    world = World(scenario, plan, 4)
    told = said(play(world), UnitStatus)
    assert [(m.header.source, int(m.rounds_left[0]), int(m.operating[0])) for m in told] == [
        ("Lower", 6, 1),
        ("Short", 4, 1),
    ]
    firing, now = world._firing, world.scenario.start
    for change, operates in (
        (firing.keeper.put_down(0, "hit", now), [0]),
        (firing.keeper.put_down(0, "moves", now), []),
        (firing.keeper.put_up(0, "hit", now), []),
        (firing.keeper.put_up(0, "moves", now), [1]),
        (firing.keeper.put_up(0, "moves", now), []),
    ):
        assert [int(m.operating[0]) for _, m in change.messages] == operates


def test_a_unit_that_is_down_refuses(scenario, plan):
    world = World(scenario, plan, 4)
    now = world.scenario.start
    world._firing.keeper.put_down(0, "hit", now)
    (obey,) = world.accept(orders_at(world, now, [0]), now)
    ((_, report),) = world.handle(obey.action, obey.at).messages
    assert report.state[0] == EngagementState.REFUSED
    assert report.reason[0] == Reason.UNIT_DOWN
