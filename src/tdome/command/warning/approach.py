"""What is looked at for staged warnings: falling tracks as before, level ones by their approach.

As outlook.look, but a level track counts in the disc that it heads for, spread evenly there, and
where it dives (dive.py):

    P(z) = (1 - P(dive)) P(hit) share(disc, z) + P(dive) P(threat) share(dive, z)

A place spread evenly over a disc of radius R has the variance R^2 / 4 on each axis; the message
tells R^2. (The course within the disc was tried, too: it warned of no impact more, and of a fifth
more zones for nothing, as its ellipse wanders with the course.)
"""

import numpy as np
from numpy.typing import NDArray

from tdome.command.warning.dive import dive_landing, diving, motion
from tdome.command.warning.outlook import (
    COUNTED,
    OVERDUE_NS,
    Looked,
    kept_shares,
    shares_of,
    time_error,
)
from tdome.command.warning.shares import ZoneEdges
from tdome.kernel.ids import among
from tdome.messages.base import Ints, Longs
from tdome.messages.codes import TrackStatus
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks

Flags = NDArray[np.bool_]

EVEN = 0.25  # variance of what is spread evenly over a disc, of its radius squared
SLIGHT = 0.02  # P(dive) that is not looked at
SURE_DIVE = 0.1  # probability of a zone to be hit by a dive from which it counts on unseen
LIKELY = 0.5  # P(dive) from which the dive sets the hour


def look(
    past: Looked,
    picture: tuple[SystemTracks, Threats],
    edges: ZoneEdges,
    span: tuple[int, int],
) -> Looked:
    """Look at the tracks that people must be warned of, and keep what comes down unseen.

    Parameters
    ----------
    past
        The look before.
    picture
        Tracks and threats, row by row.
    edges
        Of the zones.
    span
        Now and the latest arrival that counts, int ns UTC.
    """
    tracks, threats = picture
    there = tracks.status != TrackStatus.DROPPED
    counts = COUNTED[threats.identity] & there
    parts = [
        _falling(past, picture, edges, np.flatnonzero(counts & (threats.falls != 0)), span),
        _level(past, picture, edges, np.flatnonzero(counts & (threats.falls == 0)), span),
        _lost(past, threats.track_number[there], span[0]),
    ]
    some = [part for part in parts if len(part.track)]
    if not some[1:]:  # as most steps have it: nothing is to be joined
        return (some or parts)[0]
    return Looked(
        **{
            name: np.concatenate([getattr(part, name) for part in some])
            for name in Looked.__struct_fields__
        }
    )


def _falling(
    past: Looked,
    picture: tuple[SystemTracks, Threats],
    edges: ZoneEdges,
    rows: Longs,
    span: tuple[int, int],
) -> Looked:
    if not len(rows):
        return Looked.nothing(len(edges.bounds))
    tracks, threats = picture
    at = threats.impact_at[rows]
    due = np.isfinite(threats.impact_lat[rows]) & (at > span[0] - OVERDUE_NS) & (at <= span[1])
    rows, at = rows[due], at[due]
    impact = np.column_stack(
        [threats.impact_lat[rows], threats.impact_lon[rows], threats.impact_covariance[rows]]
    ).astype(np.float64)
    number = threats.track_number[rows]
    shares = kept_shares(past, number, impact, edges)
    return Looked(
        track=number,
        impact=impact,
        shares=shares,
        weight=1.0 - threats.class_probability[rows, -1].astype(np.float64),
        at=at,
        early=at - time_error(tracks.state[rows], threats.impact_covariance[rows]),
        falls=np.ones(len(rows), np.bool_),
        row=rows,
        dive=np.zeros_like(shares),
    )


def _level(
    past: Looked,
    picture: tuple[SystemTracks, Threats],
    edges: ZoneEdges,
    rows: Longs,
    span: tuple[int, int],
) -> Looked:
    if not len(rows):
        return Looked.nothing(len(edges.bounds))
    tracks, threats = picture
    now, latest = span
    moved = motion(tracks, rows)
    dive = dive_landing(moved, now)
    steep = np.where(dive.at <= latest, diving(moved), 0.0)
    steep[steep < SLIGHT] = 0.0
    at = threats.impact_at[rows]
    due = np.isfinite(threats.impact_lat[rows]) & (at > now - OVERDUE_NS) & (at <= latest)
    kept = np.flatnonzero(due | (steep > 0.0))
    rows, due, steep, at = rows[kept], due[kept], steep[kept], at[kept]
    number = threats.track_number[rows]
    spread = EVEN * threats.impact_covariance[rows].astype(np.float64)
    disc = np.column_stack([threats.impact_lat[rows], threats.impact_lon[rows], spread])
    impact = np.where(due[:, None], disc, dive.impact[kept])
    shares = kept_shares(past, number, impact, edges)
    threat = 1.0 - threats.class_probability[rows, -1].astype(np.float64)
    fallen = np.zeros_like(shares)
    sinks = np.flatnonzero(steep > 0.0)
    none = np.zeros(len(sinks), np.bool_)
    fallen[sinks] = shares_of(dive.impact[kept[sinks]], edges, none, fallen[:0])
    fallen *= (steep * threat)[:, None]
    error = time_error(tracks.state[rows], threats.impact_covariance[rows])
    by_dive = ~due | (steep > LIKELY)
    return Looked(
        track=number,
        impact=impact,
        shares=shares,
        weight=np.where(due, (1.0 - steep) * threats.hit_probability[rows], 0.0),
        at=np.where(by_dive, dive.at[kept], at),
        early=np.where(by_dive, dive.early[kept], at - error),
        falls=np.zeros(len(rows), np.bool_),
        row=rows,
        dive=fallen,
    )


def _lost(past: Looked, known: Ints, now: int) -> Looked:
    """Return what comes down though its track is gone: what fell, and what was seen to dive."""
    if not len(past.track):
        return past
    dives = past.dive.max(axis=1, initial=0.0) > SURE_DIVE
    ending = (past.falls & past.shares.any(axis=1)) | dives
    lost = ending & (past.at > now) & ~among(past.track, known)
    kept = {name: getattr(past, name)[lost] for name in Looked.__struct_fields__}
    kept["row"] = np.full(int(lost.sum()), -1, np.int64)
    kept["weight"] = np.where(kept["falls"], kept["weight"], 0.0)
    return Looked(**kept)
