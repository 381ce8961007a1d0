"""Whether the people underneath were warned, how early, and how often for nothing.

An impact (leaker, harmless arrival) in a zone counts as warned if the zone was under an alert when
it came; lead time is impact minus that alert, or minus the object's launch where the alert stood
already for something else. An alert is false if nothing came down in its zone between alert and
all-clear. That alone says little about the warner, because a defence that shoots down what people
were rightly warned of makes alerts false: ``averted`` of them stood when something was shot down
that was going to come down in that zone (the ledger knows where each body was going to come down);
in ``debris_came`` only debris came down, of what was shot down or what missiles shed: it is not
counted as an impact; ``nothing_came`` are the others: nothing was ever going to fall there while
they stood.
"""

import msgspec
import numpy as np
import pyarrow.compute as pc
import shapely

from tdome.messages.base import Floats, Longs
from tdome.messages.codes import WarningKind
from tdome.messages.warnings import CivilWarnings
from tdome.plan.plan import Plan
from tdome.score.evidence import hostile_objects
from tdome.world.ledger import Ledger, Table

SHELTER_S = 30.0  # lead time by which half of those who can have reached a shelter, by day
FOR_EVER = np.iinfo(np.int64).max


class WarningScore(msgspec.Struct, frozen=True, kw_only=True):
    """Statistics of civil warnings.

    Lead times in s, None where nothing came down in a warned zone; ``warned_early`` counts impacts
    with SHELTER_S or more. ``zone_minutes`` of all alerts, ``idle_zone_minutes`` of those for which
    nothing came (up to the end of the record for one that was never lifted).
    """

    alerts: int
    zones_warned: int
    all_clears: int
    impacts_in_zones: int
    impacts_warned: int
    warned_early: int
    false_alerts: int
    averted: int
    debris_came: int
    nothing_came: int
    zone_minutes: float
    idle_zone_minutes: float
    median_lead_s: float | None
    shortest_lead_s: float | None


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One warning from alert to all-clear (int ns)."""

    warning: int
    zone: int
    begins: int
    ends: int


def alerts_of(warnings: list[CivilWarnings]) -> list[Alert]:
    """Return the warnings of a run with their times."""
    begins: dict[int, tuple[int, int]] = {}
    ends: dict[int, int] = {}
    for batch in warnings:
        at = batch.header.valid_at
        columns = (batch.warning, batch.zone, batch.kind)
        for number, zone, kind in zip(*(c.tolist() for c in columns), strict=True):
            if kind == WarningKind.ALERT:
                begins[number] = (zone, at)
            elif kind == WarningKind.ALL_CLEAR:
                ends[number] = at
    return [
        Alert(warning=number, zone=zone, begins=at, ends=ends.get(number, FOR_EVER))
        for number, (zone, at) in sorted(begins.items())
    ]


def impacts_by_zone(ledger: Ledger, plan: Plan) -> list[tuple[int, int, int]]:
    """Return (zone row, impact ns, launch ns) of each hostile object that came down in a zone."""
    return _by_zone(ledger, plan, "impacted", "end")


def averted_by_zone(ledger: Ledger, plan: Plan) -> list[tuple[int, int, int]]:
    """Return (zone row, end ns, launch ns) of each that was shot down on its way to a zone."""
    return _by_zone(ledger, plan, "killed", "aim")


def debris_by_zone(ledger: Ledger, plan: Plan) -> list[tuple[int, int, int]]:
    """Return (zone row, impact ns, impact ns) of each wreck or shed piece that came down in one."""
    shed = ledger.objects.filter(pc.equal(ledger.objects["kind"], "debris"))
    wrecks = ledger.debris
    at = wrecks["at"].to_numpy()
    fallen = _in_zones(plan, wrecks["lat"].to_numpy(), wrecks["lon"].to_numpy(), at, at)
    return sorted(fallen + _placed(shed, plan, "impacted", "end"))


def _by_zone(ledger: Ledger, plan: Plan, state: str, place: str) -> list[tuple[int, int, int]]:
    return sorted(_placed(hostile_objects(ledger), plan, state, place))


def _placed(objects: Table, plan: Plan, state: str, place: str) -> list[tuple[int, int, int]]:
    rows = objects.filter(pc.equal(objects["state"], state))
    names = (f"{place}_lat", f"{place}_lon", "ended_at", "launched_at")
    return _in_zones(plan, *(rows[name].to_numpy() for name in names))


def _in_zones(
    plan: Plan, lat: Floats, lon: Floats, at: Longs, since: Longs
) -> list[tuple[int, int, int]]:
    """Return (zone row, time, time) of the places (rad) that lie in a zone."""
    if not len(plan.zones) or not len(lat):
        return []
    places = shapely.points(np.degrees(lon), np.degrees(lat))
    point, zone = plan.zones.index.query(places, predicate="within")
    return list(zip(zone.tolist(), at[point].tolist(), since[point].tolist(), strict=True))


def score_warnings(warnings: list[CivilWarnings], ledger: Ledger, plan: Plan) -> WarningScore:
    """Compare the warnings of a run with where things came down, or were going to."""
    alerts = alerts_of(warnings)
    impacts = impacts_by_zone(ledger, plan)
    leads: list[float] = []
    justified: set[int] = set()
    for zone, at, launched in impacts:
        standing = _standing(alerts, zone, at)
        if standing:
            leads.append((at - max(standing[0].begins, launched)) / 1e9)
            justified.update(alert.warning for alert in standing)
    met = {
        alert.warning
        for zone, at, _ in averted_by_zone(ledger, plan)
        for alert in _standing(alerts, zone, at)
    } - justified
    littered = {
        alert.warning
        for zone, at, _ in debris_by_zone(ledger, plan)
        for alert in _standing(alerts, zone, at)
    } - (justified | met)
    idle = [alert for alert in alerts if alert.warning not in justified | met | littered]
    ended = ledger.objects["ended_at"].to_numpy()
    spoken = max((batch.header.valid_at for batch in warnings), default=0)
    over = max(int(ended.max()) if len(ended) else 0, spoken)
    return WarningScore(
        alerts=len(alerts),
        zones_warned=len({alert.zone for alert in alerts}),
        all_clears=sum(alert.ends != FOR_EVER for alert in alerts),
        impacts_in_zones=len(impacts),
        impacts_warned=len(leads),
        warned_early=sum(lead >= SHELTER_S for lead in leads),
        false_alerts=len(met) + len(littered) + len(idle),
        averted=len(met),
        debris_came=len(littered),
        nothing_came=len(idle),
        zone_minutes=_minutes(alerts, over),
        idle_zone_minutes=_minutes(idle, over),
        median_lead_s=float(np.median(leads)) if leads else None,
        shortest_lead_s=min(leads) if leads else None,
    )


def _standing(alerts: list[Alert], zone: int, at: int) -> list[Alert]:
    return [a for a in alerts if a.zone == zone and a.begins <= at <= a.ends]


def _minutes(alerts: list[Alert], over: int) -> float:
    return sum(min(alert.ends, over) - alert.begins for alert in alerts) / 60e9
