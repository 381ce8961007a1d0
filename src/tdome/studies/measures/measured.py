"""One replicate in numbers: a minimal stand-in with totals only; the measures proper replace it."""

from tdome.plan.plan import Plan
from tdome.score.outcome import FATES, Outcome

_SAME = ("launched", "engaged", *FATES, "ignored")


def measured(outcome: Outcome, plan: Plan) -> dict[str, float]:
    """Return totals of a run by name."""
    totals = outcome.totals
    row = {name: float(totals[name]) for name in _SAME}
    row["value.lost"] = float(plan.assets.value.sum() - totals["value_protected"])
    row["value.protected"] = float(totals["value_protected"])
    row["rounds.fired"] = float(totals["rounds_fired"])
    row["rounds.on_debris"] = float(totals["rounds_on_debris"])
    row["cost.defence"] = float(totals["cost_usd"])
    return row
