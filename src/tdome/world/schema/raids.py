"""Raids: places, and salvos of one class on a common clock."""

from typing import Annotated, Literal

import msgspec

from tdome.plan.schema import Latitude, Longitude, Name, Probability, Radius, Seconds, Spread

JammingDb = Annotated[float, msgspec.Meta(ge=-60.0, le=100.0)]


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A named point that salvos are aimed at. It need not be one of the plan's assets."""

    name: Name
    lat_deg: Latitude
    lon_deg: Longitude


class Formation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Groups of ``size``, line abreast ``spacing_m`` apart until shortly before the target."""

    size: Annotated[int, msgspec.Meta(ge=2, le=100)]
    spacing_m: Annotated[float, msgspec.Meta(gt=0.0, le=20_000.0)]


class Salvo(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A number of one class, launched from one area in a stream.

    Objects take the targets in turn. ``scatter_km`` spreads aim points (one sigma) around the place
    beyond the class's CEP; ``open_ground`` is the share aimed at open ground: ``open_ground_km``
    away from the place in a random direction. ``waypoints`` ([lat, lon] pairs, degrees) lie between
    launch and target of all but ballistic classes. ``jammer_j_n_db`` gives each object a jammer of
    its own: jamming over noise, dB, in the main lobe of a radar 100 km away.

    ``altitude_m`` puts all at one height within the class's range; ``profile`` chooses where a
    class may come high or low (high unless said). They circle for ``loiter_s`` at the last
    waypoint. With a ``formation``, ``interval_s`` is between groups, and a group shares start,
    route, speed, height and place to hit. Aircraft turn at the target and leave over ``egress``, or
    the way they came, and end where they began.
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
    altitude_m: Annotated[float, msgspec.Meta(ge=1.0, le=100_000.0)] | None = None
    profile: Literal["high", "low"] | None = None
    loiter_s: Seconds = 0.0
    formation: Formation | None = None
    egress: list[tuple[Latitude, Longitude]] = []
    jammer_j_n_db: JammingDb | None = None


class Raid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A raid: salvos on a common clock, sharing one draw of the common-mode factor."""

    name: Name
    start_s: Seconds = 0.0
    salvos: Annotated[list[Salvo], msgspec.Meta(min_length=1)]
