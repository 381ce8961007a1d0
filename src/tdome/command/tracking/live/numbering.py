"""Which track of a new engine is which of those told before.

The core numbers its tracks as it confirms them. Scans since the last settled time are folded anew
with those that came late, so a track that was confirmed since may get another number of the core.
It keeps the number that it was told by: by its core number if that was settled, else by the plots
that it shares with a track that was told (most plots first, then the older number). What was told
as dropped never comes back: it gets a new number.
"""

import numpy as np

from tdome.command.tracking.live.table import Table
from tdome.kernel.ids import among, rows_of
from tdome.messages.base import Ints, Longs


def match(table: Table, core: Longs, story: Longs) -> Ints:
    """Return the number of each track of an engine, (n,), or 0 for one that is new.

    Parameters
    ----------
    table
        Tracks as told last; core numbers that mean nothing any more are -1.
    core, story
        Their numbers (n,) and plots (n, 16) in the engine.
    """
    numbers = np.zeros(len(core), np.int32)
    at = rows_of(table.core, core)
    numbers[at >= 0] = table.number[at[at >= 0]]
    open_rows = np.flatnonzero(numbers == 0)
    waiting = np.flatnonzero(~among(table.number, numbers))
    if len(open_rows) and len(waiting):
        _by_plots(table, waiting, story, open_rows, numbers)
    return numbers


def _by_plots(table: Table, waiting: Longs, story: Longs, open_rows: Longs, numbers: Ints) -> None:
    """Give told numbers to rows that share plots with them, in place."""
    known = table.story[waiting].ravel()
    whose = np.repeat(waiting, table.story.shape[1])
    order = np.argsort(known, kind="stable")
    known, whose = known[order], whose[order]
    asked = story[open_rows].ravel()
    row = np.repeat(open_rows, story.shape[1])
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    hit = (asked >= 0) & (known[at] == asked)
    pairs, shared = np.unique(
        np.column_stack([row[hit], whose[at[hit]]]), axis=0, return_counts=True
    )
    taken: set[int] = set()
    for k in np.lexsort((pairs[:, 0], table.number[pairs[:, 1]], -shared)).tolist():
        here, there = int(pairs[k, 0]), int(pairs[k, 1])
        if numbers[here] == 0 and there not in taken:
            numbers[here] = table.number[there]
            taken.add(there)
