"""Several pictures instead of one: sites that do not share their tracks decide each for themselves.

Where the plan says so (``coordination.picture``), every sensor or every command post's zone has a
picture of its own (:class:`tdome.plan.books.nodes.NodeBook`). Each is folded by the same chain, and
hears its own sensors and fire units only; to it all others are silent and have nothing to fire.
What the pictures say is put together to one message of each kind, so that record, world and judge
see one command. Track, engagement and warning numbers of the k-th picture start at k SPAN: an
object that three pictures see has three tracks.

Assumptions: nobody correlates the tracks of two pictures; an operator answers for each of them as
fast as for one; every picture warns of what it sees, so that a zone may be under two alerts.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.chain import Chain, Picture, chain_for
from tdome.command.engagement.base import FireState
from tdome.kernel.errors import TdomeError
from tdome.messages.base import Header, Message
from tdome.messages.fire import (
    EngagementOrders,
    EngagementReports,
    Engagements,
    FirePlan,
    Grounds,
    InterceptUpdates,
    KillAssessments,
    Magazines,
    Recommendations,
    Refusals,
    UnitStatus,
)
from tdome.messages.sensing import SensorTasks
from tdome.messages.threats import Threats
from tdome.messages.tracks import Associations, SystemTracks
from tdome.messages.warnings import CivilWarnings
from tdome.plan.plan import Plan

SPAN = 1_000_000
"""How many tracks, engagements or warnings one picture may number."""

# In the order in which a chain says them.
_SAID: tuple[type[Message], ...] = (
    SystemTracks,
    Threats,
    Magazines,
    Engagements,
    Associations,
    KillAssessments,
    FirePlan,
    Recommendations,
    Grounds,
    EngagementOrders,
    InterceptUpdates,
    Refusals,
    CivilWarnings,
    SensorTasks,
)
_NUMBERED = ("track_number", "group", "warning")
Flags = NDArray[np.bool_]


class Command(Protocol):
    """The decision side as a run sees it, be it one chain or several pictures."""

    @property
    def plan(self) -> Plan:
        """The book from which it believes."""

    def open(self, now: int) -> Any:  # noqa: ANN401  (one picture or several)
        """Return the state of a side that has seen nothing."""

    def step(
        self,
        picture: Any,  # noqa: ANN401
        inbox: Sequence[Message],
        now: int,
    ) -> tuple[Any, list[Message]]:
        """Take in what was received, decide, and say what is to be said."""

    def unused(self, picture: Any) -> list[dict[str, str | int]]:  # noqa: ANN401
        """Return rows (source, reason, count) of reports that were of no use."""


class Pictures(msgspec.Struct, frozen=True, eq=False):
    """All pictures at ``now``, in the order of ``plan.nodes.pictures``."""

    now: int
    of: tuple[Picture, ...]


class Federation:
    """Pictures that do not share their tracks, folded by one chain."""

    def __init__(self, chain: Chain) -> None:
        self.chain, self.plan = chain, chain.plan
        nodes, names = self.plan.nodes, np.array(self.plan.sensors.names)
        count = range(len(nodes.pictures))
        self._units: list[Flags] = [nodes.picture_of_unit == k for k in count]
        self._sensors: list[Flags] = [nodes.picture_of_sensor == k for k in count]
        self._names = [frozenset(names[own].tolist()) for own in self._sensors]

    def open(self, now: int) -> Pictures:
        """Return pictures that have seen nothing, each with its own units' magazines."""
        everybody = self.chain.open(now)
        others = [frozenset(self.plan.sensors.names) - own for own in self._names]
        opened = [
            msgspec.structs.replace(
                everybody,
                fire=_restricted(everybody.fire, self._units[k], k),
                health=msgspec.structs.replace(everybody.health, out=others[k]),
                sensors={name: name not in others[k] for name in self.plan.sensors.names},
            )
            for k in range(len(others))
        ]
        return Pictures(now, tuple(opened))

    def step(
        self, picture: Pictures, inbox: Sequence[Message], now: int
    ) -> tuple[Pictures, list[Message]]:
        """Let every picture take a step; return them and what they say together."""
        after: list[Picture] = []
        said: dict[type[Message], list[Message]] = defaultdict(list)
        for k, before in enumerate(picture.of):
            heard = [mine for message in inbox if (mine := self._heard(message, k)) is not None]
            one, outbox = self.chain.step(before, heard, now)
            after.append(one)
            for message in outbox:
                said[type(message)].append(self._named(message, k))
        for kind, whole in ((Engagements, _engagements), (Magazines, _magazines)):
            if kind in said:
                said[kind] = [whole(after, now)]
        together = [_joined(said[kind]) for kind in _SAID if kind in said]
        return Pictures(now, tuple(after)), [message for message in together if _told(message)]

    def unused(self, picture: Pictures) -> list[dict[str, str | int]]:
        """Return rows (source, reason, count) of reports that were of no use to any picture."""
        counts: dict[tuple[str, str], int] = defaultdict(int)
        for one in picture.of:
            for (source, reason), count in self.chain.tracker.unused(one.tracking).items():
                counts[source, reason] += count
        return [{"source": s, "reason": r, "count": n} for (s, r), n in sorted(counts.items())]

    def _heard(self, message: Message, k: int) -> Message | None:
        """Return what the k-th picture hears of a message: its own sensors, its own units."""
        if isinstance(message, EngagementReports | UnitStatus):
            mine = self._units[k][message.unit]
            return _rows(message, mine) if mine.any() else None
        sensor = getattr(message, "sensor", None)
        return message if sensor is None or sensor in self._names[k] else None

    def _named(self, message: Message, k: int) -> Message:
        """Return what the k-th picture says, with numbers that no other picture uses."""
        if isinstance(message, SensorTasks):
            message = _rows(message, self._sensors[k][message.sensor])
        columns: dict[str, NDArray[Any]] = {}
        for name in _NUMBERED:
            column = getattr(message, name, None)
            if column is None or not k:
                continue
            if column.max(initial=0) >= SPAN:
                raise TdomeError(f"more than {SPAN:,} of {name} in one picture")
            columns[name] = np.where(column >= 0, column + k * SPAN, column).astype(column.dtype)
        return msgspec.structs.replace(message, **columns) if columns else message


