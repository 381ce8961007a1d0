"""SIAP attributes of a run's recorded air pictures against its ledger (Votruba et al. 2001).

The counts are those of :mod:`tdome.score.picture.siap`; what differs is which track is of which
object, since a run records a picture now and then and knows wrecks: here each picture stands for
itself (no association must last), and accuracy is a root mean square.

At each recorded picture every confirmed track is given to the nearest object within GATE m (an
object may get several tracks). Objects count from their first plot until their end: what no radar
ever saw is the sensors' failure, not the picture's. The wreck of a killed object is in the air
until it reaches the ground: a track of it is true, though nobody asked for it. So a track nearest
to a wreck is set aside: neither required nor spurious. With J objects, JT of them tracked, N tracks
(less those of wrecks), NA given to an object, summed over pictures: completeness = sum JT / sum J;
ambiguity = sum NA / sum JT (1 is ideal); spuriousness = sum (N - NA) / sum N; wrecks = share of
all tracks that is set aside; position and velocity accuracy = RMS over given tracks (nearest one
per object), m and m/s; track number changes per object and hour. Limits: the gate is fixed,
identity is not compared here.
"""

import numpy as np
from scipy.spatial import cKDTree

from tdome.messages.base import Floats, Longs
from tdome.messages.codes import TrackStatus
from tdome.messages.sensing import Plots
from tdome.messages.tracks import SystemTracks
from tdome.score.picture.objects import SeenObjects
from tdome.world.ledger import Ledger

GATE = 5_000.0  # m
NS_PER_HOUR = 3.6e12


def siap(pictures: list[SystemTracks], scans: list[Plots], ledger: Ledger) -> dict[str, float]:
    """Return the SIAP attributes of a run (nan where nothing was there to be seen)."""
    truth = SeenObjects(ledger, scans)
    objects = tracked = tracks = given = changes = set_aside = 0
    position: list[Floats] = []
    velocity: list[Floats] = []
    last_number: dict[int, int] = {}
    object_time = 0.0
    before = pictures[0].header.valid_at if pictures else 0
    for picture in pictures:
        at = picture.header.valid_at
        rows, states = truth.at(at)
        wrecks = truth.wrecks_at(at)
        live = picture.status != TrackStatus.DROPPED
        own, number = picture.state[live], picture.track_number[live]
        nearest, error, speed_error = _match(own, np.concatenate([states, wrecks]))
        of_wreck = nearest >= len(rows)
        nearest[of_wreck] = -1
        held = nearest >= 0
        best = _best_per_object(nearest, error)
        for row in best:
            item, now_number = int(rows[nearest[row]]), int(number[row])
            changes += last_number.get(item, now_number) != now_number
            last_number[item] = now_number
        objects, tracked = objects + len(rows), tracked + len(best)
        set_aside += int(of_wreck.sum())
        tracks, given = tracks + int((~of_wreck).sum()), given + int(held.sum())
        position.append(error[best])
        velocity.append(speed_error[best])
        object_time += len(rows) * (at - before) / NS_PER_HOUR
        before = at
    return {
        "completeness": _ratio(tracked, objects),
        "ambiguity": _ratio(given, tracked),
        "spuriousness": _ratio(tracks - given, tracks),
        "wrecks": _ratio(set_aside, tracks + set_aside),
        "position_rms_m": _rms(position),
        "velocity_rms_m_s": _rms(velocity),
        "number_changes_per_hour": changes / object_time if object_time else float("nan"),
        "pictures": float(len(pictures)),
    }


def _match(own: Floats, truth: Floats) -> tuple[Longs, Floats, Floats]:
    if not len(own) or not len(truth):
        return np.full(len(own), -1, np.int64), np.zeros(len(own)), np.zeros(len(own))
    found, nearest = cKDTree(truth[:, :3]).query(own[:, :3], distance_upper_bound=GATE)
    error: Floats = np.asarray(found, np.float64)
    held = np.isfinite(error)
    row = np.where(held, nearest, 0)
    speed_error = np.linalg.norm(own[:, 3:] - truth[row, 3:], axis=1)
    return np.where(held, nearest, -1).astype(np.int64), error, speed_error


def _best_per_object(nearest: Longs, error: Floats) -> Longs:
    order = np.lexsort((error, nearest))
    order = order[nearest[order] >= 0]
    _, first = np.unique(nearest[order], return_index=True)
    return np.asarray(order[first], np.int64)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _rms(parts: list[Floats]) -> float:
    values = np.concatenate(parts) if parts else np.zeros(0)
    return float(np.sqrt(np.mean(values**2))) if len(values) else float("nan")
