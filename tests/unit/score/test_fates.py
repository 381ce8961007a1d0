"""Failed launches have their own fate, debris has none, and rounds spent on it are told."""

from datetime import UTC, datetime

import numpy as np
import pytest

from tdome.messages.codes import EngagementState
from tdome.messages.fire import EngagementOrders, EngagementReports
from tdome.run.api import simulate
from tdome.score.outcome import FATES, _rounds_on_debris
from tdome.world.ledger import SCHEMAS, Ledger, table

CITY = {"lat_deg": 25.0, "lon_deg": 121.5}


def tables(launch_failure):
    salvo = {
        "type": "mrbm",
        "count": 4,
        "launch_lat_deg": 33.0,
        "launch_lon_deg": 113.0,
        "targets": ["city"],
    }
    failing = {"launch_failure": launch_failure, "guidance_failure": 0.0}
    scenario = {
        "name": "fates",
        "start": datetime(2030, 1, 1, tzinfo=UTC),
        "duration_s": 1500.0,
        "truth": {"threats": {"mrbm": failing}},
        "places": [{"name": "city", **CITY}],
        "raids": [{"name": "raid", "salvos": [salvo]}],
    }
    plan = {
        "name": "fates",
        "threats": ["mrbm"],
        "sensors": [{"name": "radar", "type": "multifunction", **CITY}],
        "assets": [{"name": "city", **CITY, "radius_km": 30.0, "value": 100.0}],
    }
    return scenario, plan


@pytest.mark.parametrize(("launch_failure", "fate"), [(1.0, "failed"), (0.0, "leaked")])
def test_every_launch_has_one_fate_and_debris_none(compose, tmp_path, launch_failure, fate):
    totals = simulate(compose(*tables(launch_failure)), tmp_path / "run", seed=1).outcome.totals
    assert totals["launched"] == 4
    assert totals[fate] == 4
    assert sum(totals[key] for key in FATES) == 4
    assert totals["rounds_on_debris"] == 0


class _Evidence:
    """Two engagements: number 1 of track 7, number 2 of track 8; two rounds and one."""

    def column(self, kind, name):
        said = {
            (EngagementOrders, "track_number"): [7, 8],
            (EngagementOrders, "engagement"): [1, 2],
            (EngagementReports, "engagement"): [1, 1, 2],
            (EngagementReports, "rounds"): [2, 2, 1],
            (EngagementReports, "state"): [
                EngagementState.LAUNCHED,
                EngagementState.TERMINAL,
                EngagementState.LAUNCHED,
            ],
        }
        return np.array(said[kind, name])


@pytest.mark.parametrize(
    ("truth", "rounds"), [({7: 1, 8: 2}, 2), ({7: 2, 8: 1}, 1), ({7: 2, 8: -1}, 0), ({}, 0)]
)
def test_rounds_at_tracks_of_debris_are_counted_once(truth, rounds):
    columns = {f.name: ["" if str(f.type) == "string" else 0] * 2 for f in SCHEMAS["objects"]}
    columns |= {"object_id": [1, 2], "kind": ["debris", "threat"]}
    others = {
        name: table(name, {f.name: [] for f in SCHEMAS[name]})
        for name in SCHEMAS
        if name != "objects"
    }
    ledger = Ledger(start=0, objects=table("objects", columns), **others)
    assert _rounds_on_debris(_Evidence(), ledger, truth) == rounds
