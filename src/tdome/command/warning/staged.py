"""``staged-v1``: stay ready, take shelter, all clear; a threshold from a declared cost of misses.

What threatens a zone is said by approach.py. Let an impact that nobody was warned of cost R false
alerts of that zone (``miss_cost``). Where waiting can not help any more, within ``near_s`` of the
arrival, telling people costs 1 - P, not telling them R P: they are told if

    P > 1 / (1 + R).

Before that an alert can wait for a smaller ellipse, and TAKE_SHELTER is said early only at
``early_probability``. EARLY (stay ready) empties no street and costs little: it is said at
``prepare_probability``, and rises to TAKE_SHELTER or ends in an all-clear. A stage never falls.

Against flapping: a warned zone stays threatened above KEPT of the threshold that raised it; it is
told all clear when that was ``all_clear_after_s`` ago, ``min_hold_s`` after the last rise of its
stage at the soonest; and in a zone that is told again within RESTLESS_NS of its all-clear patience
doubles, up to MOST_PATIENCE times (EARLY, which costs little, has that from the start), and EARLY
is not said. TAKE_SHELTER never waits for anything.
"""

from functools import cached_property

import msgspec
import numpy as np

from tdome.command.warning.approach import look
from tdome.command.warning.outlook import Flags, Looked, Outlook, outlook
from tdome.command.warning.shares import ZoneEdges, zone_edges
from tdome.command.warning.words import words
from tdome.messages.base import Codes, Floats, Header, Ints, Longs
from tdome.messages.codes import WarningKind, WarningStage
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.messages.warnings import CivilWarnings
from tdome.plan.plan import Plan

UPDATE_NS = 20_000_000_000  # move of the onset that is worth an update
UPDATE_CERTAINTY = 0.25  # change of certainty that is
QUIET_NS = 10_000_000_000  # least time between two updates to one zone
KEPT = 0.5  # share of the threshold above which a warned zone stays threatened
RESTLESS_NS = 300_000_000_000  # after an all-clear: a new alert within it is a flap
MOST_PATIENCE = 4.0  # times all_clear_after_s
_NO_WARNING = -1
_NOTHING = 1e-9  # a probability that is none, for a plan that warns of any


class Staged(msgspec.Struct, frozen=True, eq=False):
    """State: one row per zone, and what was looked at last.

    said, warnings: messages and warning numbers given so far. number: (z,) warning number or -1.
    stage: (z,) WarningStage. onset, spoken_at, threatened_at, raised_at, cleared_at: (z,) int ns
    of the onset last told, of the last message, threat, rise of the stage and all-clear.
    certainty: (z,) last told. patience: (z,) times all_clear_after_s. looked: tracks of the last
    look.
    """

    said: int
    warnings: int
    number: Ints
    stage: Codes
    onset: Longs
    spoken_at: Longs
    threatened_at: Longs
    raised_at: Longs
    cleared_at: Longs
    certainty: Floats
    patience: Floats
    looked: Looked


