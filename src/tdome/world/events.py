"""What the world does next, and what comes of it."""

from typing import NamedTuple, TypeAlias

from tdome.kernel.queue import Phase
from tdome.messages.base import Message
from tdome.world.bodies.table import End, Start
from tdome.world.effectors.deeds import Deed
from tdome.world.losses import Restore
from tdome.world.sensors.radars import Look, Scan

Action: TypeAlias = Start | End | Scan | Look | Deed | Restore


class Event(NamedTuple):
    """What is due: time (int ns UTC), phase, action."""

    at: int
    phase: Phase
    action: Action


class Happening(NamedTuple):
    """What came of an action: messages with their arrival (int ns UTC), and what happens next."""

    messages: list[tuple[int, Message]]
    events: list[Event]


NOTHING = Happening([], [])
