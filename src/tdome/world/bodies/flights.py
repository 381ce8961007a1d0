"""Paths of all that flies, compiled before the start: nothing reacts to being engaged."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from tdome.earth.geodesy import great_circle_distance
from tdome.earth.terrain import FlatTerrain, Terrain
from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.messages.base import Floats
from tdome.messages.codes import Family
from tdome.world.bodies.ballistic import Aim, ballistic_path, solve_launch
from tdome.world.bodies.birds import draw_birds, flock_path
from tdome.world.bodies.failures import broken_off
from tdome.world.bodies.glide import (
    SLOWEST,
    SPREAD,
    Glider,
    glide_path,
    ground_track,
    turn_radius,
)
from tdome.world.bodies.launches import MANOEUVRE, Launch, Luck, draw_launches
from tdome.world.bodies.manoeuvre import SINES, Manoeuvre
from tdome.world.bodies.powered import LAUNCH_ANGLE, Flight, WindError, route_path
from tdome.world.bodies.separation import shed
from tdome.world.bodies.table import Bodies, Failure, Kind, State
from tdome.world.routes.gliding import TooFarError
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
    ground = terrain or FlatTerrain()
    flown: list[_Flown] = []
    for launch in draw_launches(scenario, streams):
        flown += _flown(scenario, launch, ground, streams)
    flocks = streams("world", "birds")
    for flock in draw_birds(scenario, streams):
        flown.append(_Flown(flock, flock_path(flock, scenario, ground, flocks), -1))
    if relabel is not None:
        order = Streams(relabel)("relabel").generator().permutation(len(flown))
        flown = [flown[i] for i in order]
    launches, paths = [one.launch for one in flown], [one.path for one in flown]
    row_of = {launch.key: row for row, launch in enumerate(launches)}
    count = np.array([len(path) for path in paths], dtype=np.int64)
    offset = np.concatenate([[0], np.cumsum(count)])[:-1].astype(np.int64)
    n = len(launches)
    kinds = np.array([launch.threat_class for launch in launches], dtype=np.int64)  # -1 is the last
    return Bodies(
        object_id=np.arange(1, n + 1, dtype=np.int32),
        key=np.array([launch.key for launch in launches], dtype=np.int64),
        kind=np.array([launch.kind for launch in launches], dtype=np.int8),
        failure=np.array([launch.failure for launch in launches], dtype=np.int8),
        parent=np.array([row_of.get(key, -1) for _, _, key in flown], dtype=np.int32),
        threat_class=kinds.astype(np.int32),
        family=np.array([launch.family for launch in launches], dtype=np.int8),
        raid=np.array([launch.raid for launch in launches], dtype=np.int32),
        launches_at=np.array([path[0, 0] for path in paths], dtype=np.float64),
        ends_at=np.array([path[-1, 0] for path in paths], dtype=np.float64),
        state=np.full(n, State.WAITING, dtype=np.int8),
        address=np.array([launch.address for launch in launches], dtype=np.int32),
        reply=np.array([launch.reply for launch in launches], dtype=np.float64),
        rcs=np.array([launch.rcs for launch in launches], dtype=np.float64),
        broadside=np.append(scenario.threats.broadside, 0.0)[kinds],
        swerling=np.append(scenario.threats.swerling, np.int8(1))[kinds],
        spread=np.array([launch.spread for launch in launches], dtype=np.float64),
        jammer=np.array([launch.jammer for launch in launches], dtype=np.float64),
        aim=[launch.aim for launch in launches],
        aim_lat=np.array([launch.goal[0] for launch in launches], dtype=np.float64),
        aim_lon=np.array([launch.goal[1] for launch in launches], dtype=np.float64),
        knots=np.concatenate(paths) if paths else np.empty((0, 7)),
        offset=offset,
        count=count,
        first_offset=offset.copy(),
        first_count=count.copy(),
        killed_at=np.full(n, np.nan),
        used=int(count.sum()),
    )


class _Flown(NamedTuple):
    """A launch or a piece of one, its knots, and the key of the body it leaves (-1 none)."""

    launch: Launch
    path: Floats
    parent: int


def _flown(
    scenario: Scenario, launch: Launch, terrain: Terrain, streams: Streams
) -> Iterator[_Flown]:
    """Yield a launch with its path, and then what separates from it."""
    luck = Luck(streams("world", "launches"), launch.key)
    path = _path(scenario, launch, terrain, luck)
    if launch.failure == Failure.LAUNCH:
        yield _Flown(launch, broken_off(path, launch), -1)
        return
    yield _Flown(launch, path, -1)
    if launch.family != Family.BALLISTIC:
        return
    book, row = scenario.threats, launch.threat_class
    for piece in shed(path, luck, int(book.spent_stage[row]), int(book.fragments[row])):
        debris = replace(
            launch,
            key=piece.key,
            kind=Kind.DEBRIS,
            rcs=piece.rcs,
            spread=piece.spread,
            aim="",
            jammer=0.0,
        )
        yield _Flown(debris, piece.path, launch.key)


def _path(scenario: Scenario, launch: Launch, terrain: Terrain, luck: Luck) -> Floats:
    if launch.family == Family.BALLISTIC:
        return _ballistic(scenario, launch, luck)
    if launch.family == Family.GLIDE:
        return _glide(scenario, launch)
    for before, after in pairwise(launch.points):
        if great_circle_distance(*before, *after) > FAR_SIDE:
            problem = (
                "a leg of the route ends on the far side of the Earth, in no certain direction"
            )
            raise _unflyable(scenario, launch, problem, "put waypoints in between")
    lat, lon = zip(*launch.points, strict=True)
    weather = scenario.file.weather
    wind = weather.wind_east_m_s, weather.wind_north_m_s
    flight = _flight(scenario, launch)
    try:
        path = route_path(lat, lon, flight, terrain, wind)
    except TooFarError as fault:
        raise _unflyable(scenario, launch, str(fault), "release it nearer or higher") from None
    except WindError as fault:
        raise _unflyable(scenario, launch, str(fault), "lower weather.wind_*_m_s") from None
    if len(path) == 0:
        raise _unflyable(
            scenario, launch, "the route is shorter than 100 m", "move the start or the target"
        )
    if launch.threat_class >= 0:
        through_air = float(path[-1, 0] - path[0, 0]) * launch.speed
        over_ground = sum(float(great_circle_distance(*a, *b)) for a, b in pairwise(launch.points))
        _check_range(scenario, launch, over_ground if flight.glide_ratio > 0.0 else through_air)
    return path


def _flight(scenario: Scenario, launch: Launch) -> Flight:
    """Return how a route is flown: level flights of traffic, and what their class says of raids."""
    start, row = Flight(launch.at, launch.speed, launch.altitude), launch.threat_class
    if row < 0:
        return start._replace(level=True)
    book = scenario.threats
    if not math.isnan(book.glide_ratio[row]):
        return start._replace(glide_ratio=float(book.glide_ratio[row]))
    returns = launch.family == Family.AIRCRAFT
    dive = float(np.nan_to_num(book.dive_angle[row], nan=LAUNCH_ANGLE))
    return start._replace(
        climbs=not returns and not book.air_launched[row],
        dive=0.0 if returns else dive,
        popup_height=float(np.nan_to_num(book.popup_height[row])),
        popup_at=float(np.nan_to_num(book.popup_at[row])),
        hold_s=launch.hold_s,
        hold_at=launch.hold_at,
    )


def _check_range(scenario: Scenario, launch: Launch, length: float) -> None:
    row, name = launch.threat_class, scenario.threats.names[launch.threat_class]
    # No engine, no reserve: a glider's longest glide is meant as it stands.
    margin = RANGE_MARGIN if math.isnan(scenario.threats.glide_ratio[row]) else 0.0
    farthest = scenario.catalogue.threats[name].range_km.high * (1.0 + margin)
    if length > farthest * 1e3:
        widened = " (high, widened by 30 %)" if margin else ""
        raise _unflyable(
            scenario,
            launch,
            f"class {name} can not fly {length / 1e3:.0f} km, its range is at most "
            f"{farthest:.0f} km{widened}",
            "move the launch point, drop waypoints or choose another class",
        )


def _ballistic(scenario: Scenario, launch: Launch, luck: Luck) -> Floats:
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
    return ballistic_path(aim, solution, launch.at, _manoeuvre(scenario, row, luck))


def _manoeuvre(scenario: Scenario, row: int, luck: Luck) -> Manoeuvre | None:
    peak = float(scenario.threats.manoeuvre[row])
    if peak == 0.0:
        return None
    drawn = np.concatenate([luck.uniforms(MANOEUVRE), luck.uniforms(MANOEUVRE + 1)])
    below = float(scenario.threats.manoeuvre_below[row])
    return Manoeuvre(peak, below, drawn.reshape(2, SINES, 2))


def _glide(scenario: Scenario, launch: Launch) -> Floats:
    """Fly through all points: the speed of the dive is drawn, and the boost gives what it takes."""
    book, row = scenario.threats, launch.threat_class
    values = (book.lift_to_drag[row], book.speed[row], book.altitude[row])
    if not all(math.isfinite(value) for value in values):
        raise _unflyable(scenario, launch, "a glide class needs lift_to_drag and altitude_m", "")
    glider = Glider(*(float(value) for value in values))
    lat, lon = zip(*launch.points, strict=True)
    track = ground_track(lat, lon, turn_radius(glider.speed))
    low, high = book.speed_range[row]
    slow = SLOWEST + SPREAD * (launch.speed - low) / max(high - low, 1.0)
    path = None if track is None else glide_path(track, glider, launch.at, slow)
    name, hint = book.names[row], "move the launch point or a waypoint, or choose another class"
    if path is None:
        reach = turn_radius(glider.speed) / 1e3
        problem = f"class {name} needs longer legs: it turns with a radius of {reach:.0f} km, and "
        problem += "must boost and dive"
        raise _unflyable(scenario, launch, problem, hint)
    needed = math.sqrt(float(np.square(path[:, 4:]).sum(axis=1).max()))
    fastest = float(book.speed_range[row, 1]) * (1.0 + SPEED_MARGIN)
    if needed > fastest:
        problem = f"class {name} can not glide so far: it would need {needed:.0f} m/s after boost"
        problem += f", and has at most {fastest:.0f} m/s (high, widened by 30 %)"
        raise _unflyable(scenario, launch, problem, hint)
    return path


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
