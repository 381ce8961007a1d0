"""The wire: messages to msgpack bytes and back.

A column travels as (dtype, shape, little-endian bytes).
"""

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np

from tdome.messages.base import Message
from tdome.messages.fire import (
    EngagementOrders,
    EngagementReports,
    Engagements,
    FirePlan,
    Grounds,
    InterceptUpdates,
    KillAssessments,
    Magazines,
    OperatorDecisions,
    Recommendations,
    Refusals,
    UnitStatus,
)
from tdome.messages.sensing import (
    Bearings,
    Cooperative,
    Cues,
    Plots,
    SensorStatus,
    SensorTasks,
)
from tdome.messages.threats import Threats
from tdome.messages.tracks import Associations, SystemTracks
from tdome.messages.warnings import CivilWarnings

INBOUND: tuple[type[Message], ...] = (
    Plots,
    Bearings,
    Cues,
    Cooperative,
    SensorStatus,
    EngagementReports,
    UnitStatus,
    OperatorDecisions,
)
OUTBOUND: tuple[type[Message], ...] = (
    SystemTracks,
    Associations,
    Threats,
    FirePlan,
    Recommendations,
    Grounds,
    EngagementOrders,
    InterceptUpdates,
    Engagements,
    Magazines,
    KillAssessments,
    Refusals,
    CivilWarnings,
    SensorTasks,
)
MESSAGE_TYPES = INBOUND + OUTBOUND
BY_NAME = {message.__name__: message for message in MESSAGE_TYPES}

DTYPES = frozenset({"<f8", "<f4", "<i8", "<i4", "|i1"})
_DTYPE_NAMES = {np.dtype(name): name for name in sorted(DTYPES)}  # dtype.str is made at each call


def _column_to_wire(value: object) -> object:
    if isinstance(value, np.ndarray):
        dtype = value.dtype
        name = _DTYPE_NAMES.get(dtype) or dtype.str
        return (name, value.shape, np.ascontiguousarray(value).data)
    raise NotImplementedError(f"no wire form for {type(value).__name__}")


def _column_from_wire(wanted: Any, raw: Any) -> object:  # noqa: ANN401  (msgspec's hook)
    dtype, shape, content = raw
    if dtype not in DTYPES or dtype != np.dtype(wanted.__args__[1].__args__[0]).str:
        raise ValueError(f"column of {wanted} carries {dtype!r}")
    return np.frombuffer(content, dtype).reshape(shape)


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_column_to_wire)
_DECODERS = {
    name: msgspec.msgpack.Decoder(kind, dec_hook=_column_from_wire)
    for name, kind in BY_NAME.items()
}


def encode(message: Message) -> bytes:
    """Return the canonical bytes of a message: equal messages have equal bytes."""
    return _ENCODER.encode(message)


def decode(name: str, payload: bytes) -> Message:
    """Read back a message of the type called ``name``.

    Raises msgspec.DecodeError or KeyError on bad input.
    """
    return _DECODERS[name].decode(payload)


def through_the_wire(messages: Iterable[Message]) -> list[Message]:
    """Encode and decode, so that no object reference can cross (lock 5 on truth)."""
    return [decode(type(message).__name__, encode(message)) for message in messages]
