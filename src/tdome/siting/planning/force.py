"""Who may move and who stays: groups of units (or sensors) that are alike in all but place.

And, once it is known how many of a group stand where, who of them goes where: with the least road.

``move``: names, types, ``all`` or ``none``. ``add``: ``TYPE=N`` new ones; those of a type that the
plan has are copies of its first one. What flies an orbit, is turned to a sector of its own site or
has planned moves stays where it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np
from scipy.optimize import linear_sum_assignment

from tdome.earth.geodesy import great_circle_distance
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats, Longs
from tdome.plan.books.columns import Site as Placed
from tdome.plan.schema import FireUnitSite, SensorSite
from tdome.siting.planning.sites import Spot
from tdome.siting.planning.written import checked, list_of, with_sites, with_values

Kind = TypeVar("Kind", FireUnitSite, SensorSite)
_EVERY, _NONE = "all", "none"
_STAYS = 30.0  # m: what would move less stays


class Group(msgspec.Struct, Generic[Kind], frozen=True):
    """Units alike: a template, the rows in the plan of those that there are, and new ones."""

    template: Kind
    rows: tuple[int, ...]
    new: int = 0

    @property
    def number(self) -> int:
        """How many there are to place."""
        return len(self.rows) + self.new


def groups_of(
    sites: Sequence[Kind],
    move: Sequence[str],
    add: Mapping[str, int],
    make: type[Kind],
    able: Sequence[int] | None = None,
) -> list[Group[Kind]]:
    """Return the groups that may be placed anew. Raises ConfigError with the nearest name.

    ``able``: rows that may move at all; all of them if not given.
    """
    free = [row for row in _named(sites, move) if _may_move(sites[row])]
    free = free if able is None else [row for row in free if row in able]
    found: dict[bytes, list[int]] = {}
    for row in free:
        found.setdefault(_likeness(sites[row]), []).append(row)
    groups = [Group(sites[rows[0]], tuple(rows)) for rows in found.values()]
    for type_, number in add.items():
        at = next((k for k, group in enumerate(groups) if group.template.type == type_), None)
        if at is not None:
            groups[at] = msgspec.structs.replace(groups[at], new=number)
            continue
        like = next((site for site in sites if site.type == type_ and _may_move(site)), None)
        plain = like or make(name=type_, type=type_, lat_deg=0.0, lon_deg=0.0)
        groups.append(Group(plain, (), number))
    if not groups:
        problem = "nothing may move and nothing is added"
        raise ConfigError("--move", None, "", problem, "--move all, or --add TYPE=N")
    return groups


def _named(sites: Sequence[Kind], move: Sequence[str]) -> list[int]:
    rows: set[int] = set()
    names: list[str] = [site.name for site in sites]
    types: list[str] = [site.type for site in sites]
    for word in move:
        if word == _NONE:
            continue
        if word == _EVERY:
            rows |= set(range(len(sites)))
        elif word in names or word in types:
            rows |= {k for k in range(len(sites)) if word in {names[k], types[k]}}
        else:
            valid = list(dict.fromkeys([*names, *types, _EVERY, _NONE]))
            raise ConfigError.unknown(file="--move", key="", name=word, valid=valid)
    return sorted(rows)


def _may_move(site: FireUnitSite | SensorSite) -> bool:
    if isinstance(site, SensorSite):
        return site.bearing_deg is None and not site.orbit_km
    return not site.moves


def _likeness(site: FireUnitSite | SensorSite) -> bytes:
    """Return what is equal for units that may change places."""
    plain = msgspec.structs.replace(site, name="-", lat_deg=0.0, lon_deg=0.0, height_m=0.0)
    return msgspec.json.encode(plain, order="deterministic")


# ---------------------------------------------------------------- who goes where


def at(template: Kind, spot: Spot, name: str = "-") -> Kind:
    """Return a unit like the template at a site."""
    return msgspec.structs.replace(
        template, name=name, lat_deg=spot.lat_deg, lon_deg=spot.lon_deg,
        height_m=float(spot.height_m or 0.0),
    )  # fmt: skip


def nearest(site: Placed, spots: Sequence[Spot]) -> int:
    """Return the row of the nearest candidate site."""
    return int(np.argmin(metres([site], spots)[0]))


def metres(sites: Sequence[Placed], spots: Sequence[Spot]) -> Floats:
    """Return distances in m from places to candidate sites, (n, s)."""
    a = np.radians([(place.lat_deg, place.lon_deg) for place in sites])
    b = np.radians([(spot.lat_deg, spot.lon_deg) for spot in spots])
    return np.asarray(great_circle_distance(a[:, :1], a[:, 1:], b[None, :, 0], b[None, :, 1]))


def present_counts(
    sites: Sequence[Kind], groups: Sequence[Group[Kind]], spots: Sequence[Spot]
) -> Longs:
    """Return how many of each group stand at each candidate site now, (g, s)."""
    counts = np.zeros((len(groups), len(spots)), np.int64)
    for g, group in enumerate(groups):
        for row in group.rows:
            counts[g, nearest(sites[row], spots)] += 1
    return counts


def placed(
    text: str,
    source: str,
    sites: Sequence[Kind],
    groups: Sequence[Group[Kind]],
    spots: Sequence[Spot],
    counts: Longs,
) -> tuple[list[dict[str, Any]], str]:
    """Give every unit a site, with the least road; return rows and the plan's new text.

    ``counts``, (g, s): how many of each group stand at each site; fewer than there are leaves some
    where they stand.
    """
    changed: dict[int, dict[str, float]] = {}
    rows: list[dict[str, Any]] = []
    new: list[Kind] = []
    taken = {site.name for site in sites}
    for g, group in enumerate(groups):
        slots = [spots[int(s)] for s in np.repeat(np.arange(len(spots)), counts[g])]
        road = np.zeros((group.number, len(slots)))
        if group.rows and slots:
            road[: len(group.rows)] = metres([sites[row] for row in group.rows], slots)
        for k, slot in np.column_stack(linear_sum_assignment(road)).tolist():
            spot, type_ = slots[slot], group.template.type
            if k < len(group.rows):
                row = group.rows[k]
                if road[k, slot] > _STAYS:
                    changed[row] = {
                        "lat_deg": spot.lat_deg, "lon_deg": spot.lon_deg,
                        "height_m": float(spot.height_m or 0.0),
                    }  # fmt: skip
                rows.append(_row(sites[row].name, type_, spot, float(road[k, slot]) / 1e3))
            else:
                name = _free_name(f"new {type_}", taken)
                taken.add(name)
                new.append(at(group.template, spot, name))
                rows.append(_row(name, type_, spot, None))
    text = with_values(text, list_of(type(groups[0].template)), changed, source)
    text = with_sites(text, new, source)
    return rows, checked(text, source)


def _row(name: str, type_: str, spot: Spot, moved_km: float | None) -> dict[str, Any]:
    stays = moved_km is not None and moved_km * 1e3 <= _STAYS
    return {
        "unit": name, "type": type_, "site": spot.name, "lat_deg": spot.lat_deg,
        "lon_deg": spot.lon_deg, "moved_km": 0.0 if stays else moved_km,
    }  # fmt: skip


def _free_name(wanted: str, taken: set[str]) -> str:
    return next(name for n in range(1, len(taken) + 2) if (name := f"{wanted} {n}") not in taken)
