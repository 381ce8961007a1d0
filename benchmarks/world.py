"""`make bench`, the world alone: entity updates, memory, a large raid against its real time.

    python benchmarks/world.py [--repeats N] [--json]

Kinematics: all of 10,000 bodies, sampled at one instant after the other. Memory: the peak of a
fresh process that compiles and holds them. Raid: 2,000 threats, 30 radars and 80 fire units, with a
trivial shooter in place of command (orders at true places, eight a second, whose CPU time is left
out), so that scans, rounds and intercepts happen at a real rate; no chain, journal or score. The
peer does the same kinematics and looks as one would first write them: Python over objects, NumPy
within. Process CPU time, kernels compiled before, medians.
"""

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
from time import process_time
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from tdome.kernel.clock import NS
from tdome.kernel.queue import EventQueue
from tdome.kernel.random import Streams
from tdome.messages.base import Floats, Header
from tdome.messages.codes import OrderKind
from tdome.messages.fire import EngagementOrders
from tdome.plan.plan import Plan, read_plan
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.table import Bodies, State
from tdome.world.scenario import Scenario, read_scenario
from tdome.world.world import World

ENTITIES, THREATS = 10_000, 2_000
MIX = {"drone": 0.64, "cruise": 0.32, "srbm": 0.04}
RADARS = {"long-range-3d": 8, "multifunction": 12, "gap-filler": 10}
UNITS = {"long-range": 10, "medium-range": 20, "short-range": 40, "terminal-ballistic": 10}
SIMULATED_S = 600.0
ORDERS_PER_S, AHEAD_S = 8, 60
STARTS_KM = {"drone": 40.0, "cruise": 160.0, "srbm": 400.0}
WITHIN_S = {"drone": 30.0, "cruise": 30.0, "srbm": 600.0}
LAT, LON = 25.0, 121.0


def around(share: float, km: float) -> tuple[float, float]:
    """Return a place (degrees) on a circle about the middle of the scene."""
    angle = math.tau * share
    lat = LAT + km / 111.2 * math.cos(angle)
    return lat, LON + km / 111.2 * math.sin(angle) / math.cos(math.radians(LAT))


def raid_of(threats: int) -> Scenario:
    """Return a raid from all sides at eight places, mixed as MIX; most of it flies all the time."""
    lines = ['name = "bench"', "start = 2030-01-01T00:00:00Z", "duration_s = 3600"]
    places = [around(k / 8, 40.0) for k in range(8)]
    for k, (lat, lon) in enumerate(places):
        lines += ["[[places]]", f'name = "P{k}"', f"lat_deg = {lat}", f"lon_deg = {lon}"]
    for kind, share in MIX.items():
        lines += ["[[raids]]", f'name = "{kind}"']
        count = max(1, round(share * threats / 8))
        for k in range(8):
            lat, lon = around(k / 8, 40.0 + STARTS_KM[kind])
            lines += ["[[raids.salvos]]", f'type = "{kind}"', f"count = {count}"]
            lines += [f"launch_lat_deg = {lat}", f"launch_lon_deg = {lon}"]
            lines += [f"interval_s = {WITHIN_S[kind] / count}", f'targets = ["P{k}"]']
    return read_scenario("\n".join(lines), "bench.toml")


def plan_of() -> Plan:
    """Return the sites: radars and units in rings about the middle."""
    lines = ['name = "bench"', f"threats = {json.dumps(list(MIX))}"]
    for table, mix, ring in (("sensors", RADARS, 30.0), ("fire_units", UNITS, 35.0)):
        kinds = [kind for kind, count in mix.items() for _ in range(count)]
        for k, kind in enumerate(kinds):
            lat, lon = around(k * 0.618, ring)
            lines += [f"[[{table}]]", f'name = "{table}{k}"', f'type = "{kind}"']
            lines += [f"lat_deg = {lat}", f"lon_deg = {lon}"]
    lines += ["[[assets]]", 'name = "A"', "radius_km = 5", "value = 1"]
    return read_plan("\n".join([*lines, f"lat_deg = {LAT}", f"lon_deg = {LON}"]), "bench-plan.toml")


# ---------------------------------------------------------------- kinematics


