"""A side of our own making: radars, targets on known paths, plots with known errors."""

from types import SimpleNamespace

import numpy as np
import pytest

from tdome.command.tracking.check import plots_of, seen_from
from tdome.earth.ballistics import fly
from tdome.earth.wgs84 import enu_to_ecef
from tdome.messages.base import Header
from tdome.messages.sensing import Plots
from tdome.messages.tracks import unpack_covariance
from tdome.plan.books.assets import asset_book
from tdome.plan.books.sensors import sensor_book
from tdome.plan.books.threats import threat_book
from tdome.plan.books.units import unit_book
from tdome.plan.catalogue import Catalogue
from tdome.plan.classes.quantity import Quantity
from tdome.plan.classes.sensors import SensorClass
from tdome.plan.plan import Plan
from tdome.plan.schema import Asset, PlanFile, SensorSite

NS = 1_000_000_000
T0 = 1_700_000_000 * NS

RADAR = {
    "reference_range_km": 300.0,
    "max_range_km": 400.0,
    "min_elevation_deg": -1.0,
    "max_elevation_deg": 85.0,
    "period_s": 4.0,
    "sigma_range_m": 30.0,
    "sigma_azimuth_deg": 0.1,
    "sigma_elevation_deg": 0.1,
    "false_alarm_probability": 1e-6,
    "false_plots_per_scan": 10.0,
    "latency_s": 0.5,
    "antenna_height_m": 30.0,
    "tasks_per_s": 1.0,
}


def plan_of(radars: int = 1, **changes: float) -> Plan:
    """A plan with radars 30 km apart on a line to the east."""
    numbers = {**RADAR, **changes}
    entry = SensorClass(
        title="radar",
        **{k: Quantity(v, v, v, "test", "notional") for k, v in numbers.items()},
    )
    catalogue = Catalogue(threats={}, sensors={"radar": entry}, effectors={})
    sites = [
        SensorSite(name=f"radar-{i}", type="radar", lat_deg=24.0, lon_deg=121.0 + 0.3 * i)
        for i in range(radars)
    ]
    asset = Asset(name="town", lat_deg=24.0, lon_deg=121.0, radius_km=1.0, value=1.0)
    return Plan(
        name="test",
        file=PlanFile(name="test", threats=["none"], sensors=sites, assets=[asset]),
        sensors=sensor_book(sites, catalogue, "test"),
        units=unit_book([], catalogue, "test"),
        assets=asset_book([asset]),
        threats=threat_book([], catalogue, "test"),
        weapon_control=(),
        source="test",
    )


def at(seconds: float) -> int:
    return T0 + round(seconds * NS)


def place(plan: Plan, enu, sensor: int = 0):
    """ECEF of east, north, up from a radar."""
    book = plan.sensors
    return enu_to_ecef(np.atleast_2d(np.asarray(enu, float)), book.ecef[sensor], book.axes[sensor])


def turn(plan: Plan, velocity, sensor: int = 0):
    """ECEF of an ENU velocity."""
    return enu_to_ecef(
        np.atleast_2d(np.asarray(velocity, float)), np.zeros(3), plan.sensors.axes[sensor]
    )


def scan(plan, ecef, t, rng=None, sensor=0, seq=0, **columns) -> Plots:
    """A scan of targets at ECEF positions; errors if rng is given; columns replace some."""
    polar = seen_from(plan.sensors, sensor, np.asarray(ecef, float).reshape(-1, 3))
    if rng is not None:
        polar = polar + rng.normal(size=polar.shape) * plan.sensors.sigma[sensor]
    plots = plots_of(plan.sensors, sensor, seq, at(t), polar)
    volume = columns.pop("volume", True)
    fields = {name: getattr(plots, name) for name in plots.__struct_fields__}
    fields |= {k: np.asarray(v, getattr(plots, k).dtype) for k, v in columns.items()}
    return Plots(**{**fields, "volume": volume, "header": Header(plots.sensor, seq, at(t), at(t))})


def arc(plan, enu, velocity, inv_beta=1 / 4000.0, dt=1.0):
    """A ballistic flight from a place: rows (t, x, y, z, vx, vy, vz)."""
    start = np.concatenate([place(plan, enu)[0], turn(plan, velocity)[0]])
    out = np.empty((2000, 7))
    return out[: fly(start, inv_beta, dt, out)]


def run(tracker, messages, state=None, every=1.0, until=None):
    """Step through messages in time; return the state and all (tracks, associations)."""
    state = tracker.start() if state is None else state
    last = max((m.header.valid_at for m in messages), default=T0) if until is None else at(until)
    answers = []
    now, left = T0, sorted(messages, key=lambda m: m.header.valid_at)
    while now < last:
        now = min(now + round(every * NS), last)
        due = [m for m in left if m.header.valid_at <= now]
        left = left[len(due) :]
        state, tracks, used = tracker.update(state, due, now)
        answers.append((tracks, used))
    return state, answers


@pytest.fixture
def side() -> SimpleNamespace:
    """The builders above, by name."""
    return SimpleNamespace(
        NS=NS, T0=T0, plan=plan_of, at=at, place=place, turn=turn, scan=scan, arc=arc, run=run,
        covariance=unpack_covariance,
    )  # fmt: skip


@pytest.fixture
def rng():
    return np.random.default_rng(11)
