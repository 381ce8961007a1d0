"""Validation table B: interception by class and its dispersion, simulated against published.

    python benchmarks/table_b.py [--seed N] [--json] [--chain] [--seeds N] [--launched N]

Two levels of evidence, both of `tdome.studies.validation.ukraine`. Referee level (always): 2,000
keyed records a row, judged by the real referee. Whole chain (``--chain``): small raids of one class
at one city, from plot to outcome; one file a run in ``--runs``, so that it can go on. All of it
with verdicts, more seeds and the other tables: `tdome validate-model`.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tdome.studies.validation.simulated import Result, results
from tdome.studies.validation.ukraine.at_referee import RECORDS, Verdict, referee_table
from tdome.studies.validation.ukraine.in_chain import chain_jobs, mean_interval, records_of
from tdome.studies.validation.ukraine.records import Statistics, mean_range, statistics, table_b


def show_referee(verdicts: list[Verdict], together: Statistics) -> Table:
    """Return the table of the referee level."""
    heads = ("row", "class", "2022-24", "2025-26", "range", "mean", "phi", "range ", "zero", "all")
    table = Table(*heads, "inside", title=f"Referee level, {RECORDS:,} records a row")
    for v in verdicts:
        low, high = v.ranges["mean"]
        phi = v.ranges.get("phi")
        table.add_row(
            v.name,
            v.threat_class,
            f"{v.tuned:.3f}",
            f"{v.held_out:.3f}",
            f"{low:.3f}-{high:.3f}",
            f"{v.simulated.mean:.3f}",
            f"{v.simulated.phi:.2f}",
            f"{phi[0]:.2f}-{phi[1]:.2f}" if phi else "-",
            f"{v.simulated.zero:.3f}",
            f"{v.simulated.all:.3f}",
            "yes" if not v.misses else "; ".join(v.misses),
        )
    table.caption = f"ballistic rows together: zero {together.zero:.3f}, all {together.all:.3f}"
    return table


def show_chain(found: list[Result]) -> Table:
    """Return the table of the whole chain; "interval": its 95 % interval meets the range."""
    heads = ("row", "raids", "launched", "mean", "95 %", "range", "phi", "zero", "all", "inside")
    table = Table(*heads, title="Whole chain")
    for row in table_b()["rows"]:
        records = records_of(row["name"], found)
        if not len(records.launched):
            continue
        s, (a, b), (low, high) = statistics(records), mean_interval(records), mean_range(row)
        table.add_row(
            row["name"],
            f"{len(records.launched)}",
            f"{records.launched.sum()}",
            f"{s.mean:.3f}",
            f"{a:.3f}-{b:.3f}",
            f"{low:.3f}-{high:.3f}",
            f"{s.phi:.2f}",
            f"{s.zero:.3f}",
            f"{s.all:.3f}",
            "yes" if low <= s.mean <= high else "interval" if a <= high and low <= b else "no",
        )
    return table


def main() -> int:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chain", action="store_true", help="run the whole chain too")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--launched", type=int, default=600, help="bodies of a row and seed")
    parser.add_argument("--runs", type=Path, default=Path("runs/table-b"))
    parser.add_argument("--seed", type=int, default=1, help="of the referee level")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    verdicts, together = referee_table(chosen.seed)
    console = Console(width=160)
    if chosen.json:
        print(json.dumps([asdict(verdict) for verdict in verdicts], indent=2))
    else:
        console.print(show_referee(verdicts, together))
        inside = sum(not verdict.misses for verdict in verdicts)
        console.print(f"{inside} of {len(verdicts)} rows inside")
    if chosen.chain:
        jobs = chain_jobs(range(1, chosen.seeds + 1), chosen.launched)
        console.print(show_chain(results(jobs, [], chosen.runs, 1, console.print)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
