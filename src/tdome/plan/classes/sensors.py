"""Generic sensor classes: their keys, the unit in each name, and the physical bounds of each."""

import msgspec

from tdome.plan.classes.quantity import Bounds, Quantity

_ANGLE_SIGMA = 1e-6, 45.0

BOUNDS: Bounds = {
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
}

PAIRS: tuple[tuple[str, str], ...] = (("min_elevation_deg", "max_elevation_deg"),)
"""Pairs of keys of which the first must be smaller."""


class SensorClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A generic radar class: range law anchored where 1 m^2 is seen with probability one half.

    tasks_per_s is how many extra looks command may ask of it (0 for a rotator).
    """

    title: str
    reference_range_km: Quantity
    max_range_km: Quantity
    min_elevation_deg: Quantity
    max_elevation_deg: Quantity
    period_s: Quantity
    sigma_range_m: Quantity
    sigma_azimuth_deg: Quantity
    sigma_elevation_deg: Quantity
    false_alarm_probability: Quantity
    false_plots_per_scan: Quantity
    latency_s: Quantity
    antenna_height_m: Quantity
    tasks_per_s: Quantity
