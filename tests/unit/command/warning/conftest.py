"""Threats made on the spot for the warning room: no tracker, no evaluator."""

from typing import Any

import numpy as np
import pytest
from tests.plan_texts import RADAR_AND_CITY

from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.messages.base import Header
from tdome.messages.codes import Identity
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks, believed_drag
from tdome.plan.plan import Plan, read_plan

NOW = 1_800_000_000 * 10**9

PLAN = """
name = "warning room"
threats = ["srbm", "drone"]
[zones]
circles = [
  { code = "N", name = "north", lat_deg = 25.0, lon_deg = 121.5, radius_km = 10.0 },
  { code = "M", name = "middle", lat_deg = 24.0, lon_deg = 121.0, radius_km = 10.0 },
  { code = "S", name = "south", lat_deg = 22.6, lon_deg = 120.3, radius_km = 10.0 },
]
"""
PLAN += RADAR_AND_CITY


def sky(now: int, objects: list[dict[str, Any]]) -> tuple[SystemTracks, Threats]:
    """Tracks and threats of objects given as {lat, lon, at (s from now), sigma (m), ...}."""
    n = len(objects)

    def column(name: str, plain: Any, dtype: Any) -> Any:
        return np.array([o.get(name, plain) for o in objects], dtype=dtype).reshape(n)

    lat, lon = np.radians(column("lat", 0.0, float)), np.radians(column("lon", 0.0, float))
    state = np.zeros((n, 6))
    state[:, :3] = geodetic_to_ecef(lat, lon, 30_000.0).reshape(n, 3)
    state[:, 3] = column("speed", 1000.0, float)
    sigma = column("sigma", 1000.0, float)
    seconds = column("at", 100.0, float)
    zero32, zero = np.zeros(n, np.float32), np.zeros(n, np.int8)
    number = column("number", 0, np.int32) if n else np.zeros(0, np.int32)
    header = Header("test", 0, now, now)
    tracks = SystemTracks(
        header=header,
        track_number=number,
        state=state,
        covariance=np.zeros((n, 21), np.float32),
        ballistic=column("ballistic", 1, np.int8),
        status=column("status", 0, np.int8),
        first_at=np.full(n, now),
        updated_at=np.full(n, now),
        hits=np.full(n, 9, np.int32),
        missed=np.zeros(n, np.int32),
        missed_weight=zero32,
        quality=zero,
        nis=zero32,
        rcs_dbsm=zero32,
        doppler_spread_m_s=zero32,
        **believed_drag(n, 1.0 / 5_000.0),
        address=np.full(n, -1, np.int32),
        friend=zero,
    )
    threats = Threats(
        header=header,
        track_number=number,
        identity=column("identity", Identity.HOSTILE, np.int8),
        threat_class=np.zeros(n, np.int32),
        class_probability=np.zeros((n, 3), np.float32),
        family=zero,
        inv_beta=np.where(tracks.ballistic, 1.0 / 5_000.0, 0.0),
        impact_lat=lat,
        impact_lon=lon,
        impact_at=now + np.rint(seconds * 1e9).astype(np.int64),
        impact_covariance=(sigma[:, None] ** 2 * np.array([1.0, 0.0, 1.0])).astype(np.float32),
        asset=np.full(n, -1, np.int32),
        hit_probability=column("hit", 0.0, np.float32),
        value_at_risk=np.zeros(n),
        likely_asset=np.full((n, 3), -1, np.int32),
        likely_hit=np.zeros((n, 3), np.float32),
        likely_loss=np.zeros((n, 3)),
        decoy_probability=zero32,
        group=number,
        priority=np.zeros(n),
        harmless=np.ones(n, np.int8),
        because=zero,
        civil_probability=zero32,
        rival=np.full(n, -1, np.int32),
        evidence=np.zeros((n, 7), np.float32),
    )
    return tracks, threats


@pytest.fixture(scope="session")
def plan() -> Plan:
    return read_plan(PLAN, "warning-room.toml")


@pytest.fixture(scope="session")
def make() -> Any:
    return sky
