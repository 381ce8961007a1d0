"""What flies and is not hostile: civil and friendly flights, birds."""

from typing import Annotated

import msgspec

from tdome.plan.schema import Latitude, Longitude, Name, Probability, Radius, Seconds, Spread

BirdSpeed = Annotated[float, msgspec.Meta(ge=2.0, le=40.0)]
BirdHeight = Annotated[float, msgspec.Meta(ge=5.0, le=5_000.0)]
BirdSpread = Annotated[float, msgspec.Meta(ge=0.1, le=50.0)]
BirdRcs = Annotated[float, msgspec.Meta(ge=1e-6, le=10.0)]


class Flights(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Civil or friendly flights, one every ``interval_s``; every second one flies backwards.

    On an airway of several ``levels``, ``level_separation_m`` apart from ``altitude_m`` on, those
    of one direction take the 1st, 3rd, ... level, those of the other the 2nd, 4th, ... in turn.
    ``without_transponder``: share that never answers. ``doppler_spread_m_s``: what fans or
    propellers make of an echo's width; the default is a turbofan's order of magnitude, notional.
    """

    name: Name
    count: Annotated[int, msgspec.Meta(ge=1, le=2000)]
    route: Annotated[list[tuple[Latitude, Longitude]], msgspec.Meta(min_length=2)]
    altitude_m: Annotated[float, msgspec.Meta(gt=0.0, le=30_000.0)] = 10_000.0
    speed_m_s: Annotated[float, msgspec.Meta(ge=10.0, le=2_000.0)] = 230.0
    rcs_m2: Annotated[float, msgspec.Meta(ge=1e-6, le=1e5)] = 20.0
    doppler_spread_m_s: Annotated[float, msgspec.Meta(ge=0.0, le=1_000.0)] = 100.0
    first_s: Annotated[float, msgspec.Meta(ge=-86_400.0, le=86_400.0)] = 0.0
    interval_s: Seconds = 120.0
    route_spread_km: Spread = 2.0
    first_address: Annotated[int, msgspec.Meta(ge=1, le=0xFFFFFF)]
    friendly: bool = False
    reply_probability: Probability = 0.97
    without_transponder: Probability = 0.0
    levels: Annotated[int, msgspec.Meta(ge=1, le=40)] = 1
    level_separation_m: Annotated[float, msgspec.Meta(gt=0.0, le=5_000.0)] = 300.0


class Birds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Flocks of birds over an area, for the whole run: neutral objects that make plots.

    Each flock draws its air speed, height over the ground, radar cross-section and the spread of
    its echo (wing beats) from between the two numbers of the key. A flock is one object.
    """

    name: Name
    count: Annotated[int, msgspec.Meta(ge=1, le=2000)]
    lat_deg: Latitude
    lon_deg: Longitude
    radius_km: Radius = 20.0
    speed_m_s: tuple[BirdSpeed, BirdSpeed] = (8.0, 20.0)
    altitude_m: tuple[BirdHeight, BirdHeight] = (30.0, 1_000.0)
    rcs_m2: tuple[BirdRcs, BirdRcs] = (0.01, 0.1)
    doppler_spread_m_s: tuple[BirdSpread, BirdSpread] = (1.0, 6.0)
