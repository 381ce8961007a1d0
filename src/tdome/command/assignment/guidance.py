"""Illuminators and uplinks: how many engagements a unit can guide at one time.

A unit with ``illuminators`` I can have at most I engagements in their last ``terminal_s`` seconds,
one with ``uplinks`` at most that many between launch and last intercept; 0 is no limit. Counted are
all that overlap the new one, though they need not overlap one another: on the safe side.
"""

from typing import NamedTuple

import numpy as np

from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints
from tdome.messages.codes import EngagementState, code_set
from tdome.messages.fire import Engagements
from tdome.plan.books.units import UnitBook

_GUIDED = code_set(
    EngagementState.RECOMMENDED,
    EngagementState.AUTHORISED,
    EngagementState.LAUNCHED,
    EngagementState.IN_FLIGHT,
)
LAUNCH, FIRST, LAST = range(3)
ILLUMINATORS, UPLINKS, TERMINAL = range(3)


class Held(NamedTuple):
    """What units guide: spans (u, m, 3), of which used (u,) are in use.

    spans: launch, first and last intercept, s from now. limits: (u, 3) illuminators, uplinks,
    terminal phase in s.
    """

    spans: Floats
    used: Ints
    limits: Floats


def held_guidance(units: UnitBook, engagements: Engagements, now: int) -> Held:
    """Return what open engagements hold, with room for all that a unit's channels allow."""
    limits = np.column_stack([units.illuminators, units.uplinks, units.terminal])
    limited = (units.illuminators > 0) | (units.uplinks > 0)
    if not limited.any():
        return Held(np.empty((len(limited), 0, 3)), np.zeros(len(limited), np.int32), limits)
    rows = np.flatnonzero(_GUIDED[engagements.state] & limited[engagements.unit])
    # An unlimited unit holds nothing on record; a limited one never more than its channels.
    most = len(rows) + int(units.channels[limited].max(initial=0))
    spans, count = np.empty((len(limited), most, 3)), np.zeros(len(limited), np.int32)
    for row in rows:
        u = engagements.unit[row]
        launch = (engagements.launch_at[row] - now) / 1e9
        first = (engagements.intercept_at[row] - now) / 1e9
        last = first + units.spacing[u] * (engagements.rounds[row] - 1)
        spans[u, count[u]] = launch, first, last
        count[u] += 1
    return Held(spans, count, limits)


@kernel
def crowded1(  # noqa: PLR0913, PLR0917  (a kernel)
    u: int, launch: float, first: float, last: float, spans: Floats, count: Ints, limits: Floats
) -> bool:
    """Tell whether a unit can not guide one more engagement of these times."""
    if limits[u, ILLUMINATORS] <= 0.0 and limits[u, UPLINKS] <= 0.0:
        return False
    in_terminal, in_flight = 0, 0
    for k in range(count[u]):
        if spans[u, k, FIRST] - limits[u, TERMINAL] < last and (
            spans[u, k, LAST] > first - limits[u, TERMINAL]
        ):
            in_terminal += 1
        if spans[u, k, LAUNCH] < last and spans[u, k, LAST] > launch:
            in_flight += 1
    if 0.0 < limits[u, ILLUMINATORS] <= in_terminal:
        return True
    return bool(0.0 < limits[u, UPLINKS] <= in_flight)


@kernel
def hold1(  # noqa: PLR0913, PLR0917  (a kernel)
    u: int, launch: float, first: float, last: float, spans: Floats, count: Ints, limits: Floats
) -> None:
    """Put one more engagement on record for a unit that is limited."""
    if limits[u, ILLUMINATORS] > 0.0 or limits[u, UPLINKS] > 0.0:
        spans[u, count[u], LAUNCH] = launch
        spans[u, count[u], FIRST] = first
        spans[u, count[u], LAST] = last
        count[u] += 1
