"""Assigners or doctrines in whole runs of shipped scenarios: kills, leakers, value, rounds, time.

    python -m benchmarks.assignment.runs [SCENARIO ...] [--seeds 3] [--assigners greedy-v1 price-v1]
        [--doctrines shoot-look-shoot rollout]

Without ``--doctrines`` the scenario's own. The same seed is the same weather and luck for all
(common random numbers), so the difference between rows is the assigner's or the doctrine's.
``cpu_s`` is the whole run's, not the assigner's alone.
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


def plan_with(scenario: str, assigner: str, doctrine: str | None, folder: Path) -> Path:
    """Write a scenario's plan with another assigner and doctrine; return where."""
    words = tomllib.loads(find_inputs(scenario, None).plan_text)
    words.setdefault("stages", {})["assignment"] = assigner
    if doctrine:
        words.setdefault("doctrine", {})["firing"] = doctrine
    path = folder / f"{scenario}-{assigner}.toml"
    path.write_text(tomli_w.dumps(words))
    return path


def measured(
    scenario: str, seed: int, assigner: str, doctrine: str | None = None
) -> dict[str, object]:
    """Run once."""
    with tempfile.TemporaryDirectory() as folder:
        plan = plan_with(scenario, assigner, doctrine, Path(folder))
        began = time.process_time()
        done = run(scenario, seed=seed, plan=plan)
        seconds = time.process_time() - began
    totals = done.outcome.totals
    row: dict[str, object] = {"scenario": scenario, "seed": seed, "assigner": assigner}
    row |= {"doctrine": doctrine} if doctrine else {}
    row |= {name: totals[name] for name in TOTALS}
    return row | {"cpu_s": round(seconds, 2)}


def main() -> None:
    """Print one line of JSON a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=SCENARIOS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--assigners", nargs="+", default=ASSIGNERS)
    parser.add_argument("--doctrines", nargs="+", default=(None,))
    given = parser.parse_args()
    for scenario in given.scenarios:
        for seed in range(1, given.seeds + 1):
            for assigner in given.assigners:
                for doctrine in given.doctrines:
                    row = measured(scenario, seed, assigner, doctrine)
                    sys.stdout.write(json.dumps(row) + "\n")
                    sys.stdout.flush()


if __name__ == "__main__":
    main()
