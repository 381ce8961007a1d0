"""The tracker's bars, ours and the peer in one run, one thread each, CPU seconds.

Bar 4's last rows are by two threads, in wall time.

    python -m benchmarks.tracking [--bars 1,2,4,5,7,8,10] [--quick] [--json]

Needs a checkout, and `pip` for the peer's environment (made once) and the recorded flights. Writes
results.json beside this file, which `tdome bench tracking` prints.
"""

import argparse
import json
import sys
from dataclasses import asdict
from importlib import import_module

from benchmarks.tracking import rows
from benchmarks.tracking.bars import equality, joint
from rich.console import Console

BARS = {
    1: "equality",
    2: "scored",
    3: "joint",
    4: "large",
    5: "consistency",
    7: "blair",
    8: "flights",
    10: "latency",
}


def main() -> None:
    """Run the bars asked for, print and keep what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bars", default=",".join(map(str, BARS)))
    parser.add_argument("--quick", action="store_true", help="fewer scans where the peer runs now")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    given = parser.parse_args()
    if given.quick:
        equality.SMALL_SCANS, equality.LARGE_SCANS, joint.SPEED_SCANS = 12, 5, 8
        equality.PEER_REPEATS = 3
    found: list[rows.Row] = []
    for bar in map(int, given.bars.split(",")):
        module = import_module(f"benchmarks.tracking.bars.{BARS[bar]}")
        for row in module.rows():
            found.append(row)
            sys.stderr.write(f"{row.bar} {row.what}: {row.measured} {row.note}\n")
    rows.keep(found, f"python -m benchmarks.tracking {' '.join(sys.argv[1:])}".strip())
    if given.json:
        sys.stdout.write(json.dumps([asdict(row) for row in found], indent=1) + "\n")
    else:
        rows.show(found, Console())


if __name__ == "__main__":
    main()
