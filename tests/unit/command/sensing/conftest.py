"""Pictures made on the spot for the sensing room: no tracker, no evaluator."""

from typing import Any

import numpy as np
import pytest

from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef
from tdome.messages.base import Header
from tdome.messages.codes import EngagementState, Identity
from tdome.messages.fire import Engagements
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks, believed_drag
from tdome.plan.plan import Plan, read_plan

NOW = 1_800_000_000 * 10**9

PLAN = """
name = "sensing room"
threats = ["srbm", "drone"]
[clock]
decide_s = {decide}
[beliefs.sensors.multifunction]
tasks_per_s = {rate}
[[sensors]]
name = "rotator"
type = "long-range-3d"
lat_deg = 24.0
lon_deg = 120.6
[[sensors]]
name = "north"
type = "multifunction"
lat_deg = 25.0
lon_deg = 121.5
[[sensors]]
name = "south"
type = "multifunction"
lat_deg = 24.0
lon_deg = 120.6
[[assets]]
name = "city"
lat_deg = 25.0
lon_deg = 121.5
radius_km = 5.0
value = 100.0
"""


def sky(now: int, objects: list[dict[str, Any]]) -> tuple[SystemTracks, Threats, Engagements]:
    """Tracks, threats and engagements of objects given as {lat, lon, height, priority, ...}."""
    n = len(objects)

    def column(name: str, plain: Any, dtype: Any) -> Any:
        return np.array([o.get(name, plain) for o in objects], dtype=dtype).reshape(n)

    lat, lon = np.radians(column("lat", 25.0, float)), np.radians(column("lon", 121.0, float))
    state = np.zeros((n, 6))
    state[:, :3] = geodetic_to_ecef(lat, lon, column("height", 10_000.0, float)).reshape(n, 3)
    for row in range(n):
        velocity = np.array(objects[row].get("velocity", (0.0, 0.0, 0.0)))
        state[row, 3:] = velocity @ enu_axes(lat[row], lon[row])
    zero64, zero32 = np.zeros(n), np.zeros(n, np.float32)
    ints, codes = np.zeros(n, np.int32), np.zeros(n, np.int8)
    header = Header("test", 0, now, now)
    number = column("number", 0, np.int32)
    tracks = SystemTracks(
        header=header,
        track_number=number,
        state=state,
        covariance=np.zeros((n, 21), np.float32),
        ballistic=column("ballistic", 0, np.int8),
        status=column("status", 0, np.int8),
        first_at=np.full(n, now),
        updated_at=np.full(n, now),
        hits=np.full(n, 9, np.int32),
        missed=ints,
        missed_weight=zero32,
        quality=column("quality", 5, np.int8),
        nis=zero32,
        rcs_dbsm=column("rcs", 0.0, np.float32),
        doppler_spread_m_s=column("spread", np.nan, np.float32),
        **believed_drag(n, 1.0 / 5_000.0),
        address=np.full(n, -1, np.int32),
        friend=codes,
    )
    threats = Threats(
        header=header,
        track_number=number,
        identity=column("identity", Identity.HOSTILE, np.int8),
        threat_class=ints,
        class_probability=np.zeros((n, 3), np.float32),
        family=codes,
        inv_beta=np.where(tracks.ballistic, 1.0 / 5_000.0, 0.0),
        impact_lat=zero64,
        impact_lon=zero64,
        impact_at=np.zeros(n, np.int64),
        impact_covariance=np.zeros((n, 3), np.float32),
        asset=ints,
        hit_probability=zero32,
        value_at_risk=zero64,
        likely_asset=np.full((n, 3), -1, np.int32),
        likely_hit=np.zeros((n, 3), np.float32),
        likely_loss=np.zeros((n, 3)),
        decoy_probability=zero32,
        group=number,
        priority=column("priority", 1.0, float),
        harmless=column("harmless", 0, np.int8),
        because=codes,
        civil_probability=zero32,
        rival=np.full(n, -1, np.int32),
        evidence=np.zeros((n, 7), np.float32),
    )
    fights = [o for o in objects if "state" in o]
    m = len(fights)
    longs = np.zeros(m, np.int64)
    engagements = Engagements(
        header=header,
        engagement=np.arange(m, dtype=np.int32),
        track_number=np.array([o["number"] for o in fights], dtype=np.int32),
        unit=np.zeros(m, np.int32),
        rounds=np.ones(m, np.int32),
        state=np.array([o.get("state", EngagementState.CLOSED) for o in fights], dtype=np.int8),
        state_at=longs,
        launch_at=longs,
        intercept_at=longs,
        intercept_ecef=np.zeros((m, 3)),
        pk=np.zeros(m, np.float32),
        marginal_return=np.zeros(m),
        answer_by=longs,
        verdict=np.zeros(m, np.int8),
        reason=np.zeros(m, np.int8),
    )
    return tracks, threats, engagements


@pytest.fixture(scope="session")
def plan_of() -> Any:
    def of(rate: float = 2.0, decide: float = 1.0) -> Plan:
        return read_plan(PLAN.format(rate=rate, decide=decide), "sensing-room.toml")

    return of


@pytest.fixture(scope="session")
def make() -> Any:
    return sky
