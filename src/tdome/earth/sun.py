"""Where the sun stands: day and night for those who see by light.

Low-precision formulas of the Astronomical Almanac (Michalsky, "The Astronomical Almanac's algorithm
for approximate solar position (1950-2050)", Solar Energy 40, 1988): 0.01 degrees. No refraction.
"""

import math

_J2000 = 946_728_000.0  # s since the Unix epoch at 2000-01-01 12:00 UTC
_DAY = 86_400.0


def sun_elevation(at: int, lat: float, lon: float) -> float:
    """Return the elevation of the sun, rad, at a time (int ns UTC) and place (rad)."""
    days = (at * 1e-9 - _J2000) / _DAY
    anomaly = math.radians(357.528 + 0.9856003 * days)
    longitude = math.radians(
        280.460 + 0.9856474 * days + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2.0 * anomaly)
    )
    tilt = math.radians(23.439 - 4e-7 * days)
    ascension = math.atan2(math.cos(tilt) * math.sin(longitude), math.cos(longitude))
    declination = math.asin(math.sin(tilt) * math.sin(longitude))
    hours = (days + 0.5) % 1.0 * 24.0  # of universal time
    sidereal = math.radians(15.0 * (6.697375 + 0.0657098242 * days + hours))
    hour_angle = sidereal + lon - ascension
    return math.asin(
        math.sin(declination) * math.sin(lat)
        + math.cos(declination) * math.cos(lat) * math.cos(hour_angle)
    )
