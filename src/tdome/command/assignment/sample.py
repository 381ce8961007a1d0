"""A small notional setting for checks, tests and benchmarks: a plan, a raid, nothing fired yet.

Fire units of the bundled catalogue in a spiral around one notional asset, and a raid that comes
in from all sides. Deterministic: bearings go by the golden angle, values by row.
"""

import math

import msgspec
import numpy as np

from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef
from tdome.messages.base import Codes, Floats, Header
from tdome.messages.codes import EngagementState, Family, Identity, Reason
from tdome.messages.fire import Engagements, FirePlan, Magazines
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks, believed_drag
from tdome.plan.plan import Plan, read_plan

EPOCH = 1_900_000_000_000_000_000  # ns
LAT, LON = 24.0, 120.5  # degrees, the asset
_GOLDEN_ANGLE = math.pi * (3.0 - math.sqrt(5.0))
_TYPES = ("terminal-ballistic", "long-range", "medium-range", "short-range", "gun", "upper-tier")
# class, speed m/s, climb m/s, altitude m, distance m, value at risk.
_KINDS = (
    ("srbm", 1500.0, -900.0, 60e3, 90e3, 9.0),
    ("cruise", 240.0, 0.0, 400.0, 45e3, 4.0),
    ("drone", 50.0, 0.0, 900.0, 21e3, 1.0),
    ("fighter", 230.0, 0.0, 9e3, 70e3, 3.0),
)


def sample_plan(
    units: int = 6, *, doctrine: str = 'weapon_control = "tight"', types: tuple[str, ...] = _TYPES
) -> Plan:
    """Return a notional plan: ``doctrine`` is the TOML of its table; ``types`` go in turn."""
    text = f"""
    name = "sample"
    threats = {[kind[0] for kind in _KINDS]}
    [doctrine]
    {doctrine}
    [[sensors]]
    name = "radar"
    type = "multifunction"
    lat_deg = {LAT}
    lon_deg = {LON}
    [[assets]]
    name = "town"
    lat_deg = {LAT}
    lon_deg = {LON}
    radius_km = 3.0
    value = 10.0
    """
    for i in range(units):
        out = 0.12 * i / max(units, 1)
        text += f"""
    [[fire_units]]
    name = "unit-{i}"
    type = "{types[i % len(types)]}"
    lat_deg = {LAT + out * math.cos(_GOLDEN_ANGLE * i)}
    lon_deg = {LON + out * math.sin(_GOLDEN_ANGLE * i)}
    """
    return read_plan(text.replace("\n    ", "\n"), "sample")


def sample_raid(
    count: int, now: int = EPOCH, *, identity: Identity = Identity.HOSTILE, shift: float = 0.0
) -> tuple[SystemTracks, Threats]:
    """Return ``count`` tracks towards the asset, the four kinds in turn, and their threats.

    ``shift`` turns the bearings, rad, and spreads ranges, so that raids can be made to differ.
    """
    rows = np.arange(count)
    kind = [_KINDS[i % len(_KINDS)] for i in rows]
    numbers: Floats = np.array([k[1:] for k in kind], np.float64).reshape(-1, 5)
    speed, climb, height, far, value = numbers.T
    bearing = (_GOLDEN_ANGLE * rows + shift).astype(np.float64)
    out: Floats = far * (0.7 + 0.4 * np.modf(0.618 * rows + shift)[0])
    family = (rows % len(_KINDS)).astype(np.int8)  # the kinds stand in the order of Family
    state = _inbound(bearing, out, height, speed, climb)
    probability = np.zeros((count, len(_KINDS) + 1), np.float32)
    probability[rows, family] = 0.9
    probability[:, -1] = 0.1
    to_impact = np.where(climb < 0.0, height / np.maximum(-climb, 1.0) * 0.8, out / speed)
    header = Header("sample", 0, now, now)
    number = (rows + 1).astype(np.int32)
    tracks = _tracks(header, state, family)
    threats = Threats(
        header=header,
        track_number=number,
        identity=_codes(count, identity),
        threat_class=family.astype(np.int32),
        class_probability=probability,
        family=family,
        inv_beta=np.where(family == Family.BALLISTIC, 1.0 / 4000.0, 0.0),
        impact_lat=np.full(count, math.radians(LAT)),
        impact_lon=np.full(count, math.radians(LON)),
        impact_at=now + np.rint(to_impact * 1e9).astype(np.int64),
        impact_covariance=np.ones((count, 3), np.float32),
        asset=np.zeros(count, np.int32),
        hit_probability=np.full(count, 0.8, np.float32),
        value_at_risk=value * (1.0 + 0.01 * np.modf(0.618 * rows)[0]),
        likely_asset=np.zeros((count, 3), np.int32) - np.array([0, 1, 1], np.int32),
        likely_hit=np.zeros((count, 3), np.float32) + np.array([0.8, 0.0, 0.0], np.float32),
        likely_loss=value[:, None] * np.array([1.0, 0.0, 0.0]),
        decoy_probability=np.zeros(count, np.float32),
        group=number,
        priority=value.copy(),
        harmless=_codes(count),
        because=_codes(count),
        civil_probability=np.zeros(count, np.float32),
        rival=np.full(count, -1, np.int32),
        evidence=np.zeros((count, 8), np.float32),
    )
    return tracks, threats


