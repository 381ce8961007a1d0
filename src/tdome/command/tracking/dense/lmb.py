"""Labelled multi-Bernoulli filter on the tracker core: one compiled call for a block of scans.

The steps of a scan: predict the rows of labels that the site may see; gate; pool the candidates of
rows to labels (:mod:`.bernoulli`); take permutations out (:mod:`.coalescence`); marginals
(:mod:`.belief`); hidden and merged plots (:mod:`.resolution`); existence; branch; update each
hypothesis with its plot; tidy; end; begin; tell. One association for sure and unsure labels
alike: their r weighs them.
"""

import math

import numpy as np

from tdome.command.tracking.dense.bernoulli import branch, exist, pool
from tdome.command.tracking.dense.grouping import group, shift
from tdome.command.tracking.dense.hypotheses import (
    announce,
    bear,
    copied,
    end_labels,
    probability,
    release,
    take_merged,
    tidy,
)
from tdome.command.tracking.engine.filters.polar import look
from tdome.command.tracking.engine.filters.sight import LOW_DOWN, in_sight
from tdome.command.tracking.engine.fold import (
    DONE,
    MORE_ROOM,
    MORE_ROWS,
    NEXT_MERGE,
    NEXT_TELL,
    widest_of,
)
from tdome.command.tracking.engine.gather import (
    advance,
    chance,
    complete,
    within_reach,
)
from tdome.command.tracking.engine.layout import (
    AT,
    CELL,
    CHANCE,
    CROSS,
    CROWDED,
    DENSITY,
    DETECTION,
    FREE,
    HEAD,
    L_Z,
    LN_FALSE,
    LOOK,
    MAYBE,
    MERGED,
    NAMES,
    SCANS,
    SCRATCH,
    SLOT,
    SPLIT,
    SURE,
    Z,
)
from tdome.command.tracking.engine.life import echoed, fed, learn_density, missed, named
from tdome.command.tracking.engine.merge import merge
from tdome.command.tracking.engine.pairing.addresses import by_address
from tdome.command.tracking.engine.pairing.assignment import assign
from tdome.command.tracking.engine.pairing.gating import MOST, candidates
from tdome.command.tracking.engine.pairing.grid import sort_plots
from tdome.command.tracking.engine.settings import (
    K_CONFIRM,
    K_COVERAGE,
    K_DROP_TENTATIVE,
    K_GATE,
    K_LIFE,
    K_MERGE,
    K_MERGE_EVERY,
    K_NEW,
    K_TELL,
    K_TELL_EVERY,
)
from tdome.command.tracking.engine.shared.belief import SWEEPS, TOLERANCE, marginals
from tdome.command.tracking.engine.shared.coalescence import unmix
from tdome.command.tracking.engine.shared.jpda import update_row, weigh
from tdome.command.tracking.engine.telling.tell import tell
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs

LEAST_WEIGHT = 0.01  # of a hypothesis
_LEAST_CHANCE = 0.02
_LN_2PI_3 = 3.0 * math.log(2.0 * math.pi)


@kernel
def gather_labels(  # noqa: PLR0913, PLR0917 - flat columns
    count: int, t: float, s: int, k: Floats, sites: Floats, rows: Floats, whole: Longs, held: Ints,
    weight: Floats, size: Ints, exists: Floats, who: Ints, first: Ints, part: Ints, looks: Floats,
    miss: Floats, pweight: Floats, detection: Floats, scratch: Floats, quiet: bool,
) -> int:  # fmt: skip
    """Predict the labels that site s may see at t; return how many take part.

    Written, label by label: who (their place), first (l + 1), detection; row by row: part, looks,
    miss (as :func:`tdome.command.tracking.engine.gather.gather`), pweight. quiet: silence of this
    look says nothing.
    """
    covered, n, q = k[K_COVERAGE] != 0.0, 0, 0
    for label in range(count):
        i = held[label, 0]
        if covered and not within_reach(rows, i, t, sites, s):
            continue
        exists[label] *= math.exp(-max(t - rows[i, AT], 0.0) / k[K_LIFE])
        who[q], first[q], detection[q] = label, n, 0.0
        for c in range(size[label]):
            i = held[label, c]
            advance(rows, whole, i, t, k, scratch)
            look(rows, i, HEAD, sites, s, k[K_GATE], looks, n)
            pd = chance(looks, n, sites, s, rows[i, CROSS]) if covered else sites[s, CHANCE]
            if covered and sites[s, LN_FALSE] < 0.0 and looks[n, L_Z + 2] < LOW_DOWN:
                pd *= in_sight(looks, n, sites, s)
            rows[i, DETECTION] = 0.0 if quiet else pd
            pd = min(max(pd, _LEAST_CHANCE), 1.0 - _LEAST_CHANCE)
            detection[q] += weight[label, c] * rows[i, DETECTION]
            part[n], pweight[n] = i, weight[label, c]
            miss[n] = 2.0 * (math.log(pd / (1.0 - pd)) - sites[s, DENSITY]) - _LN_2PI_3
            n += 1
        q += 1
    first[q] = n
    return q


