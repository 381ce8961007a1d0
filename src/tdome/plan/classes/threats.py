"""Generic threat classes: their keys, the unit in each name, and the physical bounds of each."""

from typing import Literal

import msgspec

from tdome.plan.classes.quantity import COST, Bounds, Quantity

FamilyName = Literal["ballistic", "cruise", "drone", "aircraft", "glide"]

BOUNDS: Bounds = {
    "speed_m_s": (1.0, 20_000.0),
    "rcs_m2": (1e-6, 1e5),
    "range_km": (0.1, 20_000.0),
    "unit_cost_usd": COST,
    "cep_m": (0.0, 100_000.0),
    "damage_radius_m": (0.0, 100_000.0),
    "damage_fraction": (0.0, 1.0),
    "altitude_m": (1.0, 100_000.0),
    "low_altitude_m": (1.0, 10_000.0),
    "dive_angle_deg": (1.0, 89.0),
    "popup_height_m": (0.0, 20_000.0),
    "popup_at_km": (0.0, 200.0),
    "glide_ratio": (0.5, 60.0),
    "flight_path_angle_deg": (1.0, 89.0),
    "ballistic_coefficient_kg_m2": (10.0, 1e6),
    "burnout_altitude_km": (0.01, 500.0),
}

PAIRS: tuple[tuple[str, str], ...] = ()
"""Pairs of keys of which the first must be smaller."""


class ThreatClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A generic threat class. Ballistic classes need the three ballistic keys.

    The others altitude_m. ``low_altitude_m``: of a class that a salvo may also send in low.
    ``dive_angle_deg``: down to the target. A pop-up stands ``popup_height_m`` over the target from
    ``popup_at_km`` before it. ``glide_ratio``: best lift over drag of a class without an engine,
    which is released at altitude_m. ``air_launched``: begins at its height, not on the ground.
    """

    title: str
    family: FamilyName
    decoy: bool = False
    air_launched: bool = False
    speed_m_s: Quantity
    rcs_m2: Quantity
    range_km: Quantity
    unit_cost_usd: Quantity
    cep_m: Quantity
    damage_radius_m: Quantity
    damage_fraction: Quantity
    altitude_m: Quantity | None = None
    low_altitude_m: Quantity | None = None
    dive_angle_deg: Quantity | None = None
    popup_height_m: Quantity | None = None
    popup_at_km: Quantity | None = None
    glide_ratio: Quantity | None = None
    flight_path_angle_deg: Quantity | None = None
    ballistic_coefficient_kg_m2: Quantity | None = None
    burnout_altitude_km: Quantity | None = None
