"""Raids from clauses: composition, axes and timing, with a seed.

Each clause becomes one raid (its objects share the common-mode draw), each group of it one launch
area, each class of a group one salvo. The groups of a raid lie on axes around its direction (up to
``AXIS_SPREAD_DEG`` off) at distances up to ``DISTANCE_SPREAD`` off, and launch one after the other
over the time of the clause. Launch areas are notional points, rounded to 0.01 degrees.

Usual distances: a ballistic or glide class is launched at its nominal range, any other half an
hour of flight away, if its range allows. Each launch point is checked against the catalogue's
range of its class; a group takes the targets that it can reach. Which targets they are, and
what defends them, decides nothing.

All draws are keyed by the number of clause and group: another clause changes no earlier one.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tdome.earth.geodesy import destination, great_circle_distance
from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.plan.catalogue import Catalogue
from tdome.plan.classes.threats import ThreatClass
from tdome.run.authoring.phrase import MOST, Clause
from tdome.world.schema.raids import Place, Raid, Salvo

AXIS_SPREAD_DEG = 10.0
DISTANCE_SPREAD = 0.05  # share of the distance
LAUNCH_SPREAD_KM = 5.0
USUAL_FLIGHT_S = 1800.0
USUAL_SHARE = 0.8  # of the nominal range, at most
SPACING_S = 2.0  # between launches of a group, where no time is given
_ROUNDING_KM = 1.2  # of 0.01 degrees in latitude and longitude
_SETTLING_S = 120.0  # after the last impact: looks, debris, all-clear
_AXIS, _ANCHOR = 0, 1  # what a draw is for

Parts = list[tuple[str, int]]


class Generated(msgspec.Struct, frozen=True):
    """Raids, and the time in s by which the last of their objects has come down."""

    raids: list[Raid]
    ends_s: float


def generate(
    clauses: Sequence[Clause],
    targets: Sequence[Place],
    catalogue: Catalogue,
    *,
    seed: int,
    taken: Sequence[str] = (),
) -> Generated:
    """Return the raids of a phrase.

    Parameters
    ----------
    clauses : what was asked for.
    targets : where to; at least one.
    catalogue : classes and their ranges.
    seed : of axes and distances.
    taken : names of raids that there are already.

    Raises
    ------
    ConfigError : where a class can not fly that far, or has no decoys.
    """
    if not targets:
        problem = "there is no place to aim at"
        raise ConfigError("raid phrase", None, "", problem, "give --near LAT,LON or --targets")
    names = list(taken)
    raids: list[Raid] = []
    ends = 0.0
    for number, clause in enumerate(clauses):
        maker = _Maker(clause, number, targets, catalogue, Streams(seed))
        names.append(_free_name(clause, names))
        raid = Raid(name=names[-1], start_s=clause.starts_s, salvos=list(maker.salvos()))
        raids.append(raid)
        ends = max(ends, raid.start_s + maker.ends)
    return Generated(raids=raids, ends_s=math.ceil((ends + _SETTLING_S) / 60.0) * 60.0)


class _Maker:
    """Makes the salvos of one clause; ``ends`` is when the last of them has come down, s."""

    def __init__(
        self,
        clause: Clause,
        number: int,
        targets: Sequence[Place],
        catalogue: Catalogue,
        streams: Streams,
    ) -> None:
        self.clause = clause
        self.number = number
        self.targets = list(targets)
        self.classes = catalogue.threats
        self.chance = streams("authoring", "raid")
        self.ends = 0.0

    def salvos(self) -> Iterator[Salvo]:
        parts = composition(self.clause, self.classes)
        window = self.clause.over_s / self.clause.groups
        for group in range(self.clause.groups):
            for name, total in parts:
                count = _share(total, group, self.clause.groups)
                if count:
                    yield self.salvo(name, count, group, window)

    def salvo(self, name: str, count: int, group: int, window: float) -> Salvo:
        """Return the salvo of one class in one group; ``window`` s is the group's share of time."""
        entry = self.classes[name]
        interval = window / count if self.clause.over_s else SPACING_S
        first = group * window
        lat, lon, targets, farthest = self.launch(name, entry, group)
        flight = _flight_time(entry, farthest)
        self.ends = max(self.ends, first + count * interval + flight)
        return Salvo(
            type=name,
            count=count,
            launch_lat_deg=lat,
            launch_lon_deg=lon,
            launch_spread_km=LAUNCH_SPREAD_KM if entry.range_km.low > LAUNCH_SPREAD_KM else 0.5,
            first_s=round(first, 1),
            interval_s=round(interval, 2),
            targets=targets,
        )

    def launch(
        self, name: str, entry: ThreatClass, group: int
    ) -> tuple[float, float, list[str], float]:
        """Return launch area (degrees), targets in reach, and the longest of their ranges, km."""
        low, high = reach_km(entry)
        wanted = self.clause.distance_km or usual_distance_km(entry)
        if not low <= wanted <= high:
            problem = f"class {name} can not come from {wanted:g} km"
            hint = f"it flies {low:.0f} to {high:.0f} km (catalogue, less the spread of launches)"
            raise ConfigError("raid phrase", None, "", problem, hint)
        axis, off, anchor, _ = self.chance.draw(self.number, group, _AXIS)
        bearing = self.clause.bearing_deg
        if self.clause.groups > 1:
            bearing += (2.0 * axis - 1.0) * AXIS_SPREAD_DEG
            wanted = min(max(wanted * (1.0 + (2.0 * off - 1.0) * DISTANCE_SPREAD), low), high)
        best: tuple[float, float, list[str], float] | None = None
        for centre in self.centres(anchor):
            lat, lon = _away(centre, bearing, wanted)
            ranges = {place.name: _km((lat, lon), _point(place)) for place in self.targets}
            near = [place for place, km in ranges.items() if low <= km <= high]
            if near and (best is None or len(near) > len(best[2])):
                best = lat, lon, near, max(ranges[place] for place in near)
        if best is None:
            problem = f"class {name} reaches none of the targets from {wanted:.0f} km"
            raise ConfigError("raid phrase", None, "", problem, f"it flies {low:g} to {high:g} km")
        return best

    def centres(self, anchor: float) -> Iterator[tuple[float, float]]:
        """Yield what the distance may be counted from: the targets' middle, then one of them."""
        points = [_point(place) for place in self.targets]
        yield _middle(points)
        yield points[int(anchor * len(points))]


