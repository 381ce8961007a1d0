"""SIAP attributes of tracks against truth, with associations that must last to count.

P. Votruba, R. Nisley, R. Rothrock, B. Zombro, "Single Integrated Air Picture (SIAP) Metrics
Implementation", 29 October 2001, as Stone Soup 1.9.1 reads it (``SIAPMetrics`` on associations by
``TrackToTruth``), result for result. A track belongs to the truth that is nearest and within the
cut-off once that held CONFIRM pictures in a row, until it fails to hold MISSES pictures in a row
(:func:`associate`). A track has one truth at a time, a truth may have many tracks.

With J truths, JT of them with a track, N tracks, NA of them with a truth, summed over pictures:
completeness sum JT / sum J; ambiguity sum NA / sum JT (1 is ideal); spuriousness
sum (N - NA) / sum N; position and velocity accuracy: mean distance over associations, m and m/s;
rate of track number change: sum over truths of (tracks needed - 1) / sum of the time tracked, 1/s;
longest track segment: sum of each truth's longest time with one track / sum of their life times.

Kept as Stone Soup has it, so that figures can be laid side by side: failures of an association are
counted on until its own truth is nearest again, also across a change of truth; and the count of
tracks needed ends early where the next one holds for one last picture only.
"""

import msgspec
import numpy as np

from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints, Longs
from tdome.messages.recording import Flags
from tdome.score.picture.pictures import Pictures

CONFIRM = 3
MISSES = 2
_NOBODY = -1
_TO_S = 1e-9


class Siap(msgspec.Struct, frozen=True, kw_only=True):
    """SIAP attributes over all pictures; the value of nothing is 0, of an ambiguity 1."""

    completeness: float
    ambiguity: float
    spuriousness: float
    position_m: float
    velocity_m_s: float
    number_changes_per_s: float
    longest_segment: float


