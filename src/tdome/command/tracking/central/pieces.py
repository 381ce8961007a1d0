"""Recordings and histories cut up and put together."""

from collections.abc import Sequence

import numpy as np

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
    """Return histories one after the other; a single one that tells anything is not copied."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return NOTHING
    if len(parts) == 1:
        return parts[0]
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in TrackHistory.__struct_fields__
    }
    return TrackHistory(**columns)


NOTHING = TrackHistory(
    scan=np.empty(0, np.int32),
    at=np.empty(0, np.int64),
    number=np.empty(0, np.int32),
    state=np.empty((0, 6)),
    covariance=np.empty((0, 6, 6)),
    updated=np.empty(0, np.bool_),
    plot=np.empty(0, np.int64),
)
