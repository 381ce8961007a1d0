"""Gliding flight: boost to a pull-up, equilibrium glide with banked turns, terminal dive.

A point mass over a spherical Earth that does not turn, along a ground track of great circles and
the small circles that join them. In the glide, lift carries the weight less the centrifugal force
and, banked, bends the path; drag is lift over L/D:

    n = g - v^2 / r,    lift = sqrt(n^2 + (v^2 k)^2),    d(v^2 / 2 + g h) / ds = -lift / (L/D)

with k the curvature of the ground track. Height follows from the equilibrium at constant lift
coefficient, rho(h) v^2 / n = const, the constant from ``altitude`` at ``speed`` (class values): a
turn takes its lift from the angle of attack and costs speed, not height. Without turns and with
g dh small this is Eggers, Allen and Neice (NACA report 1382, 1958):

    range = (r / 2) (L/D) ln((1 - v1^2 / g r) / (1 - v0^2 / g r))

The glide is integrated backwards (RK4, steps of STEP) from the speed at which the dive begins to
the speed v0 that the boost must give. Boost and pull-up are kinematic: constant acceleration BOOST
along h = h0 (1 - (1 - s)^3). The dive follows h = h1 (1 - s^3) down to DIVE_ANGLE, with gravity
along the path and the drag of half the glide's drag coefficient (a parabolic polar has as much
induced as zero-lift drag at its best L/D).

Limits: no skips (phugoid), no winds, L/D constant in speed and height, boost notional, Earth's
rotation left out (up to 0.46 km/s of eastward speed); the turn radius is that of MOST_BANK at
``speed``. Units SI, angles rad.
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tdome.earth.atmosphere import density, density1
from tdome.earth.geodesy import MEAN_RADIUS
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.messages.base import Floats
from tdome.world.bodies.ballistic import thinned

G = 9.80665
BOOST = 40.0  # m/s^2; notional
DIVE_ANGLE = math.radians(60.0)
MOST_BANK = math.radians(70.0)
SLOWEST, SPREAD = 1_500.0, 500.0  # m/s: a glide ends at Mach 5 or up to so much faster
FASTEST = 7_500.0  # m/s: where the glide would be an orbit
GRID = 10.0  # m/s
STEP = 2_000.0  # m
_ENDS = 24  # samples of boost and of dive
_LONGEST_CUT = 0.48  # of a leg that a turn may take
_SMALLEST_TURN = 1e-4  # rad
_SAME = 1e-6  # rad: points nearer than 6 m are one


class Glider(NamedTuple):
    """Class values: L/D, and the speed (m/s) and height (m) of one point of the equilibrium."""

    lift_to_drag: float
    speed: float
    altitude: float


class Track(NamedTuple):
    """A ground track: unit vectors (n, 3) at distances (n,) m, and curvature (n,) 1/m."""

    place: Floats
    along: Floats
    curvature: Floats


@cache
def _air() -> tuple[Floats, Floats]:
    """Return -ln density, which rises, and the heights (m) that it belongs to."""
    height = np.arange(0.0, 100e3, 20.0)
    return -np.log(density(height)), height


def equilibrium_height(glider: Glider, speed: npt.ArrayLike) -> Floats:
    """Height (m) at which the class's lift coefficient carries it at speeds (m/s) below orbital."""
    v = np.asarray(speed, dtype=np.float64)
    ratio = glider.speed**2 / _weight(glider.speed) * (G - v * v / MEAN_RADIUS) / v**2
    thinness, height = _air()
    return np.asarray(np.interp(-np.log(ratio * density1(glider.altitude)), thinness, height))


def _weight(speed: float) -> float:
    return G - speed * speed / MEAN_RADIUS


def turn_radius(speed: float) -> float:
    """Radius (m) of a level turn at MOST_BANK."""
    return speed * speed / (_weight(speed) * math.tan(MOST_BANK))


