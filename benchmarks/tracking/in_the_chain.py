"""The chain with each tracker on the same raid: what the picture is worth, and what it costs.

``PYTHONPATH=src:. python -m benchmarks.tracking.in_the_chain drone-swarm --ids imm-v1,core-imm-v1``

"expected": the sum over all rounds of the probability of a kill that the referee drew against: what
was killed less the luck of those draws (its standard deviation is some 12 kills in 830 rounds).
"""

import argparse
import tempfile
from pathlib import Path
from time import process_time
from typing import Any

import msgspec
import numpy as np
import pyarrow.parquet as pq

from tdome.command import chain
from tdome.run.api import simulate
from tdome.run.library import find_inputs

IDS = "imm-v1,core-imm-v1,jpda-v1,lmb-v1,gnn-ekf-v1"
HEAD = (
    "scenario", "seed", "tracker", "completeness", "ambiguity", "spurious", "position rms m",
    "velocity rms m/s", "number changes/h", "killed", "expected", "leaked", "rounds", "protected",
    "at civil", "CPU s per simulated minute",
)  # fmt: skip


class Timed:
    """A tracker with a stopwatch (CPU seconds)."""

    def __init__(self, tracker: Any) -> None:  # noqa: ANN401
        self.tracker, self.cpu, self.updates = tracker, 0.0, 0
        self.start, self.unused = tracker.start, tracker.unused

    def update(self, *given: Any) -> Any:  # noqa: ANN401
        """Do what the tracker does."""
        began = process_time()
        answer = self.tracker.update(*given)
        self.cpu += process_time() - began
        return answer


def measure(scenario: str, tracker: str, seed: int) -> tuple[object, ...]:
    """Return a row of the table."""
    timed: list[Timed] = []
    build = chain.build

    def watched(room: str, plan: Any) -> Any:  # noqa: ANN401
        stage = build(room, plan)
        if room != "tracking":
            return stage
        timed.append(Timed(stage))
        return timed[-1]

    inputs = find_inputs(scenario)
    text = f'{inputs.plan_text}\n[stages]\ntracking = "{tracker}"\n'
    chain.build = watched
    try:
        with tempfile.TemporaryDirectory() as folder:
            run = simulate(msgspec.structs.replace(inputs, plan_text=text), Path(folder), seed=seed)
            shots = pq.read_table(Path(folder) / "ledger" / "shots.parquet", columns=["sspk"])
    finally:
        chain.build = build
    found, total, cpu = run.outcome.siap, run.outcome.totals, sum(one.cpu for one in timed)
    return (
        scenario, seed, tracker, f"{found['completeness']:.3f}", f"{found['ambiguity']:.4f}",
        f"{found['spuriousness']:.4f}", f"{found['position_rms_m']:.0f}",
        f"{found['velocity_rms_m_s']:.1f}", f"{found['number_changes_per_hour']:.2f}",
        total["killed"], f"{np.nansum(shots['sspk'].to_numpy()):.1f}", total["leaked"],
        total["rounds_fired"],
        f"{total['value_protected']:.0f}", run.outcome.airspace.engaged,
        f"{60.0 * cpu / run.manifest.simulated_s:.2f}",
    )  # fmt: skip


def main() -> None:
    """Print the table, row by row; run it twice: the first time kernels may be compiled."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("scenario", nargs="+")
    ask.add_argument("--ids", default=IDS)
    ask.add_argument("--seed", type=int, default=1)
    given = ask.parse_args()
    print("| " + " | ".join(HEAD) + " |")
    print("|" + "---|" * len(HEAD))
    for scenario in given.scenario:
        for tracker in given.ids.split(","):
            row = measure(scenario, tracker, given.seed)
            print("| " + " | ".join(map(str, row)) + " |", flush=True)


if __name__ == "__main__":
    main()
