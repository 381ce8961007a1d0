"""One radar at 24 N, 121 E and bodies before it: for tests and figures of radars."""

import math
from collections.abc import Mapping
from typing import Any

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

WHERE = {"lat_deg": 24.0, "lon_deg": 121.0}
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
count = {count}
launch_lat_deg = 24.5
launch_lon_deg = 121.0
targets = ["town"]
"""


def book_of(
    kind: str = "multifunction",
    changes: Mapping[str, float] | None = None,
    site: Mapping[str, Any] | None = None,
) -> SensorBook:
    """Return a radar of a class, with some keys of the class and of the site changed."""
    truth = {"sensors": {kind: dict(changes or {})}}
    catalogue = overridden(bundled_catalogue(), truth, "test", "truth")
    row = SensorSite(**{"name": "radar", "type": kind, **WHERE, **(site or {})})
    return sensor_book([row], catalogue, "test")


def place(
    book: SensorBook, distance: float, elevation_deg: float, azimuth_deg: float = 0.0
) -> NDArray[np.float64]:
    """Return a place as the radar sees it, ECEF, m."""
    el, az = math.radians(elevation_deg), math.radians(azimuth_deg)
    enu = np.array([math.cos(el) * math.sin(az), math.cos(el) * math.cos(az), math.sin(el)])
    return np.asarray(book.ecef[0] + distance * enu @ book.axes[0])


def bodies_of(
    states: NDArray[np.float64],
    rcs: float,
    swerling: int | None = None,
    *,
    count: int = 0,
    relabel: int | None = None,
) -> Bodies:
    """Return bodies in straight flight: states (k, 6) ECEF at t = 0, or places (k, 3) at rest.

    In the order of their keys, whatever their rows; of ``count``, the others wait on the ground.
    """
    flown = np.atleast_2d(states)
    flown = np.pad(flown, ((0, 0), (0, 6 - flown.shape[1])))
    text = _SCENARIO.format(count=count or len(flown))
    bodies = compile_bodies(read_scenario(text, "test"), Streams(1), relabel)
    bodies.rcs[:], bodies.broadside[:] = rcs, 0.0
    if swerling is not None:
        bodies.swerling[:] = swerling
    for row, state in zip(np.argsort(bodies.key).tolist(), flown, strict=False):
        at = bodies.offset[row]
        for knot, t in ((at, -100.0), (at + 1, 100.0)):
            bodies.knots[knot, 0] = t
            bodies.knots[knot, 1:4] = state[:3] + t * state[3:]
            bodies.knots[knot, 4:] = state[3:]
        bodies.count[row] = 2
        bodies.start(row)
    return bodies


def radars_of(
    book: SensorBook, seed: int = 4, jammers: tuple[Jammer, ...] = (), **weather: float
) -> Radars:
    """Return the radar in some weather, with some jammers."""
    return Radars(book, Weather(**weather), Streams(seed), jammers=jammers)
