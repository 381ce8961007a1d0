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

An alert is a warning to take shelter, and begins when that is said. One that stays at the stage
EARLY to its end is a notice: right if anything came down in its zone, was shot down on its way
there, or fell there as debris, while it stood. A flap is a warning of a zone that begins within
FLAP_S of that zone's all-clear.
"""

import msgspec
import numpy as np
import pyarrow.compute as pc
import shapely

from tdome.messages.base import Floats, Longs
from tdome.messages.codes import WarningKind, WarningStage
from tdome.messages.warnings import CivilWarnings
from tdome.plan.plan import Plan
from tdome.score.evidence import hostile_objects
from tdome.world.ledger import Ledger, Table

SHELTER_S = 30.0  # lead time by which half of those who can have reached a shelter, by day
FLAP_S = 120.0
FOR_EVER = np.iinfo(np.int64).max


class WarningScore(msgspec.Struct, frozen=True, kw_only=True):
    """Statistics of civil warnings.

    Lead times in s, None where nothing came down in a warned zone; ``warned_early`` counts impacts
    with SHELTER_S or more. ``zone_minutes`` of all alerts, ``idle_zone_minutes`` of those for which
    nothing came (up to the end of the record for one that was never lifted), ``idle_km2_h`` the
    same by area. ``median_notice_s``: from the first word, of whatever stage, to the impact.
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
    idle_km2_h: float
    notices: int
    notices_right: int
    flaps: int
    median_lead_s: float | None
    shortest_lead_s: float | None
    median_notice_s: float | None


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One warning from alert to all-clear (int ns)."""

    warning: int
    zone: int
    begins: int
    ends: int


def alerts_of(warnings: list[CivilWarnings]) -> list[Alert]:
    """Return the warnings of a run that told people to take shelter, with their times."""
    return _spans(warnings, WarningStage.TAKE_SHELTER)


def notices_of(warnings: list[CivilWarnings]) -> list[Alert]:
    """Return the warnings of a run that told people to stay ready first, with their times."""
    return _spans(warnings, WarningStage.EARLY)


def _spans(warnings: list[CivilWarnings], stage: WarningStage) -> list[Alert]:
    """Return the warnings that came to a stage, from its first word to the all-clear."""
    begins: dict[int, tuple[int, int]] = {}
    ends: dict[int, int] = {}
    for batch in warnings:
        at = batch.header.valid_at
        columns = (batch.warning, batch.zone, batch.kind, batch.stage)
        for number, zone, kind, told in zip(*(c.tolist() for c in columns), strict=True):
            if kind == WarningKind.ALL_CLEAR:
                ends[number] = at
            elif told == stage:
                begins.setdefault(number, (zone, at))
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
    alerts, notices = alerts_of(warnings), notices_of(warnings)
    impacts = impacts_by_zone(ledger, plan)
    averted, littered = averted_by_zone(ledger, plan), debris_by_zone(ledger, plan)
    leads = _leads(alerts, impacts)
    justified = _met(alerts, impacts)
    met = _met(alerts, averted) - justified
    debris = _met(alerts, littered) - (justified | met)
    idle = [alert for alert in alerts if alert.warning not in justified | met | debris]
    ended = ledger.objects["ended_at"].to_numpy()
    spoken = max((batch.header.valid_at for batch in warnings), default=0)
    over = max(int(ended.max()) if len(ended) else 0, spoken)
    risen = {alert.warning for alert in alerts}
    only = [notice for notice in notices if notice.warning not in risen]
    noticed = _leads(_first(alerts + notices), impacts)
    return WarningScore(
        alerts=len(alerts),
        zones_warned=len({alert.zone for alert in alerts}),
        all_clears=sum(alert.ends != FOR_EVER for alert in alerts),
        impacts_in_zones=len(impacts),
        impacts_warned=len(leads),
        warned_early=sum(lead >= SHELTER_S for lead in leads),
        false_alerts=len(met) + len(debris) + len(idle),
        averted=len(met),
        debris_came=len(debris),
        nothing_came=len(idle),
        zone_minutes=_minutes(alerts, over),
        idle_zone_minutes=_minutes(idle, over),
        idle_km2_h=_km2_hours(idle, over, plan),
        notices=len(only),
        notices_right=len(_met(only, impacts + averted + littered)),
        flaps=_flaps(alerts + only),
        median_lead_s=float(np.median(leads)) if leads else None,
        shortest_lead_s=min(leads) if leads else None,
        median_notice_s=float(np.median(noticed)) if noticed else None,
    )


def _leads(alerts: list[Alert], impacts: list[tuple[int, int, int]]) -> list[float]:
    """Return the lead times, s, of the impacts in zones under an alert."""
    leads = []
    for zone, at, launched in impacts:
        standing = _standing(alerts, zone, at)
        if standing:
            leads.append((at - max(min(a.begins for a in standing), launched)) / 1e9)
    return leads


def _met(alerts: list[Alert], events: list[tuple[int, int, int]]) -> set[int]:
    """Return the numbers of the alerts that stood when something happened in their zone."""
    return {a.warning for zone, at, _ in events for a in _standing(alerts, zone, at)}


def _first(spans: list[Alert]) -> list[Alert]:
    """Return one span for each warning: from its first word on."""
    begins: dict[int, int] = {}
    for span in spans:
        begins[span.warning] = min(begins.get(span.warning, FOR_EVER), span.begins)
    return [s for s in spans if s.begins == begins[s.warning]]


def _flaps(spans: list[Alert]) -> int:
    """Return how many warnings begin within FLAP_S of the last all-clear of their zone."""
    count, cleared = 0, dict[int, int]()
    for span in sorted(spans, key=lambda s: (s.begins, s.zone)):
        since = span.begins - cleared.get(span.zone, -FOR_EVER)
        count += since <= FLAP_S * 1e9
        cleared[span.zone] = span.ends
    return count


def _km2_hours(alerts: list[Alert], over: int, plan: Plan) -> float:
    area = plan.zones.area
    hours = [(min(a.ends, over) - a.begins) / 3.6e12 * area[a.zone] / 1e6 for a in alerts]
    return float(sum(hours))


def _standing(alerts: list[Alert], zone: int, at: int) -> list[Alert]:
    return [a for a in alerts if a.zone == zone and a.begins <= at <= a.ends]


def _minutes(alerts: list[Alert], over: int) -> float:
    return sum(min(alert.ends, over) - alert.begins for alert in alerts) / 60e9
