"""Measures of a replicate: every name is in the table, and the numbers are what the table says."""

import math
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tdome.plan.plan import read_plan
from tdome.score.airspace import Airspace
from tdome.score.exposure import Exposure
from tdome.score.outcome import Outcome
from tdome.score.raid.decided import COUNTS
from tdome.score.raid.rounds import chances
from tdome.score.warned import WarningScore
from tdome.studies.measures.delay import Arrivals, losses, mean_delay
from tdome.studies.measures.measured import measured
from tdome.studies.measures.names import MEASURES, measure_of

S = 10**9
PAGE = Path(__file__).parents[3] / "docs" / "concepts" / "studies" / "measures.md"
PLAN = """
name = "two assets"
threats = ["rocket", "srbm"]
[[sensors]]
name = "radar"
type = "multifunction"
lat_deg = 25.0
lon_deg = 121.0
[[fire_units]]
name = "one"
type = "short-range"
lat_deg = 25.0
lon_deg = 121.0
[[assets]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.0
radius_km = 3
value = 10
[[assets]]
name = "A.B City"
lat_deg = 25.5
lon_deg = 121.0
radius_km = 3
value = 30
"""


@pytest.fixture(scope="module")
def plan():
    return read_plan(PLAN, "plan.toml")


def outcome_of(plan, *, leaked_at=(40,), due=((10, 0), (40, 0), (90, 1)), dry=None):
    """Three rockets were due (times s, assets); those of ``leaked_at`` came through."""
    at = [when for when, _ in due]
    came = [when in leaked_at for when in at]
    harm = 0.5
    asset = np.array([row for _, row in due], np.int32)
    arrivals = Arrivals(np.array(at, float)[came], asset[came], np.full(sum(came), harm))
    lost = losses(plan.assets, arrivals, 100.0).share * plan.assets.value
    n, leaked = len(due), sum(came)
    fates = {"killed": n - leaked, "leaked": leaked}
    counts = dict.fromkeys(("harmless", "ignored", "failed", "flying"), 0) | fates
    counts |= {"launched": n, "engaged": n}
    warnings = dict.fromkeys(WarningScore.__struct_fields__, 0)
    lead = {"median_lead_s": None, "shortest_lead_s": None, "median_notice_s": 50.0}
    under = dict.fromkeys(("exposed", "sheltered", "unsheltered"), 2.0)
    return Outcome(
        by_class=pa.Table.from_pylist([{"class": "rocket", **counts}]),
        by_layer=pa.Table.from_pylist(
            [
                {"layer": "short", "units": 1, "rounds_fired": 3, "rounds_left": 17}
                | {"rounds_reloaded": 0, "rounds_lost": 0, "cost_usd": 150.0}
                | {"kills": n - leaked, "dry_s": dry}
            ]
        ),
        by_asset=pa.table(
            {
                "asset": list(plan.assets.names),
                "leakers": np.bincount(asset[came], minlength=2),
                "value_lost": lost,
            }
        ),
        sites=pa.Table.from_pylist(
            [{"site": "radar", "kind": "sensor", "hits": 2, "down_s": 9.0, "for_good": True}]
        ),
        threats=pa.table(
            {
                "fate": ["leaked" if through else "killed" for through in came],
                "ended_at": np.array(at) * S,
                "asset": np.where(came, asset, -1),
                "damage_fraction": np.full(n, harm),
                "cost": np.full(n, 100.0),
            }
        ),
        rounds=pa.table(
            {
                "layer": ["short"] * n,
                "class": ["rocket"] * n,
                "chance": np.full(n, 0.5),
                "hit": [not through for through in came],
            }
        ),
        undefended=pa.table(
            {"at": np.array(at) * S, "asset": asset, "damage_fraction": np.full(n, harm)}
        ),
        start=0,
        decisions={name: k for k, name in enumerate(COUNTS)},
        warnings=WarningScore(**(warnings | lead)),
        exposure=[
            Exposure(cause=cause, events=1, unknown=0, **under) for cause in ("impact", "debris")
        ],
        airspace=Airspace(),
        origin=None,  # of no measure
        siap={"completeness": 0.9},
        totals={**counts, "rounds_fired": 3, "rounds_on_debris": 1, "cost_usd": 150.0},
    )


