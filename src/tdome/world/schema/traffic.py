"""Traffic that is not hostile."""

from typing import Annotated

import msgspec

from tdome.plan.schema import Latitude, Longitude, Name, Probability, Seconds, Spread


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
