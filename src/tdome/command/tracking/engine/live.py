"""What a live system adds to the core's doors: names and replies of plots, range laws, standing.

A recording names its plots by their row and tells no replies. In the chain a plot has a name of its
own, may come with a reply, and has a strength; a radar has a range law, a sector, and looks at one
place only whose silence says nothing. ``Engine.fold`` takes :class:`Marks` beside a recording,
``Engine.believe`` takes :class:`RangeLaws`, and :func:`standing` reads the tracks without a scan.
"""

from typing import Self

import msgspec
import numpy as np

from tdome.command.tracking.engine.filters.motion import drift
from tdome.command.tracking.engine.layout import (
    AT,
    BARREN,
    BORN,
    COVARIANCE,
    CROSS,
    HALF_SECTOR,
    HEAD,
    HITS,
    LN_FALSE,
    MISSED,
    OWN,
    POWER,
    REPLY,
    SCORE,
    SECTOR,
    SEEN,
    SILENCE,
    SILENT,
    SINGLE,
    STORY,
    STORY_SIZE,
    Z_CROSS,
    Z_OWN,
    Z_REPLY,
)
from tdome.command.tracking.engine.settings import K_CLIMB, K_LEVEL, K_SCORED, K_TELL
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs
from tdome.messages.recording import Flags


class Marks(msgspec.Struct, frozen=True, eq=False):
    """Who the m plots of a recording are.

    name: (m,) what tracks keep of the plot. address: (m,) of a transponder's reply, -1: none. own:
    (m,) 1: with a valid own-force reply. cross: (m,) cross-section that explains its strength, m^2,
    0: not told.
    """

    name: Longs
    address: Ints
    own: Codes
    cross: Floats

    def put(self, raw: Floats, source: Longs, first: int) -> None:
        """Write the marks of admitted plots, rows ``source`` - first, into raw and source."""
        rows = source - first
        raw[:, Z_REPLY], raw[:, Z_OWN] = self.address[rows], self.own[rows]
        raw[:, Z_CROSS] = self.cross[rows]
        source[:] = self.name[rows]


class RangeLaws(msgspec.Struct, frozen=True, eq=False):
    """What a site is believed to see, one row for each of S sites.

    false_alarm: (S,) probability of false alarm. power: (S,) signal to noise ratio of 1 m^2 at 1 m.
    sector: (S, 2) its middle and half its width, rad. silent: (S,) its looks are at one place.
    barren: (S,) its plots begin no tracks.
    """

    false_alarm: Floats
    power: Floats
    sector: Floats
    silent: Codes
    barren: Codes

    def put(self, sites: Floats) -> None:
        """Write the laws into the rows of sites."""
        sites[:, LN_FALSE], sites[:, POWER] = np.log(self.false_alarm), self.power
        sites[:, SECTOR], sites[:, HALF_SECTOR] = self.sector[:, 0], self.sector[:, 1]
        sites[:, SILENT], sites[:, BARREN] = self.silent, self.barren


class Standing(msgspec.Struct, frozen=True, eq=False):
    """The confirmed tracks of an engine at one time, n rows, oldest first.

    number: (n,) the engine's. state: (n, 6), covariance: (n, 6, 6), m and m/s, in its frame. hits,
    missed: (n,) plots in all, looks in vain since the last. seen, born: (n,) s since the engine's
    epoch, of the last and the first plot. doubted: (n,) likelier gone than not: kept, but not told
    of in histories. silence: (n,) sum of -ln(1 - Pd) over those looks. cross: (n,) m^2. address,
    own: (n,). story: (n, 16) names of the last plots that fed it, in no order, -1: none.
    """

    number: Longs
    state: Floats
    covariance: Floats
    hits: Longs
    missed: Longs
    seen: Floats
    born: Floats
    doubted: Flags
    silence: Floats
    cross: Floats
    address: Longs
    own: Longs
    story: Longs

    def take(self, rows: Flags) -> Self:
        """Return some of the tracks."""
        names = self.__struct_fields__
        return type(self)(**{name: getattr(self, name)[rows] for name in names})


def standing(
    rows: Floats, whole: Longs, k: Floats, members: Ints, numbers: Longs, t: float
) -> Standing:
    """Return the tracks in some rows of an engine, predicted to t (s); nothing is written to."""
    n = len(members)
    states, covariances = np.empty((n, 6)), np.empty((n, 6, 6))
    predict(rows, members, t, k, np.empty((1, SINGLE)), states, covariances)
    floats, integers = rows[members], whole[members]
    return Standing(
        number=np.asarray(numbers, np.int64),
        state=states,
        covariance=covariances,
        hits=integers[:, HITS],
        missed=integers[:, MISSED],
        seen=floats[:, SEEN],
        born=floats[:, BORN],
        doubted=(k[K_SCORED] != 0.0) & (floats[:, SCORE] < k[K_TELL]),
        silence=floats[:, SILENCE],
        cross=floats[:, CROSS],
        address=integers[:, REPLY],
        own=integers[:, OWN],
        story=integers[:, STORY : STORY + STORY_SIZE],
    )


@kernel
def predict(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, members: Ints, t: float, k: Floats, spare: Floats, states: Floats, spread: Floats
) -> None:
    """Write states (n, 6) and covariances (n, 6, 6) of tracks at t; spare: (1, SINGLE) scratch."""
    for n in range(len(members)):
        i = members[n]
        for f in range(SINGLE):
            spare[0, f] = rows[i, f]
        if rows[i, AT] < t:
            drift(spare, 0, HEAD, t - rows[i, AT], k[K_LEVEL], k[K_CLIMB])
        at = HEAD + COVARIANCE
        for f in range(6):
            states[n, f] = spare[0, HEAD + f]
            for g in range(f + 1):
                spread[n, f, g] = spare[0, at]
                spread[n, g, f] = spare[0, at]
                at += 1
