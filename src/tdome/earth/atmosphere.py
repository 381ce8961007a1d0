"""U.S. Standard Atmosphere 1976: density, pressure, temperature, speed of sound by height.

Source: NOAA, NASA, USAF, "U.S. Standard Atmosphere, 1976", NOAA-S/T 76-1562. Exact from -5 km
(its tables' lower end; the first layer is continued below) to 86 km. From 86 to 150 km density
runs exponentially between the values of its table I, and above 150 km it is 0, where drag on
anything in this package is below 1e-4 of gravity. Assumptions: dry still air, mid-latitude mean;
real density differs by some 10 % at 50 km and tens of percent above 80 km. Heights in m over the
ellipsoid stand for heights over mean sea level: the geoid is within 110 m of it.
"""

import math

import numpy as np
import numpy.typing as npt

from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel

TOP_HEIGHT = 86_000.0  # upper end of the layered model, m geometric (US76 section 1.2)
AIR_END_HEIGHT = 150_000.0  # density is 0 from here, m

_EARTH_RADIUS = 6_356_766.0  # of the geopotential conversion, m (US76 eq. 18)
_GRAVITY = 9.80665  # m/s^2 (US76 table 2)
_GAS = 8314.32 / 28.9644  # R* / M0, J/(kg K) (US76 tables 2 and section 1.2.4)
_GAMMA = 1.4  # ratio of specific heats (US76 section 1.2.7)
_GRADIENT_POWER = _GRAVITY / _GAS  # K/m

# Bases of the layers: geopotential height (m'), molecular temperature (K), gradient (K/m').
_BASE: Floats = np.array([0.0, 11e3, 20e3, 32e3, 47e3, 51e3, 71e3])  # US76 table 4
_BASE_TEMPERATURE: Floats = np.array([288.15, 216.65, 216.65, 228.65, 270.65, 270.65, 214.65])
_LAPSE: Floats = np.array([-6.5e-3, 0.0, 1e-3, 2.8e-3, 0.0, -2.8e-3, -2e-3])  # US76 table 4
_TOP_LAYER = 6


def _pressure_ratios() -> Floats:
    """Pressure at the top of each layer over that at its base (US76 eqs. 33a and 33b)."""
    tops = np.append(_BASE[1:], _EARTH_RADIUS * TOP_HEIGHT / (_EARTH_RADIUS + TOP_HEIGHT))
    ratios = np.empty(_BASE.size)
    for i, (base, lapse) in enumerate(zip(_BASE_TEMPERATURE, _LAPSE, strict=True)):
        rise = tops[i] - _BASE[i]
        if lapse == 0.0:
            ratios[i] = math.exp(-_GRADIENT_POWER * rise / base)
        else:
            ratios[i] = (base / (base + lapse * rise)) ** (_GRADIENT_POWER / lapse)
    return ratios


_RATIOS = _pressure_ratios()
_BASE_PRESSURE: Floats = 101325.0 * np.append(1.0, np.cumprod(_RATIOS[:-1]))  # Pa (US76 table 2)
_BASE_DENSITY: Floats = _BASE_PRESSURE / (_GAS * _BASE_TEMPERATURE)

_TOP_TEMPERATURE = 186.946  # molecular, K (US76 table 4, at 84.852 km'; the printed value)
_TOP_DENSITY = _BASE_PRESSURE[-1] * _RATIOS[-1] / (_GAS * _TOP_TEMPERATURE)

# US76 table I: geometric height (m) and density (kg/m^3), from the top of the layers upwards.
_UPPER: Floats = np.array([86e3, 90e3, 95e3, 100e3, 110e3, 120e3, 130e3, 140e3, 150e3])
_UPPER_DENSITY: Floats = np.array(
    [_TOP_DENSITY, 3.416e-6, 1.393e-6, 5.604e-7, 9.708e-8, 2.222e-8, 8.152e-9, 3.831e-9, 2.076e-9]
)
_UPPER_RATE: Floats = np.diff(np.log(_UPPER_DENSITY)) / np.diff(_UPPER)  # 1/m


@kernel
def density1(height: float) -> float:
    """Air density in kg/m^3 at one geometric height in m. See the module for range and source."""
    if height >= AIR_END_HEIGHT:
        return 0.0
    if height >= TOP_HEIGHT:
        band = 0
        while height >= _UPPER[band + 1]:
            band += 1
        fall = math.exp(_UPPER_RATE[band] * (height - _UPPER[band]))
        return float(_UPPER_DENSITY[band] * fall)
    geopotential = _EARTH_RADIUS * height / (_EARTH_RADIUS + height)
    layer = 0
    while layer < _TOP_LAYER and geopotential >= _BASE[layer + 1]:
        layer += 1
    rise = geopotential - _BASE[layer]
    lapse = _LAPSE[layer]
    base = _BASE_TEMPERATURE[layer]
    if lapse == 0.0:
        ratio = math.exp(-_GRADIENT_POWER * rise / base)
    else:
        ratio = math.pow(base / (base + lapse * rise), 1.0 + _GRADIENT_POWER / lapse)
    return float(_BASE_DENSITY[layer] * ratio)


@kernel
def _density_rows(height: Floats, out: Floats) -> None:
    for i in range(height.size):
        out[i] = density1(height[i])


def geopotential_height(height: npt.ArrayLike) -> Floats:
    """Geopotential height in m' of geometric height in m (US76 eq. 18)."""
    h = np.asarray(height, dtype=np.float64)
    return np.asarray(_EARTH_RADIUS * h / (_EARTH_RADIUS + h))


def density(height: npt.ArrayLike) -> Floats:
    """Air density in kg/m^3 at heights in m, any shape: :func:`density1` for each."""
    h = np.ascontiguousarray(height, dtype=np.float64)
    out = np.empty(h.size)
    _density_rows(h.reshape(-1), out)
    return out.reshape(np.shape(height))


def temperature(height: npt.ArrayLike) -> Floats:
    """Molecular-scale temperature in K at heights in m; held constant above 86 km.

    Equal to the kinetic temperature up to 80 km, and 0.04 % above it at 86 km. Between the bases
    of the layers it is linear in geopotential height (US76 eq. 23).
    """
    h = geopotential_height(np.minimum(np.asarray(height, dtype=np.float64), TOP_HEIGHT))
    layer = np.clip(np.searchsorted(_BASE, h, side="right") - 1, 0, _BASE.size - 1)
    return np.asarray(_BASE_TEMPERATURE[layer] + _LAPSE[layer] * (h - _BASE[layer]))


def pressure(height: npt.ArrayLike) -> Floats:
    """Pressure in Pa at heights in m, by the gas law from density and temperature.

    Exact to 86 km. Above, temperature is held, so it is an order of magnitude only.
    """
    return density(height) * _GAS * temperature(height)


def speed_of_sound(height: npt.ArrayLike) -> Floats:
    """Speed of sound in m/s at heights in m (US76 eq. 50); held constant above 86 km."""
    return np.sqrt(_GAMMA * _GAS * temperature(height))
