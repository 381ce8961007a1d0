"""All that flies: one row per object in flat columns, and its path as knots that kernels sample.

Rows may stand in any order: nothing that leaves this room depends on it, since every draw is
keyed by the object's own key. Paths are fixed at the start of the run (nothing reacts), but for
debris, whose path begins with the kill.
"""

import math
from dataclasses import dataclass
from enum import IntEnum

import msgspec
import numpy as np

from tdome.earth.wgs84 import ecef_to_geodetic, enu_axes
from tdome.kernel.jit import kernel
from tdome.kernel.members import bound
from tdome.messages.base import Codes, Floats, Ints, Longs
from tdome.messages.codes import Family
from tdome.world.bodies.ballistic import free_flight, hermite1

# Debris: notional. A broken airframe loses part of its speed at once and falls with a high drag.
DEBRIS_BETA = 80.0  # kg/m^2
DEBRIS_SPEED_SHARE = 0.6
DEBRIS_SPREAD = 8.0  # m/s: it tumbles
_DEBRIS_ROW_STEP = 0.1  # s


@bound
class State(IntEnum):
    """Life of a body.

    KILLED is debris: it falls until ``ends_at`` and lies on the ground then. FAILED came down after
    a launch failure.
    """

    WAITING = 0
    FLYING = 1
    KILLED = 2
    IMPACTED = 3
    LANDED = 4
    FAILED = 5


@bound
class Kind(IntEnum):
    """What a body is to the judge. Only THREAT and DECOY belong to a raid's count."""

    THREAT = 0
    DECOY = 1
    DEBRIS = 2
    CIVIL = 3
    FRIENDLY = 4
    BIRD = 5


@bound
class Failure(IntEnum):
    """What went wrong with a launch, drawn before it flies."""

    NONE = 0
    LAUNCH = 1
    GUIDANCE = 2


class Start(msgspec.Struct, frozen=True):
    """Action: a body begins to fly."""

    row: int


class End(msgspec.Struct, frozen=True):
    """Action: a body comes down, unless it was killed before."""

    row: int


