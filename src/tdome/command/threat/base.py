"""Contract of the threat room: tracks in, threats out."""

from typing import Protocol, TypeVar

from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks

S = TypeVar("S")


class ThreatEvaluator(Protocol[S]):
    """Threat evaluation, built as ``Implementation(plan)``.

    Promises: pure; one row per track in the order of the tracks; relabelling tracks relabels the
    result and changes nothing else; class probabilities sum to one; a track with a filed civil
    address is NEUTRAL and one with a valid own-force reply FRIEND; value at risk is finite and >=
    0.
    """

    def start(self) -> S:
        """Return the state of an evaluator that has seen nothing."""

    def evaluate(self, state: S, tracks: SystemTracks, now: int) -> tuple[S, Threats]:
        """Judge every track at ``now`` (int ns UTC)."""
