"""What threatens each zone: the tracks that come down near it, put together.

The probability that one track hits a zone is its share of the predicted impact (see shares.py), for
level tracks times the probability that they hit the asset that they head for, and for all times the
probability that it is something that the plan expects, and not wreckage or a shed piece. A zone's
certainty is that any of them hits, tracks taken as independent.

A zone that was told is another matter: what falls comes down even if it was broken up or its track
is lost. There all that falls counts, and where a lost track was believed to come down counts on
until it was to arrive.
"""

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.warning.shares import ZoneEdges, zone_shares
from tdome.kernel.ids import among, rows_of
from tdome.messages.base import Floats, Ints, Longs, Singles
from tdome.messages.codes import Identity, TrackStatus, code_set
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks

Flags = NDArray[np.bool_]

OVERDUE_NS = 10_000_000_000  # an impact this long past threatens nobody any more
COUNTED = code_set(Identity.HOSTILE, Identity.SUSPECT)


class Looked(msgspec.Struct, frozen=True, eq=False):
    """What was looked at last, one row per track.

    track: (k,) number. impact: (k, 5) what its shares (k, z) of the zones were made from. weight:
    (k,) probability that it is a threat and comes down there at all. at: (k,) int ns of its
    arrival. early: (k,) the same, one standard deviation earlier. falls: (k,) whether it comes down
    even if it is lost or broken up. row: (k,) row of the threats that were looked at, -1 for a
    track that is lost. dive: (k, z) probability that it comes down there in a dive; 0 for zones-v1.
    """

    track: Ints
    impact: Floats
    shares: Floats
    weight: Floats
    at: Longs
    early: Longs
    falls: Flags
    row: Longs
    dive: Floats

    @classmethod
    def nothing(cls, zones: int) -> "Looked":
        """Return what was looked at before the first look."""
        none, never = np.zeros(0), np.zeros(0, np.int64)
        return cls(
            track=np.zeros(0, np.int32),
            impact=np.zeros((0, 5)),
            shares=np.zeros((0, zones)),
            weight=none,
            at=never,
            early=never,
            falls=np.zeros(0, np.bool_),
            row=never,
            dive=np.zeros((0, zones)),
        )


class Outlook(NamedTuple):
    """What threatens each zone now, shape (z,) each.

    certainty: that any threat seen now hits it; soon: any that is to arrive within the time that
    people need; held: anything seen, wreckage included; lost: anything that falls unseen. onset,
    ends: int ns of the first and the last arrival, 0 without one. row: of the worst one in the
    threats, -1 none.
    """

    certainty: Floats
    soon: Floats
    held: Floats
    lost: Floats
    onset: Longs
    ends: Longs
    row: Longs


def look(
    past: Looked, tracks: SystemTracks, threats: Threats, edges: ZoneEdges, span: tuple[int, int]
) -> Looked:
    """Look at the tracks that people must be warned of, and keep what falls unseen.

    Parameters
    ----------
    past
        The look before: shares of impacts that did not move are taken from it.
    tracks, threats
        The picture, row by row.
    edges
        Of the zones.
    span
        Now and the latest arrival that counts, int ns UTC.
    """
    now, latest = span
    there = tracks.status != TrackStatus.DROPPED
    counts = COUNTED[threats.identity] & there & np.isfinite(threats.impact_lat)
    counts &= (threats.impact_at > now - OVERDUE_NS) & (threats.impact_at <= latest)
    rows = np.flatnonzero(counts)
    impact = np.column_stack(
        [threats.impact_lat[rows], threats.impact_lon[rows], threats.impact_covariance[rows]]
    )
    falls = threats.falls[rows] != 0
    at = threats.impact_at[rows]
    error = time_error(tracks.state[rows], threats.impact_covariance[rows])
    number = threats.track_number[rows]
    threat = 1.0 - threats.class_probability[rows, -1].astype(np.float64)
    lost = past.falls & (past.at > now)
    lost &= ~among(past.track, threats.track_number[there])
    lost &= past.shares.any(axis=1)
    return Looked(
        track=np.concatenate([number, past.track[lost]]),
        impact=np.concatenate([impact, past.impact[lost]]),
        shares=np.concatenate([kept_shares(past, number, impact, edges), past.shares[lost]]),
        weight=np.concatenate(
            [np.where(falls, threat, threats.hit_probability[rows]), past.weight[lost]]
        ),
        at=np.concatenate([at, past.at[lost]]),
        early=np.concatenate([at - error, past.early[lost]]),
        falls=np.concatenate([falls, past.falls[lost]]),
        row=np.concatenate([rows, np.full(int(lost.sum()), -1, np.int64)]),
        dive=np.zeros((len(rows) + int(lost.sum()), past.shares.shape[1])),
    )