class Associations(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Which track was of which truth, from one picture to another, both included.

    track, truth: (a,) places among the distinct track numbers and flyers. first, last: (a,). A pair
    may have several rows, none of which overlap.
    """

    track: Longs
    truth: Longs
    first: Longs
    last: Longs


def nearest_truth(pairs: tuple[Longs, Longs, Floats]) -> Longs:
    """Return (n,) the row of the truth nearest to each track within the cut-off, -1 for none."""
    start, column, distance = pairs
    rows = len(start) - 1
    row = np.repeat(np.arange(rows), np.diff(start))
    order = np.lexsort((column, distance, row))
    some = np.diff(start) > 0
    nearest = np.full(rows, _NOBODY, np.int64)
    nearest[some] = column[order[start[:-1][some]]]
    return nearest


def associate(pictures: Pictures, pairs: tuple[Longs, Longs, Floats]) -> Associations:
    """Return the lasting associations of every track (see the head of this file)."""
    _, truth = np.unique(pictures.flyer, return_inverse=True)
    numbers, track = np.unique(pictures.number, return_inverse=True)
    nearest = nearest_truth(pairs)
    seen = np.where(nearest >= 0, truth[nearest] if len(truth) else _NOBODY, _NOBODY)
    order = np.argsort(track, kind="stable")  # rows are in order of time already
    start = np.searchsorted(track[order], np.arange(len(numbers) + 1))
    out = np.empty((len(order) // 2 + 1, 4), np.int64)
    count = _associations(start, seen[order], pictures.track_picture[order], out)
    out = out[:count]
    out = out[np.lexsort((out[:, 2], out[:, 1], out[:, 0]))]
    columns = np.ascontiguousarray(out[: _merge(out)].T)
    return Associations(track=columns[0], truth=columns[1], first=columns[2], last=columns[3])


@kernel
def _merge(rows: Longs) -> int:
    """Make one of two spans of a pair that overlap or touch; return how many rows are left."""
    kept = -1
    for row in range(len(rows)):
        same = kept >= 0 and rows[kept, 0] == rows[row, 0] and rows[kept, 1] == rows[row, 1]
        if same and rows[row, 2] <= rows[kept, 3]:
            rows[kept, 3] = max(rows[kept, 3], rows[row, 3])
        else:
            kept += 1
            rows[kept] = rows[row]
    return kept + 1


@kernel
def _associations(start: Longs, seen: Longs, picture: Longs, out: Longs) -> int:  # noqa: C901, PLR0912
    """Write rows (track, truth, first picture, last picture); return how many there are."""
    count = 0
    for track in range(len(start) - 1):
        held, likely = _NOBODY, _NOBODY
        streak, failures = 0, 0
        begun, first, last = 0, 0, 0
        for row in range(start[track], start[track + 1]):
            now, truth = picture[row], seen[row]
            if held == _NOBODY:
                if truth == _NOBODY:
                    likely, streak = _NOBODY, 0
                elif truth != likely:
                    likely, streak, begun = truth, 1, now
                else:
                    streak += 1
                if streak >= CONFIRM:
                    held, first, last = truth, begun, now
                    likely, streak = _NOBODY, 0
                continue
            if truth == held:
                failures, last = 0, now
            else:
                failures += 1
                if truth != _NOBODY and truth == likely:
                    streak += 1
                else:
                    likely, streak, begun = truth, 1, now
            if failures >= MISSES:
                out[count, 0], out[count, 1] = track, held
                out[count, 2], out[count, 3] = first, last
                count += 1
                if streak >= CONFIRM:
                    held, first, last = likely, begun, now
                else:
                    held = _NOBODY
        if held != _NOBODY:
            out[count, 0], out[count, 1] = track, held
            out[count, 2], out[count, 3] = first, last
            count += 1
    return count


def siap(pictures: Pictures, pairs: tuple[Longs, Longs, Floats]) -> Siap:
    """Return the SIAP attributes; ``pairs`` are those of ``near_pairs`` with the cut-off."""
    found = associate(pictures, pairs)
    by_track, rows_of_track = _rows_by(pictures.number)
    by_truth, rows_of_truth = _rows_by(pictures.flyer)
    given = np.zeros(len(pictures.number), np.bool_)
    tracked = np.zeros(len(pictures.flyer), np.bool_)
    sums = _sum_errors(
        np.stack([found.track, found.truth, found.first, found.last]),
        *(by_track, rows_of_track, by_truth, rows_of_truth),
        *(pictures.track_picture, pictures.truth_picture),
        *(pictures.track_state, pictures.truth_state),
        *(given, tracked),
    )
    changes, held_s, longest_s, life_s = _continuity(pictures, found, by_truth, rows_of_truth)
    tracks, truths = len(given), len(tracked)
    own, theirs = int(given.sum()), int(tracked.sum())
    return Siap(
        completeness=_share(theirs, truths),
        ambiguity=own / theirs if theirs else 1.0,
        spuriousness=_share(tracks - own, tracks),
        position_m=_share(sums[0], own),
        velocity_m_s=_share(sums[1], own),
        number_changes_per_s=_share(changes, held_s),
        longest_segment=_share(longest_s, life_s),
    )


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 0.0


def _rows_by(name: Ints) -> tuple[Longs, Longs]:
    """Return CSR (start, rows) of the rows of each distinct name, in order of time."""
    distinct, place = np.unique(name, return_inverse=True)
    rows = np.argsort(place, kind="stable")
    start = np.searchsorted(place[rows], np.arange(len(distinct) + 1))
    return start.astype(np.int64), rows


@kernel
def _sum_errors(  # noqa: PLR0913, PLR0917  (flat columns are what a kernel takes)
    found: Longs,
    track_start: Longs,
    track_rows: Longs,
    truth_start: Longs,
    truth_rows: Longs,
    track_picture: Longs,
    truth_picture: Longs,
    track_state: Floats,
    truth_state: Floats,
    given: Flags,
    tracked: Flags,
) -> tuple[float, float]:
    """Sum position and velocity errors over associations; mark tracks and truths that have one."""
    position = velocity = 0.0
    for one in range(found.shape[1]):
        at, end = track_start[found[0, one]], track_start[found[0, one] + 1]
        other, last = truth_start[found[1, one]], truth_start[found[1, one] + 1]
        while at < end and other < last:
            row, truth = track_rows[at], truth_rows[other]
            mine, theirs = track_picture[row], truth_picture[truth]
            if mine < theirs or mine < found[2, one]:
                at += 1
                continue
            if theirs < mine:
                other += 1
                continue
            if mine > found[3, one]:
                break
            given[row], tracked[truth] = True, True
            near = fast = 0.0
            for axis in range(3):
                near += (track_state[row, axis] - truth_state[truth, axis]) ** 2
                fast += (track_state[row, axis + 3] - truth_state[truth, axis + 3]) ** 2
            position += np.sqrt(near)
            velocity += np.sqrt(fast)
            at += 1
            other += 1
    return position, velocity


def _continuity(
    pictures: Pictures, found: Associations, truth_start: Longs, truth_rows: Longs
) -> tuple[int, float, float, float]:
    """Return number changes, time tracked, sum of longest segments and sum of life times, s."""
    picture = pictures.truth_picture[truth_rows]
    at = (pictures.at - (pictures.at[0] if len(pictures) else 0)) * _TO_S
    # Rows are ordered by track, truth and time: the last row of a pair tells when it ends for good.
    pair = np.cumsum(
        (np.diff(found.track, prepend=-1) != 0) | (np.diff(found.truth, prepend=-1) != 0)
    )
    ends = found.last[np.searchsorted(pair, pair, side="right") - 1]
    order = np.lexsort((found.first, found.track, -ends, found.truth))
    spans = np.stack([found.first[order], found.last[order], found.track[order], ends[order]])
    start = np.searchsorted(found.truth[order], np.arange(len(truth_start)))
    changes, held, longest = _follow(start.astype(np.int64), spans, truth_start, picture, at)
    life = float((at[picture[truth_start[1:] - 1]] - at[picture[truth_start[:-1]]]).sum())
    return changes, held, longest, life


@kernel
def _follow(
    start: Longs, spans: Longs, truth_start: Longs, picture: Longs, at: Floats
) -> tuple[int, float, float]:
    """Sum over truths: tracks needed beyond one, time with a track, longest time of one track."""
    changes, held, longest = 0, 0.0, 0.0
    for truth in range(len(truth_start) - 1):
        low, high = start[truth], start[truth + 1]
        first, last = truth_start[truth], truth_start[truth + 1]
        best = total = 0.0
        for one in range(low, high):
            if one == low or spans[2, one] != spans[2, one - 1]:
                total = 0.0
            total += at[spans[1, one]] - at[spans[0, one]]
            best = max(best, total)
        longest += best
        for row in range(first, last - 1):
            held += _covered(spans, low, high, picture[row], picture[row + 1], at)
        needed = _needed(spans, low, high, picture, first, last)
        if needed:
            changes += needed - 1
    return changes, held, longest


@kernel
def _covered(spans: Longs, low: int, high: int, begin: int, end: int, at: Floats) -> float:
    """Return the time from one picture to the next that some association spans, s."""
    # Pictures between those of one truth are no samples of it: spans may end there.
    for one in range(low, high):
        if spans[0, one] <= begin and spans[1, one] >= end:
            return float(at[end] - at[begin])
    time = 0.0
    for step in range(begin, end):
        for one in range(low, high):
            if spans[0, one] <= step and spans[1, one] >= step + 1:
                time += at[step + 1] - at[step]
                break
    return float(time)


@kernel
def _needed(spans: Longs, low: int, high: int, picture: Longs, first: int, last: int) -> int:
    """Return the least number of associations that follow a truth where any does.

    ``spans`` of the truth are ordered by the end of their track on it, the latest first; where two
    end together, the one that lasts longer from now on (Stone Soup takes either, by chance).
    """
    needed, row = 0, first
    while row < last:
        now = picture[row]
        best = _NOBODY
        for one in range(low, high):
            if spans[0, one] <= now <= spans[1, one]:
                if best == _NOBODY:
                    best = one
                elif spans[3, one] < spans[3, best]:
                    break
                elif spans[1, one] > spans[1, best]:
                    best = one
        if best == _NOBODY:
            row += 1
            continue
        needed += 1
        end = spans[1, best]
        row += 1
        while row < last and picture[row] < end:
            row += 1
        if row >= last or picture[row] != end:
            break
        row += 1
    return needed
