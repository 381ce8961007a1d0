"""Why an engagement was recommended: its grounds, its options, and what was worse about the others.

Told from the journal alone: FirePlan has one row for each fire unit that was weighed, Grounds what
was believed of the track at that instant. Nothing is computed here but differences and sums of what
is on record: loss with an option is loss_without (1 - saving).
"""

import msgspec
import numpy as np

from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.messages.codes import Identity, IdentityRule, Reason
from tdome.messages.fire import FirePlan, Grounds, Recommendations
from tdome.plan.plan import Plan
from tdome.score.evidence import Evidence

LEAST_SHARE = 0.01  # of a class that is told


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One fire unit against the track; times in s from the decision, None where no solution is.

    opens, closes: launch window as planned; place: latitude, longitude (deg), height (m) of the
    intercept. pk with low and high of the catalogue. saving: share of the loss that it averts.
    rounds_after: left at the unit and unpromised.
    """

    unit: str
    reason: str
    rounds: int
    opens_s: float | None
    closes_s: float | None
    intercept_s: float | None
    place: tuple[float, float, float] | None
    pk: float
    pk_low: float
    pk_high: float
    saving: float
    rounds_after: int
    loss_with: float
    marginal_return: float


class Stake(msgspec.Struct, frozen=True, kw_only=True):
    """What is at stake at one asset: probability of a hit, share of the expected loss."""

    asset: str
    hit: float
    loss: float


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One recommendation: who was to fire, at what, why at it, and why so.

    at, answer_by: int ns UTC. stakes add up with ``elsewhere`` to loss_without. urgency: priority
    over value at risk. classes: the believed ones, the most probable first ("none of these" last).
    options: the chosen one first, then by return.
    """

    engagement: int
    track_number: int
    at: int
    answer_by: int
    identity: str
    because: str
    classes: list[tuple[str, float]]
    decoy: float
    to_go_s: float | None
    group: int
    loss_without: float
    stakes: list[Stake]
    elsewhere: float
    priority: float
    urgency: float
    options: list[Option]


def decisions(evidence: Evidence, plan: Plan, engagements: set[int]) -> list[Decision]:
    """Return the recommendations of some engagements, in their order."""
    plans = {said.header.valid_at: said for said in evidence.all(FirePlan)}
    grounds = {said.header.valid_at: said for said in evidence.all(Grounds)}
    found = [
        _decision(asked, row, plans[at], grounds[at], plan)
        for asked in evidence.all(Recommendations)
        for row in np.flatnonzero(np.isin(asked.engagement, sorted(engagements))).tolist()
        if (at := asked.header.valid_at) in plans and at in grounds
    ]
    return sorted(found, key=lambda one: one.engagement)


def _decision(
    asked: Recommendations, row: int, fire_plan: FirePlan, grounds: Grounds, plan: Plan
) -> Decision:
    at, number = asked.header.valid_at, int(asked.track_number[row])
    k = int(np.flatnonzero(grounds.engagement == asked.engagement[row])[0])
    rows = np.flatnonzero((fire_plan.track_number == number) & (fire_plan.unit >= 0))
    chosen = fire_plan.reason[rows] == Reason.CHOSEN
    solved = fire_plan.intercept_at[rows] > 0
    order = np.lexsort((fire_plan.unit[rows], -fire_plan.marginal_return[rows], ~solved, ~chosen))
    stakes = [
        Stake(
            asset=plan.assets.names[asset],
            hit=float(grounds.likely_hit[k, j]),
            loss=float(grounds.likely_loss[k, j]),
        )
        for j, asset in enumerate(grounds.likely_asset[k].tolist())
        if asset >= 0
    ]
    value, priority = float(grounds.value_at_risk[k]), float(grounds.priority[k])
    due = int(grounds.impact_at[k])
    return Decision(
        engagement=int(asked.engagement[row]),
        track_number=number,
        at=at,
        answer_by=int(asked.answer_by[row]),
        identity=Identity(grounds.identity[k]).name,
        because=IdentityRule(grounds.because[k]).name,
        classes=_classes(grounds, k, plan),
        decoy=float(grounds.decoy_probability[k]),
        to_go_s=(due - at) / 1e9 if due > 0 else None,
        group=int(grounds.group[k]),
        loss_without=value,
        stakes=stakes,
        elsewhere=value - sum(stake.loss for stake in stakes),
        priority=priority,
        urgency=priority / value if value > 0.0 else 0.0,
        options=[_option(fire_plan, int(i), at, plan) for i in rows[order]],
    )


def _classes(grounds: Grounds, k: int, plan: Plan) -> list[tuple[str, float]]:
    share = grounds.class_probability[k]
    order = np.argsort(-share[:-1], kind="stable")
    named = [(plan.threats.names[c], float(share[c])) for c in order if share[c] >= LEAST_SHARE]
    return [*named, ("none of these", float(share[-1]))]


def _option(fire_plan: FirePlan, i: int, at: int, plan: Plan) -> Option:
    def after(column: str) -> float | None:
        instant = int(getattr(fire_plan, column)[i])
        return (instant - at) / 1e9 if instant > 0 else None

    saving, without = float(fire_plan.saving[i]), float(fire_plan.loss_without[i])
    return Option(
        unit=plan.units.names[fire_plan.unit[i]],
        reason=Reason(fire_plan.reason[i]).name,
        rounds=int(fire_plan.rounds[i]),
        opens_s=after("launch_at"),
        closes_s=after("last_launch_at"),
        intercept_s=after("intercept_at"),
        place=_place(fire_plan.intercept_ecef[i]),
        pk=float(fire_plan.pk[i]),
        pk_low=float(fire_plan.pk_low[i]),
        pk_high=float(fire_plan.pk_high[i]),
        rounds_after=int(fire_plan.rounds_after[i]),
        saving=saving,
        loss_with=without * (1.0 - saving),
        marginal_return=float(fire_plan.marginal_return[i]),
    )


def _place(ecef: np.ndarray) -> tuple[float, float, float] | None:
    if not np.isfinite(ecef).all():
        return None
    lat, lon, height = (float(part[0]) for part in ecef_to_geodetic(ecef[None]))
    return float(np.degrees(lat)), float(np.degrees(lon)), height