@kernel
def spawn(  # noqa: PLR0913, PLR0917 - flat columns
    begin: int, end: int, label: int, first: int, last: int, part: Ints, parent: Ints, plot: Ints,
    child: Floats, lists: Ints, counters: Longs, rows: Floats, whole: Longs, held: Ints,
    weight: Floats, size: Ints,
) -> None:  # fmt: skip
    """Give each hypothesis begin : end of a label a row of its own; rows without heirs go back.

    part[first : last]: the rows that the label had. The last heir of a row keeps it.
    """
    for n in range(first, last):
        heirs = 0
        for h in range(begin, end):
            heirs += parent[h] == n
        if heirs == 0:
            release(part[n], lists, counters)
            continue
        for h in range(begin, end):
            if parent[h] == n:
                heirs -= 1
                own = heirs == 0
                held[label, h - begin] = (
                    part[n] if own else copied(part[n], rows, whole, lists, counters)
                )
    for h in range(begin, end):
        weight[label, h - begin] = child[h]
    size[label] = end - begin


@kernel
def share_out(  # noqa: PLR0913, PLR0917 - flat columns
    plots: int, first: Ints, pweight: Floats, begins: Ints, column: Ints, odds: Floats, r: Floats,
    detection: Floats, share: Floats, slot: Ints, search: Ints, lengths: Floats, none: Floats,
) -> tuple[Ints, Ints, Floats]:  # fmt: skip
    """Pool the candidates of rows, take permutations out, and propagate belief.

    first, begins: exactly as long as there are labels and rows. share, slot, none: written.
    Returns the candidates of labels, CSR, and their marginals.
    """
    count, pairs = len(r), len(odds)
    pooled, names = np.empty(count + 1, np.int32), np.empty(pairs, np.int32)
    ratio = np.empty(pairs)
    edges = pool(
        first, pweight, begins, column, odds, r, detection, plots, pooled, names, ratio, share, slot
    )
    names, ratio = names[:edges], ratio[:edges]
    price, chosen = np.empty(edges), np.empty(count, np.int32)
    for e in range(edges):
        price[e] = -2.0 * math.log(max(ratio[e], 1e-300))
    assign(count, plots, pooled, names, price, np.zeros(count), chosen, search, lengths)
    unmix(pooled, names, chosen, np.empty(plots, np.int32), ratio)
    beta = np.empty(edges)
    marginals(pooled, names, ratio, plots, TOLERANCE, SWEEPS, beta, none)
    return pooled, names, beta


@kernel
def feed(  # noqa: PLR0913, PLR0917 - flat columns
    label: int, t: float, s: int, scan: int, k: Floats, sites: Floats, rows: Floats, whole: Longs,
    held: Ints, size: Ints, parent: Ints, plot: Ints, looks: Floats, z: Floats, plots: Longs,
    lead: int, leads: bool, j_merged: int, members: int, mean: Floats, doubt: Floats,
) -> int:  # fmt: skip
    """Update each hypothesis of a label with its plot; return how many had a merged one.

    parent, plot: of this label's hypotheses. lead: the label whose plot ``j_merged`` is merged with
    this one's, -1 for none; leads: it is this one.
    """
    merged = 0
    for c in range(size[label]):
        i, j, n = held[label, c], plot[c], parent[c]
        modes = whole[i, SPLIT] != 0
        if lead >= 0 and j == (j_merged if leads else -1):
            merged += shift(rows, i, modes, looks, n, sites, s, z, j_merged, members, mean, doubt)
            fed(rows, whole, i, t, scan, plots[j_merged])
            echoed(rows, whole, i, z, j_merged)
        elif j >= 0:
            update_row(rows, i, modes, looks, n, sites, s, z, j)
            fed(rows, whole, i, t, scan, plots[j])
            echoed(rows, whole, i, z, j)
            named(whole, i, z, j)
        else:
            missed(rows, whole, i, k)
    return merged


