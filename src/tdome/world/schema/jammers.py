"""Stand-off jammers, known by their effect alone: noise in a radar's main lobe."""

from typing import Annotated

import msgspec

from tdome.plan.schema import Latitude, Longitude, Name, Seconds, Spread
from tdome.world.schema.raids import JammingDb


class Jammer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A jammer at a place, or circling it, from ``start_s`` to ``end_s``.

    ``j_n_db`` is jamming over noise, dB, in the main lobe of a radar 100 km away. It stays out of
    reach: it is neither a target nor seen as one.
    """

    name: Name
    lat_deg: Latitude
    lon_deg: Longitude
    altitude_m: Annotated[float, msgspec.Meta(ge=0.0, le=40_000.0)] = 9_000.0
    j_n_db: JammingDb
    circle_km: Spread = 0.0
    speed_m_s: Annotated[float, msgspec.Meta(ge=0.0, le=2_000.0)] = 200.0
    start_s: Seconds = 0.0
    end_s: Seconds = 2_592_000.0