@dataclass(eq=False, slots=True)
class Bodies:
    """Columns (n,). Times are s since the start of the scenario, angles rad.

    object_id: label of the row (never leaves this room but in the ledger). key: intrinsic key
    of the object. kind: Kind. failure: Failure. parent: row of the body that this one separates
    from, -1 none. threat_class: row of the scenario's threats, -1 civil or friendly. raid: row
    of the file's raids or -1. state: State. address: 24-bit transponder address or -1. reply:
    probability that it answers a scan. rcs: m^2 from the nose. broadside: ln of what it has more
    from the side. swerling: 0, 1 or 3. spread: of its echo, m/s of parts along the line of
    sight. jammer: J/N that its own jammer makes in a radar 100 km
    away, 0 for none. knots: (capacity, 7) rows (t, x, y, z, vx, vy, vz) ECEF,
    m, of which a body has ``count`` from ``offset`` on. first_offset, first_count: the same for
    the path before a kill. killed_at: nan while whole.
    """

    object_id: Ints
    key: Longs
    kind: Codes
    failure: Codes
    parent: Ints
    threat_class: Ints
    family: Codes
    raid: Ints
    launches_at: Floats
    ends_at: Floats
    state: Codes
    address: Ints
    reply: Floats
    rcs: Floats
    broadside: Floats
    swerling: Codes
    spread: Floats
    jammer: Floats
    aim: list[str]
    aim_lat: Floats
    aim_lon: Floats
    knots: Floats
    offset: Longs
    count: Longs
    first_offset: Longs
    first_count: Longs
    killed_at: Floats
    used: int

    def __len__(self) -> int:
        return len(self.key)

    @property
    def hostile(self) -> Codes:
        """(n,) 1 where a raid launched the body, real or decoy; 0 for what it sheds."""
        return (self.kind <= Kind.DECOY).astype(np.int8)

    @property
    def friendly(self) -> Codes:
        """(n,) 1 where the body answers as a friend."""
        return np.asarray(self.kind == Kind.FRIENDLY, np.int8)

    def position_at(self, row: int, t: float) -> Floats:
        """Return position and velocity (6,), ECEF, of one body at a time within its path."""
        out = np.empty(6)
        state1(self.knots, self.offset[row], self.count[row], t, out)
        return out

    def states_at(self, times: Floats) -> Floats:
        """Return positions and velocities (n, 6), ECEF, of all bodies, each at its own time."""
        out = np.empty((len(self), 6))
        states(self.knots, self.offset, self.count, times, out)
        return out

    def nearest(
        self, t: float, ecef: Floats, within: float, state: State = State.FLYING
    ) -> tuple[int, float]:
        """Return row and distance (m) of the body nearest to a place; (-1, nan) for none.

        Only bodies in ``state`` count, and of wrecks only what still falls.
        """
        row, distance = nearest1(
            t,
            ecef,
            within,
            int(state),
            self.state,
            self.ends_at,
            self.knots,
            self.offset,
            self.count,
        )
        return int(row), float(distance)

    def start(self, row: int) -> None:
        """Let a body fly, unless it was to separate from one that no longer does."""
        parent = self.parent[row]
        if parent < 0 or self.state[parent] == State.FLYING:
            self.state[row] = State.FLYING

    def end(self, row: int) -> bool:
        """Bring a body down; False if it does not fly (any more)."""
        if self.state[row] != State.FLYING:
            return False
        comes_back = self.threat_class[row] < 0 or self.family[row] == Family.AIRCRAFT
        if self.failure[row] == Failure.LAUNCH:
            self.state[row] = State.FAILED
        else:
            self.state[row] = State.LANDED if comes_back else State.IMPACTED
        return True

    def break_up(
        self, row: int, t: float, seen: float, wind: tuple[float, float] = (0.0, 0.0)
    ) -> float:
        """Kill a body at t: what is left falls as debris; return when it reaches the ground (s).

        ``seen`` is the share of the radar cross-section that the debris keeps, ``wind`` that of the
        air, m/s east and north at the wreck: it falls as in still air that moves along (a Galilean
        shift; the same wind at all heights).
        """
        wreck = self.position_at(row, t)
        wreck[3:] *= DEBRIS_SPEED_SHARE
        drift = np.zeros(3)
        if any(wind):
            lat, lon, _ = ecef_to_geodetic(wreck[:3])
            drift = np.array(wind) @ enu_axes(float(lat), float(lon))[:2]
        wreck[3:] -= drift
        fall = free_flight(wreck, 1.0 / DEBRIS_BETA, t, _DEBRIS_ROW_STEP)
        fall[:, 1:4] += (fall[:, :1] - t) * drift
        fall[:, 4:] += drift
        if self.used + len(fall) > len(self.knots):
            self.knots = np.concatenate([self.knots, np.empty((len(self.knots) + len(fall), 7))])
        self.knots[self.used : self.used + len(fall)] = fall
        self.offset[row], self.count[row] = self.used, len(fall)
        self.used += len(fall)
        self.state[row], self.killed_at[row], self.ends_at[row] = State.KILLED, t, fall[-1, 0]
        self.rcs[row] *= seen
        self.broadside[row], self.swerling[row] = 0.0, 1  # it tumbles, and jams no more
        self.spread[row], self.jammer[row] = DEBRIS_SPREAD, 0.0
        return float(fall[-1, 0])

    def ground_point(self, row: int) -> tuple[float, float]:
        """Return latitude and longitude (rad) of the end of a body's path."""
        last = self.knots[self.offset[row] + self.count[row] - 1, 1:4]
        lat, lon, _ = ecef_to_geodetic(last)
        return float(lat), float(lon)


@kernel
def state1(knots: Floats, offset: int, count: int, t: float, out: Floats) -> None:
    """Sample one path at t, held within its ends: position and velocity into out (6,)."""
    t = min(max(t, knots[offset, 0]), knots[offset + count - 1, 0])
    low, high = offset, offset + count - 1
    while high - low > 1:
        middle = (low + high) // 2
        if knots[middle, 0] <= t:
            low = middle
        else:
            high = middle
    hermite1(knots, low, t, out)


@kernel
def states(knots: Floats, offset: Longs, count: Longs, times: Floats, out: Floats) -> None:
    """Sample all paths, each at its own time (n,), into out (n, 6)."""
    for row in range(len(offset)):
        state1(knots, offset[row], count[row], times[row], out[row])


@kernel
def nearest1(  # noqa: PLR0913, PLR0917 - a kernel: flat arrays
    t: float,
    ecef: Floats,
    within: float,
    wanted: int,
    state: Codes,
    ends_at: Floats,
    knots: Floats,
    offset: Longs,
    count: Longs,
) -> tuple[int, float]:
    """Find the body nearest to a place at t; see :meth:`Bodies.nearest`."""
    body = np.empty(6)
    found, best = -1, within
    for row in range(len(state)):
        if state[row] == wanted and t <= ends_at[row] + 1e-6:
            state1(knots, offset[row], count[row], t, body)
            dx, dy, dz = body[0] - ecef[0], body[1] - ecef[1], body[2] - ecef[2]
            distance = math.sqrt(dx * dx + dy * dy + dz * dz)
            if distance <= best:
                found, best = row, distance
    return found, best if found >= 0 else math.nan
