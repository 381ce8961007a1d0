"""Labelled multi-Bernoulli tracks: existence probabilities and weighted hypotheses, as kernels.

Each label is a Bernoulli component: it exists with probability r, and its state is a mixture of
rows (hypotheses) with weights that sum to 1 (Reuter, Vo, Vo, Dietmayer, "The labeled
multi-Bernoulli filter", IEEE T-SP 62(12), 2014). The update over all partitions of the plots is
replaced by the marginals of loopy belief propagation (Williams, "Marginal multi-Bernoulli filters:
RFS derivation of MHT, JIPDA, and association-based MeMBer", IEEE T-AES 51(3), 2015: TOMB). What a
row is does not matter here: one Kalman filter, or an IMM. So this is a layer over any tracker
that can predict, gate and update rows.

Rows of one label stand together: those of label l are first[l] : first[l + 1].
"""

import numpy as np

from tdome.command.tracking.engine.layout import COVARIANCE
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints


@kernel
def pool(  # noqa: PLR0913, PLR0917 - flat columns
    first: Ints, weight: Floats, start: Ints, column: Ints, odds: Floats, exists: Floats,
    detection: Floats, plots: int, pooled_start: Ints, pooled_column: Ints, ratio: Floats,
    share: Floats, slot: Ints,
) -> int:  # fmt: skip
    """Sum the candidates of rows up to those of their labels; return the number of the latter.

    Parameters
    ----------
    first, weight
        Rows of each label, (l + 1,), and their weights (k,).
    start, column, odds
        Candidates of rows, CSR; odds = Pd N / (density (1 - Pd)), density that of false plots and
        new targets.
    exists, detection
        (l,): r, and the probability of a plot in the gate of an existing target.
    pooled_start, pooled_column, ratio
        Written: candidates of labels, CSR, and their psi: r (1 - Pd) sum_c w_c odds_c / (1 - r Pd).
    share, slot
        Written, (c,): the part of that sum that is this row's, and the label's candidate.
    """
    seat = np.full(plots, -1, np.int32)
    end = 0
    for i in range(len(first) - 1):
        begin = end
        pooled_start[i] = begin
        scale = exists[i] * (1.0 - detection[i]) / (1.0 - exists[i] * detection[i])
        for row in range(first[i], first[i + 1]):
            for k in range(start[row], start[row + 1]):
                j = column[k]
                if seat[j] < begin:
                    seat[j] = end
                    pooled_column[end] = j
                    ratio[end] = 0.0
                    end += 1
                share[k] = weight[row] * scale * odds[k]
                slot[k] = seat[j]
                ratio[seat[j]] += share[k]
        for row in range(first[i], first[i + 1]):
            for k in range(start[row], start[row + 1]):
                if ratio[slot[k]] > 0.0:
                    share[k] /= ratio[slot[k]]
    pooled_start[len(first) - 1] = end
    return end


@kernel
def exist(exists: Floats, detection: Floats, missed: Floats) -> None:
    """Update r in place, and leave in missed (l,) the weight of "missed" given existence.

    r+ = 1 - m (1 - r0), with m the marginal of "missed or not there" and r0 = r (1 - Pd) / (1 -
    r Pd) the existence given that.
    """
    for i in range(len(exists)):
        r0 = exists[i] * (1.0 - detection[i]) / (1.0 - exists[i] * detection[i])
        m = missed[i]
        exists[i] = min(1.0 - m + m * r0, 1.0)
        missed[i] = m * r0 / exists[i] if exists[i] > 0.0 else 0.0


@kernel
def branch(  # noqa: PLR0913, PLR0917 - flat columns
    first: Ints, weight: Floats, exists: Floats, missed: Floats, start: Ints, column: Ints,
    beta: Floats, share: Floats, slot: Ints, most: int, least: float, parent: Ints, plot: Ints,
    child: Floats, child_first: Ints,
) -> int:  # fmt: skip
    """List the hypotheses that live on; return their number.

    Parameters
    ----------
    first, weight, start, column, share, slot
        As in :func:`pool`; missed, exists as :func:`exist` left them; beta: of the labels'
        candidates.
    most, least
        Rows of a label at most, and the least weight of one.
    parent, plot, child, child_first
        Written: row that it comes from, plot that it takes or -1, weight (sums to 1 for a label),
        and the rows of each label, (l + 1,).
    """
    end = 0
    for i in range(len(first) - 1):
        begin = end
        child_first[i] = begin
        for row in range(first[i], first[i + 1]):
            end = _insert(
                parent, plot, child, begin, end, most, least, row, -1, missed[i] * weight[row]
            )
            for k in range(start[row], start[row + 1]):
                w = beta[slot[k]] * share[k] / exists[i]
                end = _insert(parent, plot, child, begin, end, most, least, row, column[k], w)
        total = 0.0
        for h in range(begin, end):
            total += child[h]
        for h in range(begin, end):
            child[h] /= total
    child_first[len(first) - 1] = end
    return end


@kernel
def _insert(  # noqa: PLR0913, PLR0917 - flat columns
    parent: Ints, plot: Ints, child: Floats, begin: int, end: int, most: int, least: float, row:
    int, j: int, w: float,
) -> int:  # fmt: skip
    """Put a hypothesis into the list begin : end, heaviest first, of at most ``most``."""
    if w < least and end > begin:
        return end
    if end - begin == most:
        if w <= child[end - 1]:
            return end
        end -= 1
    at = end
    while at > begin and child[at - 1] < w:
        parent[at], plot[at], child[at] = parent[at - 1], plot[at - 1], child[at - 1]
        at -= 1
    parent[at], plot[at], child[at] = row, j, w
    return end + 1


@kernel
def alike(rows: Floats, held: Ints, weight: Floats, count: int, o: int, near: float) -> None:
    """Give the weight of hypotheses that say the same to the heavier one, in place (theirs to 0).

    The same: positions and velocities differ by less than ``near`` squared standard deviations of
    the heavier, axis by axis. Its state stays: a moment match would be the coalescence that
    hypotheses are kept to avoid. held, weight: (count,) rows of one label, heaviest first; o: slot,
    packed as :mod:`tdome.command.tracking.engine.layout` says.
    """
    p = o + COVARIANCE
    for a in range(count):
        if weight[a] == 0.0:
            continue
        i = held[a]
        for b in range(a + 1, count):
            if weight[b] == 0.0:
                continue
            same = True
            for m in range(6):
                d = rows[i, o + m] - rows[held[b], o + m]
                if d * d > near * rows[i, p + m * (m + 3) // 2]:
                    same = False
                    break
            if same:
                weight[a] += weight[b]
                weight[b] = 0.0
