"""Bar 1: the same GNN-EKF as Stone Soup without a tree, and how much faster."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.tracking import ours
from benchmarks.tracking.peer import environment
from benchmarks.tracking.quality import figures
from benchmarks.tracking.rows import Row
from benchmarks.tracking.scenes import standard
from benchmarks.tracking.scenes.scene import Scene
from benchmarks.tracking.tracks import read_peer

from tdome.command.tracking.engine import Settings
from tdome.messages.recording import TrackHistory

LIKE, SLOW_RATIO, FAST_RATIO = 0.001, 10_000, 5_000
SMALL_SCANS, LARGE_SCANS = 40, 25
SMALL_SEED, LARGE_SEED = 101, 401
OUR_REPEATS = 15  # of runs of some 20 ms
PEER_REPEATS = 1  # of runs of minutes; --quick: 3 of its shorter ones


def rows() -> Iterator[Row]:
    """Yield the rows of bar 1."""
    small = standard.make(100, SMALL_SEED).first(SMALL_SCANS)
    told, theirs = fresh_peer(small, "gnn")
    seconds, own = ours.timed(small, Settings.gnn_ekf())
    a, b = figures(small, own), figures(small, theirs)
    worst = max(b, key=lambda name: _apart(a[name], b[name]))
    off = _apart(a[worst], b[worst])
    yield Row(
        1,
        f"GOSPA and SIAP, N = 100, {SMALL_SCANS} scans, largest difference",
        "<= 0.1 %",
        f"{100 * off:.4f} % ({worst})",
        off <= LIKE,
        f"GOSPA {a['gospa']:.2f} / {b['gospa']:.2f} m",
    )
    yield _speed(small, told, seconds, SLOW_RATIO, "Stone Soup GNN without tree, N = 100")
    large = standard.make(1000, LARGE_SEED).first(LARGE_SCANS)
    # Both over the very same scans: the peer slows down as its tracks grow in number.
    told = middle_peer(large, "gnn_tpr", PEER_REPEATS)
    seconds, _ = ours.timed(large, Settings.gnn_ekf(), OUR_REPEATS)
    what = f"its fastest as shipped (TPR-tree), N = 1,000, first {LARGE_SCANS} scans"
    yield _speed(large, told, seconds, FAST_RATIO, what)
    told = middle_peer(large, "gnn_near", PEER_REPEATS)
    what = "the same behind our own NumPy gate, N = 1,000"
    yield _speed(large, told, seconds, None, what)


def _apart(own: float, theirs: float) -> float:
    return abs(own - theirs) / max(abs(theirs), 1e-12)


def fresh_peer(scene: Scene, mode: str) -> tuple[dict[str, Any], TrackHistory]:
    """Run the peer on a scene now, as the issue's runner sets it up; return what it tells."""
    with TemporaryDirectory() as place:
        file, tracks = Path(place) / f"{scene.name}.npz", Path(place) / "tracks.npz"
        scene.save(file)
        told = environment.run(file, tracks, mode=mode)
        return told, read_peer(tracks, scene)


def middle_peer(scene: Scene, mode: str, repeats: int) -> dict[str, Any]:
    """Run the peer so many times; return what it tells of the run with the median CPU seconds."""
    runs = sorted((fresh_peer(scene, mode)[0] for _ in range(repeats)), key=_seconds)
    return {**runs[(len(runs) - 1) // 2], "repeats": repeats}


def _seconds(told: dict[str, Any]) -> float:
    return float(told["cpu_s"])


def _speed(scene: Scene, told: dict[str, Any], seconds: float, goal: int | None, what: str) -> Row:
    ratio = told["cpu_s"] / seconds
    rates = f"{scene.plots / seconds:,.0f} / {scene.plots / told['cpu_s']:,.0f} plots per CPU s"
    if "repeats" in told:
        rates += f", medians of {OUR_REPEATS} runs / of {told['repeats']}, over the same scans"
    words = f">= {goal:,} x" if goal else ""
    return Row(1, f"speed against {what}", words, f"{ratio:,.0f} x", _met(ratio, goal), rates)


def _met(ratio: float, goal: int | None) -> bool | None:
    return ratio >= goal if goal else None
