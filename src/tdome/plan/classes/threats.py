"""Generic threat classes: their keys, the unit in each name, and the physical bounds of each."""

from typing import Literal

import msgspec

from tdome.plan.classes.quantity import COST, SHARE, Bounds, Quantity

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
    "flight_path_angle_deg": (1.0, 89.0),
    "ballistic_coefficient_kg_m2": (10.0, 1e6),
    "burnout_altitude_km": (0.01, 500.0),
    "manoeuvre_m_s2": (0.0, 500.0),
    "manoeuvre_below_km": (0.0, 100.0),
    "lift_to_drag": (0.5, 10.0),
    "spent_stage": (0.0, 10.0),
    "fragments": (0.0, 200.0),
    "launch_failure": SHARE,
    "guidance_failure": SHARE,
}

PAIRS: tuple[tuple[str, str], ...] = ()
"""Pairs of keys of which the first must be smaller."""


class ThreatClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A generic threat class. Ballistic classes need the three ballistic keys.

    The others altitude_m, and glide vehicles lift_to_drag, too. What is left out of the rest does
    not happen.
    """

    title: str
    family: FamilyName
    decoy: bool = False
    speed_m_s: Quantity
    rcs_m2: Quantity
    range_km: Quantity
    unit_cost_usd: Quantity
    cep_m: Quantity
    damage_radius_m: Quantity
    damage_fraction: Quantity
    altitude_m: Quantity | None = None
    flight_path_angle_deg: Quantity | None = None
    ballistic_coefficient_kg_m2: Quantity | None = None
    burnout_altitude_km: Quantity | None = None
    manoeuvre_m_s2: Quantity | None = None
    manoeuvre_below_km: Quantity | None = None
    lift_to_drag: Quantity | None = None
    spent_stage: Quantity | None = None
    fragments: Quantity | None = None
    launch_failure: Quantity | None = None
    guidance_failure: Quantity | None = None
