"""Civil exposure: people under impacts and debris, and how many of them were in a shelter.

Each thing that comes down covers a disc of radius r: ``INJURY`` times the true damage radius of an
impact, ``DEBRIS_RADIUS`` for a wreck and for what a missile sheds. Under it are

    people = density * presence(hour) * pi r^2,

density from the population of the warning zone that it comes down in, else from the assets whose
discs cover the place; hour is the local solar time. Of them S(L) are sheltered, L s after the
alert that stands in that zone (0 without one):

    S(L) = q L^2 / (L^2 + T^2),   T = 30 s by day, 60 s by night,

q = share of people with a shelter in reach (``shelters`` of zone or asset). T is where half of
those who can have arrived: zones near a border are given 15 to 90 s (reference/domain.md 4.7);
by day that gives 0.2 q, 0.5 q, 0.69 q, 0.8 q and 0.9 q for 15, 30, 45, 60 and 90 s. The curve, T by
night (asleep), presence and the radii are notional, our own choice. Zones and assets where people
work by day hold 1.3 times their residents at 14 h and 0.7 times at 2 h (a cosine); a cosine of
daylight also leads T from day to night.

What comes out are expected people exposed, not casualties: nothing is said about injuries. Limits:
people are spread evenly over a zone; walls protect nobody; discs may overlap and then count twice;
what comes down where no population is known counts as not counted.
"""

import math
from typing import NamedTuple

import msgspec
import numpy as np
import shapely

from tdome.earth.geodesy import great_circle_distance
from tdome.messages.base import Floats, Longs
from tdome.plan.plan import Plan
from tdome.score.evidence import hostile_objects
from tdome.score.warned import Alert
from tdome.world.ledger import Ledger

INJURY = 2.0  # radius of injury over damage radius
DEBRIS_RADIUS = 15.0  # m
HALF_BY_DAY, HALF_BY_NIGHT = 30.0, 60.0  # s
SWING = 0.3  # of presence between day and night
PEAK_HOUR = 14.0
_S_PER_DAY = 86_400.0


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """People under what came down for one cause ("impact", "debris"): expected numbers.

    ``unknown``: events where no population is known.
    """

    cause: str
    events: int
    exposed: float
    sheltered: float
    unsheltered: float
    unknown: int


class Fallen(NamedTuple):
    """What came down: columns (n,); angles rad, times int ns UTC, radii m."""

    lat: Floats
    lon: Floats
    at: Longs
    launched: Longs
    radius: Floats


def daylight(hour: float) -> float:
    """Return 1 at the peak of the day, 0 twelve hours later, a cosine between."""
    return 0.5 + 0.5 * math.cos(math.tau * (hour - PEAK_HOUR) / 24.0)


def presence(hour: float) -> float:
    """Return people present over residents at a local hour (0..24)."""
    return 1.0 + SWING * (2.0 * daylight(hour) - 1.0)


def sheltered_share(lead: float, hour: float, shelters: float) -> float:
    """Return the share of people in a shelter ``lead`` s after the alert (0: not warned)."""
    if lead <= 0.0:
        return 0.0
    half = HALF_BY_NIGHT + (HALF_BY_DAY - HALF_BY_NIGHT) * daylight(hour)
    return shelters * lead * lead / (lead * lead + half * half)


