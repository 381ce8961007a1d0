"""How well a unit at a site stops a cell of the demand, as the plan believes.

A cell is in reach where the margin of :mod:`tdome.siting.footprint` is not negative: the arrival is
on a firm track, decided on and shot at in time. One round then kills with the believed nominal SSPK
q of its class. By the plan's doctrine each arrival gets k tries,

    P = 1 - (1 - q)^k,    k = salvo_rounds (salvo) or 2 (shoot-look-shoot),

for k or 1 + (1 - q) rounds. A raid may bring more than a unit has rounds for: it then takes the
share min(1, rounds / (rounds per arrival x arrivals of the raid in its reach)), as if it were
alone. Not looked at: channels, spacing, reloads, aspect, edge and manoeuvre factors of the SSPK,
common mode; each makes the truth worse than the model, about alike for all sites.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.earth.terrain import Terrain
from tdome.messages.base import Floats
from tdome.plan.plan import Plan, build_plan
from tdome.plan.schema import Doctrine, FireUnitSite
from tdome.siting.arrivals import arrival_of
from tdome.siting.coverage import FARTHEST
from tdome.siting.footprint import Defence
from tdome.siting.planning.demand import Demand
from tdome.siting.radar import Eyes

LOOKS = 2  # tries under shoot-look-shoot: a second look, or last-chance rounds at once


class Chances(msgspec.Struct, frozen=True, eq=False):
    """Units (u) against cells (j): one round's q where in reach, else 0; and P as above."""

    single: Floats
    stops: Floats


def with_units(plan: Plan, units: Sequence[FireUnitSite]) -> Plan:
    """Return the plan with other fire units, named by their row (names must differ).

    Without fire zones: the planning aid does not look at them, and they may name a unit.
    """
    named = [msgspec.structs.replace(unit, name=f"u{k}") for k, unit in enumerate(units)]
    file = msgspec.structs.replace(plan.file, fire_units=named, fire_zones=[])
    return build_plan(file, plan.source)


def in_reach(
    plan: Plan, demand: Demand, terrain: Terrain | None
) -> tuple[NDArray[np.bool_], list[str]]:
    """Return which units of a plan reach which cells, (u, j), and classes without an arrival."""
    defence = Defence(plan, Eyes(plan.sensors, terrain))
    middle = float(plan.assets.lat.mean()), float(plan.assets.lon.mean())
    out = np.zeros((len(plan.units.names), len(demand)), np.bool_)
    unknown = []
    for threat, name in enumerate(demand.threats.names):
        cells = np.flatnonzero(demand.threat == threat)
        if not len(cells):
            continue
        arrival = arrival_of(demand.threats, threat, *middle, FARTHEST)
        if arrival is None:
            unknown.append(name)
            continue
        rows = defence.suited(arrival)
        way = np.column_stack([demand.asset[cells], demand.bearing[cells]])
        ways, of = np.unique(way, axis=0, return_inverse=True)
        asset = ways[:, 0].astype(np.int64)
        margins = defence.margins_along(
            arrival, plan.assets.lat[asset], plan.assets.lon[asset], ways[:, 1], rows
        )
        out[np.ix_(rows, cells)] = (margins >= 0.0)[of.ravel()].T
    return out, unknown


def chances(plan: Plan, demand: Demand, reach: NDArray[np.bool_]) -> Chances:
    """Return the chances of a plan's units against the cells that they reach."""
    units, book = plan.units, demand.threats
    nominal = units.sspk_against(book.names, book.family)
    q = nominal[:, demand.threat] * reach
    tries, spent = tries_of(plan.doctrine, q)
    raids = len(demand.raids)
    load = np.zeros((len(q), raids))
    for r in range(raids):
        mine = demand.raid == r
        load[:, r] = (spent * (q > 0.0) * demand.arrivals)[:, mine].sum(axis=1)
    held = np.where(units.cools > 0, np.inf, units.rounds.astype(np.float64))
    share = np.minimum(1.0, held[:, None] / np.maximum(load, 1e-9))
    return Chances(q, (1.0 - (1.0 - q) ** tries) * share[:, demand.raid])


def tries_of(doctrine: Doctrine, q: Floats) -> tuple[int, Floats]:
    """Return the tries at each arrival and the rounds that they take in the mean, shape of q."""
    if doctrine.firing == "salvo":
        return doctrine.salvo_rounds, np.full(q.shape, float(doctrine.salvo_rounds))
    return LOOKS, 2.0 - q
