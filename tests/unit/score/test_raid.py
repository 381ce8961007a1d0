"""The raid without a defence, layers that run dry, and decisions counted."""

import numpy as np
import pytest

from tdome.messages.base import Header
from tdome.messages.codes import Answer, EngagementState, OrderKind
from tdome.messages.fire import EngagementReports, UnitStatus
from tdome.plan.plan import read_plan
from tdome.score.evidence import Evidence
from tdome.score.raid.decided import COUNTS, decision_counts
from tdome.score.raid.rounds import dry_after, rounds_of
from tdome.score.raid.undefended import undefended
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


@pytest.fixture(scope="module")
def plan():
    return read_plan(PLAN, "plan.toml")


def ledger_of(start=0, **rows):
    """Make a ledger of rows by table; what a row does not say is 0, empty or False."""
    plain = {"string": "", "bool": False}
    tables = {}
    for name, schema in SCHEMAS.items():
        full = [
            {f.name: plain.get(str(f.type), 0) for f in schema} | row for row in rows.get(name, [])
        ]
        tables[name] = table(name, {f: [row[f] for row in full] for f in schema.names})
    return Ledger(start=start, **tables)


def test_what_was_shot_down_joins_what_came_down(plan):
    lat, lon = np.radians([25.0, 121.0])
    here, due = {"end_lat": lat, "end_lon": lon}, {"due_lat": lat, "due_lon": lon, "due_at": 90 * S}
    kinds = {"kind": "threat", "family": "ballistic", "threat_class": "rocket"}
    objects = [
        kinds | {"object_id": 1, "state": "impacted", "ended_at": 50 * S} | here,
        kinds | {"object_id": 2, "state": "killed", "ended_at": 40 * S} | due,
        kinds | {"object_id": 3, "state": "flying", "ended_at": 99 * S} | here,
        kinds | {"object_id": 4, "state": "killed", "family": "aircraft"} | due,
        kinds | {"object_id": 5, "state": "impacted", "kind": "debris"} | here,
        kinds | {"object_id": 6, "state": "killed"} | due | {"due_lat": 0.0},
    ]
    found = undefended(ledger_of(objects=objects), plan)
    assert found["object_id"].to_pylist() == [1, 2, 6]
    assert found["at"].to_pylist() == [50 * S, 90 * S, 90 * S]
    assert found["asset"].to_pylist() == [0, 0, -1]


def test_rounds_are_those_that_met_what_was_launched(plan):
    objects = [
        {"object_id": 1, "kind": "threat", "threat_class": "rocket"},
        {"object_id": 2, "kind": "debris"},
    ]
    shots = [{"unit": "two", "object_id": k, "sspk": 0.6, "hit": True} for k in (1, 2, -1)]
    found = rounds_of(ledger_of(objects=objects, shots=shots), plan).to_pylist()
    assert len(found) == 1
    assert found[0] | {"unit": "two", "class": "rocket", "chance": 0.6, "hit": True} == found[0]


def told(kind, at, unit, left):
    whole = {"header": Header("u", at, at * S, at * S), "unit": np.array([unit], np.int32)}
    whole["rounds_left"] = np.array([left], np.int32)
    if kind is UnitStatus:
        more = {"channels": np.int32, "site": np.int32, "operating": np.int8}
    else:
        more = {"engagement": np.int32, "state": np.int8, "rounds": np.int32, "reason": np.int8}
    return kind(**whole, **{name: np.zeros(1, of) for name, of in more.items()})


def evidence_of(*messages):
    evidence = Evidence.__new__(Evidence)
    evidence._messages = {}
    for message in messages:
        evidence._messages.setdefault(type(message).__name__, []).append(message)
    return evidence


def test_a_layer_is_dry_when_no_unit_of_it_holds_a_round(plan):
    start = [told(UnitStatus, 10, 0, 8), told(UnitStatus, 10, 1, 6)]
    first = told(EngagementReports, 20, 0, 0)
    second = told(EngagementReports, 60, 1, 0)
    reloaded = told(UnitStatus, 40, 0, 8)
    layer = plan.units.layers[0]

    def dry(*messages, **rows):
        return dry_after(evidence_of(*start, *messages), ledger_of(10 * S, **rows), plan)[layer]

    assert dry() is None
    assert dry(first) is None
    assert dry(first, second) == 50.0
    assert dry(first, reloaded, second) is None
    gone = [{"site": "two", "kind": "fire unit", "at": 30 * S, "until": -1}]
    assert dry(first, losses=gone) == 20.0
    repaired = [gone[0] | {"until": 70 * S}]
    assert dry(first, losses=repaired) is None


def test_decisions_are_counted_by_engagement():
    columns = {
        "Recommendations": {"engagement": [1, 2, 3, 3]},
        "OperatorDecisions": {
            "engagement": [1, 1, 2],
            "answer": [Answer.APPROVE, Answer.APPROVE, Answer.DENY],
        },
        "EngagementOrders": {
            "engagement": [1, 1],
            "kind": [OrderKind.ENGAGE, OrderKind.CEASE_ENGAGEMENT],
        },
        "EngagementReports": {"engagement": [1], "state": [EngagementState.LAUNCHED]},
    }

    class Said:
        def column(self, kind, name):
            return np.array(columns[kind.__name__][name])

    counts = decision_counts(Said())
    assert tuple(counts) == COUNTS
    assert list(counts.values()) == [3, 1, 1, 1, 1, 1, 0]
