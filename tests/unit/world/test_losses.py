"""Sites that are hit, hidden and repaired, and who commands then."""

from typing import Any

import msgspec
import numpy as np
import pytest
from scipy.stats import binom

from tdome.kernel.clock import NS
from tdome.messages.fire import UnitStatus
from tdome.messages.sensing import Plots, SensorStatus
from tdome.plan.plan import Plan, build_plan
from tdome.world.bodies.table import End
from tdome.world.effectors.units import Obey
from tdome.world.hiding import Hiding
from tdome.world.losses import Restore, SiteKind
from tdome.world.scenario import Scenario
from tdome.world.succession import NEVER, Posts
from tdome.world.world import World

REPAIR_S = 50.0


def changed(scenario: Scenario, plan: Plan, row: int = 1, **keys: Any) -> tuple[Scenario, Plan]:
    """Put the sensor of a row at the port that the srbms fly to; ``keys`` of site and rules."""
    of_site = {"hardening", "decoy_sites", "mobile"} & set(keys)
    site = {key: keys.pop(key) for key in of_site}
    base = {"loss_probability": 1.0, "destroyed_share": 0.0, "sensor_repair_s": REPAIR_S}
    rules = msgspec.structs.replace(
        scenario.file.survivability, **(base | {"site_radius_m": 2_000.0} | keys)
    )
    salvos = [msgspec.structs.replace(scenario.file.raids[0].salvos[0], count=24, targets=["Port"])]
    raids = [msgspec.structs.replace(scenario.file.raids[0], salvos=salvos)]
    file = msgspec.structs.replace(scenario.file, survivability=rules, raids=raids, flights=[])
    sensors = list(plan.file.sensors)
    sensors[row] = msgspec.structs.replace(sensors[row], lat_deg=25.0, lon_deg=121.15, **site)
    book = build_plan(msgspec.structs.replace(plan.file, sensors=sensors), plan.source)
    return msgspec.structs.replace(scenario, file=file), book


def hits(world: World) -> list[Any]:
    """Bring every body down, one a second, and return what its End sets off."""
    bodies, start = world._scene.bodies, world.scenario.start
    found = []
    for row in range(len(bodies)):
        bodies.start(row)
        found.append(world.handle(End(row), start + (row + 1) * NS))
    return found


def test_a_hit_radar_is_blind_says_so_and_sees_again_when_repaired(scenario, plan):
    world = World(*changed(scenario, plan), 4)
    first = hits(world)[0]
    ((_, status),) = first.messages
    assert isinstance(status, SensorStatus)
    assert not status.operating
    now = world.scenario.start + NS
    scan = world._watch.scan_event(1, 3)
    blind = world.handle(scan.action, scan.at)
    assert blind.messages == []
    assert len(blind.events) == 1, "the antenna turns on"
    due = world._losses._due[1]
    assert due == now + (len(world._scene.bodies) - 1) * NS + round(REPAIR_S * NS)
    assert world.handle(Restore(1, now + round(REPAIR_S * NS)), due).messages == [], "hit again"
    ((_, status),) = world.handle(Restore(1, due), due).messages
    assert status.operating
    scan = world._watch.scan_event(1, 30)
    assert any(isinstance(m, Plots) for _, m in world.handle(scan.action, scan.at).messages)


def test_what_is_lost_for_good_says_nothing(scenario, plan):
    world = World(*changed(scenario, plan, destroyed_share=1.0), 4)
    found = hits(world)
    assert all(not one.messages and not one.events for one in found)
    (loss,) = world.ledger().losses.to_pylist()
    assert (loss["site"], loss["kind"], loss["until"]) == ("Battery", "sensor", -1)
    assert loss["object_id"] == world._scene.bodies.object_id[0]
    assert loss["down_s"] == pytest.approx(len(found) - 1)


@pytest.mark.parametrize("hardening", [0.0, 0.6])
def test_hardening_is_the_share_that_is_withstood(scenario, plan, hardening):
    lost = total = 0
    for seed in range(12):
        world = World(*changed(scenario, plan, hardening=hardening, loss_probability=0.7), seed)
        found = hits(world)
        lost += sum(bool(one.events) for one in found)
        total += len(found)
    low, high = binom.interval(0.9999, total, 0.7 * (1.0 - hardening))
    assert low <= lost <= high


