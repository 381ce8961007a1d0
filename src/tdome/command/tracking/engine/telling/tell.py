"""Telling: the confirmed tracks, predicted to the time of the scan, as rows of the report."""

from tdome.command.tracking.engine.filters.laws import join, predict_fall, tell_law
from tdome.command.tracking.engine.filters.motion import drift
from tdome.command.tracking.engine.layout import (
    ADDRESS,
    AT,
    COVARIANCE,
    FALL_AIR,
    FALL_X,
    FALLING,
    HEAD,
    NUMBER,
    PLOT,
    SCAN,
    SCANS,
    SCORE,
    SINGLE,
    SPLIT,
    SURE,
    WIDE,
)
from tdome.command.tracking.engine.radar.still import still
from tdome.command.tracking.engine.settings import K_CLIMB, K_LEVEL, K_SCORED, K_TELL
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats, Ints, Longs


@kernel_bare
def tell(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats,
    whole: Longs,
    lists: Ints,
    counters: Longs,
    t: float,
    k: Floats,
    told: Longs,
    states: Floats,
    covariances: Floats,
    begin: int,
    at: int,
) -> int:
    """Write the confirmed tracks from row ``begin`` on, predicted to t; return the row after.

    told (n, 6): scan, at, number, 1 if this scan fed it, plot, transponder address. states (n, 6),
    or (n, 11) with the law. A track that is likelier gone than not (score under ``tell``), or
    stands, is kept but not told.
    """
    return tell_some(
        rows, whole, lists[SURE], counters[SURE], counters[SCANS], t, k, told, states, covariances,
        begin, at, rows[len(rows) - 1 :],
    )  # fmt: skip


@kernel_bare
def silent(rows: Floats, i: int, k: Floats) -> bool:
    """Tell whether confirmed track i is not told: likelier gone than not, or standing."""
    return bool((k[K_SCORED] != 0.0 and rows[i, SCORE] < k[K_TELL]) or still(rows, i, k))


@kernel_bare
def count_told(rows: Floats, members: Ints, size: int, k: Floats) -> int:
    """Return how many of the first ``size`` members are told."""
    count = 0
    for a in range(size):
        if not silent(rows, int(members[a]), k):
            count += 1
    return count


@kernel_bare
def tell_some(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, members: Ints, size: int, scan: int, t: float, k: Floats,
    told: Longs, states: Floats, covariances: Floats, begin: int, at: int, copy: Floats,
) -> int:  # fmt: skip
    """Write the first ``size`` members as :func:`tell` does. copy (1, a row): scratch."""
    end = begin
    for a in range(size):
        i = int(members[a])
        if silent(rows, i, k):
            continue
        own = whole[i, SCAN] == scan
        told[end, 0], told[end, 1], told[end, 2] = scan, at, whole[i, NUMBER]
        told[end, 3], told[end, 4] = own, whole[i, PLOT] if own else -1
        told[end, 5] = whole[i, ADDRESS] - 1
        if rows[i, AT] < t:
            ahead(rows, i, int(whole[i, SPLIT]), t - rows[i, AT], k, copy)
            _write(copy, 0, int(whole[i, SPLIT]), states, covariances, end)
        else:
            _write(rows, i, int(whole[i, SPLIT]), states, covariances, end)
        end += 1
    return end


@kernel_bare
def ahead(rows: Floats, i: int, flies: int, dt: float, k: Floats, copy: Floats) -> None:
    """Copy track i and predict the copy by dt s, under the law in force."""
    for f in range(SINGLE):
        copy[0, f] = rows[i, f]
    if flies < FALL_AIR:
        drift(copy, 0, HEAD, dt, k[K_LEVEL], k[K_CLIMB])
        return
    for f in range(FALL_X, WIDE):
        copy[0, f] = rows[i, f]
    predict_fall(copy, 0, dt, k)
    join(copy, 0, FALLING)


@kernel_bare
def _write(rows: Floats, i: int, flies: int, states: Floats, covariances: Floats, end: int) -> None:
    """Copy the told state of row i, and its covariance unpacked, to row ``end`` of the report.

    Behind the state stands its law, if there is room: :func:`..filters.laws.tell_law`.
    """
    if states.shape[1] > 6:  # noqa: PLR2004 - position and velocity
        tell_law(rows, i, flies, states[end, 6:])
    for f in range(6):
        states[end, f] = rows[i, HEAD + f]
    p = HEAD + COVARIANCE
    for f in range(6):
        for g in range(f + 1):
            covariances[end, f, g] = rows[i, p]
            covariances[end, g, f] = rows[i, p]
            p += 1