@kernel
def associate(  # noqa: PLR0913, PLR0917 - flat columns
    count: int, t: float, s: int, scan: int, k: Floats, sites: Floats, rows: Floats, whole: Longs,
    lists: Ints, counters: Longs, held: Ints, weight: Floats, size: Ints, exists: Floats,
    labels: Longs, who: Ints, first: Ints, part: Ints, looks: Floats, miss: Floats,
    pweight: Floats, detection: Floats, z: Floats, plots: Longs, begins: Ints, column: Ints,
    cost: Floats, search: Ints, lengths: Floats,
) -> Floats:  # fmt: skip
    """Share the plots out to the labels that take part, and branch and update their rows.

    Arguments as in :func:`fold_labels` and :func:`gather_labels`; begins, column, cost: candidates
    of rows. Returns the mass of each plot that feeds none, (m,).
    """
    m, most, pairs = len(z), held.shape[1], len(column)
    odds, share, slot = np.empty(pairs), np.empty(pairs), np.empty(pairs, np.int32)
    weigh(begins, cost, miss, 1.0, odds)
    odds *= 1.0 - probability(k[K_NEW])
    r, none = exists[who[:count]], np.empty(count)
    pooled, names, beta = share_out(
        m, first, pweight, begins, column, odds, r, detection, share, slot, search, lengths, none
    )
    spare = np.ones(m)
    for e in range(len(beta)):
        spare[names[e]] -= beta[e]
    leader, plot_of, members, mean, doubt = group(
        sites[s, CELL : CELL + 3], looks, first, sites, s, r, pooled, names, beta, none, detection
    )
    exist(r, detection, none)
    parent, plot = np.empty(count * most, np.int32), np.empty(count * most, np.int32)
    child, brood = np.empty(count * most), np.empty(count + 1, np.int32)
    branch(
        first, pweight, r, none, begins, column, beta, share, slot, most, LEAST_WEIGHT, parent,
        plot, child, brood,
    )  # fmt: skip
    for q in range(count):
        label, lead = who[q], leader[q]
        exists[label] = r[q]
        spawn(
            brood[q], brood[q + 1], label, first[q], first[q + 1], part, parent, plot, child,
            lists, counters, rows, whole, held, weight, size,
        )  # fmt: skip
        labels[1] += feed(
            label, t, s, scan, k, sites, rows, whole, held, size, parent[brood[q] :],
            plot[brood[q] :], looks, z, plots, lead, lead == q, plot_of[lead], members[lead],
            mean[lead], doubt[lead],
        )  # fmt: skip
        tidy(label, rows, lists, counters, held, weight, size)
    return spare


@kernel
def close(  # noqa: PLR0913, PLR0917 - flat columns
    t: float, s: int, k: Floats, sites: Floats, z: Floats, plots: Longs, spare: Floats,
    taken: Codes, rows: Floats, whole: Longs, lists: Ints, counters: Longs, clock: Floats,
    held: Ints, weight: Floats, size: Ints, exists: Floats, facts: Longs, labels: Longs,
) -> None:  # fmt: skip
    """End, begin and announce labels; make one of those that are the same, if it is time to."""
    least = probability(k[K_DROP_TENTATIVE])
    confirm, keep = probability(k[K_CONFIRM]), probability(k[K_TELL])
    labels[0] = end_labels(
        labels[0], least, rows, k, lists, counters, held, weight, size, exists, facts
    )
    left = 0.0
    for j in range(len(z)):
        spare[j] = min(max(spare[j], 0.0), 1.0)
        left += spare[j]
    learn_density(sites, s, int(left))
    labels[0] = bear(
        labels[0], t, s, k, sites, z, plots, spare, probability(k[K_NEW]), rows, whole, lists,
        counters, held, weight, size, exists, facts, taken,
    )  # fmt: skip
    announce(labels[0], confirm, keep, k, rows, whole, lists, counters, held, size, exists, facts)
    for event in range(2):  # a clock that was set back must not stop these
        clock[event] = min(clock[event], t + max(k[K_MERGE_EVERY], k[K_TELL_EVERY]))
    if k[K_MERGE] == 0.0 or t < clock[NEXT_MERGE]:
        return
    clock[NEXT_MERGE] = t + k[K_MERGE_EVERY]
    kept, tally = lists.copy(), counters.copy()
    merge(rows, whole, kept, tally, t, k)
    if tally[SURE] == counters[SURE]:
        return
    counters[MERGED] = tally[MERGED]
    take_merged(kept[SURE, : tally[SURE]], labels[0], whole, held, exists, facts)
    labels[0] = end_labels(
        labels[0], least, rows, k, lists, counters, held, weight, size, exists, facts
    )
    announce(labels[0], confirm, keep, k, rows, whole, lists, counters, held, size, exists, facts)