@pytest.mark.parametrize(("hide", "share"), [({"decoy_sites": 1}, 0.5), ({"decoy_sites": 3}, 0.25)])
def test_decoy_sites_take_their_share_of_the_hits(scenario, plan, hide, share):
    lost = total = 0
    for seed in range(12):
        world = World(*changed(scenario, plan, decoy_distance_m=20_000.0, **hide), seed)
        found = hits(world)
        lost += sum(bool(one.events) for one in found)
        total += len(found)
    low, high = binom.interval(0.9999, total, share)
    assert low <= lost <= high


def test_a_mobile_site_has_moved_on(scenario, plan):
    keys = {"mobile": True, "moved_km": 20.0}
    moved = World(*changed(scenario, plan, stale_targeting=1.0, **keys), 4)
    assert not any(one.events for one in hits(moved))
    found = World(*changed(scenario, plan, stale_targeting=0.0, **keys), 4)
    assert all(one.events for one in hits(found))


def test_hiding_changes_no_other_draw():
    hiding = Hiding(decoys=0, decoy_distance=1e3, stale=0.0, moved=1e3)
    assert hiding.aim((0.4, 0.3), np.full(4, 0.5)) == (0.4, 0.3)


def test_luck_is_of_object_and_site(scenario, plan):
    """Another sensor changes nobody's luck."""
    file, book = changed(scenario, plan, loss_probability=0.4)
    more = [*book.file.sensors, msgspec.structs.replace(book.file.sensors[0], name="Third")]
    wider = build_plan(msgspec.structs.replace(book.file, sensors=more), book.source)
    one, other = World(file, book, 9), World(file, wider, 9)
    assert [bool(h.events) for h in hits(one)] == [bool(h.events) for h in hits(other)]


def test_a_hit_unit_gives_up_its_rounds_and_hears_nothing(scenario, plan):
    world = World(scenario, plan, 4)
    now, units = world.scenario.start, world._firing._units
    pip = tuple(world._firing._units.book.ecef[0] * (1.0 + 10_000.0 / 6.4e6))
    order = Obey(1, 0, 2, 0, now, now + 60 * NS, pip)
    (fire,) = world.handle(order, now).events
    world.handle(fire.action, fire.at)
    left = units.rounds_left[0]
    site = next(s for s in world._losses.sites if s.kind == SiteKind.FIRE_UNIT)
    told = world._put_down(site, fire.at + NS)
    ((_, status),) = told.messages
    assert isinstance(status, UnitStatus)
    assert status.operating.tolist() == [0]
    assert [s.reason for s in world._scene.chronicle.shots] == ["unit lost"] * 2
    again = msgspec.structs.replace(order, engagement=2)
    assert world.handle(again, fire.at + 2 * NS) == ([], []), "not even a refusal"
    assert units.rounds_left[0] == left >= 0


# -- succession


def posts(succession: int = 60 * NS) -> Posts:
    return Posts(("n", "s", "free"), {"n": 0, "s": 1}, [1, 2, 3], succession)


def test_the_next_by_rank_takes_over_after_a_while():
    command = posts()
    assert [command.hears(site, 7) for site in ("n", "s")] == [7, 7]
    command.lose(0, 100 * NS)
    assert command.hears("n", 110 * NS) == 160 * NS
    assert command.hears("n", 170 * NS) == 170 * NS
    assert command.hears("s", 110 * NS) == 110 * NS, "the other zone goes on"


def test_the_heir_may_fall_too_and_the_first_comes_back():
    command = posts()
    command.lose(0, 100 * NS)
    command.lose(1, 130 * NS)
    assert command.hears("n", 140 * NS) == 190 * NS
    assert command.hears("s", 140 * NS) == 190 * NS
    command.lose(2, 200 * NS)
    assert command.hears("n", 210 * NS) == NEVER
    command.restore(0, 300 * NS)
    assert command.hears("n", 301 * NS) == 301 * NS
    assert command.hears("s", 301 * NS) == 360 * NS


def test_without_posts_nobody_is_ever_alone():
    assert Posts(("a",), {}, [], 60 * NS).hears("a", 5) == 5


def test_a_zone_without_command_is_mute_and_keeps_its_reports(scenario, plan):
    command = posts()
    command.lose(0, 100 * NS)
    links = World(scenario, plan, 4)._scene.links
    links._posts = command
    links._links["n"] = msgspec.structs.replace(links._links["North"], name="n")
    now = 110 * NS
    assert links.up("n", "Plots", 1, 3, now) == NEVER
    assert links.down("n", "EngagementOrders", now) == NEVER
    assert links.up("n", "EngagementReports", 1, 1, now) >= 160 * NS
    assert links.lost == {"Plots": 3, "EngagementOrders": 1}
