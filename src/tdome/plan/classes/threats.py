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
    "low_altitude_m": (1.0, 10_000.0),
    "dive_angle_deg": (1.0, 89.0),
    "popup_height_m": (0.0, 20_000.0),
    "popup_at_km": (0.0, 200.0),
    "glide_ratio": (0.5, 60.0),
    "flight_path_angle_deg": (1.0, 89.0),
    "ballistic_coefficient_kg_m2": (10.0, 1e6),
    "burnout_altitude_km": (0.01, 500.0),
    "emits": SHARE,
    "rcs_broadside_db": (0.0, 40.0),
    "doppler_spread_m_s": (0.0, 1_000.0),
    "swerling": (0.0, 3.0),
    "manoeuvre_m_s2": (0.0, 500.0),
    "manoeuvre_below_km": (0.0, 100.0),
    "lift_to_drag": (0.5, 10.0),
    "spent_stage": (0.0, 10.0),
    "fragments": (0.0, 200.0),
    "launch_failure": SHARE,
    "guidance_failure": SHARE,
}

CHOICES: Mapping[str, tuple[float, ...]] = {"swerling": (0.0, 1.0, 3.0)}
"""Keys that take only these numbers."""

PAIRS: tuple[tuple[str, str], ...] = ()
"""Pairs of keys of which the first must be smaller."""


class ThreatClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A generic threat class. Ballistic classes need the three ballistic keys.

    The others altitude_m, and glide vehicles lift_to_drag, too. Of manoeuvre, separation and
    failures, what is left out does not happen. ``low_altitude_m``: of a class that a salvo may also
    send in low. ``dive_angle_deg``: down to the target. A pop-up stands ``popup_height_m`` over the
    target from ``popup_at_km`` before it. ``glide_ratio``: best lift over drag of a class without
    an engine, which is released at altitude_m. ``air_launched``: begins at its height, not on the
    ground. emits is the share of its bodies that carry a radio link. rcs_m2 is seen from the nose,
    rcs_broadside_db more from the side, and swerling tells how it fluctuates from look to look: 0
    not, 1 as many scatterers, 3 as one that dominates. doppler_spread_m_s: how fast parts of it
    move along the line of sight relative to the whole, at all aspects; 0: nothing known.
    raid_correlation: what hits at one raid of the class share (beta-binomial rho); uncovered_share:
    of raids that meet no engagement that can work; unengaged_share: of the bodies of a covered raid
    that meet none. Both shares act where a scenario asks for them.
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
    raid_correlation: Quantity | None = None
    uncovered_share: Quantity | None = None
    unengaged_share: Quantity | None = None
    altitude_m: Quantity | None = None
    low_altitude_m: Quantity | None = None
    dive_angle_deg: Quantity | None = None
    popup_height_m: Quantity | None = None
    popup_at_km: Quantity | None = None
    glide_ratio: Quantity | None = None
    flight_path_angle_deg: Quantity | None = None
    ballistic_coefficient_kg_m2: Quantity | None = None
    burnout_altitude_km: Quantity | None = None
    emits: Quantity | None = None
    rcs_broadside_db: Quantity = OFF
    doppler_spread_m_s: Quantity = OFF
    swerling: Quantity = Quantity(1.0, 0.0, 3.0, "own choice: many scatterers", "notional")
    manoeuvre_m_s2: Quantity | None = None
    manoeuvre_below_km: Quantity | None = None
    lift_to_drag: Quantity | None = None
    spent_stage: Quantity | None = None
    fragments: Quantity | None = None
    launch_failure: Quantity | None = None
    guidance_failure: Quantity | None = None
