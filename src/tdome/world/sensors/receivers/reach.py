"""Who is within reach of a sensor that is no radar, and the draws of those who are.

Reach is range, elevation limits, the 4/3 Earth horizon, and terrain where the scenario has a map.
Sound reaches a microphone late: what is heard at t left its source at t - distance / SOUND, found
by fixed-point iteration, which converges for all that is slower than sound; what is faster is left
out. Limits: one instant per look; light and radio waves bend alike; no sound around corners.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tdome.earth.horizon import radio_horizon
from tdome.earth.terrain import Terrain, line_of_sight
from tdome.earth.wgs84 import ecef_to_enu, ecef_to_geodetic, enu_to_polar
from tdome.kernel.clock import nanoseconds
from tdome.kernel.jit import kernel
from tdome.kernel.random import Streams, philox4x64, uniform1
from tdome.messages.base import Floats, Longs
from tdome.messages.sensing import Bearings, Cooperative, Cues, Plots
from tdome.plan.books.sensors import SensorBook
from tdome.world.bodies.table import Bodies, State, state1
from tdome.world.scenario import Scenario
from tdome.world.sensors.jamming import Jamming

SOUND = 340.0  # m/s: about that of 15 degrees C
_ROUNDS = 12  # of the retarded time: 300 m/s leaves 0.2 of the error, 60 m/s 1e-9
_ZERO = np.int64(0)

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Post:
    """One sensor of a book at its site, in the weather of a scenario.

    streams: of what a body is. luck: of the looks, where it is not theirs too.
    """

    book: SensorBook
    row: int
    scenario: Scenario
    streams: Streams
    terrain: Terrain | None
    luck: Streams | None = None

    def at(self, t: float) -> "Post":
        """Return the sensor where it is at t (s): itself, but for one that flies."""
        if self.row not in self.book.moving:
            return self
        now = self.scenario.start + nanoseconds(t)
        return replace(self, book=self.book.at(now))

    @cached_property
    def key(self) -> NDArray[np.uint64]:
        """Key of all draws of this sensor."""
        return (self.luck or self.streams)("world", self.book.names[self.row], "look").key

    @cached_property
    def jamming(self) -> Jamming:
        """The jammers of the scenario."""
        return Jamming(self.scenario.file.jammers)

    @cached_property
    def site(self) -> Floats:
        """Place of the sensor, (3,), ECEF, m."""
        return np.asarray(self.book.ecef[self.row])


class Moment(NamedTuple):
    """When and whither a look is: t (s), its key (scan number or ns), and places of a tasked one.

    toward: (k, 3) ECEF, m, or None for the whole coverage.
    """

    t: float
    number: int
    toward: Floats | None = None


class Reach(NamedTuple):
    """Bodies (rows) and where they are for this sensor: states (n, 6), polar (n, 3) m, rad, rad."""

    rows: Longs
    states: Floats
    polar: Floats

    def only(self, kept: Flags) -> "Reach":
        """Return some of them."""
        return Reach(self.rows[kept], self.states[kept], self.polar[kept])


class Report(NamedTuple):
    """What a look brings: a kind of message, its columns, and the body behind each row (-1)."""

    kind: type[Plots | Bearings | Cues | Cooperative]
    columns: dict[str, Any]
    rows: Longs


def in_reach(
    post: Post, bodies: Bodies, t: float, *, wrecks: bool = False, heard: bool = False
) -> Reach:
    """Return the bodies within reach at t (s); ``heard`` puts them where their sound comes from."""
    alive = bodies.state == State.FLYING
    if wrecks:
        alive |= (bodies.state == State.KILLED) & (bodies.ends_at > t)
    rows = np.flatnonzero(alive)
    at = np.full(len(rows), t)
    states = np.empty((len(rows), 6))
    sample(rows, at, bodies.knots, bodies.offset, bodies.count, states)
    farthest = post.book.max_range[post.row]
    near = _distance(states, post.site) <= farthest * (2.0 if heard else 1.0)
    rows, at, states = rows[near], at[near], states[near]
    if heard:
        for _ in range(_ROUNDS):
            at = t - _distance(states, post.site) / SOUND
            sample(rows, at, bodies.knots, bodies.offset, bodies.count, states)
        slow = np.square(states[:, 3:]).sum(axis=1) < SOUND**2
        slow &= at >= bodies.launches_at[rows]
        rows, states = rows[slow], states[slow]
    return covered(post, rows, states)


def covered(post: Post, rows: Longs, states: Floats) -> Reach:
    """Return those of some emitters, states (n, 6), that no limit and no ground hides."""
    reach = Reach(rows, states, _polar(post, states))
    book, row = post.book, post.row
    distance, elevation = reach.polar[:, 0], reach.polar[:, 2]
    height = ecef_to_geodetic(reach.states[:, :3])[2]
    seen = (distance >= 1.0) & (distance <= book.max_range[row])
    seen &= (elevation >= book.min_elevation[row]) & (elevation <= book.max_elevation[row])
    seen &= distance <= radio_horizon(book.height[row], height)
    reach = reach.only(seen)
    if post.terrain is None:
        return reach
    places = reach.states[:, :3]
    clear = [line_of_sight(post.terrain, post.site, place) for place in places]
    return reach.only(np.array(clear, np.bool_))


def _polar(post: Post, states: Floats) -> Floats:
    axes = post.book.axes[post.row]
    return enu_to_polar(ecef_to_enu(states[:, :3], post.site, axes))


def _distance(states: Floats, site: Floats) -> Floats:
    return np.asarray(np.sqrt(np.square(states[:, :3] - site).sum(axis=1)))


@kernel
def sample(
    rows: Longs, at: Floats, knots: Floats, offset: Longs, count: Longs, out: Floats
) -> None:
    """Put the states of some bodies at times of their own, (k,) s, into out (k, 6)."""
    for k in range(len(rows)):
        state1(knots, offset[rows[k]], count[rows[k]], at[k], out[k])


@kernel
def uniforms(
    key: NDArray[np.uint64], keys: Longs, number: int | np.int64, use: int | np.int64
) -> Floats:
    """Return four uniforms for each object, (n, 4): keyed by sensor, object, look and use."""
    words = np.empty(4, np.uint64)
    out = np.empty((len(keys), 4))
    for i in range(len(keys)):
        philox4x64(key[0], key[1], keys[i], number, use, _ZERO, words)
        for k in range(4):
            out[i, k] = uniform1(words[k])
    return out


def normals(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Turn two columns of uniforms into two of standard normals (Box and Muller, 1958)."""
    radius, angle = np.sqrt(-2.0 * np.log(one)), 2.0 * math.pi * other
    return radius * np.cos(angle), radius * np.sin(angle)
