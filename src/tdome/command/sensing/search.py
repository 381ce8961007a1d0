"""Where to search: along the flight that a launch cue suggests, and where directions cross.

A cue says where and when a launch was, not what it was. For each ballistic class that the plan
expects, the flight is guessed: boost along a straight line at the class's flight path angle
towards the most valuable asset in its range, with the burn-out speed of the hit equation (Zarchan,
"Tactical and Strategic Missile Guidance", 6th ed., ch. 11: no air, no rotation), free flight after
it by the house's law. Classes whose speeds do not reach are left out. A guess near a ballistic
track is answered. Directions of two sensors that hear the same kind of emission within FRESH are
crossed in the horizontal plane; height is that of the elevations, or ASSUMED_HEIGHT. A crossing
near any track is answered. Limits: crossings of directions to different bodies (ghosts) are
searched, too, up to MOST places; a salvo's first track answers the cues of the rest.
"""

import math
from itertools import combinations

import numpy as np

from tdome.command.sensing.base import Senses
from tdome.earth.geodesy import MEAN_RADIUS, great_circle_distance, initial_bearing
from tdome.earth.motion import extrapolate
from tdome.earth.wgs84 import MU, A, ecef_to_geodetic, enu_axes, geodetic_to_ecef
from tdome.messages.base import Floats
from tdome.messages.codes import Emission, Family
from tdome.messages.sensing import Bearings
from tdome.messages.tracks import SystemTracks
from tdome.plan.plan import Plan

MOST = 16  # places in one step
FRESH = 2_000_000_000  # ns between two directions that are crossed
ASSUMED_HEIGHT = 1_000.0  # m, where no elevation was measured
ANSWERED_LAUNCH = 50_000.0  # m from a ballistic track
ANSWERED_CROSSING = 5_000.0  # m from any track
_SHARPEST = math.sin(math.radians(10.0))  # directions more alike than this do not cross well
_SPEED_MARGIN = 0.3  # by which a launch may leave its class's speeds
_CROSSED = (Emission.ACOUSTIC, Emission.RADIO, Emission.JAMMER)


def places(plan: Plan, senses: Senses, tracks: SystemTracks, at: int) -> Floats:
    """Return the places worth a look at a time (int ns), (k, 3) ECEF, m; launches first."""
    falling = tracks.state[tracks.ballistic != 0, :3]
    launches = _unanswered(_launches(plan, senses, at), falling, ANSWERED_LAUNCH)
    crossings = _unanswered(_crossings(plan, senses), tracks.state[:, :3], ANSWERED_CROSSING)
    return np.concatenate([launches, crossings])[:MOST]


def _unanswered(where: Floats, known: Floats, within: float) -> Floats:
    if not len(known) or not len(where):
        return where
    away = np.sqrt(np.square(where[:, None] - known[None]).sum(axis=2)).min(axis=1)
    return np.asarray(where[away > within])


def _launches(plan: Plan, senses: Senses, at: int) -> Floats:
    found = [
        guess
        for cues in senses.cues
        for place, launched in zip(cues.ecef, cues.launched_at.tolist(), strict=True)
        for row in range(len(plan.threats.names))
        if (guess := guessed(plan, row, place, (at - launched) * 1e-9)) is not None
    ]
    return np.array(found).reshape(-1, 3)


def guessed(plan: Plan, row: int, place: Floats, age: float) -> Floats | None:
    """Return where a launch of a class from a place would be, (3,) ECEF, after some s; or None."""
    book = plan.threats
    if book.family[row] != Family.BALLISTIC or book.decoy[row] or not age > 0.0:
        return None
    lat, lon, _ = ecef_to_geodetic(place)
    target = _target(plan, row, float(lat), float(lon))
    if target is None:
        return None
    angle, altitude = float(book.flight_path_angle[row]), float(book.burnout_altitude[row])
    distance, azimuth = target
    speed = _needed_speed(distance, angle, altitude)
    low, high = book.speed_range[row] * (1.0 - _SPEED_MARGIN, 1.0 + _SPEED_MARGIN)
    if not low <= speed <= high:
        return None
    level = math.cos(angle)
    line = np.array([level * math.sin(azimuth), level * math.cos(azimuth), math.sin(angle)])
    line = line @ enu_axes(float(lat), float(lon))
    length = altitude / math.sin(angle)
    boost = 2.0 * length / speed
    if age <= boost:
        return np.asarray(place + length * (age / boost) ** 2 * line)
    state = np.concatenate([place + length * line, speed * line])[None, :]
    out = np.empty((1, 6))
    inv_beta = np.array([1.0 / book.beta[row]])
    extrapolate(state, np.ones(1, np.int8), inv_beta, np.array([age - boost]), out)
    return out[0, :3] if np.isfinite(out).all() else None


