"""The door of a tape: what a run once received, in the order in which it was received."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from tdome.gateways.admission import fault_of
from tdome.gateways.base import Quarantine
from tdome.kernel.journal import read_journal
from tdome.messages.base import Message
from tdome.messages.wire import INBOUND, decode
from tdome.plan.plan import Plan

_INBOUND_NAMES = frozenset(kind.__name__ for kind in INBOUND)


class TapeDoor:
    """Reads the inbound messages of a journal. What does not decode is quarantined and counted."""

    def __init__(self, journal: Path, plan: Plan) -> None:
        self.journal = journal
        self.plan = plan
        self.quarantine = Quarantine()

    def messages(self) -> Iterator[Message]:
        """Yield what was received, in written order; stops cleanly where the tape was cut off."""
        for record in read_journal(self.journal):
            if record.topic not in _INBOUND_NAMES:
                continue
            try:
                message = decode(record.topic, record.payload)
            except (msgspec.DecodeError, ValueError) as fault:
                self.quarantine.refuse(record.topic, f"does not decode: {fault}")
                continue
            fault_found = fault_of(message, self.plan)
            if fault_found is None:
                yield message
            else:
                self.quarantine.refuse(message.header.source, fault_found)
