"""The journal: an append-only tape of encoded messages, as an MCAP file (mcap.dev).

The kernel knows topics, times and bytes, not what they mean. The content hash is over what was
said, not over the file: compression and chunking do not change it.
"""

import io
import os
import struct
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, McapRecord, Message, Statistics
from mcap.stream_reader import breakup_chunk
from mcap.writer import MCAP0_MAGIC, Writer
from zstandard import ZstdError

from tdome.kernel.errors import JournalError

CHUNK_BYTES = 192 * 1024
"""A chunk is finished by the record that takes it past this size (before compression)."""

_PART_HEAD = struct.Struct("<BQ")  # operation code and length of an MCAP record
_HASHED_HEAD = struct.Struct("<QQQ")
_MAX_TIME = (1 << 63) - 1
_DAMAGE = (struct.error, KeyError, ValueError, McapError, ZstdError)


class Record(NamedTuple):
    """One message of a journal; times in ns UTC since the Unix epoch."""

    topic: str
    log_time: int
    publish_time: int
    sequence: int
    payload: bytes


class ContentHash:
    """Running BLAKE2b-256 over (topic, log time, publish time, payload), lengths included."""

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=32)

    def add(self, topic: str, log_time: int, publish_time: int, payload: bytes) -> None:
        """Add one message."""
        name = topic.encode()
        self._hash.update(len(name).to_bytes(4, "little") + name)
        self._hash.update(_HASHED_HEAD.pack(log_time, publish_time, len(payload)))
        self._hash.update(payload)

    def hexdigest(self) -> str:
        """Return the hash of all messages so far."""
        return self._hash.hexdigest()


class JournalWriter:
    """Writes a journal; every finished chunk is handed to the operating system at once.

    A killed process thus leaves a file that is readable up to its last chunk. Not for use by
    several threads at a time.

    Parameters
    ----------
    path : the file to make; an existing one is evidence and is refused.
    schemas : topic to (name, JSON schema) for readers such as Foxglove; topics without one are
        welcome too.
    encoding : how payloads are encoded, an MCAP message encoding.

    Raises
    ------
    JournalError : if the file can not be made or written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        schemas: Mapping[str, tuple[str, bytes]] | None = None,
        encoding: str = "json",
    ) -> None:
        self._path = Path(path)
        self._encoding = encoding
        self._schemas = dict(schemas or {})
        self._channels: dict[str, int] = {}
        self._sequences: dict[int, int] = {}
        self._hash = ContentHash()
        try:
            self._stream = _Flushed(io.FileIO(self._path, "x"))
        except OSError as error:
            msg = f"journal {self._path} can not be made: {error.strerror}"
            raise JournalError(msg) from error
        self._writer: Any = Writer(self._stream, chunk_size=CHUNK_BYTES)
        self._writer.start(profile="tdome", library="tdome")

    def append(self, topic: str, log_time: int, publish_time: int, payload: bytes) -> None:
        """Write one message; times in ns UTC since the Unix epoch, from 0 to 2**63 - 1."""
        if self._stream.closed:
            msg = f"journal {self._path} is closed"
            raise JournalError(msg)
        if not (0 <= log_time <= _MAX_TIME and 0 <= publish_time <= _MAX_TIME):
            msg = f"times {log_time}, {publish_time} ns of a message on {topic!r} are out of range"
            raise JournalError(msg)
        channel = self._channels.get(topic) or self._open_channel(topic)
        self._sequences[channel] += 1
        try:
            self._writer.add_message(
                channel, log_time, payload, publish_time, self._sequences[channel]
            )
        except OSError as error:
            msg = f"journal {self._path} can not be written: {error.strerror}"
            raise JournalError(msg) from error
        self._hash.add(topic, log_time, publish_time, payload)

    def flush(self) -> None:
        """Finish the current chunk now (costs compression): what is written survives a kill."""
        self._writer.flush()

    def hexdigest(self) -> str:
        """Return the content hash of all messages so far."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """Write the index and close; a second time does nothing."""
        if not self._stream.closed:
            try:
                self._writer.finish()
            finally:
                self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open_channel(self, topic: str) -> int:
        schema = 0
        if topic in self._schemas:
            name, body = self._schemas[topic]
            schema = self._writer.register_schema(name, "jsonschema", body)
        channel: int = self._writer.register_channel(topic, self._encoding, schema)
        self._channels[topic] = channel
        self._sequences[channel] = 0
        return channel


class _Flushed(io.BufferedWriter):
    """Keeps nothing back from the operating system: the writer comes once per chunk."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        written = super().write(data)
        self.flush()
        return written