def _target(plan: Plan, row: int, lat: float, lon: float) -> tuple[float, float] | None:
    """Return distance (m) and bearing of the most valuable asset in a class's range."""
    assets = plan.assets
    distance = np.asarray(great_circle_distance(lat, lon, assets.lat, assets.lon))
    value = np.where(distance <= 1.3 * plan.threats.range[row], assets.value, -1.0)
    best = int(value.argmax())
    if value[best] < 0.0:
        return None
    bearing = initial_bearing(lat, lon, float(assets.lat[best]), float(assets.lon[best]))
    return float(distance[best]), float(bearing)


def _needed_speed(distance: float, angle: float, altitude: float) -> float:
    """Burn-out speed, m/s, that the hit equation asks for."""
    arc = max(distance - altitude / math.tan(angle), 0.2 * distance) / MEAN_RADIUS
    radius = A + altitude
    shape = math.cos(angle) * (radius / A * math.cos(angle) - math.cos(arc + angle))
    return math.sqrt(MU / radius * (1.0 - math.cos(arc)) / max(shape, 1e-6))


def _crossings(plan: Plan, senses: Senses) -> Floats:
    newest = {message.sensor: message for message in senses.bearings}  # the last one counts
    found: list[Floats] = []
    for one, other in combinations(sorted(newest), 2):
        a, b = newest[one], newest[other]
        if abs(a.header.valid_at - b.header.valid_at) <= FRESH:
            found += _crossed(plan, a, b)
        if len(found) >= MOST:
            break
    return np.array(found[:MOST]).reshape(-1, 3)


def _crossed(plan: Plan, a: Bearings, b: Bearings) -> list[Floats]:
    """Return the crossings of all directions of two sensors."""
    book = plan.sensors
    i, j = book.names.index(a.sensor), book.names.index(b.sensor)
    there = book.at(b.header.valid_at)
    book = book.at(a.header.valid_at)
    axes = book.axes[i]
    base = axes @ (there.ecef[j] - book.ecef[i])
    ours, theirs = _lines(a), _lines(b) @ (there.axes[j] @ axes.T)
    found: list[Floats] = []
    for m, n in np.ndindex(len(ours), len(theirs)):
        if a.emission[m] != b.emission[n] or a.emission[m] not in _CROSSED:
            continue
        u, v = ours[m], theirs[n] / np.hypot(theirs[n, 0], theirs[n, 1])
        turn = u[1] * v[0] - u[0] * v[1]
        if abs(turn) < _SHARPEST:
            continue
        along = (base[1] * v[0] - base[0] * v[1]) / turn
        beyond = (base[1] * u[0] - base[0] * u[1]) / turn
        if 0.0 < along <= book.max_range[i] and 0.0 < beyond <= book.max_range[j]:
            height = along * math.tan(a.elevation_rad[m]) + book.height[i]
            found.append(_lifted(book.ecef[i] + along * u @ axes, height))
    return found


def _lines(bearings: Bearings) -> Floats:
    """Return horizontal unit vectors (n, 3) in the sensor's own east, north, up."""
    azimuth = bearings.azimuth_rad
    return np.column_stack([np.sin(azimuth), np.cos(azimuth), np.zeros(len(azimuth))])


def _lifted(ecef: Floats, height: float) -> Floats:
    lat, lon, _ = ecef_to_geodetic(ecef)
    return geodetic_to_ecef(lat, lon, height if math.isfinite(height) else ASSUMED_HEIGHT)
