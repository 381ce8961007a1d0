"""Bar 2: IMM with scores: speed, and GOSPA on held-out seeds against the peer's best."""

from collections.abc import Iterator

from benchmarks.tracking import judge, ours
from benchmarks.tracking.heldout import kept
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
    for kind, targets in (("std", 100), ("raid", 100), ("std", 500)):
        theirs = kept(kind, targets)
        if theirs:
            yield _against(kind, targets, theirs)


def _against(kind: str, targets: int, theirs: dict[int, float]) -> Row:
    """Compare with the peer's best-tuned tracker (peer-results.json), seed by seed."""
    shares, own = [], []
    for seed, gospa in theirs.items():
        scene = standard.make(targets, seed, raid=kind == "raid")
        own.append(judge.gospa(scene, ours.run(scene, Settings.imm())).gospa)
        shares.append(own[-1] / gospa)
    mean, half = interval(shares)
    asked = kind == "std"
    return Row(
        2,
        f"held-out GOSPA / Stone Soup's best-tuned, {kind}_{targets}, {len(theirs)} seeds",
        "<= 0.85" if asked else "",
        f"{mean:.3f} ± {half:.3f}",
        mean <= SHARE if asked else None,
        f"{sum(own) / len(own):,.0f} / {sum(theirs.values()) / len(theirs):,.0f} m",
    )
