"""Pairs of tracks and true positions that are nearer than a cut-off: the only ones that count.

In OSPA, GOSPA and SIAP a pair at the cut-off distance c or beyond is as good as no pair. So the
metrics need only the near pairs, a few for each track, and no matrix of all distances. Truth is
laid in strips of width c along one axis and sorted along a second one within each strip; a track
looks into three strips, from -c to +c. Exact: no near pair is missed.
"""

import numpy as np

from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Longs
from tdome.score.picture.pictures import Pictures

_AXES = 3


def near_pairs(pictures: Pictures, cutoff: float) -> tuple[Longs, Longs, Floats]:
    """Return the pairs nearer than ``cutoff`` m, as CSR over the rows of tracks.

    start: (n + 1,), truth: (c,) row of truth, distance: (c,) m. Pairs of a track are ordered by row
    of truth. Assumes finite positions. Cost: O(n log n) and the number of truths within three
    strips by 2 c of a track.
    """
    track, truth = pictures.track_state, pictures.truth_state
    strip_axis, along_axis = _widest_axes(truth)
    strip = np.floor(truth[:, strip_axis] / cutoff)
    along = np.ascontiguousarray(truth[:, along_axis])
    order = np.lexsort((along, strip, pictures.truth_picture))
    sorted_truth = np.ascontiguousarray(truth[order, :_AXES])
    mine = np.ascontiguousarray(track[:, [strip_axis, along_axis]])
    position = np.ascontiguousarray(track[:, :_AXES])
    start = np.zeros(len(track) + 1, np.int64)

    def walk(out_truth: Longs, out_distance: Floats, *, fill: bool) -> None:
        _walk(
            position, mine, pictures.track_start, strip[order], along[order],
            pictures.truth_start, order, sorted_truth, cutoff, start, out_truth, out_distance, fill,
        )  # fmt: skip

    walk(np.zeros(0, np.int64), np.zeros(0), fill=False)
    np.cumsum(start, out=start)
    truth_row, distance = np.empty(start[-1], np.int64), np.empty(start[-1])
    walk(truth_row, distance, fill=True)
    return start, truth_row, distance


def _widest_axes(position: Floats) -> tuple[int, int]:
    """Return the two axes along which positions spread most: there strips part best."""
    if not len(position):
        return 0, 1
    spread = np.ptp(position[:, :_AXES], axis=0)
    first, second = np.argsort(-spread, kind="stable")[:2]
    return int(first), int(second)


@kernel
def _lower(values: Floats, low: int, high: int, wanted: float) -> int:
    """Return the first row in low .. high whose value is not below ``wanted``."""
    while low < high:
        middle = (low + high) // 2
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _walk(  # noqa: PLR0913, PLR0917  (flat columns are what a kernel takes)
    position: Floats,
    mine: Floats,
    track_start: Longs,
    strip: Floats,
    along: Floats,
    truth_start: Longs,
    order: Longs,
    truth: Floats,
    cutoff: float,
    start: Longs,
    out_truth: Longs,
    out_distance: Floats,
    fill: bool,
) -> None:
    """Count the near pairs of each track (start[row + 1]) or, with ``fill``, write them."""
    limit = cutoff * cutoff
    for picture in range(len(track_start) - 1):
        first, last = truth_start[picture], truth_start[picture + 1]
        for row in range(track_start[picture], track_start[picture + 1]):
            begin = start[row] if fill else 0
            found = 0
            own = np.floor(mine[row, 0] / cutoff)
            for step in range(-1, 2):
                left = _lower(strip, first, last, own + step)
                right = _lower(strip, left, last, own + step + 1.0)
                at = _lower(along, left, right, mine[row, 1] - cutoff)
                while at < right and along[at] <= mine[row, 1] + cutoff:
                    dx = position[row, 0] - truth[at, 0]
                    dy = position[row, 1] - truth[at, 1]
                    dz = position[row, 2] - truth[at, 2]
                    square = dx * dx + dy * dy + dz * dz
                    if square < limit:
                        if fill:
                            # Kept in order of the truth's row: few, so insertion is quickest.
                            place = begin + found
                            while place > begin and out_truth[place - 1] > order[at]:
                                out_truth[place] = out_truth[place - 1]
                                out_distance[place] = out_distance[place - 1]
                                place -= 1
                            out_truth[place] = order[at]
                            out_distance[place] = np.sqrt(square)
                        found += 1
                    at += 1
            if not fill:
                start[row + 1] = found
