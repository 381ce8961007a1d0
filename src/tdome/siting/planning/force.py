"""Who may move and who stays: groups of units (or sensors) that are alike in all but place.

``move``: names, types, ``all`` or ``none``. ``add``: ``TYPE=N`` new ones; those of a type that the
plan has are copies of its first one. What flies an orbit, is turned to a sector of its own site or
has planned moves stays where it is.
"""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

import msgspec

from tdome.kernel.errors import ConfigError
from tdome.plan.schema import FireUnitSite, SensorSite

Kind = TypeVar("Kind", FireUnitSite, SensorSite)
_EVERY, _NONE = "all", "none"


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
    sites: Sequence[Kind], move: Sequence[str], add: Mapping[str, int], make: type[Kind]
) -> list[Group[Kind]]:
    """Return the groups that may be placed anew. Raises ConfigError with the nearest name."""
    free = [row for row in _named(sites, move) if _may_move(sites[row])]
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
