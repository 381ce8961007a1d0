"""Time: integer nanoseconds, UTC, since the Unix epoch. Only ``run`` owns a clock."""

import math

from tdome.kernel.errors import CausalityError

NS = 1_000_000_000
"""Nanoseconds in a second."""


def seconds(ns: int) -> float:
    """Convert a duration from integer nanoseconds to seconds, correctly rounded."""
    return int(ns) / NS


def nanoseconds(s: float) -> int:
    """Convert a duration from seconds to the nearest integer nanosecond (ties to even).

    The whole seconds are converted exactly, so that only the resolution of the argument
    limits the result. Raises ValueError or OverflowError if ``s`` is not finite.
    """
    whole = math.floor(s)
    return whole * NS + round((s - whole) * NS)


class SimClock:
    """A clock that stands still until it is told to advance."""

    def __init__(self, start: int = 0) -> None:
        self._now = start

    def now(self) -> int:
        """Return the simulated time, ns UTC since the Unix epoch."""
        return self._now

    def advance_to(self, time_ns: int) -> None:
        """Set the time; raises CausalityError if that is before now."""
        if time_ns < self._now:
            msg = f"clock at {self._now} ns was asked to go back to {time_ns} ns"
            raise CausalityError(msg)
        self._now = time_ns