@kernel
def fold_labels(  # noqa: PLR0913, PLR0917 - the order of the steps
    begin: int, times: Floats, at: Longs, sensor: Ints, _volume: Codes, refused: Codes,
    start: Longs, raw: Floats, source: Longs, rows: Floats, whole: Longs, lists: Ints,
    counters: Longs, clock: Floats, k: Floats, sites: Floats, cells: Ints, held: Ints,
    weight: Floats, size: Ints, exists: Floats, facts: Longs, labels: Longs, told: Longs,
    states: Floats, covariances: Floats, room: Longs,
) -> int:  # fmt: skip
    """Fold scans begin … into the labels; as :func:`tdome.command.tracking.engine.fold.fold`.

    held … facts: see :mod:`.hypotheses`; labels: how many live, updates with a merged plot so far.
    """
    room[1] = DONE
    widest, store = widest_of(start, begin), lists.shape[1]
    z_all, plot_all = np.empty((widest, Z)), np.empty(widest, np.int64)
    cell_of, taken_all = np.empty(widest, np.int32), np.empty(widest, np.int8)
    who, first = np.empty(store, np.int32), np.empty(store + 1, np.int32)
    part, looks, miss = np.empty(store, np.int32), np.empty((store, LOOK)), np.empty(store)
    pweight, detection = np.empty(store), np.empty(store)
    begins, scratch = np.empty(store + 1, np.int32), np.zeros((SCRATCH, SLOT))
    column, cost = np.empty(store * MOST, np.int32), np.empty(store * MOST)
    search, lengths = np.empty(3 * widest + 2 * store + 2, np.int32), np.empty(widest + store)
    for n in range(begin, len(times)):
        if refused[n] > 0:
            counters[SCANS] += 1
            continue
        m, t, s = start[n + 1] - start[n], times[n], sensor[n]
        if counters[FREE] < m + labels[0] * held.shape[1]:
            room[1] = MORE_ROWS
            return n
        if len(states) - room[0] < labels[0] + m:
            room[1] = MORE_ROOM
            return n
        z, plots, taken = z_all[:m], plot_all[:m], taken_all[:m]
        taken[:] = 0
        part_of = slice(start[n], start[n + 1])
        width = sort_plots(raw[part_of], source[part_of], cell_of, cells, z, plots)
        count = gather_labels(
            labels[0], t, s, k, sites, rows, whole, held, weight, size, exists, who, first, part,
            looks, miss, pweight, detection, scratch, refused[n] < 0,
        )  # fmt: skip
        complete(rows, whole, part, first[count], False, sites, s, z, looks, k[K_GATE], HEAD)
        ahead = begins[: first[count] + 1]
        counters[CROWDED] += candidates(
            looks, first[count], sites, s, z, cells, width, taken, k[K_GATE], True, miss, ahead,
            column, cost,
        )  # fmt: skip
        by_address(sites[s, NAMES] != 0.0, whole, part, first[count], z, True, ahead, column, cost)
        spare = associate(
            count, t, s, counters[SCANS], k, sites, rows, whole, lists, counters, held, weight,
            size, exists, labels, who, first[: count + 1], part, looks, miss, pweight,
            detection[:count], z, plots, ahead, column[: ahead[-1]], cost, search, lengths,
        )  # fmt: skip
        close(
            t, s, k, sites, z, plots, spare, taken, rows, whole, lists, counters, clock, held,
            weight, size, exists, facts, labels,
        )  # fmt: skip
        if t >= clock[NEXT_TELL]:
            room[0] = tell(
                rows, whole, lists, counters, t, k, told, states, covariances, room[0], at[n]
            )
            clock[NEXT_TELL] = t + k[K_TELL_EVERY]
        counters[MAYBE] = labels[0] - counters[SURE]
        counters[SCANS] += 1
    return len(times)
