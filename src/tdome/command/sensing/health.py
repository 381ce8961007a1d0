"""Which sensors work: what they say of themselves, and their silence.

A sensor that says that it does not operate does not. One that operates sends a message at least
once a period, if only to tell that it saw nothing: after SILENT_PERIODS periods without any, its
believed latency and a decision's time SLACK_S left aside, it counts as lost until it is heard
again. Before its first word a sensor is given the same time from the start.
"""

from collections.abc import Iterable

import msgspec
import numpy as np

from tdome.messages.base import Message
from tdome.messages.sensing import SensorStatus
from tdome.plan.books.sensors import SensorBook

SILENT_PERIODS = 3.0
SLACK_S = 2.0
NEVER_S = 1e9  # a sensor that has no period of its own is never missed


class Health(msgspec.Struct, frozen=True, eq=False):
    """By name of the sensor: when it was last heard (int ns UTC), and those that said "no"."""

    heard: dict[str, int]
    out: frozenset[str] = frozenset()

    def told(self, inbox: Iterable[Message], book: SensorBook) -> "Health":
        """Return what is known after some messages."""
        heard, out = dict(self.heard), set(self.out)
        known = set(book.names)
        for message in inbox:
            name = message.header.source
            if name not in known:
                continue
            heard[name] = max(heard[name], message.header.received_at)
            if isinstance(message, SensorStatus):
                (out.discard if message.operating else out.add)(name)
        return Health(heard, frozenset(out))

    def operating(self, book: SensorBook, now: int) -> dict[str, bool]:
        """Return for each sensor of a plan whether it is believed to work at ``now``."""
        spans = np.nan_to_num(SILENT_PERIODS * book.period + book.latency + SLACK_S, nan=NEVER_S)
        limits = np.rint(spans * 1e9).astype(np.int64)
        return {
            name: name not in self.out and now - self.heard[name] <= limit
            for name, limit in zip(book.names, limits.tolist(), strict=True)
        }


def unheard(book: SensorBook, now: int) -> Health:
    """Return the health of sensors of which nothing was heard yet."""
    return Health(dict.fromkeys(book.names, now))
