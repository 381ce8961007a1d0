"""Civil warnings: how often for nothing, how many impacts missed, how early; over thresholds.

    PYTHONPATH=src:. python benchmarks/alerts.py --record RUNS taiwan-layered:1 mixed-raid-2024:1
    PYTHONPATH=src:. python benchmarks/alerts.py RUNS taiwan-layered:1 …
    PYTHONPATH=src:. python benchmarks/alerts.py --compare RUNS taiwan-layered:3 …

The last sets zones-v1 beside staged-v1, and staged-v1 over the declared cost of misses. The first
runs scenarios with the whole picture put on record every second; the second plays these
pictures to the warner again with other settings, and scores what it says against the truth ledger.
A warning changes nothing in the world, so that the replay is exact (given the same threats).
"""

import argparse
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

import tdome as td
from tdome.command.warning.staged import StagedWarner
from tdome.command.warning.zones import ZoneWarner
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.messages.warnings import CivilWarnings
from tdome.plan.plan import Plan, build_plan
from tdome.run.library import find_inputs
from tdome.run.record import read_inputs
from tdome.score.evidence import Evidence
from tdome.score.warned import WarningScore, score_warnings
from tdome.world.ledger import Ledger, read_ledger

EARLY = (0.05, 0.2, 0.3, 0.5, 0.7, 0.9)
NEAR_S = (60.0, 90.0, 120.0, 150.0, 180.0)
LEAST = (0.03, 0.05, 0.1, 0.2)
MISS_COST = (1.0, 2.0, 4.0, 17.0 / 3.0, 9.0, 19.0, 49.0)


class Recorded:
    """A run folder with its pictures, truth and plan."""

    def __init__(self, folder: Path) -> None:
        inputs = read_inputs(folder)
        self.plan: Plan = inputs.plan()
        evidence = Evidence(folder, (SystemTracks, Threats))
        self.ledger: Ledger = read_ledger(folder)
        self.pictures = list(
            zip(evidence.all(SystemTracks), evidence.all(Threats), strict=True),
        )

    def warned(
        self, policy: type[ZoneWarner] | type[StagedWarner] = ZoneWarner, **settings: float
    ) -> tuple[list[CivilWarnings], Plan]:
        """Return what a warner says with other settings, and the plan that holds them."""
        rules = msgspec.structs.replace(self.plan.file.warning, **settings)
        plan = build_plan(msgspec.structs.replace(self.plan.file, warning=rules), "warnings")
        warner: Any = policy(plan)
        state: Any = warner.start()
        said: list[CivilWarnings] = []
        for tracks, threats in self.pictures:
            state, message = warner.warn(state, tracks, threats, tracks.header.valid_at)
            said += [message] if len(message) else []
        return said, plan

    def score(
        self, policy: type[ZoneWarner] | type[StagedWarner] = ZoneWarner, **settings: float
    ) -> WarningScore:
        """Score a warner with other settings."""
        said, plan = self.warned(policy, **settings)
        return score_warnings(said, self.ledger, plan)


def record(folder: Path, name: str, seed: int) -> None:
    """Run a scenario with the picture on record every second."""
    inputs = find_inputs(name)
    text = inputs.plan_text
    if "[clock]" in text:
        raise SystemExit(f"{name} sets its own clock; give the run folder itself")
    folder.mkdir(parents=True, exist_ok=True)
    plan = folder / f"{name}.plan.toml"
    plan.write_text(text + "\n[clock]\npicture_s = 1.0\n", "utf-8")
    if (zones := inputs.zones_file()) is not None:
        (folder / zones.name).write_bytes(zones.read_bytes())
    td.run(name, plan=plan, seed=seed, out=folder / f"{name}-{seed}")


def settings() -> Iterator[dict[str, float]]:
    """Yield the settings of the table."""
    yield {"early_probability": 0.0, "near_s": 0.0, "min_probability": 0.05}
    for least, near, early in itertools.product(LEAST, NEAR_S, EARLY):
        yield {"early_probability": early, "near_s": near, "min_probability": least}


def main() -> None:
    """Record runs, or play them again and print the trade."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("runs", nargs="+", help="scenario:seed")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--one", action="store_true", help="only the plan's own settings")
    parser.add_argument("--compare", action="store_true", help="staged-v1, and its cost of misses")
    asked = parser.parse_args()
    for run in asked.runs:
        name, seed = run.split(":")
        if asked.record:
            record(asked.folder, name, int(seed))
            continue
        told = Recorded(asked.folder / f"{name}-{seed}")
        if asked.compare:
            print(run, "zones-v1", row({}, told.score(ZoneWarner)), flush=True)
            for cost in MISS_COST:
                chosen = {"miss_cost": cost}
                print(run, "staged-v1", row(chosen, told.score(StagedWarner, **chosen)), flush=True)
            continue
        for chosen in [{}] if asked.one else settings():
            print(run, row(chosen, told.score(**chosen)), flush=True)


def row(chosen: dict[str, float], score: WarningScore) -> str:
    """Return one line of the table."""
    what = " ".join(f"{key.split('_')[0]} {value:g}" for key, value in chosen.items())
    return (
        f"{what}: alerts {score.alerts} false {score.false_alerts} averted {score.averted} "
        f"debris {score.debris_came} "
        f"never {score.nothing_came} warned {score.impacts_warned}/{score.impacts_in_zones} "
        f"30 s {score.warned_early} lead {score.median_lead_s} least {score.shortest_lead_s} "
        f"idle {score.idle_zone_minutes:.0f} min {score.idle_km2_h:.0f} km2 h flaps {score.flaps} "
        f"notices {score.notices} right {score.notices_right} first word {score.median_notice_s}"
    )


if __name__ == "__main__":
    main()
