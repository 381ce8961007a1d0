"""Contract of the sensing room: which track deserves a faster look."""

from typing import Protocol

from tdome.messages.fire import Engagements
from tdome.messages.sensing import SensorTasks
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks


class SensorManager(Protocol):
    """Sensor management, built as ``Implementation(plan)``.

    Promises: pure; never asks more of a sensor than its believed task rate, nor a look outside its
    believed coverage.
    """

    def task(
        self, tracks: SystemTracks, threats: Threats, engagements: Engagements, now: int
    ) -> SensorTasks:
        """Return the extra looks wanted after ``now`` (int ns UTC)."""
