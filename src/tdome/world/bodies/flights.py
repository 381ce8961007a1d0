"""Paths of all that flies, compiled before the start: nothing reacts to being engaged."""

import math
from itertools import pairwise

import numpy as np

from tdome.earth.geodesy import great_circle_distance
from tdome.earth.terrain import FlatTerrain, Terrain
from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.messages.base import Floats
from tdome.messages.codes import Family
from tdome.world.bodies.ballistic import Aim, ballistic_path, solve_launch
from tdome.world.bodies.launches import Launch, draw_launches
from tdome.world.bodies.powered import Flight, route_path
from tdome.world.bodies.table import Bodies, State
from tdome.world.scenario import Scenario

FAR_SIDE = 19.9e6  # m: great circles of 20,015 km lead everywhere
RANGE_MARGIN = 0.3  # by which a route may be longer than its class's highest range
SPEED_MARGIN = 0.3  # by which a launch may leave its class's low-high range of burn-out speed


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
    kinds = np.array([launch.threat_class for launch in launches], dtype=np.int64)  # -1 is the last
    return Bodies(
        object_id=np.arange(1, n + 1, dtype=np.int32),
        key=np.array([launch.key for launch in launches], dtype=np.int64),
        threat_class=kinds.astype(np.int32),
        family=np.array([launch.family for launch in launches], dtype=np.int8),
        raid=np.array([launch.raid for launch in launches], dtype=np.int32),
        launches_at=np.array([path[0, 0] for path in paths], dtype=np.float64),
        ends_at=np.array([path[-1, 0] for path in paths], dtype=np.float64),
        state=np.full(n, State.WAITING, dtype=np.int8),
        address=np.array([launch.address for launch in launches], dtype=np.int32),
        friendly=np.array([launch.friendly for launch in launches], dtype=np.int8),
        reply=np.array([launch.reply for launch in launches], dtype=np.float64),
        rcs=np.array([launch.rcs for launch in launches], dtype=np.float64),
        broadside=np.append(scenario.threats.broadside, 0.0)[kinds],
        swerling=np.append(scenario.threats.swerling, np.int8(1))[kinds],
        jammer=np.array([launch.jammer for launch in launches], dtype=np.float64),
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
