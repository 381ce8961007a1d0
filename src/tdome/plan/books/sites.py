"""Sites: what a tracker believes about the sensors of a recording, in columns."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.messages.base import Floats


class SiteBook(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """S sensors, one row each; the frame is ECEF (WGS-84), or a flat one.

    names: of the sensors. flat: True for a plane frame x east, y north, z up, m. origin: (S, 3) m.
    axes: (S, 3, 3) rows: unit vectors east, north, up of the site in the frame. sigma: (S, 4)
    standard errors of range m, azimuth rad, elevation rad, range rate m/s; nan where not measured.
    detection: (S,) probability of detection of a target in reach. false_plots: (S,) mean number of
    false plots in a scan. reach: (S, 2) least and greatest range, m. elevation: (S, 2) least and
    greatest, rad. period: (S,) s between scans. cell: (S, 3) of the resolution, range m, azimuth
    and elevation rad: targets in one cell give one plot; 0: not told; None: of no sensor.
    place_sigma: (S,) of cooperative sites, which pass on where flyers say they are: standard error
    of each coordinate where a report tells none, m; nan for sites that measure; None if all do.
    sound: (S,) True of acoustic arrays: directions are of when the sound left; None if of no site.

    What a site measures follows from sigma: a range and an azimuth (elevation nan: a 2-D radar), or
    directions alone (range nan: passive receivers, acoustic arrays, the strobes of a jammed radar).
    """

    names: tuple[str, ...]
    flat: bool
    origin: Floats
    axes: Floats
    sigma: Floats
    detection: Floats
    false_plots: Floats
    reach: Floats
    elevation: Floats
    period: Floats
    place_sigma: Floats | None = None
    cell: Floats | None = None
    sound: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        """Return the number of sensors."""
        return len(self.names)
