"""The fold of a large picture: the steps of :mod:`.fold`, track by track work in pieces by threads.

Prediction, gates, updates and the report touch one track each. So the list of tracks is cut into
pieces, and a crew of threads does these in any order: each number is made by the same operations
on the same numbers as in :func:`.fold.fold`, whichever thread does it and however the list is cut.
What one track does to others (assignment, ends, new tracks, merging) is done by one thread between
the pieces, in the order of the lists. So the bits are those of the fold, for any number of threads.
"""

import numpy as np

from tdome.command.tracking.engine.continuity import sweep_on
from tdome.command.tracking.engine.fold import DONE, lacking, tidy, widest_of
from tdome.command.tracking.engine.gather import complete, gather
from tdome.command.tracking.engine.layout import (
    CROWDED,
    HEAD,
    LOOK,
    MAYBE,
    NAMES,
    SCANS,
    SCRATCH,
    SLOT,
    SURE,
    WIDE,
    Z,
)
from tdome.command.tracking.engine.life import learn_density, settle, start_tracks
from tdome.command.tracking.engine.pairing.addresses import by_address
from tdome.command.tracking.engine.pairing.assignment import assign
from tdome.command.tracking.engine.pairing.gating import MOST, candidates
from tdome.command.tracking.engine.pairing.grid import sort_plots
from tdome.command.tracking.engine.radar.clutter import learn_map, shade
from tdome.command.tracking.engine.radar.outage import doubt_the_radar
from tdome.command.tracking.engine.second import look_again
from tdome.command.tracking.engine.settings import (
    K_GATE,
    K_LIKELIHOOD,
    K_MAP,
    K_OUTAGES,
    K_SCORED,
    K_SECOND,
    K_SHARED,
)
from tdome.command.tracking.engine.shared.jpda import settle_shared
from tdome.command.tracking.engine.telling.tell import count_told, tell_some
from tdome.kernel.crew import Crew
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Codes, Floats, Ints, Longs

_SMALLEST = 1024  # tracks of a piece: smaller ones cost more to hand out than to do
_EACH = 4  # pieces a worker, so that one that was held up does not hold up the others


@kernel_bare
def join(  # noqa: PLR0913, PLR0917 - flat columns
    bounds: Longs, counts: Longs, part: Ints, looks: Floats, miss: Floats, starts: Ints,
    begins: Ints, column: Ints, cost: Floats,
) -> None:  # fmt: skip
    """Move the candidate lists of all pieces together, in place, as one gather would leave them.

    Piece p of P gathered counts[p] tracks of its members bounds[p] … bounds[p + 1] - 1. Its rows of
    part, looks and miss begin at bounds[p], its candidates at bounds[p] MOST of column and cost,
    their starts at bounds[p] + p of ``starts``. begins: written, the starts of all.
    """
    track, end = 0, 0
    for p in range(len(counts)):
        base, first = bounds[p], bounds[p] + p
        shift, source = end, base * MOST
        for n in range(counts[p]):
            begins[track] = shift + starts[first + n]
            miss[track] = miss[base + n]
            part[track] = part[base + n]
            for f in range(LOOK):
                looks[track, f] = looks[base + n, f]
            track += 1
        for c in range(starts[first + counts[p]]):
            column[end], cost[end] = column[source + c], cost[source + c]
            end += 1
    begins[track] = end


