"""Data links: how long a message travels, and whether it arrives.

Delay = fixed + exponential jitter; plots are lost independently. All keyed by source, kind and
sequence number, so that losing one message changes no other. Jitter may turn the order of two
messages of one source: that is legal input. Limit: no bandwidth, no outages; reports and orders
are repeated by protocol until they arrive, plots are not.
"""

import math

from tdome.kernel.clock import nanoseconds
from tdome.kernel.random import Stream, Streams
from tdome.world.schema import conditions


class Links:
    """All links of the scenario, alike."""

    def __init__(self, file: conditions.Links, streams: Streams) -> None:
        self._file = file
        self._streams = streams
        self._opened: dict[tuple[str, str], Stream] = {}

    def delay(self, source: str, kind: str, seq: int) -> int:
        """Return how long a message travels: at least 1 ns, never 0."""
        return self.delays(source, kind, seq, 1)[0]

    def delays(self, source: str, kind: str, seq: int, rows: int) -> list[int]:
        """Return how long each row of a message travels, where they go different ways."""
        fixed, jitter = self._file.delay_s, self._file.jitter_s
        chance = self._stream(source, kind).draw_rows(seq, rows)[:, 0].tolist()
        return [max(nanoseconds(fixed - jitter * math.log(u)), 1) for u in chance]

    def loses(self, source: str, kind: str, seq: int) -> bool:
        """Tell whether a message is lost."""
        return bool(self._stream(source, kind).draw(seq)[1] < self._file.loss)

    def _stream(self, source: str, kind: str) -> Stream:
        name = source, kind
        if name not in self._opened:
            self._opened[name] = self._streams("links", *name)
        return self._opened[name]
