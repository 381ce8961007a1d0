"""Contract of a door, and the quarantine for what does not pass."""

from collections import Counter
from collections.abc import Iterator
from typing import Protocol

from tdome.messages.base import Message


class Feed(Protocol):
    """A source of messages for the decision side, whatever stands behind it (world, tape.

    Live feed).

    Promises: messages come in order of ``header.received_at``; each has passed
    :mod:`tdome.gateways.admission`.
    """

    def messages(self) -> Iterator[Message]:
        """Yield admitted messages in the order in which they were received."""
        ...


class Quarantine:
    """What was refused at a door: counted by source and reason (promise P5)."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def refuse(self, source: str, reason: str) -> None:
        """Count one refusal."""
        self._counts[source, reason] += 1

    def __len__(self) -> int:
        """Return how many messages were refused in all."""
        return self._counts.total()

    def table(self) -> list[dict[str, str | int]]:
        """Return rows (source, reason, count), ordered by source and reason."""
        return [
            {"source": source, "reason": reason, "count": count}
            for (source, reason), count in sorted(self._counts.items())
        ]
