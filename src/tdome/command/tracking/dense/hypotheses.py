"""Labels and their rows: birth, branching, tidying and end of hypotheses in the core's row store.

A label is a possible target. held (L, C): its rows in the store, heaviest first; weight (L, C);
size (L,); exists (L,) probability that it exists; facts (L, FACTS): its number (0: never told) and
whether it is told now. Labels 0 … count - 1 live, oldest first.
"""

import math
from typing import Final

from tdome.command.tracking.dense.bernoulli import alike
from tdome.command.tracking.engine.filters.imm import split
from tdome.command.tracking.engine.layout import (
    BARREN,
    FREE,
    HEAD,
    MAYBE,
    NEXT,
    NUMBER,
    SCORE,
    SPLIT,
    SURE,
)
from tdome.command.tracking.engine.life import start_tracks
from tdome.command.tracking.engine.settings import K_DROP_TENTATIVE, K_FASTEST, K_FILTER, K_TELL
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs

LABEL: Final = 0
TOLD: Final = 1
FACTS: Final = 2
_IMM = 2.0
_KEPT = 1 << 20
_NEAR = 0.5  # squared standard deviations: closer hypotheses give the same gate and the same plots


@kernel
def release(i: int, lists: Ints, counters: Longs) -> None:
    """Give row i back to the store."""
    lists[FREE, counters[FREE]] = i
    counters[FREE] += 1


@kernel
def copied(i: int, rows: Floats, whole: Longs, lists: Ints, counters: Longs) -> int:
    """Return a new row of the store that is a copy of row i."""
    counters[FREE] -= 1
    new = lists[FREE, counters[FREE]]
    rows[new, :] = rows[i, :]
    whole[new, :] = whole[i, :]
    return int(new)


@kernel
def tidy(  # noqa: PLR0913, PLR0917 - flat columns
    label: int, rows: Floats, lists: Ints, counters: Longs, held: Ints, weight: Floats, size:
    Ints,
) -> None:  # fmt: skip
    """Drop hypotheses of a label that say the same as a heavier one; heaviest first again."""
    n = size[label]
    if n == 1:
        return
    alike(rows, held[label], weight[label], n, HEAD, _NEAR)
    end = 0
    for c in range(n):
        i, w = held[label, c], weight[label, c]
        if w == 0.0:
            release(i, lists, counters)
            continue
        at = end
        while at > 0 and weight[label, at - 1] < w:
            held[label, at], weight[label, at] = held[label, at - 1], weight[label, at - 1]
            at -= 1
        held[label, at], weight[label, at] = i, w
        end += 1
    size[label] = end


@kernel
def end_labels(  # noqa: PLR0913, PLR0917 - flat columns
    count: int, least: float, rows: Floats, k: Floats, lists: Ints, counters: Longs, held: Ints,
    weight: Floats, size: Ints, exists: Floats, facts: Longs,
) -> int:  # fmt: skip
    """Drop labels that exist with less than ``least``, or fly too fast; return how many live on."""
    kept = 0
    for label in range(count):
        i = held[label, 0]
        v2 = rows[i, HEAD + 3] ** 2 + rows[i, HEAD + 4] ** 2 + rows[i, HEAD + 5] ** 2
        # Both comparisons are false for nan too.
        if not (exists[label] >= least and v2 < k[K_FASTEST] * k[K_FASTEST]):
            for c in range(size[label]):
                release(held[label, c], lists, counters)
            continue
        if kept < label:
            for c in range(size[label]):
                held[kept, c], weight[kept, c] = held[label, c], weight[label, c]
            size[kept], exists[kept] = size[label], exists[label]
            facts[kept, LABEL], facts[kept, TOLD] = facts[label, LABEL], facts[label, TOLD]
        kept += 1
    return kept


@kernel
def bear(  # noqa: PLR0913, PLR0917 - flat columns
    count: int, t: float, s: int, k: Floats, sites: Floats, z: Floats, plots: Longs, spare:
    Floats, share: float, rows: Floats, whole: Longs, lists: Ints, counters: Longs, held: Ints,
    weight: Floats, size: Ints, exists: Floats, facts: Longs, taken: Codes,
) -> int:  # fmt: skip
    """Begin a label at each plot with enough mass that fed none; return the number of labels.

    spare (m,): that mass. share: part of plots that feed none which are of new targets (Reuter et
    al. 2014, section IV-D: adaptive births).
    """
    least = probability(k[K_DROP_TENTATIVE])
    for j in range(len(z)):
        taken[j] = 1 if spare[j] * share < least or sites[s, BARREN] != 0.0 else 0
    counters[MAYBE] = 0
    start_tracks(rows, whole, lists, counters, t, s, k, sites, z, plots, taken)
    at = 0
    for j in range(len(z)):
        if taken[j] != 0:
            continue
        held[count, 0], weight[count, 0], size[count] = lists[MAYBE, at], 1.0, 1
        exists[count] = spare[j] * share
        facts[count, LABEL], facts[count, TOLD] = 0, 0
        at += 1
        count += 1
    counters[MAYBE] = 0
    return count


@kernel
def probability(odds: float) -> float:
    """Return the probability of log odds."""
    return 1.0 / (1.0 + math.exp(-odds))


@kernel
def announce(  # noqa: PLR0913, PLR0917 - flat columns
    count: int, confirm: float, keep: float, k: Floats, rows: Floats, whole: Longs, lists: Ints,
    counters: Longs, held: Ints, size: Ints, exists: Floats, facts: Longs,
) -> None:  # fmt: skip
    """List in lists[SURE] the heaviest rows of the labels that are told.

    A label is told from ``confirm`` on, until it falls under ``keep``; its number and its modes
    begin when it is told first.
    """
    counters[SURE] = 0
    for label in range(count):
        if exists[label] >= confirm:
            facts[label, TOLD] = 1
        elif exists[label] < keep:
            facts[label, TOLD] = 0
        if facts[label, TOLD] == 0:
            continue
        if facts[label, LABEL] == 0:
            facts[label, LABEL] = counters[NEXT]
            counters[NEXT] += 1
        if k[K_FILTER] == _IMM:
            for c in range(size[label]):
                if whole[held[label, c], SPLIT] == 0:
                    split(rows, whole, held[label, c], k)
        i = held[label, 0]
        whole[i, NUMBER] = facts[label, LABEL]
        rows[i, SCORE] = k[K_TELL]  # told is told
        lists[SURE, counters[SURE]] = i
        counters[SURE] += 1


@kernel
def take_merged(
    kept: Ints, count: int, whole: Longs, held: Ints, exists: Floats, facts: Longs
) -> None:
    """After the core made one of tracks that are the same: end the labels whose row is gone.

    kept: the rows that stayed, one of which may have got the older number. The ended labels get
    exists 0.
    """
    for n in range(len(kept)):
        whole[kept[n], SPLIT] += _KEPT
    for label in range(count):
        if facts[label, TOLD] == 0:
            continue
        i = held[label, 0]
        if whole[i, SPLIT] >= _KEPT:
            whole[i, SPLIT] -= _KEPT
            facts[label, LABEL] = whole[i, NUMBER]
        else:
            exists[label] = 0.0
