"""Rounds by layer add up: fired + left + lost = at the start + reloaded."""

import numpy as np

from tdome.messages.base import Header
from tdome.messages.codes import EngagementState
from tdome.messages.fire import EngagementReports, UnitStatus
from tdome.plan.plan import read_plan
from tdome.score.evidence import Evidence
from tdome.score.outcome import _by_layer
from tdome.world.ledger import SCHEMAS, Ledger, table

S = 10**9
UNIT = '[[fire_units]]\nname = "{}"\ntype = "short-range"\nlat_deg = 25.0\nlon_deg = 121.0\n'
PLAN = f"""
name = "two units"
threats = ["rocket"]
[[sensors]]
name = "radar"
type = "multifunction"
lat_deg = 25.0
lon_deg = 121.0
[[assets]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.0
radius_km = 3
value = 10
{UNIT.format("one")}rounds = 8
{UNIT.format("two")}rounds = 6
"""


def told(unit, at, left):
    return UnitStatus(
        header=Header("u", at, at * S, at * S),
        unit=np.array([unit], np.int32),
        operating=np.ones(1, np.int8),
        rounds_left=np.array([left], np.int32),
        channels=np.ones(1, np.int32),
        site=np.zeros(1, np.int32),
    )


def shot(unit, at, rounds, left):
    return EngagementReports(
        header=Header("u", at, at * S, at * S),
        engagement=np.array([at], np.int32),
        unit=np.array([unit], np.int32),
        state=np.full(1, EngagementState.LAUNCHED, np.int8),
        rounds=np.array([rounds], np.int32),
        rounds_left=np.array([left], np.int32),
        reason=np.zeros(1, np.int8),
    )


def layer(statuses, shots, until=None):
    evidence = Evidence.__new__(Evidence)
    evidence._messages = {"UnitStatus": statuses, "EngagementReports": shots}
    losses = [] if until is None else [{"site": "two", "kind": KIND, "at": 50 * S, "until": until}]
    plain = {"string": "", "bool": False}
    rows = [
        {f.name: plain.get(str(f.type), 0) for f in SCHEMAS["losses"]} | loss for loss in losses
    ]
    empty = {name: table(name, {f: [] for f in SCHEMAS[name].names}) for name in SCHEMAS}
    names = SCHEMAS["losses"].names
    empty["losses"] = table("losses", {name: [row[name] for row in rows] for name in names})
    return _by_layer(evidence, Ledger(start=0, **empty), read_plan(PLAN, "plan.toml")).to_pylist()[
        0
    ]


KIND = "fire unit"
START = [told(0, 0, 8), told(1, 0, 6)]


def test_without_reload_what_was_not_fired_is_left():
    row = layer(START, [shot(0, 10, 3, 5)])
    assert (row["rounds_fired"], row["rounds_left"]) == (3, 11)
    assert (row["rounds_reloaded"], row["rounds_lost"]) == (0, 0)


def test_a_reload_counts_and_is_not_taken_off_what_is_left():
    row = layer([*START, told(0, 60, 8)], [shot(0, 10, 8, 0), shot(0, 70, 2, 6)])
    assert (row["rounds_fired"], row["rounds_left"]) == (10, 12)
    assert row["rounds_reloaded"] == 8
    assert row["rounds_fired"] + row["rounds_left"] == 14 + row["rounds_reloaded"]


def test_the_rounds_of_a_unit_that_is_lost_for_good_are_lost():
    shots = [shot(1, 10, 2, 4)]
    row = layer(START, shots, until=-1)
    assert (row["rounds_fired"], row["rounds_left"], row["rounds_lost"]) == (2, 8, 4)
    repaired = layer(START, shots, until=90 * S)
    assert (repaired["rounds_left"], repaired["rounds_lost"]) == (12, 0)
