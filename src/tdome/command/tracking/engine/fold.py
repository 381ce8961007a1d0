"""One compiled call for a block of scans: the order of the steps of a scan."""

import numpy as np

from tdome.command.tracking.engine.continuity import sweep_on
from tdome.command.tracking.engine.gather import complete, gather
from tdome.command.tracking.engine.layout import (
    CROWDED,
    FREE,
    HEAD,
    LOOK,
    MAYBE,
    NAMES,
    SCANS,
    SCRATCH,
    SLOT,
    SURE,
    Z,
)
from tdome.command.tracking.engine.life import learn_density, settle, start_tracks
from tdome.command.tracking.engine.merge import merge
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
    K_MERGE,
    K_MERGE_EVERY,
    K_OUTAGES,
    K_SCORED,
    K_SECOND,
    K_SHARED,
    K_TELL_EVERY,
)
from tdome.command.tracking.engine.shared.jpda import settle_shared
from tdome.command.tracking.engine.telling.tell import tell
from tdome.kernel.jit import kernel, kernel_bare
from tdome.messages.base import Codes, Floats, Ints, Longs

NEXT_MERGE, NEXT_TELL = 0, 1  # places in ``clock``
DONE, MORE_ROWS, MORE_ROOM = 0, 1, 2


@kernel_bare
def lacking(counters: Longs, plots: int, left: int) -> int:
    """Return what a scan of so many plots lacks room for, with so many rows of a report left.

    DONE: nothing; MORE_ROWS: tracks that it may begin; MORE_ROOM: the report after it.
    """
    if counters[FREE] < plots:
        return MORE_ROWS
    return MORE_ROOM if left < counters[SURE] + counters[MAYBE] else DONE


@kernel_bare
def tidy(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, lists: Ints, counters: Longs, clock: Floats, t: float, k: Floats
) -> bool:
    """Merge duplicates, if it is time to; return whether it is time to tell."""
    for event in range(2):  # a clock that was set back must not stop these
        clock[event] = min(clock[event], t + max(k[K_MERGE_EVERY], k[K_TELL_EVERY]))
    if k[K_MERGE] > 0.0 and t >= clock[NEXT_MERGE]:
        merge(rows, whole, lists, counters, t, k)
        clock[NEXT_MERGE] = t + k[K_MERGE_EVERY]
    if t < clock[NEXT_TELL]:
        return False
    clock[NEXT_TELL] = t + k[K_TELL_EVERY]
    return True


@kernel_bare
def widest_of(start: Longs, first: int) -> int:
    """Return the plots of the fullest scan from scan ``first`` on."""
    most = 0
    for n in range(first, len(start) - 1):
        most = max(most, start[n + 1] - start[n])
    return most


@kernel
def _feed(  # noqa: PLR0913, PLR0917 - flat columns
    which: int, rows: Floats, whole: Longs, part: Ints, count: int, t: float, s: int, scan: int,
    k: Floats, sites: Floats, looks: Floats, z: Floats, plots: Longs, taken: Codes, cells: Ints,
    width: float, begins: Ints, column: Ints, cost: Floats, miss: Floats, chosen: Ints,
    search: Ints, lengths: Floats,
) -> int:  # fmt: skip
    """Feed the tracks of a list: confirmed ones with all candidates under "jpda".

    Returns the candidates that a second look dropped for want of room.
    """
    if which == SURE and k[K_SHARED] != 0.0:
        settle_shared(
            rows, whole, part, count, t, s, scan, k, sites, looks, z, plots, taken, begins, column,
            cost, miss, chosen,
        )  # fmt: skip
        return 0
    second = which == SURE and k[K_SECOND] != 0.0
    settle(
        rows, whole, part, count, t, s, scan, k, sites, looks, z, plots, taken, column, chosen,
        second,
    )  # fmt: skip
    if not second:
        return 0
    return look_again(
        rows, whole, part, count, t, s, scan, k, sites, looks, z, plots, taken, cells, width,
        begins, column, cost, miss, chosen, search, lengths,
    )  # fmt: skip


