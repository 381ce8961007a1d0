"""False alerts: of what was shot down, and of what never came."""

import msgspec
import numpy as np
from tests.plan_texts import RADAR_AND_CITY

from tdome.messages.base import Header
from tdome.messages.codes import WarningKind, WarningStatus
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
# Track 1 is an object that came down in the north, 2 one that was killed, 3 one that came down at
# sea, 4 was made of false plots.
TRUTH = {1: 11, 2: 12, 3: 13, 4: -1}


def _ledger():
    columns = {f.name: [] for f in SCHEMAS["objects"]}
    for item, state, lat in ((11, "impacted", 25.0), (12, "killed", 24.0), (13, "impacted", 10.0)):
        row = {"object_id": item, "state": state, "ended_at": 50 * S}
        row |= {"end_lat": np.radians(lat), "end_lon": np.radians(121.5)}
        row |= {"kind": "threat"}
        for field in SCHEMAS["objects"]:
            text = str(field.type) == "string"
            columns[field.name].append(row.get(field.name, "" if text else 0))
    others = {
        name: table(name, {f.name: [] for f in SCHEMAS[name]})
        for name in SCHEMAS
        if name != "objects"
    }
    return Ledger(start=0, objects=table("objects", columns), **others)


def _alerts(*named):
    """Alerts of (zone, track), at 1 s."""
    zone, track = np.array(named, np.int32).T
    n = len(zone)
    return CivilWarnings(
        header=Header("warning", 1, S, S),
        warning=np.arange(1, n + 1, dtype=np.int32),
        zone=zone.copy(),
        kind=np.full(n, WarningKind.ALERT, np.int8),
        status=np.full(n, WarningStatus.EXERCISE, np.int8),
        threat_class=np.zeros(n, np.int32),
        onset_at=np.full(n, 2 * S),
        expires_at=np.full(n, 9 * S),
        certainty=np.full(n, 0.5, np.float32),
        track_number=track.copy(),
    )


def _score(*named):
    return score_warnings([_alerts(*named)], _ledger(), read_plan(PLAN, "two-zones.toml"), TRUTH)


def test_an_alert_before_an_impact_is_right_whatever_track_it_named():
    for track in TRUTH:
        told = _score((NORTH, track))
        assert (told.false_alerts, told.impacts_warned) == (0, 1)
        assert told.median_lead_s == told.shortest_lead_s == 49.0


def test_false_alerts_are_of_what_was_shot_down_or_of_what_did_not_come():
    told = _score((SOUTH, 2))
    assert (told.false_alerts, told.threat_killed, told.nothing_came) == (1, 1, 0)
    for track in (3, 4, 99):
        told = _score((SOUTH, track))
        assert (told.false_alerts, told.threat_killed, told.nothing_came) == (1, 0, 1)
    told = _score((NORTH, 1), (SOUTH, 3))
    assert (told.alerts, told.false_alerts, told.impacts_in_zones) == (2, 1, 1)


def test_lead_time_does_not_begin_before_the_launch():
    """The alert of 1 s stood before the object of 50 s was launched at 30 s: 20 s, not 49."""
    ledger = _ledger()
    late = [30 * S] * len(ledger.objects)
    index = ledger.objects.schema.get_field_index("launched_at")
    objects = ledger.objects.set_column(index, "launched_at", [late])
    told = score_warnings(
        [_alerts((NORTH, 1))],
        msgspec.structs.replace(ledger, objects=objects),
        read_plan(PLAN, "two-zones.toml"),
        TRUTH,
    )
    assert told.median_lead_s == 20.0
    assert _score((NORTH, 1)).median_lead_s == 49.0
