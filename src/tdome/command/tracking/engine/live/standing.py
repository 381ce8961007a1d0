"""The tracks of a core as they stand at any time, read without a scan."""

from typing import Final, Self

import msgspec
import numpy as np

from tdome.command.tracking.engine.filters.laws import impossible, tell_law, told_fall, unpack
from tdome.command.tracking.engine.layout import (
    ADDRESS,
    AT,
    BORN,
    CROSS,
    FALL_AIR,
    HITS,
    MISSED,
    OWN,
    SCORE,
    SEEN,
    SILENCE,
    SPLIT,
    SPREAD,
    STORY,
    STORY_SIZE,
    STRAIN,
    WIDE,
)
from tdome.command.tracking.engine.radar.still import still_ones
from tdome.command.tracking.engine.settings import K_SCORED, K_TELL
from tdome.command.tracking.engine.telling.tell import ahead
from tdome.earth.falling import DRAG, PARTS
from tdome.kernel.ids import rows_of
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs
from tdome.messages.recording import Flags

LAW: Final = 5  # columns of a TrackHistory from ballistic on


class Standing(msgspec.Struct, frozen=True, eq=False):
    """The confirmed tracks of an engine at one time, n rows, oldest first.

    number: (n,) the engine's. state: (n, 6), covariance: (n, 6, 6), m and m/s, in its frame. hits,
    missed: (n,) plots in all, looks in vain since the last. spread: (n,) Doppler spread, m/s, 0
    where nobody told. seen, born: (n,) s since the engine's epoch, of the last and the first plot.
    doubted: (n,) likelier gone than not: kept, but not told of in histories. silence: (n,) sum of
    -ln(1 - Pd) over those looks. cross: (n,) m^2. address, own: (n,). story: (n, 16) names of the
    last plots that fed it, in no order, -1: none. law: (n, 5) as the columns of a TrackHistory from
    ballistic on. drag: (n, 6) covariance of ln(Cd A / m) with the state, 0 in the air. strain: (n,)
    smoothed d^2 under the fall, 3 expected; nan in the air. over: (n,) by then under the ground, or
    too fast for its law. still: (n,) it stands: fixed clutter, as far as is known
    (:mod:`..radar.still`).
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
    spread: Floats
    address: Longs
    own: Longs
    story: Longs
    law: Floats
    drag: Floats
    strain: Floats
    over: Flags
    still: Flags

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
    law, drag, over = np.empty((n, LAW)), np.zeros((n, 6)), np.zeros(n, np.bool_)
    spare = np.empty((1, rows.shape[1]))
    predict(rows, whole, members, t, k, spare, states, covariances, law, drag, over)
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
        spread=floats[:, SPREAD],
        address=integers[:, ADDRESS] - 1,
        own=integers[:, OWN],
        story=integers[:, STORY : STORY + STORY_SIZE],
        law=law,
        drag=drag,
        over=over,
        still=still_ones(rows, members, k),
        strain=floats[:, STRAIN] if rows.shape[1] == WIDE else np.full(n, np.nan),
    )


def remind(
    whole: Longs, members: Ints, known: Longs, numbers: Longs, address: Ints, own: Codes
) -> None:
    """Write who the tracks of some numbers are into their rows; those unknown are passed over."""
    at = rows_of(numbers, known)
    here = np.flatnonzero(at >= 0)
    there, rows = at[here], members[here]
    heard = whole[rows, ADDRESS]
    whole[rows, ADDRESS] = np.where(address[there] >= 0, address[there] + 1, heard)
    whole[rows, OWN] |= own[there]


@kernel
def predict(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, members: Ints, t: float, k: Floats, spare: Floats, states: Floats,
    spread: Floats, law: Floats, drag: Floats, over: Flags,
) -> None:  # fmt: skip
    """Write states (n, 6) and covariances (n, 6, 6) of tracks at t under their law, and the law.

    law (n, 5), drag (n, 6), over (n,): as in :class:`Standing`. spare: (1, a row) scratch.
    """
    full_x, full_p = np.empty(PARTS), np.empty((PARTS, PARTS))
    for n in range(len(members)):
        i = int(members[n])
        flies = int(whole[i, SPLIT])
        if rows[i, AT] < t:
            ahead(rows, i, flies, t - rows[i, AT], k, spare)
        else:
            for f in range(rows.shape[1]):
                spare[0, f] = rows[i, f]
        tell_law(spare, 0, flies, law[n])
        unpack(spare, 0, states[n], spread[n])
        over[n] = impossible(spare, 0, flies)
        if flies >= FALL_AIR:
            told_fall(spare, 0, full_x, full_p, np.empty(6), np.empty((6, 6)))
            drag[n] = full_p[DRAG, :6]