def test_every_measure_is_in_the_table_and_all_of_the_table_is_measured(plan):
    row = measured(outcome_of(plan), plan)
    assert {measure_of(name).name for name in row} == {measure.name for measure in MEASURES}
    assert all(isinstance(value, float) for value in row.values())
    with pytest.raises(KeyError):
        measure_of("leaked_by_magic")


def test_the_names_do_not_depend_on_the_replicate(plan):
    quiet = measured(outcome_of(plan, leaked_at=()), plan)
    assert list(quiet) == list(measured(outcome_of(plan, leaked_at=(10, 40, 90), dry=7.0), plan))


def test_the_page_shows_the_table():
    shown = re.findall(r"^\| `([^`]+)` \| ([^|]*) \| ([^|]*) \|$", PAGE.read_text("utf-8"), re.M)
    assert shown == [(m.name, m.unit, m.meaning) for m in MEASURES]


def test_value_money_and_time_of_one_leaker(plan):
    row = measured(outcome_of(plan), plan)
    # By damage.py a rocket of 0.5 takes half of the Port (one aim point, no hardening).
    assert row["value.lost"] == row["value.lost.asset.Port"] == pytest.approx(5.0)
    assert row["value.undefended"] == pytest.approx(10 * 0.75 + 30 * 0.5)
    assert row["value.saved"] + row["value.lost"] == pytest.approx(row["value.undefended"])
    assert row["value.protected.asset.A.B City"] == pytest.approx(30.0)
    assert row["exchange.attack"] == pytest.approx(0.5)
    assert row["exchange.killed"] == pytest.approx(0.75)
    assert row["time.first_leak"] == 40.0
    assert row["time.bought.first"] == 30.0
    # Port by 90 s: 0.5 gone since 10 s, 0.25 since 40 s; with us 0.5 since 40 s.
    assert row["time.bought.asset.Port"] == pytest.approx((40 + 12.5 - 25) / 0.75)
    assert row["control.hits"] == pytest.approx(2 - 1.5)
    assert math.isnan(row["warning.lead.median"])
    assert row["no_leaker"] == 0.0


def test_what_never_was_is_nan(plan):
    row = measured(outcome_of(plan, leaked_at=(), due=((10, -1),)), plan)
    names = ("time.bought", "time.first_leak", "time.bought.first", "value.saved_share")
    assert all(math.isnan(row[name]) for name in (*names, "exchange.per_value", "dry.after"))
    assert row["no_leaker"] == 1.0
    alone = measured(outcome_of(plan, leaked_at=(), due=((10, 0),)), plan)
    assert math.isnan(alone["time.bought"])  # a raid of one missile has no length
    assert alone["value.saved"] == pytest.approx(5.0)
    dry = measured(outcome_of(plan, dry=60.0), plan)
    assert (dry["dry.any"], dry["dry.after.layer.short"]) == (1.0, 60.0)


def test_a_defence_that_stops_nothing_buys_no_time(plan):
    arrivals = Arrivals(np.array([5.0, 50.0]), np.array([0, 0]), np.array([0.5, 0.5]))
    lost = losses(plan.assets, arrivals, 50.0)
    assert mean_delay(lost, lost, plan.assets.value) == 0.0
    nothing = Arrivals(*(column[:0] for column in arrivals))
    spared = losses(plan.assets, nothing, 50.0)
    assert mean_delay(lost, spared, plan.assets.value) == pytest.approx(0.5 * 45 / 0.75)


def test_hits_less_their_chances_have_mean_zero_also_where_soft_kill_tries_again():
    generator = np.random.default_rng(1)
    raids, tries = 4000, (0.3, 0.2, 0.5)
    luck = generator.random(raids)
    sums = np.zeros(raids)
    for raid in range(raids):
        fails = next((k for k, p in enumerate(tries) if luck[raid] < p), None)
        told = tries if fails is None else tries[: fails + 1]
        chance = chances(np.array(told), np.zeros(len(told), int), np.ones(len(told), bool))
        sums[raid] = (fails is not None) - chance.sum()
    assert abs(sums.mean()) < 3.0 * sums.std() / math.sqrt(raids)
    assert sums.std() > 0.3


def test_rounds_that_fly_keep_the_referees_probability():
    sspk = np.array([0.7, 0.7, 0.7])
    assert (chances(sspk, np.zeros(3, int), np.zeros(3, bool)) == sspk).all()