def command_for(plan: Plan) -> Command:
    """Return the decision side of a plan. Raises ConfigError for a stage that is not registered."""
    chain = chain_for(plan)
    return Federation(chain) if len(plan.nodes.pictures) > 1 else chain


def _restricted(state: FireState, own: Flags, k: int) -> FireState:
    """Return a state of fire in which others have no rounds and no channels."""
    stock = np.where(own, state.stock, 0).astype(np.int32)
    channels = np.where(own, state.channels, 0).astype(np.int32)
    magazines = msgspec.structs.replace(state.magazines, rounds_left=stock, channels=channels)
    return msgspec.structs.replace(
        state, magazines=magazines, stock=stock.copy(), channels=channels.copy(),
        next_number=state.next_number + k * SPAN,
    )  # fmt: skip


def _engagements(pictures: list[Picture], now: int) -> Message:
    """Return one table of all engagements, ordered by number."""
    tables = [
        msgspec.structs.replace(
            one.fire.engagements,
            track_number=(one.fire.engagements.track_number + k * SPAN).astype(np.int32),
        )
        for k, one in enumerate(pictures)
    ]
    return _joined(tables, Header("engagement", 0, now, now))


def _magazines(pictures: list[Picture], now: int) -> Message:
    """Return the magazines of all units: of each what its own picture believes."""
    parts = [one.fire.magazines for one in pictures]
    columns = [name for name in Magazines.__struct_fields__ if name != "header"]
    added = {name: np.sum([getattr(part, name) for part in parts], axis=0) for name in columns}
    like = {name: added[name].astype(getattr(parts[0], name).dtype) for name in columns}
    return Magazines(header=Header("engagement", 0, now, now), **like)


def _told(message: Message) -> bool:
    """Tell whether a message is to be put on record: tables are, even where they are empty."""
    return len(message) > 0 or isinstance(message, SystemTracks | Threats | Magazines | Engagements)


def _columns(message: Message) -> list[str]:
    return [name for name in message.__struct_fields__ if name != "header"]


def _rows(message: Message, rows: Flags) -> Message:
    """Return some rows of a message: itself, where those are all."""
    if rows.all():
        return message
    columns = {name: getattr(message, name)[rows] for name in _columns(message)}
    return msgspec.structs.replace(message, **columns)


def _joined(parts: Sequence[Message], header: Header | None = None) -> Message:
    """Put messages of one kind together, in the order of their pictures."""
    if len(parts) == 1 and header is None:
        return parts[0]
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _columns(parts[0])
    }
    return type(parts[0])(header=header or parts[0].header, **columns)
