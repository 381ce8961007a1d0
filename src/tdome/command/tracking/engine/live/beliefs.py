"""What a live system adds to the core's doors: names and replies of plots, range laws.

A recording names its plots by their row and tells no own-force replies. In the chain a plot has a
name of its own, may come with such a reply, and has a strength; a radar has a range law and a
sector. ``Engine.fold`` takes :class:`Marks` beside a recording, ``Engine.believe`` takes
:class:`RangeLaws`.
"""

import msgspec
import numpy as np

from tdome.command.tracking.engine.layout import (
    BARREN,
    FRIENDLY,
    HALF_SECTOR,
    LN_FALSE,
    NAMES,
    POWER,
    SECTOR,
    Z_CROSS,
    Z_SPREAD,
)
from tdome.messages.base import Codes, Floats, Longs


class Marks(msgspec.Struct, frozen=True, eq=False):
    """Who the m plots of a recording are.

    name: (m,) what tracks keep of the plot. own: (m,) 1: with a valid own-force reply. cross: (m,)
    cross-section that explains its strength, m^2, and spread: (m,) Doppler spread, m/s; 0: not
    told. Addresses are in the recording.
    """

    name: Longs
    own: Codes
    cross: Floats
    spread: Floats

    def put(self, raw: Floats, source: Longs, first: int) -> None:
        """Write the marks of admitted plots, rows ``source`` - first, into raw and source."""
        rows = source - first
        raw[:, FRIENDLY], raw[:, Z_CROSS] = self.own[rows], self.cross[rows]
        raw[:, Z_SPREAD] = self.spread[rows]
        source[:] = self.name[rows]


class RangeLaws(msgspec.Struct, frozen=True, eq=False):
    """What a site is believed to see, one row for each of S sites.

    false_alarm: (S,) probability of false alarm. power: (S,) signal to noise ratio of 1 m^2 at 1 m.
    sector: (S, 2) its middle and half its width, rad. barren: (S,) its plots begin no tracks.
    """

    false_alarm: Floats
    power: Floats
    sector: Floats
    barren: Codes

    def put(self, sites: Floats) -> None:
        """Write the laws into the rows of sites."""
        sites[:, LN_FALSE], sites[:, POWER] = np.log(self.false_alarm), self.power
        sites[:, SECTOR], sites[:, HALF_SECTOR] = self.sector[:, 0], self.sector[:, 1]
        sites[:, BARREN] = self.barren
        sites[:, NAMES] = 1.0  # who they see may always be told
