"""Where to put fire units: from a scenario to the model of a laydown and back to a plan."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.messages.base import Longs
from tdome.plan.schema import FireUnitSite
from tdome.siting.models.decay import Progress
from tdome.siting.models.laydown import Laydown, Near, best_laydown
from tdome.siting.models.risk import Risk
from tdome.siting.planning.asked import Asked, Proposal, outcome
from tdome.siting.planning.chances import chances, in_reach, with_units
from tdome.siting.planning.demand import Demand
from tdome.siting.planning.force import Group, at, metres, placed, present_counts
from tdome.siting.planning.sites import Spot

MOVE_PRICE = 1e-4  # share of what is at stake that moving one unit must be worth


@dataclass(frozen=True, eq=False)
class Ground:
    """A laydown problem with the names behind its rows."""

    asked: Asked
    demand: Demand
    groups: list[Group[FireUnitSite]]
    spots: list[Spot]
    problem: Laydown
    present: Longs
    left_out: tuple[str, ...]


def ground_of(  # noqa: PLR0913, PLR0917  (what a laydown is made of)
    asked: Asked,
    demand: Demand,
    groups: list[Group[FireUnitSite]],
    spots: list[Spot],
    risk: Risk,
    per_site: int = 1,
    near_price: float = 0.0,
    move_price: float = MOVE_PRICE,
) -> Ground:
    """Ask for every group at every site and for what stays: who stops what, as believed."""
    plan = asked.plan
    free = {row for group in groups for row in group.rows}
    stay = [unit for row, unit in enumerate(plan.file.fire_units) if row not in free]
    tried = [at(group.template, spot) for group in groups for spot in spots]
    book = with_units(plan, [*stay, *tried])
    reach, unknown = in_reach(book, demand, asked.terrain)
    stops = chances(book, demand, reach).stops
    shape = (len(groups), len(spots), len(demand))
    p = stops[len(stay) :].reshape(shape)
    number = np.array([group.number for group in groups], np.int64)
    present = present_counts(plan.file.fire_units, groups, spots)
    most = np.maximum(present.sum(axis=0), per_site)
    if int(most.sum()) < int(number.sum()):
        problem = f"{number.sum()} units for {most.sum()} places"
        raise ConfigError("--sites", None, "", problem, "give more sites or raise --per-site")
    base = np.prod(1.0 - stops[: len(stay)], axis=0)
    near = None
    if near_price > 0.0:
        near = _near(asked, reach[len(stay) :].reshape(shape), demand, spots, near_price)
    stake = np.bincount(demand.raid, demand.worth, len(demand.raids)).astype(np.float64)
    price = move_price * float(risk.of_losses(stake))
    worth, raid = demand.worth, demand.raid
    problem_ = Laydown(p, worth, base, raid, risk, number, most, near, present, price)
    left_out = (*demand.left_out, *(f"class {name} (no nominal arrival)" for name in unknown))
    return Ground(asked, demand, groups, spots, problem_, present, left_out)


def _near(
    asked: Asked, reach: np.ndarray[Any, Any], demand: Demand, spots: list[Spot], price: float
) -> Near:
    """Return the p-median term: km from assets to sites of units that can cover them."""
    assets = asked.plan.file.assets
    km = metres(list(assets), spots) / 1e3
    covers = np.stack([reach[:, :, demand.asset == a].any(axis=2) for a in range(len(assets))])
    distance = np.where(covers, km[:, None, :], np.inf)
    value = asked.plan.assets.value
    far = float(km.max())
    return Near(distance, value / value.sum(), np.full(len(assets), far), price)


# ---------------------------------------------------------------- answer


def propose(
    ground: Ground, *, time: float, gap: float, rank: int = 0, seed: int = 1,
    progress: Progress | None = None,
) -> Proposal:  # fmt: skip
    """Find the best laydown and say what it changes."""
    problem = ground.problem
    present = ground.present if _complete(ground) else None
    counts, found = best_laydown(problem, present, time=time, gap=gap, progress=progress)
    rows, text = _placed(ground, counts)
    before = ground.present
    figures = {}
    if problem.near is not None:
        figures = {
            "distance_km": problem.near.of(counts), "distance_km_present": problem.near.of(before)
        }  # fmt: skip
    others = [
        (f"drawn {k + 1}", float(problem.losses(plan).sum()), _placed(ground, plan)[1])
        for k, plan in enumerate(_others(ground, counts, rank, seed))
    ]
    return Proposal(
        kind="laydown", scenario=ground.asked.inputs.name, judge=judge_of(problem.risk),
        lost=float(problem.risk.of_losses(problem.losses(counts))), **outcome(found),
        present=float(problem.risk.of_losses(problem.losses(before))), at_stake=_at_stake(problem),
        rows=rows, by_raid=_by_raid(ground, counts), by_asset=_by_asset(ground, counts),
        plan_text=text, left_out=list(ground.left_out), figures=figures, alternatives=[
            ("present", float(problem.losses(before).sum()), ground.asked.inputs.plan_text),
            ("proposed", float(problem.losses(counts).sum()), text), *others,
        ],
    )  # fmt: skip


def judge_of(risk: Risk) -> str:
    """Return the name of a risk."""
    if risk.is_mean:
        return "mean"
    return "worst" if risk.tail <= float(risk.chance.min()) else f"cvar {risk.tail:g}"


def _at_stake(problem: Laydown) -> float:
    raids = len(problem.risk.chance)
    stake = np.bincount(problem.raid, problem.weight, raids).astype(np.float64)
    return float(problem.risk.of_losses(stake))


def _complete(ground: Ground) -> bool:
    """Whether the present laydown is a plan of the problem: nothing new is to be placed."""
    return bool(np.array_equal(ground.present.sum(axis=1), ground.problem.number))


def _others(ground: Ground, counts: Longs, many: int, seed: int) -> list[Longs]:
    """Draw other laydowns, from near the proposal to far from it, to be ranked."""
    chance = Streams(seed)("siting", "others").generator()
    drawn = []
    units = int(counts.sum())
    for k in range(many):
        plan = counts.copy()
        for g, s in chance.permutation(np.argwhere(plan))[: max(1, units * (k + 1) // many)]:
            room = np.flatnonzero(plan.sum(axis=0) < ground.problem.most)
            if len(room):
                plan[g, s] -= 1
                plan[g, room[chance.integers(len(room))]] += 1
        drawn.append(plan)
    return drawn


def _placed(ground: Ground, counts: Longs) -> tuple[list[dict[str, Any]], str]:
    asked = ground.asked
    sites = asked.plan.file.fire_units
    return placed(
        asked.inputs.plan_text, asked.plan.source, sites, ground.groups, ground.spots, counts
    )


def _by_raid(ground: Ground, counts: Longs) -> list[dict[str, Any]]:
    problem = ground.problem
    raids = len(problem.risk.chance)
    stake = np.bincount(problem.raid, problem.weight, raids)
    before, after = problem.losses(ground.present), problem.losses(counts)
    return [
        {"raid": name, "at_stake": float(stake[r]), "present": float(before[r]),
         "proposed": float(after[r])}
        for r, name in enumerate(ground.demand.raids)
    ]  # fmt: skip


def _by_asset(ground: Ground, counts: Longs) -> list[dict[str, Any]]:
    """Return what is at stake and leaks of each asset, all raids together."""
    problem, asset = ground.problem, ground.demand.asset
    names = ground.asked.plan.assets.names
    parts = [
        problem.weight,
        problem.weight * problem.base * problem.let_through(ground.present),
        problem.weight * problem.base * problem.let_through(counts),
    ]
    sums = [np.bincount(asset, part, len(names)) for part in parts]
    return [
        {"asset": name, "at_stake": float(sums[0][a]), "present": float(sums[1][a]),
         "proposed": float(sums[2][a])}
        for a, name in enumerate(names)
    ]  # fmt: skip
