"""Fire units in SI columns."""

from collections.abc import Sequence

import msgspec
import numpy as np

from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.messages.base import Floats, Ints
from tdome.plan.books.columns import column, look_up, places
from tdome.plan.catalogue import Catalogue
from tdome.plan.schema import FireUnitSite

MAX_ROUND = 10_000


class UnitBook(msgspec.Struct, frozen=True, eq=False):
    """Fire units, one row each. ``sspk`` has one column per Family."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    layers: tuple[str, ...]
    lat: Floats
    lon: Floats
    ecef: Floats
    min_range: Floats
    max_range: Floats
    min_altitude: Floats
    max_altitude: Floats
    speed: Floats
    boost: Floats
    reaction: Floats
    spacing: Floats
    channels: Ints
    rounds: Ints
    cost: Floats
    basket: Floats
    sspk: Floats


def unit_book(sites: Sequence[FireUnitSite], catalogue: Catalogue, file: str) -> UnitBook:
    """Return the fire units of ``sites`` with their classes' performance in ``catalogue``."""
    known = dict(catalogue.effectors)
    classes = [
        look_up(known, site.type, f"fire_units[{i}].type", file) for i, site in enumerate(sites)
    ]
    lat, lon = places(sites)
    height = np.array([site.height_m for site in sites], dtype=np.float64)
    rounds = column(classes, "rounds").astype(np.int32)
    for i, site in enumerate(sites):
        if site.rounds is not None:
            rounds[i] = min(site.rounds, MAX_ROUND)
    families = ("sspk_ballistic", "sspk_cruise", "sspk_drone", "sspk_aircraft", "sspk_glide")
    return UnitBook(
        names=tuple(site.name for site in sites),
        types=tuple(site.type for site in sites),
        layers=tuple(entry.layer for entry in classes),
        lat=lat,
        lon=lon,
        ecef=geodetic_to_ecef(lat, lon, height),
        min_range=column(classes, "min_range_km", 1e3),
        max_range=column(classes, "max_range_km", 1e3),
        min_altitude=column(classes, "min_altitude_km", 1e3),
        max_altitude=column(classes, "max_altitude_km", 1e3),
        speed=column(classes, "speed_m_s"),
        boost=column(classes, "boost_s"),
        reaction=column(classes, "reaction_s"),
        spacing=column(classes, "salvo_spacing_s"),
        channels=column(classes, "channels").astype(np.int32),
        rounds=rounds,
        cost=column(classes, "round_cost_usd"),
        basket=column(classes, "basket_m"),
        sspk=np.stack([column(classes, key) for key in families], axis=1),
    )
