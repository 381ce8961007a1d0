"""Who flies, whence, whither and how well: all that chance decides before an object starts.

Each object has an intrinsic key, made of its raid, salvo and number. All its draws are keyed by
that, so that neither the order of rows nor another salvo changes its luck.
"""

import math
from dataclasses import dataclass

from tdome.earth.geodesy import destination
from tdome.kernel.random import Stream, Streams, object_key
from tdome.messages.base import Floats
from tdome.messages.codes import Family
from tdome.world.scenario import Scenario
from tdome.world.schema.raids import Place, Salvo
from tdome.world.schema.traffic import Flights

_CEP_TO_SIGMA = 1.0 / math.sqrt(2.0 * math.log(2.0))  # of each axis of a circular normal
_JITTER = 0.5  # of the interval, launches come late by up to this share
_RCS_SIGMAS = 4.0  # low to high of a class in standard deviations of ln(rcs)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Launch:
    """One object before it flies; ``raid`` and ``threat_class`` are -1 for flights. Rad, SI.

    ``points`` lead from start to end. ``where`` is the key of its salvo or flights, for errors.
    """

    key: int
    raid: int
    threat_class: int
    family: Family
    at: float
    points: list[Point]
    speed: float
    altitude: float
    beta: float
    rcs: float
    aim: str
    where: str
    address: int = -1
    friendly: bool = False
    reply: float = 0.0
    jammer: float = 0.0


def draw_launches(scenario: Scenario, streams: Streams) -> list[Launch]:
    """Return all objects of a scenario, hostile first, in the file's order."""
    chance = streams("world", "launches")
    launches: list[Launch] = []
    for r, raid in enumerate(scenario.file.raids):
        for s, salvo in enumerate(raid.salvos):
            keys = [object_key("raid", raid.name, s, n) for n in range(salvo.count)]
            where = f"raids[{r}].salvos[{s}]"
            for n, key in enumerate(keys):
                at = raid.start_s + salvo.first_s + n * salvo.interval_s
                drawn = Luck(chance, key)
                launches.append(_hostile(scenario, salvo, drawn, (r, n, at), where))
    for f, flights in enumerate(scenario.file.flights):
        for n in range(flights.count):
            key = object_key("flights", flights.name, n)
            launches.append(_flight(flights, Luck(chance, key), n, f"flights[{f}]"))
    return launches


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
_START, _BODY, _CROSS_SECTION, _AIM_ERROR, _SCATTER, _WAYPOINT = 0, 1, 2, 3, 4, 5
_HIDING = 1 << 32


def _hostile(
    scenario: Scenario, salvo: Salvo, luck: Luck, turn: tuple[int, int, float], where: str
) -> Launch:
    raid, number, at = turn
    book = scenario.threats
    row = book.names.index(salvo.type)
    place = scenario.places[salvo.targets[number % len(salvo.targets)]]
    late, bearing, spread, _ = luck.uniforms(_START)
    start = _moved(
        (math.radians(salvo.launch_lat_deg), math.radians(salvo.launch_lon_deg)),
        bearing * math.tau,
        salvo.launch_spread_km * 1e3 * math.sqrt(spread),
    )
    u = luck.uniforms(_BODY)
    shifts = [luck.normals(_WAYPOINT + i) for i in range(len(salvo.waypoints))]
    spread_m = salvo.route_spread_km * 1e3
    between = [
        _shifted((math.radians(lat), math.radians(lon)), east * spread_m, north * spread_m)
        for (lat, lon), (east, north) in zip(salvo.waypoints, shifts, strict=True)
    ]
    return Launch(
        key=luck.key,
        raid=raid,
        threat_class=row,
        family=Family(int(book.family[row])),
        at=at + late * _JITTER * salvo.interval_s,
        points=[start, *between, _aim_point(scenario, salvo, place, float(book.cep[row]), luck)],
        speed=_triangular(book.speed_range[row], book.speed[row], u[0]),
        altitude=_triangular(book.altitude_range[row], book.altitude[row], u[1]),
        beta=_triangular(book.beta_range[row], book.beta[row], u[2]),
        rcs=_cross_section(book.rcs_range[row], book.rcs[row], luck),
        aim=place.name,
        where=where,
        jammer=0.0 if salvo.jammer_j_n_db is None else 10.0 ** (salvo.jammer_j_n_db / 10.0),
    )


def _flight(flights: Flights, luck: Luck, number: int, where: str) -> Launch:
    east, north = luck.normals(_AIM_ERROR)
    spread = flights.route_spread_km * 1e3
    route = [
        _shifted((math.radians(lat), math.radians(lon)), east * spread, north * spread)
        for lat, lon in flights.route
    ]
    return Launch(
        key=luck.key,
        raid=-1,
        threat_class=-1,
        family=Family.AIRCRAFT,
        at=flights.first_s + number * flights.interval_s,
        points=route if number % 2 == 0 else route[::-1],
        speed=flights.speed_m_s,
        altitude=flights.altitude_m,
        beta=math.nan,
        rcs=flights.rcs_m2,
        aim="",
        where=where,
        address=flights.first_address + number,
        friendly=flights.friendly,
        reply=flights.reply_probability,
    )


def _aim_point(scenario: Scenario, salvo: Salvo, place: Place, cep: float, luck: Luck) -> Point:
    """Where an object will come down: its place or open ground near it, scatter, own error."""
    point = (math.radians(place.lat_deg), math.radians(place.lon_deg))
    hiding = scenario.hidden.get(place.name)
    if hiding is not None:
        point = hiding.aim(point, luck.uniforms(_HIDING))
    open_ground, bearing = luck.uniforms(_START)[3], luck.uniforms(_AIM_ERROR)[2]
    if open_ground < salvo.open_ground:
        point = _moved(point, bearing * math.tau, salvo.open_ground_km * 1e3)
    own, shared = luck.normals(_AIM_ERROR), luck.normals(_SCATTER)
    sigma, scatter = cep * _CEP_TO_SIGMA, salvo.scatter_km * 1e3
    return _shifted(
        point, own[0] * sigma + shared[0] * scatter, own[1] * sigma + shared[1] * scatter
    )


def _cross_section(limits: Floats, nominal: float, luck: Luck) -> float:
    """Log-normal around the nominal value, cut at the class's low and high."""
    low, high = limits
    if not 0.0 < low < high:
        return float(nominal)
    deviation = luck.normals(_CROSS_SECTION)[0] * math.log(high / low) / _RCS_SIGMAS
    return float(min(max(nominal * math.exp(deviation), low), high))


def _triangular(limits: Floats, mode: float, u: float) -> float:
    """Value of a triangular distribution with the nominal value as mode; nan where it is nan."""
    low, high = limits
    if not low < high:
        return float(mode)
    if u < (mode - low) / (high - low):
        return float(low + math.sqrt(u * (high - low) * (mode - low)))
    return float(high - math.sqrt((1.0 - u) * (high - low) * (high - mode)))


def _moved(point: Point, bearing: float, distance: float) -> Point:
    lat, lon = destination(point[0], point[1], bearing, distance)
    return float(lat), float(lon)


def _shifted(point: Point, east: float, north: float) -> Point:
    return _moved(point, math.atan2(east, north), math.hypot(east, north))