def composition(clause: Clause, classes: Mapping[str, ThreatClass]) -> Parts:
    """Return (class, count) with the decoys taken out of each class's count, to the nearest one."""
    parts: Parts = []
    for name, count in clause.items:
        decoys = math.floor(count * clause.decoy_share + 0.5)
        if classes[name].decoy or not clause.decoy_share:
            parts.append((name, count))
            continue
        parts += [(name, count - decoys), (_decoy_of(name, classes), decoys)]
    joined: dict[str, int] = {}
    for name, count in parts:
        joined[name] = joined.get(name, 0) + count
    for name, count in joined.items():
        if count > MOST:
            raise ConfigError("raid phrase", None, "", f"{count} {name}", f"at most {MOST}")
    return [(name, count) for name, count in joined.items() if count]


def _decoy_of(name: str, classes: Mapping[str, ThreatClass]) -> str:
    """Return the decoy class that flies like a class: of its family, nearest in speed."""
    family, speed = classes[name].family, classes[name].speed_m_s.nominal
    alike = {
        other: abs(entry.speed_m_s.nominal - speed)
        for other, entry in classes.items()
        if entry.decoy and entry.family == family
    }
    if not alike:
        problem = f"there is no decoy class for {name} (family {family})"
        raise ConfigError(
            "raid phrase", None, "", problem, 'give it a clause of its own with "and"'
        )
    return min(alike, key=lambda other: (alike[other], other))


