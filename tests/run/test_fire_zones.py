"""A keep-out zone over a town in whole runs: intercepts are above it, or there are none."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.messages.codes import OrderKind, Reason
from tdome.messages.fire import EngagementOrders, Refusals
from tdome.run.api import simulate
from tdome.run.library import find_inputs
from tdome.score.evidence import Evidence


def heights_of_orders(compose: Any, folder: Path, **more: Any) -> tuple[np.ndarray, int]:
    """Eight missiles at a town, two batteries: heights of intercepts ordered; refusals by zone."""
    first = find_inputs("first-steps")
    scenario, plan = tomllib.loads(first.scenario_text), tomllib.loads(first.plan_text)
    salvo = scenario["raids"][0]["salvos"][0]
    salvo |= {"count": 8, "launch_spread_km": 20.0, "interval_s": 0.5}
    battery = plan["fire_units"][0]
    plan["fire_units"].append(battery | {"name": "second", "type": "long-range"})
    evidence = Evidence(simulate(compose(scenario, plan | more), folder, seed=1).folder)
    refused = int((evidence.column(Refusals, "reason") == Reason.FIRE_ZONE).sum())
    orders = [o.intercept_ecef[o.kind == OrderKind.ENGAGE] for o in evidence.all(EngagementOrders)]
    return ecef_to_geodetic(np.concatenate(orders))[2], refused


@pytest.mark.parametrize("assigner", ["greedy-v1", "price-v1"])
def test_intercepts_are_above_a_zone_over_the_town(
    assigner: str, compose: Any, tmp_path: Path
) -> None:
    town = tomllib.loads(find_inputs("first-steps").plan_text)["assets"][0]
    disc = {"lat_deg": town["lat_deg"], "lon_deg": town["lon_deg"], "radius_km": 80.0}
    stages = {"assignment": assigner}
    free, none = heights_of_orders(compose, tmp_path / "free", stages=stages)
    ceiling = float(np.sort(free)[2]) + 1.0  # three intercepts would be in the zone
    zone = {"name": "debris over town", **disc, "ceiling_m": ceiling}
    fenced, refused = heights_of_orders(
        compose, tmp_path / "fenced", fire_zones=[zone], stages=stages
    )
    assert len(fenced) > 3
    assert fenced.min() > ceiling
    assert refused > 0
    assert none == 0
