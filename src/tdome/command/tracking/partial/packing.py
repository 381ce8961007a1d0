"""Which candidates are believed together: the best set that uses no direction twice, and margins.

Set packing: greatest sum of scores, each direction in one candidate at most. Clusters that share no
direction are solved each by itself; a candidate alone needs no solver; others go to HiGHS (scipy's
milp), exactly. Margin of a chosen candidate: what the best solution of its cluster loses without
it and without those that are told to be alike: the same place from other directions is no other
explanation of it.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tdome.messages.base import Floats, Ints, Longs
from tdome.messages.recording import Flags

MOST = 300  # candidates of one cluster, the best ones


def packed(
    rows: Ints, score: Floats, alike: Callable[[int, Longs], Flags] | None = None
) -> tuple[Longs, Floats]:
    """Return the chosen candidates, ascending, and the margin of each.

    rows: (k, n) directions of each, -1 for none. score: (k,), all positive. alike(c, others): which
    of some candidates tell the same place as candidate c; None: only itself does.
    """
    chosen: list[int] = []
    margin: list[float] = []
    for cluster in _clusters(rows):
        best = cluster[np.argsort(-score[cluster], kind="stable")[:MOST]]
        best.sort()
        taken, worth = _best(rows[best], score[best], np.zeros(len(best), np.bool_))
        for k in np.flatnonzero(taken).tolist():
            same = np.arange(len(best)) == k
            if alike is not None:
                same |= alike(int(best[k]), best)
            without = 0.0 if same.all() else _best(rows[best], score[best], same)[1]
            chosen.append(int(best[k]))
            margin.append(worth - without)
    order = np.argsort(np.array(chosen, np.int64), kind="stable")
    return np.array(chosen, np.int64)[order], np.array(margin, np.float64)[order]


def _clusters(rows: Ints) -> list[Longs]:
    """Return the candidates that are tied together by shared directions, list by list."""
    if not len(rows):
        return []
    uses = _uses(rows)
    count, label = connected_components(uses.T @ uses, directed=False)
    return [np.flatnonzero(label == k) for k in range(count)]


def _uses(rows: Ints) -> coo_array:
    """Return the sparse matrix (directions, candidates) of who uses what."""
    candidate, place = np.nonzero(rows >= 0)
    used = rows[candidate, place]
    shape = int(rows.max()) + 1, len(rows)
    return coo_array((np.ones(len(used)), (used, candidate)), shape=shape)


def _best(rows: Ints, score: Floats, forbidden: Flags) -> tuple[Longs, float]:
    """Return which candidates are in the best set, (k,) 0 or 1, and its score."""
    upper = np.where(forbidden, 0.0, 1.0)
    if len(score) == 1:
        return np.ones(1, np.int64), float(score[0])
    once = LinearConstraint(_uses(rows).tocsr(), ub=1.0)
    answer = milp(
        -score,
        integrality=np.ones(len(score), np.int64),
        bounds=Bounds(0.0, upper),
        constraints=once,
    )
    if answer.x is None:  # nothing is infeasible here; a solver that gives up chooses nobody
        return np.zeros(len(score), np.int64), 0.0
    taken = np.rint(answer.x).astype(np.int64)
    return taken, float(score[taken > 0].sum())
