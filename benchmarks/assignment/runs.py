"""Two assigners in whole runs of shipped scenarios: kills, leakers, value, rounds, seconds.

    python -m benchmarks.assignment.runs [SCENARIO ...] [--seeds 3] [--assigners greedy-v1 price-v1]

The same seed is the same weather and luck for both (common random numbers), so the difference in a
row is the assigner's. ``cpu_s`` is the whole run's, not the assigner's alone.
"""

import argparse
import json
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import tomli_w

from tdome.run.api import run
from tdome.run.library import find_inputs

SCENARIOS = (
    "short-range-rockets", "drone-swarm", "heavy-rocket-salvo", "mixed-raid-2024",
    "jammed-approach", "radar-loss", "taiwan-layered",
)  # fmt: skip
ASSIGNERS = ("greedy-v1", "price-v1")
TOTALS = (
    "engaged", "killed", "leaked", "value", "value_protected", "rounds_fired", "cost_usd",
)  # fmt: skip


def plan_with(scenario: str, assigner: str, folder: Path) -> Path:
    """Write a scenario's plan with another assigner; return where."""
    words = tomllib.loads(find_inputs(scenario, None).plan_text)
    words.setdefault("stages", {})["assignment"] = assigner
    path = folder / f"{scenario}-{assigner}.toml"
    path.write_text(tomli_w.dumps(words))
    return path


def measured(scenario: str, seed: int, assigner: str) -> dict[str, object]:
    """Run once."""
    with tempfile.TemporaryDirectory() as folder:
        plan = plan_with(scenario, assigner, Path(folder))
        began = time.process_time()
        done = run(scenario, seed=seed, plan=plan)
        seconds = time.process_time() - began
    totals = done.outcome.totals
    row: dict[str, object] = {"scenario": scenario, "seed": seed, "assigner": assigner}
    row |= {name: totals[name] for name in TOTALS}
    return row | {"cpu_s": round(seconds, 2)}


def main() -> None:
    """Print one line of JSON a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=SCENARIOS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--assigners", nargs="+", default=ASSIGNERS)
    given = parser.parse_args()
    for scenario in given.scenarios:
        for seed in range(1, given.seeds + 1):
            for assigner in given.assigners:
                sys.stdout.write(json.dumps(measured(scenario, seed, assigner)) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
