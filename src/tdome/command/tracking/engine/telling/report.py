"""The report of a fold: room for the rows that are told, written in place, and never copied.

How many rows a recording gives is known only afterwards. So more room is asked for than is likely
needed: addresses cost nothing until they are written to, and what was not written never becomes
memory (on systems that give memory on first touch, as Linux and macOS do). Only where the guess
was too low the parts are joined by a copy. A report that goes on over several folds writes their
histories one behind the other, so that those who join them need no copy either.
"""

from typing import Any

import numpy as np

from tdome.messages.base import Floats, Longs
from tdome.messages.recording import LAW_COLUMNS, TrackHistory

_MOST = 1 << 24  # rows asked for at a time: 6 GB of addresses
_MOVING = 6  # numbers of a state: position and velocity
_LEAST = 1 << 12  # rows under which a refusal of memory is believed

TOLD = 6  # whole numbers of a row
Part = tuple[Longs, Floats, Floats]  # told (n, 6), states (n, 6), covariances (n, 6, 6)


class Report:
    """Rows of a history while it is written: ``told``, ``states``, ``covariances`` up to ``end``.

    told (n, 6): scan, at, number, 1 if this scan fed it, plot, address; states (n, 6), or (n, 11)
    with the law of motion; covariances (n, 6, 6), as
    :class:`tdome.messages.recording.TrackHistory` says.
    """

    def __init__(self, numbers: int = _MOVING) -> None:
        self._numbers = numbers
        self.told, self.states, self.covariances = _room(0, numbers)
        self.end = 0
        self._first = 0
        self._done: list[Part] = []

    def begin(self) -> None:
        """Begin the report of another fold behind what was written."""
        self._first, self._done = self.end, []

    def spread(self) -> None:
        """Ask for room for all folds to come that may be had."""
        self.reserve(_MOST, _LEAST)
        self._done = []

    def reserve(self, likely: int, least: int) -> None:
        """Make sure that ``least`` more rows fit; if they do not, make room for ``likely`` ones.

        Raises MemoryError where not even room for ``least`` is to be had.
        """
        if len(self.states) - self.end >= least:
            return
        self._done.append(self._part())
        size = max(min(likely, _MOST), least)
        while True:
            try:
                self.told, self.states, self.covariances = _room(size, self._numbers)
            except MemoryError:
                if size <= max(least, _LEAST):
                    raise
                size = max(size // 2, least)
            else:
                self.end = self._first = 0
                return

    def history(self) -> TrackHistory:
        """Return what was written; states and covariances are not copied if one part held all."""
        parts = [part for part in (*self._done, self._part()) if len(part[0])]
        if len(parts) > 1:
            told, states, covariances = (np.concatenate(one) for one in zip(*parts, strict=True))
        else:
            told, states, covariances = parts[0] if parts else _room(0, self._numbers)
        return TrackHistory(
            scan=told[:, 0].astype(np.int32),
            at=told[:, 1].copy(),
            number=told[:, 2].astype(np.int32),
            state=states if self._numbers == _MOVING else np.ascontiguousarray(states[:, :_MOVING]),
            covariance=covariances,
            updated=told[:, 3] != 0,
            plot=told[:, 4].copy(),
            address=told[:, 5].astype(np.int32),
            **_laws(states),
        )

    def _part(self) -> Part:
        rows = slice(self._first, self.end)
        return self.told[rows], self.states[rows], self.covariances[rows]


def _room(size: int, numbers: int) -> Part:
    return np.empty((size, TOLD), np.int64), np.empty((size, numbers)), np.empty((size, 6, 6))


def _laws(states: Floats) -> dict[str, Any]:
    """Return the columns of the law of motion, if they were told."""
    if states.shape[1] == _MOVING:
        return {}
    columns = dict(zip(LAW_COLUMNS, states[:, _MOVING:].T.copy(), strict=True))
    return columns | {"ballistic": columns["ballistic"].astype(np.int8)}
