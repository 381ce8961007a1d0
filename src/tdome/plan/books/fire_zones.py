"""Fire zones in SI columns: where no intercept may be, and where alone one may be.

A keep-out zone forbids intercepts inside it. "Only" zones are engagement zones: a unit that one of
them names may intercept inside the union of its own only. Keep-out prevails.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from tdome.earth.volumes import COLUMNS, Bits, Flags, n_vectors, volumes_along, zones_of
from tdome.kernel.errors import ConfigError
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints, Longs
from tdome.plan.books.units import UnitBook
from tdome.plan.names import refuse_doubles
from tdome.plan.schema import FireZone

MOST_ZONES = 63  # bits of a mask below the sign
KEEP_OUT, ONLY = range(2)  # columns of ``barred``


class FireZoneBook(msgspec.Struct, frozen=True, eq=False):
    """Fire zones.

    volumes: (m, COLUMNS), see :mod:`tdome.earth.volumes`; the zone's number is its place in
    ``names``. barred: (u, 2) masks for each fire unit: zones it must keep out of, zones in which
    alone it may intercept (0: anywhere).
    """

    names: tuple[str, ...]
    volumes: Floats
    barred: Longs

    def __len__(self) -> int:
        """Return the number of zones."""
        return len(self.names)


def fire_zone_book(zones: Sequence[FireZone], units: UnitBook, source: str) -> FireZoneBook:
    """Convert the fire zones of a plan. Raises ConfigError for what can not be meant."""
    if len(zones) > MOST_ZONES:
        problem = f"key 'fire_zones': {len(zones)} zones, {MOST_ZONES} at most"
        raise ConfigError(
            source, None, "fire_zones", problem, "join some: legs of one route count once"
        )
    refuse_doubles([zone.name for zone in zones], "fire_zones", "name", source)
    volumes = [np.zeros((0, COLUMNS))]
    barred = np.zeros((len(units.names), 2), np.int64)
    for i, zone in enumerate(zones):
        volumes.append(_volumes(zone, i, source))
        rule = KEEP_OUT if zone.rule == "keep-out" else ONLY
        barred[_units(zone, i, units, source), rule] |= np.int64(1 << i)
    return FireZoneBook(
        names=tuple(zone.name for zone in zones), volumes=np.concatenate(volumes), barred=barred
    )


def _units(zone: FireZone, i: int, units: UnitBook, source: str) -> Flags:
    """Tell for which fire units a zone holds; all if it names none."""
    known = [*units.names, *units.types, *units.layers]
    for k, name in enumerate(zone.units):
        if name not in known:
            key = f"fire_zones[{i}].units[{k}]"
            raise ConfigError.unknown(file=source, key=key, name=name, valid=known)
    if not zone.units:
        return np.ones(len(units.names), np.bool_)
    of_unit = zip(units.names, units.types, units.layers, strict=True)
    return np.array([not {*names}.isdisjoint(zone.units) for names in of_unit], np.bool_)


def _volumes(zone: FireZone, i: int, source: str) -> Floats:
    """Return the volumes of zone ``i``. Raises ConfigError."""
    place = f"fire_zones[{i}]"

    def refuse(key: str, what: str, hint: str) -> ConfigError:
        full = f"{place}.{key}" if key else place
        return ConfigError(source, None, full, f"key {full!r}: {what}", hint)

    if zone.floor_m >= zone.ceiling_m:
        what = f"the ceiling, {zone.ceiling_m:g} m, is not above the floor, {zone.floor_m:g} m"
        raise refuse("ceiling_m", what, "heights are in m over the ellipsoid")
    disc = {"lat_deg": zone.lat_deg, "lon_deg": zone.lon_deg, "radius_km": zone.radius_km}
    route = {"route": zone.route, "half_width_km": zone.half_width_km}
    told = [key for key, value in (disc | route).items() if value is not None]
    if set(told) not in ({*disc}, {*route}):
        what = f"expected a disc or a route, got {', '.join(told) or 'neither'}"
        hint = "give lat_deg, lon_deg and radius_km, or route and half_width_km"
        raise refuse("", what, hint)
    if zone.route is None:
        points, reach = [(zone.lat_deg, zone.lon_deg)], zone.radius_km
    else:
        points, reach = [*zone.route], zone.half_width_km
    lat, lon = np.radians(np.array(points, np.float64)).T
    turn = n_vectors(lat, lon)
    if (np.einsum("ij,ij->i", turn[:-1], turn[1:]) < 0.0).any():
        raise refuse("route", "a leg is longer than a quarter of the Earth", "put points between")
    return volumes_along(
        lat, lon, 1e3 * float(reach or 0.0), zone=i, floor=zone.floor_m, ceiling=zone.ceiling_m
    )


@kernel
def barred1(mask: int, keep_out: int, only: int) -> bool:
    """Tell whether a place in the zones of ``mask`` is closed for a unit with these masks."""
    return (mask & keep_out) != 0 or (only != 0 and (mask & only) == 0)


@kernel
def _barred_rows(masks: Bits, unit: Ints, barred: Longs, out: Flags) -> None:
    for i in range(out.size):
        out[i] = barred1(masks[i], barred[unit[i], KEEP_OUT], barred[unit[i], ONLY])


def inside(book: FireZoneBook, points: Floats) -> Longs:
    """Zones that hold points (m, 3), ECEF, m: a mask of bits, shape (m,)."""
    return zones_of(points, book.volumes)


def closed(book: FireZoneBook, unit: Ints, points: Floats) -> Flags:
    """Tell at which points (m, 3), ECEF, m, units (m,) must not intercept."""
    out = np.zeros(len(points), np.bool_)
    if len(book):
        _barred_rows(inside(book, points), np.ascontiguousarray(unit), book.barred, out)
    return out
