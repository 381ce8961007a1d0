"""One replicate in numbers: outcome and plan in, flat names out (their table: :mod:`.names`).

A measure that does not exist in a replicate (the lead time of warnings of no impact) is nan, which
the study's table writes as null. Counts of classes, layers and assets of the plan are always there.
"""

import math
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from tdome.plan.plan import Plan
from tdome.score.outcome import FATES, Outcome
from tdome.score.raid.decided import COUNTS
from tdome.studies.measures.delay import Arrivals, losses, mean_delay
from tdome.world.ledger import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tdome.messages.base import Floats

_COUNTS = ("launched", "engaged", *FATES, "ignored")
_SITES = ("sensor", "fire unit", "command post")
_NAN = math.nan

Row = dict[str, float]


def measured(outcome: Outcome, plan: Plan) -> Row:
    """Return all measures of one replicate, by name."""
    row: Row = {}
    row |= _fates(outcome, plan)
    row |= _value_and_time(outcome, plan)
    row |= _rounds(outcome, plan)
    row |= _money(outcome, row)
    row |= _warnings(outcome)
    row |= _people(outcome)
    row |= _sites(outcome)
    row |= {f"decisions.{what}": float(outcome.decisions[what]) for what in COUNTS}
    row |= {f"picture.{what}": float(value) for what, value in outcome.siap.items()}
    row |= _controls(outcome, plan)
    return row


def _classes(outcome: Outcome, plan: Plan) -> list[str]:
    return sorted({*plan.threats.names, *outcome.by_class["class"].to_pylist()})


def _fates(outcome: Outcome, plan: Plan) -> Row:
    by_class = {row["class"]: row for row in outcome.by_class.to_pylist()}
    row: Row = {}
    for count in _COUNTS:
        row[count] = float(outcome.totals[count])
        for name in _classes(outcome, plan):
            row[f"{count}.class.{name}"] = float(by_class.get(name, {}).get(count, 0))
    for asset in outcome.by_asset.to_pylist():
        row[f"leaked.asset.{asset['asset']}"] = float(asset["leakers"])
    row["no_leaker"] = float(row["leaked"] == 0.0)
    return row


def _value_and_time(outcome: Outcome, plan: Plan) -> Row:
    value, names = plan.assets.value, plan.assets.names
    lost = outcome.by_asset["value_lost"].to_numpy()
    leaked = pc.equal(outcome.threats["fate"], "leaked")
    came = _arrivals(outcome.threats.filter(leaked), "ended_at", outcome.start)
    due = _arrivals(outcome.undefended, "at", outcome.start)
    horizon = float(due.at.max(initial=0.0))
    with_us, without = (losses(plan.assets, arrivals, horizon) for arrivals in (came, due))
    at_stake = value * without.share
    tables = {
        "value.lost": lost,
        "value.protected": value - lost,
        "value.undefended": at_stake,
        "value.saved": at_stake - lost,
    }
    row: Row = {}
    for key, column in tables.items():
        row[key] = float(column.sum())
        row |= {f"{key}.asset.{name}": float(x) for name, x in zip(names, column, strict=True)}
    row["value.saved_share"] = _ratio(row["value.saved"], row["value.undefended"])
    first, undefended = (_first(arrivals) for arrivals in (came, due))
    row |= {
        "time.first_leak": first,
        "time.first_leak.undefended": undefended,
        "time.bought.first": first - undefended,
        "time.bought": mean_delay(without, with_us, value),
    }
    alone = np.eye(len(names))
    for name, weight in zip(names, alone, strict=True):
        row[f"time.bought.asset.{name}"] = mean_delay(without, with_us, weight)
    return row


def _arrivals(table: Table, at: str, start: int) -> Arrivals:
    return Arrivals(
        at=(table[at].to_numpy() - start) / 1e9,
        asset=table["asset"].to_numpy(),
        damage=table["damage_fraction"].to_numpy(),
    )


def _first(arrivals: Arrivals) -> float:
    hits = arrivals.on_assets()
    return float(hits.at[0]) if len(hits.at) else _NAN


