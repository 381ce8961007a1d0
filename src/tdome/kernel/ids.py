"""Ids are counters, one per owner: the same inputs give the same ids (no uuid, no clock)."""

import numpy as np
from numpy.typing import NDArray


class Counter:
    """Hands out 1, 2, 3 … : 0 stays free for "none" in columns."""

    def __init__(self) -> None:
        self._last = 0

    @property
    def last(self) -> int:
        """The id handed out last; 0 if none was."""
        return self._last

    def next(self) -> int:
        """Return the next id."""
        self._last += 1
        return self._last


def rows_of(ids: NDArray[np.integer], wanted: NDArray[np.integer]) -> NDArray[np.intp]:
    """Return the row of each wanted id in a column, (n,); -1 where it is not, the first of equals.

    >>> rows_of(np.array([7, 3, 5]), np.array([5, 4, 7])).tolist()
    [2, -1, 0]
    """
    if not len(ids):
        return np.full(len(wanted), -1, np.intp)
    order = np.argsort(ids, kind="stable")
    row = order[np.minimum(np.searchsorted(ids[order], wanted), len(ids) - 1)]
    return np.where(ids[row] == wanted, row, -1)
