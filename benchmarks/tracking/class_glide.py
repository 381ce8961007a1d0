"""Glide vehicles and quasi-ballistic missiles: who is taken for what, by phase; impact ellipses.

    python benchmarks/tracking/class_glide.py [--seed N] [--flights N] [--fresh]

Flights of class_flights.py, held out; every track judged by itself with equal priors among the 16
classes of the catalogue. ``--fresh`` renumbers each track when a phase begins, as if it had broken:
no history helps. Impacts: share of true impact points inside the 90 % ellipse of weaving missiles,
by seconds to go, with the widening of weaving.py and without.
"""

import argparse
import time
from collections.abc import Iterator

import class_flights as cf
import classes as bench
import msgspec
import numpy as np
from class_truth import Flights
from numpy.typing import NDArray

from tdome.command.threat import weaving
from tdome.command.threat.belief import recursion
from tdome.command.threat.kinematic import KinematicEvaluator
from tdome.command.threat.memory import Memory
from tdome.earth.wgs84 import ecef_to_geodetic, geodetic_to_ecef
from tdome.messages.codes import Family
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.plan.plan import Plan

Floats = NDArray[np.float64]
KINDS = ("glide-vehicle", "aeroballistic", "srbm", "heavy-rocket", "mrbm", "cruise",
         "supersonic-cruise")  # fmt: skip
CALLED = ("glide", "quasi", "ballistic", "powered", "none")
STEEP = np.radians(5.0)  # path angle beyond which a glide vehicle boosts or dives
LOOK = 3  # looks in a phase before it is counted
TO_GO = ((40.0, 80.0), (20.0, 40.0), (10.0, 20.0), (4.0, 10.0))  # s
ELLIPSE = 4.605  # of 90 %, squared, of two dimensions


def phases(flights: Flights, plan: Plan) -> NDArray[np.int64]:
    """0 while it climbs under thrust, 1 between, 2 in the dive or where it may weave; (N, T)."""
    state = flights.state
    height = ecef_to_geodetic(state[..., :3].reshape(-1, 3))[2].reshape(state.shape[:2])
    up = state[..., :3] / np.linalg.norm(state[..., :3], axis=-1, keepdims=True)
    speed = np.maximum(np.linalg.norm(state[..., 3:], axis=-1), 1.0)
    angle = np.arcsin(np.clip((state[..., 3:] * up).sum(-1) / speed, -1.0, 1.0))
    row = plan.threats.names.index(flights.name)
    if plan.threats.family[row] == Family.GLIDE:
        return np.where(angle > STEEP, 0, np.where(angle < -STEEP, 2, 1))
    if plan.threats.family[row] == Family.BALLISTIC:
        return np.where(angle > 0.0, 0, np.where(height > 35e3, 1, 2))  # noqa: PLR2004
    return np.ones(height.shape, np.int64)


def groups(plan: Plan) -> NDArray[np.int64]:
    """Which of CALLED each class of the plan is, and none, (C + 1,)."""
    family, weaves = plan.threats.family, plan.threats.manoeuvre > 0.0
    out = np.where(family == Family.GLIDE, 0, np.where(family == Family.BALLISTIC, 2, 3))
    return np.append(np.where(weaves & (family == Family.BALLISTIC), 1, out), 4)


def judged(
    plan: Plan, flights: Flights, rng: np.random.Generator, fresh: NDArray[np.int64] | None = None
) -> Iterator[tuple[int, SystemTracks, KinematicEvaluator, Memory, Threats]]:
    """Yield look, tracks, evaluator, memory and threats; ``fresh`` (N, T) renumbers by value."""
    evaluator = KinematicEvaluator(plan)
    memory = evaluator.start()
    for k, tracks in enumerate(cf.pictures(rng, flights, cf.HELD_OUT)):
        if fresh is not None and k:
            new = fresh[:, k] != fresh[:, k - 1]
            memory = msgspec.structs.replace(
                memory,
                mean=np.where(new[:, None, None], 0.0, memory.mean),
                span=np.where(new[:, None], 0.0, memory.span),
                pulled_at=np.where(new, -1, memory.pulled_at),
                updated_at=np.where(new, -1, memory.updated_at),
            )
        memory, threats = evaluator.evaluate(memory, tracks, tracks.header.valid_at)
        yield k, tracks, evaluator, memory, threats


