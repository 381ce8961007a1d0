"""Contract of the tracking room: plots in, system tracks out."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias, TypeVar

from tdome.messages.sensing import Bearings, Cooperative, Plots
from tdome.messages.tracks import Associations, SystemTracks

S = TypeVar("S")
Reports: TypeAlias = Sequence[Plots | Bearings | Cooperative]
Unused: TypeAlias = Mapping[tuple[str, str], int]
"""(sensor, reason) -> rows of its reports that the tracker had no use for."""


class Tracker(Protocol[S]):
    """A multi-sensor tracker, built as ``Implementation(plan)``.

    Promises: pure (same state and plots twice give the same result; the old state is not touched);
    the order of the messages within one call does not matter (they are taken by valid_at,
    then sensor); covariances stay symmetric positive semi-definite; everything finite; track
    numbers are never used twice.
    """

    def start(self) -> S:
        """Return the state of a tracker that has seen nothing."""

    def update(self, state: S, reports: Reports, now: int) -> tuple[S, SystemTracks, Associations]:
        """Fold reports in and return the confirmed tracks, predicted to ``now`` (int ns UTC)."""

    def unused(self, state: S) -> Unused:
        """Return what was of no use so far, for the record of the run (promise P5)."""