def _tracks(header: Header, state: Floats, family: Codes) -> SystemTracks:
    count, now = len(state), header.valid_at
    return SystemTracks(
        header=header,
        track_number=np.arange(1, count + 1, dtype=np.int32),
        state=state,
        covariance=np.zeros((count, 21), np.float32),
        ballistic=(family == Family.BALLISTIC).astype(np.int8),
        status=_codes(count),
        first_at=np.full(count, now - 60 * 10**9),
        updated_at=np.full(count, now),
        hits=np.full(count, 10, np.int32),
        missed=np.zeros(count, np.int32),
        missed_weight=np.zeros(count, np.float32),
        quality=_codes(count, 10),
        nis=np.full(count, 3.0, np.float32),
        rcs_dbsm=np.zeros(count, np.float32),
        doppler_spread_m_s=np.full(count, np.nan, np.float32),
        **believed_drag(count, 1.0 / 5_000.0),
        address=np.full(count, -1, np.int32),
        friend=_codes(count),
    )


def full_magazines(plan: Plan, now: int = EPOCH) -> Magazines:
    """Return the magazines of units that have not fired."""
    units = len(plan.units.names)
    return Magazines(
        header=Header("sample", 0, now, now),
        rounds_left=plan.units.rounds.copy(),
        channels_busy=np.zeros(units, np.int32),
        channels=plan.units.channels.copy(),
        next_launch_at=np.zeros(units, np.int64),
        site=np.zeros(units, np.int32),
    )


def no_engagements(now: int = EPOCH) -> Engagements:
    """Return an empty table of engagements."""
    whole, instants = np.zeros(0, np.int32), np.zeros(0, np.int64)
    return Engagements(
        header=Header("sample", 0, now, now),
        engagement=whole,
        track_number=whole,
        unit=whole,
        rounds=whole,
        state=_codes(0),
        state_at=instants,
        launch_at=instants,
        intercept_at=instants,
        intercept_ecef=np.zeros((0, 3)),
        pk=np.zeros(0, np.float32),
        marginal_return=np.zeros(0),
        answer_by=instants,
        verdict=_codes(0),
        reason=_codes(0),
    )


def engagements_of(
    fire_plan: FirePlan, state: EngagementState = EngagementState.RECOMMENDED
) -> Engagements:
    """Return a table in which every chosen option of a plan is an engagement in ``state``."""
    rows = np.flatnonzero(fire_plan.reason == Reason.CHOSEN)
    now = fire_plan.header.valid_at
    same = ("track_number", "unit", "rounds", "launch_at", "intercept_at", "intercept_ecef")
    columns = {name: getattr(fire_plan, name)[rows] for name in (*same, "pk", "marginal_return")}
    return msgspec.structs.replace(
        no_engagements(now),
        engagement=np.arange(1, len(rows) + 1, dtype=np.int32),
        state=_codes(len(rows), state),
        state_at=np.full(len(rows), now),
        answer_by=np.full(len(rows), now),
        verdict=_codes(len(rows)),
        reason=_codes(len(rows)),
        **columns,
    )


def _codes(count: int, code: int = 0) -> Codes:
    return np.full(count, code, np.int8)


def _inbound(bearing: Floats, out: Floats, height: Floats, speed: Floats, climb: Floats) -> Floats:
    """States at a bearing and ground range from the asset, flying towards it; shape (n, 6)."""
    lat = math.radians(LAT) + out * np.cos(bearing) / 6.37e6
    lon = math.radians(LON) + out * np.sin(bearing) / 6.37e6 / math.cos(math.radians(LAT))
    state = np.zeros((len(bearing), 6))
    state[:, :3] = geodetic_to_ecef(lat, lon, height)
    for i, (phi, lam) in enumerate(zip(lat, lon, strict=True)):
        east, north, up = enu_axes(phi, lam)
        inwards = -math.sin(bearing[i]) * east - math.cos(bearing[i]) * north
        state[i, 3:] = speed[i] * inwards + climb[i] * up
    return state
