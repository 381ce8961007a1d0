"""Whether the people underneath were warned, how early, and how often for nothing.

An impact (leaker, harmless arrival) in a zone counts as warned if the zone was under an alert when
it came; lead time is impact minus that alert, or minus the object's launch where the alert stood
already for something else. An alert is false if nothing came down in its zone
between alert and all-clear: ``threat_killed`` of these named the track of an object that was shot
down (the alert may have been right, and the defence was), ``nothing_came`` are the others: the
threat came down elsewhere, still flies, or there was none. Debris is not counted as an impact:
it falls under an alert of its own threat or not at all (limit).
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
    threat_killed: int
    nothing_came: int
    median_lead_s: float | None
    shortest_lead_s: float | None


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One warning from alert to all-clear (int ns), and the track that it named first."""

    warning: int
    zone: int
    begins: int
    ends: int
    track: int


def alerts_of(warnings: list[CivilWarnings]) -> list[Alert]:
    """Return the warnings of a run with their times."""
    begins: dict[int, tuple[int, int, int]] = {}
    ends: dict[int, int] = {}
    for batch in warnings:
        at = batch.header.valid_at
        columns = (batch.warning, batch.zone, batch.kind, batch.track_number)
        for number, zone, kind, track in zip(*(c.tolist() for c in columns), strict=True):
            if kind == WarningKind.ALERT:
                begins[number] = (zone, at, track)
            elif kind == WarningKind.ALL_CLEAR:
                ends[number] = at
    return [
        Alert(
            warning=number,
            zone=zone,
            begins=at,
            ends=ends.get(number, FOR_EVER),
            track=track,
        )
        for number, (zone, at, track) in sorted(begins.items())
    ]


def impacts_by_zone(ledger: Ledger, plan: Plan) -> list[tuple[int, int, int]]:
    """Return (zone row, impact ns, launch ns) of each hostile object that came down in a zone."""
    objects = hostile_objects(ledger)
    down = np.array([state == "impacted" for state in objects["state"].to_pylist()], dtype=bool)
    lon = np.degrees(objects["end_lon"].to_numpy()[down])
    lat = np.degrees(objects["end_lat"].to_numpy()[down])
    at: Longs = objects["ended_at"].to_numpy()[down]
    launched: Longs = objects["launched_at"].to_numpy()[down]
    if not len(plan.zones) or not len(lat):
        return []
    point, zone = plan.zones.index.query(shapely.points(lon, lat), predicate="within")
    found = zip(zone.tolist(), at[point].tolist(), launched[point].tolist(), strict=True)
    return sorted(found)


def score_warnings(
    warnings: list[CivilWarnings], ledger: Ledger, plan: Plan, truth: dict[int, int]
) -> WarningScore:
    """Compare the warnings of a run with where things came down.

    ``truth``: track number -> object id, from :func:`tdome.score.evidence.objects_of_tracks`.
    """
    alerts = alerts_of(warnings)
    impacts = impacts_by_zone(ledger, plan)
    leads: list[float] = []
    justified: set[int] = set()
    for zone, at, launched in impacts:
        standing = [a for a in alerts if a.zone == zone and a.begins <= at <= a.ends]
        if standing:
            leads.append((at - max(standing[0].begins, launched)) / 1e9)
            justified.update(alert.warning for alert in standing)
    state = dict(
        zip(
            ledger.objects["object_id"].to_pylist(),
            ledger.objects["state"].to_pylist(),
            strict=True,
        )
    )
    false = [alert for alert in alerts if alert.warning not in justified]
    met = sum(state.get(truth.get(alert.track, -1)) == "killed" for alert in false)
    return WarningScore(
        alerts=len(alerts),
        zones_warned=len({alert.zone for alert in alerts}),
        all_clears=sum(alert.ends != FOR_EVER for alert in alerts),
        impacts_in_zones=len(impacts),
        impacts_warned=len(leads),
        false_alerts=len(false),
        threat_killed=met,
        nothing_came=len(false) - met,
        median_lead_s=float(np.median(leads)) if leads else None,
        shortest_lead_s=min(leads) if leads else None,
    )
