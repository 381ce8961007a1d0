"""False alerts: of what was shot down, and of what never came."""

import msgspec
import numpy as np
from tests.plan_texts import RADAR_AND_CITY

from tdome.messages.base import Header
from tdome.messages.codes import WarningKind, WarningStage, WarningStatus
from tdome.messages.warnings import CivilWarnings
from tdome.plan.plan import read_plan
from tdome.score.warned import score_warnings
from tdome.world.ledger import SCHEMAS, Ledger, table

S = 10**9
PLAN = """
name = "two zones"
threats = ["srbm"]
[zones]
circles = [
  { code = "N", name = "north", lat_deg = 25.0, lon_deg = 121.5, radius_km = 10.0 },
  { code = "S", name = "south", lat_deg = 22.6, lon_deg = 120.3, radius_km = 10.0 },
]
"""
PLAN += RADAR_AND_CITY
NORTH, SOUTH = 0, 1
# One came down in the north, one was shot down on its way to the south, one fell into the sea.


def _ledger(aim_lat=22.6, shed_lat=None):
    columns = {f.name: [] for f in SCHEMAS["objects"]}
    rows = [(11, "threat", "impacted", 25.0), (12, "threat", "killed", 24.0)]
    rows += [(13, "threat", "impacted", 10.0)]
    rows += [] if shed_lat is None else [(14, "debris", "impacted", shed_lat)]
    for item, kind, state, lat in rows:
        row = {"object_id": item, "state": state, "ended_at": 50 * S, "kind": kind}
        row |= {"end_lat": np.radians(lat), "end_lon": np.radians(lon_of(lat))}
        row |= {"aim_lat": np.radians(aim_lat), "aim_lon": np.radians(120.3)}
        for field in SCHEMAS["objects"]:
            text = str(field.type) == "string"
            columns[field.name].append(row.get(field.name, "" if text else 0))
    others = {
        name: table(name, {f.name: [] for f in SCHEMAS[name]})
        for name in SCHEMAS
        if name != "objects"
    }
    return Ledger(start=0, objects=table("objects", columns), **others)


def lon_of(lat):
    return 120.3 if lat == 22.6 else 121.5


def _alerts(*zones, kind=WarningKind.ALERT, at=S, stage=WarningStage.TAKE_SHELTER):
    """Alerts for zones, at 1 s."""
    n = len(zones)
    return CivilWarnings(
        header=Header("warning", 1, at, at),
        warning=np.arange(1, n + 1, dtype=np.int32),
        zone=np.array(zones, np.int32),
        kind=np.full(n, kind, np.int8),
        status=np.full(n, WarningStatus.EXERCISE, np.int8),
        threat_class=np.zeros(n, np.int32),
        onset_at=np.full(n, 2 * S),
        expires_at=np.full(n, 9 * S),
        certainty=np.full(n, 0.5, np.float32),
        track_number=np.zeros(n, np.int32),
        stage=np.full(n, stage, np.int8),
    )


def _score(*messages, ledger=None):
    plan = read_plan(PLAN, "two-zones.toml")
    return score_warnings(list(messages), ledger or _ledger(), plan)


def _false(told):
    return told.false_alerts, told.averted, told.debris_came, told.nothing_came


def test_an_alert_before_an_impact_is_right():
    told = _score(_alerts(NORTH))
    assert (told.false_alerts, told.impacts_warned, told.warned_early) == (0, 1, 1)
    assert told.median_lead_s == told.shortest_lead_s == 49.0


def test_false_alerts_are_told_by_what_was_going_to_come():
    assert _false(_score(_alerts(SOUTH))) == (1, 1, 0, 0)
    # What was shot down was on its way to the open sea.
    assert _false(_score(_alerts(SOUTH), ledger=_ledger(aim_lat=20.0))) == (1, 0, 0, 1)
    shed = _ledger(aim_lat=20.0, shed_lat=22.6)
    assert _false(_score(_alerts(SOUTH), ledger=shed)) == (1, 0, 1, 0)
    told = _score(_alerts(NORTH, SOUTH))
    assert (told.alerts, told.false_alerts, told.impacts_in_zones) == (2, 1, 1)


def test_an_alert_lifted_before_the_kill_averted_nothing():
    lifted = _alerts(SOUTH, kind=WarningKind.ALL_CLEAR, at=40 * S)
    told = _score(_alerts(SOUTH), lifted)
    assert _false(told) == (1, 0, 0, 1)
    assert told.idle_zone_minutes == told.zone_minutes == 39.0 / 60.0


def test_lead_time_does_not_begin_before_the_launch():
    """The alert of 1 s stood before the object of 50 s was launched at 30 s: 20 s, not 49."""
    ledger = _ledger()
    late = [30 * S] * len(ledger.objects)
    index = ledger.objects.schema.get_field_index("launched_at")
    objects = ledger.objects.set_column(index, "launched_at", [late])
    told = _score(_alerts(NORTH), ledger=msgspec.structs.replace(ledger, objects=objects))
    assert told.median_lead_s == 20.0
    assert told.warned_early == 0
    assert _score(_alerts(NORTH)).median_lead_s == 49.0