class StagedWarner:
    """Civil warnings by zone in stages, always marked as an exercise."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        rules = plan.warning
        self.least = max(rules.least, _NOTHING)
        self.early = max(rules.early_probability, self.least)
        self.prepare = max(rules.prepare_probability, self.least)

    @cached_property
    def edges(self) -> ZoneEdges:
        """Edges of the plan's zones, made when first asked for."""
        return zone_edges(self.plan.zones)

    def start(self) -> Staged:
        """Return the state with no zone under warning."""
        zones = len(self.plan.zones)
        never = np.zeros(zones, np.int64)
        return Staged(
            said=0,
            warnings=0,
            number=np.full(zones, _NO_WARNING, np.int32),
            stage=np.full(zones, WarningStage.ALL_CLEAR, np.int8),
            onset=never,
            spoken_at=never,
            threatened_at=never,
            raised_at=never,
            cleared_at=np.full(zones, -RESTLESS_NS - 1, np.int64),
            certainty=np.zeros(zones),
            patience=np.ones(zones),
            looked=Looked.nothing(zones),
        )

    def warn(
        self, state: Staged, tracks: SystemTracks, threats: Threats, now: int
    ) -> tuple[Staged, CivilWarnings]:
        """Return what is to be told at ``now`` (int ns UTC); see :class:`WarningPolicy`."""
        rules = self.plan.warning
        span = now, now + round(rules.lead_limit_s * 1e9)
        looked = look(state.looked, (tracks, threats), self.edges, span)
        view = outlook(looked, now + round(rules.near_s * 1e9))
        stage, kept = self._stages(state, view, now)
        warned = state.number != _NO_WARNING
        alert = ~warned & (stage != WarningStage.ALL_CLEAR)
        raised = warned & (stage != state.stage)
        last = np.where(alert | kept, now, state.threatened_at)
        clear = warned & ~kept & ~raised & (view.lost < KEPT * self.least)
        patience = np.where(stage == WarningStage.EARLY, MOST_PATIENCE, state.patience)
        clear &= now - last >= np.rint(patience * rules.all_clear_after_s * 1e9)
        clear &= now - state.raised_at >= round(rules.min_hold_s * 1e9)
        kind = np.full(len(warned), -1, np.int8)
        kind[self._news(state, view, now) & kept] = WarningKind.UPDATE
        kind[raised] = WarningKind.UPDATE
        kind[alert], kind[clear] = WarningKind.ALERT, WarningKind.ALL_CLEAR
        stage[clear] = WarningStage.ALL_CLEAR
        number = state.number.copy()
        number[alert] = state.warnings + 1 + np.arange(alert.sum())
        header = Header("warning", state.said + 1, now, now)
        stands = round(rules.all_clear_after_s * 1e9)
        message = words((number, kind, stage), view, threats, stands, header)
        told = (kind == WarningKind.ALERT) | (kind == WarningKind.UPDATE)
        number[clear] = _NO_WARNING
        return (
            Staged(
                said=state.said + (len(message) > 0),
                warnings=state.warnings + int(alert.sum()),
                number=number,
                stage=stage,
                onset=np.where(told, view.onset, state.onset),
                spoken_at=np.where(kind >= 0, now, state.spoken_at),
                threatened_at=last,
                raised_at=np.where(alert | raised, now, state.raised_at),
                cleared_at=np.where(clear, now, state.cleared_at),
                certainty=np.where(told, view.certainty, state.certainty),
                patience=np.where(alert, _patience(state, now), state.patience),
                looked=looked,
            ),
            message,
        )

    def _stages(self, state: Staged, view: Outlook, now: int) -> tuple[Codes, Flags]:
        """Return the stage, (z,), that each zone is in now, and whether it is still threatened."""
        some = view.certainty > 0.0
        shelter = some & ((view.certainty >= self.early) | (view.soon >= self.least))
        ready = some & (view.certainty >= self.prepare) & ~_restless(state, now)
        stage = state.stage.copy()
        stage[ready & (stage == WarningStage.ALL_CLEAR)] = WarningStage.EARLY
        stage[shelter] = WarningStage.TAKE_SHELTER
        sheltered = state.stage == WarningStage.TAKE_SHELTER
        least = KEPT * np.where(sheltered, self.least, self.prepare)
        kept = (state.number != _NO_WARNING) & ((view.held >= least) | shelter)
        return stage, kept

    @staticmethod
    def _news(state: Staged, view: Outlook, now: int) -> Flags:
        """Return where, (z,), what was told has changed, and a threat is seen that can be told."""
        moved = np.abs(view.onset - state.onset) > UPDATE_NS
        moved |= np.abs(view.certainty - state.certainty) > UPDATE_CERTAINTY
        news: Flags = moved & (view.row >= 0) & (now - state.spoken_at >= QUIET_NS)
        return news


def _restless(state: Staged, now: int) -> Flags:
    """Tell which zones, (z,), were told all clear of late."""
    return np.asarray(now - state.cleared_at <= RESTLESS_NS)


def _patience(state: Staged, now: int) -> Floats:
    """Return patience, (z,), for a new warning: more in a zone that was cleared of late."""
    longer = np.minimum(2.0 * state.patience, MOST_PATIENCE)
    return np.where(_restless(state, now), longer, 1.0)
