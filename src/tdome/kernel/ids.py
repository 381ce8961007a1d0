"""Ids are counters, one per owner: the same inputs give the same ids (no uuid, no clock)."""


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
