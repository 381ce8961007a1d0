"""Bar 2: IMM with scores: speed, and GOSPA on held-out seeds against the peer's best."""

from collections.abc import Iterator

from benchmarks.tracking import judge, ours
from benchmarks.tracking.heldout import LARGE_SEEDS, STD_SEEDS, best
from benchmarks.tracking.peer import environment
from benchmarks.tracking.rows import Row, interval
from benchmarks.tracking.scenes import standard
from tdome.command.tracking.engine import Settings

RATE, SHARE = 0.7e6, 0.85


def rows() -> Iterator[Row]:
    """Yield the rows of bar 2."""
    for targets in (100, 500, 1000):
        scene = standard.make(targets, 501)
        seconds, _ = ours.timed(scene, Settings.imm())
        rate, asked = scene.plots / seconds, targets > 100  # noqa: PLR2004 - fixed cost rules there
        yield Row(
            2,
            f"IMM with scores, N = {targets}",
            ">= 0.7 M plots/s" if asked else "",
            f"{rate / 1e6:.3f} M plots/s",
            rate >= RATE if asked else None,
        )
    yield _against(100, STD_SEEDS)
    yield _against(500, LARGE_SEEDS)


def _against(targets: int, seeds: range) -> Row:
    """Compare with the peer's best-tuned tracker, seed by seed."""
    shares, own, theirs = [], [], []
    for seed in seeds:
        scene = standard.make(targets, seed)
        _, tracks = environment.cached(scene, **best("gnn_near"))
        theirs.append(judge.gospa(scene, tracks).gospa)
        own.append(judge.gospa(scene, ours.run(scene, Settings.imm())).gospa)
        shares.append(own[-1] / theirs[-1])
    mean, half = interval(shares)
    return Row(
        2,
        f"held-out GOSPA / Stone Soup's best-tuned, std_{targets}, {len(seeds)} seeds",
        "<= 0.85",
        f"{mean:.3f} ± {half:.3f}",
        mean <= SHARE,
        f"{sum(own) / len(own):,.0f} / {sum(theirs) / len(theirs):,.0f} m",
    )
