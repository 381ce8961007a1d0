"""From the chosen options of a fire plan to new engagements put before the operator."""

import msgspec
import numpy as np

from tdome.command.engagement.draft import Draft, Places
from tdome.command.engagement.sight import Sight, objections
from tdome.messages.base import Codes, Header
from tdome.messages.codes import EngagementState as State
from tdome.messages.codes import Reason
from tdome.messages.fire import Engagements, FirePlan, Recommendations
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.plan.plan import Plan

LINK_S = 0.5  # s kept for the order's way to the fire unit


class Proposals(msgspec.Struct, frozen=True, eq=False):
    """Rows of the fire plan: taken become engagements; blocked were chosen but may not, and why."""

    taken: Places
    blocked: Places
    why: Codes


def proposals(
    draft: Draft, plan: Plan, fire_plan: FirePlan, tracks: SystemTracks, threats: Threats
) -> Proposals:
    """Check the chosen rows against rounds, channels, identity and control, whoever chose them.

    An assigner that keeps its promises never has a row blocked.
    """
    chosen = np.flatnonzero(fire_plan.reason == Reason.CHOSEN)
    if not len(chosen):
        return Proposals(chosen, chosen, np.zeros(0, np.int8))
    numbers, units = fire_plan.track_number[chosen], fire_plan.unit[chosen]
    rounds = fire_plan.rounds[chosen]
    sight = Sight(tracks, threats, numbers)
    launch_at, aim = fire_plan.launch_at[chosen], fire_plan.intercept_ecef[chosen]
    why = objections(plan, sight, units, launch_at, aim, draft.now)
    magazines = draft.magazines(plan.units)
    left = magazines.rounds_left.copy()
    free = magazines.channels - magazines.channels_busy
    together = plan.nodes.fire_of_unit  # units that know of one another's engagements
    table, under_way = draft.table, ~draft.done
    of = together[table.unit[under_way]].tolist(), table.track_number[under_way].tolist()
    engaged = set(zip(*of, strict=True))
    for k in np.flatnonzero(why == Reason.CHOSEN):
        this = int(together[units[k]]), int(numbers[k])
        if this in engaged:
            why[k] = Reason.ALREADY_ENGAGED
        elif magazines.channels[units[k]] < 1:
            why[k] = Reason.UNIT_DOWN
        elif not 1 <= rounds[k] <= left[units[k]]:
            why[k] = Reason.NO_ROUNDS
        elif free[units[k]] < 1:
            why[k] = Reason.NO_CHANNEL
        else:
            engaged.add(this)
            left[units[k]] -= rounds[k]
            free[units[k]] -= 1
    good = why == Reason.CHOSEN
    return Proposals(chosen[good], chosen[~good], why[~good])


def open_engagements(
    plan: Plan, fire_plan: FirePlan, rows: Places, first: int, now: int
) -> Engagements:
    """Return a table of the new engagements, numbered from ``first`` in the order of the plan.

    The answer is due at the time-out, or when the launch time could no longer be kept: a decision,
    the link and the unit's reaction before it.
    """
    unit, count = fire_plan.unit[rows], len(rows)
    needed = plan.units.reaction[unit] + plan.clock.decide_s + LINK_S
    last = fire_plan.launch_at[rows] - np.rint(needed * 1e9).astype(np.int64)
    answer_by = np.minimum(last, now + round(plan.authority.time_out_s * 1e9))
    return Engagements(
        header=Header("engagement", 0, now, now),
        engagement=np.arange(first, first + count, dtype=np.int32),
        track_number=fire_plan.track_number[rows],
        unit=unit,
        rounds=fire_plan.rounds[rows],
        state=np.full(count, State.RECOMMENDED, np.int8),
        state_at=np.full(count, now, np.int64),
        launch_at=fire_plan.launch_at[rows],
        intercept_at=fire_plan.intercept_at[rows],
        intercept_ecef=fire_plan.intercept_ecef[rows],
        pk=fire_plan.pk[rows],
        marginal_return=fire_plan.marginal_return[rows],
        answer_by=np.maximum(answer_by, now),
        verdict=np.zeros(count, np.int8),
        reason=np.full(count, Reason.CHOSEN, np.int8),
    )


def recommendations(opened: Engagements) -> Recommendations:
    """Return what the operator is asked."""
    columns = [name for name in Recommendations.__struct_fields__ if name != "header"]
    return Recommendations(
        header=opened.header, **{name: getattr(opened, name) for name in columns}
    )
