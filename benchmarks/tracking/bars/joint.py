"""Bar 3: JPDA by belief propagation: speed against Stone Soup's, and raids against our own GNN."""

from collections.abc import Iterator

import msgspec
from benchmarks.tracking import judge, ours
from benchmarks.tracking.bars.equality import fresh_peer
from benchmarks.tracking.heldout import RAID_SEEDS
from benchmarks.tracking.rows import Row, interval
from benchmarks.tracking.scenes import standard

from tdome.command.tracking.engine import Settings

RATIO, SPEED_SCANS = 3_000, 20


def shared(settings: Settings) -> Settings:
    """Return the settings with JPDA in the place of nearest neighbours."""
    return msgspec.structs.replace(settings, association="jpda")


def rows() -> Iterator[Row]:
    """Yield the rows of bar 3."""
    scene = standard.make(100, RAID_SEEDS[0], raid=True).first(SPEED_SCANS)
    told, _ = fresh_peer(scene, "jpda_lbp_tpr")
    for name, settings in (("one EKF, as the peer's", _single()), ("IMM", Settings.imm())):
        asked = settings.filter == "ekf"  # like for like; the peer has no IMM
        seconds, _ = ours.timed(scene, shared(settings))
        ratio = told["cpu_s"] / seconds
        yield Row(
            3,
            f"JPDA-LBP, {name}, against Stone Soup's behind its TPR-tree, raid_100, "
            f"{SPEED_SCANS} scans",
            f">= {RATIO:,} x" if asked else "",
            f"{ratio:,.0f} x",
            ratio >= RATIO if asked else None,
            f"{scene.plots / seconds:,.0f} / {scene.plots / told['cpu_s']:,.0f} plots per CPU s",
        )
    for name, settings in (("one EKF", _single()), ("IMM with scores", Settings.imm())):
        yield _raids(name, settings)


def _single() -> Settings:
    """Return the EKF of the peer with counts; JPDA weighs by likelihood, GNN by distance."""
    return Settings.gnn_ekf()


def _raids(name: str, settings: Settings) -> Row:
    shares, own, nearest = [], [], []
    for seed in RAID_SEEDS:
        scene = standard.make(100, seed, raid=True)
        own.append(judge.gospa(scene, ours.run(scene, shared(settings))).gospa)
        nearest.append(judge.gospa(scene, ours.run(scene, settings)).gospa)
        shares.append(own[-1] / nearest[-1])
    mean, half = interval(shares)
    return Row(
        3,
        f"GOSPA JPDA / GNN, {name}, raid_100, {len(shares)} seeds",
        "<= 1",
        f"{mean:.3f} ± {half:.3f}",
        mean <= 1.0,
        f"{sum(own) / len(own):,.0f} / {sum(nearest) / len(nearest):,.0f} m",
    )
