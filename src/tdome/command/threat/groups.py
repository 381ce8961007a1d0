"""Raid groups: which threats fly together.

Two tracks are linked where they are near and move alike:

    |p_a - p_b| <= max(NEAR_M, NEAR_S v),    |v_a - v_b| <= ALIKE v,    v = max(|v_a|, |v_b|)

and a group is what links connect (single linkage), so that a stream of bodies one behind the other
is one group however long it is. A group goes by its leader: the one seen first, of several the one
farthest along +x, y, z; so its number lasts as long as its leader does. Positions and velocities
are ECEF, m and m/s.

Assumptions: what flies together was sent together, and who closes up late is counted with those it
flies with. Fast bodies may be far apart (NEAR_S seconds of flight) since a salvo leaves over
seconds. Limits: two raids that cross on the same course are one group while they do; see
docs/concepts/threat/evaluation.md. Settings are own choice (notional). Errors raised: none.
"""

import numpy as np

from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs
from tdome.messages.tracks import SystemTracks

NEAR_M, NEAR_S, ALIKE = 5_000.0, 20.0, 0.35


@kernel
def _root1(parent: Longs, row: int) -> int:
    """Return who stands for a row, and shorten the way there."""
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row


@kernel
def _linked1(a: Floats, b: Floats) -> bool:
    """Tell whether two states (6,) are near and move alike."""
    speed = max(a[3] * a[3] + a[4] * a[4] + a[5] * a[5], b[3] * b[3] + b[4] * b[4] + b[5] * b[5])
    apart, unlike = 0.0, 0.0
    for k in range(3):
        apart += (a[k] - b[k]) ** 2
        unlike += (a[k + 3] - b[k + 3]) ** 2
    near = max(NEAR_M * NEAR_M, NEAR_S * NEAR_S * speed)
    return bool(apart <= near and unlike <= ALIKE * ALIKE * speed)


@kernel
def connect(state: Floats, order: Longs, parent: Longs) -> None:
    """Link rows of ``state`` (n, 6), which ``order`` sorts by x; ``parent`` (n,) gets their groups.

    Each is compared with those behind it that are not farther in x than the faster may be: what
    has a link is found from the one or the other side.
    """
    fastest = 0.0
    for i in order:
        fastest = max(fastest, state[i, 3] ** 2 + state[i, 4] ** 2 + state[i, 5] ** 2)
    widest = max(NEAR_M, NEAR_S * np.sqrt(fastest))
    for place in range(len(order)):
        i = order[place]
        parent[i] = i
        for other in range(place - 1, -1, -1):
            j = order[other]
            if state[i, 0] - state[j, 0] > widest:
                break
            if _linked1(state[i], state[j]):
                parent[_root1(parent, j)] = _root1(parent, i)
    for i in order:
        parent[i] = _root1(parent, i)


def leaders(tracks: SystemTracks, threatens: Codes | np.ndarray) -> Ints:
    """Return the track number of each row's group leader, (n,); -1 where nothing is threatened."""
    rows = np.flatnonzero(threatens)
    out = np.full(len(tracks), -1, np.int32)
    if len(rows) == 0:
        return out
    state = tracks.state[rows]
    root = np.empty(len(rows), np.int64)
    connect(state, np.argsort(state[:, 0], kind="stable"), root)
    x, y, z = -state[:, :3].T
    first = np.lexsort((z, y, x, tracks.first_at[rows], root))
    starts = np.flatnonzero(np.r_[True, np.diff(root[first]) > 0])
    leader = np.empty(len(rows), np.int32)
    leader[root[first[starts]]] = tracks.track_number[rows[first[starts]]]
    out[rows] = leader[root]
    return out
