"""The magazines of the simulated world at CSIS's inventory arithmetic (domain.md 5.3).

Two batteries of 48 ready rounds share a spare of 150; rounds are ordered one by one, every order
that is refused for want of rounds is given again, until no reload is under way.
"""

from typing import Any

from tdome.kernel.clock import NS
from tdome.kernel.queue import EventQueue, Phase
from tdome.messages.codes import EngagementState, OrderKind
from tdome.messages.fire import EngagementReports
from tdome.plan.plan import read_plan
from tdome.world.effectors.deeds import Obey, Supply
from tdome.world.scenario import read_scenario
from tdome.world.world import World

READY, SPARE = 96, 150
_RELOAD = 600  # s
_EVERY = 100  # s between orders
_PATIENCE = 20  # refusals after which nothing comes any more
_HEIGHT = 90e3  # m, of the intercepts

_PLAN = """name = "magazines"
threats = ["srbm"]
[[sensors]]
name = "radar"
type = "multifunction"
lat_deg = 24.0
lon_deg = 120.6
[[fire_units]]
name = "battery 1"
type = "upper-tier"
lat_deg = 24.0
lon_deg = 120.6
rounds = 48
[[fire_units]]
name = "battery 2"
type = "upper-tier"
lat_deg = 24.0
lon_deg = 120.6
rounds = 48
[[assets]]
name = "city"
lat_deg = 24.0
lon_deg = 120.6
radius_km = 5.0
value = 1.0
"""

_SCENARIO = f"""name = "magazines"
start = 2030-01-01T00:00:00Z
duration_s = 2592000.0
[truth.effectors.upper-tier]
reload_s = {_RELOAD}
reaction_s = 0
[[places]]
name = "city"
lat_deg = 24.0
lon_deg = 120.6
[[resupply]]
at_s = 0.0
unit = "battery 1"
rounds = 75
[[resupply]]
at_s = 0.0
unit = "battery 2"
rounds = 75
[[raids]]
name = "none of them is played"
[[raids.salvos]]
type = "srbm"
count = 1
launch_lat_deg = 24.5
launch_lon_deg = 118.0
targets = ["city"]
"""


def spare_left(wanted: int) -> float:
    """Order so many rounds, one by one; return what is left of the spare (CSIS: to restock)."""
    plan = read_plan(_PLAN, "magazines")
    world = World(read_scenario(_SCENARIO, "magazines"), plan, seed=1)
    over = plan.units.ecef[0] * (1.0 + _HEIGHT / 6.371e6)
    pip = (float(over[0]), float(over[1]), float(over[2]))
    queue: EventQueue[Any] = EventQueue()
    for event in world.first_events():
        if isinstance(event.action, Supply):  # no radar looks, nothing flies: only orders
            queue.push(*event)
    fired, refused, number = 0, 0, 0
    while fired < wanted and refused < _PATIENCE:
        number += 1
        now = world.scenario.start + number * _EVERY * NS
        due = now + 90 * NS
        order = Obey(number, number % 2, 1, OrderKind.ENGAGE, now, due, pip)
        queue.push(now, Phase.ACT, order)
        launched = _launched(world, queue, now + (_EVERY - 1) * NS)
        refused = 0 if launched else refused + 1
        fired += launched
    return float(SPARE - max(fired - READY, 0))


def _launched(world: World, queue: EventQueue[Any], until: int) -> int:
    """Play what is due; return how many rounds left their launchers, as their units tell."""
    queue.push(until, Phase.EMIT, None)
    rounds = 0
    while (due := queue.pop()).payload is not None:
        done = world.handle(due.payload, due.time)
        for _, told in done.messages:
            if isinstance(told, EngagementReports):
                rounds += int(told.rounds[told.state == EngagementState.LAUNCHED].sum())
        for event in done.events:
            queue.push(*event)
    return rounds
