"""How to split rounds among batteries: from a scenario to the two-stage model and back to a plan.

Rounds of one type of unit are shared among the batteries of that type; launchers hold what the
plan gives them now; one gets ``spare`` times the largest load of its type at most, and keeps the
share ``keep`` of its own. A battery's price is what one more round there
would save of the judged loss at most.
"""

from typing import Any

import numpy as np

from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.messages.base import Longs
from tdome.siting.models.decay import Progress
from tdome.siting.models.inventory import Inventory, Split, best_split, judged
from tdome.siting.models.risk import Risk
from tdome.siting.planning.asked import Asked, Proposal, outcome
from tdome.siting.planning.chances import chances, in_reach, with_units
from tdome.siting.planning.demand import Demand
from tdome.siting.planning.laydown import judge_of
from tdome.siting.planning.written import checked, with_values

SPARE = 2.0  # times the largest load of a type that one battery may get; notional
KEEP = 0.25  # share of its present rounds that every battery keeps; notional
MOVE_PRICE = 1e-6  # share of what is at stake that moving one round must be worth
_TRY = 5.0  # s for the use of one drawn split


class Stock:
    """An inventory problem with the names behind its rows."""

    def __init__(
        self, asked: Asked, demand: Demand, risk: Risk, *,
        add: dict[str, int], spare: float, keep: float,
    ) -> None:  # fmt: skip
        units = asked.plan.units
        self.asked, self.demand = asked, demand
        self.rows = np.flatnonzero(units.cools == 0)
        if not len(self.rows):
            raise ConfigError(asked.plan.source, None, "fire_units", "no unit has rounds to share")
        book = with_units(asked.plan, asked.plan.file.fire_units)
        reach, unknown = in_reach(book, demand, asked.terrain)
        found = chances(book, demand, reach)
        self.left_out = (*demand.left_out, *(f"class {n} (no nominal arrival)" for n in unknown))
        self.types = tuple(dict.fromkeys(units.types[row] for row in self.rows))
        self.kind = np.array([self.types.index(units.types[row]) for row in self.rows])
        self.present: Longs = units.rounds[self.rows].astype(np.int64)
        for name in add:
            if name not in self.types:
                raise ConfigError.unknown(file="--add", key="", name=name, valid=list(self.types))
        more = np.array([add.get(name, 0) for name in self.types], np.int64)
        total = np.bincount(self.kind, self.present, len(self.types)).astype(np.int64) + more
        largest = np.zeros(len(self.types), np.int64)
        np.maximum.at(largest, self.kind, self.present)
        most = np.ceil(spare * largest).astype(np.int64)[self.kind]
        room = np.bincount(self.kind, most, len(self.types))
        if (room < total).any():
            name = self.types[int(np.argmax(room < total))]
            problem = f"{total[self.types.index(name)]} rounds of {name} do not fit"
            raise ConfigError("--add", None, "", problem, "raise --spare")
        beams = np.flatnonzero(units.cools > 0)
        base = np.prod(1.0 - found.stops[beams], axis=0)
        worth = demand.worth * base
        stake = np.bincount(demand.raid, worth, len(demand.raids)).astype(np.float64)
        self.problem = Inventory(
            found.single[self.rows], worth, demand.arrivals, demand.raid, risk, self.kind, total,
            np.floor(keep * self.present).astype(np.int64), most, self.present,
            MOVE_PRICE * float(risk.of_losses(stake)),
        )  # fmt: skip


def propose(
    stock: Stock, *, time: float, gap: float, rank: int = 0, seed: int = 1,
    progress: Progress | None = None,
) -> Proposal:  # fmt: skip
    """Find the best split and say what it changes."""
    problem = stock.problem
    split, found = best_split(problem, stock.present, time=time, gap=gap, progress=progress)
    now, _ = judged(problem, stock.present)
    raids = len(problem.risk.chance)
    stake = np.bincount(problem.raid, problem.weight, raids).astype(np.float64)
    text = _text(stock, split.rounds)
    others = []
    for k, rounds in enumerate(_others(stock, split.rounds, rank, seed)):
        loss = float(judged(problem, rounds, _TRY)[0].losses.sum())
        others.append((f"drawn {k + 1}", loss, _text(stock, rounds)))
    return Proposal(
        kind="inventory", scenario=stock.asked.inputs.name, judge=judge_of(problem.risk),
        lost=float(problem.risk.of_losses(split.losses)), **outcome(found),
        present=float(problem.risk.of_losses(now.losses)),
        at_stake=float(problem.risk.of_losses(stake)), rows=_rows(stock, split),
        by_raid=[
            {"raid": name, "at_stake": float(stake[r]), "present": float(now.losses[r]),
             "proposed": float(split.losses[r])}
            for r, name in enumerate(stock.demand.raids)
        ],
        by_asset=[], plan_text=text, left_out=list(stock.left_out),
        alternatives=[
            ("present", float(now.losses.sum()), stock.asked.inputs.plan_text),
            ("proposed", float(split.losses.sum()), text), *others,
        ],
    )  # fmt: skip


def _rows(stock: Stock, split: Split) -> list[dict[str, Any]]:
    units = stock.asked.plan.units
    return [
        {"unit": units.names[row], "type": units.types[row], "present": int(stock.present[k]),
         "proposed": int(split.rounds[k]), "price": float(split.prices[k])}
        for k, row in enumerate(stock.rows)
    ]  # fmt: skip


def _text(stock: Stock, rounds: Longs) -> str:
    changed = {
        int(row): {"rounds": int(rounds[k])}
        for k, row in enumerate(stock.rows)
        if rounds[k] != stock.present[k]
    }
    source = stock.asked.plan.source
    return checked(with_values(stock.asked.inputs.plan_text, "fire_units", changed, source), source)


def _others(stock: Stock, rounds: Longs, many: int, seed: int) -> list[Longs]:
    """Draw other splits, from near the proposal to far from it, to be ranked."""
    chance = Streams(seed)("siting", "splits").generator()
    drawn = []
    for k in range(many):
        share = (k + 1) / many
        plan = rounds.copy()
        for kind in range(len(stock.types)):
            mine = np.flatnonzero(stock.kind == kind)
            for _ in range(round(share * int(plan[mine].sum()))):
                from_, to = chance.choice(mine), chance.choice(mine)
                if plan[from_] > 0 and plan[to] < stock.problem.most[to]:
                    plan[from_] -= 1
                    plan[to] += 1
        drawn.append(plan)
    return drawn
