"""What each radar can do, as one row of numbers for the kernels."""

import math

import numpy as np

from tdome.earth.rain import rain_loss
from tdome.kernel.random import Streams
from tdome.messages.base import Floats
from tdome.plan.books.sensors import SensorBook
from tdome.world.schema.conditions import Weather

# Columns: range (m), elevations (rad), sector (middle and half, rad), antenna height (m).
MAX_RANGE, MIN_ELEVATION, MAX_ELEVATION, BEARING, HALF_SECTOR, ANTENNA = 0, 1, 2, 3, 4, 5
# SNR * R^4 of 1 m^2, threshold of the received power, SNR at the reference range.
GAIN, THRESHOLD, REFERENCE_SNR = 6, 7, 8
# Three sigmas, the share of them that no SNR takes away, biases of range and azimuth (drawn).
SIGMAS, ERROR_FLOOR, BIAS_RANGE, BIAS_AZIMUTH = 9, 12, 13, 14
# Cell of resolution (range m, azimuth and elevation rad; 0 in one of them resolves all).
CELL = 15
# Least radial and blind speed (m/s), height below which they count (m).
LEAST_SPEED, BLIND_SPEED, CLUTTER_HEIGHT = 18, 19, 20
# False plots a scan: of noise, of the ground (and its range, m), of rain. Spots: their chance.
FALSE_PLOTS, CLUTTER_PLOTS, CLUTTER_RANGE, RAIN_PLOTS, SPOT_CHANCE = 21, 22, 23, 24, 25
# Two-way rain loss (neper/m), cosine of half the main lobe.
RAIN_LOSS, BEAM = 26, 27
# What it resolves of range rates, and the standard error of one (m/s; nan: measures none).
DOPPLER_CELL, SIGMA_RATE = 28, 29

_LEAST_CELL = 0.1, 1e-4, 1e-4  # so that cells can be counted
_MOST_FALSE_PLOTS = 400.0


def limits_of(book: SensorBook, weather: Weather, streams: Streams) -> Floats:
    """Return the rows of all radars of a book, (n, 30), with the weather and the biases drawn."""
    physics, rain = book.physics, weather.rain_mm_h
    log_pfa = np.log(book.false_alarm)
    snr_at_reference = log_pfa / math.log(0.5) - 1.0
    neper = 2.0 * math.log(10.0) / 10.0  # two ways
    loss = np.array([neper * rain_loss(float(f), rain) for f in physics.frequency])
    cell = np.where(physics.cell > 0.0, np.maximum(physics.cell, _LEAST_CELL), 0.0)
    return np.column_stack(
        [
            book.max_range,
            book.min_elevation,
            book.max_elevation,
            book.bearing,
            book.half_sector,
            book.height,
            snr_at_reference * (book.reference_range * weather.radar_range_factor) ** 4,
            -log_pfa,
            snr_at_reference,
            book.sigma,
            physics.error_floor,
            _biases(book, streams),
            cell,
            physics.min_radial_speed,
            physics.blind_speed,
            physics.clutter_height,
            book.false_plots,
            physics.clutter_plots,
            np.where(physics.clutter_range > 0.0, physics.clutter_range, book.max_range),
            np.minimum(physics.rain_plots * rain, _MOST_FALSE_PLOTS),
            physics.spot_probability,
            loss,
            np.cos(physics.beam),
            physics.doppler_cell,
            physics.sigma_range_rate,
        ]
    )


def _biases(book: SensorBook, streams: Streams) -> Floats:
    """Return the registration errors of range (m) and azimuth (rad), fixed for the run."""
    drawn = [streams("world", name, "bias").generator().standard_normal(2) for name in book.names]
    return np.array(drawn).reshape(-1, 2) * book.physics.bias
