"""What sensors, fire units and referee of one run share: bodies, links, chronicle and the clock."""

from dataclasses import dataclass, field

from tdome.kernel.clock import nanoseconds, seconds
from tdome.kernel.ids import Counter
from tdome.messages.base import Header, Message
from tdome.world.bodies.table import Bodies
from tdome.world.chronicle import Chronicle
from tdome.world.links import Links
from tdome.world.scenario import Scenario


@dataclass(slots=True)
class Scene:
    """The truth of one run. Times outside are int ns UTC, inside s since the scenario's start."""

    scenario: Scenario
    bodies: Bodies
    links: Links
    chronicle: Chronicle
    sleeps_until: int = 0  # no sensor looks before
    _numbers: dict[tuple[str, str], Counter] = field(default_factory=dict)

    def at(self, t: float) -> int:
        """Return the time (int ns UTC) of t; never before the start."""
        return self.scenario.start + max(nanoseconds(float(t)), 0)

    def since(self, now: int) -> float:
        """Return s since the start."""
        return seconds(now - self.scenario.start)

    def header(self, kind: type[Message], source: str, now: int) -> Header:
        """Return the next header of a kind of message from a source, stamped by its clock."""
        counter = self._numbers.setdefault((source, kind.__name__), Counter())
        return Header(source, counter.next(), now + self.links.clock_offset(source), 0)

    def arrival(self, message: Message, now: int) -> int:
        """Return when a message that leaves now reaches command (int ns UTC), or NEVER."""
        header = message.header
        return self.links.up(header.source, type(message).__name__, header.seq, len(message), now)
