"""Header, message base class and column types: the only nouns that two rooms may share.

A message is a batch in columns: one radar scan is ONE ``Plots`` message with read-only NumPy
arrays. All columns of a message have the same first dimension. Two times on every datum:
``valid_at`` (when it was true) and ``received_at`` (when this side got it), integer nanoseconds,
UTC since the Unix epoch.
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, Self, get_origin

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Longs = NDArray[np.int64]
Ints = NDArray[np.int32]
Codes = NDArray[np.int8]


class Header(msgspec.Struct, frozen=True, array_like=True):
    """Who says it, the how-many-eth of that kind from this source.

    The two times (int ns UTC).
    """

    source: str
    seq: int
    valid_at: int
    received_at: int


@cache
def _column_getter(kind: type[msgspec.Struct]) -> Callable[[object], tuple[NDArray[Any], ...]]:
    """Return what reads all columns of a message of a type at once."""
    names = _columns(kind)
    if len(names) > 1:
        return attrgetter(*names)
    return lambda message: tuple(getattr(message, name) for name in names)


@cache
def _columns(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the names of a message type's columns."""
    fields = msgspec.structs.fields(kind)
    return tuple(field.name for field in fields if get_origin(field.type) is np.ndarray)


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True, eq=False):
    """Base of all messages: a header, then columns of equal length that nobody can write to."""

    header: Header

    def __post_init__(self) -> None:
        """Freeze the columns and check that they agree in length."""
        columns = _column_getter(type(self))(self)
        for column in columns:
            column.setflags(write=False)
            if len(column) != len(columns[0]):
                self._refuse(len(columns[0]))

    def _refuse(self, length: int) -> None:
        for name in _columns(type(self)):
            if (rows := len(getattr(self, name))) != length:
                raise ValueError(f"{type(self).__name__}.{name}: {rows} rows, expected {length}")

    def __len__(self) -> int:
        """Rows of the batch (0 where the message has no columns)."""
        names = _columns(type(self))
        return len(getattr(self, names[0])) if names else 0

    def received(self, at: int) -> Self:
        """Return the same datum, stamped with its time of receipt here (int ns UTC)."""
        header = msgspec.structs.replace(self.header, received_at=at)
        return msgspec.structs.replace(self, header=header)
