"""Tracks made on the spot for the threat room: no tracker, no world."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.plan_texts import RADAR_AND_CITY

from tdome.earth.ballistics import fly
from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef
from tdome.messages.base import Floats, Header
from tdome.messages.tracks import SystemTracks, pack_covariance
from tdome.plan.plan import Plan, read_plan

NOW = 1_800_000_000 * 10**9

PLAN = """
name = "threat room"
threats = ["rocket", "srbm", "mrbm", "cruise", "supersonic-cruise", "drone", "jet-drone",
           "decoy-drone", "fighter"]
[traffic]
civil_addresses = [[1000, 1999]]
"""
PLAN += (
    RADAR_AND_CITY
    + """
[[assets]]
name = "port"
lat_deg = 22.6
lon_deg = 120.3
radius_km = 3.0
value = 20.0
"""
)


def place(lat: float, lon: float, height: float, velocity: tuple[float, float, float]) -> Floats:
    """State, shape (6,), ECEF, from degrees, m and an ENU velocity in m/s."""
    axes = enu_axes(np.radians(lat), np.radians(lon))
    position = geodetic_to_ecef(np.radians(lat), np.radians(lon), height).reshape(3)
    return np.concatenate([position, np.array(velocity) @ axes])


def picture(states: Any, now: int = NOW, **columns: Any) -> SystemTracks:
    """System tracks with plain values in every column that is not given."""
    state = np.atleast_2d(np.asarray(states, dtype=np.float64))
    n = len(state)
    covariance = np.zeros((n, 6, 6))
    covariance[:, range(6), range(6)] = [50.0**2] * 3 + [5.0**2] * 3
    plain: dict[str, Any] = {
        "track_number": (np.arange(n) + 1, np.int32),
        "covariance": (pack_covariance(covariance), np.float32),
        "ballistic": (0, np.int8),
        "status": (0, np.int8),
        "first_at": (now - 30 * 10**9, np.int64),
        "updated_at": (now, np.int64),
        "hits": (20, np.int32),
        "missed": (0, np.int32),
        "missed_weight": (0, np.float32),
        "quality": (8, np.int8),
        "nis": (3, np.float32),
        "rcs_dbsm": (np.nan, np.float32),
        "doppler_spread_m_s": (np.nan, np.float32),
        "ln_inv_beta": (np.log(1.0 / 5_000.0), np.float32),
        "ln_inv_beta_sigma": (0, np.float32),
        "drag_covariance": (np.zeros((n, 6)), np.float32),
        "thrust": (0, np.float32),
        "powered": (0, np.float32),
        "address": (-1, np.int32),
        "friend": (0, np.int8),
    }
    made = {
        name: np.broadcast_to(
            np.asarray(columns.get(name, value), dtype=dtype),
            (n, *np.shape(value)[1:]),
        ).copy()
        for name, (value, dtype) in plain.items()
    }
    return SystemTracks(header=Header("test", 0, now, now), state=state, **made)


def flight(plan: Plan, name: str, speed: float | None = None) -> Floats:
    """Rows (t, state) of a flight of a plan's ballistic class from burn-out, 1 s apart."""
    book = plan.threats
    c = book.names.index(name)
    v, angle = speed or book.speed[c], book.flight_path_angle[c]
    start = place(
        24.5, 118.0, book.burnout_altitude[c], (v * np.cos(angle), 0.0, v * np.sin(angle))
    )
    table = np.empty((2000, 7))
    return table[: fly(start, 1.0 / book.beta[c], 1.0, table)]


@pytest.fixture(scope="session")
def plan() -> Plan:
    return read_plan(PLAN, "threat-room.toml")


@pytest.fixture(scope="session")
def make() -> Callable[..., SystemTracks]:
    return picture


@pytest.fixture(scope="session")
def at() -> Callable[..., Floats]:
    return place


@pytest.fixture(scope="session")
def fly_class(plan: Plan) -> Callable[..., Floats]:
    return lambda name, speed=None: flight(plan, name, speed)
