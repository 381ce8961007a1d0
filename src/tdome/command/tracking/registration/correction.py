"""Plots without their estimated biases, and sites that allow for what is left of them.

The plain way is to add the variance of each bias to that of its coordinate (``considered_sites``).
That is right for one plot, and too sure for many, because the rest of a bias is the same in all of
them. :mod:`.consider` carries that correlation (Schmidt-Kalman), and is consistent.
"""

from typing import NamedTuple

import msgspec
import numpy as np

from tdome.command.tracking.registration.state import COMPONENTS, TIME, BiasState
from tdome.messages.base import Longs
from tdome.messages.recording import PLOT_COLUMNS, Recording
from tdome.plan.books.sites import SiteBook

_NS = 1e-9


class Corrected(NamedTuple):
    """A recording without biases; plot k of it was plot row[k], scan k scan[k] before."""

    recording: Recording
    row: Longs
    scan: Longs


def corrected(recording: Recording, state: BiasState) -> Corrected:
    """Return the plots less the estimated biases, scans in order of their corrected times.

    Ranges stay positive, azimuths in [0, 2 pi).
    """
    bias = state.bias.reshape(-1, COMPONENTS)
    late = np.rint(bias[recording.sensor, TIME] / _NS).astype(np.int64)
    at = recording.at - late
    scans = np.lexsort((recording.sensor, at))
    length = np.diff(recording.start)[scans]
    start = np.concatenate([[0], np.cumsum(length)]).astype(recording.start.dtype)
    offset = np.repeat(recording.start[:-1][scans] - start[:-1], length)
    row = (np.arange(recording.plots) + offset).astype(np.int64)
    sensor = np.repeat(recording.sensor[scans], length)
    columns = {name: getattr(recording, name)[row] for name in PLOT_COLUMNS}
    columns["range_m"] = np.maximum(columns["range_m"] - bias[sensor, 0], 1.0)
    columns["azimuth_rad"] = np.mod(columns["azimuth_rad"] - bias[sensor, 1], 2.0 * np.pi)
    columns["elevation_rad"] = columns["elevation_rad"] - bias[sensor, 2]
    fixed = Recording(
        at=at[scans],
        sensor=recording.sensor[scans],
        start=start,
        volume=recording.volume[scans],
        **columns,
    )
    return Corrected(fixed, row, scans.astype(np.int64))


def considered_sites(sites: SiteBook, state: BiasState) -> SiteBook:
    """Return the sites with the variance of each bias that is left added to that of its plots."""
    left = np.diag(state.covariance).reshape(-1, COMPONENTS)[:, :TIME]
    sigma = sites.sigma.copy()
    sigma[:, :TIME] = np.sqrt(np.square(sigma[:, :TIME]) + left)
    return msgspec.structs.replace(sites, sigma=sigma)
