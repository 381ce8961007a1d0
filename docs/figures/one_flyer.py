"""One sensor and one flyer that hangs where a figure wants it."""

import numpy as np

from tdome.earth.wgs84 import enu_to_ecef
from tdome.kernel.random import Streams
from tdome.plan.books.sensors import sensor_book
from tdome.plan.plan import read_plan
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.table import Bodies, State
from tdome.world.scenario import read_scenario
from tdome.world.sensors.receivers.reach import Post

PLAN = """
name = "figure"
threats = ["drone"]
[[sensors]]
name = "sensor"
type = "{kind}"
lat_deg = 25.0
lon_deg = 121.5
[[assets]]
name = "port"
lat_deg = 25.0
lon_deg = 121.5
radius_km = 3
value = 1
"""
SCENARIO = """
name = "figure"
start = 2030-01-01T{hour:02d}:00:00Z
duration_s = 600
[weather]
visibility_km = {visibility}
[[places]]
name = "port"
lat_deg = 25.0
lon_deg = 121.5
[[raids]]
name = "r"
[[raids.salvos]]
type = "drone"
count = 1
launch_lat_deg = 25.5
launch_lon_deg = 121.5
targets = ["port"]
[[flights]]
name = "airway"
count = 1
route = [[24.0, 121.0], [26.0, 122.0]]
first_address = 1
"""
DRONE, AIRLINER = 0, 1


def sensor(kind: str, *, hour: int = 4, visibility: float = 30.0) -> tuple[Post, Bodies]:
    """Return a sensor of a class, and the flyers of the scenario, none of which flies yet."""
    scenario = read_scenario(SCENARIO.format(hour=hour, visibility=visibility), "figure")
    plan = read_plan(PLAN.format(kind=kind), "figure")
    book = sensor_book(plan.file.sensors, scenario.catalogue, "figure")
    return Post(book, 0, scenario, Streams(1), None), compile_bodies(scenario, Streams(1))


def hang(post: Post, bodies: Bodies, row: int, enu: tuple[float, float, float]) -> None:
    """Let one flyer hang at east, north, up (m) of the sensor."""
    bodies.state[:] = State.WAITING
    bodies.state[row], bodies.count[row], bodies.launches_at[row] = State.FLYING, 2, -1e3
    place = enu_to_ecef(np.array(enu), post.site, post.book.axes[post.row])
    first = bodies.offset[row]
    for i, t in enumerate((-1e3, 1e3)):
        bodies.knots[first + i] = [t, *place, 0.0, 0.0, 0.0]
