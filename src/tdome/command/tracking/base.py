"""Contract of the tracking room: plots in, system tracks out."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from tdome.messages.sensing import Plots
from tdome.messages.tracks import Associations, SystemTracks

S = TypeVar("S")


class Tracker(Protocol[S]):
    """A multi-sensor tracker, built as ``Implementation(plan)``.

    Promises: pure (same state and plots twice give the same result; the old state is not touched);
    the order of the Plots messages within one call does not matter (they are taken by valid_at,
    then sensor); covariances stay symmetric positive semi-definite; everything finite; track
    numbers are never used twice.
    """

    def start(self) -> S:
        """Return the state of a tracker that has seen nothing."""

    def update(
        self, state: S, plots: Sequence[Plots], now: int
    ) -> tuple[S, SystemTracks, Associations]:
        """Fold plots in and return the confirmed tracks, predicted to ``now`` (int ns UTC)."""
