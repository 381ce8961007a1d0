"""Recordings: many scans in flat columns, and the tracks that come of them.

The chain speaks in messages, one per scan. A recording of a million plots is read, tracked and
scored in these columns instead: the same nouns, without an object per scan.
"""

from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.messages.base import Codes, Floats, Ints, Longs, Singles

Flags = NDArray[np.bool_]


_NO_SIGMA: Floats = np.full((), np.nan)


class Recording(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Plots of S scans, m in all, scans in order of (time, sensor), or that in which they came.

    at: (S,) int ns. sensor: (S,) row in the sites. start: (S + 1,) the plots of scan k are rows
    start[k] : start[k + 1]. volume: (S,) True where the whole coverage was looked at. range_m: (m,)
    nan where only a direction is measured. azimuth_rad: (m,) clockwise from the site's north.
    elevation_rad: (m,) nan where no height is measured. range_rate_m_s: (m,) growing positive, nan
    where it is not measured. snr_db: (m,) nan where it is not told. address: (m,) transponder
    address, -1 if none. height_m: (m,) height above the ellipsoid that the transponder tells, nan
    if none. place_sigma_m: (m,) of a place that the flyer tells (a cooperative site), the standard
    error of each coordinate, nan for that of the site; not to be given where nobody tells places.
    """

    at: Longs
    sensor: Ints
    start: Longs
    volume: Flags
    range_m: Floats
    azimuth_rad: Floats
    elevation_rad: Floats
    range_rate_m_s: Floats
    snr_db: Singles
    address: Ints
    height_m: Floats
    place_sigma_m: Floats = _NO_SIGMA

    def __post_init__(self) -> None:
        """Fill in what was not told (a column that can not be written to, and takes no memory)."""
        if self.place_sigma_m.ndim == 0:
            untold = np.broadcast_to(self.place_sigma_m, self.range_m.shape)
            msgspec.structs.force_setattr(self, "place_sigma_m", untold)

    def __len__(self) -> int:
        """Return the number of scans."""
        return len(self.at)

    @property
    def plots(self) -> int:
        """Plots in all scans."""
        return len(self.range_m)

    def part(self, first: int, last: int) -> Self:
        """Return scans first : last as a recording of their own (views, no copies)."""
        begin, end = int(self.start[first]), int(self.start[last])
        scans = {name: getattr(self, name)[first:last] for name in ("at", "sensor", "volume")}
        columns = {name: getattr(self, name)[begin:end] for name in PLOT_COLUMNS}
        return type(self)(start=self.start[first : last + 1] - begin, **scans, **columns)

    def taken(self, scans: Longs) -> tuple[Self, Longs]:
        """Return scans (k,) in that order, and the row that each of their plots has here."""
        length = np.diff(self.start)[scans]
        start = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
        rows = np.arange(start[-1]) + np.repeat(self.start[:-1][scans] - start[:-1], length)
        names = (name for name in self.__struct_fields__ if name != "start")
        where = {name: rows if name in PLOT_COLUMNS else scans for name in names}
        columns = {name: getattr(self, name)[chosen] for name, chosen in where.items()}
        return type(self)(start=start, **columns), rows


PLOT_COLUMNS = (
    "range_m",
    "azimuth_rad",
    "elevation_rad",
    "range_rate_m_s",
    "snr_db",
    "address",
    "height_m",
    "place_sigma_m",
)


LAW_COLUMNS = ("ballistic", "ln_inv_beta", "ln_inv_beta_sigma", "thrust", "powered")
_NO_ADDRESS = np.array(-1, np.int32)
_UNTOLD_LAW: Codes = np.zeros((), np.int8)
_UNTOLD: Floats = np.full((), np.nan)


class TrackHistory(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What confirmed tracks were at the end of each scan: n rows, ordered by scan, then number.

    scan: (n,) row in the recording. at: (n,) int ns. number: (n,) track number. state: (n, 6)
    position m and velocity m/s in the tracking frame. covariance: (n, 6, 6). updated: (n,) True
    where this scan fed the track. plot: (n,) row of the plot that fed it most, -1 for none.
    address: (n,) transponder address, -1 for none.

    Of the law of motion; where a tracker tells nothing of it these are zeros, and nan: ballistic:
    (n,) 1 where the ballistic law is in force. ln_inv_beta: (n,) ln(Cd A / m in m^2/kg), and
    ln_inv_beta_sigma: (n,) its standard deviation, nan under the law of flight in the air. thrust:
    (n,) m/s^2 along the velocity if it is under power, and powered: (n,) the probability of that,
    nan likewise.
    """

    scan: Ints
    at: Longs
    number: Ints
    state: Floats
    covariance: Floats
    updated: Flags
    plot: Longs
    address: Ints = _NO_ADDRESS
    ballistic: Codes = _UNTOLD_LAW
    ln_inv_beta: Floats = _UNTOLD
    ln_inv_beta_sigma: Floats = _UNTOLD
    thrust: Floats = _UNTOLD
    powered: Floats = _UNTOLD

    def __post_init__(self) -> None:
        """Fill in what was not told (columns that can not be written to)."""
        for name in ("address", *LAW_COLUMNS):
            if getattr(self, name).ndim == 0:
                untold = np.broadcast_to(getattr(self, name), self.scan.shape)
                msgspec.structs.force_setattr(self, name, untold)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.scan)


class TruthHistory(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Where the flyers were, for scoring only: n rows, ordered by time, then flyer.

    at: (n,) int ns. flyer: (n,). state: (n, 6), in the frame of the tracks.
    """

    at: Longs
    flyer: Ints
    state: Floats
