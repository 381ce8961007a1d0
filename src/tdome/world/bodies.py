"""All that flies: one row per object in flat columns, and its path as knots that kernels sample.

Rows may stand in any order: nothing that leaves this room depends on it, since every draw is
keyed by the object's own key. Paths are fixed at the start of the run (nothing reacts), but for
debris, whose path begins with the kill.
"""

import math
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import msgspec
import numpy as np

from tdome.earth.geodesy import great_circle_distance
from tdome.earth.terrain import FlatTerrain, Terrain
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.kernel.errors import ConfigError
from tdome.kernel.jit import kernel
from tdome.kernel.random import Streams
from tdome.messages.base import Codes, Floats, Ints, Longs
from tdome.messages.codes import Family
from tdome.world.ballistic import Aim, ballistic_path, free_flight, hermite1, solve_launch
from tdome.world.launches import Launch, draw_launches
from tdome.world.route import Flight, route_path
from tdome.world.scenario import Scenario

FAR_SIDE = 19.9e6  # m: great circles of 20,015 km lead everywhere
RANGE_MARGIN = 0.3  # by which a route may be longer than its class's highest range
SPEED_MARGIN = 0.3  # by which a launch may leave its class's low-high range of burn-out speed

# Debris: notional. A broken airframe loses part of its speed at once and falls with a high drag.
DEBRIS_BETA = 80.0  # kg/m^2
DEBRIS_SPEED_SHARE = 0.6
_DEBRIS_ROW_STEP = 0.1  # s


