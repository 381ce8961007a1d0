"""What a plan and a scenario may say, but hardly mean: told by ``tdome validate``, never refused.

A fault of a clock, a unit on a far road or a radar in a pit may be what is tried. Each doubt is
one sentence with the number that it rests on.
"""

import math

import numpy as np

from tdome.earth.terrain import Terrain
from tdome.plan.plan import Plan
from tdome.world.scenario import Scenario

_FEW = 0.01  # share of a site's messages
_STALE_S = 10.0  # s: the tracker drops scans so late (LATE_LIMIT of tdome.command.tracking.imm)
_BURIED_M = 1.0  # m under the ground that are more than rounding


def doubts(scenario: Scenario, plan: Plan, terrain: Terrain | None = None) -> list[str]:
    """Return what is to be doubted in a scenario with its plan, one sentence each."""
    return [*_clocks(scenario), *_moves(scenario, plan), *_buried(plan, terrain)]


def _clocks(scenario: Scenario) -> list[str]:
    """Tell of clocks so wrong that what their site says is of no use.

    A message is received delay - jitter ln(u) after it was sent (tdome.world.links), and refused
    where it is dated later than that: a share exp(-(offset - delay) / jitter) of them passes.
    Queues, which delay too, are left out.
    """
    links, said = scenario.file.links, []
    for site in links.sites:
        delay = links.delay_s if site.delay_s is None else site.delay_s
        jitter = links.jitter_s if site.jitter_s is None else site.jitter_s
        ahead = site.clock_offset_s - delay
        passes = 1.0 if ahead <= 0.0 else math.exp(-ahead / jitter) if jitter else 0.0
        if passes < _FEW:
            said.append(
                f"the clock of {site.name!r} runs {site.clock_offset_s:g} s ahead, its link takes "
                f"{delay:g} s: its messages are dated into the future and refused at the door"
            )
        elif site.clock_offset_s < -_STALE_S:
            said.append(
                f"the clock of {site.name!r} is {-site.clock_offset_s:g} s slow: beside other "
                f"sensors its scans are over {_STALE_S:g} s old and not used"
            )
    return said


def _moves(scenario: Scenario, plan: Plan) -> list[str]:
    """Tell of moves that outlast the scenario: to the other shore of an ocean, or too late."""
    book, said = plan.units, []
    for u, name in enumerate(book.names):
        free = 0.0
        for k in range(1, int(book.sites[u])):
            way = float(np.linalg.norm(book.stations[u, k, :3] - book.stations[u, k - 1, :3]))
            taken = float(book.pack[u] + way / book.road_speed[u] + book.unpack[u])
            free = max(float(book.leaves[u, k]), free) + taken
            if free > scenario.duration:
                said.append(
                    f"{name!r} moves {way / 1e3:.0f} km from {book.leaves[u, k]:g} s on and is "
                    f"there after {free:.0f} s: the scenario ends at {scenario.duration:g} s"
                )
    return said


def _buried(plan: Plan, terrain: Terrain | None) -> list[str]:
    """Tell of sites under the ground: their ``height_m`` is not taken from the terrain."""
    sites = (*plan.file.sensors, *plan.file.fire_units)
    if terrain is None or not sites:
        return []
    lat, lon = np.radians([(site.lat_deg, site.lon_deg) for site in sites]).T
    deep = terrain.height(lat, lon) - np.array([site.height_m for site in sites])
    return [
        f"{site.name!r} stands {depth:.0f} m under the ground: its height_m is {site.height_m:g}"
        for site, depth in zip(sites, deep.tolist(), strict=True)
        if depth > _BURIED_M
    ]
