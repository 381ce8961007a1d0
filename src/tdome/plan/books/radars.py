"""What is peculiar to radars, in SI columns: resolution, errors, clutter, rain and jamming."""

from collections.abc import Sequence

import msgspec
import numpy as np

from tdome.messages.base import Floats, Longs
from tdome.plan.books.columns import column

RATE_SHARE = 0.5
"""Standard error of a range rate over the Doppler cell: sqrt(1 / 12) of it and what parts that
move pull it aside; own choice, notional."""


class RadarBook(msgspec.Struct, frozen=True, eq=False):
    """One row per sensor, in the order of the sensor book. A zero switches an effect off."""

    cell: Floats  # (n, 3) range m, azimuth rad, elevation rad
    error_floor: Floats
    bias: Floats  # (n, 2) one sigma: range m, azimuth rad
    min_radial_speed: Floats
    blind_speed: Floats
    doppler_cell: Floats  # m/s
    sigma_range_rate: Floats  # m/s, nan where no range rate is measured
    clutter_height: Floats
    clutter_range: Floats
    clutter_plots: Floats
    clutter_spots: Longs
    spot_probability: Floats
    rain_plots: Floats  # per scan and mm/h
    frequency: Floats  # Hz
    beam: Floats  # half of the main lobe, rad


def radar_book(classes: Sequence[msgspec.Struct]) -> RadarBook:
    """Return the columns of sensor classes, nominal values."""
    cell = [
        column(classes, "cell_range_m"),
        np.radians(column(classes, "cell_azimuth_deg")),
        np.radians(column(classes, "cell_elevation_deg")),
    ]
    doppler = column(classes, "doppler_cell_m_s")
    bias = [column(classes, "bias_range_m"), np.radians(column(classes, "bias_azimuth_deg"))]
    return RadarBook(
        cell=np.stack(cell, axis=1),
        error_floor=column(classes, "error_floor"),
        bias=np.stack(bias, axis=1),
        min_radial_speed=column(classes, "min_radial_speed_m_s"),
        blind_speed=column(classes, "blind_speed_m_s"),
        doppler_cell=doppler,
        sigma_range_rate=np.where(doppler > 0.0, RATE_SHARE * doppler, np.nan),
        clutter_height=column(classes, "clutter_height_m"),
        clutter_range=column(classes, "clutter_range_km", 1e3),
        clutter_plots=column(classes, "clutter_plots_per_scan"),
        clutter_spots=column(classes, "clutter_spots").astype(np.int64),
        spot_probability=column(classes, "clutter_spot_probability"),
        rain_plots=column(classes, "rain_plots_per_mm_h"),
        frequency=column(classes, "frequency_ghz", 1e9),
        beam=np.radians(column(classes, "beam_deg")),
    )
