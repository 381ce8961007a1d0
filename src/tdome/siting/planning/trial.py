"""A check by simulation: the scenario with several plans, each on the same seeds.

The same seed is the same raid, weather and luck for any plan (common random numbers), so that
plans are compared run by run: the mean of paired differences with Student's 95 % interval. Whether
the model ranks plans as the simulation does is told by Kendall's tau-b between the model's loss and
the mean loss of value in simulation. What the model does not know (magazines over all raids, time,
channels, tracking, assignment) is in the simulation.
"""

import math
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from scipy import stats

from tdome.messages.base import Floats
from tdome.run.api import simulate
from tdome.run.library import Inputs

MEASURES = ("killed", "leaked", "value_protected", "rounds_fired", "cost_usd")
_SURE = 0.95
Done = Callable[[int, int], None]
Named = tuple[str, float, str]
"""A plan to be tried: its name, the model's loss, its text."""


@dataclass(frozen=True, eq=False)
class Trial:
    """Outcomes (measure -> (plans, seeds)); the first plan is the present one, the second proposed.

    ``model``: the model's loss of each plan (plans,).
    """

    plans: tuple[str, ...]
    seeds: tuple[int, ...]
    outcomes: dict[str, Floats]
    model: Floats
    value: float

    def means(self, measure: str) -> Floats:
        """Return the mean of a measure of each plan, (plans,)."""
        return np.asarray(self.outcomes[measure].mean(axis=1))

    def difference(self, measure: str) -> tuple[float, float]:
        """Return proposed less present: mean, and half of its 95 % interval (inf of one seed)."""
        apart = self.outcomes[measure][1] - self.outcomes[measure][0]
        return float(apart.mean()), half_width(apart)

    def tau(self) -> tuple[float, float] | None:
        """Return Kendall's tau-b of model and simulation, and its p-value; None of two plans."""
        if len(self.plans) < 3:  # noqa: PLR2004  (two are always in order or not)
            return None
        lost = self.value - self.means("value_protected")
        found = stats.kendalltau(self.model, lost)
        tau, p = float(found.statistic), float(found.pvalue)
        return None if math.isnan(tau) else (tau, p)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        tau = self.tau()
        differences = {}
        for measure in MEASURES:
            mean, half = self.difference(measure)
            low, high = (mean - half, mean + half) if math.isfinite(half) else (None, None)
            differences[measure] = {"mean": mean, "low": low, "high": high}
        return {
            "seeds": list(self.seeds),
            "value": self.value,
            "plans": [
                {"name": name, "model": float(self.model[k])}
                | {measure: float(self.means(measure)[k]) for measure in MEASURES}
                for k, name in enumerate(self.plans)
            ],
            "proposed_less_present": differences,
            "kendall_tau": None if tau is None else tau[0],
            "kendall_p": None if tau is None else tau[1],
        }


@dataclass(frozen=True, eq=False)
class Choice:
    """The simulated plan that protected most, and how it does on seeds that did not choose it.

    changes: one row for each site that differs from the present plan, what and how. fresh: present
    and chosen plan on other seeds; None where the present one is the best.
    """

    name: str
    text: str
    changes: list[dict[str, Any]]
    fresh: Trial | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        fresh = None if self.fresh is None else self.fresh.as_dict()
        return {"name": self.name, "changes": self.changes, "fresh": fresh}


def choose(
    inputs: Inputs, plans: Sequence[Named], trial: Trial, done: Done | None = None
) -> Choice:
    """Return which of the plans of a trial protected most on average; of equals the first.

    Whoever wins was lucky, too: it is run again, beside the present plan, on as many fresh seeds.
    """
    best = int(np.argmax(trial.means("value_protected")))
    name, _, text = plans[best]
    if best == 0:
        return Choice(name, text, [], None)
    after = max(trial.seeds) + 1
    seeds = range(after, after + len(trial.seeds))
    fresh = try_out(inputs, [plans[0], plans[best]], seeds, done)
    return Choice(name, text, changes(plans[0][2], text), fresh)


def changes(before: str, after: str) -> list[dict[str, Any]]:
    """Return what differs between two plans' sensors and fire units: site, key, before, after."""
    old, new = tomllib.loads(before), tomllib.loads(after)
    found = []
    for kind in ("sensors", "fire_units"):
        had = {site["name"]: site for site in old.get(kind, [])}
        for site in new.get(kind, []):
            was = had.get(site["name"], {})
            found += [
                {"site": site["name"], "key": key, "before": was.get(key), "after": value}
                for key, value in site.items()
                if value != was.get(key) and key != "name"
            ]
    return found


def half_width(samples: Floats) -> float:
    """Return half of Student's 95 % interval of a mean; inf of one sample."""
    n = len(samples)
    if n < 2:  # noqa: PLR2004
        return math.inf
    spread = float(samples.std(ddof=1))
    return float(stats.t.ppf(0.5 + 0.5 * _SURE, n - 1)) * spread / math.sqrt(n)


def try_out(
    inputs: Inputs,
    plans: Sequence[Named],
    seeds: Sequence[int],
    done: Done | None = None,
) -> Trial:
    """Simulate a scenario with each plan on each seed.

    Plans are read as if they stood where the present one does, so that the files they name are
    found. ``done``: called with (runs done, of how many).
    """
    outcomes = {measure: np.zeros((len(plans), len(seeds))) for measure in MEASURES}
    value, count = 0.0, 0
    for k, (_, _, text) in enumerate(plans):
        changed = msgspec.structs.replace(inputs, plan_text=text)
        for s, seed in enumerate(seeds):
            if done is not None:
                done(count, len(plans) * len(seeds))
            with tempfile.TemporaryDirectory(prefix="tdome-") as folder:
                totals = simulate(changed, Path(folder) / "run", seed=seed).outcome.totals
            for measure in MEASURES:
                outcomes[measure][k, s] = totals[measure]
            value = float(totals["value"])
            count += 1
    model = np.array([loss for _, loss, _ in plans])
    return Trial(tuple(name for name, _, _ in plans), tuple(seeds), outcomes, model, value)
