"""Contract of the warning room: threats in, civil warnings out."""

from typing import Protocol, TypeVar

from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.messages.warnings import CivilWarnings

S = TypeVar("S")


class WarningPolicy(Protocol[S]):
    """A warning policy, built as ``Implementation(plan)``.

    Promises: pure; status is EXERCISE or TEST, always; an alert comes before its updates and its
    all-clear; a stage never falls until then; every alert gets an all-clear in the end; nobody is
    warned of a neutral or friendly track.
    """

    def start(self) -> S:
        """Return the state with no zone under warning."""

    def warn(
        self, state: S, tracks: SystemTracks, threats: Threats, now: int
    ) -> tuple[S, CivilWarnings]:
        """Return alerts, updates and all-clears that are due at ``now`` (int ns UTC)."""