@kernel
def fold(  # noqa: PLR0913, PLR0917 - flat columns
    first: int, times: Floats, at: Longs, sensor: Ints, volume: Codes, refused: Codes, start: Longs,
    raw: Floats, source: Longs, rows: Floats, whole: Longs, lists: Ints, counters: Longs,
    clock: Floats, k: Floats, sites: Floats, cells: Ints, told: Longs, states: Floats,
    covariances: Floats, room: Longs,
) -> int:  # fmt: skip
    """Fold scans first … into the tracks; return the scan that found no room, or their number.

    times (s), at (ns), sensor, volume (0: a tasked look), refused (above 0: passed over; below:
    silence says nothing), start: of the scans. raw (m, Z), source (m,): admitted plots, and their
    rows in the recording. rows …
    clock: the tracks. told, states, covariances: the report; room[0]: rows of it that are full;
    room[1] says why it came back early: DONE, MORE_ROWS (of tracks), MORE_ROOM (for the report).
    """
    room[1] = DONE
    widest, tracks = widest_of(start, first), lists.shape[1]
    z_all, plot_all = np.empty((widest, Z)), np.empty(widest, np.int64)
    cell_of, taken_all = np.empty(widest, np.int32), np.empty(widest, np.int8)
    part, looks, miss = np.empty(tracks, np.int32), np.empty((tracks, LOOK)), np.empty(tracks)
    begins, chosen = np.empty(tracks + 1, np.int32), np.empty(tracks, np.int32)
    column, cost = np.empty(tracks * MOST, np.int32), np.empty(tracks * MOST)
    search, lengths = np.empty(3 * widest + 2 * tracks + 2, np.int32), np.empty(widest + tracks)
    scratch, likely = np.zeros((SCRATCH, SLOT)), k[K_LIKELIHOOD] != 0.0
    for n in range(first, len(times)):
        if refused[n] > 0:
            counters[SCANS] += 1
            continue
        m = start[n + 1] - start[n]
        room[1] = lacking(counters, m, len(states) - room[0])
        if room[1] != DONE:
            return n
        t, s = times[n], int(sensor[n])
        z, plots, taken = z_all[:m], plot_all[:m], taken_all[:m]
        taken[:] = 0
        part_of = slice(start[n], start[n + 1])
        width = sort_plots(raw[part_of], source[part_of], cell_of, cells, z, plots)
        if k[K_MAP] != 0.0:
            shade(sites, s, z)
        for which in (SURE, MAYBE):
            count = gather(
                rows, whole, lists[which], counters[which], t, s, k, sites, part, looks, miss,
                scratch,
            )  # fmt: skip
            complete(rows, whole, part, count, refused[n] < 0, sites, s, z, looks, k[K_GATE], HEAD)
            counters[CROWDED] += candidates(
                looks, count, sites, s, z, cells, width, taken, k[K_GATE], likely, miss, begins,
                column, cost,
            )  # fmt: skip
            by_address(sites[s, NAMES] > 0.0, whole, part, count, z, likely, begins, column, cost)
            assign(count, m, begins, column, cost, miss, chosen, search, lengths)
            if which == SURE and k[K_OUTAGES] != 0.0:
                doubt_the_radar(rows, part, count, chosen)
            counters[CROWDED] += _feed(
                which, rows, whole, part, count, t, s, counters[SCANS], k, sites, looks, z, plots,
                taken, cells, width, begins, column, cost, miss, chosen, search, lengths,
            )  # fmt: skip
            sweep_on(rows, whole, lists, counters, which, t, k)
            if which == SURE and k[K_MAP] != 0.0 and volume[n] != 0:
                learn_map(sites, s, z, taken)
        left = start_tracks(rows, whole, lists, counters, t, s, k, sites, z, plots, taken)
        if k[K_SCORED] != 0.0 and volume[n] != 0:
            learn_density(sites, s, left)
        if tidy(rows, whole, lists, counters, clock, t, k):
            room[0] = tell(
                rows, whole, lists, counters, t, k, told, states, covariances, room[0], at[n]
            )
        counters[SCANS] += 1
    return len(times)
