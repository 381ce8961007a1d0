"""Contract of the assignment room: threats and weapons in, fire plan out."""

from typing import Protocol

from tdome.messages.fire import Engagements, FirePlan, Magazines
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks


class Assigner(Protocol):
    """Weapon assignment, built as ``Implementation(plan)``.

    Promises: pure; never proposes more rounds or channels than a unit has, nor a threat that is
    engaged already, nor a track whose identity is neutral, assumed friend or friend; with every
    unit on HOLD chooses nothing; chooses no intercept where a fire zone of the plan forbids it to
    the unit; relabelling tracks changes nothing but the labels; every threat
    not chosen has a row with its reason.
    """

    def assign(
        self,
        tracks: SystemTracks,
        threats: Threats,
        engagements: Engagements,
        magazines: Magazines,
        now: int,
    ) -> FirePlan:
        """Return the options considered at ``now`` (int ns UTC), the chosen ones marked."""
