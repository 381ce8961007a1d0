"""Rows of the benchmark's table: what was asked, what was measured, whether it is met."""

import json
import math
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import stats

RESULTS = Path(__file__).with_name("results.json")
SURE = 0.95


@dataclass(frozen=True)
class Row:
    """One line: `met` is None where there is no goal."""

    bar: int
    what: str
    goal: str
    measured: str
    met: bool | None
    note: str = ""


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and half width of its 95 % interval (Student's t)."""
    count = len(values)
    if count < 2:  # noqa: PLR2004 - no spread of one value
        return statistics.fmean(values), math.nan
    spread = statistics.stdev(values) / math.sqrt(count)
    return statistics.fmean(values), float(stats.t.ppf((1 + SURE) / 2, count - 1)) * spread


def wilson(lost: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    z, share = float(stats.norm.ppf((1 + SURE) / 2)), lost / count
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def made(command: str) -> dict[str, str]:
    """Return what the figures depend on."""
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "machine": f"{_processor()}, one thread, CPU seconds",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": version("numba"),
        "stonesoup": "1.9.1",
        "command": command,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def keep(rows: Sequence[Row], command: str) -> None:
    """Write results.json; rows of bars that were not run stay as they were."""
    before = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {"rows": []}
    new = {row.bar for row in rows}
    told = made(command)
    kept = [row for row in before["rows"] if row["bar"] not in new]
    fresh = [{**asdict(row), "made": told["date"]} for row in rows]
    every = sorted(kept + fresh, key=lambda row: int(row["bar"]))
    RESULTS.write_text(json.dumps({"made": told, "rows": every}, indent=1) + "\n")


def show(rows: Sequence[Row], console: Console) -> None:
    """Print the table bar by bar."""
    table = Table(title="Tracker: bars")
    for name in ("bar", "what", "goal", "measured", "", "note"):
        table.add_column(name)
    words = {True: "[green]pass[/]", False: "[red]MISS[/]", None: ""}
    for row in rows:
        table.add_row(str(row.bar), row.what, row.goal, row.measured, words[row.met], row.note)
    console.print(table)
