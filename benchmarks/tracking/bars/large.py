"""Bar 4: ten asynchronous radars on 10,000 and on 100,000 targets.

The last rows are wall times by one and two threads, in turn with one another: the goal for 100,000
is for two cores. They mean something only on a machine with two cores to spare.
"""

import hashlib
import os
from collections.abc import Iterator

import msgspec
import numpy as np
from benchmarks.tracking import judge, ours
from benchmarks.tracking.rows import Row
from benchmarks.tracking.scenes import big
from benchmarks.tracking.scenes.scene import Scene

from tdome.command.tracking.engine import Settings
from tdome.messages.recording import TrackHistory

SEED, SETTLE_S = 601, 40.0
FALSE, DUPLICATE, MISSED = 0.01, 0.001, 0.01
FAST, FAST_LARGE = 30.0, 5.0
WALL_REPEATS, TOLD_EVERY_S = 3, 4.0


def rows() -> Iterator[Row]:
    """Yield the rows of bar 4."""
    scene = big.make(10_000, SEED)
    seconds, tracks = ours.timed(scene, Settings.imm(), repeats=5)
    yield _speed(scene, seconds, FAST)
    registered = ours.timed_registered(scene, Settings.imm(), repeats=5)
    yield _speed(scene, registered, FAST, ", registered, as `tdome track` runs it")
    found = judge.census(scene, tracks, SETTLE_S)
    yield _share(
        "false tracks", found.false, FALSE, f"of which coasting on ended {found.ended:.2%}"
    )
    yield _share("duplicates", found.duplicates, DUPLICATE, "")
    note = f"median error {found.median_m:.0f} m, {found.due:,.0f} targets due"
    yield _share("missed", found.missed, MISSED, note)
    scene = big.make(100_000, SEED, seconds=60.0, false_plots=1000.0)
    seconds, tracks = ours.timed(scene, Settings.imm(), repeats=1)
    yield _speed(scene, seconds, None)
    found = judge.census(scene, tracks, SETTLE_S)
    told = f"false {found.false:.2%}, duplicates {found.duplicates:.2%}, missed {found.missed:.2%}"
    yield Row(4, "quality, 100,000 x 10", "", told, None, "no goal")
    del tracks
    yield from _by_two(scene)


def _speed(scene: Scene, seconds: float, goal: float | None, how: str = "") -> Row:
    lasts, targets = float(scene.t[-1] - scene.t[0]), scene.truth.shape[1]
    ratio = lasts / seconds
    note = f"{scene.plots:,} plots, {scene.plots / seconds / 1e6:.3f} M/s, one core"
    what = f"{targets:,} targets x 10 radars{how}"
    words = f">= {goal:.0f} x real time" if goal else ""
    return Row(4, what, words, f"{ratio:.1f} x", ratio >= goal if goal else None, note)


def _by_two(scene: Scene) -> Iterator[Row]:
    """Yield wall times by one and two threads, told after each scan and every few seconds."""
    lasts = float(scene.t[-1] - scene.t[0])
    for every, words in ((0.0, "told after each scan"), (TOLD_EVERY_S, "told every 4 s")):
        settings = msgspec.structs.replace(Settings.imm(), tell_every=every)
        walls: dict[int, float] = {}
        used: dict[int, float] = {}
        marks: dict[int, str] = {}
        for workers in (1, 2):
            walls[workers], used[workers], tracks = ours.by_wall(
                scene, settings, workers, WALL_REPEATS
            )
            marks[workers] = _mark(tracks)
            del tracks
        ratio = lasts / walls[2]
        same = "the same bits" if marks[1] == marks[2] else "OTHER BITS"
        note = (
            f"wall, {used[2]:.1f} CPU s; one thread {lasts / walls[1]:.1f} x, {used[1]:.1f} CPU s; "
            f"{same}; load {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores"
        )
        bar = every == 0.0
        yield Row(
            4,
            f"100,000 targets x 10 radars, two threads on two cores, {words}",
            f">= {FAST_LARGE:.0f} x real time" if bar else "",
            f"{ratio:.1f} x",
            ratio >= FAST_LARGE and marks[1] == marks[2] if bar else None,
            note,
        )


def _mark(tracks: TrackHistory) -> str:
    """Return a hash of all columns of a history."""
    digest = hashlib.blake2b(digest_size=16)
    for name in tracks.__struct_fields__:
        column = getattr(tracks, name)
        if column is not None:
            digest.update(np.ascontiguousarray(column).data)
    return digest.hexdigest()


def _share(what: str, share: float, goal: float, note: str) -> Row:
    return Row(4, f"{what}, 10,000 x 10", f"< {goal:.1%}", f"{share:.3%}", share < goal, note)
