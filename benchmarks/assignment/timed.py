"""Real-time assignment over launch windows: time, share of the certified maximum, re-plans, fuzz.

    python -m benchmarks.assignment.timed [--seeds 20] [--fuzz 100000] [--rolls 3]

CPU seconds of one thread, kernels compiled before. Seeds from 100 on: settings were chosen on
seeds 0 to 9. The certified maximum is an upper bound (`tdome.run.assignment.timed.bound`), made
offline: the true share is at least what is told here.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator

import msgspec
import numpy as np
from benchmarks.assignment.rolling import POLICIES, rolled

from tdome.command.assignment.timed.check import violations
from tdome.command.assignment.timed.planner import FIRST_PLAN, Desk, Effort, carry, plan
from tdome.command.assignment.timed.problem import Problem, saved
from tdome.run.assignment.timed.bound import upper_bound
from tdome.run.assignment.timed.coordination import expected_kills, simulated_kills
from tdome.run.assignment.timed.fuzz import small
from tdome.run.assignment.timed.raids import raid

FIRST_SEED = 100
BAR = 0.99  # share of the certified maximum
EFFORTS = (Effort(24, 0), Effort(24, 100), Effort(24, 200), Effort(24, 300), Effort(24, 2000))
WARM = Effort(2, 20)
EVENTS = ("threat lost", "threat new", "unit down", "round gone")
Row = dict[str, object]
DESK = Desk()


def clocked(action: Callable[[], object], times: int = 5) -> float:
    """Return the median CPU time of an action, in ms."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        action()
        taken.append(time.process_time() - began)
    return 1e3 * float(np.median(taken))


def shares(seeds: int) -> Iterator[Row]:
    """Share of the certified maximum and time, for each effort, over seeds."""
    found: dict[Effort, list[tuple[float, float]]] = {}
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        problem = raid(500, 60, seed)
        best = upper_bound(problem, plan(problem).guide).bound
        for effort in (FIRST_PLAN, *EFFORTS):
            made = plan(problem, effort)
            assert violations(problem, made) == []
            share = saved(problem, made.threat, made.pair) / best
            spent = clocked(lambda p=problem, e=effort: plan(p, e, desk=DESK))  # type: ignore[misc]
            found.setdefault(effort, []).append((share, spent))
        sys.stderr.write(f"seed {seed}: {[round(f[-1][0], 4) for f in found.values()]}\n")
    for effort, rows in found.items():
        share, spent = np.array(rows).T
        yield {
            "what": f"500 x 60, passes {effort.passes}, steps {effort.steps}",
            "share_mean": share.mean(), "share_least": share.min(),
            "seeds_at_99": int((share >= BAR).sum()), "seeds": seeds,
            "cpu_ms_median": np.median(spent), "cpu_ms_most": spent.max(),
        }  # fmt: skip


def large() -> Row:
    """First plan at 2,000 x 120."""
    spent = []
    for seed in range(FIRST_SEED, FIRST_SEED + 3):
        problem = raid(2000, 120, seed)
        spent.append(clocked(lambda p=problem: plan(p, FIRST_PLAN, desk=DESK)))  # type: ignore[misc]
    return {"what": "2,000 x 120, first plan", "cpu_ms_median": float(np.median(spent))}


def after(problem: Problem, event: str, chance: np.random.Generator) -> tuple[Problem, Problem]:
    """Return the problem before and after an event."""
    j, b = int(chance.integers(len(problem.value))), int(chance.integers(len(problem.units)))
    value, units = problem.value.copy(), problem.units.copy()
    if event.startswith("threat"):
        value[j] = 0.0
        without = msgspec.structs.replace(problem, value=value)
        return (problem, without) if event == "threat lost" else (without, problem)
    units[b, 0] = 0 if event == "unit down" else max(units[b, 0] - 1, 0)
    return problem, msgspec.structs.replace(problem, units=units)


def replans(seeds: int, events: int = 40) -> Row:
    """Warm re-plan after one event: time, and worth against a plan made anew with full effort."""
    spent, share = [], []
    tried = raid(60, 9, 1)
    first = plan(tried)
    plan(tried, WARM, last=carry(tried, first.threat, first.unit, first.slot)[1], desk=DESK)
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        chance = np.random.default_rng(seed)
        problem = raid(500, 60, seed)
        for i in range(events):
            one, two = after(problem, EVENTS[i % len(EVENTS)], chance)
            last = plan(one)
            began = time.process_time()
            known, shots = carry(two, last.threat, last.unit, last.slot)
            made = plan(known, WARM, last=shots, guide=last.guide, desk=DESK)
            spent.append(1e3 * (time.process_time() - began))
            share.append(made.worth / plan(two).worth)
    return {
        "what": "500 x 60, warm after one event", "events": len(spent),
        "cpu_ms_median": np.median(spent), "cpu_ms_p99": np.quantile(spent, 0.99),
        "worth_to_anew_mean": np.mean(share), "worth_to_anew_least": np.min(share),
    }  # fmt: skip


def fuzzed(cases: int) -> Row:
    """Violations in random problems with every feature: first plans, better ones, warm ones."""
    broken, worse, shots = 0, 0, 0
    for seed in range(cases):
        problem = small(np.random.default_rng(1_000_000 + seed))
        first, better = plan(problem, FIRST_PLAN), plan(problem, Effort(4, 12))
        last = np.column_stack([better.threat, better.pair, better.slot])
        warm = plan(problem, Effort(2, 4), last=last, guide=better.guide)
        for made in (better, warm) if seed % 4 else (first, better, warm):
            broken += bool(violations(problem, made))
            worse += made.worth < first.worth - 1e-9
            shots += len(made.slot)
    return {
        "what": "fuzz", "cases": cases, "shots": shots, "plans_broken": broken,
        "worse_than_greedy": worse,
    }  # fmt: skip


def coordination() -> Row:
    """10 equal shooters on 10 equal targets at 0.7."""
    return {
        "what": "10 on 10 at 0.7", "closed_form": expected_kills(10, 10, 0.7),
        "simulated": simulated_kills(),
    }  # fmt: skip


def main() -> None:
    """Print a line for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--fuzz", type=int, default=100_000)
    parser.add_argument("--rolls", type=int, default=3, help="seeds of running raids")
    parser.add_argument("--replans", type=int, default=5, help="seeds of re-plans")
    given = parser.parse_args()

    def rows() -> Iterator[Row]:
        yield coordination()
        if given.seeds:
            yield from shares(given.seeds)
            yield large()
        if given.replans:
            yield replans(given.replans)
        for seed in range(FIRST_SEED, FIRST_SEED + given.rolls):
            for policy in POLICIES:
                yield rolled(seed, policy)
        if given.fuzz:
            yield fuzzed(given.fuzz)

    for row in rows():
        rounded = {
            k: (round(float(v), 5) if isinstance(v, float | np.floating) else v)
            for k, v in row.items()
        }
        print(json.dumps(rounded), flush=True)


if __name__ == "__main__":
    main()
