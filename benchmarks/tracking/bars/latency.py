"""Bar 10: the latency of a scan of 1,000 targets, and the first output of a warm start."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
from benchmarks.tracking.rows import Row
from benchmarks.tracking.scenes import standard
from tdome.command.tracking.engine import Engine, Settings

SEED, SETTLED, LIMIT_S = 701, 5, 2.0
START = """
import resource, sys
from pathlib import Path
from benchmarks.tracking import ours
from benchmarks.tracking.scenes.scene import read
from tdome.command.tracking.engine import Settings
scene = read(Path(sys.argv[1]))
assert len(ours.run(scene, Settings.imm()))
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime)
"""


def rows() -> Iterator[Row]:
    """Yield latencies and the CPU seconds of a warm start."""
    scene = standard.make(1000, SEED)
    for name, settings in (("GNN-EKF", Settings.gnn_ekf()), ("IMM", Settings.imm())):
        recording, sites = scene.recording(), scene.sites()
        seconds: list[float] = []
        for _ in range(5):
            engine = Engine(sites, settings)
            for k in range(len(scene.t)):
                part = recording.part(k, k + 1)
                began = process_time()
                engine.fold(part)
                if k >= SETTLED:
                    seconds.append(process_time() - began)
        middle, late = np.percentile(seconds, [50, 99]) * 1e3
        plots = scene.plots / len(scene.t)
        what = f"a scan of 1,000 targets, {plots:,.0f} plots, {name}"
        yield Row(10, what, "p99 reported", f"p50 {middle:.2f} ms, p99 {late:.2f} ms", None)
    with TemporaryDirectory() as place:
        file = Path(place) / "scene.npz"
        standard.make(100, SEED).save(file)
        taken = [_start(file) for _ in range(5)]
    middle = float(np.median(taken))
    yield Row(
        10,
        "first tracks of a warm start: a fresh process, std_100",
        "< 2 s",
        f"{middle:.2f} CPU s",
        middle < LIMIT_S,
    )


def _start(file: Path) -> float:
    """Return the CPU seconds of a whole process from its start to tracks."""
    command = [sys.executable, "-c", START, str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return float(done.stdout)
