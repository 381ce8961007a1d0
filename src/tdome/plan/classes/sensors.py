"""Generic sensor classes: their keys, the unit in each name, and the physical bounds of each."""

import msgspec

from tdome.plan.classes.quantity import OFF, SHARE, Bounds, Quantity

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
    "track_channels": (0.0, 10_000.0),
    "sector_deg": (0.0, 360.0),
    "cell_range_m": (0.0, 100_000.0),
    "cell_azimuth_deg": (0.0, 90.0),
    "cell_elevation_deg": (0.0, 90.0),
    "error_floor": SHARE,
    "bias_range_m": (0.0, 10_000.0),
    "bias_azimuth_deg": (0.0, 10.0),
    "min_radial_speed_m_s": (0.0, 1_000.0),
    "blind_speed_m_s": (0.0, 10_000.0),
    "clutter_height_m": (0.0, 30_000.0),
    "clutter_range_km": (0.0, 1_000.0),
    "clutter_plots_per_scan": (0.0, 400.0),
    "clutter_spots": (0.0, 400.0),
    "clutter_spot_probability": SHARE,
    "rain_plots_per_mm_h": (0.0, 100.0),
    "frequency_ghz": (0.0, 100.0),
    "beam_deg": (0.0, 90.0),
}

PAIRS: tuple[tuple[str, str], ...] = (("min_elevation_deg", "max_elevation_deg"),)
"""Pairs of keys of which the first must be smaller."""


class SensorClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A generic radar class: range law anchored where 1 m^2 is seen with probability one half.

    tasks_per_s is how many extra looks command may ask of it (0 for a rotator), for at most
    track_channels tracks within a second (0 for any number). A site with a bearing looks only at a
    sector_deg around it. Targets in one cell give one plot (a cell of 0 resolves all). error_floor
    is the share of an error that no strength of echo takes away; 1 frees it of the strength. Moving
    targets slower than min_radial_speed_m_s, or within that of a multiple of blind_speed_m_s, are
    lost below clutter_height_m. Clutter within clutter_range_km gives false plots at random and at
    fixed spots, rain anywhere below it. frequency_ghz of 0 knows no rain; beam_deg is half of the
    main lobe, into which jamming comes.
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
    track_channels: Quantity = OFF
    sector_deg: Quantity = OFF
    cell_range_m: Quantity = OFF
    cell_azimuth_deg: Quantity = OFF
    cell_elevation_deg: Quantity = OFF
    error_floor: Quantity = Quantity(1.0, 1.0, 1.0, "own choice: switched off", "notional")
    bias_range_m: Quantity = OFF
    bias_azimuth_deg: Quantity = OFF
    min_radial_speed_m_s: Quantity = OFF
    blind_speed_m_s: Quantity = OFF
    clutter_height_m: Quantity = OFF
    clutter_range_km: Quantity = OFF
    clutter_plots_per_scan: Quantity = OFF
    clutter_spots: Quantity = OFF
    clutter_spot_probability: Quantity = OFF
    rain_plots_per_mm_h: Quantity = OFF
    frequency_ghz: Quantity = OFF
    beam_deg: Quantity = OFF
