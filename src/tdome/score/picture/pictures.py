"""Tracks and truth laid beside each other, one picture for each moment that is judged."""

from typing import Self

import msgspec
import numpy as np

from tdome.messages.base import Floats, Ints, Longs
from tdome.messages.recording import TrackHistory, TruthHistory

LONGEST_GAP_S = 30.0
"""Samples of a flyer's truth further apart than this are a gap: there it was not in the air."""

_TO_S = 1e-9


class Pictures(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """K pictures: what was tracked and what was true at the same moments.

    at: (K,) int ns, ascending. Tracks, n rows, and truths, m rows, ordered by picture, then number:
    ``*_start``: (K + 1,) rows of picture k are start[k] : start[k + 1]; ``*_picture``: of each row;
    number: (n,) track number; flyer: (m,). States: (n, 6) and (m, 6), m and m/s, one frame.
    covariance: (n, 6, 6). history: (n,) row in the track history.
    """

    at: Longs
    track_start: Longs
    track_picture: Longs
    number: Ints
    track_state: Floats
    covariance: Floats
    history: Longs
    truth_start: Longs
    truth_picture: Longs
    flyer: Ints
    truth_state: Floats

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.at)

    def since(self, first: int) -> Self:
        """Return the pictures from the ``first``-th on (views)."""
        track, truth = int(self.track_start[first]), int(self.truth_start[first])
        return type(self)(
            at=self.at[first:],
            track_start=self.track_start[first:] - track,
            track_picture=self.track_picture[track:] - first,
            number=self.number[track:],
            track_state=self.track_state[track:],
            covariance=self.covariance[track:],
            history=self.history[track:],
            truth_start=self.truth_start[first:] - truth,
            truth_picture=self.truth_picture[truth:] - first,
            flyer=self.flyer[truth:],
            truth_state=self.truth_state[truth:],
        )


def lay_out(
    tracks: TrackHistory,
    truth: TruthHistory,
    times: Longs | None = None,
    longest_gap_s: float = LONGEST_GAP_S,
) -> Pictures:
    """Return the pictures at ``times`` (int ns, any order), or at every time of tracks and truth.

    Tracks count where they have a row at that very time (of two rows, as after the scans of two
    radars at one time, the last); a row that is not finite is refused with ValueError. Truth is
    taken where it was sampled and between two samples of one flyer by cubic Hermite interpolation
    of positions and velocities, unless they are further apart than ``longest_gap_s``.
    """
    if not np.isfinite(tracks.state).all() or not np.isfinite(truth.state).all():
        raise ValueError("a state of a track or of a true flyer is not finite")
    moments = np.concatenate([tracks.at, truth.at]) if times is None else times
    at = np.unique(np.asarray(moments, np.int64))
    history = _rows_of_tracks(tracks, at)
    picture = np.searchsorted(at, tracks.at[history])
    truth_picture, flyer, state = _truth_at(truth, at, longest_gap_s)
    return Pictures(
        at=at,
        track_start=_starts(picture, len(at)),
        track_picture=picture,
        number=tracks.number[history],
        track_state=tracks.state[history],
        covariance=tracks.covariance[history],
        history=history,
        truth_start=_starts(truth_picture, len(at)),
        truth_picture=truth_picture,
        flyer=flyer,
        truth_state=state,
    )


def _starts(picture: Longs, pictures: int) -> Longs:
    return np.searchsorted(picture, np.arange(pictures + 1)).astype(np.int64)


def _rows_of_tracks(tracks: TrackHistory, at: Longs) -> Longs:
    """Return the rows to judge, ordered by time, then number; the last of equal ones."""
    wanted = np.flatnonzero(np.isin(tracks.at, at))
    order = wanted[np.lexsort((wanted, tracks.number[wanted], tracks.at[wanted]))]
    time, number = tracks.at[order], tracks.number[order]
    last = np.ones(len(order), np.bool_)
    last[:-1] = (time[1:] != time[:-1]) | (number[1:] != number[:-1])
    return order[last]


def _truth_at(truth: TruthHistory, at: Longs, longest_gap_s: float) -> tuple[Longs, Ints, Floats]:
    """Return (picture, flyer, state) of every true flyer at every one of the times."""
    order = np.lexsort((truth.at, truth.flyer))
    time, flyer, state = truth.at[order], truth.flyer[order], truth.state[order]
    # Of each sample: the pictures from it up to, not including, the next sample of that flyer.
    last = np.ones(len(order), np.bool_)
    last[:-1] = flyer[1:] != flyer[:-1]
    after = np.minimum(np.arange(len(order)) + 1, len(order) - 1)
    gap = last | ((time[after] - time) * _TO_S > longest_gap_s)
    first = np.searchsorted(at, time)
    past = np.where(gap, np.searchsorted(at, time, side="right"), np.searchsorted(at, time[after]))
    count = np.maximum(past - first, 0)
    sample = np.repeat(np.arange(len(order)), count)
    picture = first[sample] + np.arange(len(sample)) - (np.cumsum(count) - count)[sample]
    after = np.where(gap, np.arange(len(order)), after)
    made = _between(time, state, sample, after[sample], at[picture])
    order = np.lexsort((flyer[sample], picture))
    return picture[order].astype(np.int64), flyer[sample][order], made[order]


def _between(time: Longs, state: Floats, left: Longs, right: Longs, at: Longs) -> Floats:
    """Return states between two samples: those of the left one where it is the time asked for."""
    out = state[left]
    inside = np.flatnonzero(at > time[left])
    a, b = state[left[inside]], state[right[inside]]
    span = ((time[right] - time[left])[inside] * _TO_S)[:, None]
    u = (at[inside] - time[left[inside]])[:, None] * _TO_S / span
    h00, h10 = (1.0 + 2.0 * u) * (1.0 - u) ** 2, u * (1.0 - u) ** 2
    h01, h11 = u * u * (3.0 - 2.0 * u), u * u * (u - 1.0)
    place = h00 * a[:, :3] + h01 * b[:, :3]
    out[inside, :3] = place + span * (h10 * a[:, 3:] + h11 * b[:, 3:])
    out[inside, 3:] = (1.0 - u) * a[:, 3:] + u * b[:, 3:]
    return out