def confusion(plan: Plan, n: int, seed: int, *, fresh: bool) -> None:
    """Print what flights of each kind are called in each phase."""
    rng, of = np.random.default_rng(seed), groups(plan)
    print("\nclass, phase                  looks ", *(f"{name:>10}" for name in CALLED), "  right")
    for name in KINDS:
        row = plan.threats.names.index(name)
        flights = cf.of_class(rng, plan, row, n, cf.HELD_OUT)
        phase = phases(flights, plan)
        table, right = np.zeros((3, len(CALLED))), np.zeros(3)
        age = np.zeros(len(phase), np.int64)
        for k, tracks, evaluator, memory, _ in judged(plan, flights, rng, phase if fresh else None):
            age = age + 1 if k == 0 else np.where(phase[:, k] == phase[:, k - 1], age + 1, 1)
            pmf = recursion.message_pmf(evaluator._believe(memory, tracks), evaluator.model)
            counts = flights.alive[:, k] & (age >= LOOK)
            np.add.at(table, (phase[counts, k], of[pmf[counts].argmax(axis=1)]), 1.0)
            np.add.at(right, phase[counts, k], pmf[counts].argmax(axis=1) == row)
        for p, said in enumerate(("climb", "between", "dive")):
            total = table[p].sum()
            if total:
                cells = (f"{share:10.3f}" for share in table[p] / total)
                print(f"{name:18} {said:10} {total:6.0f} ", *cells, f"{right[p] / total:7.3f}")


def covered(plan: Plan, n: int, seed: int, *, widened: bool) -> None:
    """Print how many impacts of weaving missiles lie inside the 90 % ellipse."""
    usual = weaving.widening
    if not widened:
        weaving.widening = lambda share, *_: np.zeros(len(share))
    for name in ("aeroballistic", "srbm"):
        rng = np.random.default_rng(seed)
        row = plan.threats.names.index(name)
        flights = cf.of_class(rng, plan, row, n, cf.HELD_OUT)
        last = flights.alive.sum(axis=1) - 1
        ends = last < flights.state.shape[1] - 1
        final = flights.state[np.arange(n), np.maximum(last, 0)]
        up = final[:, :3] / np.linalg.norm(final[:, :3], axis=1, keepdims=True)
        sink = np.maximum(-(final[:, 3:] * up).sum(axis=1), 1.0)
        left = ecef_to_geodetic(final[:, :3])[2] / sink
        point = final[:, :3] + left[:, None] * final[:, 3:]
        found: list[list[float]] = []
        for k, _, _, _, threats in judged(plan, flights, rng):
            go = (last - k) * cf.HELD_OUT.step_s + left
            rows = np.flatnonzero(ends & flights.alive[:, k] & np.isfinite(threats.impact_lat))
            found.extend(_offs(threats, point, go, rows))
        table = np.array(found)
        for low, high in TO_GO:
            mine = table[(table[:, 0] >= low) & (table[:, 0] < high)]
            print(
                f"{name:14} {low:3.0f}-{high:3.0f} s to go: {len(mine):5} looks, in the 90 % "
                f"ellipse {(mine[:, 2] <= ELLIPSE).mean():.2f}, median error "
                f"{np.median(mine[:, 1]) / 1e3:.1f} km, median sigma "
                f"{np.median(mine[:, 3]) / 1e3:.1f} km" + ("" if widened else "  (not widened)")
            )
    weaving.widening = usual


def _offs(
    threats: Threats, point: Floats, go: Floats, rows: NDArray[np.int64]
) -> Iterator[list[float]]:
    """Seconds to go, error (m), its squared ratio to the ellipse, sigma (m), for each row."""
    for i in rows:
        lat, lon = float(threats.impact_lat[i]), float(threats.impact_lon[i])
        off = point[i] - geodetic_to_ecef(np.array([lat]), np.array([lon]), 0.0)[0]
        east = np.array([-np.sin(lon), np.cos(lon), 0.0]) @ off
        north = (
            np.array([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)]) @ off
        )
        ee, en, nn = threats.impact_covariance[i].astype(float)
        squared = (nn * east**2 - 2.0 * en * east * north + ee * north**2) / (ee * nn - en * en)
        yield [go[i], float(np.hypot(east, north)), squared, float(np.sqrt(0.5 * (ee + nn)))]


def main() -> None:
    """Run what is asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--flights", type=int, default=400, help="of each class")
    parser.add_argument("--fresh", action="store_true", help="no history from earlier phases")
    asked = parser.parse_args()
    began, plan = time.process_time(), bench.bench_plan()
    confusion(plan, asked.flights, asked.seed, fresh=asked.fresh)
    for widened in (True, False):
        covered(plan, asked.flights, asked.seed, widened=widened)
    print(f"\n{time.process_time() - began:.0f} CPU s")


if __name__ == "__main__":
    main()
