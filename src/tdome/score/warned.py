"""Whether the people underneath were warned, how early, and how often for nothing.

An impact (leaker, harmless arrival) in a zone counts as warned if the zone was under an alert when
it came; lead time is impact minus that alert. An alert is false if nothing came down in its zone
between alert and all-clear. Debris is not counted as an impact: it falls under an alert of its own
threat or not at all (limit).
"""

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import shapely

from tdome.messages.codes import WarningKind
from tdome.messages.warnings import CivilWarnings
from tdome.plan.plan import Plan
from tdome.score.evidence import hostile_objects
from tdome.world.ledger import Ledger

if TYPE_CHECKING:
    from tdome.messages.base import Longs

FOR_EVER = np.iinfo(np.int64).max


class WarningScore(msgspec.Struct, frozen=True, kw_only=True):
    """Statistics of civil warnings.

    Lead times in s, None where nothing came down in a warned zone.
    """

    alerts: int
    zones_warned: int
    all_clears: int
    impacts_in_zones: int
    impacts_warned: int
    false_alerts: int
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
        for number, zone, kind in zip(batch.warning, batch.zone, batch.kind, strict=True):
            if kind == WarningKind.ALERT:
                begins[int(number)] = (int(zone), at)
            elif kind == WarningKind.ALL_CLEAR:
                ends[int(number)] = at
    return [
        Alert(warning=number, zone=zone, begins=at, ends=ends.get(number, FOR_EVER))
        for number, (zone, at) in sorted(begins.items())
    ]


def impacts_by_zone(ledger: Ledger, plan: Plan) -> list[tuple[int, int]]:
    """Return (zone row, time ns) of every hostile object that came down whole in a zone."""
    objects = hostile_objects(ledger)
    down = np.array([state == "impacted" for state in objects["state"].to_pylist()], dtype=bool)
    lon = np.degrees(objects["end_lon"].to_numpy()[down])
    lat = np.degrees(objects["end_lat"].to_numpy()[down])
    at: Longs = objects["ended_at"].to_numpy()[down]
    if not len(plan.zones) or not len(lat):
        return []
    point, zone = plan.zones.index.query(shapely.points(lon, lat), predicate="within")
    return sorted((int(z), int(at[p])) for p, z in zip(point, zone, strict=True))


def score_warnings(warnings: list[CivilWarnings], ledger: Ledger, plan: Plan) -> WarningScore:
    """Compare the warnings of a run with where things came down."""
    alerts = alerts_of(warnings)
    impacts = impacts_by_zone(ledger, plan)
    leads: list[float] = []
    justified: set[int] = set()
    for zone, at in impacts:
        standing = [a for a in alerts if a.zone == zone and a.begins <= at <= a.ends]
        if standing:
            leads.append((at - standing[0].begins) / 1e9)
            justified.update(alert.warning for alert in standing)
    return WarningScore(
        alerts=len(alerts),
        zones_warned=len({alert.zone for alert in alerts}),
        all_clears=sum(alert.ends != FOR_EVER for alert in alerts),
        impacts_in_zones=len(impacts),
        impacts_warned=len(leads),
        false_alerts=len(alerts) - len(justified),
        median_lead_s=float(np.median(leads)) if leads else None,
        shortest_lead_s=min(leads) if leads else None,
    )
