"""Generic effector classes: their keys, the unit in each name, and the physical bounds of each."""

import msgspec

from tdome.plan.classes.quantity import COST, SHARE, Bounds, Quantity

BOUNDS: Bounds = {
    "min_range_km": (0.0, 9_000.0),
    "max_range_km": (0.001, 9_000.0),
    "min_altitude_km": (-0.5, 2_000.0),
    "max_altitude_km": (0.001, 2_000.0),
    "speed_m_s": (1.0, 20_000.0),
    "boost_s": (0.0, 600.0),
    "reaction_s": (0.0, 3600.0),
    "salvo_spacing_s": (0.0, 3600.0),
    "channels": (0.0, 10_000.0),
    "rounds": (0.0, 10_000.0),
    "round_cost_usd": COST,
    "basket_m": (0.1, 100_000.0),
    "sspk_ballistic": SHARE,
    "sspk_cruise": SHARE,
    "sspk_drone": SHARE,
    "sspk_aircraft": SHARE,
    "sspk_glide": SHARE,
}

PAIRS: tuple[tuple[str, str], ...] = (
    ("min_range_km", "max_range_km"),
    ("min_altitude_km", "max_altitude_km"),
)
"""Pairs of keys of which the first must be smaller."""


class EffectorClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A generic effector class: envelope, timing, magazine.

    Cost and SSPK by threat family (0 = not suited).
    """

    title: str
    layer: str
    min_range_km: Quantity
    max_range_km: Quantity
    min_altitude_km: Quantity
    max_altitude_km: Quantity
    speed_m_s: Quantity
    boost_s: Quantity
    reaction_s: Quantity
    salvo_spacing_s: Quantity
    channels: Quantity
    rounds: Quantity
    round_cost_usd: Quantity
    basket_m: Quantity
    sspk_ballistic: Quantity
    sspk_cruise: Quantity
    sspk_drone: Quantity
    sspk_aircraft: Quantity
    sspk_glide: Quantity
