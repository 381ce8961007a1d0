"""Pairs of full and screening replicates of the same seeds, and whether they agree by outcome.

Totals can be right while one class is wrong by a third and another makes up for it: so every
outcome is judged alone. With d the differences full - screen of n pairs:

- bias: mean of d, with a 95 % interval of Student's t;
- equal: two one-sided tests at 5 % (Schuirmann 1987), that is the 90 % interval of the bias within
  the margin: ``margin`` of the mean of the full runs, but at least LEAST of what is counted;
- corrected: not shown equal, but the bias is known well enough to be taken out: half its 95 %
  interval is below KNOWN of the mean, so mean(screen) + mean(full - screen) is a figure;
- refused: neither. More pairs, or full runs alone.

Assumptions: d nearly normal (the interval of a few pairs of rare counts is rough: where all pairs
are the same it says nothing, and such an outcome is called equal only from SAME pairs on).
"""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from scipy.stats import t as student

from tdome.messages.base import Floats
from tdome.run.api import simulate
from tdome.run.library import Inputs
from tdome.run.screening.screen import Columns, Screen
from tdome.score.outcome import Outcome

MARGIN = 0.1  # share of the mean of full runs
LEAST, LEAST_SHARE = 0.5, 0.01  # of a count, and of all value at stake or of all cost
KNOWN = 0.5  # share of the mean by which a bias may be unknown
SAME = 5  # pairs

Say = Callable[[int, int], None]


class Agreement(msgspec.Struct, frozen=True):
    """One outcome: means, bias (full - screen) with its 95 % interval, correlation and verdict."""

    outcome: str
    full: float
    screen: float
    bias: float
    low: float
    high: float
    correlation: float | None
    margin: float
    verdict: str


def full_rows(inputs: Inputs, seeds: Sequence[int], say: Say | None = None) -> Columns:
    """Run each seed in full, in a temporary folder that goes again, and return its measures."""
    rows: list[dict[str, float]] = []
    for done, seed in enumerate(seeds):
        if say is not None:
            say(done, len(seeds))
        folder = Path(tempfile.mkdtemp(prefix="tdome-calibrate-"))
        try:
            rows.append(measures_of(simulate(inputs, folder / "run", seed=seed).outcome))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([row.get(name, 0.0) for row in rows]) for name in names}


def measures_of(outcome: Outcome) -> dict[str, float]:
    """Return the outcome of a full run under the names of the columns of a screening."""
    totals = outcome.totals
    same = ("launched", "killed", "leaked", "harmless", "failed")
    out = {name: float(totals[name]) for name in same}
    out["rounds.fired"], out["cost.defence"] = float(totals["rounds_fired"]), totals["cost_usd"]
    out["value.protected"] = float(totals["value_protected"])
    out["value.lost"] = float(totals["value"] - totals["value_protected"])
    for row in outcome.by_class.to_pylist():
        out[f"killed.class.{row['class']}"] = float(row["killed"])
        out[f"leaked.class.{row['class']}"] = float(row["leaked"])
    for row in outcome.by_asset.to_pylist():
        out[f"leaked.asset.{row['asset']}"] = float(row["leakers"])
    for row in outcome.by_layer.to_pylist():
        out[f"rounds.fired.layer.{row['layer']}"] = float(row["rounds_fired"])
        out[f"cost.defence.layer.{row['layer']}"] = float(row["cost_usd"])
        out[f"kills.layer.{row['layer']}"] = float(row["kills"])
    return out


def agreements(
    screen: Screen, full: Columns, quick: Columns, margin: float = MARGIN
) -> list[Agreement]:
    """Judge every outcome of paired rows, one for each column that both have."""
    value = float(screen.tables.plan.assets.value.sum())
    cost = float((screen.tables.book.cost * screen.tables.book.rounds).sum())
    out = []
    for name, mine in quick.items():
        if name not in full:
            continue
        least = LEAST
        if name.startswith("value"):
            least = LEAST_SHARE * value
        elif name.startswith("cost"):
            least = LEAST_SHARE * cost
        out.append(agreement(name, full[name], mine, max(margin * float(full[name].mean()), least)))
    return out


def agreement(name: str, full: Floats, quick: Floats, margin: float) -> Agreement:
    """Judge one outcome of paired rows (n,); see the module."""
    n, off = len(full), full - quick
    bias = float(off.mean())
    spread = float(off.std(ddof=1) / np.sqrt(n)) if n > 1 else np.inf
    wide = float(student.ppf(0.975, n - 1)) * spread if n > 1 else np.inf
    inner = float(student.ppf(0.95, n - 1)) * spread if n > 1 else np.inf
    varies = n > 2 and full.std() > 0.0 and quick.std() > 0.0  # noqa: PLR2004
    enough = spread > 0.0 or n >= SAME
    if enough and abs(bias) + inner < margin:
        verdict = "equal"
    elif enough and wide < KNOWN * max(abs(float(full.mean())), 2.0 * margin):
        verdict = "corrected"
    else:
        verdict = "refused"
    return Agreement(
        outcome=name,
        full=float(full.mean()),
        screen=float(quick.mean()),
        bias=bias,
        low=bias - wide,
        high=bias + wide,
        correlation=float(np.corrcoef(full, quick)[0, 1]) if varies else None,
        margin=margin,
        verdict=verdict,
    )
