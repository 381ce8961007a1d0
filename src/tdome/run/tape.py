"""The tape: every message that crosses the glass, in order, with its content hash."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from tdome.kernel.journal import JournalWriter
from tdome.messages.base import Message
from tdome.messages.wire import MESSAGE_TYPES, decode, encode

ENCODING = "msgpack"


class NoTape:
    """Keeps nothing: of a branch of a run, whose past is on another's tape."""

    def record(self, message: Message) -> Message:
        """Return the message."""
        return message

    def record_all(self, messages: Iterable[Message]) -> list[Message]:
        """Return the messages."""
        return [*messages]


class Tape:
    """Writes messages to a journal.

    With ``wire`` hands back what a reader of the bytes would see.
    """

    def __init__(self, path: Path, *, wire: bool = False) -> None:
        self.wire = wire
        self.counts: dict[str, int] = {kind.__name__: 0 for kind in MESSAGE_TYPES}
        self._journal = JournalWriter(path, encoding=ENCODING)

    def record(self, message: Message) -> Message:
        """Append one message and return it (decoded from its bytes in wire mode)."""
        name = type(message).__name__
        payload = encode(message)
        header = message.header
        self._journal.append(name, header.received_at, header.valid_at, payload)
        self.counts[name] += 1
        return decode(name, payload) if self.wire else message

    def record_all(self, messages: Iterable[Message]) -> list[Message]:
        """Append messages in order."""
        return [self.record(message) for message in messages]

    def hexdigest(self) -> str:
        """Return the content hash so far."""
        return self._journal.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._journal.close()
