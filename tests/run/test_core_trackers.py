"""Small raids among civil flights with each tracker in the chain, end to end."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tdome.run.api import Run, simulate
from tdome.run.library import Inputs, find_inputs
from tdome.run.replay import replay

IDS = ("imm-v1", "core-imm-v1", "jpda-v1", "lmb-v1", "gnn-ekf-v1")
PORT = {"lat_deg": 25.0, "lon_deg": 121.5}
SCENARIO = {
    "name": "small raid",
    "start": datetime(2030, 1, 1, 4, tzinfo=UTC),
    "duration_s": 240.0,
    "places": [{"name": "Port", **PORT}],
    "links": {"delay_s": 0.2, "jitter_s": 0.3, "loss": 0.02},
    "raids": [
        {
            "name": "drones",
            "salvos": [
                {
                    "type": "drone", "count": 6, "launch_lat_deg": 25.12, "launch_lon_deg": 121.5,
                    "targets": ["Port"], "interval_s": 4.0,
                }
            ],
        }
    ],
    "flights": [
        {
            "name": "airway", "count": 4, "route": [[24.7, 121.2], [25.3, 121.8]],
            "interval_s": 60.0, "first_s": -120.0, "first_address": 100, "reply_probability": 0.9,
        }
    ],
}  # fmt: skip


def side(tracker: str, control: str = "tight") -> dict[str, Any]:
    sites = {"battery": "multifunction", "gap": "gap-filler", "flat": "surveillance-2d"}
    return {
        "name": "small side",
        "threats": ["drone"],
        "stages": {"tracking": tracker},
        "doctrine": {"weapon_control": control},
        "sensors": [{"name": name, "type": kind, **PORT} for name, kind in sites.items()]
        + [{"name": "station", "type": "cooperative", **PORT}],
        "assets": [{"name": "Port", **PORT, "radius_km": 3.0, "value": 10.0}],
        "fire_units": [{"name": "short", "type": "short-range", **PORT}],
    }


@pytest.fixture(scope="module", params=IDS)
def fought(request: Any, compose: Any, tmp_path_factory: Any) -> tuple[Inputs, Run]:
    inputs = compose(SCENARIO, side(request.param))
    return inputs, simulate(inputs, tmp_path_factory.mktemp("core") / "run", seed=3)


def test_a_raid_is_fought_and_no_flight_endangered(fought: tuple[Inputs, Run]) -> None:
    _, run = fought
    assert run.outcome.totals["killed"] >= 4
    assert run.outcome.siap["completeness"] > 0.9
    assert run.outcome.airspace.flights == 4
    assert run.outcome.airspace.engaged == 0


@pytest.mark.slow
@pytest.mark.parametrize("tracker", IDS)
def test_on_hold_nothing_is_fired(tracker: str, compose: Any, tmp_path: Path) -> None:
    run = simulate(compose(SCENARIO, side(tracker, "hold")), tmp_path / "run", seed=3)
    assert run.outcome.totals["rounds_fired"] == 0
    assert run.outcome.siap["completeness"] > 0.9


@pytest.mark.slow
def test_bits_do_not_depend_on_labels_wires_or_the_day(
    fought: tuple[Inputs, Run], tmp_path: Path
) -> None:
    inputs, run = fought
    other = simulate(inputs, tmp_path / "both", seed=3, wire=True, relabel=9)
    assert other.journal_hash == run.journal_hash
    assert replay(run.folder).equal


@pytest.mark.slow
def test_the_peak_of_civil_traffic_is_safe_with_the_other_tracker(tmp_path: Path) -> None:
    """The core has this test as the default; its ids share the code of names and replies."""
    inputs = find_inputs("civil-traffic-peak")
    text = f'{inputs.plan_text}\n[stages]\ntracking = "imm-v1"\n'
    run = simulate(msgspec.structs.replace(inputs, plan_text=text), tmp_path / "run", seed=1)
    assert run.outcome.airspace.flights == 404
    assert run.outcome.airspace.engaged == 0
    assert not run.outcome.airspace.endangered
