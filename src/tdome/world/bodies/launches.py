"""Who flies, whence, whither and how well: all that chance decides before an object starts.

Each object has an intrinsic key, made of its raid, salvo and number. All its draws are keyed by
that, so that neither the order of rows nor another salvo changes its luck.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from tdome.kernel.random import Stream, Streams, object_key
from tdome.messages.base import Floats
from tdome.messages.codes import Family
from tdome.plan.books.threats import ThreatBook
from tdome.world.bodies.powered import TURN_ACCELERATION
from tdome.world.bodies.table import Failure, Kind
from tdome.world.routes.points import Point, in_slot, moved, shifted, there_and_back
from tdome.world.scenario import Scenario
from tdome.world.schema.raids import Place, Salvo
from tdome.world.schema.traffic import Flights

_CEP_TO_SIGMA = 1.0 / math.sqrt(2.0 * math.log(2.0))  # of each axis of a circular normal
_JITTER = 0.5  # of the interval, launches come late by up to this share
GUIDANCE_MISS = (2e3, 10e3)  # m, uniform: how far off a failed guidance comes down; notional
_ECHO_SIGMAS = 4.0  # low to high of a class in standard deviations of ln(rcs), ln(spread)


@dataclass(frozen=True, slots=True)
class Launch:
    """One object before it flies; ``raid`` and ``threat_class`` are -1 for what no raid sends.

    Rad, SI. ``points`` lead from start to end. ``goal`` is the point that it is to hit or reach.
    ``hold_s``: how long it circles before point ``hold_at``. ``roams``: radius (m) of the area
    round its first point that a flock keeps to, nan for what flies a route. ``where`` is the key
    of its salvo, flights or birds, for errors. ``fails_after`` is the share of the launch that a
    failed one survives.
    """

    key: int
    raid: int
    threat_class: int
    family: Family
    at: float
    points: list[Point]
    goal: Point
    speed: float
    altitude: float
    beta: float
    rcs: float
    spread: float
    aim: str
    where: str
    kind: Kind
    address: int = -1
    reply: float = 0.0
    hold_s: float = 0.0
    hold_at: int = -1
    roams: float = math.nan
    jammer: float = 0.0
    failure: Failure = Failure.NONE
    fails_after: float = math.nan


class Turn(NamedTuple):
    """Whose turn it is: row of the raid, number of the group, its time (s), slot aside (m)."""

    raid: int
    group: int
    at: float
    aside: float


def draw_launches(scenario: Scenario, streams: Streams) -> list[Launch]:
    """Return all objects of a scenario but birds, hostile first, in the file's order."""
    chance = streams("world", "launches")
    launches: list[Launch] = []
    for r, raid in enumerate(scenario.file.raids):
        for s, salvo in enumerate(raid.salvos):
            where = f"raids[{r}].salvos[{s}]"
            for n in range(salvo.count):
                group, aside = _slot(salvo, n)
                own = Luck(chance, object_key("raid", raid.name, s, n))
                lead = own
                if salvo.formation is not None:
                    lead = Luck(chance, object_key("raid", raid.name, s, "group", group))
                at = raid.start_s + salvo.first_s + group * salvo.interval_s
                turn = Turn(r, group, at, aside)
                launches.append(_hostile(scenario, salvo, (own, lead), turn, where))
    for f, flights in enumerate(scenario.file.flights):
        for n in range(flights.count):
            key = object_key("flights", flights.name, n)
            launches.append(_flight(flights, Luck(chance, key), n, f"flights[{f}]"))
    return launches


def _slot(salvo: Salvo, number: int) -> tuple[int, float]:
    """Return the group of an object and its slot in it: m to the right of the middle."""
    if salvo.formation is None:
        return number, 0.0
    group, member = divmod(number, salvo.formation.size)
    flying = min(salvo.formation.size, salvo.count - group * salvo.formation.size)
    return group, (member - 0.5 * (flying - 1)) * salvo.formation.spacing_m


