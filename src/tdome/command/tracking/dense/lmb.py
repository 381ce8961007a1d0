"""Labelled multi-Bernoulli filter on the tracker core: one compiled call for a block of scans.

The steps of a scan: predict the rows of labels that the site may see; gate; pool the candidates of
rows to labels (:mod:`.bernoulli`); take permutations out (:mod:`.coalescence`); marginals
(:mod:`.belief`); hidden and merged plots (:mod:`.resolution`); existence; branch; update each
hypothesis with its plot; tidy; end; begin; tell. One association for sure and unsure labels
alike: their r weighs them.
"""

import math

import numpy as np

from tdome.command.tracking.dense.belief import SWEEPS, TOLERANCE, marginals
from tdome.command.tracking.dense.bernoulli import branch, exist, pool
from tdome.command.tracking.dense.coalescence import unmix
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
from tdome.command.tracking.dense.jpda import update_row, weigh
from tdome.command.tracking.engine.filters.polar import look
from tdome.command.tracking.engine.fold import (
    DONE,
    MORE_ROOM,
    MORE_ROWS,
    NEXT_MERGE,
    NEXT_TELL,
    tell,
)
from tdome.command.tracking.engine.gather import advance, chance, within_reach
from tdome.command.tracking.engine.layout import (
    AT,
    CHANCE,
    CROWDED,
    DENSITY,
    DETECTION,
    FREE,
    HEAD,
    LOOK,
    MAYBE,
    MERGED,
    SCANS,
    SLOT,
    SPLIT,
    SURE,
    Z,
)
from tdome.command.tracking.engine.life import fed, learn_density, missed
from tdome.command.tracking.engine.merge import merge
from tdome.command.tracking.engine.pairing.assignment import assign
from tdome.command.tracking.engine.pairing.gating import MOST, candidates
from tdome.command.tracking.engine.pairing.grid import sort_plots
from tdome.command.tracking.engine.settings import (
    K_CELL,
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
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs

LEAST_WEIGHT = 0.01  # of a hypothesis
_LEAST_CHANCE = 0.02
_LN_2PI_3 = 3.0 * math.log(2.0 * math.pi)


@kernel
def gather_labels(  # noqa: PLR0913, PLR0917 - flat columns
    count: int,
    t: float,
    s: int,
    k: Floats,
    sites: Floats,
    rows: Floats,
    whole: Longs,
    held: Ints,
    weight: Floats,
    size: Ints,
    exists: Floats,
    who: Ints,
    first: Ints,
    part: Ints,
    looks: Floats,
    miss: Floats,
    pweight: Floats,
    detection: Floats,
    scratch: Floats,
    f: Floats,
    y: Floats,
) -> int:
    """Predict the labels that site s may see at t; return how many take part.

    Written, label by label: who (their place), first (l + 1), detection; row by row: part, looks,
    miss (as :func:`tdome.command.tracking.engine.gather.gather`), pweight.
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
            advance(rows, whole, i, t, k, scratch, f, y)
            look(rows, i, HEAD, sites, s, k[K_GATE], looks, n)
            pd = chance(looks, n, sites, s) if covered else sites[s, CHANCE]
            rows[i, DETECTION] = pd
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
    begin: int,
    end: int,
    label: int,
    first: int,
    last: int,
    part: Ints,
    parent: Ints,
    plot: Ints,
    child: Floats,
    lists: Ints,
    counters: Longs,
    rows: Floats,
    whole: Longs,
    held: Ints,
    weight: Floats,
    size: Ints,
) -> None:
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
def fold_labels(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - the order of the steps
    begin: int,
    times: Floats,
    at: Longs,
    sensor: Ints,
    refused: Codes,
    start: Longs,
    raw: Floats,
    source: Longs,
    rows: Floats,
    whole: Longs,
    lists: Ints,
    counters: Longs,
    clock: Floats,
    k: Floats,
    sites: Floats,
    cells: Ints,
    held: Ints,
    weight: Floats,
    size: Ints,
    exists: Floats,
    facts: Longs,
    labels: Longs,
    told: Longs,
    states: Floats,
    covariances: Floats,
    room: Longs,
) -> int:
    """Fold scans begin … into the labels; as :func:`tdome.command.tracking.engine.fold.fold`.

    held … facts: as :mod:`.hypotheses` says; labels[0]: how many live, labels[1]: merged plots so
    far.
    """
    room[1] = DONE
    widest = 0
    for n in range(begin, len(times)):
        widest = max(widest, start[n + 1] - start[n])
    store, most = lists.shape[1], held.shape[1]
    z_all, plot_all = np.empty((widest, Z)), np.empty(widest, np.int64)
    cell_of, taken_all = np.empty(widest, np.int32), np.empty(widest, np.int8)
    who, first = np.empty(store, np.int32), np.empty(store + 1, np.int32)
    part, looks, miss = np.empty(store, np.int32), np.empty((store, LOOK)), np.empty(store)
    pweight, detection = np.empty(store), np.empty(store)
    begins = np.empty(store + 1, np.int32)
    column, cost = np.empty(store * MOST, np.int32), np.empty(store * MOST)
    search, lengths = np.empty(3 * widest + 2 * store + 2, np.int32), np.empty(widest + store)
    scratch, f, y = np.zeros((4, SLOT)), np.zeros((7, 7)), np.zeros((7, 7))
    newborn = probability(k[K_NEW])
    confirm, keep = probability(k[K_CONFIRM]), probability(k[K_TELL])
    least = probability(k[K_DROP_TENTATIVE])
    copy = np.empty_like(lists), np.empty_like(counters)
    for n in range(begin, len(times)):
        if refused[n] != 0:
            counters[SCANS] += 1
            continue
        m = start[n + 1] - start[n]
        if counters[FREE] < m + labels[0] * most:
            room[1] = MORE_ROWS
            return n
        if len(states) - room[0] < labels[0]:
            room[1] = MORE_ROOM
            return n
        t, s, scan = times[n], sensor[n], counters[SCANS]
        z, plots, taken = z_all[:m], plot_all[:m], taken_all[:m]
        taken[:] = 0
        width = sort_plots(
            raw[start[n] : start[n + 1]], source[start[n] : start[n + 1]], cell_of, cells, z, plots
        )
        count = gather_labels(
            labels[0], t, s, k, sites, rows, whole, held, weight, size, exists, who, first, part,
            looks, miss, pweight, detection, scratch, f, y,
        )  # fmt: skip
        rows_in = first[count]
        counters[CROWDED] += candidates(
            looks, rows_in, sites, s, z, cells, width, taken, k[K_GATE], True, miss, begins, column,
            cost,
        )  # fmt: skip
        pairs = begins[rows_in]
        odds, share, slot = np.empty(pairs), np.empty(pairs), np.empty(pairs, np.int32)
        weigh(begins[: rows_in + 1], cost, miss, 1.0, odds)
        odds *= 1.0 - newborn
        r = np.empty(count)
        for q in range(count):
            r[q] = exists[who[q]]
        pooled, names = np.empty(count + 1, np.int32), np.empty(pairs, np.int32)
        ratio = np.empty(pairs)
        edges = pool(
            first[: count + 1], pweight, begins[: rows_in + 1], column, odds, r, detection, m,
            pooled, names, ratio, share, slot,
        )  # fmt: skip
        names, ratio = names[:edges], ratio[:edges]
        price, chosen = np.empty(edges), np.empty(count, np.int32)
        for e in range(edges):
            price[e] = -2.0 * math.log(max(ratio[e], 1e-300))
        assign(count, m, pooled, names, price, np.zeros(count), chosen, search, lengths)
        unmix(pooled, names, chosen, np.empty(m, np.int32), ratio)
        beta, none = np.empty(edges), np.empty(count)
        marginals(pooled, names, ratio, m, TOLERANCE, SWEEPS, beta, none)
        spare = np.ones(m)
        for e in range(edges):
            spare[names[e]] -= beta[e]
        leader, plot_of, members, mean, doubt = group(
            k[K_CELL : K_CELL + 3], looks, first[: count + 1], sites, s, r, pooled, names, beta,
            none, detection[:count],
        )  # fmt: skip
        exist(r, detection, none)
        alive = np.empty(count)
        for q in range(count):
            exists[who[q]] = r[q]
            alive[q] = 1.0
        heirs = count * most
        parent, plot = np.empty(heirs, np.int32), np.empty(heirs, np.int32)
        child, brood = np.empty(heirs), np.empty(count + 1, np.int32)
        branch(
            first[: count + 1], pweight, r, none, begins[: rows_in + 1], column, beta, share, slot,
            alive, most, LEAST_WEIGHT, parent, plot, child, brood,
        )  # fmt: skip
        for q in range(count):
            label = who[q]
            spawn(
                brood[q], brood[q + 1], label, first[q], first[q + 1], part, parent, plot, child,
                lists, counters, rows, whole, held, weight, size,
            )  # fmt: skip
            for c in range(size[label]):
                h = brood[q] + c
                i, j, p = held[label, c], plot[h], parent[h]
                modes, lead = whole[i, SPLIT] != 0, leader[q]
                if lead >= 0 and j == (plot_of[lead] if lead == q else -1):
                    labels[1] += shift(
                        rows, i, modes, looks, p, sites, s, z, plot_of[lead], members[lead],
                        mean[lead], doubt[lead],
                    )  # fmt: skip
                    fed(rows, whole, i, t, scan, plots[plot_of[lead]])
                elif j >= 0:
                    update_row(rows, i, modes, looks, p, sites, s, z, j)
                    fed(rows, whole, i, t, scan, plots[j])
                else:
                    missed(rows, whole, i, k)
            tidy(label, rows, lists, counters, held, weight, size)
        labels[0] = end_labels(
            labels[0], least, rows, k, lists, counters, held, weight, size, exists, facts
        )
        left = 0.0
        for j in range(m):
            spare[j] = min(max(spare[j], 0.0), 1.0)
            left += spare[j]
        learn_density(sites, s, int(left))
        labels[0] = bear(
            labels[0], t, s, k, sites, z, plots, spare, newborn, rows, whole, lists, counters, held,
            weight, size, exists, facts, taken,
        )  # fmt: skip
        announce(
            labels[0], confirm, keep, k, rows, whole, lists, counters, held, size, exists, facts
        )
        for event in range(2):  # a clock that was set back must not stop these
            clock[event] = min(clock[event], t + max(k[K_MERGE_EVERY], k[K_TELL_EVERY]))
        if k[K_MERGE] > 0.0 and t >= clock[NEXT_MERGE]:
            copy[0][:] = lists
            copy[1][:] = counters
            merge(rows, whole, copy[0], copy[1], t, k)
            if copy[1][SURE] < counters[SURE]:
                counters[MERGED] = copy[1][MERGED]
                take_merged(labels[0], copy[0], copy[1], whole, held, exists, facts)
                labels[0] = end_labels(
                    labels[0], least, rows, k, lists, counters, held, weight, size, exists, facts
                )
                announce(
                    labels[0], confirm, keep, k, rows, whole, lists, counters, held, size, exists,
                    facts,
                )  # fmt: skip
            clock[NEXT_MERGE] = t + k[K_MERGE_EVERY]
        if t >= clock[NEXT_TELL]:
            room[0] = tell(
                rows, whole, lists, counters, t, k, told, states, covariances, room[0], at[n]
            )
            clock[NEXT_TELL] = t + k[K_TELL_EVERY]
        counters[MAYBE] = labels[0] - counters[SURE]
        counters[SCANS] += 1
    return len(times)