class State(IntEnum):
    """Life of a body. KILLED is debris: it falls until ``ends_at`` and lies on the ground then."""

    WAITING = 0
    FLYING = 1
    KILLED = 2
    IMPACTED = 3
    LANDED = 4


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
    of the object. threat_class: row of the scenario's threats, -1 civil or friendly. raid: row
    of the file's raids or -1. state: State. address: 24-bit transponder address or -1. reply:
    probability that it answers a scan. knots: (capacity, 7) rows (t, x, y, z, vx, vy, vz) ECEF,
    m, of which a body has ``count`` from ``offset`` on. first_offset, first_count: the same for
    the path before a kill. killed_at: nan while whole.
    """

    object_id: Ints
    key: Longs
    threat_class: Ints
    family: Codes
    raid: Ints
    launches_at: Floats
    ends_at: Floats
    state: Codes
    address: Ints
    friendly: Codes
    reply: Floats
    rcs: Floats
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
        """(n,) 1 where the body belongs to a raid."""
        return (self.threat_class >= 0).astype(np.int8)

    def position_at(self, row: int, t: float) -> Floats:
        """Return position and velocity (6,), ECEF, of one body at a time within its path."""
        out = np.empty(6)
        state1(self.knots, self.offset[row], self.count[row], t, out)
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
        """Let a body fly."""
        self.state[row] = State.FLYING

    def end(self, row: int) -> bool:
        """Bring a body down; False if it does not fly (any more)."""
        if self.state[row] != State.FLYING:
            return False
        self.state[row] = State.IMPACTED if self.threat_class[row] >= 0 else State.LANDED
        return True

    def break_up(self, row: int, t: float, seen: float) -> float:
        """Kill a body at t: what is left falls as debris; return when it reaches the ground (s).

        ``seen`` is the share of the radar cross-section that the debris keeps.
        """
        wreck = self.position_at(row, t)
        wreck[3:] *= DEBRIS_SPEED_SHARE
        fall = free_flight(wreck, 1.0 / DEBRIS_BETA, t, _DEBRIS_ROW_STEP)
        if self.used + len(fall) > len(self.knots):
            self.knots = np.concatenate([self.knots, np.empty((len(self.knots) + len(fall), 7))])
        self.knots[self.used : self.used + len(fall)] = fall
        self.offset[row], self.count[row] = self.used, len(fall)
        self.used += len(fall)
        self.state[row], self.killed_at[row], self.ends_at[row] = State.KILLED, t, fall[-1, 0]
        self.rcs[row] *= seen
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


def compile_bodies(
    scenario: Scenario, streams: Streams, relabel: int | None = None, terrain: Terrain | None = None
) -> Bodies:
    """Draw all objects and their paths.

    With ``relabel`` (a seed) rows and labels are permuted and nothing else changes. Raises
    ConfigError where a class can not reach its target.
    """
    launches = draw_launches(scenario, streams)
    if relabel is not None:
        order = Streams(relabel)("relabel").generator().permutation(len(launches))
        launches = [launches[i] for i in order]
    ground = terrain or FlatTerrain()
    paths = [_path(scenario, launch, ground) for launch in launches]
    count = np.array([len(path) for path in paths], dtype=np.int64)
    offset = np.concatenate([[0], np.cumsum(count)])[:-1].astype(np.int64)
    n = len(launches)
    return Bodies(
        object_id=np.arange(1, n + 1, dtype=np.int32),
        key=np.array([launch.key for launch in launches], dtype=np.int64),
        threat_class=np.array([launch.threat_class for launch in launches], dtype=np.int32),
        family=np.array([launch.family for launch in launches], dtype=np.int8),
        raid=np.array([launch.raid for launch in launches], dtype=np.int32),
        launches_at=np.array([path[0, 0] for path in paths], dtype=np.float64),
        ends_at=np.array([path[-1, 0] for path in paths], dtype=np.float64),
        state=np.full(n, State.WAITING, dtype=np.int8),
        address=np.array([launch.address for launch in launches], dtype=np.int32),
        friendly=np.array([launch.friendly for launch in launches], dtype=np.int8),
        reply=np.array([launch.reply for launch in launches], dtype=np.float64),
        rcs=np.array([launch.rcs for launch in launches], dtype=np.float64),
        aim=[launch.aim for launch in launches],
        aim_lat=np.array([launch.points[-1][0] for launch in launches], dtype=np.float64),
        aim_lon=np.array([launch.points[-1][1] for launch in launches], dtype=np.float64),
        knots=np.concatenate(paths) if paths else np.empty((0, 7)),
        offset=offset,
        count=count,
        first_offset=offset.copy(),
        first_count=count.copy(),
        killed_at=np.full(n, np.nan),
        used=int(count.sum()),
    )


def _path(scenario: Scenario, launch: Launch, terrain: Terrain) -> Floats:
    if launch.family == Family.BALLISTIC:
        return _ballistic(scenario, launch)
    for before, after in pairwise(launch.points):
        if great_circle_distance(*before, *after) > FAR_SIDE:
            problem = (
                "a leg of the route ends on the far side of the Earth, in no certain direction"
            )
            raise _unflyable(scenario, launch, problem, "put waypoints in between")
    lat, lon = zip(*launch.points, strict=True)
    flight = Flight(launch.at, launch.speed, launch.altitude, level=launch.threat_class < 0)
    path = route_path(lat, lon, flight, terrain)
    if len(path) == 0:
        raise _unflyable(
            scenario, launch, "the route is shorter than 100 m", "move the start or the target"
        )
    if launch.threat_class >= 0:
        _check_range(scenario, launch, float(path[-1, 0] - path[0, 0]) * launch.speed)
    return path


def _check_range(scenario: Scenario, launch: Launch, length: float) -> None:
    name = scenario.threats.names[launch.threat_class]
    farthest = scenario.catalogue.threats[name].range_km.high * (1.0 + RANGE_MARGIN)
    if length > farthest * 1e3:
        raise _unflyable(
            scenario,
            launch,
            f"class {name} can not fly {length / 1e3:.0f} km, its range is at most "
            f"{farthest:.0f} km (high, widened by 30 %)",
            "move the launch point, drop waypoints or choose another class",
        )


def _ballistic(scenario: Scenario, launch: Launch) -> Floats:
    book, row = scenario.threats, launch.threat_class
    start, end = launch.points[0], launch.points[-1]
    angle, altitude = float(book.flight_path_angle[row]), float(book.burnout_altitude[row])
    if not all(math.isfinite(value) for value in (angle, altitude, launch.beta)):
        raise _unflyable(scenario, launch, "the class lacks one of the three ballistic keys", "")
    aim = Aim(*start, *end, angle, altitude, 1.0 / launch.beta)
    solution = solve_launch(aim)
    low, high = book.speed_range[row] * (1.0 - SPEED_MARGIN, 1.0 + SPEED_MARGIN)
    if solution is None or not low <= solution.speed <= high:
        distance = float(great_circle_distance(*start, *end)) / 1e3
        needed = "no speed leads there"
        if solution is not None:
            needed = f"it would need {solution.speed:.0f} m/s at burn-out"
        farthest = scenario.catalogue.threats[book.names[row]].range_km
        raise _unflyable(
            scenario,
            launch,
            f"class {book.names[row]} can not fly {distance:.0f} km: {needed}, and the class has "
            f"{low:.0f} to {high:.0f} m/s (low to high, widened by 30 %) for a range of "
            f"{farthest.low:g} to {farthest.high:g} km",
            "move the launch point or choose another class",
        )
    return ballistic_path(aim, solution, launch.at)


def _unflyable(scenario: Scenario, launch: Launch, problem: str, hint: str) -> ConfigError:
    file = scenario.file
    of = (
        f"raid {file.raids[launch.raid].name!r}"
        if launch.raid >= 0
        else "civil or friendly flights"
    )
    return ConfigError(
        file=scenario.source,
        line=None,
        key=launch.where,
        problem=f"key {launch.where!r} ({of}): {problem}",
        hint=hint,
    )
