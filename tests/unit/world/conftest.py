"""A small raid on a port, and a driver that plays a world without a decision side."""

from collections.abc import Callable
from typing import Any

import pytest

from tdome.kernel.queue import EventQueue
from tdome.messages.base import Message
from tdome.plan.plan import Plan, read_plan
from tdome.world.scenario import Scenario, read_scenario
from tdome.world.world import World

PLAN = """
name = "port"
threats = ["rocket", "srbm", "cruise", "drone"]
[[sensors]]
name = "North"
type = "long-range-3d"
lat_deg = 25.1
lon_deg = 121.5
height_m = 800
[[sensors]]
name = "Battery"
type = "multifunction"
lat_deg = 24.95
lon_deg = 121.2
[[fire_units]]
name = "Lower"
type = "terminal-ballistic"
lat_deg = 25.0
lon_deg = 121.2
rounds = 6
[[fire_units]]
name = "Short"
type = "short-range"
lat_deg = 25.0
lon_deg = 121.1
rounds = 4
[[assets]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.15
radius_km = 3
value = 10
"""

SCENARIO = """
name = "raid on a port"
start = 2030-01-01T00:00:00.25Z
duration_s = 1500
[links]
jitter_s = 0.05
loss = 0.02
[referee]
correlation = 0.2
[truth.threats]
srbm = { launch_failure = 0, guidance_failure = 0 }
cruise = { launch_failure = 0, guidance_failure = 0 }
[[places]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.15
[[places]]
name = "City"
lat_deg = 24.8
lon_deg = 121.0
[[raids]]
name = "first"
start_s = 10
[[raids.salvos]]
type = "srbm"
count = 6
launch_lat_deg = 26.5
launch_lon_deg = 118.5
interval_s = 2
targets = ["Port", "City"]
[[raids.salvos]]
type = "cruise"
count = 6
launch_lat_deg = 26.2
launch_lon_deg = 119.5
interval_s = 5
open_ground = 0.3
targets = ["City"]
waypoints = [[25.6, 120.3], [25.2, 120.7]]
[[flights]]
name = "airway"
count = 6
route = [[24.0, 120.5], [25.0, 121.0], [26.0, 122.0]]
interval_s = 90
first_s = -600
first_address = 100
[[flights]]
name = "patrol"
count = 2
route = [[25.2, 120.7], [24.7, 120.4]]
altitude_m = 6000
first_address = 900
friendly = true
"""


@pytest.fixture(scope="session")
def plan() -> Plan:
    return read_plan(PLAN, "plan.toml")


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    return read_scenario(SCENARIO, "scenario.toml")


@pytest.fixture(scope="session")
def scenario_text() -> str:
    return SCENARIO


Answer = Callable[[World, Message, int], Message | None]
Log = list[tuple[int, Any, list[Message]]]


@pytest.fixture(scope="session")
def play() -> Callable[..., Log]:
    """Return a function that runs a world to its end; ``answer`` may speak to each message."""

    def run(world: World, answer: Answer | None = None) -> Log:
        queue: EventQueue[Any] = EventQueue()
        log: Log = []
        for event in world.first_events():
            queue.push(*event)
        while len(queue):
            due = queue.pop()
            happening = world.handle(due.payload, due.time)
            events = list(happening.events)
            for arrival, message in happening.messages:
                assert arrival > due.time
                said = answer(world, message, due.time) if answer else None
                if said is not None:
                    events += world.accept(said, due.time)
            for event in events:
                queue.push(*event)
            log.append((due.time, due.payload, [m for _, m in happening.messages]))
        return log

    return run
