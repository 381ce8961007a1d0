"""One plain radar and one body for the figures of radars."""

import math

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.random import Streams
from tdome.plan.books.sensors import SensorBook, sensor_book
from tdome.plan.catalogue import bundled_catalogue, overridden
from tdome.plan.schema import SensorSite
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.table import Bodies
from tdome.world.scenario import read_scenario
from tdome.world.schema.conditions import Weather
from tdome.world.schema.jammers import Jammer
from tdome.world.sensors.radars import Radars

_SCENARIO = """
name = "one"
start = 2030-01-01T00:00:00Z
duration_s = 100
[[places]]
name = "town"
lat_deg = 24.0
lon_deg = 121.0
[[raids]]
name = "raid"
[[raids.salvos]]
type = "drone"
count = 8
launch_lat_deg = 24.5
launch_lon_deg = 121.0
targets = ["town"]
"""


def book_of(kind: str = "multifunction", **changes: float) -> SensorBook:
    """Return a radar of a class at 24 N, 121 E, with some of its keys changed."""
    catalogue = overridden(bundled_catalogue(), {"sensors": {kind: changes}}, "figure", "truth")
    site = SensorSite(name="radar", type=kind, lat_deg=24.0, lon_deg=121.0)
    return sensor_book([site], catalogue, "figure")


def bodies_at(places: NDArray[np.float64], rcs: float, swerling: int = 1) -> Bodies:
    """Return bodies at rest at places, (k, 3) ECEF, m."""
    bodies = compile_bodies(read_scenario(_SCENARIO, "figure"), Streams(1))
    bodies.rcs[:], bodies.swerling[:], bodies.broadside[:] = rcs, swerling, 0.0
    for row, place in enumerate(np.atleast_2d(places)):
        first = bodies.offset[row]
        bodies.knots[first : first + 2] = 0.0
        bodies.knots[first : first + 2, 0] = -1e6, 1e6
        bodies.knots[first : first + 2, 1:4] = place
        bodies.count[row] = 2
        bodies.start(row)
    return bodies


def place(
    book: SensorBook, distance: float, elevation_deg: float = 5.0, azimuth_deg: float = 0.0
) -> NDArray[np.float64]:
    """Return a place as the radar sees it, ECEF, m."""
    el, az = math.radians(elevation_deg), math.radians(azimuth_deg)
    enu = np.array([math.cos(el) * math.sin(az), math.cos(el) * math.cos(az), math.sin(el)])
    return np.asarray(book.ecef[0] + distance * enu @ book.axes[0])


def radars_of(book: SensorBook, rain: float = 0.0, jammers: tuple[Jammer, ...] = ()) -> Radars:
    """Return the radar in some rain, with some jammers."""
    return Radars(book, Weather(rain_mm_h=rain), Streams(4), jammers=jammers)


def share_seen(radars: Radars, bodies: Bodies, looks: int = 400) -> float:
    """Return the share of looks in which something true is seen."""
    hits = [bool((radars.look(0, bodies, 0.0, k).rows >= 0).any()) for k in range(looks)]
    return float(np.mean(hits))
