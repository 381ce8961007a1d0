"""Recordings and histories cut up and put together."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdome.messages.base import Longs
from tdome.messages.recording import PLOT_COLUMNS, Recording, TrackHistory

_SCAN_COLUMNS = tuple(
    name for name in Recording.__struct_fields__ if name != "start" and name not in PLOT_COLUMNS
)


def plots_of(recording: Recording, keep: Longs) -> Recording:
    """Return some plots of a recording, (m,) ascending, with the scans that have any."""
    scan = np.searchsorted(recording.start, keep, side="right") - 1
    scans, count = np.unique(scan, return_counts=True)
    columns = {name: getattr(recording, name)[scans] for name in _SCAN_COLUMNS}
    columns |= {name: getattr(recording, name)[keep] for name in PLOT_COLUMNS}
    return Recording(start=np.concatenate([[0], np.cumsum(count)]), **columns)


def joined(parts: Sequence[Recording]) -> Recording:
    """Return recordings one after the other."""
    if len(parts) == 1:
        return parts[0]
    ends = np.cumsum([0, *(part.plots for part in parts)])
    start = [part.start[:-1] - part.start[0] + end for part, end in zip(parts, ends, strict=False)]
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in (*_SCAN_COLUMNS, *PLOT_COLUMNS)
    }
    return Recording(start=np.concatenate([*start, ends[-1:]]), **columns)


def told(parts: Sequence[TrackHistory]) -> TrackHistory:
    """Return histories one after the other; columns that lie so in memory are not copied."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return NOTHING
    if len(parts) == 1:
        return parts[0]
    columns = {
        name: end_to_end([getattr(part, name) for part in parts])
        for name in TrackHistory.__struct_fields__
    }
    return TrackHistory(**columns)


def end_to_end(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return arrays one after the other; a view, where they lie so in one array's memory.

    Memory that is asked for anew costs more time than all else here: hundreds of MB are common.
    """
    whole = parts[0].base
    if isinstance(whole, np.ndarray) and whole.shape[1:] == parts[0].shape[1:]:
        places = [part.__array_interface__["data"][0] for part in parts]
        ends = [place + part.nbytes for place, part in zip(places, parts, strict=True)]
        if all(part.base is whole and part.flags.c_contiguous for part in parts) and (
            places[1:] == ends[:-1] and whole.flags.c_contiguous
        ):
            begin = (places[0] - whole.__array_interface__["data"][0]) // whole.strides[0]
            return whole[begin : begin + sum(map(len, parts))]
    return np.concatenate(parts)


NOTHING = TrackHistory(
    scan=np.empty(0, np.int32),
    at=np.empty(0, np.int64),
    number=np.empty(0, np.int32),
    state=np.empty((0, 6)),
    covariance=np.empty((0, 6, 6)),
    updated=np.empty(0, np.bool_),
    plot=np.empty(0, np.int64),
)