def updates_per_s(bodies: Bodies, repeats: int) -> float:
    """Return how many bodies are moved in a CPU second; 100 instants."""
    instants = np.linspace(0.0, float(bodies.ends_at.max()), 100)
    seconds = []
    for _ in range(repeats + 1):  # the first compiles
        began = process_time()
        for t in instants:
            bodies.states_at(np.full(len(bodies), t))
        seconds.append(process_time() - began)
    return len(bodies) * len(instants) / statistics.median(seconds[1:])


def peer_updates_per_s(bodies: Bodies, instants: int = 3) -> float:
    """Return the same of the peer: cubic Hermite with NumPy, one object at a time."""
    paths = [bodies.knots[o : o + c] for o, c in zip(bodies.offset, bodies.count, strict=True)]
    began = process_time()
    for t in np.linspace(0.0, float(bodies.ends_at.max()), instants):
        for path in paths:
            hermite(path, t)
    return len(bodies) * instants / (process_time() - began)


def hermite(path: Floats, t: float) -> tuple[Floats, Floats]:
    """Return position and velocity as one would first write them."""
    t = min(max(t, path[0, 0]), path[-1, 0])
    i = min(max(int(np.searchsorted(path[:, 0], t, side="right")) - 1, 0), len(path) - 2)
    a, b = path[i], path[i + 1]
    h = b[0] - a[0]
    s = (t - a[0]) / h
    r = 1.0 - s
    place = r * r * (1 + 2 * s) * a[1:4] + s * s * (3 - 2 * s) * b[1:4]
    place = place + h * s * r * (r * a[4:7] - s * b[4:7])
    speed = 6 * s * r * (b[1:4] - a[1:4]) / h + r * (1 - 3 * s) * a[4:7] + s * (3 * s - 2) * b[4:7]
    return place, speed


