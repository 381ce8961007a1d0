"""Flocks of birds: neutral objects that wander over an area for the whole run.

A flock holds its air speed v; its heading c wanders and is drawn home from outside the area:

    dc/dt = sum of W sin(w_i t + p_i) + H sin(course home - c) min(r / R, 2)^4

over three slow waves. Position is the integral of v (sin c, cos c) plus the wind, in the plane that
touches the Earth at the middle of the area, in steps of STEP seconds; heights are kept over the
terrain as flights keep theirs. Air speed, height and radar cross-section are uniform (the latter
log-uniform, as the spread of its echo) between the scenario's bounds; 0.01-0.1 m^2 is published
(domain.md 4.1, bird), the rest notional. Assumptions: a flock is one object; it neither gathers nor
scatters. Limit: a wind above its air speed carries a flock away.
"""

import math

import numpy as np

from tdome.earth.geodesy import destination
from tdome.earth.terrain import Terrain
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.kernel.jit import kernel
from tdome.kernel.random import Stream, Streams, object_key
from tdome.messages.base import Floats
from tdome.messages.codes import Family
from tdome.world.bodies.ballistic import thin
from tdome.world.bodies.launches import Launch, log_uniform
from tdome.world.bodies.powered import KNOT_TOLERANCE, velocities
from tdome.world.bodies.table import Kind
from tdome.world.routes.profile import crest_margin, smooth_above
from tdome.world.scenario import Scenario

STEP = 5.0  # s
WANDER = 0.02  # rad/s, of each wave of the heading
HOMING = 0.05  # rad/s at the edge of the area
STEEPEST = 0.2  # slope of climb and descent over terrain
SMOOTHED = 200.0  # m, window of the height profile
_PERIODS = np.array([60.0, 170.0, 430.0])  # s
_LONGEST_GAP = 16  # steps between two knots at most
_BODY, _PLACE, _WAVES = 0, 1, 2  # what each block of draws is for


def draw_birds(scenario: Scenario, streams: Streams) -> list[Launch]:
    """Return all flocks of a scenario."""
    chance = streams("world", "birds")
    flocks: list[Launch] = []
    for b, birds in enumerate(scenario.file.birds):
        middle = math.radians(birds.lat_deg), math.radians(birds.lon_deg)
        for n in range(birds.count):
            key = object_key("birds", birds.name, n)
            speed, height, section, wings = chance.draw(key, _BODY)
            flocks.append(
                Launch(
                    key=key,
                    raid=-1,
                    threat_class=-1,
                    family=Family.DRONE,
                    at=0.0,
                    points=[middle],
                    goal=middle,
                    speed=_within(birds.speed_m_s, speed),
                    altitude=_within(birds.altitude_m, height),
                    beta=math.nan,
                    rcs=log_uniform(birds.rcs_m2, section),
                    spread=log_uniform(birds.doppler_spread_m_s, wings),
                    aim="",
                    where=f"birds[{b}]",
                    kind=Kind.BIRD,
                    roams=birds.radius_km * 1e3,
                )
            )
    return flocks


def _within(bounds: tuple[float, float], u: float) -> float:
    return bounds[0] + (bounds[1] - bounds[0]) * float(u)


def flock_path(launch: Launch, scenario: Scenario, terrain: Terrain, chance: Stream) -> Floats:
    """Return the knots (k, 7) of a flock from the start of the run to its end."""
    weather = scenario.file.weather
    bearing, far, course, _ = chance.draw(launch.key, _PLACE)
    rows = max(3, math.ceil(scenario.duration / STEP) + 1)
    plane = np.empty((rows, 2))
    out = launch.roams * math.sqrt(far)
    plane[0] = out * math.sin(bearing * math.tau), out * math.cos(bearing * math.tau)
    step = scenario.duration / (rows - 1)
    wander(
        plane,
        step,
        np.array([launch.speed, launch.roams, course * math.tau]),
        np.array([weather.wind_east_m_s, weather.wind_north_m_s]),
        chance.draw(launch.key, _WAVES) * math.tau,
        2.0 * np.pi / _PERIODS,
    )
    away = np.hypot(plane[:, 0], plane[:, 1])
    lat, lon = destination(*launch.points[0], np.arctan2(plane[:, 0], plane[:, 1]), away)
    table = np.empty((rows, 7))
    table[:, 0] = step * np.arange(rows)
    table[:, 1:4] = geodetic_to_ecef(lat, lon, _heights(plane, terrain.height(lat, lon), launch))
    velocities(table)
    kept = np.empty(rows, np.int64)
    return table[kept[: thin(table, rows, KNOT_TOLERANCE, _LONGEST_GAP, kept)]]


def _heights(plane: Floats, ground: Floats, launch: Launch) -> Floats:
    steps = np.maximum(np.hypot(*np.diff(plane, axis=0).T), 0.1)  # none may stand still
    along = np.concatenate([[0.0], np.cumsum(steps)])
    margin, height = np.empty(len(along)), np.empty(len(along))
    crest_margin(ground, margin)
    smooth_above(along, ground + margin + launch.altitude, STEEPEST, SMOOTHED, height)
    return height


@kernel
def wander(
    plane: Floats, step: float, flock: Floats, wind: Floats, phases: Floats, waves: Floats
) -> None:
    """Integrate the way of a flock in the plane (east, north), from plane[0] on.

    flock: (air speed, radius of the area, course at the start). waves: rad/s.
    """
    speed, radius, course = flock[0], flock[1], flock[2]
    for i in range(1, len(plane)):
        east, north = plane[i - 1, 0], plane[i - 1, 1]
        turn = 0.0
        for k in range(len(waves)):
            turn += WANDER * math.sin(waves[k] * (i - 1) * step + phases[k])
        outside = min(math.sqrt(east * east + north * north) / radius, 2.0)
        home = math.atan2(-east, -north)
        turn += HOMING * math.sin(home - course) * outside**4
        course += turn * step
        plane[i, 0] = east + (speed * math.sin(course) + wind[0]) * step
        plane[i, 1] = north + (speed * math.cos(course) + wind[1]) * step
