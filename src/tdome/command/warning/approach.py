"""What is looked at for staged warnings: falling tracks as before, level ones by their approach.

As outlook.look, but a level track counts where its course ends in the disc that it heads for, and
where it dives (course.py):

    P(z) = (1 - P(dive)) P(hit) share(course, z) + P(dive) P(threat) share(dive, z)

An ellipse that moved by less than MOVED of its own size is not laid over the zones anew.
"""

import numpy as np
from numpy.typing import NDArray

from tdome.command.warning.course import dive_landing, diving, heading_for, motion
from tdome.command.warning.outlook import (
    COUNTED,
    OVERDUE_NS,
    Looked,
    shares_of,
    time_error,
)
from tdome.command.warning.shares import ZoneEdges
from tdome.earth.geodesy import MEAN_RADIUS
from tdome.messages.base import Floats, Ints, Longs
from tdome.messages.codes import TrackStatus
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.plan.books.assets import AssetBook

Flags = NDArray[np.bool_]

MOVED = 0.1  # of its standard deviation; and of its variances
SLIGHT = 0.02  # P(dive) that is not looked at
SURE_DIVE = 0.1  # probability of a zone to be hit by a dive from which it counts on unseen
LIKELY = 0.5  # P(dive) from which the dive sets the hour


def look(
    past: Looked,
    picture: tuple[SystemTracks, Threats],
    edges: ZoneEdges,
    assets: AssetBook,
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
    assets
        The plan's.
    span
        Now and the latest arrival that counts, int ns UTC.
    """
    tracks, threats = picture
    there = tracks.status != TrackStatus.DROPPED
    counts = COUNTED[threats.identity] & there
    parts = [
        _falling(past, picture, edges, np.flatnonzero(counts & (threats.falls != 0)), span),
        _level(past, picture, edges, assets, np.flatnonzero(counts & (threats.falls == 0)), span),
        _lost(past, threats.track_number[there], span[0]),
    ]
    return Looked(
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
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
    tracks, threats = picture
    at = threats.impact_at[rows]
    due = np.isfinite(threats.impact_lat[rows]) & (at > span[0] - OVERDUE_NS) & (at <= span[1])
    rows, at = rows[due], at[due]
    impact = np.column_stack(
        [threats.impact_lat[rows], threats.impact_lon[rows], threats.impact_covariance[rows]]
    ).astype(np.float64)
    number = threats.track_number[rows]
    shares, impact = _shares(past, number, impact, edges, 0.0)
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
    assets: AssetBook,
    rows: Longs,
    span: tuple[int, int],
) -> Looked:
    tracks, threats = picture
    now, latest = span
    moved = motion(tracks, rows)
    aim, dive = heading_for(moved, threats, rows, assets, now), dive_landing(moved, now)
    steep = np.where(dive.at <= latest, diving(moved), 0.0)
    steep[steep < SLIGHT] = 0.0
    due = np.isfinite(aim.impact).all(axis=1) & (aim.at > now - OVERDUE_NS) & (aim.at <= latest)
    kept = np.flatnonzero(due | (steep > 0.0))
    rows, due, steep = rows[kept], due[kept], steep[kept]
    number = threats.track_number[rows]
    impact = np.where(due[:, None], aim.impact[kept], dive.impact[kept])
    shares, impact = _shares(past, number, impact, edges, MOVED)
    threat = 1.0 - threats.class_probability[rows, -1].astype(np.float64)
    fallen = np.zeros_like(shares)
    sinks = np.flatnonzero(steep > 0.0)
    none = np.zeros(len(sinks), np.bool_)
    fallen[sinks] = shares_of(dive.impact[kept[sinks]], edges, none, fallen[:0])
    fallen *= (steep * threat)[:, None]
    by_dive = ~due | (steep > LIKELY)
    return Looked(
        track=number,
        impact=impact,
        shares=shares,
        weight=np.where(due, (1.0 - steep) * threats.hit_probability[rows], 0.0),
        at=np.where(by_dive, dive.at[kept], aim.at[kept]),
        early=np.where(by_dive, dive.early[kept], aim.early[kept]),
        falls=np.zeros(len(rows), np.bool_),
        row=rows,
        dive=fallen,
    )


def _lost(past: Looked, known: Ints, now: int) -> Looked:
    """Return what comes down though its track is gone: what fell, and what was seen to dive."""
    dives = past.dive.max(axis=1, initial=0.0) > SURE_DIVE
    ending = (past.falls & past.shares.any(axis=1)) | dives
    lost = ending & (past.at > now) & ~np.isin(past.track, known)
    kept = {name: getattr(past, name)[lost] for name in Looked.__struct_fields__}
    kept["row"] = np.full(int(lost.sum()), -1, np.int64)
    kept["weight"] = np.where(kept["falls"], kept["weight"], 0.0)
    return Looked(**kept)


def _shares(
    past: Looked, number: Ints, impact: Floats, edges: ZoneEdges, tolerance: float
) -> tuple[Floats, Floats]:
    """Make the shares (k, z) of the impacts that moved, and keep the others; and their impacts."""
    if not len(past.track):
        same = np.zeros(len(number), np.bool_)
        return shares_of(impact, edges, same, past.shares), impact
    order = np.argsort(past.track, kind="stable")
    place = np.searchsorted(past.track[order], number)
    source = order[np.minimum(place, len(order) - 1)]
    same = (past.track[source] == number) & _still(past.impact[source], impact, tolerance)
    shares = shares_of(impact, edges, same, past.shares[source[same]])
    return shares, np.where(same[:, None], past.impact[source], impact)


def _still(before: Floats, after: Floats, tolerance: float) -> Flags:
    """Tell which impacts, (n, 5), moved by no more than a share of their size."""
    east = (after[:, 1] - before[:, 1]) * np.cos(after[:, 0]) * MEAN_RADIUS
    north = (after[:, 0] - before[:, 0]) * MEAN_RADIUS
    size = after[:, 2] + after[:, 4]
    near = east**2 + north**2 <= tolerance**2 * size
    near &= np.abs(after[:, 2:] - before[:, 2:]).max(axis=1, initial=0.0) <= tolerance * size
    return np.asarray(near)