class Luck:
    """The draws of one object, by number of use: four uniforms each."""

    def __init__(self, chance: Stream, key: int) -> None:
        self.key = key
        self._chance = chance

    def uniforms(self, use: int) -> Floats:
        """Return four uniforms of (0, 1)."""
        return self._chance.draw(self.key, use)

    def normals(self, use: int) -> Point:
        """Return two standard normals (Box and Muller)."""
        u = self.uniforms(use)
        radius, angle = math.sqrt(-2.0 * math.log(u[0])), math.tau * u[1]
        return radius * math.cos(angle), radius * math.sin(angle)


# What each block of draws is for; waypoints take the numbers from _WAYPOINT on.
_START, _BODY, _ECHO, _AIM_ERROR, _SCATTER, _WAYPOINT = 0, 1, 2, 3, 4, 5
_EQUIPMENT = 1  # of civil and friendly flights
_HIDING = 1 << 32
_FAILURE, MANOEUVRE, SEPARATION = (n << 33 for n in (1, 2, 3))  # far from numbers of waypoints


def _hostile(
    scenario: Scenario, salvo: Salvo, lucks: tuple[Luck, Luck], turn: Turn, where: str
) -> Launch:
    """Draw one object of a salvo: by its own luck, and by that of its group's leader."""
    own, lead = lucks
    book = scenario.threats
    row = book.names.index(salvo.type)
    family = Family(int(book.family[row]))
    place = scenario.places[salvo.targets[turn.group % len(salvo.targets)]]
    late, course, spread, _ = lead.uniforms(_START)
    start = moved(
        (math.radians(salvo.launch_lat_deg), math.radians(salvo.launch_lon_deg)),
        course * math.tau,
        salvo.launch_spread_km * 1e3 * math.sqrt(spread),
    )
    u = lead.uniforms(_BODY)
    speed = _triangular(book.speed_range[row], book.speed[row], u[0])
    route = [start, *_waypoints(salvo, lead)]
    if salvo.formation is not None:
        route = in_slot(
            route, (math.radians(place.lat_deg), math.radians(place.lon_deg)), turn.aside
        )
    failure, fails_after = _failure(book.launch_failure[row], book.guidance_failure[row], own)
    goal = _aim_point(scenario, salvo, place, float(book.cep[row]), lucks)
    if failure == Failure.GUIDANCE:
        bearing, off = own.uniforms(_FAILURE + 1)[:2]
        nearest, farthest = GUIDANCE_MISS
        goal = moved(goal, bearing * math.tau, nearest + off * (farthest - nearest))
    route.append(goal)
    if family == Family.AIRCRAFT:
        egress = [(math.radians(lat), math.radians(lon)) for lat, lon in salvo.egress]
        route = there_and_back(route, egress, speed * speed / TURN_ACCELERATION)
    return Launch(
        key=own.key,
        raid=turn.raid,
        threat_class=row,
        family=family,
        at=turn.at + late * _JITTER * salvo.interval_s,
        points=route,
        goal=goal,
        speed=speed,
        altitude=_altitude(book, row, salvo, u[1]),
        beta=_triangular(book.beta_range[row], book.beta[row], u[2]),
        rcs=_within(book.rcs_range[row], book.rcs[row], own, 0),
        spread=_within(book.doppler_spread_range[row], book.doppler_spread[row], own, 1),
        aim=place.name,
        where=where,
        hold_s=salvo.loiter_s,
        hold_at=len(salvo.waypoints),
        jammer=0.0 if salvo.jammer_j_n_db is None else 10.0 ** (salvo.jammer_j_n_db / 10.0),
        kind=Kind.DECOY if book.decoy[row] else Kind.THREAT,
        failure=failure,
        fails_after=fails_after,
    )


def _waypoints(salvo: Salvo, luck: Luck) -> list[Point]:
    shifts = [luck.normals(_WAYPOINT + i) for i in range(len(salvo.waypoints))]
    spread = salvo.route_spread_km * 1e3
    return [
        shifted((math.radians(lat), math.radians(lon)), east * spread, north * spread)
        for (lat, lon), (east, north) in zip(salvo.waypoints, shifts, strict=True)
    ]


