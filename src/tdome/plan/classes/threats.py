"""Generic threat classes: their keys, the unit in each name, and the physical bounds of each."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from tdome.plan.classes.quantity import COST, OFF, SHARE, Bounds, Quantity

FamilyName = Literal["ballistic", "cruise", "drone", "aircraft", "glide"]

BOUNDS: Bounds = {
    "speed_m_s": (1.0, 20_000.0),
    "rcs_m2": (1e-6, 1e5),
    "range_km": (0.1, 20_000.0),
    "unit_cost_usd": COST,
    "cep_m": (0.0, 100_000.0),
    "damage_radius_m": (0.0, 100_000.0),
    "damage_fraction": (0.0, 1.0),
    "raid_correlation": (0.0, 0.95),
    "uncovered_share": SHARE,
    "unengaged_share": SHARE,
    "altitude_m": (1.0, 100_000.0),
    "flight_path_angle_deg": (1.0, 89.0),
    "ballistic_coefficient_kg_m2": (10.0, 1e6),
    "burnout_altitude_km": (0.01, 500.0),
    "emits": SHARE,
    "rcs_broadside_db": (0.0, 40.0),
    "swerling": (0.0, 3.0),
}

CHOICES: Mapping[str, tuple[float, ...]] = {"swerling": (0.0, 1.0, 3.0)}
"""Keys that take only these numbers."""

PAIRS: tuple[tuple[str, str], ...] = ()
"""Pairs of keys of which the first must be smaller."""


class ThreatClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A generic threat class. Ballistic classes need the three ballistic keys.

    The others altitude_m. emits is the share of its bodies that carry a radio link. rcs_m2 is seen
    from the nose, rcs_broadside_db more from the side, and swerling tells how it fluctuates from
    look to look: 0 not, 1 as many scatterers, 3 as one that dominates.
    raid_correlation: what hits at one raid of the class share (beta-binomial
    rho); uncovered_share: of raids that meet no engagement that can work; unengaged_share: of the
    bodies of a covered raid that meet none. Both shares act where a scenario asks for them.
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
    raid_correlation: Quantity | None = None
    uncovered_share: Quantity | None = None
    unengaged_share: Quantity | None = None
    altitude_m: Quantity | None = None
    flight_path_angle_deg: Quantity | None = None
    ballistic_coefficient_kg_m2: Quantity | None = None
    burnout_altitude_km: Quantity | None = None
    emits: Quantity | None = None
    rcs_broadside_db: Quantity = OFF
    swerling: Quantity = Quantity(1.0, 0.0, 3.0, "own choice: many scatterers", "notional")
