"""The door of the simulated world: stamps the time of receipt and keeps bad input out."""

from tdome.gateways.admission import fault_of
from tdome.gateways.base import Quarantine
from tdome.messages.base import Message
from tdome.messages.wire import through_the_wire
from tdome.plan.plan import Plan


class SimulatedDoor:
    """Admits what the world's links deliver.

    ``wire`` encodes and decodes every datum on its way (lock 5).
    """

    def __init__(self, plan: Plan, *, wire: bool = False) -> None:
        self.plan = plan
        self.wire = wire
        self.quarantine = Quarantine()

    def admit(self, message: Message, at: int) -> Message | None:
        """Return the message as received at ``at`` (int ns UTC).

        Or None where it was quarantined.
        """
        received = message.received(at)
        fault = fault_of(received, self.plan)
        if fault is not None:
            self.quarantine.refuse(message.header.source, fault)
            return None
        return through_the_wire([received])[0] if self.wire else received
