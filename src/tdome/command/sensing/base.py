"""Contract of the sensing room: which track or cue deserves a look of its own."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from tdome.messages.base import Message
from tdome.messages.fire import Engagements
from tdome.messages.sensing import Bearings, Cues, SensorTasks
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks

CUE_KEPT = 240_000_000_000  # ns since the launch: by then radars have it, or it is down
BEARING_KEPT = 4_000_000_000  # ns


class Senses(NamedTuple):
    """What is known of sensors besides tracks: their health, and what was heard of late.

    operating: sensor name -> what its last SensorStatus said; who has said nothing works.
    """

    operating: Mapping[str, bool] = MappingProxyType({})
    cues: tuple[Cues, ...] = ()
    bearings: tuple[Bearings, ...] = ()


ALL_WELL = Senses()


def remember(heard: Iterable[Message], inbox: Iterable[Message], now: int) -> tuple[Message, ...]:
    """Return the cues and directions that are still news at ``now`` (int ns), oldest first."""
    news = [m for m in (*heard, *inbox) if _is_news(m, now)]
    return tuple(sorted(news, key=lambda m: (m.header.valid_at, m.header.source, m.header.seq)))


def _is_news(message: Message, now: int) -> bool:
    if isinstance(message, Cues):
        return len(message) > 0 and now - int(message.launched_at.max()) <= CUE_KEPT
    return isinstance(message, Bearings) and now - message.header.valid_at <= BEARING_KEPT


class SensorManager(Protocol):
    """Sensor management, built as ``Implementation(plan)``.

    Promises: pure; never asks more of a sensor than its believed task rate, nor a look outside its
    believed coverage, nor anything of a sensor that said that it does not operate.
    """

    def task(
        self,
        tracks: SystemTracks,
        threats: Threats,
        engagements: Engagements,
        now: int,
        senses: Senses = ALL_WELL,
    ) -> SensorTasks:
        """Return the extra looks wanted after ``now`` (int ns UTC)."""
