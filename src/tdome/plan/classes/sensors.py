"""Generic sensor classes: their keys, the unit in each name, and the physical bounds of each."""

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

import msgspec

from tdome.plan.classes.quantity import OFF, SHARE, Bounds, Quantity

Kind: TypeAlias = Literal[
    "radar", "radar-2d", "passive-rf", "acoustic", "optical", "space", "cooperative"
]
"""What a sensor measures, and with which law; a file for each in ``world/sensors``."""

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
    "detection_probability": SHARE,
    "heard_above_db": (-50.0, 150.0),
    "night_factor": SHARE,
    "seen_after_s": (0.0, 600.0),
    "sigma_place_m": (0.1, 1_000_000.0),
    "sigma_velocity_m_s": (0.0, 1_000.0),
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
    "doppler_cell_m_s": (0.0, 1_000.0),
    "clutter_height_m": (0.0, 30_000.0),
    "clutter_range_km": (0.0, 1_000.0),
    "clutter_plots_per_scan": (0.0, 400.0),
    "clutter_spots": (0.0, 400.0),
    "clutter_spot_probability": SHARE,
    "rain_plots_per_mm_h": (0.0, 100.0),
    "frequency_ghz": (0.0, 100.0),
    "beam_deg": (0.0, 90.0),
    "orbit_km": (0.0, 500.0),
    "orbit_speed_m_s": (0.0, 400.0),
}

PAIRS: tuple[tuple[str, str], ...] = (("min_elevation_deg", "max_elevation_deg"),)
"""Pairs of keys of which the first must be smaller."""

_SITE = {"max_range_km", "min_elevation_deg", "max_elevation_deg", "antenna_height_m", "latency_s"}
_SCAN = {"period_s", "false_alarm_probability", "false_plots_per_scan"}
_RADAR = _SITE | _SCAN | {"reference_range_km", "sigma_range_m", "sigma_azimuth_deg"}
REQUIRED: Mapping[Kind, set[str]] = {
    "radar": _RADAR | {"sigma_elevation_deg", "tasks_per_s"},
    "radar-2d": _RADAR,
    "passive-rf": _SITE | _SCAN | {"reference_range_km", "sigma_azimuth_deg"},
    "acoustic": _SITE | _SCAN | {"heard_above_db", "sigma_azimuth_deg", "sigma_elevation_deg"},
    "optical": _SITE
    | {"reference_range_km", "night_factor", "false_alarm_probability", "tasks_per_s"}
    | {"sigma_azimuth_deg", "sigma_elevation_deg"},
    "space": {
        "period_s",
        "seen_after_s",
        "detection_probability",
        "sigma_place_m",
        "latency_s",
    },
    "cooperative": _SITE
    | {"period_s", "detection_probability", "sigma_place_m", "sigma_velocity_m_s"},
}
"""Keys that a class of each kind must give. It may give none that only other kinds need."""

_OF_SOME_KIND = set().union(*REQUIRED.values())


class SensorClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A generic sensor class; which keys it has is told by its kind (see :data:`REQUIRED`).

    reference_range_km is where 1 m^2 (of radar cross-section; of outline for an optical sensor) or
    a transponder (for a passive one) is detected with probability one half. heard_above_db: sound
    pressure level that is heard with probability one half. night_factor: share of the range that an
    optical sensor keeps at night. seen_after_s: how long after launch a rocket is seen from space
    at the earliest.

    tasks_per_s is how many extra looks command may ask of it (0 for a rotator), for at most
    track_channels tracks within a second (0 for any number). A site with a bearing looks only at a
    sector_deg around it. Targets in one cell give one plot (a cell of 0 resolves all). error_floor
    is the share of an error that no strength of echo takes away; 1 frees it of the strength. Moving
    targets slower than min_radial_speed_m_s, or within that of a multiple of blind_speed_m_s, are
    lost below clutter_height_m. doppler_cell_m_s: what it resolves of range rates, which it then
    measures, as it does the spread of strong echoes; 0 measures neither. Clutter within
    clutter_range_km gives false plots at random and at fixed spots, rain anywhere below it.
    frequency_ghz of 0 knows no rain; beam_deg is half of the main lobe, into which jamming comes.
    What has an orbit_km flies a circle of that radius round its site at orbit_speed_m_s
    (:mod:`tdome.earth.orbit`); 0 in either stands still.
    """

    title: str
    kind: Kind = "radar"
    reference_range_km: Quantity | None = None
    max_range_km: Quantity | None = None
    min_elevation_deg: Quantity | None = None
    max_elevation_deg: Quantity | None = None
    period_s: Quantity | None = None
    sigma_range_m: Quantity | None = None
    sigma_azimuth_deg: Quantity | None = None
    sigma_elevation_deg: Quantity | None = None
    false_alarm_probability: Quantity | None = None
    false_plots_per_scan: Quantity | None = None
    latency_s: Quantity | None = None
    antenna_height_m: Quantity | None = None
    tasks_per_s: Quantity | None = None
    detection_probability: Quantity | None = None
    heard_above_db: Quantity | None = None
    night_factor: Quantity | None = None
    seen_after_s: Quantity | None = None
    sigma_place_m: Quantity | None = None
    sigma_velocity_m_s: Quantity | None = None
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
    doppler_cell_m_s: Quantity = OFF
    clutter_height_m: Quantity = OFF
    clutter_range_km: Quantity = OFF
    clutter_plots_per_scan: Quantity = OFF
    clutter_spots: Quantity = OFF
    clutter_spot_probability: Quantity = OFF
    rain_plots_per_mm_h: Quantity = OFF
    frequency_ghz: Quantity = OFF
    beam_deg: Quantity = OFF
    orbit_km: Quantity = OFF
    orbit_speed_m_s: Quantity = OFF

    def __post_init__(self) -> None:
        """Refuse a class that lacks a key of its kind, or has one that its kind does not use."""
        given = {key for key in self.__struct_fields__ if getattr(self, key) is not None}
        lacking = sorted(REQUIRED[self.kind] - given)
        if lacking:
            raise ValueError(f"a sensor of kind {self.kind!r} needs {', '.join(lacking)}")
        idle = sorted((given & _OF_SOME_KIND) - REQUIRED[self.kind])
        if idle:
            raise ValueError(f"a sensor of kind {self.kind!r} does not use {', '.join(idle)}")


KINDS: tuple[Kind, ...] = get_args(Kind)
