"""Number continuity: a track that broke and was begun anew keeps the number that it had.

A track that ended at t0 and one that began at t1 > t0 are the same target if the old one, predicted
to t1, and the new one as it was at t1 (its first good state) agree in place and velocity, within
the gate. Near-constant velocity, with the noise of a target that may have turned: the longer the
gap, the wider the gate, and the dearer a pair (ln |T|). Exact assignment. Yeom, Kirubarajan,
Bar-Shalom, "Track segment association, fine-step IMM and initialization with Doppler for improved
track performance", IEEE T-AES 40(1), 2004. Limit: a target that turned by more than the noise
allows gets a new number.
"""

import numpy as np

from tdome.command.tracking.association import MISSED_COST
from tdome.command.tracking.engine.pairing.assignment import choose
from tdome.command.tracking.fusion.motion import predicted
from tdome.command.tracking.fusion.pairing import GATE, distances, shifted
from tdome.messages.base import Floats, Ints, Longs

NOISE = 25.0  # m^2/s^3: 5 m/s^2 held for 1 s
LONGEST = 60.0  # s
_NS = 1e-9


def stitch(
    ended: tuple[Longs, Floats, Floats],
    begun: tuple[Longs, Floats, Floats],
    *,
    noise: float = NOISE,
    longest: float = LONGEST,
    gate: float = GATE,
) -> Ints:
    """Return the row of the ended track that each begun one takes up, (k,), or -1.

    Parameters
    ----------
    ended
        (n,) int ns of the last update, and state (n, 6) and covariance (n, 6, 6) then.
    begun
        The same of the new tracks, at the time of their first good state.
    noise, longest, gate
        m^2/s^3; s of gap; on the squared distance, 6 degrees of freedom.
    """
    at, x, p = ended
    since, y, q = begun
    chosen = np.full(len(since), -1, np.int32)
    gap = (since[:, None] - at[None]) * _NS
    new, old = np.nonzero((gap > 0.0) & (gap <= longest))
    if not len(new):
        return chosen
    ahead, spread = predicted(x[old], p[old], gap[new, old], noise)
    d2, size = distances(ahead, spread, y[new], q[new])
    kept = np.flatnonzero(d2 <= gate)
    if not len(kept):
        return chosen
    new, column = new[kept], old[kept].astype(np.int32)
    cost = shifted(d2[kept] + size[kept])
    start: Ints = np.searchsorted(new, np.arange(len(since) + 1)).astype(np.int32)
    return choose(start, column, cost, len(at), MISSED_COST)
