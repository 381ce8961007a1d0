"""The baseline warning policy ``zones-v1``: warn the zones that are likely to be hit soon.

Who counts: hostile and suspect tracks that come down within ``lead_limit_s``, whether or not an
asset is hit, because people live between the assets. The probability that one track hits a zone is
its share of the predicted impact (see shares.py), for level tracks times the probability that they
hit the asset that they head for; a zone's certainty is that any of them hits. A zone is alerted at
``min_probability`` and stays threatened above half of it, so that a value at the limit does not
make the siren stutter. Interceptors are not counted on. What falls comes down even if its track is
lost or it was broken up, and then later: a zone is not told all clear before the time at which the
last falling track that threatened it was to come down.
"""

from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np

from tdome.command.warning.shares import ZoneEdges, zone_edges, zone_shares
from tdome.messages.base import Codes, Floats, Header, Ints, Longs, Singles
from tdome.messages.codes import Identity, TrackStatus, WarningKind, WarningStatus, code_set
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.messages.warnings import CivilWarnings
from tdome.plan.plan import Plan

UPDATE_NS = 20_000_000_000  # move of the onset that is worth an update
UPDATE_CERTAINTY = 0.25  # change of certainty that is
QUIET_NS = 10_000_000_000  # least time between two messages to one zone
KEPT = 0.5  # share of min_probability above which a warned zone stays threatened
_OVERDUE_NS = 10_000_000_000  # an impact this long past threatens nobody any more
_NO_WARNING = -1
_COUNTED = code_set(Identity.HOSTILE, Identity.SUSPECT)


class Warned(msgspec.Struct, frozen=True, eq=False):
    """State: one row per zone, and the shares of the impacts that were looked at last.

    said, warnings: messages and warning numbers given so far. number: (z,) warning number or -1.
    onset, spoken_at, threatened_at: (z,) int ns of the onset last told, of the last message, of the
    last threat. falls_at: (z,) int ns when what fell towards it was to come down, as last believed.
    certainty: (z,) last told. track: (k,) track numbers. impact: (k, 5) what their
    shares (k, z) were made from.
    """

    said: int
    warnings: int
    number: Ints
    onset: Longs
    spoken_at: Longs
    threatened_at: Longs
    falls_at: Longs
    certainty: Floats
    track: Ints
    impact: Floats
    shares: Floats