def ground_track(lat: npt.ArrayLike, lon: npt.ArrayLike, radius: float) -> Track | None:
    """Join great circles by turns of a radius (m); None where a leg is too short for its turns."""
    lat, lon = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
    corners = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
    apart = [0, *(i for i in range(1, len(corners)) if _arc(corners[i - 1], corners[i]) > _SAME)]
    corners = corners[apart]
    if len(corners) == 1:
        return None
    rho = math.asin(min(radius / MEAN_RADIUS, 1.0))
    pieces: list[tuple[Floats, float]] = []
    start, cut_before = corners[0], 0.0
    for i in range(1, len(corners) - 1):
        before, corner, after = corners[i - 1], corners[i], corners[i + 1]
        normals = np.cross(before, corner), np.cross(corner, after)
        n1, n2 = (n / np.linalg.norm(n) for n in normals)
        side = float(np.sign(corner @ np.cross(n1, n2)))
        turn = math.acos(min(max(float(n1 @ n2), -1.0), 1.0))
        if turn < _SMALLEST_TURN:
            pieces.append((_leg(start, corner), 0.0))
            start, cut_before = corner, 0.0
            continue
        sine = math.tan(rho) * math.tan(0.5 * turn)
        cut = math.asin(sine) if sine < 1.0 else math.inf
        room = min(_arc(before, corner) - cut_before, _LONGEST_CUT * _arc(corner, after))
        if cut > room:
            return None
        enter = math.cos(cut) * corner - math.sin(cut) * np.cross(n1, corner)
        leave = math.cos(cut) * corner + math.sin(cut) * np.cross(n2, corner)
        centre = math.cos(rho) * enter + math.sin(rho) * side * n1
        pieces.append((_leg(start, enter), 0.0))
        pieces.append((_circle(enter, leave, centre, side), 1.0 / (math.tan(rho) * MEAN_RADIUS)))
        start, cut_before = leave, cut
    pieces.append((_leg(start, corners[-1]), 0.0))
    place = np.concatenate([pieces[0][0], *(points[1:] for points, _ in pieces[1:])])
    bent = np.concatenate([[0.0], *(np.full(len(points) - 1, k) for points, k in pieces)])
    steps = np.linalg.norm(np.diff(place, axis=0), axis=1)
    return Track(place, np.concatenate([[0.0], np.cumsum(steps)]) * MEAN_RADIUS, bent)


def _arc(a: Floats, b: Floats) -> float:
    return math.atan2(float(np.linalg.norm(np.cross(a, b))), float(a @ b))


def _samples(length: float) -> Floats:
    return np.linspace(0.0, 1.0, max(2, math.ceil(length * MEAN_RADIUS / STEP) + 1))


def _leg(a: Floats, b: Floats) -> Floats:
    arc = _arc(a, b)
    share = _samples(arc)[:, None] * arc
    return (np.sin(arc - share) * a + np.sin(share) * b) / math.sin(arc)


def _circle(a: Floats, b: Floats, centre: Floats, side: float) -> Floats:
    """Points from a to b on the small circle about a centre, left round for side +1."""
    axis = centre
    foot = float(a @ axis) * axis
    u, v = a - foot, side * np.cross(axis, a)
    swept = math.atan2(float((b - foot) @ v), float((b - foot) @ u)) % math.tau
    angle = _samples(swept * float(np.linalg.norm(u)))[:, None] * swept
    return foot + np.cos(angle) * u + np.sin(angle) * v


