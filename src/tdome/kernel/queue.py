"""Event order: by time, then phase, then first come first served."""

from enum import IntEnum
from heapq import heappop, heappush
from typing import Generic, NamedTuple, TypeVar

from tdome.kernel.errors import CausalityError
from tdome.kernel.members import bound

T = TypeVar("T")


@bound
class Phase(IntEnum):
    """What happens first among events of one instant (the phases of MIXR)."""

    MOVE = 0
    EMIT = 1
    RECEIVE = 2
    DECIDE = 3
    ACT = 4


class Event(NamedTuple, Generic[T]):
    """What is due at a time (ns UTC since the Unix epoch) and phase."""

    time: int
    phase: Phase
    sequence: int
    payload: T


class EventQueue(Generic[T]):
    """Events of payload type T, handed out in the order (time, phase, sequence of push).

    The order of the pops never runs backwards in (time, phase): a push before the last
    popped event is refused. An event may thus push into its own phase and instant.
    """

    def __init__(self) -> None:
        self._heap: list[Event[T]] = []
        self._pushed = 0
        self._last: tuple[int, Phase] | None = None

    def __len__(self) -> int:
        return len(self._heap)

    def push(self, time: int, phase: Phase, payload: T) -> None:
        """Add an event; raises CausalityError if it lies before the last popped one."""
        if self._last is not None and (time, phase) < self._last:
            then, during = self._last
            msg = f"event at {time} ns {phase.name} pushed after {then} ns {during.name} was popped"
            raise CausalityError(msg)
        # The sequence is unique, so that the heap never compares two payloads.
        heappush(self._heap, Event(time, phase, self._pushed, payload))
        self._pushed += 1

    def pop(self) -> Event[T]:
        """Remove and return the first event; raises IndexError if there is none."""
        event = heappop(self._heap)
        self._last = (event.time, event.phase)
        return event
