"""From scenarios to models and back: demand, sites, groups, chances, plan files, checks."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from scipy import stats

from tdome.earth.geodesy import great_circle_distance
from tdome.kernel.errors import ConfigError
from tdome.plan.plan import read_plan
from tdome.plan.schema import FireUnitSite
from tdome.run.library import find_inputs
from tdome.siting.planning.api import plan_coverage, plan_inventory, plan_laydown
from tdome.siting.planning.asked import ask, numbers_of, risk_of, words_of
from tdome.siting.planning.chances import chances, in_reach, with_units
from tdome.siting.planning.coverage import may_move, points_of
from tdome.siting.planning.demand import demand_of
from tdome.siting.planning.force import groups_of, metres, nearest
from tdome.siting.planning.sites import Spot, read_spots, spots_of
from tdome.siting.planning.trial import MEASURES, Trial, changes, choose, half_width
from tdome.siting.planning.written import checked, with_sites, with_values
from tdome.siting.radar import Eyes

ROCKETS, DRONES, STEPS = "short-range-rockets", "drone-swarm", "first-steps"


# ---------------------------------------------------------------- demand


def test_demand_counts_what_is_aimed_at_assets() -> None:
    asked = ask(ROCKETS, None)
    demand = demand_of(asked.plan, asked.file)
    row = demand.threats.names.index("rocket")
    works = 1.0 - demand.threats.launch_failure[row] - demand.threats.guidance_failure[row]
    for r, raid in enumerate(asked.file.raids):
        aimed = sum(salvo.count * (1.0 - salvo.open_ground) for salvo in raid.salvos)
        assert demand.arrivals[demand.raid == r].sum() == pytest.approx(aimed * works)
    together = demand_of(asked.plan, asked.file, together=True)
    assert together.raids == ("all raids",)
    assert together.arrivals.sum() == pytest.approx(demand.arrivals.sum())


def test_nobody_loses_more_than_there_is() -> None:
    for name in (ROCKETS, DRONES, "taiwan-layered"):
        asked = ask(name, None)
        demand = demand_of(asked.plan, asked.file)
        for r in range(len(demand.raids)):
            for a, value in enumerate(asked.plan.assets.value):
                assert demand.worth[(demand.raid == r) & (demand.asset == a)].sum() <= value


def test_decoys_take_rounds_and_do_no_damage() -> None:
    asked = ask(DRONES, None)
    demand = demand_of(asked.plan, asked.file)
    assert demand.arrivals.sum() == pytest.approx(600.0)
    assert not demand.threats.decoy[demand.threat].any()
    salvos = [salvo for raid in asked.file.raids for salvo in raid.salvos]
    real = sum(salvo.count for salvo in salvos if salvo.type == "drone")
    assert real < 600


def test_what_comes_down_far_from_assets_is_left_out() -> None:
    asked = ask(STEPS, None)
    lost = [msgspec.structs.replace(asked.file.places[0], lat_deg=10.0)]
    with pytest.raises(ConfigError, match="no raid of this scenario comes at"):
        demand_of(asked.plan, msgspec.structs.replace(asked.file, places=lost))
    with pytest.raises(ConfigError, match="no raid to plan against"):
        demand_of(asked.plan, msgspec.structs.replace(asked.file, raids=[]))


# ---------------------------------------------------------------- sites


def test_a_grid_is_seeded_on_land_and_near() -> None:
    plan = find_inputs(STEPS).plan()
    first, again, other = (
        spots_of(plan, plan.file.fire_units, None, grid=30, within_km=20.0, seed=seed)
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    assert 20 <= len(first) <= 40
    lat, lon = (np.radians([getattr(s, k) for s in first]) for k in ("lat_deg", "lon_deg"))
    away = great_circle_distance(lat, lon, plan.assets.lat[0], plan.assets.lon[0])
    assert (away <= 20e3 + plan.assets.radius[0] + 1.0).all()
    west = spots_of(plan, plan.file.fire_units, None, grid=30, within_km=60.0)
    assert min(spot.lon_deg for spot in west) > 120.2  # the strait is no land


def test_sites_are_read_from_csv_and_toml(tmp_path: Path) -> None:
    table, tables = tmp_path / "a.csv", tmp_path / "a.toml"
    table.write_text("name,lat_deg,lon_deg,height_m\nhill,24.1,120.7,300\nfield, 24.2,120.6,\n")
    tables.write_text('[[sites]]\nname = "hill"\nlat_deg = 24.1\nlon_deg = 120.7\nheight_m = 300\n')
    hill = Spot(name="hill", lat_deg=24.1, lon_deg=120.7, height_m=300.0)
    assert read_spots(table)[0] == hill == read_spots(tables)[0]
    assert read_spots(table)[1].height_m is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name,lat_deg\na,1\n", "has no column 'lon_deg'"),
        ("name,lat_deg,lon_deg\na,x,1\n", "a.csv:2"),
        ("name,lat_deg,lon_deg\na,95,1\n", "not on the Earth"),
        ("name,lat_deg,lon_deg\n", "has no site"),
    ],
)
def test_faults_of_a_list_are_told(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text(text)
    with pytest.raises(ConfigError, match=complaint):
        read_spots(file)


# ---------------------------------------------------------------- who may move


def test_units_that_are_alike_are_one_group() -> None:
    sites = find_inputs(ROCKETS).plan().file.fire_units
    (group,) = groups_of(sites, ["all"], {}, FireUnitSite)
    assert group.number == 5
    named = groups_of(sites, ["battery 2"], {"gun": 2}, FireUnitSite)
    assert [(one.template.type, one.number) for one in named] == [("short-range", 1), ("gun", 2)]
    more = groups_of(sites, ["all"], {"short-range": 2}, FireUnitSite)
    assert [one.number for one in more] == [7]


def test_wrong_names_are_answered_with_the_nearest() -> None:
    sites = find_inputs(ROCKETS).plan().file.fire_units
    with pytest.raises(ConfigError, match="nearest valid name: 'battery 2'"):
        groups_of(sites, ["batery 2"], {}, FireUnitSite)
    with pytest.raises(ConfigError, match="nothing may move"):
        groups_of(sites, ["none"], {}, FireUnitSite)
    with pytest.raises(ConfigError, match="'gun' is not TYPE=N"):
        numbers_of("gun")
    with pytest.raises(ConfigError, match="nearest valid name: 'worst'"):
        risk_of(3, "wurst", 0.2)
    assert words_of(" a, b,,c ") == ["a", "b", "c"]


def test_a_unit_with_planned_moves_stays() -> None:
    move = {"at_s": 5.0, "lat_deg": 1.0, "lon_deg": 1.0}
    unit = msgspec.convert(
        {"name": "a", "type": "gun", "lat_deg": 0.0, "lon_deg": 0.0, "moves": [move]}, FireUnitSite
    )
    with pytest.raises(ConfigError, match="nothing may move"):
        groups_of([unit], ["all"], {}, FireUnitSite)


# ---------------------------------------------------------------- chances


def test_chances_are_tries_of_the_believed_sspk_by_the_share_of_rounds() -> None:
    asked = ask(ROCKETS, None)
    demand = demand_of(asked.plan, asked.file)
    few = [msgspec.structs.replace(u, rounds=10) for u in asked.plan.file.fire_units]
    book = with_units(asked.plan, few)
    reach, _ = in_reach(book, demand, None)
    found = chances(book, demand, reach)
    q = float(book.units.sspk_against(["rocket"], [int(demand.threats.family[0])])[0, 0])
    for u, cell in np.argwhere(reach):
        mine = reach[u] & (demand.raid == demand.raid[cell])
        load = demand.arrivals[mine].sum() * (2.0 - q)
        stops = (1.0 - (1.0 - q) ** 2) * min(1.0, 10.0 / load)
        assert found.stops[u, cell] == pytest.approx(stops)
    assert (found.stops[~reach] == 0.0).all()
    assert reach.any()


def test_a_battery_far_away_reaches_nothing() -> None:
    asked = ask(STEPS, None)
    demand = demand_of(asked.plan, asked.file)
    near = asked.plan.file.fire_units[0]
    far = msgspec.structs.replace(near, lat_deg=near.lat_deg + 10.0)
    reach, _ = in_reach(with_units(asked.plan, [near, far]), demand, None)
    assert reach.tolist() == [[True], [False]]


# ---------------------------------------------------------------- plan files


def test_changes_keep_comments_and_are_read_back() -> None:
    inputs = find_inputs(ROCKETS)
    text = with_values(inputs.plan_text, "fire_units", {1: {"lat_deg": 33.5, "rounds": 7}}, "p")
    unit = FireUnitSite(name='new "x"', type="gun", lat_deg=33.0, lon_deg=-39.7, rounds=12)
    plan = read_plan(checked(with_sites(text, [unit], "p"), "p"), "p")
    assert plan.file.fire_units[1].lat_deg == 33.5
    assert plan.file.fire_units[1].rounds == 7
    assert plan.file.fire_units[-1] == unit
    assert inputs.plan_text.splitlines()[0] in text


# ---------------------------------------------------------------- proposals


def test_a_laydown_is_better_bounded_and_written() -> None:
    found = plan_laydown(ROCKETS, time=5.0, grid=20)
    assert found.bound <= found.value
    assert found.value <= found.present
    plan, before = read_plan(found.plan_text, "p"), find_inputs(ROCKETS).plan()
    assert [u.name for u in plan.file.fire_units] == [u.name for u in before.file.fire_units]
    moved = {row["unit"]: row for row in found.rows if row["moved_km"]}
    for new, old in zip(plan.file.fire_units, before.file.fire_units, strict=True):
        same = (new.lat_deg, new.lon_deg) == (old.lat_deg, old.lon_deg)
        assert same == (new.name not in moved)
    again = plan_laydown(ROCKETS, time=5.0, grid=20)
    assert again.plan_text == found.plan_text
    total = sum(row["proposed"] for row in found.by_raid)
    assert total == pytest.approx(sum(row["proposed"] for row in found.by_asset))


def test_new_units_are_placed_and_help() -> None:
    alone = plan_laydown(STEPS, move="none", add="terminal-ballistic=1", time=2.0, grid=10)
    units = read_plan(alone.plan_text, "p").file.fire_units
    assert [unit.name for unit in units] == ["battery", "new terminal-ballistic 1"]
    assert alone.lost < plan_laydown(STEPS, time=2.0, grid=10).lost


def test_the_worst_raid_is_no_better_than_the_mean() -> None:
    mean = plan_laydown(DRONES, apart=True, time=1.0, grid=8)
    worst = plan_laydown(DRONES, judge="worst", time=1.0, grid=8)
    assert mean.lost <= worst.lost * (1.0 + 1e-3)
    assert max(row["proposed"] for row in worst.by_raid) == pytest.approx(worst.lost)
    assert worst.bound <= max(row["proposed"] for row in mean.by_raid) + 24e-4 * worst.at_stake


def test_near_units_are_a_side_objective() -> None:
    plain = plan_laydown(ROCKETS, time=3.0, grid=20)
    near = plan_laydown(ROCKETS, time=3.0, grid=20, near_price=1e4)
    assert near.figures["distance_km"] <= near.figures["distance_km_present"]
    assert near.lost >= plain.bound - 1e-9
    assert near.bound <= near.value


def test_a_split_keeps_the_rounds_of_each_type() -> None:
    found = plan_inventory(DRONES, apart=True, time=5.0)
    before, after = find_inputs(DRONES).plan().units, read_plan(found.plan_text, "p").units
    for name in set(before.types):
        mine = np.array([one == name for one in before.types])
        assert before.rounds[mine].sum() == after.rounds[mine].sum()
        assert (after.rounds[mine] >= np.floor(0.25 * before.rounds[mine])).all()
    assert found.bound <= found.value <= found.present
    assert all(row["price"] >= 0.0 for row in found.rows)
    more = plan_inventory(DRONES, apart=True, time=5.0, add="gun=20")
    assert more.lost <= found.lost + 1e-6
    with pytest.raises(ConfigError, match="do not fit"):
        plan_inventory(DRONES, add="gun=999")


def test_radars_are_placed_where_they_see_more_and_those_of_units_stay() -> None:
    asked = ask("radar-loss", None)
    found = plan_coverage("radar-loss", time=2.0, grid=4, altitudes=[100.0], move="gap-filler")
    assert found.bound <= found.value
    assert found.lost <= found.present
    after = read_plan(found.plan_text, "p").file
    able = may_move(asked.plan)
    for row, (new, old) in enumerate(zip(after.sensors, asked.plan.file.sensors, strict=True)):
        assert row in able or new == old
    assert after.fire_units == asked.plan.file.fire_units
    moved = {row["unit"] for row in found.rows if row["moved_km"]}
    assert moved <= {"Gap filler north", "Gap filler south"}


def test_the_ground_on_the_line_hides_as_the_horizon_around_does() -> None:
    asked = ask("radar-loss", None)
    points = points_of(asked, [100.0, 400.0], 12, 20e3)
    seen = [
        eyes.all_see(eyes.radars[:1], points.lat, points.lon, points.height, 0.1)[:, 0]
        for lines in (False, True)
        for eyes in [Eyes(asked.plan.sensors, asked.terrain, lines=lines)]
    ]
    assert 0.0 < seen[0].mean() < 1.0
    assert (seen[0] == seen[1]).mean() >= 0.9  # half a degree of bearing apart


def test_who_moves_goes_the_shortest_way() -> None:
    spots = [Spot(name=str(k), lat_deg=33.0 + k, lon_deg=-39.0, height_m=0.0) for k in range(3)]
    unit = FireUnitSite(name="a", type="gun", lat_deg=34.2, lon_deg=-39.0)
    assert nearest(unit, spots) == 1
    assert metres([unit], spots)[0, 1] == pytest.approx(22_200.0, rel=0.01)


# ---------------------------------------------------------------- check by simulation


def test_differences_are_paired_and_ranks_are_kendalls() -> None:
    protected = np.array([[50.0, 60.0, 70.0], [53.0, 62.0, 74.0], [40.0, 41.0, 42.0]])
    outcomes = dict.fromkeys(MEASURES, protected)
    trial = Trial(("a", "b", "c"), (1, 2, 3), outcomes, np.array([5.0, 4.0, 9.0]), 100.0)
    mean, half = trial.difference("value_protected")
    assert mean == pytest.approx(3.0)
    apart = stats.ttest_1samp([3.0, 2.0, 4.0], 0.0).confidence_interval(0.95)
    assert (mean - half, mean + half) == pytest.approx((apart.low, apart.high))
    assert trial.tau() == pytest.approx((1.0, 1.0 / 3.0))
    assert half_width(np.array([1.0])) == np.inf
    assert trial.as_dict()["kendall_tau"] == pytest.approx(1.0)
    two = Trial(("a", "b"), (1,), outcomes, np.array([1.0, 2.0]), 100.0)
    assert two.tau() is None


def test_the_present_plan_stays_where_none_protects_more() -> None:
    protected = np.array([[50.0, 60.0], [55.0, 55.0], [40.0, 41.0]])
    names = ("present", "proposed", "drawn 1")
    trial = Trial(names, (1, 2), dict.fromkeys(MEASURES, protected), np.zeros(3), 100.0)
    inputs = find_inputs(ROCKETS)
    found = choose(inputs, [(name, 0.0, inputs.plan_text) for name in names], trial)
    assert found.as_dict() == {"name": "present", "changes": [], "fresh": None}


def test_changes_of_a_plan_are_told_by_site_and_key() -> None:
    before = '[[fire_units]]\nname = "a"\nrounds = 3\n'
    after = '[[fire_units]]\nname = "a"\nrounds = 5\n[[sensors]]\nname = "r"\ntype = "x"\n'
    assert changes(before, after) == [
        {"site": "r", "key": "type", "before": None, "after": "x"},
        {"site": "a", "key": "rounds", "before": 3, "after": 5},
    ]


def test_ranks_need_a_check() -> None:
    with pytest.raises(ConfigError, match="ranked by simulation"):
        plan_laydown(ROCKETS, rank=3)
