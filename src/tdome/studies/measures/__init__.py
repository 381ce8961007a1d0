"""What is measured in a run: one flat dictionary of dotted names.

A minimal stand-in with totals only; the measures proper replace it.
"""

from tdome.plan.plan import Plan
from tdome.score.outcome import Outcome


def measured(outcome: Outcome, plan: Plan) -> dict[str, float]:  # noqa: ARG001  (theirs needs it)
    """Return the totals of a run, and the share of value lost."""
    totals = {f"totals.{key}": float(value) for key, value in outcome.totals.items()}
    totals["totals.value_lost"] = totals["totals.value"] - totals["totals.value_protected"]
    return totals
