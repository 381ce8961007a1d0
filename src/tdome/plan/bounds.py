"""Physical bounds of catalogue quantities: what no override may leave.

Outside of these a number is a slip of the pen (a sign, a unit, a power of ten) or breaks a law
that is used with it: a radar without a period, a speed of zero, a false-alarm probability beyond
the range of its detection law. They say nothing about which values are likely; ``low`` and ``high``
of the catalogue do.
"""

from collections.abc import Mapping

_COST = 0.0, 1e12
_SSPK = 0.0, 1.0
_ANGLE_SIGMA = 1e-6, 45.0

BOUNDS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "threats": {
        "speed_m_s": (1.0, 20_000.0),
        "rcs_m2": (1e-6, 1e5),
        "range_km": (0.1, 20_000.0),
        "unit_cost_usd": _COST,
        "cep_m": (0.0, 100_000.0),
        "damage_radius_m": (0.0, 100_000.0),
        "damage_fraction": (0.0, 1.0),
        "altitude_m": (1.0, 100_000.0),
        "flight_path_angle_deg": (1.0, 89.0),
        "ballistic_coefficient_kg_m2": (10.0, 1e6),
        "burnout_altitude_km": (0.01, 500.0),
    },
    "sensors": {
        "reference_range_km": (0.1, 9_000.0),
        "max_range_km": (0.1, 9_000.0),  # the door refuses plots beyond 10,000 km
        "min_elevation_deg": (-90.0, 90.0),
        "max_elevation_deg": (-90.0, 90.0),
        "period_s": (0.05, 3600.0),
        "sigma_range_m": (0.01, 100_000.0),  # a filter divides by the variance
        "sigma_azimuth_deg": _ANGLE_SIGMA,
        "sigma_elevation_deg": _ANGLE_SIGMA,
        "false_alarm_probability": (1e-30, 0.1),  # beyond 1/e no plot is over the noise
        "false_plots_per_scan": (0.0, 400.0),  # a scan holds 512 at most
        "latency_s": (0.0, 3600.0),
        "antenna_height_m": (0.0, 30_000.0),
        "tasks_per_s": (0.0, 10_000.0),
    },
    "effectors": {
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
        "round_cost_usd": _COST,
        "basket_m": (0.1, 100_000.0),
        "sspk_ballistic": _SSPK,
        "sspk_cruise": _SSPK,
        "sspk_drone": _SSPK,
        "sspk_aircraft": _SSPK,
    },
}
"""Kind -> key -> (least, greatest), both allowed, in the unit of the key."""

WHOLE = frozenset({"channels", "rounds"})
"""Keys that count things."""

PAIRS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "threats": (),
    "sensors": (("min_elevation_deg", "max_elevation_deg"),),
    "effectors": (("min_range_km", "max_range_km"), ("min_altitude_km", "max_altitude_km")),
}
"""Kind -> pairs of keys of which the first must be smaller."""


def fault_of_value(kind: str, key: str, value: float) -> str:
    """Return what is wrong with one number; empty if nothing is."""
    least, greatest = BOUNDS[kind][key]
    if not least <= value <= greatest:
        return f"expected a number from {least:g} to {greatest:g}, got {value:g}"
    if key in WHOLE and value != int(value):
        return f"expected a whole number, got {value:g}"
    return ""


def fault_of_pairs(kind: str, values: Mapping[str, float], changed: str) -> str:
    """Return what is wrong between a changed number of a class and its partner; or nothing."""
    for lower, upper in PAIRS[kind]:
        if changed in {lower, upper} and not values[lower] < values[upper]:
            return (
                f"{lower} ({values[lower]:g}) must be smaller than {upper} ({values[upper]:g}) "
                "of the same class"
            )
    return ""
