"""CPU seconds of a replicate: plain peer, stepwise system and screening, in one run.

    python -m benchmarks.engine [--threats 50 300] [--peer 2] [--stepwise 1]

The raid is heavy-rocket-salvo with its salvos made smaller or larger. Figures are CPU seconds of
this process, the peer's mean leakers stand beside the screening's. The peer is measured twice: it
solves each threat once (peer), or at every decision anew, as a system does that knows only
estimates (peer_anew). score_over_loop, batch_over_loop: the plan's doctrine written as a policy, in
its two forms, over the compiled loop, 64 replicates.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from time import process_time

import msgspec
import numpy as np
from benchmarks.engine.peer import Peer
from benchmarks.engine.policies import policies_over_loop

from tdome.run.api import simulate
from tdome.run.library import Inputs, find_inputs
from tdome.run.screening.screen import compile_screen

SALVOS, COUNT = 5, "count = 36"


def raid_of(threats: int) -> Inputs:
    """Return heavy-rocket-salvo with so many rockets in all."""
    inputs = find_inputs("heavy-rocket-salvo")
    text = inputs.scenario_text.replace(COUNT, f"count = {threats // SALVOS}")
    return msgspec.structs.replace(inputs, scenario_text=text)


def measure(threats: int, peers: int, stepwise: int, screens: int = 2000) -> dict[str, float]:
    """Measure one size."""
    inputs = raid_of(threats)
    screen = compile_screen(inputs)
    screen.replicates([0])  # what is compiled is compiled now
    begin = process_time()
    screen = compile_screen(inputs)
    out = {"threats": float(threats), "tables_s": process_time() - begin}
    begin = process_time()
    quick = screen.replicates(range(screens))
    out["screening_s"] = (process_time() - begin) / screens
    out["state_kb"] = screen.state_bytes / 1e3
    out["screening_leaked"] = float(quick["leaked"].mean())
    out |= policies_over_loop(screen)
    for name, remember in (("peer", True), ("peer_anew", False)) if peers else ():
        peer = Peer(screen.tables, remember=remember)
        begin = process_time()
        rows = [peer.replicate(seed) for seed in range(peers)]
        out[f"{name}_s"] = (process_time() - begin) / peers
        out[f"{name}_leaked"] = float(np.mean([row["leaked"] for row in rows]))
        out[f"{name}_over_screening"] = out[f"{name}_s"] / out["screening_s"]
    if stepwise:
        folder = Path(tempfile.mkdtemp())
        simulate(inputs, folder / "first", seed=0)  # compiles
        begin = process_time()
        for seed in range(1, stepwise + 1):
            simulate(inputs, folder / str(seed), seed=seed)
        out["stepwise_s"] = (process_time() - begin) / stepwise
        out["stepwise_over_screening"] = out["stepwise_s"] / out["screening_s"]
        shutil.rmtree(folder)
    return out


def main() -> None:
    """Print one JSON object per size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threats", type=int, nargs="+", default=[50, 300])
    parser.add_argument("--peer", type=int, default=2)
    parser.add_argument("--stepwise", type=int, default=1)
    asked = parser.parse_args()
    for threats in asked.threats:
        sys.stdout.write(json.dumps(measure(threats, asked.peer, asked.stepwise)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