def local_hour(at: int, lon: float) -> float:
    """Return the local solar hour, 0..24, of a time (int ns UTC) at a longitude (rad)."""
    seconds = (at // 1_000_000_000) % _S_PER_DAY + lon / math.tau * _S_PER_DAY
    return (seconds % _S_PER_DAY) / 3600.0


def exposures(ledger: Ledger, plan: Plan, alerts: list[Alert]) -> list[Exposure]:
    """Return the people under impacts and under debris of a run."""
    causes = {"impact": _impacts(ledger), "debris": _debris(ledger)}
    return [_exposure(cause, fallen, plan, alerts) for cause, fallen in causes.items()]


def _impacts(ledger: Ledger) -> Fallen:
    objects = hostile_objects(ledger)
    states = objects["state"].to_pylist()
    down = np.array([state in {"impacted", "failed"} for state in states], dtype=bool)
    lat, lon, at, launched, radius = (
        objects[name].to_numpy()[down]
        for name in ("end_lat", "end_lon", "ended_at", "launched_at", "damage_radius")
    )
    return Fallen(lat, lon, at, launched, INJURY * radius)


def _debris(ledger: Ledger) -> Fallen:
    """Return the wrecks of what was killed, and what missiles shed, where they came down."""
    wrecks, objects = ledger.debris, ledger.objects
    ids = objects["object_id"].to_numpy()
    order = np.argsort(ids)
    of = order[np.searchsorted(ids, wrecks["object_id"].to_numpy(), sorter=order)]
    launched = objects["launched_at"].to_numpy()
    kinds = zip(objects["kind"].to_pylist(), objects["state"].to_pylist(), strict=True)
    shed = np.array([kind == "debris" and state == "impacted" for kind, state in kinds], dtype=bool)
    pairs = (("lat", "end_lat"), ("lon", "end_lon"), ("at", "ended_at"))
    lat, lon, at = (
        np.concatenate([wrecks[own].to_numpy(), objects[ended].to_numpy()[shed]])
        for own, ended in pairs
    )
    since = np.concatenate([launched[of], launched[shed]])
    return Fallen(lat, lon, at, since, np.full(len(lat), DEBRIS_RADIUS))


def _exposure(cause: str, fallen: Fallen, plan: Plan, alerts: list[Alert]) -> Exposure:
    n = len(fallen.lat)
    zones = _zones_of(fallen, plan)
    exposed = sheltered = 0.0
    unknown = 0
    for i in range(n):
        density, shelters = _people_at(plan, zones[i], float(fallen.lat[i]), float(fallen.lon[i]))
        if density is None:
            unknown += 1
            continue
        at = int(fallen.at[i])
        hour = local_hour(at, float(fallen.lon[i]))
        people = density * presence(hour) * math.pi * float(fallen.radius[i]) ** 2
        lead = _lead(alerts, zones[i], at, int(fallen.launched[i]))
        exposed += people
        sheltered += people * sheltered_share(lead, hour, shelters)
    return Exposure(
        cause=cause,
        events=n,
        exposed=exposed,
        sheltered=sheltered,
        unsheltered=exposed - sheltered,
        unknown=unknown,
    )


def _zones_of(fallen: Fallen, plan: Plan) -> list[list[int]]:
    """Return the rows of the zones that each thing came down in, ascending."""
    found: list[list[int]] = [[] for _ in fallen.lat]
    if not len(plan.zones) or not found:
        return found
    points = shapely.points(np.degrees(fallen.lon), np.degrees(fallen.lat))
    point, zone = plan.zones.index.query(points, predicate="within")
    for i, row in sorted(zip(point.tolist(), zone.tolist(), strict=True)):
        found[i].append(row)
    return found


def _people_at(plan: Plan, zones: list[int], lat: float, lon: float) -> tuple[float | None, float]:
    """Return people per m2 and their share with shelters; None where nobody said."""
    book = plan.zones
    for row in zones:
        if np.isfinite(book.population[row]):
            return float(book.density[row]), float(book.shelters[row])
    assets = plan.assets
    away = great_circle_distance(lat, lon, assets.lat, assets.lon)
    inside = np.flatnonzero((away <= assets.radius) & (assets.population > 0.0))
    if not len(inside):
        return None, 0.0
    each = assets.population[inside] / (math.pi * assets.radius[inside] ** 2)
    density = float(each.sum())
    return density, float(each @ assets.shelters[inside]) / density


def _lead(alerts: list[Alert], zones: list[int], at: int, launched: int) -> float:
    """Return s since the alert that stands in a zone, not before the launch; 0 without one."""
    standing = [a.begins for a in alerts if a.zone in zones and a.begins <= at <= a.ends]
    return (at - max(min(standing), launched)) / 1e9 if standing else 0.0
