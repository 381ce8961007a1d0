"""What the results of `tdome bench doctrine` come to: by family, against the goals, and losses."""

import msgspec
import numpy as np

from tdome.run.doctrine.bench import DEFAULT, ROLLOUT, Result
from tdome.run.doctrine.families import HELD_OUT

NEAR_BOUND, NEAR_EXACT, DECISION_MS = 1.25, 0.05, 5.0  # the goals
_BLIND = ("salvo-2", "one-per-look", "pk-threshold", "pro-rata")  # need no forecast
_TOLD = ("salvo-2", "one-per-look", "pro-rata", "fixed-price", "re-solved", DEFAULT)


class Goal(msgspec.Struct, frozen=True):
    """A goal, what was measured, and whether it was met (null: nothing to measure it on)."""

    what: str
    goal: str
    measured: str
    met: bool | None


def families(results: list[Result]) -> list[dict[str, object]]:
    """Return a row for each family: instances, mean leak over B3 by policy, default over B5.

    Last the rollout's leak over the default's on the same paths, if it was played.
    """
    rows: list[dict[str, object]] = []
    for family in dict.fromkeys(result.family for result in results):
        of = [result for result in results if result.family == family]
        row: dict[str, object] = {"family": family, "instances": len(of)}
        for name in _TOLD:
            row[name] = float(np.mean([result.of(name).over_b3 for result in of]))
        row["over_b5"] = float(np.mean([result.of(DEFAULT).over_b5 for result in of]))
        more = [result.rollout.above for result in of if result.rollout]
        if more:
            row[ROLLOUT] = 1.0 + float(np.mean(more))
        rows.append(row)
    return rows


def bettered(results: list[Result]) -> tuple[float, float] | None:
    """Return the rollout's leak above the default's, mean over instances, and its half width.

    Each instance counts alike; 95 %, instances independent. None where no rollout was played.
    """
    more = [result.rollout for result in results if result.rollout]
    if not more:
        return None
    spread = float(np.sqrt(np.sum([one.above_pm**2 for one in more]))) / len(more)
    return float(np.mean([one.above for one in more])), spread


def goals(results: list[Result]) -> list[Goal]:
    """Return the goals of the benchmark; the first on held-out instances alone."""
    held = [r.of(DEFAULT) for r in results if r.part == HELD_OUT]
    above = [s.above_exact for r in results for s in r.scores if s.policy == DEFAULT]
    small = [share for share in above if share is not None]
    mean = float(np.mean([s.over_b3 for s in held])) if held else np.nan
    tight = float(np.mean([s.over_b5 for s in held])) if held else np.nan
    worst = max(small, default=np.nan)
    slow = max(r.decision_p99_ms for r in results)
    wrong = [max(r.forecasts.values()) / r.of(DEFAULT).leak for r in results if r.forecasts]
    scores = [s for r in results for s in r.scores]
    broken = sum(s.broken for s in [*scores, *(r.rollout.score for r in results if r.rollout)])
    still = [
        min(s.leak for s in r.scores if s.policy in _BLIND) >= max(r.forecasts.values())
        for r in results
        if r.forecasts
    ]
    return [
        Goal("mean leak / path-wise bound B3, held out", f"≤ {NEAR_BOUND}", f"{mean:.3f}",
             mean <= NEAR_BOUND if held else None),
        Goal("the same over the tighter bound B5", "", f"{tight:.3f}", None),
        Goal("above exact DP, worst small instance", f"≤ {NEAR_EXACT:.0%}", f"{worst:.1%}",
             worst <= NEAR_EXACT if small else None),
        Goal("one decision, p99, worst instance", f"≤ {DECISION_MS:g} ms", f"{slow:.2f} ms",
             slow <= DECISION_MS),
        Goal("leak with a forecast wrong by ±50 %, mean", "", f"x {np.mean(wrong or [1.0]):.3f}",
             None),
        Goal("so no worse than all policies without forecast", "",
             f"{sum(still)} of {len(still)}", None),
        *_of_rollout(results),
        Goal("rules broken", "0", f"{broken}", broken == 0),
    ]  # fmt: skip


def _of_rollout(results: list[Result]) -> list[Goal]:
    found = bettered(results)
    if found is None:
        return []
    slow = max(r.rollout.decision_p99_ms for r in results if r.rollout)
    return [
        Goal("rollout: leak above the default's, same paths", "",
             f"{found[0]:+.1%} ± {found[1]:.1%}", None),
        Goal("rollout: one decision, p99, worst instance", f"≤ {DECISION_MS:g} ms",
             f"{slow:.2f} ms", slow <= DECISION_MS),
    ]  # fmt: skip


def losses(results: list[Result]) -> list[str]:
    """Return where the default missed a goal on an instance, or leaked more than a baseline."""
    told = []
    for result in results:
        mine = result.of(DEFAULT)
        if mine.over_b3 > NEAR_BOUND:
            told.append(
                f"{result.instance}: {mine.over_b3:.2f} x B3 (± {mine.over_b3_pm:.2f}), "
                f"{mine.over_b5:.2f} x B5"
            )
        if mine.above_exact is not None and mine.above_exact > NEAR_EXACT:
            told.append(f"{result.instance}: {mine.above_exact:.1%} above exact DP")
        for score in result.scores:
            if score.policy not in {DEFAULT, "exact"} and score.leak < mine.leak:
                more = mine.leak / max(score.leak, 1e-12) - 1.0
                told.append(f"{result.instance}: leaks {more:.1%} more than {score.policy}")
    return told
