"""Light through weather: extinction of a near-infrared beam by haze, fog and rain.

Haze and fog: Kruse, sigma = (3.912 / V) (lambda / 550 nm)^-q per km with the visibility V in km
and q = 1.6 for V > 50, 1.3 for 6 < V <= 50, 0.585 V^(1/3) below (Kruse, McGlauchlin and McQuistan,
"Elements of Infrared Technology", 1962; 3.912 is Koschmieder's contrast threshold of 2 %). Rain:
Carbonneau, 1.076 R^0.67 dB/km for R in mm/h (ITU-R P.1814). Wavelength 1.06 um, the usual order of
solid-state beams. Assumptions: homogeneous, horizontal air; no turbulence, no thermal blooming.
"""

import math

_WAVE = 1.06 / 0.55  # of the beam, in units of the wavelength at which visibility is defined
_KOSCHMIEDER = 3.912
_NEPER_DB = 10.0 / math.log(10.0)
_CLEAR_KM, _HAZY_KM = 50.0, 6.0


def extinction(visibility: float, rain: float) -> float:
    """Extinction in 1/m for a visibility in m and a rain rate in mm/h."""
    km = visibility / 1e3
    if km > _CLEAR_KM:
        power = 1.6
    elif km > _HAZY_KM:
        power = 1.3
    else:
        power = 0.585 * math.cbrt(km)
    haze = _KOSCHMIEDER / km * math.pow(_WAVE, -power)
    return (haze + 1.076 * math.pow(rain, 0.67) / _NEPER_DB) / 1e3
