"""Launches seen from space: a cue of place and time, good to some kilometres, some seconds late.

A ballistic or boosted launch is seen in the first look in which it is at least ``seen_after_s`` old
and above the clouds, with the class's detection probability, once or never. Its place comes with
normal errors along east and north, its time with a normal error of TIME_SIGMA. Assumptions and
limits: the satellites see the whole scene at all times; what is not above the clouds LAST_SEEN
after its launch is never seen; nothing else burns bright enough (cruise missiles do not); no false
cues.
"""

import numpy as np

from tdome.earth.wgs84 import ecef_to_geodetic, enu_axes
from tdome.kernel.clock import nanoseconds
from tdome.messages.base import Floats, Longs
from tdome.messages.codes import Family, code_set
from tdome.messages.sensing import Cues
from tdome.world.bodies.table import Bodies, State
from tdome.world.sensors.receivers.reach import (
    Flags,
    Moment,
    Post,
    Report,
    normals,
    sample,
    uniforms,
)

CLOUDS = 10_000.0  # m
LAST_SEEN = 120.0  # s
TIME_SIGMA = 2.0  # s
_BURNS = code_set(Family.BALLISTIC, Family.GLIDE)
_DETECTION, _PLACE = 0, 1


def look(post: Post, bodies: Bodies, moment: Moment) -> Report:
    """Look at the whole scene once."""
    book, row = post.book, post.row
    rows = np.flatnonzero(
        (bodies.state == State.FLYING) & (bodies.hostile > 0) & _BURNS[bodies.family]
    )
    before = moment.t - float(book.period[row])
    rows = rows[_visible(post, bodies, rows, moment.t) & ~_visible(post, bodies, rows, before)]
    chance = uniforms(post.key, bodies.key[rows], 0, _DETECTION)
    seen = chance[:, 0] < book.detection[row]
    rows, chance = rows[seen], chance[seen]
    drawn = uniforms(post.key, bodies.key[rows], 0, _PLACE)
    east, north = normals(drawn[:, 0], drawn[:, 1])
    late, _ = normals(drawn[:, 2], drawn[:, 3])
    places = _launch_points(bodies, rows)
    lat, lon, _ = ecef_to_geodetic(places)
    for i in range(len(rows)):
        axes = enu_axes(lat[i], lon[i])
        places[i] += book.sigma_place[row] * (east[i] * axes[0] + north[i] * axes[1])
    at = np.minimum(bodies.launches_at[rows] + TIME_SIGMA * late, moment.t)
    launched = np.array([post.scenario.start + nanoseconds(float(t)) for t in at], np.int64)
    return _in_order(np.rint(places), launched, float(book.sigma_place[row]), rows)


def _visible(post: Post, bodies: Bodies, rows: Longs, t: float) -> Flags:
    """Whether launches are old enough at t, not too old, and above the clouds."""
    age = t - bodies.launches_at[rows]
    states = np.empty((len(rows), 6))
    sample(rows, np.full(len(rows), t), bodies.knots, bodies.offset, bodies.count, states)
    high = ecef_to_geodetic(states[:, :3])[2] >= CLOUDS
    return np.asarray(high & (age >= post.book.seen_after[post.row]) & (age <= LAST_SEEN))


def _launch_points(bodies: Bodies, rows: Longs) -> Floats:
    states = np.empty((len(rows), 6))
    sample(rows, bodies.launches_at[rows], bodies.knots, bodies.offset, bodies.count, states)
    return states[:, :3].copy()


def _in_order(places: Floats, launched: Longs, sigma: float, rows: Longs) -> Report:
    order = np.lexsort((places[:, 2], places[:, 1], places[:, 0], launched))
    return Report(
        Cues,
        {
            "ecef": places[order],
            "sigma_m": np.full(len(order), sigma),
            "launched_at": launched[order],
        },
        rows[order],
    )