def reach_km(entry: ThreatClass) -> tuple[float, float]:
    """Return least and greatest distance from a launch area: the class's range, less its spread."""
    low, high = entry.range_km.low, entry.range_km.high
    spread = LAUNCH_SPREAD_KM if low > LAUNCH_SPREAD_KM else 0.5
    margin = spread + _ROUNDING_KM + 3e-3 * entry.cep_m.nominal
    if entry.family in {"ballistic", "glide"}:
        return low + margin, high - margin
    return 2.0 * margin, high - margin


def usual_distance_km(entry: ThreatClass) -> float:
    """Return from how far a class comes where nothing is said; see the module."""
    low, high = reach_km(entry)
    usual = entry.range_km.nominal
    if entry.family not in {"ballistic", "glide"}:
        usual = min(USUAL_FLIGHT_S * entry.speed_m_s.nominal / 1e3, USUAL_SHARE * usual)
    return min(max(usual, low), high)


def _flight_time(entry: ThreatClass, distance_km: float) -> float:
    """Return the longest time of flight in s: lowest speed; half of it for arcs, which climb."""
    slowest = entry.speed_m_s.low if entry.altitude_m else 0.45 * entry.speed_m_s.nominal
    return distance_km * 1e3 / slowest


def _share(total: int, group: int, groups: int) -> int:
    """Return how many of ``total`` are in one group: shares differ by one at most and add up."""
    return total * (group + 1) // groups - total * group // groups


def _free_name(clause: Clause, taken: Sequence[str]) -> str:
    kinds = " and ".join(name for name, _ in clause.items)
    stem = f"{kinds} from {clause.said_from}"[:70]
    numbered = (stem if n == 1 else f"{stem} {n}" for n in range(1, len(taken) + 2))
    return next(name for name in numbered if name not in taken)


def _point(place: Place) -> tuple[float, float]:
    return place.lat_deg, place.lon_deg


def _middle(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the mean direction of points on the sphere, degrees."""
    x = y = z = 0.0
    for lat, lon in points:
        a, o = math.radians(lat), math.radians(lon)
        x, y, z = x + math.cos(a) * math.cos(o), y + math.cos(a) * math.sin(o), z + math.sin(a)
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


def _away(point: tuple[float, float], bearing_deg: float, km: float) -> tuple[float, float]:
    lat, lon = destination(
        math.radians(point[0]), math.radians(point[1]), math.radians(bearing_deg), km * 1e3
    )
    return round(math.degrees(float(lat)), 2), round(math.degrees(float(lon)), 2)


def _km(a: tuple[float, float], b: tuple[float, float]) -> float:
    radians = [math.radians(angle) for angle in (*a, *b)]
    return float(great_circle_distance(*radians)) / 1e3


# ---------------------------------------------------------------- as text


def raids_text(raids: Sequence[Raid], remark: str) -> str:
    """Return raids as TOML tables under a comment."""
    lines = [f"# {line}" for line in remark.splitlines()]
    for raid in raids:
        lines += ["[[raids]]", f"name = {_toml(raid.name)}", f"start_s = {_toml(raid.start_s)}", ""]
        for salvo in raid.salvos:
            lines.append("[[raids.salvos]]")
            lines += [f"{key} = {_toml(value)}" for key, value in _changed(salvo)]
            lines.append("")
    return "\n".join(lines)


def places_text(places: Sequence[Place]) -> str:
    """Return places as TOML tables."""
    lines: list[str] = []
    for place in places:
        lines += ["[[places]]", f"name = {_toml(place.name)}"]
        lines += [f"lat_deg = {place.lat_deg}", f"lon_deg = {place.lon_deg}", ""]
    return "\n".join(lines)


def _changed(salvo: Salvo) -> Iterator[tuple[str, object]]:
    """Yield the keys of a salvo that are not at their defaults."""
    defaults = {f.name: f.default for f in msgspec.structs.fields(Salvo)}
    for key, value in msgspec.structs.asdict(salvo).items():
        if value != defaults[key] and value != []:
            yield key, value


def _toml(value: object) -> str:
    """Write a text, a number or a list of such as TOML; as JSON, which agrees but for DEL."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return msgspec.json.encode(value).decode()
