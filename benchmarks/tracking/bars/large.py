"""Bar 4: ten asynchronous radars on 10,000 and on 100,000 targets."""

from collections.abc import Iterator

from benchmarks.tracking import judge, ours
from benchmarks.tracking.rows import Row
from benchmarks.tracking.scenes import big
from benchmarks.tracking.scenes.scene import Scene
from tdome.command.tracking.engine import Settings

SEED, SETTLE_S = 601, 40.0
FALSE, DUPLICATE, MISSED = 0.01, 0.001, 0.01
FAST, FAST_LARGE = 30.0, 5.0


def rows() -> Iterator[Row]:
    """Yield the rows of bar 4."""
    scene = big.make(10_000, SEED)
    seconds, tracks = ours.timed(scene, Settings.imm(), repeats=5)
    yield _speed(scene, seconds, FAST)
    found = judge.census(scene, tracks, SETTLE_S)
    yield _share(
        "false tracks", found.false, FALSE, f"of which coasting on ended {found.ended:.2%}"
    )
    yield _share("duplicates", found.duplicates, DUPLICATE, "")
    note = f"median error {found.median_m:.0f} m, {found.due:,.0f} targets due"
    yield _share("missed", found.missed, MISSED, note)
    scene = big.make(100_000, SEED, seconds=60.0, false_plots=1000.0)
    seconds, tracks = ours.timed(scene, Settings.imm(), repeats=1)
    yield _speed(scene, seconds, FAST_LARGE)
    found = judge.census(scene, tracks, SETTLE_S)
    told = f"false {found.false:.2%}, duplicates {found.duplicates:.2%}, missed {found.missed:.2%}"
    yield Row(4, "quality, 100,000 x 10", "", told, None, "no goal")


def _speed(scene: Scene, seconds: float, goal: float) -> Row:
    lasts, targets = float(scene.t[-1] - scene.t[0]), scene.truth.shape[1]
    ratio = lasts / seconds
    note = f"{scene.plots:,} plots, {scene.plots / seconds / 1e6:.3f} M/s, one core"
    what = f"{targets:,} targets x 10 radars"
    return Row(4, what, f">= {goal:.0f} x real time", f"{ratio:.1f} x", ratio >= goal, note)


def _share(what: str, share: float, goal: float, note: str) -> Row:
    return Row(4, f"{what}, 10,000 x 10", f"< {goal:.1%}", f"{share:.3%}", share < goal, note)