def held_in_memory() -> dict[str, float]:
    """Compile 10,000 bodies in a fresh process; its CPU seconds and peak memory."""
    done = subprocess.run(  # noqa: S603 - this file
        [sys.executable, __file__, "--hold"], capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


def hold() -> dict[str, float]:
    """Do so here; the compilation of the kernels (few bodies first) is not counted as time."""
    compile_bodies(raid_of(32), Streams(1))
    began = process_time()
    bodies = compile_bodies(raid_of(ENTITIES), Streams(1))
    return {
        "entities": len(bodies),
        "compile_cpu_s": process_time() - began,
        "knots_mb": bodies.knots.nbytes / 1e6,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
    }


# ---------------------------------------------------------------- a raid against real time


class Shooter:
    """Orders at true places: each threat in turn that a unit can reach, a few every second."""

    def __init__(self, world: World, plan: Plan) -> None:
        self.world, self.units, self.given, self.place = world, plan.units, 0, 0

    def orders(self, now: int) -> EngagementOrders | None:
        """Return the orders of this second."""
        bodies = self.world._scene.bodies
        t, found = (now - self.world.scenario.start) / NS, []
        flying = np.flatnonzero((bodies.state == State.FLYING) & (bodies.ends_at > t + AHEAD_S))
        for step in range(min(len(flying), 50)):
            row = int(flying[(self.place + step) % len(flying)])
            pip = bodies.position_at(row, t + AHEAD_S)[:3]
            away = np.linalg.norm(self.units.ecef - pip, axis=1)
            able = np.flatnonzero((away < self.units.max_range) & (away > self.units.min_range))
            if len(able):
                found.append((int(able[(self.given + len(found)) % len(able)]), pip))
            if len(found) == ORDERS_PER_S:
                break
        self.place += len(found)
        if not found:
            return None
        n, self.given = len(found), self.given + len(found)
        return EngagementOrders(
            header=Header("command", self.given, now, now),
            engagement=np.arange(self.given - n, self.given, dtype=np.int32),
            track_number=np.zeros(n, np.int32),
            unit=np.array([unit for unit, _ in found], np.int32),
            rounds=np.ones(n, np.int32),
            kind=np.full(n, OrderKind.ENGAGE, np.int8),
            launch_at=np.full(n, now, np.int64),
            intercept_at=np.full(n, now + AHEAD_S * NS, np.int64),
            intercept_ecef=np.array([pip for _, pip in found]),
        )


def play(scenario: Scenario, plan: Plan, until: float) -> dict[str, float]:
    """Run a world for so many seconds; what it did, and the CPU seconds without the shooter's."""
    world = World(scenario, plan, 1)
    shooter, queue = Shooter(world, plan), EventQueue[Any]()
    began, aside, plots, flying = process_time(), 0.0, 0, []
    for event in world.first_events():
        queue.push(*event)
    second, end = scenario.start + NS, scenario.start + int(until * NS)
    while len(queue):
        due = queue.pop()
        if due.time > end:
            break
        if due.time >= second:
            left = process_time()
            message = shooter.orders(second)
            flying.append(int((world._scene.bodies.state == State.FLYING).sum()))
            aside += process_time() - left
            for event in world.accept(message, due.time) if message is not None else []:
                queue.push(*event)
            second += NS
        happening = world.handle(due.payload, due.time)
        for event in happening.events:
            queue.push(*event)
        plots += sum(len(m) for _, m in happening.messages if type(m).__name__ == "Plots")
    cpu = process_time() - began - aside
    chronicle = world._scene.chronicle
    return {
        "cpu_s": cpu,
        "scans": len(chronicle.scans),
        "plots": plots,
        "rounds": len(chronicle.shots),
        "hits": len(chronicle.killed_by),
        "flying_on_average": float(np.mean(flying)),
    }


def raid(repeats: int) -> dict[str, float]:
    """Measure the large raid."""
    scenario, plan = raid_of(THREATS), plan_of()
    play(raid_of(32), plan, 120.0)
    began = process_time()
    World(scenario, plan, 1)
    opened = process_time() - began
    found = [play(scenario, plan, SIMULATED_S) for _ in range(repeats)]
    cpu = statistics.median(one["cpu_s"] for one in found)
    return {
        "raid_open_cpu_s": opened,
        "raid_simulated_s": SIMULATED_S,
        "raid_times_real_time": SIMULATED_S / cpu,
        "raid_us_per_scan": 1e6 * cpu / found[0]["scans"],
        **{f"raid_{key}": value for key, value in found[0].items()},
    }


def peer_looks_per_s(bodies: Bodies, plan: Plan) -> float:
    """Return how many bodies a CPU second the peer looks at: range law, horizon, one draw each."""
    paths = [bodies.knots[o : o + c] for o, c in zip(bodies.offset, bodies.count, strict=True)]
    rng, antenna, axes = np.random.default_rng(1), plan.sensors.ecef[0], plan.sensors.axes[0]
    began, reference = process_time(), float(plan.sensors.reference_range[0])
    for row, path in enumerate(paths):
        place, _ = hermite(path, 300.0)
        enu = axes @ (place - antenna)
        away = float(np.linalg.norm(enu))
        horizon = 4120.0 * (math.sqrt(10.0) + math.sqrt(max(enu[2] + away**2 / 1.7e7, 0.0)))
        snr = 19.0 * bodies.rcs[row] * (reference / away) ** 4
        if away < horizon and rng.random() < 1e-6 ** (1.0 / (1.0 + snr)):
            rng.normal(size=3)
    return len(paths) / (process_time() - began)


def measure(repeats: int) -> dict[str, float]:
    """Measure all."""
    held = held_in_memory()
    bodies = compile_bodies(raid_of(ENTITIES), Streams(1))
    ours, theirs = updates_per_s(bodies, repeats), peer_updates_per_s(bodies)
    found = {**held, "entity_updates_per_cpu_s": ours, "peer_updates_per_cpu_s": theirs}
    found |= {"updates_to_peer": ours / theirs, **raid(repeats)}
    looks = found["raid_scans"] * found["raid_flying_on_average"] / found["raid_cpu_s"]
    peer = peer_looks_per_s(compile_bodies(raid_of(THREATS), Streams(1)), plan_of())
    return found | {
        "raid_looks_per_cpu_s": looks,
        "peer_looks_per_cpu_s": peer,
        "looks_to_peer": looks / peer,
    }


def main() -> int:
    """Print the measurements as a table, or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--hold", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    found = hold() if chosen.hold else measure(chosen.repeats)
    if chosen.json or chosen.hold:
        print(json.dumps(found, indent=2))
        return 0
    table = Table("what", "value", title="The world, CPU time; see docs/concepts/benchmarks.md")
    for key, value in found.items():
        table.add_row(key, f"{value:,.3f}" if isinstance(value, float) else str(value))
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