class Bench:
    """Arrays for the work on one scan after the other, and the crew that does it.

    crew: the threads. plots: of the fullest scan. tracks: that there is room for.
    """

    def __init__(self, crew: Crew, plots: int, tracks: int) -> None:
        self.crew = crew
        self.most = _EACH * crew.workers  # pieces
        self.z, self.plots = np.empty((plots, Z)), np.empty(plots, np.int64)
        self.cell_of, self.taken = np.empty(plots, np.int32), np.empty(plots, np.int8)
        self.part, self.looks = np.empty(tracks, np.int32), np.empty((tracks, LOOK))
        self.miss, self.chosen = np.empty(tracks), np.empty(tracks, np.int32)
        self.starts = np.empty(tracks + self.most, np.int32)
        self.begins = np.empty(tracks + 1, np.int32)
        self.column, self.cost = np.empty(tracks * MOST, np.int32), np.empty(tracks * MOST)
        self.search = np.empty(3 * plots + 2 * tracks + 2, np.int32)
        self.lengths = np.empty(plots + tracks)
        self.scratch = np.zeros((self.most, SCRATCH, SLOT))
        self.copies = np.zeros((self.most, 1, WIDE))

    def cut(self, size: int) -> Longs:
        """Return where the pieces of a list begin, and its end, (pieces + 1,)."""
        pieces = min(max(size // _SMALLEST, 1), self.most)
        return np.linspace(0, size, pieces + 1).astype(np.int64)


def fold_wide(  # noqa: PLR0913, PLR0917 - flat columns
    crew: Crew, first: int, times: Floats, at: Longs, sensor: Ints, volume: Codes, refused: Codes,
    start: Longs, raw: Floats, source: Longs, rows: Floats, whole: Longs, lists: Ints,
    counters: Longs, clock: Floats, k: Floats, sites: Floats, cells: Ints, told: Longs,
    states: Floats, covariances: Floats, room: Longs,
) -> int:  # fmt: skip
    """Fold scans first … into the tracks, as :func:`.fold.fold`, by the threads of ``crew``."""
    room[1] = DONE
    bench = Bench(crew, int(widest_of(start, first)), lists.shape[1])
    for n in range(first, len(times)):
        if refused[n] > 0:
            counters[SCANS] += 1
            continue
        m = int(start[n + 1] - start[n])
        room[1] = lacking(counters, m, len(states) - int(room[0]))
        if room[1] != DONE:
            return n
        t, s = float(times[n]), int(sensor[n])
        part_of = slice(start[n], start[n + 1])
        z, plots = bench.z[:m], bench.plots[:m]
        bench.taken[:m] = 0
        width = sort_plots(raw[part_of], source[part_of], bench.cell_of, cells, z, plots)
        if k[K_MAP] != 0.0:
            shade(sites, s, z)
        for which in (SURE, MAYBE):
            _stage(
                bench, which, rows, whole, lists, counters, t, s, k, sites, cells, width, m,
                quiet=bool(refused[n] < 0),
            )  # fmt: skip
            sweep_on(rows, whole, lists, counters, which, t, k)
            if which == SURE and k[K_MAP] != 0.0 and volume[n] != 0:
                learn_map(sites, s, z, bench.taken[:m])
        left = start_tracks(rows, whole, lists, counters, t, s, k, sites, z, plots, bench.taken[:m])
        if k[K_SCORED] != 0.0 and volume[n] != 0:
            learn_density(sites, s, left)
        if tidy(rows, whole, lists, counters, clock, t, k):
            room[0] = _tell(
                bench, rows, whole, lists, counters, t, k, told, states, covariances,
                int(room[0]), int(at[n]),
            )  # fmt: skip
        counters[SCANS] += 1
    return len(times)


def _stage(  # noqa: PLR0913, PLR0917 - flat columns
    bench: Bench, which: int, rows: Floats, whole: Longs, lists: Ints, counters: Longs, t: float,
    s: int, k: Floats, sites: Floats, cells: Ints, width: float, m: int, *, quiet: bool,
) -> None:  # fmt: skip
    """Gather, pair and feed the tracks of a list."""
    z, plots, taken = bench.z[:m], bench.plots[:m], bench.taken[:m]
    part, looks, miss, begins = bench.part, bench.looks, bench.miss, bench.begins
    column, cost, chosen, scan = bench.column, bench.cost, bench.chosen, int(counters[SCANS])
    bounds = bench.cut(int(counters[which]))
    pieces, members = len(bounds) - 1, lists[which]
    counts, dropped = np.zeros(pieces, np.int64), np.zeros(pieces, np.int64)
    gate, likelihood = float(k[K_GATE]), bool(k[K_LIKELIHOOD] != 0.0)
    shared = bool(which == SURE and k[K_SHARED] != 0.0)
    second = bool(which == SURE and k[K_SECOND] != 0.0 and not shared)

    def ahead(p: int) -> None:
        a, b = int(bounds[p]), int(bounds[p + 1])
        counts[p] = gather(
            rows, whole, members[a:b], b - a, t, s, k, sites, part[a:b], looks[a:b], miss[a:b],
            bench.scratch[p],
        )  # fmt: skip
        complete(rows, whole, part[a:b], int(counts[p]), quiet, sites, s, z, looks[a:b], gate, HEAD)
        dropped[p] = candidates(
            looks[a:b], int(counts[p]), sites, s, z, cells, width, taken, gate, likelihood,
            miss[a:b], bench.starts[a + p : b + p + 1], column[a * MOST : b * MOST],
            cost[a * MOST : b * MOST],
        )  # fmt: skip
        by_address(
            bool(sites[s, NAMES] != 0.0), whole, part[a:b], int(counts[p]), z, likelihood,
            bench.starts[a + p : b + p + 1], column[a * MOST : b * MOST], cost[a * MOST : b * MOST],
        )  # fmt: skip

    bench.crew.each(ahead, pieces)
    counters[CROWDED] += dropped.sum()
    join(bounds, counts, part, looks, miss, bench.starts, begins, column, cost)
    count = int(counts.sum())
    assign(count, m, begins, column, cost, miss, chosen, bench.search, bench.lengths)
    if which == SURE and k[K_OUTAGES] != 0.0:
        doubt_the_radar(rows, part, count, chosen)
    if shared:
        settle_shared(
            rows, whole, part, count, t, s, scan, k, sites, looks, z, plots, taken, begins, column,
            cost, miss, chosen,
        )  # fmt: skip
        return
    offset = np.cumsum(counts) - counts

    def feed(p: int) -> None:
        size, a = int(counts[p]), int(offset[p])
        settle(
            rows, whole, part[a : a + size], size, t, s, scan, k, sites, looks[a : a + size], z,
            plots, taken, column, chosen[a : a + size], second,
        )  # fmt: skip

    bench.crew.each(feed, pieces)
    if second:
        counters[CROWDED] += look_again(
            rows, whole, part, count, t, s, scan, k, sites, looks, z, plots, taken, cells, width,
            begins, column, cost, miss, chosen, bench.search, bench.lengths,
        )  # fmt: skip


def _tell(  # noqa: PLR0913, PLR0917 - flat columns
    bench: Bench, rows: Floats, whole: Longs, lists: Ints, counters: Longs, t: float, k: Floats,
    told: Longs, states: Floats, covariances: Floats, begin: int, at: int,
) -> int:  # fmt: skip
    """Write the confirmed tracks, as :func:`.telling.tell.tell`."""
    bounds, members = bench.cut(int(counters[SURE])), lists[SURE]
    ends, scan = np.zeros(len(bounds), np.int64), int(counters[SCANS])

    def count(p: int) -> None:
        a, b = int(bounds[p]), int(bounds[p + 1])
        ends[p + 1] = count_told(rows, members[a:b], b - a, k)

    def write(p: int) -> None:
        a, b = int(bounds[p]), int(bounds[p + 1])
        tell_some(
            rows, whole, members[a:b], b - a, scan, t, k, told, states, covariances, int(ends[p]),
            at, bench.copies[p],
        )  # fmt: skip

    bench.crew.each(count, len(bounds) - 1)
    ends[:] = begin + np.cumsum(ends)
    bench.crew.each(write, len(bounds) - 1)
    return int(ends[-1])