def glide_path(track: Track, glider: Glider, start: float, slow: float) -> Floats | None:
    """Return knots (k, 7) of a flight that begins at ``start`` s and dives from speed ``slow``.

    None where the track is too short for boost and dive. It is fastest at the end of boost: whether
    a class can be so fast is for the caller to judge.
    """
    low = float(equilibrium_height(glider, slow))
    dive = 3.0 * low / math.tan(DIVE_ANGLE)
    glide = _backwards(track, glider, track.along[-1] - dive, slow)
    if glide is None:
        return None
    along, speed = glide
    height = equilibrium_height(glider, speed)
    s = np.linspace(0.0, 1.0, _ENDS + 1)
    boost_height = height[0] * (1.0 - (1.0 - s) ** 3)
    boost_along = along[0] * s
    dive_height = low * (1.0 - s**3)
    dive_along = along[-1] + dive * s
    all_along = np.concatenate([boost_along[:-1], along, dive_along[1:]])
    all_height = np.concatenate([boost_height[:-1], height, dive_height[1:]])
    place = _lifted(track, all_along, all_height)
    length = np.linalg.norm(np.diff(place, axis=0), axis=1)
    to_go = np.concatenate([[0.0], np.cumsum(length[:_ENDS])])
    boost_speed = speed[0] * np.sqrt(to_go / to_go[-1])  # constant acceleration
    falling = _dive_speeds(dive_height, length[-_ENDS:], slow, glider)
    all_speed = np.concatenate([boost_speed[:-1], speed, falling[1:]])
    mean = 0.5 * (all_speed[1:] + all_speed[:-1])  # exact at constant acceleration
    t = np.concatenate([[0.0], np.cumsum(length / mean)])
    tangent = np.gradient(place, np.concatenate([[0.0], np.cumsum(length)]), axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    return thinned(np.column_stack([t, place, tangent * all_speed[:, None]]), start)


def _backwards(
    track: Track, glider: Glider, end: float, slow: float
) -> tuple[Floats, Floats] | None:
    """Integrate from the dive back to the end of boost: distances and speeds, in order of time."""
    along, speed = [end], [slow]
    while speed[-1] ** 2 / (2.0 * BOOST) < along[-1]:
        s, v = along[-1], speed[-1]
        k = float(np.interp(s - 0.5 * STEP, track.along, track.curvature))
        a = _rise(glider, v, k)
        b = _rise(glider, v + 0.5 * STEP * a, k)
        c = _rise(glider, v + 0.5 * STEP * b, k)
        d = _rise(glider, v + STEP * c, k)
        if v + STEP * d > FASTEST:
            return None
        along.append(s - STEP)
        speed.append(v + STEP / 6.0 * (a + 2.0 * b + 2.0 * c + d))
    if len(along) < 3 or along[-1] <= 0.0:  # noqa: PLR2004 - a glide needs some steps
        return None
    return np.array(along[::-1]), np.array(speed[::-1])


@cache
def _inertia(glider: Glider) -> list[float]:
    """Return L/D (v + g dh/dv) at speeds GRID apart from 0 on: lift over the loss of speed."""
    speed = np.maximum(np.arange(0.0, FASTEST + 2.0 * GRID, GRID), GRID)
    slope = np.gradient(equilibrium_height(glider, speed), GRID)
    return [float(x) for x in glider.lift_to_drag * (speed + G * slope)]


def _rise(glider: Glider, speed: float, curvature: float) -> float:
    """Speed lost to a metre of glide, 1/s: lift / (L/D) over v + g dh/dv."""
    table, place = _inertia(glider), speed / GRID
    low = int(place)
    inertia = table[low] + (place - low) * (table[low + 1] - table[low])
    return math.hypot(_weight(speed), speed * speed * curvature) / inertia


def _dive_speeds(height: Floats, length: Floats, entry: float, glider: Glider) -> Floats:
    """Speeds along the dive: gravity and the drag of half the glide's drag coefficient."""
    pressure = 0.5 * density1(glider.altitude) * glider.speed**2
    beta = 2.0 * glider.lift_to_drag * pressure / _weight(glider.speed)
    middle = density(0.5 * (height[1:] + height[:-1]))
    square = [entry**2]
    for drop, air, step in zip(height[:-1] - height[1:], middle, length, strict=True):
        kept = math.exp(-air * step / beta)
        square.append(square[-1] * kept + 2.0 * G * drop)
    return np.sqrt(square)


def _lifted(track: Track, along: Floats, height: Floats) -> Floats:
    point = np.stack([np.interp(along, track.along, track.place[:, i]) for i in range(3)], axis=1)
    lat = np.arctan2(point[:, 2], np.hypot(point[:, 0], point[:, 1]))
    lon = np.arctan2(point[:, 1], point[:, 0])
    return geodetic_to_ecef(lat, lon, height)
