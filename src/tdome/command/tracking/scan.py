"""One Plots message in ECEF: converted measurements with the radar's believed errors.

Position from range, azimuth and elevation; covariance s_r^2 rr' + (R cos(el) s_az)^2 aa' + (R
s_el)^2 ee' along the unit vectors of the three (converted measurements; Bar-Shalom, Li,
Kirubarajan, 2001, section 10.4.2). Limit: no debiasing; the bias R s^2 / 2 is about 1 m at 200 km
and 0.2 degrees.
"""

import msgspec
import numpy as np

from tdome.command.tracking.detection import Detection
from tdome.earth.wgs84 import enu_to_ecef, polar_to_enu
from tdome.messages.base import Codes, Floats, Ints
from tdome.messages.sensing import Plots
from tdome.plan.books import SensorBook


class Scan(msgspec.Struct, frozen=True, eq=False):
    """Plots in canonical order (by measured values): their order in the message changes nothing.

    sensor: row in plan.sensors. at: int ns. row: (m,) row in the message. z: (m, 3) ECEF, m. r:
    (m, 3, 3) m^2. rcs: (m,) m^2. address, friend: (m,) as in Plots.
    """

    sensor: int
    seq: int
    at: int
    volume: bool
    row: Ints
    z: Floats
    r: Floats
    rcs: Floats
    address: Ints
    friend: Codes


def convert(plots: Plots, book: SensorBook, detection: Detection) -> Scan:
    """Return a scan in ECEF; raises ValueError for a sensor that the plan does not have."""
    if plots.sensor not in book.names:
        raise ValueError(
            f"plots of sensor {plots.sensor!r}, which is not in the plan: {', '.join(book.names)}"
        )
    sensor = book.names.index(plots.sensor)
    keys = (plots.friend, plots.address, plots.snr_db)
    order = np.lexsort((*keys, plots.elevation_rad, plots.azimuth_rad, plots.range_m))
    distance = plots.range_m[order]
    polar = np.stack([distance, plots.azimuth_rad[order], plots.elevation_rad[order]], axis=1)
    origin, axes = book.ecef[sensor], book.axes[sensor]
    return Scan(
        sensor=sensor,
        seq=plots.header.seq,
        at=plots.header.valid_at,
        volume=plots.volume,
        row=order.astype(np.int32),
        z=enu_to_ecef(polar_to_enu(polar), origin, axes),
        r=_covariance(polar, book.sigma[sensor], axes),
        rcs=detection.cross_section(sensor, distance, plots.snr_db[order].astype(np.float64)),
        address=plots.address[order],
        friend=plots.friend[order],
    )


def _covariance(polar: Floats, sigma: Floats, axes: Floats) -> Floats:
    distance, azimuth, elevation = polar[:, 0], polar[:, 1], polar[:, 2]
    sin_a, cos_a = np.sin(azimuth), np.cos(azimuth)
    sin_e, cos_e = np.sin(elevation), np.cos(elevation)
    none = np.zeros_like(sin_a)
    arms = (
        (sigma[0] + none, np.stack([cos_e * sin_a, cos_e * cos_a, sin_e], axis=1)),
        (sigma[1] * distance * cos_e, np.stack([cos_a, -sin_a, none], axis=1)),
        (sigma[2] * distance, np.stack([-sin_e * sin_a, -sin_e * cos_a, cos_e], axis=1)),
    )
    total = np.zeros((len(polar), 3, 3))
    for length, direction in arms:
        arm = enu_to_ecef(direction, np.zeros(3), axes) * length[:, None]
        total += arm[:, :, None] * arm[:, None, :]
    return total