class JournalReader(Iterator[Record]):
    """The records of a journal in written order, up to where it was cut off, if it was.

    Attributes
    ----------
    complete : whether the file was closed by its writer; known when the records are exhausted.

    Raises
    ------
    JournalError : if there is no such file, it is not MCAP, or a whole record in it is damaged.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.complete = False
        self._records = self._read()

    def __next__(self) -> Record:
        return next(self._records)

    def _read(self) -> Iterator[Record]:
        topics: dict[int, str] = {}
        found = 0
        for start, code, body in self._whole_parts():
            try:
                records = _messages(code, body, topics)
                if code == Opcode.STATISTICS:
                    _check_count(body, found)
            except _DAMAGE as error:
                msg = f"journal {self.path} is damaged at byte {start}: {error}"
                raise JournalError(msg) from error
            found += len(records)
            yield from records

    def _whole_parts(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield (offset, operation code, body) of the MCAP records that are whole."""
        try:
            stream = self.path.open("rb")
        except OSError as error:
            msg = f"journal {self.path} can not be read: {error.strerror}"
            raise JournalError(msg) from error
        with stream:
            size = os.fstat(stream.fileno()).st_size
            if not MCAP0_MAGIC.startswith(stream.read(len(MCAP0_MAGIC))):
                msg = f"{self.path} is not a journal (no MCAP file)"
                raise JournalError(msg)
            while len(head := stream.read(_PART_HEAD.size)) == _PART_HEAD.size:
                code, length = _PART_HEAD.unpack(head)
                start = stream.tell()
                if start + length > size:
                    return
                body = stream.read(length)
                yield start - _PART_HEAD.size, code, body
                if code == Opcode.FOOTER:
                    self.complete = stream.read(len(MCAP0_MAGIC)) == MCAP0_MAGIC
                    return


def _messages(code: int, body: bytes, topics: dict[int, str]) -> list[Record]:
    """Decode the messages of one top-level MCAP record, and note its channels."""
    stream = ReadDataStream(io.BytesIO(body))
    parts: list[McapRecord] = []
    if code == Opcode.CHUNK:
        parts = breakup_chunk(Chunk.read(stream), validate_crc=True)
    elif code == Opcode.CHANNEL:
        parts = [Channel.read(stream)]
    elif code == Opcode.MESSAGE:  # outside of chunks: not by our writer
        parts = [Message.read(stream, len(body))]
    records = []
    for part in parts:
        if isinstance(part, Channel):
            topics[part.id] = part.topic
        elif isinstance(part, Message):
            records.append(
                Record(
                    topics[part.channel_id],
                    part.log_time,
                    part.publish_time,
                    part.sequence,
                    part.data,
                )
            )
    return records


def _check_count(body: bytes, found: int) -> None:
    """Hold the writer's own count against ours: a chunk whose head is damaged is not seen."""
    written = Statistics.read(ReadDataStream(io.BytesIO(body))).message_count
    if found != written:
        msg = f"{found} messages of {written} are there"
        raise ValueError(msg)


def read_journal(path: str | os.PathLike[str]) -> JournalReader:
    """Open a journal: iterate over its records, then ask ``complete``."""
    return JournalReader(path)


def hash_of(path: str | os.PathLike[str]) -> str:
    """Return the content hash of a complete journal, equal to that of its writer.

    Raises JournalError if the journal was cut short: half a story has no hash to compare.
    """
    content = ContentHash()
    reader = read_journal(path)
    for record in reader:
        content.add(record.topic, record.log_time, record.publish_time, record.payload)
    if not reader.complete:
        msg = f"journal {reader.path} was cut short"
        raise JournalError(msg)
    return content.hexdigest()