def _altitude(book: ThreatBook, row: int, salvo: Salvo, u: float) -> float:
    """Height of the salvo, or drawn from the class's range of the profile."""
    if salvo.altitude_m is not None:
        return salvo.altitude_m
    if salvo.profile == "low":
        return _triangular(book.low_altitude_range[row], book.low_altitude[row], u)
    return _triangular(book.altitude_range[row], book.altitude[row], u)


def _flight(flights: Flights, luck: Luck, number: int, where: str) -> Launch:
    east, north = luck.normals(_AIM_ERROR)
    spread = flights.route_spread_km * 1e3
    route = [
        shifted((math.radians(lat), math.radians(lon)), east * spread, north * spread)
        for lat, lon in flights.route
    ]
    route = route if number % 2 == 0 else route[::-1]
    equipped = luck.uniforms(_EQUIPMENT)[0] >= flights.without_transponder
    return Launch(
        key=luck.key,
        raid=-1,
        threat_class=-1,
        family=Family.AIRCRAFT,
        at=flights.first_s + number * flights.interval_s,
        points=route,
        goal=route[-1],
        speed=flights.speed_m_s,
        altitude=flights.altitude_m + _level(flights.levels, number) * flights.level_separation_m,
        beta=math.nan,
        rcs=flights.rcs_m2,
        spread=flights.doppler_spread_m_s,
        aim="",
        where=where,
        address=flights.first_address + number if equipped else -1,
        kind=Kind.FRIENDLY if flights.friendly else Kind.CIVIL,
        reply=flights.reply_probability if equipped else 0.0,
    )


def _level(levels: int, number: int) -> int:
    """Flight level of a flight: even ones for one direction, odd ones for the other."""
    back = number % 2 if levels > 1 else 0
    usable = (levels + 1 - back) // 2
    return 2 * (number // 2 % usable) + back


def _failure(launch: float, guidance: float, luck: Luck) -> tuple[Failure, float]:
    """Whether a launch fails, with the share of it that works; or else its guidance does."""
    fails, strays, share, _ = luck.uniforms(_FAILURE)
    if fails < launch:
        return Failure.LAUNCH, float(share)
    return (Failure.GUIDANCE if strays < guidance else Failure.NONE), math.nan


def _aim_point(
    scenario: Scenario, salvo: Salvo, place: Place, cep: float, lucks: tuple[Luck, Luck]
) -> Point:
    """Where an object will come down: its place or open ground near it, scatter, own error.

    A group goes to the place or to open ground as its leader does.
    """
    luck, lead = lucks
    point = (math.radians(place.lat_deg), math.radians(place.lon_deg))
    hiding = scenario.hidden.get(place.name)
    if hiding is not None:
        point = hiding.aim(point, luck.uniforms(_HIDING))
    open_ground, course = lead.uniforms(_START)[3], lead.uniforms(_AIM_ERROR)[2]
    if open_ground < salvo.open_ground:
        point = moved(point, course * math.tau, salvo.open_ground_km * 1e3)
    own, shared = luck.normals(_AIM_ERROR), luck.normals(_SCATTER)
    sigma, scatter = cep * _CEP_TO_SIGMA, salvo.scatter_km * 1e3
    return shifted(
        point, own[0] * sigma + shared[0] * scatter, own[1] * sigma + shared[1] * scatter
    )


def log_uniform(limits: tuple[float, float], u: float) -> float:
    """Value between limits whose logarithm is uniform."""
    low, high = limits
    return float(low * (high / low) ** u)


def _within(limits: Floats, nominal: float, luck: Luck, which: int) -> float:
    """Log-normal around the nominal value, cut at the class's low and high."""
    low, high = limits
    if not 0.0 < low < high:
        return float(nominal)
    deviation = luck.normals(_ECHO)[which] * math.log(high / low) / _ECHO_SIGMAS
    return float(min(max(nominal * math.exp(deviation), low), high))


def _triangular(limits: Floats, mode: float, u: float) -> float:
    """Value of a triangular distribution with the nominal value as mode; nan where it is nan."""
    low, high = limits
    if not low < high:
        return float(mode)
    if u < (mode - low) / (high - low):
        return float(low + math.sqrt(u * (high - low) * (mode - low)))
    return float(high - math.sqrt((1.0 - u) * (high - low) * (high - mode)))
