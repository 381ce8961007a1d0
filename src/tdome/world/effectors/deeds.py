"""What fire units do and what is done to them: small actions in the queue. Times int ns UTC."""

from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from tdome.messages.base import Floats
from tdome.messages.codes import OrderKind

Ecef = tuple[float, float, float]


class Obey(msgspec.Struct, frozen=True):
    """Action: an order reaches its unit."""

    engagement: int
    unit: int
    rounds: int
    kind: OrderKind
    launch_at: int
    intercept_at: int
    pip: Ecef


class Redirect(msgspec.Struct, frozen=True):
    """Action: an in-flight update reaches its unit."""

    engagement: int
    intercept_at: int
    pip: Ecef


class Fire(msgspec.Struct, frozen=True):
    """Action: the salvo of an engagement leaves, first round now."""

    engagement: int


class Intercept(msgspec.Struct, frozen=True):
    """Action: a round is due at its target, unless it was redirected since."""

    engagement: int
    round: int
    due: int


class Announce(msgspec.Struct, frozen=True):
    """Action: a unit tells its state."""

    unit: int


class Refill(msgspec.Struct, frozen=True):
    """Action: a reload, or the cooling of a beam, is over.

    ``fired``: rounds that had ever left when it began; a beam that fired since is hot.
    """

    unit: int
    fired: int


class Supply(msgspec.Struct, frozen=True):
    """Action: rounds reach the stock of a unit."""

    unit: int
    rounds: int


class Leave(msgspec.Struct, frozen=True):
    """Action: a unit starts to pack for its next site."""

    unit: int
    site: int


class Arrive(msgspec.Struct, frozen=True):
    """Action: a unit is ready at a site."""

    unit: int
    site: int


Upkeep: TypeAlias = Announce | Refill | Supply | Leave | Arrive
Deed: TypeAlias = Obey | Redirect | Fire | Intercept | Upkeep


@dataclass(slots=True)
class Round:
    """One interceptor: where it was at the last update, and when it left (int ns)."""

    number: int
    launched_at: int
    place: Floats
    placed_at: int
    done: bool = False


@dataclass(slots=True)
class Engagement:
    """One accepted order. ``carried``: the body row that it flies at, and PIP minus its place.

    ``sine``: of the elevation of the PIP from the launcher.
    """

    number: int
    unit: int
    rounds: int
    launch_at: int
    intercept_at: int
    pip: Floats
    sine: float = 0.0
    fired: list[Round] = field(default_factory=list)
    carried: tuple[int, Floats] | None = None