def _rounds(outcome: Outcome, plan: Plan) -> Row:
    row: Row = {
        "rounds.fired": float(outcome.totals["rounds_fired"]),
        "rounds.on_debris": float(outcome.totals["rounds_on_debris"]),
    }
    emptied: list[float] = []
    for layer in outcome.by_layer.to_pylist():
        name = layer["layer"]
        for what in ("fired", "left", "reloaded", "lost"):
            row[f"rounds.{what}.layer.{name}"] = float(layer[f"rounds_{what}"])
        row[f"cost.defence.layer.{name}"] = float(layer["cost_usd"])
        row[f"kills.layer.{name}"] = float(layer["kills"])
        after = _or_nan(layer["dry_s"])
        row[f"dry.layer.{name}"] = float(not math.isnan(after))
        row[f"dry.after.layer.{name}"] = after
        emptied.append(after)
    row["dry.any"] = float(any(not math.isnan(after) for after in emptied))
    row["dry.after"] = _least(emptied)
    return row


def _money(outcome: Outcome, row: Row) -> Row:
    cost = outcome.threats["cost"].to_numpy()
    fate = np.array(outcome.threats["fate"].to_pylist(), dtype=object)
    ours = float(outcome.totals["cost_usd"])
    theirs, killed = float(cost.sum()), float(cost[fate == "killed"].sum())
    return {
        "cost.defence": ours,
        "cost.attack": theirs,
        "cost.attack_killed": killed,
        "exchange.attack": _ratio(ours, theirs),
        "exchange.killed": _ratio(ours, killed),
        "exchange.per_value": _ratio(ours, row["value.saved"]),
    }


def _warnings(outcome: Outcome) -> Row:
    told = outcome.warnings
    return {
        "warning.impacts": float(told.impacts_in_zones),
        "warning.missed": float(told.impacts_in_zones - told.impacts_warned),
        "warning.early": float(told.warned_early),
        "warning.lead.median": _or_nan(told.median_lead_s),
        "warning.lead.shortest": _or_nan(told.shortest_lead_s),
        "warning.notice.median": _or_nan(told.median_notice_s),
        "warning.alerts": float(told.alerts),
        "warning.false": float(told.false_alerts),
        "warning.false.averted": float(told.averted),
        "warning.false.debris": float(told.debris_came),
        "warning.false.idle": float(told.nothing_came),
        "warning.zone_minutes": float(told.zone_minutes),
        "warning.idle_zone_minutes": float(told.idle_zone_minutes),
        "warning.idle_area": float(told.idle_km2_h),
        "warning.notices": float(told.notices),
        "warning.notices_wrong": float(told.notices - told.notices_right),
        "warning.flaps": float(told.flaps),
    }


def _people(outcome: Outcome) -> Row:
    row: Row = {
        "civil.exposed": float(sum(under.exposed for under in outcome.exposure)),
        "civil.unsheltered": float(sum(under.unsheltered for under in outcome.exposure)),
        "flights.engaged": float(outcome.airspace.engaged),
        "flights.bursts_near": float(outcome.airspace.bursts_near),
        "flights.wrecks_near": float(outcome.airspace.wrecks_near),
    }
    for under in outcome.exposure:
        for what in ("exposed", "unsheltered", "events", "unknown"):
            row[f"civil.{what}.{under.cause}"] = float(getattr(under, what))
    return row


def _sites(outcome: Outcome) -> Row:
    sites = outcome.sites.to_pylist()
    row: Row = {
        "sites.hits": float(sum(site["hits"] for site in sites)),
        "sites.for_good": float(sum(site["for_good"] for site in sites)),
        "sites.down": float(sum(site["down_s"] for site in sites)),
    }
    for kind in _SITES:
        row[f"sites.lost.{kind}"] = float(sum(site["kind"] == kind for site in sites))
    return row


def _controls(outcome: Outcome, plan: Plan) -> Row:
    table = outcome.rounds
    excess: Floats = table["hit"].to_numpy(zero_copy_only=False) - table["chance"].to_numpy()
    groups: tuple[tuple[str, Iterable[str]], ...] = (
        ("class", _classes(outcome, plan)),
        ("layer", dict.fromkeys(plan.units.layers)),
    )
    row: Row = {"control.hits": float(excess.sum())}
    for by, names in groups:
        of = np.array(table[by].to_pylist(), dtype=object)
        row |= {f"control.hits.{by}.{name}": float(excess[of == name].sum()) for name in names}
    return row


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0.0 else _NAN


def _least(values: list[float]) -> float:
    there = [value for value in values if not math.isnan(value)]
    return min(there) if there else _NAN


def _or_nan(value: float | None) -> float:
    return _NAN if value is None else float(value)
