"""The baseline warning policy ``zones-v1``: warn the zones that are likely to be hit soon.

Who counts: hostile and suspect tracks that come down within ``lead_limit_s``, whether or not an
asset is hit, because people live between the assets. Interceptors are not counted on. How likely a
zone is hit is said by outlook.py.

An impact ellipse shrinks while its track flies, so an alert that can wait is better for waiting: a
zone is alerted when its certainty reaches ``early_probability``, or when that of what is to arrive
within ``near_s``, the time that people need, reaches ``min_probability``. Once alerted it stays
threatened above half of ``min_probability``, so that a value at the limit does not make the siren
stutter, and is told all clear ``all_clear_after_s`` after it was threatened last: soon, where an
ellipse has moved on; not before the arrival, where a track was lost while it fell.
"""

from functools import cached_property

import msgspec
import numpy as np

from tdome.command.warning.outlook import Looked, look, outlook
from tdome.command.warning.shares import ZoneEdges, zone_edges
from tdome.command.warning.words import words
from tdome.messages.base import Floats, Header, Ints, Longs
from tdome.messages.codes import WarningKind, WarningStage
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.messages.warnings import CivilWarnings
from tdome.plan.plan import Plan

UPDATE_NS = 20_000_000_000  # move of the onset that is worth an update
UPDATE_CERTAINTY = 0.25  # change of certainty that is
QUIET_NS = 10_000_000_000  # least time between two messages to one zone
KEPT = 0.5  # share of min_probability above which a warned zone stays threatened
_NO_WARNING = -1
_NOTHING = 1e-9  # a probability that is none, for a plan that warns of any


class Warned(msgspec.Struct, frozen=True, eq=False):
    """State: one row per zone, and what was looked at last.

    said, warnings: messages and warning numbers given so far. number: (z,) warning number or -1.
    onset, spoken_at, threatened_at: (z,) int ns of the onset last told, of the last message, of the
    last threat. certainty: (z,) last told. looked: tracks of the last look.
    """

    said: int
    warnings: int
    number: Ints
    onset: Longs
    spoken_at: Longs
    threatened_at: Longs
    certainty: Floats
    looked: Looked


class ZoneWarner:
    """Civil warnings by zone, always marked as an exercise."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @cached_property
    def edges(self) -> ZoneEdges:
        """Edges of the plan's zones, made when first asked for."""
        return zone_edges(self.plan.zones)

    def start(self) -> Warned:
        """Return the state with no zone under warning."""
        zones = len(self.plan.zones)
        return Warned(
            said=0,
            warnings=0,
            number=np.full(zones, _NO_WARNING, np.int32),
            onset=np.zeros(zones, np.int64),
            spoken_at=np.zeros(zones, np.int64),
            threatened_at=np.zeros(zones, np.int64),
            certainty=np.zeros(zones),
            looked=Looked.nothing(zones),
        )

    def warn(
        self, state: Warned, tracks: SystemTracks, threats: Threats, now: int
    ) -> tuple[Warned, CivilWarnings]:
        """Return what is to be told at ``now`` (int ns UTC); see :class:`WarningPolicy`."""
        rules = self.plan.warning
        latest = now + round(rules.lead_limit_s * 1e9)
        looked = look(state.looked, tracks, threats, self.edges, (now, latest))
        view = outlook(looked, now + round(rules.near_s * 1e9))
        warned = state.number != _NO_WARNING
        alert = ~warned & (view.certainty > 0.0)
        alert &= (view.certainty >= self.early) | (view.soon >= rules.min_probability)
        least = max(KEPT * rules.min_probability, _NOTHING)
        kept = warned & (view.held >= least)
        last = np.where(alert | kept, now, state.threatened_at)
        patience = round(rules.all_clear_after_s * 1e9)

        moved = np.abs(view.onset - state.onset) > UPDATE_NS
        moved |= np.abs(view.certainty - state.certainty) > UPDATE_CERTAINTY
        # What is no longer seen is nothing new to tell.
        update = kept & moved & (view.row >= 0) & (now - state.spoken_at >= QUIET_NS)
        clear = warned & ~kept & (view.lost < least) & (now - last >= patience)
        kind = np.full(len(warned), -1, np.int8)
        for happens, name in (
            (alert, WarningKind.ALERT),
            (update, WarningKind.UPDATE),
            (clear, WarningKind.ALL_CLEAR),
        ):
            kind[happens] = name
        number = state.number.copy()
        number[alert] = state.warnings + 1 + np.arange(alert.sum())
        stage = np.full(len(kind), WarningStage.TAKE_SHELTER, np.int8)
        stage[clear] = WarningStage.ALL_CLEAR
        header = Header("warning", state.said + 1, now, now)
        message = words((number, kind, stage), view, threats, patience, header)
        told = alert | update
        number[clear] = _NO_WARNING
        return (
            Warned(
                said=state.said + (len(message) > 0),
                warnings=state.warnings + int(alert.sum()),
                number=number,
                onset=np.where(told, view.onset, state.onset),
                spoken_at=np.where(kind >= 0, now, state.spoken_at),
                threatened_at=last,
                certainty=np.where(told, view.certainty, state.certainty),
                looked=looked,
            ),
            message,
        )

    @property
    def early(self) -> float:
        """Certainty from which a zone is alerted however far off the arrival is."""
        return max(self.plan.warning.early_probability, self.plan.warning.min_probability)