def kept_shares(past: Looked, number: Ints, impact: Floats, edges: ZoneEdges) -> Floats:
    """Make the shares (k, z) of the impacts that moved, and keep the others."""
    source = rows_of(past.track, number)
    same = source >= 0
    same[same] = (past.impact[source[same]] == impact[same]).all(axis=1)
    return shares_of(impact, edges, same, past.shares[source[same]])


def shares_of(impact: Floats, edges: ZoneEdges, same: Flags, known: Floats) -> Floats:
    """Return shares (k, z) of impacts, some of which, (k,), are known already."""
    shares = np.zeros((len(impact), len(edges.bounds)))
    shares[same] = known
    if not same.all():
        fresh = np.zeros((int((~same).sum()), shares.shape[1]))
        zone_shares(impact[~same], edges.edges, edges.first, edges.bounds, fresh)
        shares[~same] = fresh
    return shares


def time_error(state: Floats, covariance: Singles) -> Longs:
    """Return the time in ns that the semi-axes of the ellipse (one sigma) take to fly over."""
    speed = np.maximum(np.sqrt((state[:, 3:] ** 2).sum(axis=1)), 1.0)
    reach = np.sqrt(covariance[:, 0].astype(np.float64) + covariance[:, 2])
    return np.asarray(np.rint(reach / speed * 1e9).astype(np.int64))


def outlook(looked: Looked, soon_until: int) -> Outlook:
    """Put all tracks together, zone by zone; who arrives until ``soon_until`` (int ns) is soon."""
    zones = looked.shares.shape[1]
    out = Outlook(
        certainty=np.zeros(zones),
        soon=np.zeros(zones),
        held=np.zeros(zones),
        lost=np.zeros(zones),
        onset=np.zeros(zones, np.int64),
        ends=np.zeros(zones, np.int64),
        row=np.full(zones, -1, np.int64),
    )
    touched = np.flatnonzero(looked.shares.any(axis=0) | looked.dive.any(axis=0))
    if not len(touched):
        return out
    shares, dive, at = looked.shares[:, touched], looked.dive[:, touched], looked.at[:, None]
    seen = looked.row >= 0
    whole = shares * np.where(looked.falls, 1.0, looked.weight)[:, None] + dive
    out.held[touched] = _any(whole * seen[:, None])
    out.lost[touched] = _any(whole * ~seen[:, None])
    chance = (shares * looked.weight[:, None] + dive) * seen[:, None]
    out.certainty[touched] = _any(chance)
    out.soon[touched] = _any(chance * (looked.early <= soon_until)[:, None])
    highest = chance.max(axis=0)
    # A track far less likely than the worst one does not set the hour.
    speaks = (chance >= 0.5 * highest) & (chance > 0.0)
    never = np.iinfo(np.int64).max
    onset = np.where(speaks, looked.early[:, None], never).min(axis=0)
    some = highest > 0.0
    out.onset[touched] = np.where(some, onset, 0)
    out.ends[touched] = np.where(speaks, at, 0).max(axis=0)
    out.row[touched] = np.where(some, looked.row[chance.argmax(axis=0)], -1)
    return out


def _any(chance: Floats) -> Floats:
    """Return the probability, (z,), that any of the tracks, (k, z), hits."""
    return np.asarray(1.0 - np.prod(1.0 - chance, axis=0))
