"""What a picture says of tracks that were shot at: silence, motion, echo, and new tracks near by.

Beside each track stands what it was before the intercept (before.py), carried on to now by its own
law: a live target is where that says. A wreck brakes hard and echoes less; it may be lost and found
again as a new, slow track. (Sink, Doppler spread and new tracks in the place of the target were
tried, too: with these at hand they told nothing more.)
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tdome.command.assessment.before import Before, Flags, places
from tdome.earth.motion import extrapolate
from tdome.messages.base import Floats, Longs
from tdome.messages.codes import TrackStatus
from tdome.messages.fire import Engagements
from tdome.messages.tracks import SystemTracks

GONE = 3.0  # missed_weight that a dropped track counts as, at least
BLUR_S = 1.0  # a plot up to so long after the predicted intercept may come from before it
_SOONEST_S = 1.0
_SLOWEST = 1.0  # m/s
_WRECK_M = 1_500.0  # of a new track from the path between intercept and now
_WRECK_SPEED = 0.6  # of the speed before: debris is slower,
_WRECK_TURN = 0.35  # and its velocity is no more that of the target, by so much of the speed


class Found(NamedTuple):
    """Evidence, (n,) each.

    silence: missed_weight since the intercept, or since the last plot. age: s from the last
    intercept to the last plot, -inf if none came. since: s from it to now. slow: loss of speed
    along the predicted path, of that speed, its sigma. lag: way not flown, of that expected since
    the intercept, its sigma. fainter: dB. debris: 1 where a new track stands where its wreck may
    be. level: 1 for who does not fall. Motion is nan where nothing is known.
    """

    silence: Floats
    age: Floats
    since: Floats
    slow: Floats
    slow_sigma: Floats
    lag: Floats
    lag_sigma: Floats
    fainter: Floats
    debris: Floats
    level: Floats


def gather(
    before: Before,
    engagements: Engagements,
    last_at: Longs,
    tracks: SystemTracks,
    now: int,
) -> Found:
    """Return the evidence for engagements; ``last_at``: (n,) int ns of their last intercepts."""
    there, row = places(tracks, engagements.track_number)
    had, of = before.of(engagements.engagement)
    n = len(engagements)
    weight, age = np.full(n, GONE), np.full(n, -np.inf)
    weight[there] = tracks.missed_weight[row[there]]
    age[there] = (tracks.updated_at[row[there]] - last_at[there]) / 1e9
    same = there & had
    same[same] = tracks.updated_at[row[same]] == before.updated_at[of[same]]
    weight[same] = np.maximum(weight[same] - before.weight[of[same]], 0.0)
    dropped = there.copy()
    dropped[there] = tracks.status[row[there]] == TrackStatus.DROPPED
    weight[dropped] = np.maximum(weight[dropped], GONE)
    age[age <= BLUR_S] = -np.inf

    found = Found(
        silence=weight,
        age=age,
        since=(now - last_at) / 1e9,
        slow=np.full(n, np.nan),
        slow_sigma=np.full(n, np.nan),
        lag=np.full(n, np.nan),
        lag_sigma=np.full(n, np.nan),
        fainter=np.full(n, np.nan),
        debris=np.zeros(n),
        level=np.ones(n),
    )
    known = np.flatnonzero(had)
    if len(known):
        _moved(found, before, (known, of[known]), (there, row), tracks, (last_at, now))
    return found


def _moved(
    found: Found,
    before: Before,
    known: tuple[NDArray[np.intp], NDArray[np.intp]],
    picture: tuple[Flags, NDArray[np.intp]],
    tracks: SystemTracks,
    times: tuple[Longs, int],
) -> None:
    """Fill in what became of the motion of the engagements that were seen before."""
    rows, of = known
    there, row = picture
    last_at, now = times
    flown = (now - before.at[of]) / 1e9
    start, falls = before.state[of], before.ballistic[of]
    ahead, burst = np.empty((len(of), 6)), np.empty((len(of), 6))
    extrapolate(start, falls, before.inv_beta[of], flown, ahead)
    until = np.maximum((last_at[rows] - before.at[of]) / 1e9, 0.0)
    extrapolate(start, falls, before.inv_beta[of], until, burst)
    speed = np.maximum(np.linalg.norm(ahead[:, 3:], axis=1), _SLOWEST)
    since = np.maximum(found.since[rows], _SOONEST_S)
    spread = np.hypot(before.sigma[of, 0], before.sigma[of, 1] * flown)
    found.level[rows] = falls == 0
    found.debris[rows] = _debris(tracks, (ahead, burst), speed, since, last_at[rows])

    seen = np.flatnonzero(there[rows] & (found.age[rows] > 0.0))
    if not len(seen):
        return
    at, was, there_row = rows[seen], of[seen], row[rows[seen]]
    state, expected = tracks.state[there_row], ahead[seen]
    along = expected[:, 3:] / speed[seen, None]
    off, change = expected[:, :3] - state[:, :3], expected[:, 3:] - state[:, 3:]
    sigma = np.sqrt(np.maximum(tracks.covariance[there_row, 18].astype(np.float64), 0.0))
    vague = np.hypot(sigma, before.sigma[was, 1])
    found.slow[at] = np.sum(change * along, axis=1) / speed[seen]
    found.slow_sigma[at] = vague / speed[seen]
    found.lag[at] = np.sum(off * along, axis=1) / (speed[seen] * since[seen])
    found.lag_sigma[at] = spread[seen] / (speed[seen] * since[seen])
    found.fainter[at] = before.rcs[was] - tracks.rcs_dbsm[there_row]


def _debris(
    tracks: SystemTracks,
    paths: tuple[Floats, Floats],
    speed: Floats,
    since: Floats,
    last_at: Longs,
) -> Floats:
    """Tell, (k,), where a new slow track stands between the burst and where the target would be."""
    ahead, burst = paths
    found = np.zeros(len(speed))
    newest = np.flatnonzero(
        (tracks.status != TrackStatus.DROPPED) & (tracks.first_at > last_at.min())
    )
    for k in range(len(speed) if len(newest) else 0):
        new = newest[tracks.first_at[newest] > last_at[k]]
        velocity = tracks.state[new, 3:]
        turn = np.linalg.norm(velocity - ahead[k, 3:], axis=1) / speed[k]
        pace = np.linalg.norm(velocity, axis=1) / speed[k]
        off = np.linalg.norm(tracks.state[new, :3] - burst[k, :3], axis=1)
        close = off < _WRECK_M + _WRECK_SPEED * speed[k] * since[k]
        found[k] = float(np.any(close & (pace < _WRECK_SPEED) & (turn > _WRECK_TURN)))
    return found