class _Outlook(NamedTuple):
    """What threatens each zone now, shape (z,) each; row is a row of the threats, -1 none.

    ends: the last arrival; falls: that of falling tracks, 0 without one.
    """

    certainty: Floats
    onset: Longs
    ends: Longs
    falls: Longs
    row: Longs


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
            falls_at=np.zeros(zones, np.int64),
            certainty=np.zeros(zones),
            track=np.zeros(0, np.int32),
            impact=np.zeros((0, 5)),
            shares=np.zeros((0, zones)),
        )

    def warn(
        self, state: Warned, tracks: SystemTracks, threats: Threats, now: int
    ) -> tuple[Warned, CivilWarnings]:
        """Return what is to be told at ``now`` (int ns UTC); see :class:`WarningPolicy`."""
        rows = self._counted(tracks, threats, now)
        state = self._look(state, threats, rows)
        outlook = self._outlook(state, tracks, threats, rows)
        limit, kept = self.plan.warning.min_probability, KEPT * self.plan.warning.min_probability
        warned = state.number != _NO_WARNING
        threatened = (outlook.certainty > 0.0) & (
            outlook.certainty >= np.where(warned, kept, limit)
        )
        last = np.where(threatened, now, state.threatened_at)
        falls_at = np.where(threatened, outlook.falls, state.falls_at)
        patience = round(self.plan.warning.all_clear_after_s * 1e9)

        alert = threatened & ~warned
        moved = np.abs(outlook.onset - state.onset) > UPDATE_NS
        moved |= np.abs(outlook.certainty - state.certainty) > UPDATE_CERTAINTY
        update = threatened & warned & moved & (now - state.spoken_at >= QUIET_NS)
        clear = warned & ~threatened & (now - last >= patience) & (now >= falls_at)
        kind = np.full(len(warned), -1, np.int8)
        for happens, name in (
            (alert, WarningKind.ALERT),
            (update, WarningKind.UPDATE),
            (clear, WarningKind.ALL_CLEAR),
        ):
            kind[happens] = name
        number = state.number.copy()
        number[alert] = state.warnings + 1 + np.arange(alert.sum())
        message = self._message(state, number, kind, outlook, threats, now)
        told = alert | update
        number[clear] = _NO_WARNING
        return (
            msgspec.structs.replace(
                state,
                said=state.said + (len(message) > 0),
                warnings=state.warnings + int(alert.sum()),
                number=number,
                onset=np.where(told, outlook.onset, state.onset),
                spoken_at=np.where(kind >= 0, now, state.spoken_at),
                threatened_at=last,
                falls_at=falls_at,
                certainty=np.where(told, outlook.certainty, state.certainty),
            ),
            message,
        )

    def _counted(self, tracks: SystemTracks, threats: Threats, now: int) -> Longs:
        """Rows of the tracks that people must be warned of."""
        lead = round(self.plan.warning.lead_limit_s * 1e9)
        counts = _COUNTED[threats.identity]
        counts &= (tracks.status != TrackStatus.DROPPED) & np.isfinite(threats.impact_lat)
        counts &= (threats.impact_at > now - _OVERDUE_NS) & (threats.impact_at <= now + lead)
        return np.flatnonzero(counts)

    def _look(self, state: Warned, threats: Threats, rows: Longs) -> Warned:
        """Make the shares of the impacts that moved, and keep the others."""
        number = threats.track_number[rows]
        impact = np.column_stack(
            [threats.impact_lat[rows], threats.impact_lon[rows], threats.impact_covariance[rows]]
        )
        shares = np.zeros((len(rows), len(self.plan.zones)))
        same = np.zeros(len(rows), dtype=np.bool_)
        if len(state.track):
            order = np.argsort(state.track, kind="stable")
            place = np.searchsorted(state.track[order], number)
            source = order[np.minimum(place, len(order) - 1)]
            same = (state.track[source] == number) & (state.impact[source] == impact).all(axis=1)
            shares[same] = state.shares[source[same]]
        if not same.all():
            fresh = np.zeros((int((~same).sum()), shares.shape[1]))
            edges = self.edges
            zone_shares(impact[~same], edges.edges, edges.first, edges.bounds, fresh)
            shares[~same] = fresh
        return msgspec.structs.replace(state, track=number, impact=impact, shares=shares)

    def _outlook(
        self, state: Warned, tracks: SystemTracks, threats: Threats, rows: Longs
    ) -> _Outlook:
        """Put the shares of all counted tracks together, zone by zone."""
        zones = state.shares.shape[1]
        outlook = _Outlook(
            np.zeros(zones),
            np.zeros(zones, np.int64),
            np.zeros(zones, np.int64),
            np.zeros(zones, np.int64),
            np.full(zones, -1, np.int64),
        )
        touched = np.flatnonzero(state.shares.any(axis=0))
        if not len(touched):
            return outlook
        level = tracks.ballistic[rows] == 0
        weight = np.where(level, threats.hit_probability[rows].astype(np.float64), 1.0)
        chance = weight[:, None] * state.shares[:, touched]
        highest = chance.max(axis=0)
        # A track far less likely than the worst one does not set the hour.
        speaks = (chance >= 0.5 * highest) & (chance > 0.0)
        at = threats.impact_at[rows]
        early = at - self._time_error(tracks.state[rows], threats.impact_covariance[rows])
        latest = np.iinfo(np.int64).max
        outlook.onset[touched] = np.where(speaks, early[:, None], latest).min(axis=0)
        outlook.ends[touched] = np.where(speaks, at[:, None], 0).max(axis=0)
        falling = speaks & ~level[:, None]
        outlook.falls[touched] = np.where(falling, at[:, None], 0).max(axis=0)
        outlook.row[touched] = rows[chance.argmax(axis=0)]
        outlook.certainty[touched] = 1.0 - np.prod(1.0 - chance, axis=0)
        idle = touched[highest <= 0.0]
        outlook.onset[idle], outlook.row[idle] = 0, -1
        return outlook

    @staticmethod
    def _time_error(state: Floats, covariance: Singles) -> Longs:
        """Return the time in ns that the semi-axes of the ellipse (one sigma) take to fly over."""
        speed = np.maximum(np.sqrt((state[:, 3:] ** 2).sum(axis=1)), 1.0)
        reach = np.sqrt(covariance[:, 0].astype(np.float64) + covariance[:, 2])
        return np.asarray(np.rint(reach / speed * 1e9).astype(np.int64))

    def _message(
        self,
        state: Warned,
        number: Ints,
        kind: Codes,
        outlook: _Outlook,
        threats: Threats,
        now: int,
    ) -> CivilWarnings:
        zone = np.flatnonzero(kind >= 0)
        live = kind[zone] != WarningKind.ALL_CLEAR
        row = np.where(live, outlook.row[zone], -1)
        stands = round(self.plan.warning.all_clear_after_s * 1e9)
        onset = np.where(live, np.maximum(outlook.onset[zone], now), now)
        ends = np.where(live, np.maximum(outlook.ends[zone], now) + stands, now)
        return CivilWarnings(
            header=Header("warning", state.said + 1, now, now),
            warning=number[zone],
            zone=zone.astype(np.int32),
            kind=kind[zone],
            status=np.full(len(zone), WarningStatus.EXERCISE, np.int8),
            threat_class=np.append(threats.threat_class, -1)[row].astype(np.int32),
            onset_at=onset.astype(np.int64),
            expires_at=ends.astype(np.int64),
            certainty=np.where(live, outlook.certainty[zone], 0.0).astype(np.float32),
            track_number=np.append(threats.track_number, -1)[row].astype(np.int32),
        )
