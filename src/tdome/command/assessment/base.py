"""Contract of the assessment room: engagements and tracks in, verdicts out."""

from typing import Protocol, TypeVar

from tdome.messages.fire import Engagements, KillAssessments
from tdome.messages.tracks import SystemTracks

S = TypeVar("S")


class KillAssessor(Protocol[S]):
    """Kill assessment, built as ``Implementation(plan)``.

    Promises: pure; judges only from evidence in the tracks (never from an effector's word that it
    hit); says nothing before the plan's assessment delay has passed; a verdict always comes in the
    end.
    """

    def start(self) -> S:
        """Return the state of an assessor that has seen nothing."""

    def assess(
        self, state: S, engagements: Engagements, tracks: SystemTracks, now: int
    ) -> tuple[S, KillAssessments]:
        """Judge the engagements whose time has come at ``now`` (int ns UTC)."""
