"""Contract of the assessment room: engagements and tracks in, verdicts out."""

from typing import Protocol

from tdome.messages.fire import Engagements, KillAssessments
from tdome.messages.tracks import SystemTracks


class KillAssessor(Protocol):
    """Kill assessment, built as ``Implementation(plan)``.

    Promises: pure; judges only from evidence in the tracks (never from an effector's word that it
    hit); says nothing before the plan's assessment delay has passed; a verdict always comes in the
    end.
    """

    def assess(self, engagements: Engagements, tracks: SystemTracks, now: int) -> KillAssessments:
        """Judge the engagements whose time has come at ``now`` (int ns UTC)."""
