"""Rain on a radio path: specific attenuation, and how much of a path lies in the rain.

gamma = k R^alpha dB/km for a rain rate R in mm/h, with k and alpha of Recommendation ITU-R
P.838-3 (2005), equations (2) to (5) and tables 1 to 4, for circular polarisation (tilt 45
degrees), where elevation drops out. Valid from 1 to 1,000 GHz; below 1 GHz rain hardly counts (at
1 GHz 0.003 dB/km in 100 mm/h) and is taken as none. Rain reaches up to 5 km everywhere (the order
of the rain height of ITU-R P.839 in low and middle latitudes). Limits: one rate for the whole
scene, no drop of it with distance (so paths over some tens of km lose too much in heavy rain), no
melting layer.
"""

import math

import numpy as np

from tdome.earth.horizon import EFFECTIVE_DIAMETER
from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel

RAIN_HEIGHT = 5_000.0  # m
_LEAST_FREQUENCY = 1e9  # Hz

# P.838-3, tables 1 to 4: rows (a, b, c) of the bells, then (slope, constant, 0) in log10 f.
_K_H = np.array(
    [
        [-5.33980, -0.10008, 1.13098],
        [-0.35351, 1.26970, 0.45400],
        [-0.23789, 0.86036, 0.15354],
        [-0.94158, 0.64552, 0.16817],
        [-0.18961, 0.71147, 0.0],
    ]
)
_K_V = np.array(
    [
        [-3.80595, 0.56934, 0.81061],
        [-3.44965, -0.22911, 0.51059],
        [-0.39902, 0.73042, 0.11899],
        [0.50167, 1.07319, 0.27195],
        [-0.16398, 0.63297, 0.0],
    ]
)
_ALPHA_H = np.array(
    [
        [-0.14318, 1.82442, -0.55187],
        [0.29591, 0.77564, 0.19822],
        [0.32177, 0.63773, 0.13164],
        [-5.37610, -0.96230, 1.47828],
        [16.1721, -3.29980, 3.43990],
        [0.67849, -1.95537, 0.0],
    ]
)
_ALPHA_V = np.array(
    [
        [-0.07771, 2.33840, -0.76284],
        [0.56727, 0.95545, 0.54039],
        [-0.20238, 1.14520, 0.26809],
        [-48.2991, 0.791669, 0.116226],
        [48.5833, 0.791459, 0.116479],
        [-0.053739, 0.83433, 0.0],
    ]
)


def _regression(table: Floats, frequency: float) -> float:
    log_f = math.log10(frequency * 1e-9)
    bells, (slope, constant, _) = table[:-1], table[-1]
    height = bells[:, 0] * np.exp(-np.square((log_f - bells[:, 1]) / bells[:, 2]))
    return float(height.sum() + slope * log_f + constant)


def coefficients(frequency: float) -> tuple[float, float, float, float]:
    """Return k_H, alpha_H, k_V, alpha_V of P.838-3 at a frequency in Hz."""
    return (
        10.0 ** _regression(_K_H, frequency),
        _regression(_ALPHA_H, frequency),
        10.0 ** _regression(_K_V, frequency),
        _regression(_ALPHA_V, frequency),
    )


def rain_loss(frequency: float, rain_mm_h: float) -> float:
    """Return the attenuation in dB per m of one way, circular polarisation, at a frequency in Hz.

    Zero below 1 GHz and without rain.
    """
    if frequency < _LEAST_FREQUENCY or rain_mm_h <= 0.0:
        return 0.0
    k_h, alpha_h, k_v, alpha_v = coefficients(frequency)
    k = 0.5 * (k_h + k_v)
    alpha = (k_h * alpha_h + k_v * alpha_v) / (2.0 * k)
    return float(k * rain_mm_h**alpha * 1e-3)


@kernel
def wet_path1(distance: float, height_a: float, height_b: float) -> float:
    """Return how much of a path (m) lies below the top of the rain; heights of its ends in m.

    From the lower end the path rises as h + s sin(e) + s^2 / (2 k R), the 4/3 Earth, and this
    meets 5 km at the root. A path between two ends above the rain is dry.
    """
    low, high = min(height_a, height_b), max(height_a, height_b)
    if high <= RAIN_HEIGHT:
        return distance
    if low >= RAIN_HEIGHT:
        return 0.0
    sine = (high - low) / distance - distance / EFFECTIVE_DIAMETER
    rise = RAIN_HEIGHT - low
    root = math.sqrt(sine * sine + 4.0 * rise / EFFECTIVE_DIAMETER)
    return min(2.0 * rise / (sine + root), distance)
