"""One Plots message in ECEF: converted measurements with the radar's believed errors.

Position from range, azimuth and elevation; covariance s_r^2 rr' + (R cos(el) s_az)^2 aa' + (R
s_el)^2 ee' along the unit vectors of the three (converted measurements; Bar-Shalom, Li,
Kirubarajan, 2001, section 10.4.2). Limit: no debiasing; the bias R s^2 / 2 is about 1 m at 200 km
and 0.2 degrees.
"""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.tracking.detection import Detection
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints
from tdome.messages.sensing import Plots
from tdome.plan.books.sensors import SensorBook


class Scan(msgspec.Struct, frozen=True, eq=False):
    """Plots in canonical order (by measured values): their order in the message changes nothing.

    sensor: row in plan.sensors. at: int ns. row: (m,) row in the message. z: (m, 3) ECEF, m. r: (m,
    3, 3) m^2. origin: (3,) antenna, ECEF, m. up: (3,) its local vertical. distance: (m,) from it,
    m. rcs: (m,) m^2. spread: (m,) m/s, nan where not measured. address, friend: (m,) as in Plots.
    """

    sensor: int
    seq: int
    at: int
    volume: bool
    row: Ints
    z: Floats
    r: Floats
    origin: Floats
    up: Floats
    distance: Floats
    rcs: Floats
    spread: Floats
    address: Ints
    friend: Codes


def convert(plots: Plots, book: SensorBook, detection: Detection) -> Scan:
    """Return a scan in ECEF; raises ValueError for a sensor that the plan does not have."""
    if plots.sensor not in book.names:
        raise ValueError(
            f"plots of sensor {plots.sensor!r}, which is not in the plan: {', '.join(book.names)}"
        )
    sensor = book.names.index(plots.sensor)
    book = book.at(plots.header.valid_at)
    order = _canonical_order(plots)
    count = len(order)
    z, r = np.empty((count, 3)), np.empty((count, 3, 3))
    measured = (plots.range_m, plots.azimuth_rad, plots.elevation_rad)
    _to_ecef(*measured, order, book.sigma[sensor], book.ecef[sensor], book.axes[sensor], z, r)
    snr_db = plots.snr_db[order].astype(np.float64)
    return Scan(
        sensor=sensor,
        seq=plots.header.seq,
        at=plots.header.valid_at,
        volume=plots.volume,
        row=order.astype(np.int32),
        z=z,
        r=r,
        origin=book.ecef[sensor],
        up=book.axes[sensor, 2],
        distance=plots.range_m[order],
        rcs=detection.cross_section(sensor, plots.range_m[order], snr_db),
        spread=plots.doppler_spread_m_s[order].astype(np.float64),
        address=plots.address[order],
        friend=plots.friend[order],
    )


def _canonical_order(plots: Plots) -> NDArray[np.intp]:
    """Sort plots by what was measured; most come so already."""
    nearest = plots.range_m
    if np.all(nearest[1:] > nearest[:-1]):
        return np.arange(len(nearest))
    keys = (plots.friend, plots.address, plots.snr_db)
    return np.lexsort((*keys, plots.elevation_rad, plots.azimuth_rad, nearest))


@kernel
def _to_ecef(  # noqa: PLR0913, PLR0917 - flat columns
    range_m: Floats,
    azimuth: Floats,
    elevation: Floats,
    order: NDArray[np.intp],
    sigma: Floats,
    origin: Floats,
    axes: Floats,
    z: Floats,
    r: Floats,
) -> None:
    """Write positions z (m, 3) and covariances r (m, 3, 3) of the plots in ``order``."""
    arms, length = np.empty((3, 3)), np.empty(3)
    for k in range(len(order)):
        distance, a, e = range_m[order[k]], azimuth[order[k]], elevation[order[k]]
        sin_a, cos_a, sin_e, cos_e = math.sin(a), math.cos(a), math.sin(e), math.cos(e)
        level, up = distance * cos_e, distance * sin_e
        for i in range(3):
            east, north, zenith = axes[0, i], axes[1, i], axes[2, i]
            z[k, i] = (level * sin_a * east + level * cos_a * north + up * zenith) + origin[i]
            arms[0, i] = cos_e * sin_a * east + cos_e * cos_a * north + sin_e * zenith
            arms[1, i] = cos_a * east - sin_a * north
            arms[2, i] = -sin_e * sin_a * east - sin_e * cos_a * north + cos_e * zenith
        length[0], length[1], length[2] = sigma[0], sigma[1] * distance * cos_e, sigma[2] * distance
        for i in range(3):
            for j in range(3):
                total = 0.0
                for arm in range(3):
                    total += (arms[arm, i] * length[arm]) * (arms[arm, j] * length[arm])
                r[k, i, j] = total
