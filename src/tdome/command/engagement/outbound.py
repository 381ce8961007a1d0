"""What goes out to fire units: orders to engage and to cease, and updates of intercept points."""

import numpy as np

from tdome.command.engagement.draft import Draft, Places
from tdome.command.engagement.sight import Sight, objections
from tdome.messages.base import Floats, Header
from tdome.messages.codes import EngagementState as State
from tdome.messages.codes import OrderKind, Reason, code_set
from tdome.messages.fire import EngagementOrders, InterceptUpdates
from tdome.plan.plan import Plan

_ORDERED = code_set(State.AUTHORISED, State.LAUNCHED, State.IN_FLIGHT)
_FLYING = code_set(State.LAUNCHED, State.IN_FLIGHT)

MOVED = 20.0  # m: a predicted intercept point that moved less is not worth a message


def withdraw(draft: Draft, plan: Plan, sight: Sight) -> None:
    """Refuse what is asked or approved but not ordered yet, where the picture now forbids it."""
    table = draft.table
    approved = (draft.state == State.AUTHORISED) & (draft.ordered == 0)
    waiting = (draft.state == State.RECOMMENDED) | approved
    if not waiting.any():
        return
    aim = draft.intercept_ecef
    if len(plan.fire_zones):
        aim = _moved(draft, sight, np.flatnonzero(waiting & sight.alive))
    why = objections(plan, sight, table.unit, table.launch_at, aim, draft.now)
    empty = approved & (draft.stock[table.unit] < table.rounds) & (why == Reason.CHOSEN)
    why[empty] = Reason.NO_ROUNDS
    why[(draft.channels[table.unit] <= 0) & (why == Reason.CHOSEN)] = Reason.UNIT_DOWN
    draft.move(waiting & (why != Reason.CHOSEN), State.REFUSED, why)


def order(draft: Draft, sight: Sight) -> EngagementOrders:
    """Order what is approved, once; cease what flies at a friend or at nothing.

    What has ceased is CLOSED without a verdict, and its reason says why.
    """
    table = draft.table
    engage = np.flatnonzero((draft.state == State.AUTHORISED) & (draft.ordered == 0))
    flying = _ORDERED[draft.state] & (draft.ordered == 1)
    # After the intercept a track that is gone is evidence, not a reason to cease.
    stop = flying & (draft.now < table.intercept_at) & (~sight.alive | sight.protected)
    cease = np.flatnonzero(stop)
    if len(cease):
        why = np.where(sight.protected, Reason.IDENTITY_PROTECTED, Reason.TRACK_LOST)
        draft.move(cease, State.CLOSED, why.astype(np.int8))
    if len(engage):
        _aim(draft, sight, engage, least=0.0)
        draft.ordered[engage] = 1
    rows = np.concatenate([engage, cease])
    kind = np.repeat([OrderKind.ENGAGE, OrderKind.CEASE_ENGAGEMENT], [len(engage), len(cease)])
    return EngagementOrders(
        header=Header("engagement", 0, draft.now, draft.now),
        engagement=table.engagement[rows],
        track_number=table.track_number[rows],
        unit=table.unit[rows],
        rounds=table.rounds[rows],
        kind=kind.astype(np.int8),
        launch_at=table.launch_at[rows],
        intercept_at=table.intercept_at[rows],
        intercept_ecef=draft.intercept_ecef[rows],
    )


def update(draft: Draft, sight: Sight) -> InterceptUpdates:
    """Tell what flies where its target will be at the time of intercept, if that has moved."""
    flying = _FLYING[draft.state] & sight.alive
    rows = np.flatnonzero(flying & (draft.now < draft.table.intercept_at))
    if len(rows):
        rows = _aim(draft, sight, rows, least=MOVED)
    return InterceptUpdates(
        header=Header("engagement", 0, draft.now, draft.now),
        engagement=draft.table.engagement[rows],
        intercept_at=draft.table.intercept_at[rows],
        intercept_ecef=draft.intercept_ecef[rows],
    )


def _moved(draft: Draft, sight: Sight, rows: Places) -> Floats:
    """Intercept points, (e, 3), those of ``rows`` where the picture now says that they will be."""
    points, out = sight.points(rows, draft.table.intercept_at[rows]), draft.intercept_ecef.copy()
    known = np.isfinite(points[:, 0])
    out[rows[known]] = points[known]
    return out


def _aim(draft: Draft, sight: Sight, rows: Places, least: float) -> Places:
    """Predict intercept points anew; write and return those that moved by more than ``least`` m."""
    points = sight.points(rows, draft.table.intercept_at[rows])
    moved = np.linalg.norm(points - draft.intercept_ecef[rows], axis=1)
    changed: Places = rows[moved > least]
    draft.intercept_ecef[changed] = points[moved > least]
    draft.changed = draft.changed or len(changed) > 0
    return changed
