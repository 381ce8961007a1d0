"""Generic effector classes: their keys, the unit in each name, and the physical bounds of each."""

from typing import Literal

import msgspec

from tdome.plan.classes.quantity import COST, SHARE, Bounds, Quantity

Effect = Literal["interceptor", "gun", "directed-energy", "soft-kill"]
"""What an effector does: rounds that fly, bursts, a beam that dwells, jamming that leads astray."""

BEAMS: tuple[Effect, ...] = ("directed-energy", "soft-kill")
"""Effects that need a dwell and no flight."""

BOUNDS: Bounds = {
    "min_range_km": (0.0, 9_000.0),
    "max_range_km": (0.001, 9_000.0),
    "min_altitude_km": (-0.5, 2_000.0),
    "max_altitude_km": (0.001, 2_000.0),
    "speed_m_s": (1.0, 20_000.0),
    "boost_s": (0.0, 600.0),
    "ballistic_coefficient_kg_m2": (10.0, 1e6),
    "dwell_s": (0.01, 3600.0),
    "shots_before_cooling": (1.0, 10_000.0),
    "cooling_s": (0.0, 86_400.0),
    "reaction_s": (0.0, 3600.0),
    "salvo_spacing_s": (0.0, 3600.0),
    "channels": (0.0, 10_000.0),
    "illuminators": (0.0, 10_000.0),
    "uplinks": (0.0, 10_000.0),
    "terminal_s": (0.0, 3600.0),
    "needs_own_sensor": (0.0, 1.0),
    "rounds": (0.0, 10_000.0),
    "reload_s": (0.0, 86_400.0),
    "pack_s": (0.0, 86_400.0),
    "unpack_s": (0.0, 86_400.0),
    "road_speed_m_s": (0.1, 100.0),
    "round_cost_usd": COST,
    "basket_m": (0.1, 100_000.0),
    "sspk_ballistic": SHARE,
    "sspk_cruise": SHARE,
    "sspk_drone": SHARE,
    "sspk_aircraft": SHARE,
    "sspk_glide": SHARE,
    "crossing_factor": SHARE,
    "edge_factor": SHARE,
    "manoeuvre_factor": SHARE,
    "jamming_factor": SHARE,
}

PAIRS: tuple[tuple[str, str], ...] = (
    ("min_range_km", "max_range_km"),
    ("min_altitude_km", "max_altitude_km"),
)
"""Pairs of keys of which the first must be smaller."""


class EffectorClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A generic effector class: effect, envelope, timing, magazine, moves, cost and SSPK.

    SSPK by threat family (0 = not suited), and by threat class where that differs. Rounds that
    coast have a ballistic coefficient; beams (``BEAMS``) a dwell and what heat allows.
    illuminators and uplinks: 0 = not limited. needs_own_sensor: 1 = fires only at what the unit's
    own radar sees.
    """

    title: str
    layer: str
    effect: Effect = "interceptor"
    min_range_km: Quantity
    max_range_km: Quantity
    min_altitude_km: Quantity
    max_altitude_km: Quantity
    speed_m_s: Quantity
    boost_s: Quantity
    ballistic_coefficient_kg_m2: Quantity | None = None
    dwell_s: Quantity | None = None
    shots_before_cooling: Quantity | None = None
    cooling_s: Quantity | None = None
    needs_own_sensor: Quantity
    reaction_s: Quantity
    salvo_spacing_s: Quantity
    channels: Quantity
    illuminators: Quantity
    uplinks: Quantity
    terminal_s: Quantity
    rounds: Quantity
    reload_s: Quantity
    pack_s: Quantity
    unpack_s: Quantity
    road_speed_m_s: Quantity
    round_cost_usd: Quantity
    basket_m: Quantity
    sspk_ballistic: Quantity
    sspk_cruise: Quantity
    sspk_drone: Quantity
    sspk_aircraft: Quantity
    sspk_glide: Quantity
    sspk_by_class: dict[str, Quantity] = {}
    crossing_factor: Quantity
    edge_factor: Quantity
    manoeuvre_factor: Quantity
    jamming_factor: Quantity
