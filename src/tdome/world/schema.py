"""The scenario file: what IS. Read by the world only; the plan holds what we believe.

Keys carry their unit. Launch points are notional points at sea or inland, given only so that
trajectories have the published ranges; nothing here is a position of a real system.
"""

import datetime
from typing import Annotated

import msgspec

from tdome.plan.catalogue import Overrides
from tdome.plan.schema import (
    Latitude,
    Longitude,
    Name,
    Probability,
    Radius,
    Seconds,
    Spread,
)


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A named point that salvos are aimed at. It need not be one of the plan's assets."""

    name: Name
    lat_deg: Latitude
    lon_deg: Longitude


class Salvo(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A number of one class, launched from one area in a stream.

    Objects take the targets in turn. ``scatter_km`` spreads aim points (one sigma) around the place
    beyond the class's CEP; ``open_ground`` is the share aimed at open ground: ``open_ground_km``
    away from the place in a random direction. ``waypoints`` ([lat, lon] pairs, degrees) lie between
    launch and target of all but ballistic classes.
    """

    type: Name
    count: Annotated[int, msgspec.Meta(ge=1, le=5000)]
    launch_lat_deg: Latitude
    launch_lon_deg: Longitude
    launch_spread_km: Spread = 5.0
    first_s: Seconds = 0.0
    interval_s: Seconds = 1.0
    targets: Annotated[list[Name], msgspec.Meta(min_length=1)]
    scatter_km: Spread = 0.0
    open_ground: Probability = 0.0
    open_ground_km: Radius = 8.0
    waypoints: list[tuple[Latitude, Longitude]] = []
    route_spread_km: Spread = 3.0


class Raid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A raid: salvos on a common clock, sharing one draw of the common-mode factor."""

    name: Name
    start_s: Seconds = 0.0
    salvos: Annotated[list[Salvo], msgspec.Meta(min_length=1)]


class Flights(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Civil or friendly flights, one every ``interval_s``; every second one flies backwards."""

    name: Name
    count: Annotated[int, msgspec.Meta(ge=1, le=2000)]
    route: Annotated[list[tuple[Latitude, Longitude]], msgspec.Meta(min_length=2)]
    altitude_m: Annotated[float, msgspec.Meta(gt=0.0, le=30_000.0)] = 10_000.0
    speed_m_s: Annotated[float, msgspec.Meta(ge=10.0, le=2_000.0)] = 230.0
    rcs_m2: Annotated[float, msgspec.Meta(ge=1e-6, le=1e5)] = 20.0
    first_s: Annotated[float, msgspec.Meta(ge=-86_400.0, le=86_400.0)] = 0.0
    interval_s: Seconds = 120.0
    route_spread_km: Spread = 2.0
    first_address: Annotated[int, msgspec.Meta(ge=1, le=0xFFFFFF)]
    friendly: bool = False
    reply_probability: Probability = 0.97


class Weather(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Weather as a factor on the reference range of every radar (rain, ducting)."""

    radar_range_factor: Annotated[float, msgspec.Meta(ge=0.01, le=100.0)] = 1.0


class Referee(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Common mode of a raid.

    ``correlation`` is the intra-raid correlation of hits (beta-binomial rho, 0 = none);
    ``raid_failure`` the probability that no shot at a raid works at all (Wilkening's common-mode
    detection). ``debris_rcs_share`` is the share of its radar cross-section that a killed body
    keeps (notional; 0 makes wrecks invisible, as the closed forms assume).
    """

    correlation: Annotated[float, msgspec.Meta(ge=0.0, le=0.95)] = 0.0
    raid_failure: Probability = 0.0
    debris_rcs_share: Probability = 0.1


class Links(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Data links between sites and command post: fixed delay, exponential part, loss of plots."""

    delay_s: Seconds = 0.1
    jitter_s: Seconds = 0.0
    loss: Probability = 0.0


class ScenarioFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole scenario. ``plan`` names the plan file beside it; ``truth`` overrides the catalogue.

    ``terrain`` names a GeoTIFF of heights (degrees, north up) beside it; without one the ground is
    the ellipsoid. It hides low flyers from radars, and cruise missiles and drones follow it.
    """

    name: Name
    description: str = ""
    start: datetime.datetime
    duration_s: Annotated[float, msgspec.Meta(gt=0.0, le=86_400.0)]
    plan: Name = "plan.toml"
    terrain: Name | None = None
    truth: Overrides = {}
    weather: Weather = Weather()
    referee: Referee = Referee()
    links: Links = Links()
    places: list[Place] = []
    raids: list[Raid] = []
    flights: list[Flights] = []
