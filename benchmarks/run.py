"""`make bench`: CPU seconds of what users run, and a peer in the same process to compare with.

    python benchmarks/run.py [--scenario NAME] [--repeats N] [--json]

Measures process CPU time (machines are shared and noisy), medians of several repeats, kernels
compiled before. The run is the whole run: world, links, chain, journal, ledger, score. The peer is
a tracker as one would first write it, NumPy on one track and one plot at a time (predict, gate by
Mahalanobis distance, nearest neighbour, update), on the same tracks and plots of the busiest part
of the run; it confirms, deletes and initiates nothing, so it does less than ours.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from tdome.command.assignment.greedy import GreedyAssigner
from tdome.command.chain import Chain, Picture, chain_for
from tdome.command.tracking.imm import ImmTracker
from tdome.earth.wgs84 import enu_to_ecef, polar_to_enu
from tdome.gateways.replay import TapeDoor
from tdome.messages.base import Floats, Message
from tdome.messages.sensing import Plots
from tdome.messages.tracks import unpack_covariance
from tdome.run.api import simulate
from tdome.run.library import find_inputs
from tdome.run.record import Run, read_inputs
from tdome.world.sensors.radars import Radars

SLICE_STEPS = 10


def whole_runs(scenario: str, repeats: int, folder: Path) -> tuple[Run, list[float]]:
    """Run a scenario several times; return the last run and the CPU seconds of each."""
    inputs = find_inputs(scenario)
    simulate(inputs, folder / "warm-up", seed=1)
    seconds = []
    for repeat in range(repeats):
        began = process_time()
        run = simulate(inputs, folder / str(repeat), seed=1)
        seconds.append(process_time() - began)
    return run, seconds


class Slice(NamedTuple):
    """The busiest part of a run: the picture before it, and the plots of each of its steps."""

    picture: Picture
    inboxes: list[tuple[int, list[Plots]]]


def steps_of_the_chain(run: Run, chain: Chain) -> tuple[list[float], int, Slice]:
    """Replay the decision side alone: CPU seconds of each step, plots in all, busiest slice."""
    tape = list(TapeDoor(run.folder / "journal.mcap", chain.plan).messages())
    plots = sum(len(message) for message in tape if isinstance(message, Plots))
    period, start = round(chain.plan.clock.decide_s * 1e9), run.manifest.start
    picture, place, seconds = chain.open(start), 0, []
    history: list[tuple[Picture, int, list[Plots]]] = []
    for step in range(run.manifest.steps):
        now = start + step * period
        inbox: list[Message] = []
        while place < len(tape) and tape[place].header.received_at <= now:
            inbox.append(tape[place])
            place += 1
        history.append((picture, now, [m for m in inbox if isinstance(m, Plots)]))
        began = process_time()
        picture, _ = chain.step(picture, inbox, now)
        seconds.append(process_time() - began)
    tracks = [len(before.tracks) if before.tracks else 0 for before, _, _ in history]
    first = min(int(np.argmax(tracks)), max(len(history) - SLICE_STEPS, 0))
    part = history[first : first + SLICE_STEPS]
    return seconds, plots, Slice(part[0][0], [(now, inbox) for _, now, inbox in part])


def tracker_seconds(chain: Chain, part: Slice) -> float:
    """Return the CPU seconds that our tracker takes for the slice."""
    state = part.picture.tracking
    began = process_time()
    for now, inbox in part.inboxes:
        state, _, _ = chain.tracker.update(state, inbox, now)
    return process_time() - began


def peer_seconds(chain: Chain, part: Slice) -> float:
    """Return the CPU seconds that the peer takes for the same plots and tracks."""
    sensors, tracks = chain.plan.sensors, part.picture.tracks
    if tracks is None:
        return float("nan")
    full = unpack_covariance(tracks.covariance)
    known = [[tracks.state[i].copy(), full[i], part.picture.now] for i in range(len(tracks))]
    look = np.hstack([np.eye(3), np.zeros((3, 3))])
    began = process_time()
    for _, inbox in part.inboxes:
        for scan in inbox:
            row = sensors.names.index(scan.sensor)
            polar = np.stack([scan.range_m, scan.azimuth_rad, scan.elevation_rad], axis=1)
            places = enu_to_ecef(polar_to_enu(polar), sensors.ecef[row], sensors.axes[row])
            across = scan.range_m[:, None] * np.array([0.0, *sensors.sigma[row, 1:]])
            spread = across.max(axis=1) ** 2 + sensors.sigma[row, 0] ** 2
            for track in known:
                _coast(track, scan.header.valid_at)
            for plot in range(len(scan)):
                _feed_nearest(known, places[plot], spread[plot] * np.eye(3), look)
    return process_time() - began


def _coast(track: list[Any], at: int) -> None:
    span = (at - track[2]) / 1e9
    move = np.eye(6)
    move[:3, 3:] = span * np.eye(3)
    noise = np.diag([1.0, 1.0, 1.0, 4.0, 4.0, 4.0]) * abs(span)
    track[:] = [move @ track[0], move @ track[1] @ move.T + noise, at]


def _feed_nearest(known: list[list[Any]], place: Floats, error: Floats, look: Floats) -> None:
    best, chosen = 16.0, None
    for track in known:
        miss = place - track[0][:3]
        distance = miss @ np.linalg.solve(look @ track[1] @ look.T + error, miss)
        if distance < best:
            best, chosen = distance, track
    if chosen is not None:
        gain = chosen[1] @ look.T @ np.linalg.inv(look @ chosen[1] @ look.T + error)
        chosen[0] = chosen[0] + gain @ (place - chosen[0][:3])
        chosen[1] = (np.eye(6) - gain @ look) @ chosen[1]


@contextmanager
def timed(owner: type, name: str) -> Iterator[list[float]]:
    """Collect the CPU seconds of every call of a method."""
    method = getattr(owner, name)
    seconds: list[float] = []

    def call(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - of any method
        began = process_time()
        result = method(*args, **named)
        seconds.append(process_time() - began)
        return result

    setattr(owner, name, call)
    try:
        yield seconds
    finally:
        setattr(owner, name, method)


def hot_paths(scenario: str, folder: Path) -> dict[str, float | str]:
    """Run once more with a watch on the three hot paths: look, track, assign (CPU microseconds)."""
    with (
        timed(Radars, "look") as look,
        timed(ImmTracker, "update") as track,
        timed(GreedyAssigner, "assign") as assign,
    ):
        run = simulate(find_inputs(scenario), folder / "watched", seed=1)
    return {
        "look_us_per_scan": 1e6 * statistics.median(look),
        "track_us_per_scan": 1e6 * sum(track) / max(run.manifest.messages.get("Plots", 0), 1),
        "assign_us_per_step": 1e6 * statistics.median(assign),
    }


def measure(scenario: str, repeats: int) -> dict[str, float | str]:
    """Measure one scenario."""
    with tempfile.TemporaryDirectory(prefix="tdome-bench-") as scratch:
        run, whole = whole_runs(scenario, repeats, Path(scratch))
        chain = chain_for(read_inputs(run.folder).plan())
        steps, plots, part = steps_of_the_chain(run, chain)
        paths = hot_paths(scenario, Path(scratch))
    ours = statistics.median(tracker_seconds(chain, part) for _ in range(repeats))
    theirs = peer_seconds(chain, part)
    fed = sum(len(scan) for _, inbox in part.inboxes for scan in inbox)
    return {
        "scenario": scenario,
        "repeats": repeats,
        "run_cpu_s": statistics.median(whole),
        "run_cpu_s_spread": max(whole) - min(whole),
        "times_real_time": run.manifest.simulated_s / statistics.median(whole),
        "steps": run.manifest.steps,
        "steps_per_cpu_s": run.manifest.steps / statistics.median(whole),
        "step_p50_ms": 1e3 * float(np.percentile(steps, 50)),
        "step_p99_ms": 1e3 * float(np.percentile(steps, 99)),
        "plots": plots,
        "plots_per_cpu_s": plots / statistics.median(whole),
        "slice_tracks": len(part.picture.tracks or ()),
        "slice_plots": fed,
        "tracker_plots_per_cpu_s": fed / ours,
        "peer_plots_per_cpu_s": fed / theirs,
        "tracker_to_peer": theirs / ours,
        **paths,
    }


def main() -> int:
    """Print the measurements as a table, or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenario", default="taiwan-layered")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measure(chosen.scenario, chosen.repeats)
    if chosen.json:
        print(json.dumps(found, indent=2))
        return 0
    table = Table("what", "value", title="CPU time, medians; see docs/concepts/benchmarks.md")
    for key, value in found.items():
        table.add_row(key, f"{value:,.3f}" if isinstance(value, float) else str(value))
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
