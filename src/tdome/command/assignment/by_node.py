"""Assignment by units that do not know of one another: one plan of fire for each, put together."""

from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.assignment.base import Assigner
from tdome.command.assignment.options import CLOSENESS
from tdome.messages.base import Ints, Message
from tdome.messages.codes import Reason
from tdome.messages.fire import Engagements, FirePlan, Magazines
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.plan.plan import Plan

M = TypeVar("M", bound=Message)
Flags = NDArray[np.bool_]

# Of several reasons why nobody engages a threat, what one of them did about it speaks first.
_RANK = CLOSENESS.copy()
_RANK[
    [
        Reason.OPERATOR_DENIED,
        Reason.SHOT_LIMIT,
        Reason.ASSESSED_KILLED,
        Reason.AWAITING_ASSESSMENT,
        Reason.ALREADY_ENGAGED,
    ]
] = CLOSENESS.max() + np.arange(1, 6)


def by_node(assigner: Assigner, plan: Plan) -> Assigner:
    """Return an assigner as integrated as the plan says: the same one where all plan together."""
    together = plan.nodes.fire_of_unit
    return assigner if len(np.unique(together)) < 2 else NodeAssigner(assigner, together)  # noqa: PLR2004


class NodeAssigner:
    """Asks an assigner once for each node (units that plan their fire together).

    A node knows its own engagements and magazines. To it the others have neither rounds nor
    channels, and what they shot at is not engaged: so one threat may be chosen by several nodes, by
    each once. All that an assigner promises holds for each node's part; for the whole, a threat is
    chosen at most once a node. ``together`` (u,): number of each unit's node.
    """

    def __init__(self, assigner: Assigner, together: Ints) -> None:
        self._assigner, self._together = assigner, together

    def assign(
        self,
        tracks: SystemTracks,
        threats: Threats,
        engagements: Engagements,
        magazines: Magazines,
        now: int,
    ) -> FirePlan:
        """Return the options that all nodes considered at ``now`` (int ns UTC)."""
        working = np.unique(self._together[magazines.channels > 0])
        if not len(working):
            return self._assigner.assign(tracks, threats, engagements, magazines, now)
        parts = []
        for node in working:
            own = self._together == node
            fought = rows_of_message(engagements, own[engagements.unit])
            left = only(magazines, own)
            part = self._assigner.assign(tracks, threats, fought, left, now)
            parts.append(rows_of_message(part, (part.unit < 0) | own[part.unit]))
        return _joined(parts)


def only(magazines: Magazines, own: Flags) -> Magazines:
    """Return magazines in which the other units have nothing: no rounds, no channels."""
    columns = ("rounds_left", "channels_busy", "channels")
    kept = {name: np.where(own, getattr(magazines, name), 0).astype(np.int32) for name in columns}
    return msgspec.structs.replace(magazines, **kept)


def rows_of_message(message: M, rows: Flags) -> M:
    """Return some rows of a message: itself, where those are all."""
    return message if rows.all() else msgspec.structs.replace(message, **_taken(message, rows))


def _taken(message: Message, rows: NDArray[Any]) -> dict[str, NDArray[Any]]:
    names = [name for name in message.__struct_fields__ if name != "header"]
    return {name: getattr(message, name)[rows] for name in names}


def _joined(parts: list[FirePlan]) -> FirePlan:
    """Put plans together: all pairs of threats that a node engages; one row for each other."""
    names = [name for name in FirePlan.__struct_fields__ if name != "header"]
    whole = FirePlan(
        header=parts[0].header,
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names},
    )
    engaged = np.unique(whole.track_number[whole.unit >= 0])
    order = np.lexsort((-_RANK[whole.reason], whole.unit, whole.track_number))
    number, unit = whole.track_number[order], whole.unit[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = number[1:] != number[:-1]
    keep = (unit >= 0) | (first & ~np.isin(number, engaged))
    return msgspec.structs.replace(whole, **_taken(whole, order[keep]))
