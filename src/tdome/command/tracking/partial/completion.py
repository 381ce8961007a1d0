"""Plots without height and optical directions: what is missing is taken from the track they fit.

A report of two coordinates is given to the confirmed track whose expected place fits them best, if
the squared distance in units of both errors is within GATE (chi-square, 2 degrees of freedom). The
missing coordinate is that of the track, with an error of WIDE_ANGLE or WIDE_RANGE: the filter then
gains next to nothing along it. Whole again, the report goes the way of every other plot, but it
begins no track. Limit: the choice looks at one report at a time, the assignment after it at all.
"""

import math
from typing import NamedTuple

import msgspec
import numpy as np

from tdome.command.tracking.detection import Detection
from tdome.command.tracking.life import Rows
from tdome.command.tracking.scan import Scan, convert
from tdome.command.tracking.table import TrackTable
from tdome.earth.wgs84 import ecef_to_enu, enu_to_polar
from tdome.messages.base import Floats, Ints, Longs
from tdome.messages.sensing import Bearings, Plots
from tdome.plan.books.sensors import SensorBook

GATE = 13.8  # chi-square with 2 degrees of freedom, 99.9 %
WIDE_ANGLE = 0.5  # rad
WIDE_RANGE = 50_000.0  # m
_BOUNDS = 0.5 * math.pi


class Completed(NamedTuple):
    """A scan of what was completed, and how many rows fit no track."""

    scan: Scan
    left_over: int


def complete(
    message: Plots | Bearings, table: TrackTable, tau: float, book: SensorBook, law: Detection
) -> Completed:
    """Complete the rows of a message from tracks that stand tau s after it."""
    sensor = book.names.index(message.sensor)
    measured = _measured(message)
    rows = np.flatnonzero(table.confirmed)
    x, p = table.in_force(rows)
    expected = _expected(x, tau, book.at(message.header.valid_at), sensor)
    nearest, fits = _nearest(measured, expected, p, book.sigma[sensor])
    whole = np.where(np.isnan(measured), expected[nearest], measured) if len(rows) else measured
    kept = np.flatnonzero(fits)
    scan = convert(_as_plots(message, whole, kept), _widened(book, sensor), law)
    if isinstance(message, Bearings):  # a direction says nothing of the radar cross-section
        scan = msgspec.structs.replace(scan, rcs=table.rcs[rows[nearest[kept[scan.row]]]])
    scan = msgspec.structs.replace(scan, row=kept[scan.row].astype(np.int32))
    return Completed(scan, len(measured) - len(kept))


def _measured(message: Plots | Bearings) -> Floats:
    """Return range, azimuth and elevation, (m, 3), nan where not measured."""
    distance = message.range_m if isinstance(message, Plots) else np.full(len(message), np.nan)
    return np.column_stack([distance, message.azimuth_rad, message.elevation_rad])


def _expected(x: Floats, tau: float, book: SensorBook, sensor: int) -> Floats:
    place = x[:, :3] - tau * x[:, 3:]
    return enu_to_polar(ecef_to_enu(place, book.ecef[sensor], book.axes[sensor]))


def _nearest(measured: Floats, expected: Floats, p: Floats, sigma: Floats) -> tuple[Ints, Rows]:
    """Return the best track of each row (m,), and whether it is within the gate."""
    if not len(expected) or not len(measured):
        return np.zeros(len(measured), np.int32), np.zeros(len(measured), np.bool_)
    place = np.trace(p[:, :3, :3], axis1=1, axis2=2) / 3.0
    level = np.maximum(expected[:, 0] * np.cos(expected[:, 2]), 1.0)
    scale = np.column_stack([np.ones(len(expected)), level, np.maximum(expected[:, 0], 1.0)])
    off = measured[:, None, :] - expected[None]
    off[..., 1] = np.remainder(off[..., 1] + math.pi, 2.0 * math.pi) - math.pi
    error = np.square(scale * sigma) + place[:, None]
    d2 = np.nansum(np.square(off * scale) / error, axis=2)
    nearest = d2.argmin(axis=1)
    return nearest.astype(np.int32), d2[np.arange(len(measured)), nearest] <= GATE


def _as_plots(message: Plots | Bearings, whole: Floats, kept: Longs) -> Plots:
    """Return the rows that were completed as plots."""
    count = len(kept)
    address, friend = np.full(count, -1, np.int32), np.zeros(count, np.int8)
    spread = np.full(count, np.nan, np.float32)
    if isinstance(message, Plots):
        address, friend = message.address[kept], message.friend[kept]
        spread = message.doppler_spread_m_s[kept]
    return Plots(
        header=message.header,
        sensor=message.sensor,
        volume=message.volume,
        range_m=np.maximum(whole[kept, 0], 1.0),
        azimuth_rad=whole[kept, 1],
        elevation_rad=np.clip(whole[kept, 2], -_BOUNDS, _BOUNDS),
        range_rate_m_s=np.full(count, np.nan),
        doppler_spread_m_s=spread,
        snr_db=message.snr_db[kept],
        address=address,
        friend=friend,
    )


def _widened(book: SensorBook, sensor: int) -> SensorBook:
    """Return the book with a wide error where this sensor measures nothing."""
    sigma = book.sigma.copy()
    wide = np.array([WIDE_RANGE, WIDE_ANGLE, WIDE_ANGLE])
    sigma[sensor] = np.where(np.isnan(sigma[sensor]), wide, sigma[sensor])
    return msgspec.structs.replace(book, sigma=sigma)
